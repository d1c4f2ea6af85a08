"""A feed and its ledger: `quai ingest`, `feeds`, `deliveries`, `rejections`."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from cli.shared import MOST, By, Json, Reason, dock_and_partners, show, show_all
from cli.terminal import delivery_table, feed_table, ingested, progress, rejection_table
from config.settings import read
from operations.feeds import the_feed
from operations.ingest import handed_in
from operations.ingest import ingest as story
from operations.ledger import delivery_rows, feed_rows, rejection_rows
from operations.orphans import rename as give
from operations.orphans import retire as end
from operations.rows import as_row, exit_status
from story.dock import open_dock

FeedArg = Annotated[str, typer.Argument(metavar="FEED", help="A feed, e.g. laposte/offres (see `quai feeds`).")]


def ingest(
    feed: FeedArg,
    file: Annotated[Path | None, typer.Option(help="Take this file as the feed's next drop.")] = None,
    as_json: Json = False,
) -> None:
    """Run a feed now: take in what its partner has left."""
    if os.environ.get("PREFECT_API_URL"):
        # A person who runs one feed wants its delivery, not the engine's log; the Prefect server keeps the log.
        os.environ.setdefault("PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL", "CRITICAL")
        from flows.runs import run  # here: where no server is named, nobody waits for Prefect

        rows = run(feed, file)
    else:
        print("PREFECT_API_URL is not set: running here and now, without a flow run.", file=sys.stderr)
        settings = read()
        known = the_feed(settings, feed)
        drops = (handed_in(known, file),) if file else None
        with open_dock(settings, feed=known.slug) as dock, progress() as watch:
            rows = [as_row(delivery) for delivery in story(known, dock, watch, drops)]
    none = {"delivery": None, "feed": feed, "drop": None, "verdict": None, "read": 0}
    # One object for other programs: the last delivery, and the earlier ones of the same run beside it.
    show({**(rows[-1] if rows else none), "earlier": rows[:-1]}, as_json, lambda: ingested(rows, feed))
    raise typer.Exit(max(map(exit_status, rows), default=0))


app = typer.Typer(help="All feeds, late ones first; rename or retire one that no file names any more.")
Old = Annotated[str, typer.Argument(metavar="FEED", help="A feed that no partner's file names any more.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do it; without, only say what would be done.")]


@app.callback(invoke_without_command=True)
def feeds(context: typer.Context, as_json: Json = False) -> None:
    """All feeds, late ones first: their schedule, their last delivery, what stands."""
    if context.invoked_subcommand is not None:
        return
    rows, broken = feed_rows()

    def told() -> None:
        feed_table(rows)
        for row in rows:
            if row["freshness"] == "orphaned":
                print(row["fault"])

    show_all({"feeds": rows}, as_json, told, broken)


@app.command()
def rename(
    old: Old,
    new: Annotated[str, typer.Argument(metavar="NEW", help="The feed that it is now, in a partner's file.")],
    reason: Reason,
    by: By,
    yes: Yes = False,
    as_json: Json = False,
) -> None:
    """Give all that is of a feed to another name: the same offers, under the same ids. Dry by default."""
    with dock_and_partners() as (dock, partners):
        said = give(dock, partners, old, new, by, reason, yes)

    def told() -> None:
        print(f"{old} {'would become' if said['dry_run'] else 'is now'} {new}")
        for line in (*(f"{count:,} rows of {table}" for table, count in said["rows"].items()), *said["files"]):
            print(f"  {line}")
        _dry(said)

    show(said, as_json, told)


@app.command()
def retire(feed: Old, reason: Reason, by: By, yes: Yes = False, as_json: Json = False) -> None:
    """Withdraw all that stands of a feed that is over, and let none of its drops wait. Dry by default."""
    with dock_and_partners() as (dock, partners):
        said = end(dock, partners, feed, by, reason, yes)

    def told() -> None:
        done = "would be withdrawn" if said["dry_run"] else f"withdrawn by delivery {said['delivery']}"
        waits = f"{'and ' if said['dry_run'] else ''}{said['waiting']} waiting drops wait no longer"
        print(f"{feed}: {said['withdrawn']:,} records {done}, {waits}")
        _dry(said)

    show(said, as_json, told)


def _dry(said: dict[str, Any]) -> None:
    if said["dry_run"]:
        print("Nothing was changed: say --yes to do it.")


DeliveryArg = Annotated[
    int, typer.Argument(metavar="DELIVERY", help="A delivery's number (see `quai deliveries`).", min=1, max=MOST)
]


def deliveries(
    feed: Annotated[str | None, typer.Option(help="Only this feed's.")] = None,
    limit: Annotated[int, typer.Option(help="How many at most, newest first.", min=1)] = 50,
    as_json: Json = False,
) -> None:
    """The ledger: every attempt at every drop, newest first."""
    rows = delivery_rows(feed, limit)
    show({"deliveries": rows}, as_json, lambda: delivery_table(rows))


def rejections(
    delivery: DeliveryArg,
    csv: Annotated[Path | None, typer.Option(help="Write them into this CSV file.")] = None,
    as_json: Json = False,
) -> None:
    """Every rejection of a delivery, line by line."""
    rows = rejection_rows(delivery, csv)
    show({"delivery": delivery, "rejections": rows}, as_json, lambda: rejection_table(delivery, rows, csv))
