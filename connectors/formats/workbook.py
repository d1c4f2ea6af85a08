"""XLSX to a batch of text: the values as a person reads them, the row numbers as Excel shows them."""

from __future__ import annotations

import datetime as dt
import io
import re
import zipfile
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import python_calamine as calamine

from connectors.formats.bounds import TooHeavy, check_cells, check_headers
from connectors.formats.cutting import text_table
from connectors.formats.ragged import malformed_frame
from connectors.formats.refusal import looks_like, number, refusal
from connectors.formats.table import filled, header_row, name_headers, skipped_finding, total_findings, totals_at_foot
from connectors.formats.unpack import MOST_RATIO
from offers.feed import Format
from offers.model import Batch, Finding
from offers.thresholds import Limits

CELLS_HERE = 2_000_000
"""Cells of a sheet up to which the run itself reads it: calamine holds the whole rectangle."""
MOST_SHARED = 64_000_000
"""Bytes of text that cells may share, each counting it, whatever the size of the file."""
Lengths = npt.NDArray[np.int64]
_HEAD = 200
_LAST = 8
_PREFIX = rb"<(?:[\w.-]++:)?+"
_CELL = re.compile(
    _PREFIX + rb"c(?=[\s/>])(?:\s++r=\"([A-Za-z]{1,9}+)(\d{1,12}+)\")?+((?:[^<>\"']++|\"[^<\"]*+\"|'[^<']*+')*+)>"
)
_PLACED = re.compile(rb"(?<![\w.-])r\s*+=\s*+[\"']([A-Za-z]{1,9}+)(\d{1,12}+)[\"']")
_ROW = re.compile(_PREFIX + rb"row(?=[\s/>])(?:[^<>\"']++|\"[^<\"]*+\"|'[^<']*+')*+>")
_ROW_NUMBER = re.compile(rb"(?<![\w.-])r\s*+=\s*+[\"'](\d{1,12}+)[\"']")
_ERROR_CELL = re.compile(rb"(" + _PREFIX + rb"c\s(?:[^<>]*?\s)?t\s*+=\s*+)([\"'])e\2")
_TEXTS = re.compile(_PREFIX + rb"si(?=[\s/>])")
_SHARED = re.compile(rb"\st\s*+=\s*+[\"']s[\"'][^<>]{0,64}+>" + _PREFIX + rb"v>(\d{1,9}+)")
_BAD_WORKBOOK = (calamine.CalamineError, OSError, ValueError)


def read_xlsx(data: bytes, name: str, format: Format, limits: Limits, here: int | None = None) -> Batch:
    """Read the bytes of an XLSX drop whose members were checked (`unpack`). Raises Unreadable.

    Raises TooHeavy where they have more than `here` bytes together, or say more than these should.
    """
    if not data.startswith(b"PK"):
        what = looks_like(data) or "plain text"
        remedy = "Ask the partner to save it as .xlsx without a password, or correct `format.kind` in the feed's TOML"
        raise refusal(name, f"{number(len(data))} bytes that look like {what}", "an XLSX workbook", remedy)
    try:
        book = calamine.load_workbook(io.BytesIO(measured(data, name, here)))
        sheet, title = _sheet(book, name, format.sheet)
        rows = [[_text(value) for value in row] for row in sheet.iter_rows()]
    except _BAD_WORKBOOK as error:
        remedy = "Ask the partner to open it in Excel, save it again and send it"
        raise refusal(name, f"a damaged workbook ({error})", "a whole XLSX workbook", remedy) from error
    return _batch(rows, (sheet.start or (0, 0))[1] + 1, title, name, format, limits)


def _batch(rows: list[list[str]], first_column: int, title: str, name: str, format: Format, limits: Limits) -> Batch:
    header = format.header - 1 if format.header else header_row(rows[:_HEAD])
    if header is None or header >= len(rows) or not filled(rows[header]):
        where = f"row {format.header} of sheet « {title} »" if format.header else f"sheet « {title} »"
        remedy = "Ask the partner, or correct `format.header` and `format.sheet` in the feed's TOML"
        raise refusal(name, f"no headers in {where}", "a row of headers", remedy)
    kept = [(at + 1, row) for at, row in enumerate(rows) if at > header and filled(row)]
    totals = totals_at_foot(kept[-_LAST:], len(rows[header]))
    kept = kept[: len(kept) - len(totals)]
    if len(kept) > limits.rows:
        remedy = "Ask the partner whether this is meant; if so, raise `limits.rows` in the feed's TOML"
        raise refusal(name, f"{number(len(kept))} rows", f"at most {number(limits.rows)} (`limits.rows`)", remedy)
    findings = (*skipped_finding(rows[:header], header + 1, "row"), *total_findings(totals, "row"))
    return _framed(name, kept, rows[header], first_column, {"sheet": title, "header": str(header + 1)}, findings)


