"""XLSX to a batch of text: the values as a person reads them, the row numbers as Excel shows them."""

from __future__ import annotations

import datetime as dt
import io
import re
import zipfile
from collections.abc import Sequence
from typing import Any

import pandas as pd
import python_calamine as calamine

from connectors.formats.cutting import text_table
from connectors.formats.ragged import malformed_frame
from connectors.formats.refusal import looks_like, number, refusal
from connectors.formats.table import filled, header_row, name_headers, skipped_finding, total_findings, totals_at_foot
from offers.feed import Format
from offers.model import Batch, Finding
from offers.thresholds import Limits

_MOST_CELLS = 40_000_000
"""Rows times columns of a sheet: calamine holds the whole rectangle; two cells at its corners would end the process."""
_HEAD = 200
_LAST = 8
_CELL = re.compile(
    rb"<(?:\w{1,9}:)?c\b(?:[^>]{0,300}?\br\s{0,9}=\s{0,9}[\"']([A-Za-z]{1,3})(\d{1,7})[\"'])?[^>]{0,300}(?<!/)>"
)
_ROW = re.compile(rb"<(?:\w{1,9}:)?row\b[^>]{0,300}?\br\s{0,9}=\s{0,9}[\"'](\d{1,7})[\"'][^>]{0,300}(?<!/)>")
_ERROR_CELL = re.compile(rb"(<(?:\w{1,9}:)?c\b[^>]{0,300}?\bt\s{0,9}=\s{0,9})([\"'])e\2")
_BAD_WORKBOOK = (calamine.CalamineError, OSError, ValueError)


def read_xlsx(data: bytes, name: str, format: Format, limits: Limits) -> Batch:
    """Read the bytes of an XLSX drop whose members were checked (`unpack`). Raises Unreadable."""
    if not data.startswith(b"PK"):
        what = looks_like(data) or "plain text"
        remedy = "Ask the partner to save it as .xlsx without a password, or correct `format.kind` in the feed's TOML"
        raise refusal(name, f"{number(len(data))} bytes that look like {what}", "an XLSX workbook", remedy)
    try:
        book = calamine.load_workbook(io.BytesIO(_errors_as_text(data, name)))
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
    return _framed(kept, rows[header], first_column, {"sheet": title, "header": str(header + 1)}, findings)


def _framed(
    kept: Sequence[tuple[int, list[str]]],
    cells: list[str],
    first_column: int,
    said: dict[str, str],
    findings: tuple[Finding, ...],
) -> Batch:
    table = text_table([row for _, row in kept], len(cells))
    headers = name_headers(cells, lambda at: table.column(at).null_count < table.num_rows, first_column)
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


def _errors_as_text(data: bytes, name: str) -> bytes:
    """The workbook, its sheets measured; error cells become texts (`#REF!`), for calamine gives them as empty."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = {one.filename: archive.read(one) for one in archive.infolist()}
    faulty: dict[str, bytes] = {}
    for entry, content in members.items():
        if b"sheetData" not in content:  # a sheet may lie anywhere: its name is what the workbook says it is
            continue
        _refuse_vast(content, name)
        changed = _ERROR_CELL.sub(rb"\1\2str\2", content) if b"#" in content else content
        if changed != content:
            faulty[entry] = changed
    if not faulty:
        return data
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as copy:
        for entry, content in members.items():
            copy.writestr(entry, faulty.get(entry, content))
    return out.getvalue()


def _refuse_vast(content: bytes, name: str) -> None:
    letters: set[bytes] = set()
    unplaced, bottom = 0, 0
    for cell in _CELL.finditer(content):
        column, row = cell.groups()
        if column is None:
            unplaced += 1
        else:
            letters.add(column.upper())
            bottom = max(bottom, int(row))
    if unplaced:
        bottom = max([bottom, *(int(row) for row in _ROW.findall(content))])
    width = max((_column(one) for one in letters), default=min(unplaced, 1) * 100)
    if bottom * width > _MOST_CELLS:
        seen = f"a sheet of {number(bottom)} rows by {number(width)} columns"
        remedy = "Ask the partner to delete what stands far below or right of the offers"
        raise refusal(name, seen, f"at most {number(_MOST_CELLS)} cells", remedy)


def _column(letters: bytes) -> int:
    count = 0
    for letter in letters:
        count = count * 26 + letter - ord("A") + 1
    return count
