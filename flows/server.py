"""The Prefect server, asked: what it has before it, and one sentence for whatever keeps it from answering."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from urllib.parse import urlsplit

import httpx
from httpx import HTTPError
from prefect import __version__
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.filters import (
    DeploymentFilter,
    DeploymentFilterTags,
    FlowRunFilter,
    FlowRunFilterExpectedStartTime,
    FlowRunFilterState,
    FlowRunFilterStateName,
)
from prefect.client.schemas.responses import DeploymentResponse
from prefect.client.schemas.sorting import FlowRunSort
from prefect.settings import PREFECT_API_URL, temporary_settings

from offers.errors import QuaiError
from operations import checkup
from operations.checkup import Backlog, Check, fault

TAG = "quai"
"""What all our deployments and runs bear."""
ANSWER_WITHIN = 10.0


@contextmanager
def asked() -> Iterator[SyncPrefectClient]:
    """A client of the server that PREFECT_API_URL names. Raises QuaiError where it does not answer, or refuses."""
    try:
        with get_client(sync_client=True) as client:
            # Asked first whether it is there: the engine of flows makes a traceback of a server that is gone.
            deaf = client.api_healthcheck()
            if isinstance(deaf, Exception):
                raise deaf if isinstance(deaf, HTTPError) else QuaiError(f"the Prefect server is unwell ({deaf}).")
            yield client
    except HTTPError as fault:
        # Of the address, host and port alone: a password may stand in the rest.
        host = urlsplit(os.environ.get("PREFECT_API_URL", "")).netloc.rpartition("@")[2] or "the Prefect server"
        if isinstance(fault, httpx.HTTPStatusError) and fault.response.status_code == httpx.codes.UNAUTHORIZED:
            raise QuaiError(
                f"{host}: the Prefect server wants another key. Set PREFECT_API_AUTH_STRING (PREFECT_API_KEY for "
                "Prefect Cloud) as the server has it; after `quai up`: . QUAI_HOME/prefect/env. Then run this again."
            ) from fault
        raise QuaiError(
            f"{host}: the Prefect server does not answer as it should ({type(fault).__name__}). Start it, or correct "
            "PREFECT_API_URL (and PREFECT_API_KEY or PREFECT_API_AUTH_STRING), then run this again."
        ) from fault


def open_to_all() -> bool:
    """Whether the server of PREFECT_API_URL answers somebody who gives no key: who can ask can run any command."""
    try:
        return httpx.get(f"{os.environ['PREFECT_API_URL']}/admin/settings", timeout=ANSWER_WITHIN).is_success
    except HTTPError:
        return False


def deployments(client: SyncPrefectClient, of: DeploymentFilter) -> list[DeploymentResponse]:
    """Every page of them: a server gives 200 at most at once."""
    found: list[DeploymentResponse] = []
    while page := client.read_deployments(deployment_filter=of, limit=200, offset=len(found)):
        found += page
    return found


OURS = DeploymentFilter(tags=DeploymentFilterTags(all_=[TAG]))
QUEUE = ("Late", "Pending", "Running", "Retrying", "AwaitingRetry", "AwaitingConcurrencySlot")
"""The states of flow runs that are due and not done."""
NOT_BEGUN = ["Scheduled", "Late"]
LATE_BY = timedelta(minutes=2)
"""After which a run that is due should have begun."""


def backlog(now: datetime) -> Backlog:
    """As it is now. Raises QuaiError where the server that PREFECT_API_URL names does not answer."""
    with asked() as client:
        active = [one for one in deployments(client, OURS) if not one.paused and any(s.active for s in one.schedules)]
        overdue = _runs(*NOT_BEGUN, before_=now - LATE_BY)
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
