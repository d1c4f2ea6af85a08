"""A small installation in one process: deployments, a worker for their runs, and the watch over inboxes."""

from __future__ import annotations

import asyncio
import os
from threading import Event, Thread

from prefect.workers.process import ProcessWorker

from config.partners import Partners
from config.settings import Settings
from flows.deploy import Deployed, deploy
from flows.feeds import utc_now
from flows.inboxes import watch
from flows.place import whole_paths
from flows.schedules import plan


def serve(settings: Settings, pool: str, limit: int) -> None:
    """Watch and work until interrupted; `limit` runs at a time, each in a process of its own."""
    os.environ |= whole_paths(settings)  # each run begins in a folder of its own
    ended = Event()
    watching = Thread(target=watch, args=(settings, utc_now, ended.wait), name="watch", daemon=True)
    watching.start()
    try:
        asyncio.run(ProcessWorker(work_pool_name=pool, limit=limit).start())
    finally:
        ended.set()


def deploy_all(partners: Partners, pool: str) -> list[Deployed]:
    """Every feed of this place and the flows of the house; what is deployed of a file that is left out stays."""
    return deploy(plan(partners.feeds), pool, [one.partner for one in partners.broken])
