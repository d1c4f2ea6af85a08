"""How a CSV file is written, told from its head: the delimiter, and the line of the headers."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from connectors.formats.bounds import LONGEST_HEAD, check_headers
from connectors.formats.refusal import number, refusal
from connectors.formats.signs import Signs, candidates, rank
from connectors.formats.table import header_row, skipped_finding
from offers.format import Format
from offers.model import Finding

DELIMITERS = (";", ",", "\t", "|")
NAMES = {";": "semicolon", ",": "comma", "\t": "tab", "|": "bar"}
LONGEST_RECORD = 1000
"""Physical lines of one record: what runs on longer is a quote that was never closed."""
_MOST_RECORDS = 200
_STEADY = 0.5
_EXCEL_HINT = re.compile(r"\"?sep=(.)\"?;*\s*$", re.IGNORECASE)


@dataclass(frozen=True)
class Dialect:
    """`cells` are the raw headers, found at physical line `header`; the body starts at byte `body`, line `line`."""

    signs: Signs
    header: int
    cells: list[str]
    body: int
    line: int
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True)
class _Record:
    first: int  # index of its first physical line
    after: int
    cells: list[str]
    broken: bool = False


class Lines(Iterator[str]):
    """Physical lines that can be read again from an earlier one, and that end early for a record that will not.

    `read` counts the characters that were read, those of a line that was read again too.
    """

    def __init__(self, lines: list[str]) -> None:
        self.lines, self.at, self.stop, self.read = lines, 0, 0, 0

    def __next__(self) -> str:
        if self.at >= self.stop:
            raise StopIteration
        line = self.lines[self.at]
        self.at += 1
        self.read += len(line)
        return line


def find_dialect(utf8: bytes, name: str, format: Format) -> Dialect:
    """Read the head of a CSV file. Raises Unreadable where it holds no headers."""
    lines = physical_lines(_head(utf8, name))
    skip = (format.header or 1) - 1
    if skip >= len(lines):
        seen = f"{number(len(lines))} lines, and the headers expected at line {format.header}"
        raise refusal(name, seen, "at least one more", "Correct `format.header` in the feed's TOML")
    signs, records = _read_best(lines, skip, len(utf8) > LONGEST_HEAD, format)
    at = 0 if format.header else header_row([record.cells for record in records])
    if at is None or not any(cell.strip() for cell in records[at].cells):
        seen = f"no headers in {number(len(utf8))} bytes"
        raise refusal(name, seen, "a line of headers", "Ask the partner for a file with headers")
    record = records[at]
    check_headers(name, record.cells)
    titles = [[line.strip()] for line in lines[:skip]] + [one.cells for one in records[:at]]
    body = len("".join(lines[: record.after]).encode())
    findings = skipped_finding(titles, record.first + 1, "line")
    return Dialect(signs, record.first + 1, record.cells, body, record.after + 1, findings)


def physical_lines(text: str) -> list[str]:
    r"""The lines with their ends, which are \n, \r\n or \r and nothing else (str.splitlines knows eight more)."""
    return io.StringIO(text, newline="").readlines()


def _head(utf8: bytes, name: str) -> str:
    head = utf8[:LONGEST_HEAD]
    if len(utf8) > LONGEST_HEAD:
        end = max(head.rfind(b"\n"), head.rfind(b"\r"))
        if end < 0:
            seen, most = f"a first line of more than {number(LONGEST_HEAD)} bytes", "a line of headers"
            raise refusal(name, seen, most, "Ask the partner for a CSV file with one line per offer")
        head = head[: end + 1]
    return head.decode("utf-8", "ignore")


def _hinted(line: str) -> str | None:
    hint = _EXCEL_HINT.match(line)
    return hint.group(1) if hint else None


def _read_best(lines: Sequence[str], skip: int, cut: bool, format: Format) -> tuple[Signs, list[_Record]]:
    """The signs that read the head best, the standard in doubt, and its records."""
    given = format.delimiter or _hinted(lines[0])
    found: list[tuple[Signs, list[_Record]]] = []
    for one in candidates("".join(lines), "", format):
        signs = replace(one, delimiter=given or _delimiter(lines[skip:], cut, one))
        found.append((signs, _records(lines, skip, signs, cut)))
    # max takes the first of equals.
    return max(found, key=lambda one: rank([[] if record.broken else record.cells for record in one[1]]))


def _records(lines: Sequence[str], skip: int, signs: Signs, cut: bool) -> list[_Record]:
    """The first records; one with a broken quote counts as its first line alone, lest it swallow all below it."""
    source = Lines(list(lines))
    source.at = skip
    reader = signs.reader(source, strict=True)
    records: list[_Record] = []
    while source.at < len(lines) and len(records) < _MOST_RECORDS:
        start = source.at
        source.stop = min(start + LONGEST_RECORD, len(lines))
        broken = False
        try:
            cells = next(reader)
        except csv.Error:
            if cut and source.at == len(lines):  # no fault: the record goes on beyond the head
                break
            source.at, broken = start + 1, True
            cells = next(signs.reader([lines[start]]))
        records.append(_Record(start, source.at, cells, broken))
    return records


def _delimiter(lines: Sequence[str], cut: bool, signs: Signs) -> str:
    """The candidate that cuts most records into the same number of cells, from the first line on, and into many.

    Texts may hold as many commas in each row; the line of headers does not, so an earlier start counts for more.
    """
    best, best_rank = DELIMITERS[0], (False, 0, 0.0)
    for candidate in DELIMITERS:
        widths = [
            len(record.cells)
            for record in _records(lines, 0, replace(signs, delimiter=candidate), cut)
            if any(record.cells)
        ]
        times = Counter(width for width in widths if width > 1)
        if not times:
            continue
        width = max(times, key=lambda one: (times[one] * (one - 1), one))
        share = times[width] / len(widths)
        rank = (share >= _STEADY, -widths.index(width), (width - 1) * share)
        if best_rank == (False, 0, 0.0) or rank > best_rank:
            best, best_rank = candidate, rank
    return best
