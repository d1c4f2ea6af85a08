"""CSV in all its dialects to a batch of text with true line numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
import pyarrow as pa

from connectors.formats import NOTHING, Known
from connectors.formats.delimited.cutting import Cut, Odd, cut
from connectors.formats.delimited.dialect import NAMES, Dialect, Signs, find_dialect, later, signs_finding
from connectors.formats.encoding import decode
from connectors.formats.encoding.spoiled import SPOILED, Decoded, cut_off, readable, without_spoiled
from connectors.formats.refusal import looks_binary, malformed, malformed_frame, number, refusal, refuse_other_formats
from connectors.formats.table import (
    column_sums,
    control_finding,
    filled,
    name_headers,
    text_table,
    total_findings,
    totals_at_foot,
)
from offers.errors import Unreadable
from offers.feed import Limits
from offers.format import Format
from offers.model import Batch, Finding, Severity

_LAST = 8
_END_OF_FILE = b"\x1a"
"""Ctrl-Z, with which DOS and its heirs end a text."""


def read_csv(data: bytes, name: str, format: Format, limits: Limits, known: Known = NOTHING) -> Batch:
    """Read the unpacked bytes of a CSV drop. Raises Unreadable, FeedMisconfigured."""
    refuse_other_formats(name, data, "a CSV file")
    decoded = decode(data, name, format.encoding, known.said)
    if looks_binary(decoded.utf8):
        remedy = "Ask the partner for a CSV file, or correct `format` in the feed's TOML"
        raise refusal(name, f"{number(len(data))} bytes full of NUL characters", "text", remedy)
    utf8, ended = _without_end_mark(decoded.utf8)
    dialect = find_dialect(utf8, name, format)
    found, dialect = _cut_best(memoryview(utf8)[dialect.body :], dialect, format, name)
    if found.table.num_rows + len(found.odd) > limits.rows:
        seen = f"{number(found.table.num_rows + len(found.odd))} rows"
        remedy = "Ask the partner whether this is meant; if so, raise `limits.rows` in the feed's TOML"
        raise refusal(name, seen, f"at most {number(limits.rows)} (`limits.rows`)", remedy)
    return _batch(found, dialect, decoded, format, ended)


def _without_end_mark(utf8: bytes) -> tuple[bytes, tuple[Finding, ...]]:
    if _END_OF_FILE not in utf8[-4096:]:
        return utf8, ()
    text = utf8.rstrip(_END_OF_FILE + b"\r\n\x00")
    if _END_OF_FILE not in utf8[len(text) :]:
        return utf8, ()
    sentence = "The file ends with Ctrl-Z (0x1A), as old systems end a text; it is no offer and is left aside."
    return text, (Finding("end_mark_at_foot", Severity.NOTE, "Ctrl-Z at the end", "offers only", sentence),)


def _cut_best(body: memoryview, dialect: Dialect, format: Format, name: str) -> tuple[Cut, Dialect]:
    """The body in cells, with the signs of its head or, where these leave lines torn, others that mend some of them."""
    width = len(dialect.cells)
    found = cut(body, dialect.signs, width, dialect.line, name)
    for signs in later(dialect.signs, body, format, bool(found.odd)):
        try:
            other = cut(body, signs, width, dialect.line, name)
        except Unreadable:
            continue
        if _mends(other, found, signs):
            found, dialect = other, replace(dialect, signs=signs)
    return found, dialect


def _mends(other: Cut, found: Cut, signs: Signs) -> bool:
    rows, odd = other.table.num_rows - found.table.num_rows, len(found.odd) - len(other.odd)
    return (rows > 0 and odd > 0) or (bool(signs.escape) and rows == odd == 0)


def _batch(found: Cut, dialect: Dialect, decoded: Decoded, format: Format, ended: tuple[Finding, ...]) -> Batch:
    width, delimiter = len(dialect.cells), dialect.signs.delimiter
    found, totals, feet = _without_totals(found, width, format.footer)
    found, faults, told = _judged(found, dialect)
    headers = name_headers(dialect.cells, lambda at: found.table.column(at).null_count < found.table.num_rows)
    frame = found.table.select(headers.positions).rename_columns(headers.names).to_pandas()
    frame.index = pd.Index(found.lines, name="line", dtype="int64")
    said = {"encoding": decoded.encoding, "delimiter": NAMES.get(delimiter, delimiter)}
    told = (*dialect.findings, *signs_finding(dialect.signs, format), *headers.findings, *told, *ended)
    last = max((odd.line for odd in faults), default=0) if decoded.cut else 0
    batch = Batch(
        frame=frame,
        malformed=malformed_frame([_told(odd, width, delimiter, odd.line == last) for odd in faults]),
        dialect=said | {"header": str(dialect.header)},
        findings=(
            *decoded.findings,
            *told,
            *total_findings(totals, "line"),
            *_control(feet, found.table, faults, format),
        ),
        torn="\n".join(readable(odd.raw) for odd in faults),
    )
    return without_spoiled(batch, decoded)


def _told(odd: Odd, width: int, delimiter: str, last: bool) -> dict[str, object]:
    if last and SPOILED.search(odd.raw[-1:]):
        return cut_off(odd.line, odd.raw)
    return reject(replace(odd, raw=readable(odd.raw)), width, delimiter)


def _without_totals(
    found: Cut, width: int, named: Sequence[str]
) -> tuple[Cut, list[tuple[int, str]], list[tuple[int, list[str]]]]:
    """The rows above the foot; the foot's lines as text, and as cells."""
    tail = found.table.slice(max(0, found.table.num_rows - _LAST))
    rows = zip(*(column.to_pylist() for column in tail.columns), strict=True)
    last = [(int(line), [cell or "" for cell in row]) for line, row in zip(found.lines[-_LAST:], rows, strict=True)]
    last += [(odd.line, odd.cells) for odd in found.odd[-_LAST:]]
    totals = totals_at_foot(sorted(last, key=lambda one: one[0]), width, named)
    if not totals:
        return found, [], []
    from_line = totals[0][0]
    whole = int(np.searchsorted(found.lines, from_line))
    odd = [one for one in found.odd if one.line < from_line]
    feet = [one for one in last if one[0] >= from_line]
    return Cut(found.table.slice(0, whole), found.lines[:whole], odd), totals, feet


