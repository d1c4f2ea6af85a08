"""CSV in all its dialects to a batch of text with true line numbers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import pyarrow as pa

from connectors.formats import NOTHING, Hints
from connectors.formats.bounds import check_rows
from connectors.formats.delimited.cutting import Cut, Odd, cut
from connectors.formats.delimited.dialect import NAMES, Dialect, Signs, find_dialect, later, signs_finding
from connectors.formats.encoding import decode
from connectors.formats.encoding.spoiled import SPOILED, cut_off, readable, without_spoiled
from connectors.formats.refusal import looks_binary, malformed, malformed_frame, refusal, refuse_other_formats
from connectors.formats.table import (
    column_sums,
    control_finding,
    filled,
    foot_of,
    foot_text,
    name_headers,
    text_table,
    total_findings,
)
from offers.errors import Unreadable
from offers.feed import Limits
from offers.findings import finding_of
from offers.format import Format
from offers.model import Batch, Finding, Severity
from offers.wording import number

_LAST = 8
_END_OF_FILE = b"\x1a"
"""Ctrl-Z, with which DOS and its heirs end a text."""


def read_csv(data: bytes, name: str, format: Format, limits: Limits, known: Hints = NOTHING) -> Batch:
    """Read the unpacked bytes of a CSV drop. Raises Unreadable, FeedMisconfigured."""
    refuse_other_formats(name, data, "a CSV file")
    decoded = decode(data, name, format.encoding, known.said)
    if looks_binary(decoded.utf8):
        remedy = "Ask the partner for a CSV file, or correct `format` in the feed's TOML"
        raise refusal(name, f"{number(len(data))} bytes full of NUL characters", "text", remedy)
    utf8, ended = _without_end_mark(decoded.utf8)
    dialect = find_dialect(utf8, name, format)
    found, signs = _cut_best(memoryview(utf8)[dialect.body :], dialect, format, name)
    check_rows(name, found.table.num_rows + len(found.odd), limits)
    width = len(dialect.cells)
    found, feet = _without_totals(found, width, format.footer)
    found, faults, told = _judged(found, dialect)
    headers = name_headers(dialect.cells, lambda at: found.table.column(at).null_count < found.table.num_rows)
    frame = found.table.select(headers.positions).rename_columns(headers.names).to_pandas()
    frame.index = pd.Index(found.lines, name="line", dtype="int64")
    said = {"encoding": decoded.encoding, "delimiter": NAMES.get(signs.delimiter, signs.delimiter)}
    last = max((odd.line for odd in faults), default=0) if decoded.cut else 0
    bad = [
        cut_off(odd.line, odd.raw) if odd.line == last and SPOILED.search(odd.raw[-1:]) else _refused(odd, width, signs)
        for odd in faults
    ]
    findings = [*decoded.findings, *dialect.findings, *signs_finding(signs, format), *headers.findings, *told, *ended]
    findings += total_findings([(line, foot_text(cells)) for line, cells in feet], "line")
    if feet and format.control:
        rows = found.table.num_rows + len(faults)
        lines = [(str(line), cells) for line, cells in feet]
        findings += control_finding(lines, rows, found.table.num_columns, column_sums(found.table))
    torn = "\n".join(readable(odd.raw) for odd in faults)
    said |= {"header": str(dialect.header)}
    return without_spoiled(Batch(frame, malformed_frame(bad), said, tuple(findings), torn), decoded)


def _without_end_mark(utf8: bytes) -> tuple[bytes, tuple[Finding, ...]]:
    text = utf8.rstrip(_END_OF_FILE + b"\r\n\x00") if _END_OF_FILE in utf8[-4096:] else utf8
    if _END_OF_FILE not in utf8[len(text) :]:
        return utf8, ()
    return text, (finding_of("end_mark_at_foot", Severity.NOTE),)


def _cut_best(body: memoryview, dialect: Dialect, format: Format, name: str) -> tuple[Cut, Signs]:
    """The body in cells, with the signs of its head or, where these leave lines torn, others that mend some of them."""
    width, best = len(dialect.cells), dialect.signs
    found = cut(body, best, width, dialect.line, name)
    for signs in later(best, body, format, bool(found.odd)):
        try:
            other = cut(body, signs, width, dialect.line, name)
        except Unreadable:
            continue
        rows, odd = other.table.num_rows - found.table.num_rows, len(found.odd) - len(other.odd)
        if (rows > 0 and odd > 0) or (signs.escape and rows == odd == 0):
            found, best = other, signs
    return found, best


def _refused(odd: Odd, width: int, signs: Signs) -> dict[str, object]:
    count, raw = len(odd.cells), readable(odd.raw)
    if odd.rule is not None:
        return malformed(odd.line, raw, odd.rule)
    rule = "row_has_too_many_cells" if count > width else "row_has_too_few_cells"
    return malformed(odd.line, raw, rule, cells=count, headers=width, delimiter=signs.delimiter)


def _without_totals(found: Cut, width: int, named: Sequence[str]) -> tuple[Cut, list[tuple[int, list[str]]]]:
    """The rows above the foot, and the foot's lines in cells."""
    tail = found.table.slice(max(0, found.table.num_rows - _LAST))
    rows = zip(*(column.to_pylist() for column in tail.columns), strict=True)
    last = [(int(line), [cell or "" for cell in row]) for line, row in zip(found.lines[-_LAST:], rows, strict=True)]
    last = sorted([*last, *((odd.line, odd.cells) for odd in found.odd[-_LAST:])], key=lambda one: one[0])
    feet = foot_of(last, width, named)
    if not feet:
        return found, []
    whole = int(np.searchsorted(found.lines, feet[0][0]))
    odd = [one for one in found.odd if one.line < feet[0][0]]
    return Cut(found.table.slice(0, whole), found.lines[:whole], odd), feet


def _judged(found: Cut, dialect: Dialect) -> tuple[Cut, list[Odd], tuple[Finding, ...]]:
    """Take back the odd rows that differ only by empty cells without a header, or as each and every row does."""
    if not found.odd:
        return found, [], ()
    width = len(dialect.cells)
    least = named = max((at + 1 for at, cell in enumerate(dialect.cells) if cell.strip()), default=0)
    told: tuple[Finding, ...] = ()
    short = {len(odd.cells) for odd in found.odd if odd.rule is None}
    if not found.table.num_rows and len(short) == 1 and 1 < min(short) < named and len(found.odd) > 1:
        least = short.pop()
        told = (finding_of("rows_all_short", Severity.WARN, cells=least, headers=named, lacking=named - least),)
    fits = [odd.rule is None and least <= len(odd.cells) and not filled(odd.cells[width:]) for odd in found.odd]
    faults = [odd for odd, one in zip(found.odd, fits, strict=True) if not one]
    taken = [odd for odd, one in zip(found.odd, fits, strict=True) if one]
    if not taken:
        return found, faults, told
    lines = np.concatenate((found.lines, np.array([odd.line for odd in taken], np.int64)))
    rows = text_table([(odd.cells + [""] * width)[:width] for odd in taken], width)
    order = np.argsort(lines, kind="stable")
    table = pa.concat_tables([found.table, rows]).take(pa.array(order, pa.int64()))
    return Cut(table, lines[order], []), faults, told
