"""A small installation in one process: deployments, a worker for their runs, and the watch over inboxes."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Callable
from threading import Event, Thread

from prefect.workers.process import ProcessWorker

from config.clock import utc_now
from config.partners import Partners
from config.settings import Settings
from flows.deploy import Deployed, deploy
from flows.inboxes import watch
from flows.local import revive
from flows.place import whole_paths
from flows.schedules import plan
from offers.errors import QuaiError

LOOK = 2.0
"""Seconds between two looks at the servers that `quai up` started, and before a worker that broke begins anew."""
_log = logging.getLogger("quai.serve")


def serve(settings: Settings, pool: str, limit: int) -> None:
    """Watch and work until interrupted; `limit` runs at a time, each in a process of its own."""
    os.environ |= whole_paths(settings)  # each run begins in a folder of its own
    ended = Event()
    Thread(target=watch, args=(settings, utc_now, ended.wait), name="watch", daemon=True).start()
    Thread(target=keep_up, args=(settings, ended.wait), name="keep up", daemon=True).start()
    try:
        _work(pool, limit, ended.wait)
    finally:
        ended.set()


def keep_up(settings: Settings, wait: Callable[[float], bool]) -> None:
    """Start the servers of `quai up` again when they were killed, until `wait` gives True."""
    while not wait(LOOK):
        try:
            for what in revive(settings):
                _log.warning("%s was killed, and has been started again", what)
        except QuaiError as fault:
            _log.error("%s Trying again.", fault)  # a sentence, which says all


def deploy_all(partners: Partners, pool: str) -> list[Deployed]:
    """Every feed of this place and the flows of the house; what is deployed of a file that is left out stays."""
    return deploy(plan(partners.feeds), pool, [one.partner for one in partners.broken])


def _work(pool: str, limit: int, wait: Callable[[float], bool]) -> None:
    """A worker, and another after one that gave up because its server was away for too long."""
    while True:
        try:
            return asyncio.run(ProcessWorker(work_pool_name=pool, limit=limit).start())
        except Exception:  # whatever Prefect's worker gives up with
            _log.exception("the worker broke off; another begins")
        if wait(LOOK):
            return None
