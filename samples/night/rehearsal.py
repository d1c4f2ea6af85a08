"""A night as it is run for real: a Prefect server on PostgreSQL, deployments, one worker, and the digest after it."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from prefect.client.schemas.objects import FlowRun
from prefect.settings import PREFECT_API_AUTH_STRING, PREFECT_API_URL, temporary_settings

from config.clock import utc_now
from config.settings import Settings, read
from flows.deploy import deployment_name
from flows.local import AUTH, environment, start, stop
from flows.serve import deploy_all, once
from operations.feeds import the_feed, the_partners
from operations.ingest import ingest
from samples.night.checks import promise
from samples.night.sides import Sides
from story.dock import open_dock
from testing.living import Installation, until

POOL = "quai"
AT_ONCE = "4"
"""Runs at a time: one that waits for its source holds up no other on a small machine."""
PATIENCE = 1800.0
"""Seconds after which a night that has not ended never will."""
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
    """Deploy; what is new or due then starts by itself, and the digest after it; gives runs by feed, and `digest`."""
    sides.leave(1)
    deploy_all(the_partners(settings), POOL)
    here = Installation(settings.home, dict(os.environ))
    feeds = {partner.feed: f"ingest/{deployment_name(partner.feed)}" for partner in sides.partners}
    try:
        here.begin("worker", "--limit", AT_ONCE)
        watched = once(settings, utc_now, {})
        here.fall_due(*(name for feed, name in feeds.items() if feed not in watched))
        ended = {feed: _rested(here, name) for feed, name in feeds.items()}
        here.fall_due("digest/house")
        return {**ended, "digest": _rested(here, "digest/house")}
    finally:
        here.rest()


def _rested(here: Installation, deployment: str) -> FlowRun:
    """The run of a deployment, once it has ended or waits for its source to answer another time."""
    return until(lambda: [run for run in here.runs(deployment) if _rests(run)], f"a run of {deployment}", PATIENCE)[0]


def _rests(run: FlowRun) -> bool:
    return run.state_name == WAITS_FOR_ANOTHER_TRY or (run.state is not None and run.state.is_final())


@contextmanager
def server(home: Path, secrets: Mapping[str, str]) -> Iterator[Settings]:
    """PostgreSQL and Prefect on it, and the environment that everything of this night shares."""
    before = dict(os.environ)
    os.environ |= {"QUAI_HOME": str(home), "QUAI_PARTNERS": str(home / "partners"), **secrets}
    os.environ |= {"PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL": "CRITICAL", "PREFECT_WORKER_QUERY_SECONDS": "1"}
    os.environ["QUAI_RETRY_SECONDS"] = "1"  # the source that is gone tonight does not come back in 40 s either
    os.environ.pop("QUAI_DATABASE_URL", None)
    settings = read()
    try:
        os.environ |= environment(home, start(settings))
        with temporary_settings(
            {PREFECT_API_URL: os.environ["PREFECT_API_URL"], PREFECT_API_AUTH_STRING: os.environ[AUTH]}
        ):
            yield settings
    finally:
        stop(settings)
        os.environ.clear()
        os.environ |= before
