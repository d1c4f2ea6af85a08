"""`quai ingest`: run a feed now."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from cli.shared import Json, show
from cli.terminal import ingested, progress
from config.settings import read
from operations.feeds import the_feed
from operations.ingest import handed_in
from operations.ingest import ingest as story
from operations.rows import as_row, exit_status
from story.dock import open_dock

FeedArg = Annotated[str, typer.Argument(metavar="FEED", help="A feed, e.g. laposte/offres (see `quai feeds`).")]


def ingest(
    feed: FeedArg,
    file: Annotated[Path | None, typer.Option(help="Take this file as the feed's next drop.")] = None,
    as_json: Json = False,
) -> None:
    """Run a feed now: take in what its partner has left."""
    rows = _ingest(feed, file, progress)
    show(_one(rows, feed), as_json, lambda: ingested(rows, feed))
    raise typer.Exit(max(map(exit_status, rows), default=0))


def _ingest(feed: str, file: Path | None, progress: Any) -> list[dict[str, Any]]:
    if os.environ.get("PREFECT_API_URL"):
        _quiet_prefect()
        from flows.runs import run  # here: where no server is named, nobody waits for Prefect

        return run(feed, file)

    print("PREFECT_API_URL is not set: running here and now, without a flow run.", file=sys.stderr)
    settings = read()
    known = the_feed(settings, feed)
    drops = (handed_in(known, file),) if file else None
    with open_dock(settings, feed=known.slug) as dock, progress() as watch:
        return [as_row(delivery) for delivery in story(known, dock, watch, drops)]


def _one(rows: list[dict[str, Any]], feed: str) -> dict[str, Any]:
    """One object for other programs: the last delivery, and the earlier ones of the same run beside it."""
    if not rows:
        return {"delivery": None, "feed": feed, "drop": None, "verdict": None, "read": 0, "earlier": []}
    return {**rows[-1], "earlier": rows[:-1]}


def _quiet_prefect() -> None:
    """A person who runs one feed wants its delivery, not the engine's log; the Prefect server keeps the log."""
    os.environ.setdefault("PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL", "CRITICAL")