def _framed(
    name: str,
    kept: Sequence[tuple[int, list[str]]],
    cells: list[str],
    first_column: int,
    said: dict[str, str],
    findings: tuple[Finding, ...],
) -> Batch:
    table = text_table([row for _, row in kept], len(cells))
    headers = name_headers(cells, lambda at: table.column(at).null_count < table.num_rows, first_column)
    check_headers(name, headers.names)
    frame = table.select(headers.positions).rename_columns(headers.names).to_pandas()
    frame.index = pd.Index([line for line, _ in kept], name="line", dtype="int64")
    return Batch(frame, malformed_frame([]), said, (*findings, *headers.findings))


def _sheet(book: Any, name: str, wanted: str | None) -> tuple[Any, str]:
    names = list(book.sheet_names)
    held = ", ".join(f"« {one} »" for one in names)
    if wanted is not None:
        if wanted not in names:
            remedy = "Ask the partner, or correct `format.sheet` in the feed's TOML"
            raise refusal(name, f"no sheet « {wanted} » (found: {held})", f"a sheet named « {wanted} »", remedy)
        return book.get_sheet_by_name(wanted), wanted
    for one in names:
        sheet = book.get_sheet_by_name(one)
        if sheet.start is not None:
            return sheet, one
    raise refusal(name, f"only empty sheets ({held})", "a sheet with offers", "Ask the partner for a file with offers")


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "VRAI" if value else "FAUX"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value)
    if isinstance(value, dt.datetime):
        return str(value.date()) if value.time() == dt.time() else value.isoformat(" ")
    if isinstance(value, dt.time):
        return value.isoformat("minutes" if not value.second else "auto")
    return str(value)


def measured(data: bytes, name: str, here: int | None = None) -> bytes:
    """The workbook, its sheets measured, packed anew; error cells become texts (`#REF!`), for calamine drops them.

    What calamine opens is what was looked at: it would believe other entries of an archive that tells of two.
    """
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = {one.filename: archive.read(one) for one in archive.infolist()}
    if here is not None and sum(map(len, members.values())) > here:
        raise TooHeavy
    lengths = np.concatenate([np.zeros(1, np.int64), *(_lengths(content) for content in members.values())])
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as copy:
        for entry, content in members.items():
            if b"sheetData" in content:  # a sheet may lie anywhere: its name is what the workbook says it is
                rows, columns = _extent(content)
                check_cells(name, rows, columns)
                if here is not None and rows * columns > CELLS_HERE:
                    raise TooHeavy
                _refuse_amplified(_said(content, lengths), len(data), name)
                content = _ERROR_CELL.sub(rb"\1\2str\2", content) if b"#" in content else content
            copy.writestr(entry, content)
    return out.getvalue()


def _lengths(content: bytes) -> Lengths:
    """How long each text is that cells share, with what says its looks; none of a member that holds other things."""
    starts = [found.start() for found in _TEXTS.finditer(content)] if b"<sst" in content or b":sst" in content else []
    ends = np.array([*starts, len(content)], np.int64)
    return ends[1:] - ends[:-1]


def _refuse_amplified(said: int, packed: int, name: str) -> None:
    if said > MOST_SHARED and said > MOST_RATIO * packed:
        seen = f"{number(packed)} bytes whose cells share texts of {number(said)} bytes, each counting them"
        remedy = "Ask the partner what they sent; no list of offers repeats one long text so often"
        raise refusal(name, seen, f"at most {MOST_RATIO} to 1", remedy)


def _said(content: bytes, lengths: Lengths) -> int:
    """At most how many bytes of text the cells of a sheet share with others, each counting it."""
    longest = int(lengths.max())
    uses = content.count(b'"s"') + content.count(b"'s'")
    if uses * longest <= MOST_SHARED:
        return uses * longest
    numbers = np.array(_SHARED.findall(content) or [b"0"]).astype(np.int64)
    known = numbers[numbers < len(lengths) - 1]
    return int(lengths[1 + known].sum()) + (uses - len(numbers)) * longest


def _extent(content: bytes) -> tuple[int, int]:
    """Rows and columns from the first cell that there could be to the last that holds anything."""
    letters: set[bytes] = set()
    bottom, unplaced = 0, False
    for cell in _CELL.finditer(content):
        column, row, rest = cell.groups()
        if rest.endswith(b"/"):
            continue
        placed = (column, row) if column is not None else _placed(rest)
        if placed is None:
            unplaced = True
        else:
            letters.add(placed[0].upper())
            bottom = max(bottom, int(placed[1]))
    width = max((_column(one) for one in letters), default=0)
    return _with_unplaced(content, bottom, width) if unplaced else (bottom, width)


def _placed(attributes: bytes) -> tuple[bytes, bytes] | None:
    found = _PLACED.search(attributes)
    return (found[1], found[2]) if found else None


def _with_unplaced(content: bytes, bottom: int, width: int) -> tuple[int, int]:
    """Cells that do not say where they are stand one after the other, from the last one that did."""
    numbers = [found for row in _ROW.findall(content) for found in _ROW_NUMBER.findall(row)]
    rows = _ROW.split(content)
    bottom = max([bottom, *map(int, numbers)]) + len(rows)
    return bottom, width + max(len(_CELL.findall(row)) for row in rows)


def _column(letters: bytes) -> int:
    count = 0
    for letter in letters:
        count = count * 26 + letter - ord("A") + 1
    return count
