"""The sheets of a workbook that are read, one below the other as one batch, and what is told of cells and rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass, field

import pandas as pd

from connectors.formats.bounds import check_cells, check_headers, check_rows
from connectors.formats.refusal import clip, malformed_frame, refusal
from connectors.formats.table import (
    column_sums,
    control_finding,
    filled,
    foot_of,
    foot_text,
    name_headers,
    skipped_finding,
    text_table,
    total_findings,
)
from connectors.formats.workbook.tabs import Tab, renamed
from offers.cleaning.nothing import NEVER_COMPUTED
from offers.feed import Limits
from offers.findings import finding_of
from offers.format import Format
from offers.model import CELL_COLUMNS, TEXT, Batch, Finding, Severity, text_frame
from offers.sheets import SPAN, listed, named
from offers.text import plain

_FOOT = 8
_NAMED = 5


def stacked(tabs: Sequence[Tab], name: str, format: Format, limits: Limits, findings: tuple[Finding, ...]) -> Batch:
    """The rows of all sheets that are read, one below the other; a header is one column, on whichever sheet it is."""
    sheets = tuple(tab.title for tab in tabs)
    seen = [_seen(tab, at, name, format, sheets) for at, tab in enumerate(tabs)]
    check_rows(name, sum(len(one.frame) for one in seen), limits)
    known: dict[str, str] = {}
    for one in seen:
        names = renamed(list(one.frame.columns), known)
        one.names = dict(zip(one.frame.columns, names, strict=True))
        one.frame.columns = pd.Index(names)
        known |= {plain(header): header for header in names if plain(header) not in known}
    check_headers(name, list(dict.fromkeys(header for one in seen for header in one.frame.columns)))
    frame = pd.concat([one.frame for one in seen]) if len(seen) > 1 else seen[0].frame
    check_cells(name, *frame.shape)
    frame = frame.astype(dict.fromkeys(frame.columns, TEXT)).rename_axis("line")
    control: tuple[Finding, ...] = ()
    for one in seen if format.control else ():
        # What each sheet's foot announces is held against its rows; the last sheet's may count those of all.
        feet = [(named(line, sheets), cells) for line, cells in one.feet]
        found = control_finding(feet, *one.frame.shape, one.sums)
        if found and (one is not seen[-1] or control_finding(feet, len(frame), one.frame.shape[1], one.sums)):
            control = found
            break
    told = (*(found for one in seen for found in one.findings), *_beside(seen), *control)
    said = {"sheet": ", ".join(sheets), "header": str((tabs[0].header or 0) + 1)}
    cells, links = ([(line, one.names[header], *rest) for one in seen for line, header, *rest in one.said(what)]
                    for what in ("cells", "links"))  # fmt: skip
    return Batch(
        frame, malformed_frame([]), said, (*told, *findings), sheets=sheets,
        cells=text_frame(CELL_COLUMNS, cells), links=text_frame(CELL_COLUMNS, links),
    )  # fmt: skip


@dataclass
class _Seen:
    """One sheet that is read: its frame by line, and what is said of cells (line, header, before, after, why)."""

    tab: Tab
    frame: pd.DataFrame
    findings: tuple[Finding, ...]
    lines: dict[int, int]
    headers: dict[int, str]
    merged: list[tuple[int, int, str]]
    feet: list[tuple[int, list[str]]]
    sums: set[int]
    names: dict[str, str] = field(default_factory=dict)

    def said(self, what: str) -> list[tuple[int, str, str | None, str, str]]:
        """What the frame of that name holds."""
        if what == "cells":
            return [(self.lines[row], self.headers[at], None, after, "merged_cell") for row, at, after in self.merged]
        found = []
        for (row, column), target in self.tab.marks.links.items():
            at = column - self.tab.left
            if row in self.lines and at in self.headers:
                shown = self.tab.rows[row][at].removeprefix(NEVER_COMPUTED) or None
                found.append((self.lines[row], self.headers[at], shown, target, "link_target"))
        return found


def _seen(tab: Tab, at: int, name: str, format: Format, sheets: Sequence[str]) -> _Seen:
    header = tab.header
    if header is None or header >= len(tab.rows) or not filled(tab.rows[header]):
        where = f"row {format.header} of sheet « {tab.title} »" if format.header else f"sheet « {tab.title} »"
        remedy = "Ask the partner, or correct `format.header` and `format.sheet` in the feed's TOML"
        raise refusal(name, f"no headers in {where}", "a row of headers", remedy)
    kept = [row for row in range(header + 1, len(tab.rows)) if filled(tab.rows[row])]
    last = [(at * SPAN + row + 1, tab.rows[row]) for row in kept[-_FOOT:]]
    feet = foot_of(last, len(tab.rows[header]), format.footer)
    kept = kept[: len(kept) - len(feet)]
    merged = spread(tab, set(kept))
    table = text_table([tab.rows[row] for row in kept], len(tab.rows[header]))
    headers = name_headers(tab.rows[header], lambda one: table.column(one).null_count < table.num_rows, tab.left + 1)
    check_headers(name, headers.names)
    frame = table.select(headers.positions).rename_columns(headers.names).to_pandas()
    lines = {row: at * SPAN + row + 1 for row in kept}
    frame.index = pd.Index(list(lines.values()), name="line", dtype="int64")
    shown = dict(zip(headers.positions, headers.names, strict=True))
    findings = (
        *skipped_finding(tab.rows[:header], header + 1, "row"),
        *total_findings([(named(line, sheets), foot_text(cells)) for line, cells in feet], "row"),
        *headers.findings,
    )
    merged = [one for one in merged if one[1] in shown]
    return _Seen(tab, frame, findings, lines, shown, merged, feet, column_sums(table))


def spread(tab: Tab, kept: Set[int]) -> list[tuple[int, int, str]]:
    """Give the value of each merged range to the cells that it covers in these rows; gives (row, position, value).

    A range that reaches up to the headers is a title. One that is all that its row holds is a heading between offers.
    """
    done: list[tuple[int, int, str]] = []
    width = len(tab.rows[0]) if tab.rows else 0
    room = len(tab.rows) * width
    for (top, left), (bottom, right) in tab.merges:
        first, last = max(0, left - tab.left), min(width, right - tab.left + 1)
        value = tab.rows[top][left - tab.left] if top < len(tab.rows) and 0 <= left - tab.left < width else ""
        if tab.header is None or top <= tab.header or not value.strip():
            continue
        if top == bottom and filled(tab.rows[top]) == 1:
            continue
        bottom = min(bottom, len(tab.rows) - 1)
        room -= max(0, bottom - top + 1) * max(0, last - first)
        if room < 0:
            break  # ranges lie one over the other: no spreadsheet makes such a file
        for row in range(top, bottom + 1):
            for at in range(first, last):
                if row in kept and not tab.rows[row][at].strip():
                    tab.rows[row][at] = value
                    done.append((row, at, value))
    return done


def _beside(seen: Sequence[_Seen]) -> Iterator[Finding]:
    """What of the rows that were read a person would not take as they are: hidden, struck out, not computed."""
    sheets = tuple(one.tab.title for one in seen)

    def some(lines: Sequence[int]) -> str:
        return listed(lines, sheets, _NAMED)

    hidden, struck, formulas = list[int](), list[int](), list[tuple[int, str]]()
    for one in seen:
        marks = one.tab.marks
        hidden += [line for row, line in one.lines.items() if row in marks.hidden]
        lined = ((row, line) for row, line in one.lines.items() if row in marks.struck)
        struck += [line for row, line in lined if 2 * marks.struck[row] >= max(1, filled(one.tab.rows[row]))]
        places = ((row, one.headers.get(column - one.tab.left, "")) for row, column in marks.formulas)
        formulas += [(one.lines[row], header) for row, header in places if row in one.lines]
    if hidden:
        yield finding_of("rows_hidden", Severity.WARN, count=len(hidden), lines=some(hidden))
    if struck:
        yield finding_of("rows_struck_out", Severity.WARN, count=len(struck), lines=some(struck))
    if formulas:
        headers = list(dict.fromkeys(clip(header) for _, header in formulas if header))[:10]
        lines = sorted({line for line, _ in formulas})
        told = {"count": len(formulas), "headers": headers, "rows": len(lines), "lines": some(lines)}
        yield finding_of("formulas_not_computed", Severity.WARN, **told)
