"""The sheets of a workbook that are read, one below the other as one batch, and what is told of cells and rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass, field

import pandas as pd

from connectors.formats.bounds import check_cells, check_headers
from connectors.formats.refusal import clip, malformed_frame, number, refusal
from connectors.formats.table import (
    column_sums,
    control_finding,
    filled,
    name_headers,
    skipped_finding,
    text_table,
    total_findings,
    totals_at_foot,
)
from connectors.formats.workbook.tabs import Tab, renamed
from offers.cleaning.nothing import NEVER_COMPUTED
from offers.feed import Limits
from offers.format import Format
from offers.model import CELL_COLUMNS, TEXT, Batch, Finding, Severity, text_frame
from offers.sheets import SPAN, listed, named
from offers.text import plain

_FOOT = 8
_NAMED = 5
_MEANT = "Ask the partner whether they are meant."


def stacked(tabs: Sequence[Tab], name: str, format: Format, limits: Limits, findings: tuple[Finding, ...]) -> Batch:
    """The rows of all sheets that are read, one below the other; a header is one column, on whichever sheet it is."""
    sheets = tuple(tab.title for tab in tabs)
    seen = [_seen(tab, at, name, format, sheets) for at, tab in enumerate(tabs)]
    rows = sum(len(one.frame) for one in seen)
    if rows > limits.rows:
        remedy = "Ask the partner whether this is meant; if so, raise `limits.rows` in the feed's TOML"
        raise refusal(name, f"{number(rows)} rows", f"at most {number(limits.rows)} (`limits.rows`)", remedy)
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
    control = _control(seen, sheets) if format.control else ()
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

    def _shown(self, row: int, at: int) -> str | None:
        return self.tab.rows[row][at].removeprefix(NEVER_COMPUTED) or None

    def said(self, what: str) -> list[tuple[int, str, str | None, str, str]]:
        """What the frame of that name holds."""
        if what == "cells":
            return [(self.lines[row], self.headers[at], None, after, "merged_cell") for row, at, after in self.merged]
        cells = ((row, column - self.tab.left, target) for (row, column), target in self.tab.marks.links.items())
        return [
            (
                self.lines[row],
                self.headers[at],
                self._shown(row, at),
                target,
                "link_target",
            )
            for row, at, target in cells
            if row in self.lines and at in self.headers
        ]


def _seen(tab: Tab, at: int, name: str, format: Format, sheets: Sequence[str]) -> _Seen:
    header = tab.header
    if header is None or header >= len(tab.rows) or not filled(tab.rows[header]):
        where = f"row {format.header} of sheet « {tab.title} »" if format.header else f"sheet « {tab.title} »"
        remedy = "Ask the partner, or correct `format.header` and `format.sheet` in the feed's TOML"
        raise refusal(name, f"no headers in {where}", "a row of headers", remedy)
    kept = [row for row in range(header + 1, len(tab.rows)) if filled(tab.rows[row])]
    last = [(at * SPAN + row + 1, tab.rows[row]) for row in kept[-_FOOT:]]
    totals = totals_at_foot(last, len(tab.rows[header]), format.footer)
    kept = kept[: len(kept) - len(totals)]
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
        *total_findings([(named(line, sheets), text) for line, text in totals], "row"),
        *headers.findings,
    )
    merged = [one for one in merged if one[1] in shown]
    feet = last[len(last) - len(totals) :]
    return _Seen(tab, frame, findings, lines, shown, merged, feet, column_sums(table))


def _control(seen: Sequence[_Seen], sheets: Sequence[str]) -> tuple[Finding, ...]:
    """Hold what each sheet's foot announces against its rows; the last sheet's may count those of all."""
    rows = sum(len(one.frame) for one in seen)
    for one in seen:
        feet = [(named(line, sheets), cells) for line, cells in one.feet]
        read, width = one.frame.shape
        found = control_finding(feet, read, width, one.sums)
        if found and (one is not seen[-1] or control_finding(feet, rows, width, one.sums)):
            return found
    return ()


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


def _beside(seen: Sequence[_Seen]) -> tuple[Finding, ...]:
    """What of the rows that were read a person would not take as they are: hidden, struck out, not computed."""
    sheets = tuple(one.tab.title for one in seen)
    hidden = [line for one in seen for row, line in one.lines.items() if row in one.tab.marks.hidden]
    struck = [
        line
        for one in seen
        for row, line in one.lines.items()
        if 2 * one.tab.marks.struck.get(row, 0) >= max(1, filled(one.tab.rows[row]))
    ]
    formulas = [
        (one.lines[row], one.headers.get(column - one.tab.left, ""))
        for one in seen
        for row, column in one.tab.marks.formulas
        if row in one.lines
    ]
    return (*_of_rows(hidden, struck, sheets), *_of_formulas(formulas, sheets))


def _of_rows(hidden: Sequence[int], struck: Sequence[int], sheets: Sequence[str]) -> Iterator[Finding]:
    if hidden:
        told = (
            f"{len(hidden)} rows are hidden in the workbook ({_some(hidden, sheets)}) and read as all others. {_MEANT}"
        )
        seen = f"{len(hidden)} rows: {_some(hidden, sheets)}"
        yield Finding("rows_hidden", Severity.WARN, seen, "no hidden row", told)
    if struck:
        told = f"{len(struck)} rows are struck out ({_some(struck, sheets)}) and read as all others. {_MEANT}"
        seen = f"{len(struck)} rows: {_some(struck, sheets)}"
        yield Finding("rows_struck_out", Severity.WARN, seen, "no row struck out", told)


def _some(lines: Sequence[int], sheets: Sequence[str]) -> str:
    return listed(lines, sheets, _NAMED)


def _of_formulas(cells: Sequence[tuple[int, str]], sheets: Sequence[str]) -> tuple[Finding, ...]:
    if not cells:
        return ()
    headers = ", ".join(f"« {clip(one)} »" for one in list(dict.fromkeys(header for _, header in cells if header))[:10])
    lines = sorted({line for line, _ in cells})
    where = _some(lines, sheets)
    sentence = (
        f"{len(cells)} cells of {headers} hold a formula that was never computed ({where}): the workbook has no value "
        "for them. Ask the partner to open it in Excel and save it, or to send values."
    )
    seen = f"{len(cells)} cells of {headers}: {where}"
    return (Finding("formulas_not_computed", Severity.WARN, seen, "0 cells", sentence),)
