"""`quai deploy`, `quai serve` and `quai watch`: runs that start by themselves."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.shared import Json, name_left_out, show_all

if TYPE_CHECKING:
    from config.partners import Partners

Pool = Annotated[str, typer.Option(help="The work pool; made, for processes, where it is missing.")]


def deploy(
    pool: Pool = "quai",
    file: Annotated[Path | None, typer.Option(help="Write a prefect.yaml here instead; no server is asked.")] = None,
    as_json: Json = False,
) -> None:
    """One Prefect deployment per feed, and those of the house. Again: only what changed; removed feeds are paused."""
    from config.settings import read
    from operations.feeds import the_partners

    partners = the_partners(read())
    if file is None:
        rows = _deployed(partners, pool)
        show_all({"deployments": rows}, as_json, lambda: _told(rows), partners.broken)
        return
    from flows.prefect_file import prefect_yaml
    from flows.schedules import plan

    file.write_text(prefect_yaml(plan(partners.feeds), pool), encoding="utf-8")
    said = f"Written: {file}. Deploy with: prefect --no-prompt deploy --all --prefect-file {file}"
    show_all({"file": str(file)}, as_json, lambda: print(said), partners.broken)


def serve(
    pool: Pool = "quai",
    limit: Annotated[int, typer.Option(help="How many runs at a time.", min=1)] = 4,
) -> None:
    """Deploy, watch inboxes and work, in one process, until it is interrupted; servers that are killed come back."""
    from config.settings import read
    from flows.local import revive
    from operations.feeds import the_partners

    settings = read()
    revive(settings)
    partners = the_partners(settings)
    _told(_deployed(partners, pool))
    name_left_out(partners.broken)
    from flows.serve import serve as work

    work(settings, pool, limit)


def watch(
    once: Annotated[bool, typer.Option("--once", help="One look at every watched feed, e.g. from cron.")] = False,
) -> None:
    """Look into the inboxes of feeds with `every`, and start a flow run where something is new."""
    _need_server()
    from threading import Event

    from config.clock import utc_now
    from config.settings import read
    from flows.inboxes import once as one_round
    from flows.inboxes import watch as rounds
    from operations.feeds import the_partners

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
    from flows.serve import deploy_all

    return [one.as_dict() for one in deploy_all(partners, pool)]


def _need_server() -> None:
    from offers.errors import FeedMisconfigured

    if not os.environ.get("PREFECT_API_URL"):
        raise FeedMisconfigured(
            "PREFECT_API_URL is not set: there is no Prefect server to schedule on. Start one with `quai up`, or name "
            "yours, e.g. http://127.0.0.1:4200/api."
        )


def _told(rows: list[dict[str, str]]) -> None:
    for row in rows:
        print(f"{row['done']:<10} {row['deployment']:<40} {row['schedule']}")