def _control(
    feet: Sequence[tuple[int, list[str]]], table: pa.Table, faults: Sequence[Odd], format: Format
) -> tuple[Finding, ...]:
    if not feet or not format.control:
        return ()
    said = [(str(line), cells) for line, cells in feet]
    return control_finding(said, table.num_rows + len(faults), table.num_columns, column_sums(table))


def _judged(found: Cut, dialect: Dialect) -> tuple[Cut, list[Odd], tuple[Finding, ...]]:
    """Take back the odd rows that differ only by empty cells without a header, or as each and every row does."""
    if not found.odd:
        return found, [], ()
    width = len(dialect.cells)
    named = max((at + 1 for at, cell in enumerate(dialect.cells) if cell.strip()), default=0)
    told: tuple[Finding, ...] = ()
    least = named
    short = {len(odd.cells) for odd in found.odd if odd.rule is None}
    if not found.table.num_rows and len(short) == 1 and 1 < min(short) < named and len(found.odd) > 1:
        least = short.pop()
        told = (_all_short(least, named),)
    taken = [odd for odd in found.odd if odd.rule is None and _fits(odd.cells, least, width)]
    faults = [odd for odd in found.odd if odd.rule is not None or not _fits(odd.cells, least, width)]
    return _with(found, taken, width), faults, told


def _fits(cells: Sequence[str], least: int, width: int) -> bool:
    return least <= len(cells) and not filled(cells[width:])


def _with(found: Cut, taken: Sequence[Odd], width: int) -> Cut:
    if not taken:
        return found
    rows = [(odd.cells + [""] * width)[:width] for odd in taken]
    lines = np.concatenate((found.lines, np.array([odd.line for odd in taken], np.int64)))
    order = np.argsort(lines, kind="stable")
    table = pa.concat_tables([found.table, text_table(rows, width)]).take(pa.array(order, pa.int64()))
    return Cut(table, lines[order], [])


def _all_short(count: int, width: int) -> Finding:
    sentence = (
        f"Every row has {count} cells and the headers are {width}: the last {width - count} columns are read as empty. "
        "Ask the partner whether values are missing."
    )
    return Finding("rows_all_short", Severity.WARN, f"{count} cells in every row", f"{width} cells", sentence)


def reject(odd: Odd, width: int, delimiter: str) -> dict[str, object]:
    """What is said of an odd record, for a table of `width` columns."""
    if odd.rule is not None:
        return malformed(odd.line, odd.raw, odd.rule)
    count = len(odd.cells)
    rule = "row_has_too_many_cells" if count > width else "row_has_too_few_cells"
    return malformed(odd.line, odd.raw, rule, cells=count, headers=width, delimiter=delimiter)
