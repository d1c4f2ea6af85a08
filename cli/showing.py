"""The rows of a file as they would be published: mapped, cleaned, what was mended marked; as tables that fit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pandas as pd
from rich.box import SIMPLE_HEAD
from rich.table import Table

from cli.terminal import console, escape

WIDEST = 28
"""Characters of a cell that are shown."""
MENDED = "*"
_BETWEEN = 2
"""Blanks between columns, beside the one that the table itself sets."""


def rows_shown(rows: pd.DataFrame, repairs: pd.DataFrame, line: str, places: Sequence[str]) -> None:
    """The rows, each by its place; a mended cell bears a MENDED. Columns that are empty in all of them are left
    out, those that do not fit beside the others stand in a table below."""
    out = console()
    mended = set(zip(repairs["line"].astype(str), repairs["field"], strict=True))
    cells = {
        str(name): [_cell(value, (str(at), str(name)) in mended) for at, value in rows[name].items()]
        for name in rows.columns
        if rows[name].notna().any() or any((str(at), str(name)) in mended for at in rows.index)
    }
    for names in _fitting(cells, out.width - max(map(len, (line, *places))) - _BETWEEN - 1):
        table = Table(box=SIMPLE_HEAD, padding=(0, _BETWEEN, 0, 0), show_edge=False)
        table.add_column(line, justify="right", no_wrap=True)
        for name in names:
            table.add_column(name, no_wrap=True, overflow="ellipsis", max_width=WIDEST)
        for position, place in enumerate(places):
            table.add_row(escape(place), *(cells[name][position] for name in names))
        out.print(table)


def _cell(value: object, mended: bool) -> str:
    text = "" if value != value or value is None else str(value)
    short = escape(text if len(text) < WIDEST else f"{text[: WIDEST - 3]}…")
    return f"[yellow]{short}{MENDED}[/]" if mended else short


def _fitting(cells: dict[str, list[str]], width: int) -> Iterator[Sequence[str]]:
    """The columns in groups of which each fits into a width."""
    group: list[str] = []
    left = width
    for name, texts in cells.items():
        needs = min(WIDEST, max(len(name), *map(len, texts), 1)) + _BETWEEN + 1
        if group and needs > left:
            yield group
            group, left = [], width
        group.append(name)
        left -= needs
    if group:
        yield group
