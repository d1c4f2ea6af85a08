"""What the Prefect server has planned, and what is due and not begun: all that shows from outside if it plans."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from prefect.client.schemas.filters import (
    DeploymentFilter,
    DeploymentFilterTags,
    FlowRunFilter,
    FlowRunFilterExpectedStartTime,
    FlowRunFilterState,
    FlowRunFilterStateName,
)
from prefect.client.schemas.sorting import FlowRunSort

from flows.schedules import TAG
from flows.server import asked, deployments

OURS = DeploymentFilter(tags=DeploymentFilterTags(all_=[TAG]))
QUEUE = ("Late", "Pending", "Running", "Retrying", "AwaitingRetry", "AwaitingConcurrencySlot")
"""The states of flow runs that are due and not done."""
NOT_BEGUN = ["Scheduled", "Late"]
PATIENCE = timedelta(minutes=2)
"""After which a run that is due should have begun."""


@dataclass(frozen=True)
class Backlog:
    """Of our deployments: how many are `active`, the `newest` one's birth, runs `planned` and `overdue`, since when."""

    active: int
    newest: datetime | None
    planned: int
    overdue: int
    since: datetime | None
    states: Mapping[str, int]


def backlog(now: datetime) -> Backlog:
    """As it is now. Raises QuaiError where the server that PREFECT_API_URL names does not answer."""
    with asked() as client:
        active = [one for one in deployments(client, OURS) if not one.paused and any(s.active for s in one.schedules)]
        overdue = _runs(*NOT_BEGUN, before_=now - PATIENCE)
        oldest = client.read_flow_runs(
            flow_run_filter=overdue, deployment_filter=OURS, sort=FlowRunSort.EXPECTED_START_TIME_ASC, limit=1
        )
        return Backlog(
            active=len(active),
            newest=max((one.created for one in active if one.created), default=None),
            planned=client.count_flow_runs(flow_run_filter=_runs(*NOT_BEGUN, after_=now), deployment_filter=OURS),
            overdue=client.count_flow_runs(flow_run_filter=overdue, deployment_filter=OURS),
            since=oldest[0].expected_start_time if oldest else None,
            states={name: client.count_flow_runs(flow_run_filter=_runs(name)) for name in QUEUE},
        )


def _runs(*states: str, **due: datetime) -> FlowRunFilter:
    return FlowRunFilter(
        state=FlowRunFilterState(name=FlowRunFilterStateName(any_=[*states])),
        expected_start_time=FlowRunFilterExpectedStartTime(**due) if due else None,
    )
