"""What operations ask about flow runs: what the Prefect server has planned, what is due and not begun, and its door."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from prefect import __version__
from prefect.client.schemas.filters import (
    DeploymentFilter,
    DeploymentFilterTags,
    FlowRunFilter,
    FlowRunFilterExpectedStartTime,
    FlowRunFilterState,
    FlowRunFilterStateName,
)
from prefect.client.schemas.sorting import FlowRunSort
from prefect.settings import PREFECT_API_URL, temporary_settings

from flows.schedules import TAG
from flows.server import asked, deployments, open_to_all
from offers.errors import QuaiError
from operations import checkup
from operations.checkup import Backlog, Check, fault

OURS = DeploymentFilter(tags=DeploymentFilterTags(all_=[TAG]))
QUEUE = ("Late", "Pending", "Running", "Retrying", "AwaitingRetry", "AwaitingConcurrencySlot")
"""The states of flow runs that are due and not done."""
NOT_BEGUN = ["Scheduled", "Late"]
PATIENCE = timedelta(minutes=2)
"""After which a run that is due should have begun."""


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


def looked_at(now: datetime) -> Iterator[Check]:
    """What a doctor is told of the server that PREFECT_API_URL names now."""
    api = os.environ["PREFECT_API_URL"]
    host = urlsplit(api).hostname or "it"
    try:
        with temporary_settings({PREFECT_API_URL: api}):
            with asked() as client:
                yield checkup.prefect(host, client.api_version(), __version__)
            yield checkup.guarded(host, open_to_all())
            yield from checkup.scheduler(backlog(now), now)
    except QuaiError as wrong:
        yield fault("prefect", str(wrong))


def _runs(*states: str, **due: datetime) -> FlowRunFilter:
    return FlowRunFilter(
        state=FlowRunFilterState(name=FlowRunFilterStateName(any_=[*states])),
        expected_start_time=FlowRunFilterExpectedStartTime(**due) if due else None,
    )
