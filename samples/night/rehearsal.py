"""A night as it is run for real: a Prefect server on PostgreSQL, deployments, one worker, and the digest after it."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from uuid import UUID

from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterId
from prefect.client.schemas.objects import FlowRun, StateType
from prefect.settings import PREFECT_API_URL, temporary_settings

from config.settings import Settings, read
from flows.dock import open_dock
from flows.feeds import the_feed, the_partners, utc_now
from flows.inboxes import once
from flows.ingest import ingest
from flows.local import start, stop
from flows.schedules import deployment_name
from flows.serve import deploy_all
from samples.night.checks import promise
from samples.night.sides import Sides

POOL = "quai"
AT_ONCE = "4"
"""Runs at a time: one that waits for its source holds up no other on a small machine."""
LOOK_EVERY = 0.5
PATIENCE = 1800.0
"""Seconds after which a night that has not ended never will."""
ENDED = {StateType.COMPLETED, StateType.FAILED, StateType.CRASHED, StateType.CANCELLED}
WAITS_FOR_ANOTHER_TRY = "AwaitingRetry"
DAY = timedelta(hours=24)


def evening_before(sides: Sides, settings: Settings) -> None:
    """Yesterday, by the plain story: what organisations promised, and what the feeds delivered."""
    sides.leave(0)
    with open_dock(settings, now=lambda: utc_now() - DAY) as dock:
        promise(dock, sides.partners)
        for partner in sides.partners:
            ingest(the_feed(settings, partner.feed), dock)


def the_night(sides: Sides, settings: Settings) -> dict[str, FlowRun]:
    """Deploy, let one worker run every feed, then the digest; gives the runs by feed, and `digest`."""
    sides.leave(1)
    deploy_all(the_partners(settings), POOL)
    with get_client(sync_client=True) as client, worker(settings.home / "worker.log"):
        watched = set(once(settings, utc_now, {}))
        for partner in sides.partners:
            if partner.feed not in watched:
                _start(client, f"ingest/{deployment_name(partner.feed)}")
        ended = _await(client, _all_runs(client))
        return ended | _await(client, [_start(client, "digest/house")])


@contextmanager
def server(home: Path, secrets: Mapping[str, str]) -> Iterator[Settings]:
    """PostgreSQL and Prefect on it, and the environment that everything of this night shares."""
    before = dict(os.environ)
    os.environ |= {"QUAI_HOME": str(home), "QUAI_PARTNERS": str(home / "partners"), **secrets}
    os.environ |= {"PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL": "CRITICAL", "PREFECT_WORKER_QUERY_SECONDS": "1"}
    os.environ.pop("QUAI_DATABASE_URL", None)
    settings = read()
    try:
        os.environ["PREFECT_API_URL"] = start(settings).api
        with temporary_settings({PREFECT_API_URL: os.environ["PREFECT_API_URL"]}):
            yield settings
    finally:
        stop(settings)
        os.environ.clear()
        os.environ |= before


@contextmanager
def worker(log: Path) -> Iterator[None]:
    """One worker, as `docs/schedules.md` starts it; ended by the signal that a service manager sends."""
    command = [sys.executable, "-m", "prefect", "worker", "start", "--pool", POOL, "--limit", AT_ONCE]
    with log.open("wb") as written, subprocess.Popen(command, stdout=written, stderr=written) as process:  # noqa: S603
        try:
            yield
        finally:
            process.terminate()


def _start(client: SyncPrefectClient, name: str) -> FlowRun:
    return client.create_flow_run_from_deployment(client.read_deployment_by_name(name).id)


def _all_runs(client: SyncPrefectClient) -> Sequence[FlowRun]:
    return client.read_flow_runs(limit=200)


def _await(client: SyncPrefectClient, runs: Sequence[FlowRun]) -> dict[str, FlowRun]:
    """The runs once each has ended, or waits for its source to answer another time."""
    ids: list[UUID] = [run.id for run in runs]
    deadline = time.monotonic() + PATIENCE
    while True:
        seen = client.read_flow_runs(flow_run_filter=FlowRunFilter(id=FlowRunFilterId(any_=ids)), limit=200)
        if all(_rests(run) for run in seen):
            return {str(run.parameters.get("feed", "digest")): run for run in seen}
        if time.monotonic() > deadline:
            going = [(run.name, run.state_name) for run in seen if not _rests(run)]
            raise TimeoutError(f"these runs never ended: {going}")
        time.sleep(LOOK_EVERY)


def _rests(run: FlowRun) -> bool:
    return run.state_type in ENDED or run.state_name == WAITS_FOR_ANOTHER_TRY
