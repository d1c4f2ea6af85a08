"""`quai feeds`: all feeds; and what a person does about one that no partner's file names any more."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from cli.shared import By, Json, Reason, dock_and_partners, show, show_all
from cli.terminal import feed_table
from operations.ledger import feed_rows
from operations.orphans import rename as give
from operations.orphans import retire as end

app = typer.Typer(help="All feeds, late ones first; rename or retire one that no file names any more.")
Old = Annotated[str, typer.Argument(metavar="FEED", help="A feed that no partner's file names any more.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do it; without, only say what would be done.")]


@app.callback(invoke_without_command=True)
def feeds(context: typer.Context, as_json: Json = False) -> None:
    """All feeds, late ones first: their schedule, their last delivery, what stands."""
    if context.invoked_subcommand is not None:
        return

    rows, broken = feed_rows()
    orphaned = [row["fault"] for row in rows if row["freshness"] == "orphaned"]

    def told() -> None:
        feed_table(rows)
        print(*orphaned, sep="\n")

    show_all({"feeds": rows}, as_json, told if orphaned else lambda: feed_table(rows), broken)


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
    show(said, as_json, lambda: _renamed(said))


@app.command()
def retire(feed: Old, reason: Reason, by: By, yes: Yes = False, as_json: Json = False) -> None:
    """Withdraw all that stands of a feed that is over, and let none of its drops wait. Dry by default."""
    with dock_and_partners() as (dock, partners):
        said = end(dock, partners, feed, by, reason, yes)
    show(said, as_json, lambda: _retired(said))


def _renamed(said: dict[str, Any]) -> None:
    print(f"{said['feed']} {'would become' if said['dry_run'] else 'is now'} {said['new']}")
    print(*(f"  {count:,} rows of {table}" for table, count in said["rows"].items()), sep="\n")
    print(*(f"  {path}" for path in said["files"]), sep="\n", end="\n" if said["files"] else "")
    _dry(said)


def _retired(said: dict[str, Any]) -> None:
    withdrawn, waiting = f"{said['withdrawn']:,} records", f"{said['waiting']} waiting drops"
    if said["dry_run"]:
        print(f"{said['feed']}: {withdrawn} would be withdrawn, and {waiting} wait no longer")
    else:
        print(f"{said['feed']}: {withdrawn} withdrawn by delivery {said['delivery']}, {waiting} wait no longer")
    _dry(said)


def _dry(said: dict[str, Any]) -> None:
    if said["dry_run"]:
        print("Nothing was changed: say --yes to do it.")
