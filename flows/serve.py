"""The watch over inboxes, and a small installation in one process: deployments, a worker for their runs, and the watch.

A look is cheap, and no flow run; a run is asked for only where something is new, under a key made of what waits and of
the hour. The server gives one run per key: what is seen again starts nothing, however many look, and what a run left
waiting is tried again within the hour.
"""

from __future__ import annotations

import hashlib
import logging
import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event, Thread

from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterIdempotencyKey
from prefect.exceptions import ObjectNotFound, PrefectException

from config.clock import utc_now
from config.keyring import resolve
from config.partners import Broken, Partners
from config.settings import Settings
from connectors import KINDS
from connectors.source import Waits, Workspace
from flows.deploy import Deployed, deploy, deployment_name, plan
from flows.local import revive
from flows.place import whole_paths
from flows.server import TAG, asked
from flows.worker import work_at
from offers.errors import QuaiError
from offers.feed import Feed
from operations.feeds import the_partners

AT_ONCE = 8
"""Inboxes that are looked into at a time: an SFTP server that does not answer holds up no other."""
PAUSE = 15.0
"""Seconds between two rounds."""
LOOK = 2.0
"""Seconds between two looks at the servers that `quai up` started, and before a worker that broke begins anew."""
_log = logging.getLogger("quai.watch")


@dataclass(frozen=True)
class Look:
    """What one look saw: what waits, or the sentence that says why nothing could be seen."""

    feed: str
    waits: tuple[Waits, ...] = ()
    fault: str | None = None

    @property
    def wants_a_run(self) -> bool:
        """A source that cannot be seen does too: the run tries again, and tells whoever must know."""
        return bool(self.waits) or self.fault is not None

    def key(self, now: datetime) -> str:
        """The same for the same things in the same hour."""
        things = [f"{one.name}|{one.size}|{one.at.isoformat()}" for one in self.waits] or ["no answer"]
        told = "\n".join([self.feed, f"{now:%Y-%m-%dT%H}", *things])
        return f"watch {self.feed} {hashlib.sha256(told.encode()).hexdigest()[:24]}"


def look(feed: Feed, settings: Settings, now: Callable[[], datetime]) -> Look:
    """One look; takes, moves and fetches nothing, and asks no database."""
    with TemporaryDirectory(prefix="quai-look-") as aside:
        place = Workspace(settings.home, resolve, now, aside=Path(aside), glance=True)
        try:
            with closing(KINDS[feed.source.kind].open(feed, feed.source, place)) as connector:
                return Look(feed.slug, tuple(connector.waiting()))
        except QuaiError as fault:
            return Look(feed.slug, fault=str(fault))


def start_runs(seen: Iterable[Look], now: datetime) -> list[str]:
    """Ask for a run of each feed that wants one; gives those whose run is new. What a person paused stays quiet."""
    wanted = [one for one in seen if one.wants_a_run]
    if not wanted:
        return []
    keys = [one.key(now) for one in wanted]
    with asked() as client:
        wanted_runs = FlowRunFilter(idempotency_key=FlowRunFilterIdempotencyKey(any_=keys))
        known = {run.idempotency_key for run in client.read_flow_runs(flow_run_filter=wanted_runs)}
        new: list[str] = []
        for one in wanted:
            if one.key(now) in known:
                continue
            try:
                deployment = client.read_deployment_by_name(f"ingest/{deployment_name(one.feed)}")
            except ObjectNotFound:
                said = "%s: something waits, and no run can be started, for it is not deployed. `quai deploy`."
                _log.warning(said, one.feed)
                continue
            if deployment.paused:
                continue  # Prefect itself would run what is asked for, and keeps only its own schedules
            client.create_flow_run_from_deployment(
                deployment.id, parameters={"feed": one.feed}, idempotency_key=one.key(now), tags=[TAG, "watch"]
            )
            new.append(one.feed)
    return new


def once(
    settings: Settings, now: Callable[[], datetime], last: dict[str, datetime], partners: Partners | None = None
) -> list[str]:
    """One round: watched feeds whose last look is `every` ago are looked at, several at a time, and noted in `last`;
    gives those that a run was started for."""
    at, feeds = now(), (partners or the_partners(settings)).feeds
    watched = [(feed, feed.every) for _, feed in sorted(feeds.items()) if feed.every is not None]
    due = [feed for feed, every in watched if feed.slug not in last or at - last[feed.slug] >= every]
    last |= {feed.slug: at for feed in due}
    with ThreadPoolExecutor(AT_ONCE, "look") as looking:
        seen = list(looking.map(lambda feed: look(feed, settings, now), due))
    return start_runs(seen, at)


def watch(settings: Settings, now: Callable[[], datetime], wait: Callable[[float], bool]) -> None:
    """Look at each watched feed as often as its `every` says, until `wait` gives True.

    A server that does not answer, or a deployment that is missing, ends no watch: it is logged, and looked at again.
    """
    last: dict[str, datetime] = {}
    told: tuple[Broken, ...] = ()
    while True:
        try:
            partners = the_partners(settings)
            for one in set(partners.broken) - set(told):
                _log.warning("%s", one.sentence)
            told = partners.broken
            once(settings, now, last, partners)
        except (QuaiError, PrefectException) as fault:
            _log.warning("nothing could be started: %s; looking again", fault)
        except Exception:  # unforeseen: in `quai serve` nobody would see that the watch had ended
            _log.exception("a round broke off; looking again")
        if wait(PAUSE):
            return


def deploy_all(partners: Partners, pool: str) -> list[Deployed]:
    """Every feed of this place and the flows of the house; what is deployed of a file that is left out stays."""
    return deploy(plan(partners.feeds), pool, [one.partner for one in partners.broken])


def serve(settings: Settings, pool: str, limit: int) -> None:
    """Watch and work until interrupted; `limit` runs at a time, each in a process of its own."""
    ended = Event()
    Thread(target=watch, args=(settings, utc_now, ended.wait), name="watch", daemon=True).start()
    Thread(target=keep_up, args=(settings, ended.wait), name="keep up", daemon=True).start()
    try:
        work(settings, pool, limit, ended.wait)
    finally:
        ended.set()


def keep_up(settings: Settings, wait: Callable[[float], bool]) -> None:
    """Start the servers of `quai up` again when they were killed, until `wait` gives True."""
    log = logging.getLogger("quai.serve")
    while not wait(LOOK):
        try:
            for what in revive(settings):
                log.warning("%s was killed, and has been started again", what)
        except QuaiError as fault:
            log.error("%s Trying again.", fault)  # noqa: TRY400 - a sentence, which says all


def work(settings: Settings, pool: str, limit: int, wait: Callable[[float], bool]) -> None:
    """A worker, and another after one that gave up because its server was away for too long."""
    os.environ |= whole_paths(settings)  # each run begins in a folder of its own
    while True:
        try:
            return work_at(pool, limit)
        except QuaiError:
            raise
        except Exception:  # whatever Prefect's worker gives up with
            logging.getLogger("quai.serve").exception("the worker broke off; another begins")
        if wait(LOOK):
            return None
