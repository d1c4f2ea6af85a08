"""The sheets of a workbook: which of them hold the offers, and what is said of those that are left aside."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field
from decimal import Decimal
from fnmatch import fnmatchcase
from typing import Any

from connectors.formats.refusal import refusal
from connectors.formats.table import filled, header_row
from connectors.formats.workbook.marks import Marks
from offers.cleaning.nothing import NEVER_COMPUTED
from offers.findings import finding_of
from offers.format import Format
from offers.model import Finding, Severity
from offers.sheets import OURS
from offers.text import plain, quote

_HEAD = 200
_LONGEST = 200
_SURELY = 2
"""So many headers of those wanted are no chance."""
Merge = tuple[tuple[int, int], tuple[int, int]]
"""Top left and bottom right cell (row, column), from 0, both within."""
_EXACT, _DIGITS = 2**53, 10**15
"""Whole numbers up to the first are exact as floats; Excel itself keeps 15 digits."""


@dataclass
class Tab:
    """One worksheet: its rows as text from the first, its first column (from 0), and what lies beside the values.

    `header` is the position of its row of headers, None where it has none.
    """

    title: str
    hidden: bool
    rows: list[list[str]]
    left: int = 0
    merges: Sequence[Merge] = ()
    marks: Marks = field(default_factory=Marks)
    header: int | None = None

    @property
    def headers(self) -> list[str]:
        """The cells of its row of headers."""
        return self.rows[self.header] if self.header is not None and self.header < len(self.rows) else []

    @property
    def filled(self) -> int:
        """Rows with something in them, below the headers where there are any."""
        return sum(map(bool, map(filled, self.rows[0 if self.header is None else self.header + 1 :])))

    def bears(self, wanted: Set[str]) -> int:
        """How many of the wanted headers it has."""
        return len(wanted & _words(self.headers))


def with_header(tab: Tab, format: Format, wanted: Sequence[Set[str]] = ()) -> Tab:
    """The sheet, its row of headers found: where a row of the first ones bears more of those wanted, it is that."""
    tab.header = format.header - 1 if format.header else header_row(tab.rows[:_HEAD])
    if format.header or tab.header is None or not wanted:
        return tab
    borne = [max(len(one & words) for one in wanted) for words in map(_words, tab.rows[:_HEAD])]
    if max(borne) >= _SURELY and max(borne) > borne[tab.header]:
        tab.header = borne.index(max(borne))
    return tab


def _words(row: Sequence[str]) -> Set[str]:
    return {plain(cell) for cell in row if cell and len(cell) < _LONGEST}


def chosen(
    tabs: Sequence[Tab], name: str, format: Format, wanted: Sequence[Set[str]]
) -> tuple[list[Tab], tuple[Finding, ...]]:
    """The sheets to read, and what is said of the others.

    `wanted`: the headers that a sheet of offers bears, `plain`, in one way or another; without any, those of the first
    visible sheet that holds something. Raises Unreadable where the feed names a sheet that is not there, or none holds
    anything.
    """
    if format.sheet is not None:
        only = [tab for tab in tabs if tab.title == format.sheet][:1]
        if not only:
            seen, expected = f"no sheet « {format.sheet} »", f"a sheet named « {format.sheet} »"
            raise _not_there(tabs, name, seen, expected, "sheet")
        return only, ()
    if format.sheets:  # hidden ones only where it names them letter for letter
        plainly = [pattern.casefold() for pattern in format.sheets]
        found = [
            tab
            for tab in tabs
            if tab.title in format.sheets
            or (not tab.hidden and any(fnmatchcase(tab.title.casefold(), pattern) for pattern in plainly))
        ]
        if not found:
            told = " or ".join(f"« {pattern} »" for pattern in format.sheets)
            raise _not_there(tabs, name, f"no visible sheet {told}", f"sheets named {told}", "sheets")
        return [tab for tab in found if any(map(filled, tab.rows))] or found[:1], ()
    full = [tab for tab in tabs if any(map(filled, tab.rows))]
    visible = [tab for tab in full if not tab.hidden]
    if not visible:
        held = ", ".join(f"« {quote(tab.title)} »{' (hidden)' if tab.hidden else ''}" for tab in tabs)
        remedy = "Ask the partner for a file with offers on a sheet that is not hidden"
        seen = "only empty sheets" if not full else "rows on hidden sheets alone"
        raise refusal(name, f"{seen} ({held})", "a sheet with offers", remedy)
    # Of the ways that headers may be named, that of which a sheet bears most.
    borne = {max(tab.bears(one) for tab in visible): one for one in reversed(wanted)}
    among = borne[max(borne)] if borne and max(borne) else {plain(cell) for cell in visible[0].headers if cell}
    best = max(tab.bears(among) for tab in visible)
    read = [tab for tab in visible if best and 2 * tab.bears(among) >= best] or visible[:1]
    others = [tab for tab in full if not any(tab is one for one in read)]
    return read, _left_aside(others, among, best)


def _not_there(tabs: Sequence[Tab], name: str, seen: str, expected: str, key: str) -> Exception:
    held = ", ".join(f"« {quote(tab.title)} »" for tab in tabs)
    remedy = f"Ask the partner, or correct `format.{key}` in the feed's TOML"
    return refusal(name, f"{seen} (found: {held})", expected, remedy)


def _left_aside(others: Sequence[Tab], among: Set[str], best: int) -> tuple[Finding, ...]:
    """A finding on the sheets with rows that were not read: a warning where one looks as if it held offers too."""
    rows = {id(tab): tab.filled or int(tab.header is not None and not tab.bears(among)) for tab in others}
    ours = {id(tab) for tab in others if tab.title.removesuffix(" (2)") in OURS and tab.bears(among) < _SURELY}
    told = [tab for tab in others if rows[id(tab)] and id(tab) not in ours]
    if not told:
        return ()
    sheets = [[quote(tab.title), tab.hidden, rows[id(tab)]] for tab in told[:20]]
    grave = any(tab.bears(among) >= (max(1, best / 2) if tab.hidden else _SURELY) for tab in told)
    severity = Severity.WARN if grave else Severity.NOTE
    return (finding_of("sheets_left_aside", severity, sheets=sheets, more=len(told) > 20),)


def renamed(headers: Sequence[str], known: Mapping[str, str]) -> list[str]:
    """The headers of a further sheet, each as those before it write it where they differ by case or accents only."""
    names = [known.get(plain(header), header) for header in headers]
    return names if len(set(names)) == len(names) else list(headers)


def fill(tab: Tab, sheet: Any, marks: Marks) -> None:
    """The rows of a sheet as text, from the first; cells that hold a formula without a value say so."""
    tab.left = (sheet.start or (0, 0))[1]
    tab.merges, tab.marks = sheet.merged_cell_ranges or (), marks
    tab.rows = [[cell_text(value) for value in row] for row in sheet.iter_rows()] if sheet.start is not None else []
    if marks.formulas:  # room for cells that hold no value, around those that do
        left = min(column for _, column in marks.formulas)
        bottom, right = map(max, zip(*marks.formulas, strict=True))
        tab.left = tab.left if tab.rows else left
        before = max(0, tab.left - left)
        width = max(len(tab.rows[0]) if tab.rows else 0, right + 1 - tab.left)
        if before or (tab.rows and width > len(tab.rows[0])):
            tab.rows = [[""] * before + row + [""] * (width - len(row)) for row in tab.rows]
        tab.rows += [[""] * (before + width) for _ in range(bottom + 1 - len(tab.rows))]
        tab.left -= before
    for (row, column), text in marks.formulas.items():
        tab.rows[row][column - tab.left] = f"{NEVER_COMPUTED}{text}"
    for (row, column), width in marks.zeros.items():
        if row < len(tab.rows) and 0 <= column - tab.left < len(tab.rows[row]):
            shown = tab.rows[row][column - tab.left]
            tab.rows[row][column - tab.left] = shown.zfill(width) if shown.isdecimal() else shown


def cell_text(value: Any) -> str:
    """Numbers without noise or exponent, days as 2026-06-15, VRAI and FAUX; text as it is."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "VRAI" if value else "FAUX"
    if isinstance(value, float):
        return number_text(value)
    if isinstance(value, dt.datetime):
        return str(value.date()) if value.time() == dt.time() else value.isoformat(" ")
    if isinstance(value, dt.time):
        return value.isoformat("minutes" if not value.second else "auto")
    if isinstance(value, dt.timedelta):
        return f"{int(value.total_seconds()) // 3600:02}:{int(value.total_seconds()) // 60 % 60:02}"
    return str(value)


def number_text(value: float) -> str:
    """A number with the 15 digits that Excel keeps, and no exponent: `0.00005`, `0.3`, `73282932000074`.

    One of more digits is written as Excel shows it, `1.23456789012345E+17`: the digits after those 15 are lost.
    """
    if value.is_integer() and abs(value) < _EXACT and (abs(value) < _DIGITS or value % 10):
        return str(int(value))
    if abs(value) >= _DIGITS:
        mantissa, _, exponent = f"{value:.14E}".partition("E")
        return f"{mantissa.rstrip('0').rstrip('.')}E{exponent}"
    shown = f"{value:.15g}"
    return format(Decimal(shown), "f") if "e" in shown else shown
