"""`quai probe`: does the source answer, what waits there, and what does our mapping make of it?"""

from __future__ import annotations

from typing import Annotated

import typer
from rich.box import SIMPLE_HEAD
from rich.table import Table

from cli.shared import Json, show
from cli.terminal import console, escape, progress
from offers.calendar import in_paris
from operations.probe import Probed
from operations.probe import probe as look

_WIDE = 80
"""Letters of a value that are shown."""
_LISTED = 20


def probe(
    feed: Annotated[str, typer.Argument(metavar="FEED", help="A feed, e.g. laposte/offres (see `quai feeds`).")],
    as_json: Json = False,
) -> None:
    """Look at a feed's source: what waits, and three records as they are mapped. Changes nothing."""
    with progress() as watch:
        probed = look(feed, watch)
    show(probed.as_dict(), as_json, lambda: _show(probed))
    raise typer.Exit(probed.exit_status)


def _show(probed: Probed) -> None:

    out = console()
    out.print(f"[bold]{probed.feed}[/] ({probed.kind}) answers; nothing was changed.", highlight=False)
    _show_waiting(probed)
    if probed.first is None:
        return
    glance = ", the first of them only" if probed.glance else ""
    dialect = ", ".join(f"{key} {value}" for key, value in probed.dialect if value)
    out.print(
        f"\n{escape(probed.first)}: {probed.read:,} records read{glance}, {probed.ignored:,} set aside by the feed's "
        f"filters{escape(f' ({dialect})' if dialect else '')}.",
        highlight=False,
    )
    _show_records(probed)
    for finding in probed.findings:
        out.print(f"[bold]{finding.severity.value}[/] {escape(finding.sentence)}", highlight=False)


def _show_waiting(probed: Probed) -> None:

    if not probed.waiting:
        console().print("No drop waits.")
        return
    table = Table("would be taken, in this order", "bytes", "since (Paris)", box=SIMPLE_HEAD, show_edge=False)
    for one in probed.waiting[:_LISTED]:
        size = "" if one.size is None else f"{one.size:,}"
        table.add_row(escape(one.name), size, f"{in_paris(one.at):%Y-%m-%d %H:%M:%S}")
    console().print(table)
    if len(probed.waiting) > _LISTED:
        console().print(f"… and {len(probed.waiting) - _LISTED:,} more.")


def _show_records(probed: Probed) -> None:

    for line, values in probed.records:
        table = Table(f"line {line}: ours", "← theirs", "value", box=SIMPLE_HEAD, show_edge=False)
        for one in values:
            text = "[dim]empty[/]" if one.value is None else escape(_short(one.value))
            table.add_row(one.ours, escape(one.theirs), text)
        console().print(table)


def _short(value: str) -> str:
    # What a partner sent must not speak to the terminal.
    plain = "".join(letter if letter.isprintable() else " " for letter in value)
    return plain if len(plain) <= _WIDE else plain[: _WIDE - 1] + "…"
