"""What people see in a terminal: tables, and a progress bar while something long goes on."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from rich import markup
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from cli.shared import SafeOutput, pledged
from config.clock import Watch, unwatched
from offers.calendar import minute_of
from offers.model import NOT_TAKEN
from offers.text import one_line

T = TypeVar("T")
SHOWN = 20
"""How many rejections a terminal shows before it points to the file that holds them all."""
GROUPS_SHOWN = 5
"""How many groups of lines that are one offer together."""
WIDE = 170
"""Columns assumed where the output is no terminal."""
COLOURS: dict[str | None, str] = {
    "accepted": "green",
    "unchanged": "dim",
    None: "dim",
    **dict.fromkeys(NOT_TAKEN, "red"),
}
BETWEEN = ("linked", "review")
"""Counts that most deliveries have none of: records that share an offer with another, pairs that wait for a person."""
COUNTS = ("read", "ignored", "rejected", "repeated", "created", "updated", "unchanged", "withdrawn", "repaired")


@contextmanager
def progress() -> Iterator[Watch]:
    """What shows each stage as a progress line on standard error, where that is a terminal; nothing elsewhere."""
    if not sys.stderr.isatty():
        yield unwatched
        return
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        line = bar.add_task("starting")

        def watch(stage: str) -> None:
            bar.update(line, description=stage)

        yield watch


def ingested(rows: list[dict[str, Any]], feed: str) -> None:
    """What became of the drops of one run."""
    out = console()
    if not rows:
        out.print(f"{feed}: no drop waits.")
        return
    delivery_table(rows)
    finding_lines(rows)
    for row in rows:
        if row["report"]:
            out.print(f"Return to the employer: {escape(row['report'])}", highlight=False, soft_wrap=True)


def delivery_table(rows: list[dict[str, Any]]) -> None:
    """The ledger's lines, one a row."""
    table = Table(box=SIMPLE_HEAD, padding=(0, 1, 0, 0), show_edge=False)
    between = BETWEEN if any(row[name] for row in rows for name in BETWEEN) else ()
    shown = (*COUNTS, *between)
    for name in ("delivery", "feed", "drop", "verdict"):
        table.add_column(name, no_wrap=True, overflow="ellipsis")
    for name in (*shown, "seconds"):
        table.add_column(name, no_wrap=True, justify="right")
    for row in rows:
        verdict = f"[{COLOURS[row['verdict']]}]{row['verdict']}[/]"
        counts = [f"{row[name]:,}" for name in shown]
        table.add_row(str(row["delivery"]), row["feed"], escape(row["drop"]), verdict, *counts, f"{row['seconds']:.1f}")
    console(sum(len(name) + 2 for name in between)).print(table)


def finding_lines(rows: list[dict[str, Any]]) -> None:
    """What was seen of each drop as a whole, a sentence each."""
    out = console()
    for row in rows:
        for finding in row["findings"]:
            out.print(f"[bold]{finding['severity']}[/] {escape(finding['sentence'])}", highlight=False)


_FRESHNESS = {
    "broken": "[red]left out: broken file[/]",
    "orphaned": "[red]no file names it[/]",
    "never": "nothing yet",
    "by hand": "",
}


def feed_table(rows: list[dict[str, Any]]) -> None:
    """All feeds with their schedule, how they keep it, and what the ledger last said of them."""
    last = ("last delivery (Paris)", "verdict", "last accepted (Paris)")
    table = Table("feed", "schedule", "freshness", *last, "standing", "pledge")
    for row in rows:
        verdict, state = row.get("verdict"), str(row["freshness"])
        freshness = _FRESHNESS.get(state, state)
        if state == "late":
            hours, minutes = divmod(row["late_minutes"], 60)
            owed = f"{hours // 24} d {hours % 24} h" if hours >= 24 else f"{hours} h {minutes:02d}"
            freshness = f"[red]late by {owed}[/]"
        table.add_row(
            row["feed"],
            row["schedule"] or ("" if state in ("broken", "orphaned") else "by hand"),
            freshness,
            _minute(row.get("last_delivery")),
            f"[{COLOURS[verdict]}]{verdict or 'never'}[/]",
            _minute(row.get("last_accepted")),
            f"{row.get('standing', 0):,}",
            pledged(row["pledge"]) if row.get("pledge") else "",
        )
    console().print(table)


def rejection_table(delivery: int, rows: list[dict[str, Any]], csv: Path | None) -> None:
    """The first rejections of a delivery, and where all of them are."""
    out = console()
    if not rows:
        out.print(f"Delivery {delivery} rejected nothing.")
        return
    rejection_lines(out, rows)
    if csv is not None:
        out.print(f"All {len(rows):,} are in {csv}.")
    elif len(rows) > SHOWN:
        out.print(f"{SHOWN} of {len(rows):,} shown; all of them: quai rejections {delivery} --csv FILE")


def console(more: int = 0) -> Console:
    """As wide as the terminal; wide enough for whole lines where there is none, and so many columns `more`."""
    stream = sys.stdout.stream if isinstance(sys.stdout, SafeOutput) else sys.stdout
    return Console(width=None if sys.stdout.isatty() else WIDE + more, file=stream)


def escape(text: str) -> str:
    """A word that comes from outside, for a console: on one line, without markup, its control characters visible."""
    return markup.escape(one_line(text))


def rejection_lines(out: Console, rows: list[dict[str, Any]]) -> None:
    """The first rejections, a sentence each."""
    for row in rows[:SHOWN]:
        out.print(f"  [red]✗[/] {escape(row['sentence'])}", highlight=False)


def _minute(instant: str | None) -> str:
    return "never" if instant is None else minute_of(instant)
