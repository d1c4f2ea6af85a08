"""A workbook to a batch of text: the values as a person reads them, the row numbers as Excel shows them."""

from __future__ import annotations

import io
import re
import zipfile

import numpy as np
import numpy.typing as npt
import python_calamine as calamine

from connectors.formats import NOTHING, Hints
from connectors.formats.bounds import TooHeavy, check_all_cells, check_cells
from connectors.formats.refusal import looks_like, other_bytes, refusal, workbook_kind
from connectors.formats.unpack import MOST_RATIO
from connectors.formats.workbook.marks import column_of, looks_of, marks_of, parts_of
from connectors.formats.workbook.stacking import stacked
from connectors.formats.workbook.tabs import Tab, chosen, fill, with_header
from offers.feed import Limits
from offers.findings import finding_of
from offers.format import Format
from offers.model import Batch, Severity
from offers.wording import number

CELLS_HERE = 2_000_000
"""Cells of all sheets together up to which the run itself reads it: calamine holds the whole rectangle."""
MOST_SHARED = 64_000_000
"""Bytes of text that cells may share, each counting it, whatever the size of the file."""
Lengths = npt.NDArray[np.int64]
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


def read_xlsx(data: bytes, name: str, format: Format, limits: Limits, known: Hints = NOTHING) -> Batch:
    """Read the bytes of a workbook, .xlsx, .xls or .ods, whose members were checked (`unpack`). Raises Unreadable.

    Raises TooHeavy where it has more than `known.here` bytes together, or says more than these should.
    """
    kind = workbook_kind(data)
    if kind is None:
        remedy = "Ask the partner to save it as .xlsx without a password, or correct `format.kind` in the feed's TOML"
        raise other_bytes(name, data, looks_like(data), "an XLSX workbook", remedy)
    tabs = [with_header(tab, format, known.headers) for tab in opened(data, name, kind, known.here, format.sheet)]
    read, findings = chosen(tabs, name, format, known.headers)
    if kind != "xlsx":
        findings = (*findings, finding_of("workbook_seen_in_part", Severity.NOTE, kind=kind))
    return stacked(read, name, format, limits, findings)


def opened(data: bytes, name: str, kind: str, here: int | None = None, wanted: str | None = None) -> list[Tab]:
    """The sheets of a workbook, or the `wanted` one alone with the names of the others. Raises as read_xlsx."""
    if kind != "xlsx" and here is not None:
        raise TooHeavy  # what these two would make of few bytes, nothing measures before
    members: dict[str, bytes] = {}
    try:
        if kind == "xlsx":
            data, members = _measured(data, name, here)
        book = calamine.load_workbook(io.BytesIO(data))
        looks, parts = looks_of(members), parts_of(members)
        tabs = []
        for at, one in enumerate(book.sheets_metadata):
            if one.typ is not calamine.SheetTypeEnum.WorkSheet:
                continue
            hidden = one.visible is not calamine.SheetVisibleEnum.Visible
            tab = Tab(one.name, hidden, [])
            if wanted in (None, one.name):
                part = parts[at] if at < len(parts) else None
                fill(tab, book.get_sheet_by_index(at), marks_of(part, members, looks))
            tabs.append(tab)
    except calamine.PasswordError as error:
        remedy = "Ask the partner to save it without a password"
        seen = "bytes that look like a workbook protected by a password"
        raise refusal(name, seen, "a workbook that opens", remedy) from error
    except _BAD_WORKBOOK as error:
        remedy = "Ask the partner to open it in Excel, save it again and send it"
        raise refusal(name, f"a damaged workbook ({error})", "a whole XLSX workbook", remedy) from error
    check_all_cells(name, sum(len(tab.rows) * max(map(len, tab.rows[:1]), default=0) for tab in tabs))
    return tabs


def _measured(data: bytes, name: str, here: int | None = None) -> tuple[bytes, dict[str, bytes]]:
    """The workbook, its sheets measured, packed anew; error cells become texts (`#REF!`), for calamine drops them.

    What calamine opens is what was looked at: it would believe other entries of an archive that tells of two. Gives its
    members too, by names with slashes.
    """
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = {one.filename.replace("\\", "/"): archive.read(one) for one in archive.infolist()}
    if here is not None and sum(map(len, members.values())) > here:
        raise TooHeavy
    lengths = np.concatenate([np.zeros(1, np.int64), *(_lengths(content) for content in members.values())])
    out = io.BytesIO()
    cells = said = 0
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as copy:
        for entry, content in members.items():
            if b"sheetData" in content:  # a sheet may lie anywhere: its name is what the workbook says it is
                rows, columns = _extent(content)
                check_cells(name, rows, columns)
                cells += rows * columns
                check_all_cells(name, cells)
                if here is not None and cells > CELLS_HERE:
                    raise TooHeavy
                said += _said(content, lengths)
                if said > MOST_SHARED and said > MOST_RATIO * len(data):
                    seen = (
                        f"{number(len(data))} bytes whose cells share texts of {number(said)} bytes, each counting them"
                    )
                    remedy = "Ask the partner what they sent; no list of offers repeats one long text so often"
                    raise refusal(name, seen, f"at most {MOST_RATIO} to 1", remedy)
                content = _ERROR_CELL.sub(rb"\1\2str\2", content) if b"#" in content else content
            copy.writestr(entry, content)
    return out.getvalue(), members


def _lengths(content: bytes) -> Lengths:
    """How long each text is that cells share, with what says its looks; none of a member that holds other things."""
    starts = [found.start() for found in _TEXTS.finditer(content)] if b"<sst" in content or b":sst" in content else []
    ends = np.array([*starts, len(content)], np.int64)
    return ends[1:] - ends[:-1]


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
        if column is None:
            column, row = found.groups() if (found := _PLACED.search(rest)) else (None, 0)
        if column is None:
            unplaced = True
        else:
            letters.add(column.upper())
            bottom = max(bottom, int(row))
    width = max((column_of(one.decode()) + 1 for one in letters), default=0)
    if unplaced:  # such cells stand one after the other, from the last one that said where it is
        numbers = [int(found) for row in _ROW.findall(content) for found in _ROW_NUMBER.findall(row)]
        rows = _ROW.split(content)
        bottom = max([bottom, *numbers]) + len(rows)
        width += max(len(_CELL.findall(row)) for row in rows)
    return bottom, width
