"""`quai deploy`, `quai worker`, `quai serve` and `quai watch`: runs that start by themselves."""

from __future__ import annotations

import os
from threading import Event
from typing import Annotated

import typer

from cli.shared import Json, name_left_out, show_all
from config.clock import utc_now
from config.partners import Partners
from config.settings import read
from flows.deploy import kind_of
from flows.local import revive
from flows.serve import deploy_all
from flows.serve import once as one_round
from flows.serve import serve as serve_all
from flows.serve import watch as rounds
from flows.serve import work as begin_work
from offers.errors import FeedMisconfigured
from operations.feeds import the_partners

Pool = Annotated[str, typer.Option(help="The work pool; made where it is missing.")]
BOTH = "`quai worker` serves it as it does its own, and so does `prefect worker start`"
Limit = Annotated[int, typer.Option(help="How many runs at a time.", min=1)]


def deploy(pool: Pool = "quai", as_json: Json = False) -> None:
    """One Prefect deployment per feed, and those of the house. Again: only what changed; removed feeds are paused."""
    partners = the_partners(read())
    rows = _deployed(partners, pool)
    said = {"deployments": rows, "pool": {"name": pool, "type": kind_of(pool)}}
    show_all(said, as_json, lambda: _told(rows, pool), partners.broken)


def worker(pool: Pool = "quai", limit: Limit = 4) -> None:
    """Run what is scheduled, each run forked from a process that is ready; stopped, it hands back what is at work."""
    _need_server()
    begin_work(read(), pool, limit, Event().wait)


def serve(pool: Pool = "quai", limit: Limit = 4) -> None:
    """Deploy, watch inboxes and work, in one process, until it is interrupted; servers that are killed come back."""
    settings = read()
    revive(settings)
    partners = the_partners(settings)
    _told(_deployed(partners, pool), pool)
    name_left_out(partners.broken)
    serve_all(settings, pool, limit)


def watch(
    once: Annotated[bool, typer.Option("--once", help="One look at every watched feed, e.g. from cron.")] = False,
) -> None:
    """Look into the inboxes of feeds with `every`, and start a flow run where something is new."""
    _need_server()
    if once:
        for feed in one_round(read(), utc_now, {}):
            print(feed)
        if broken := the_partners(read()).broken:
            name_left_out(broken)
            raise typer.Exit(1)
        return
    rounds(read(), utc_now, Event().wait)


def _deployed(partners: Partners, pool: str) -> list[dict[str, str]]:
    _need_server()
    return [vars(one) for one in deploy_all(partners, pool)]


def _need_server() -> None:
    if not os.environ.get("PREFECT_API_URL"):
        raise FeedMisconfigured(
            "PREFECT_API_URL is not set: there is no Prefect server to schedule on. Start one with `quai up`, or name "
            "yours, e.g. http://127.0.0.1:4200/api."
        )


def _told(rows: list[dict[str, str]], pool: str) -> None:
    for row in rows:
        print(f"{row['done']:<10} {row['deployment']:<40} {row['schedule']}")
    if kind_of(pool) == "process":
        print(f"The work pool {pool} is one of Prefect's processes and stays so, with all that is due in it: {BOTH}.")
