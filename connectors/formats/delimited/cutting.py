"""A CSV body cut into cells, two ways with one result: pyarrow where the quoting is beyond doubt, else csv.reader.

Where its records start and end is found with numpy on the bytes: true line numbers at memory speed.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import IO, Literal, cast

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv

from connectors.formats.bounds import check_cells
from connectors.formats.delimited.dialect import LONGEST_RECORD, LineReader, Signs, physical_lines
from connectors.formats.refusal import refusal
from connectors.formats.table import text_table
from offers.wording import number

Positions = npt.NDArray[np.int64]
Bytes = npt.NDArray[np.uint8]
_QUOTE, _LF, _CR = 34, 10, 13
_SLICE = 1 << 22
UNCLOSED, STRAY = "row_has_an_unclosed_quote", "row_has_a_stray_quote"
_BLOCK = 1 << 24
_MOST_READINGS = 5
_SPARE = 1 << 20
_MOST_BROKEN = 100_000
"""How often, on the whole, a body may be read again for its broken quotes, characters of it that do not count, and how
many of these there may be."""


@dataclass(frozen=True)
class Structure:
    """The records that are not blank: first byte, byte after the last (line end apart), and physical line from 1."""

    starts: Positions
    ends: Positions
    lines: Positions
    quotes: Positions

    def cells(self, body: Bytes, delimiter: int) -> Positions:
        """How many cells each record has."""
        found = _places(body, delimiter)
        found = found[np.searchsorted(self.quotes, found) % 2 == 0]
        return np.asarray(np.searchsorted(found, self.ends) - np.searchsorted(found, self.starts) + 1)


def find_structure(body: Bytes, delimiter: int, first_line: int) -> Structure | None:
    """The records of a body whose quoting is beyond doubt, else None: then only a reader that knows faults will do.

    It is where each opening quote begins a cell and each closing one ends it: counting quotes tells in from out.
    """
    quotes = _places(body, _QUOTE)
    if len(quotes) % 2:
        return None
    edge = np.zeros(256, bool)
    edge[[_QUOTE, _LF, _CR, delimiter]] = True
    opening, closing = quotes[0::2], quotes[1::2]
    opening, closing = opening[opening > 0], closing[closing < len(body) - 1]
    if not (edge[body[opening - 1]].all() and edge[body[closing + 1]].all()):
        return None
    breaks, returns = _places(body, _LF), _places(body, _CR)
    if len(returns):  # a \r that no \n follows ends a line, too
        after = np.minimum(returns + 1, len(body) - 1)
        lone = returns[(body[after] != _LF) | (after == returns)]
        breaks = np.sort(np.concatenate((breaks, lone))) if len(lone) else breaks
    outside = np.flatnonzero(np.searchsorted(quotes, breaks) % 2 == 0)
    ends = breaks[outside]
    starts = np.concatenate(([0], ends + 1))
    lines = np.concatenate(([0], outside + 1)) + first_line
    ends = np.append(ends, len(body))
    if len(body):
        # The \r of a \r\n belongs to the line end.
        ends = ends - ((ends > starts) & (body[ends - 1] == _CR))
    kept = ends > starts
    return Structure(starts[kept], ends[kept], lines[kept], quotes)


def _places(body: Bytes, byte: int) -> Positions:
    """Where a byte occurs; slice by slice, so that the comparison stays in the processor's cache."""
    found = [np.flatnonzero(body[at : at + _SLICE] == byte) + at for at in range(0, len(body), _SLICE)]
    return np.concatenate(found) if found else np.empty(0, np.int64)


@dataclass(frozen=True)
class Odd:
    """A record with another number of cells than the headers, or with quotes that do not pair (`rule` is then set)."""

    line: int
    cells: list[str]
    raw: str
    rule: str | None = None


@dataclass(frozen=True)
class Cut:
    """Rows as wide as the headers, all text, "" as null, with their lines; odd ones aside. Blank lines are gone."""

    table: pa.Table
    lines: Positions
    odd: list[Odd]


def cut(body: memoryview, signs: Signs, width: int, first_line: int, name: str) -> Cut:
    """Cut a body whose first line is `first_line`. Raises Unreadable where the quotes are past mending."""
    fast = cut_fast(body, signs, width, first_line, name)
    return fast if fast is not None else cut_slowly(body, signs, width, first_line, name)


