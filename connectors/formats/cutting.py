"""A CSV body cut into cells, two ways with one result: pyarrow where the quoting is beyond doubt, else csv.reader."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import IO, Literal, cast

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv

from connectors.formats.dialect import allow_long_cells, physical_lines
from connectors.formats.ragged import Odd, stray, unclosed
from connectors.formats.refusal import number, refusal
from connectors.formats.structure import Positions, Structure, find_structure

_BLOCK = 1 << 24
_LONGEST_RECORD = 1000
"""Physical lines of one record: what runs on longer is a quote that was never closed."""
_MOST_REREAD = 2_000_000


@dataclass(frozen=True)
class Cut:
    """Rows as wide as the headers, all text, "" as null, with their lines; odd ones aside. Blank lines are gone."""

    table: pa.Table
    lines: Positions
    odd: list[Odd]


def cut(body: bytes, delimiter: str, width: int, first_line: int, name: str) -> Cut:
    """Cut a body whose first line is `first_line`. Raises Unreadable where the quotes are past mending."""
    fast = cut_fast(body, delimiter, width, first_line)
    return fast if fast is not None else cut_slowly(body, delimiter, width, first_line, name)


def cut_fast(body: bytes, delimiter: str, width: int, first_line: int) -> Cut | None:
    """With pyarrow; None where its reading could differ from what the structure of the bytes says."""
    if not body.strip() or not delimiter.isascii():
        return None
    view = np.frombuffer(body, np.uint8)
    structure = find_structure(view, ord(delimiter), first_line)
    if structure is None:
        return None
    ragged: list[int] = []
    table = _parse(body, delimiter, width, ragged)
    if table is None:
        return None
    lines, odd = structure.lines, list[Odd]()
    if ragged:
        is_odd = structure.cells(view, ord(delimiter)) != width
        odd = _odd(body, structure, is_odd, delimiter)
        lines = lines[~is_odd]
    if len(lines) != table.num_rows:
        return None
    blank = blank_rows(table)
    if blank.any():
        table, lines = table.filter(pa.array(~blank)), lines[~blank]
    return Cut(table, lines, odd)


def _parse(body: bytes, delimiter: str, width: int, ragged: list[int]) -> pa.Table | None:
    def leave_aside(row: pacsv.InvalidRow) -> Literal["skip", "error"]:
        ragged.append(row.actual_columns)
        return "skip"

    names = [str(position) for position in range(width)]
    try:
        return pacsv.read_csv(
            cast(IO[bytes], pa.BufferReader(body)),
            read_options=pacsv.ReadOptions(column_names=names, block_size=_BLOCK),
            parse_options=pacsv.ParseOptions(
                delimiter=delimiter, newlines_in_values=True, invalid_row_handler=leave_aside
            ),
            convert_options=pacsv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.large_string()), strings_can_be_null=True, null_values=[""]
            ),
        )
    except pa.ArrowInvalid:  # a record longer than a block, or one it cannot cut: csv.reader will say which
        return None


def _odd(body: bytes, structure: Structure, is_odd: np.ndarray, delimiter: str) -> list[Odd]:
    allow_long_cells()
    found: list[Odd] = []
    for at in np.flatnonzero(is_odd):
        raw = body[structure.starts[at] : structure.ends[at]].decode()
        cells = next(csv.reader(physical_lines(raw), delimiter=delimiter), [])
        if not _is_blank(cells):
            found.append(Odd(int(structure.lines[at]), cells, raw))
    return found


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


class _Lines(Iterator[str]):
    """Physical lines that can be read again from an earlier one, and that end early for a record that will not."""

    def __init__(self, lines: list[str]) -> None:
        self.lines, self.at, self.stop = lines, 0, 0

    def __next__(self) -> str:
        if self.at >= self.stop:
            raise StopIteration
        self.at += 1
        return self.lines[self.at - 1]


def cut_slowly(body: bytes, delimiter: str, width: int, first_line: int, name: str) -> Cut:
    """With csv.reader, which knows each line; a broken quote costs the line where it stands, not the file."""
    allow_long_cells()
    rows: list[list[str]] = []
    lines: list[int] = []
    odd: list[Odd] = []
    for line, cells, fault in _records(physical_lines(body.decode()), delimiter, width, first_line, name):
        if fault is not None:
            odd.append(fault)
        else:
            rows.append(cells)
            lines.append(line)
    return Cut(text_table(rows, width), np.array(lines, np.int64), odd)


def text_table(rows: Sequence[Sequence[str | None]], width: int) -> pa.Table:
    """Rows of text as Arrow columns named "0", "1", …; "" is null."""
    columns = list(zip(*rows, strict=True)) if rows else [()] * width
    arrays = [pa.array([cell or None for cell in column], pa.large_string()) for column in columns]
    return pa.table(arrays, names=[str(position) for position in range(width)])


def _records(
    lines: list[str], delimiter: str, width: int, first_line: int, name: str
) -> Iterator[tuple[int, list[str], Odd | None]]:
    source = _Lines(lines)
    reader = csv.reader(source, delimiter=delimiter)
    reread = 0
    while source.at < len(lines):
        start = source.at
        source.stop = min(start + _LONGEST_RECORD, len(lines))
        cells = next(reader)
        line = first_line + start
        raw = lines[start] if source.at == start + 1 else "".join(lines[start : source.at])
        if '"' in raw and not _strictly_quoted(lines[start : source.at], delimiter):
            whole = len(cells) == width and source.at < source.stop
            if whole:
                yield line, [], stray(line, raw)
                continue
            reread += source.at - start - 1
            if reread > _MOST_REREAD:
                raise _hopeless(name, line)
            runs_on = source.at > start + 1 or source.at == len(lines)
            yield line, [], (unclosed if runs_on else stray)(line, lines[start])
            source.at = start + 1
        elif not _is_blank(cells):
            yield line, cells, None if len(cells) == width else Odd(line, cells, raw.rstrip("\r\n"))


def _strictly_quoted(lines: list[str], delimiter: str) -> bool:
    try:
        list(csv.reader(lines, delimiter=delimiter, strict=True))
    except csv.Error:
        return False
    return True


def _hopeless(name: str, line: int) -> Exception:
    seen = f"quotes that do not pair, again and again up to line {number(line)}"
    remedy = "Ask the partner to write the file with a CSV library or to export it from a spreadsheet"
    return refusal(name, seen, 'texts between quotes, and "" for a quote inside a text', remedy)