def cut_fast(body: memoryview, signs: Signs, width: int, first_line: int, name: str) -> Cut | None:
    """With pyarrow; None where its reading could differ from what the structure of the bytes says."""
    delimiter = signs.delimiter
    if not len(body) or not delimiter.isascii() or not signs.plain:
        return None
    view = np.frombuffer(body, np.uint8)
    structure = find_structure(view, ord(delimiter), first_line)
    if structure is None:
        return None
    check_cells(name, len(structure.lines), width)
    ragged: list[int] = []
    table = _parse(body, delimiter, width, ragged)
    if table is None:
        return None
    lines, odd = structure.lines, list[Odd]()
    if ragged:
        is_odd = structure.cells(view, ord(delimiter)) != width
        for at in np.flatnonzero(is_odd):
            raw = str(body[structure.starts[at] : structure.ends[at]], "utf-8")
            cells = next(signs.reader(physical_lines(raw)), [])
            if not _is_blank(cells):
                odd.append(Odd(int(structure.lines[at]), cells, raw))
        lines = lines[~is_odd]
    if len(lines) != table.num_rows:
        return None
    blank = blank_rows(table)
    if blank.any():
        table, lines = table.filter(pa.array(~blank)), lines[~blank]
    return Cut(table, lines, odd)


def _parse(body: memoryview, delimiter: str, width: int, ragged: list[int]) -> pa.Table | None:
    def leave_aside(row: pacsv.InvalidRow) -> Literal["skip", "error"]:
        ragged.append(row.actual_columns)
        return "skip"

    names = [str(position) for position in range(width)]
    try:
        return pacsv.read_csv(
            cast("IO[bytes]", pa.BufferReader(body)),
            read_options=pacsv.ReadOptions(column_names=names, block_size=_BLOCK),
            parse_options=pacsv.ParseOptions(
                delimiter=delimiter, newlines_in_values=True, invalid_row_handler=leave_aside
            ),
            convert_options=pacsv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.large_string()),
                strings_can_be_null=True,
                null_values=[""],
                check_utf8=False,
            ),
        )
    except pa.ArrowInvalid:  # a record longer than a block, or one it cannot cut: csv.reader will say which
        return None


def blank_rows(table: pa.Table) -> np.ndarray:
    """Which rows hold nothing but white space; each column is looked at only where all before it were blank."""
    left = np.arange(table.num_rows)
    for column in table.columns:
        if not len(left):
            break
        some = column if len(left) == table.num_rows else column.take(pa.array(left, pa.int64()))
        left = left[pc.or_kleene(pc.is_null(some), pc.utf8_is_space(some)).to_numpy()]
    blank = np.zeros(table.num_rows, bool)
    blank[left] = True
    return blank


def _is_blank(cells: Sequence[str]) -> bool:
    return all(not cell or cell.isspace() for cell in cells)


def cut_slowly(body: memoryview, signs: Signs, width: int, first_line: int, name: str) -> Cut:
    """With csv.reader, which knows each line; a broken quote costs the line where it stands, not the file."""
    physical, rows, at, odd = physical_lines(str(body, "utf-8")), list[list[str]](), list[int](), list[Odd]()
    source, broken = LineReader(physical), 0
    most = _MOST_READINGS * (sum(map(len, physical)) + _SPARE)
    reader = signs.reader(source, strict=True)
    while source.at < len(physical):
        start = source.at
        line = first_line + start
        source.stop = min(start + LONGEST_RECORD, len(physical))
        try:
            cells = next(reader)
        except csv.Error:
            # Past a record with a broken quote: the whole of it where it has the right width, else its first line.
            # Where the very next line is a good row by itself, the quote was simply never closed.
            source.at = start
            cells = next(signs.reader(source))
            taken, runs_out, next_is_whole = source.at, source.at == source.stop, False
            if taken > start + 1:
                with suppress(csv.Error):
                    next_is_whole = len(next(signs.reader([physical[start + 1]], strict=True), [])) == width
            if len(cells) == width and not runs_out and not next_is_whole:
                odd.append(Odd(line, [], "".join(physical[start:taken]), STRAY))
            else:
                source.at = start + 1
                odd.append(Odd(line, [], physical[start], UNCLOSED if taken > start + 1 or runs_out else STRAY))
            broken += 1
            if source.read > most or broken > _MOST_BROKEN:
                seen = f"quotes that do not pair, again and again up to line {number(line)}"
                remedy = "Ask the partner to write the file with a CSV library or to export it from a spreadsheet"
                raise refusal(name, seen, 'texts between quotes, and "" for a quote inside a text', remedy) from None
            continue
        if len(cells) != width and not _is_blank(cells):
            odd.append(Odd(line, cells, "".join(physical[start : source.at]).rstrip("\r\n")))
        elif not _is_blank(cells):
            rows.append(cells)
            at.append(line)
            check_cells(name, len(rows), width)
    return Cut(text_table(rows, width), np.array(at, np.int64), odd)
