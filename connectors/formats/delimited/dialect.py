"""How a CSV file is written, told from its head: the delimiter, the other signs, and the line of the headers.

Beside the standard (texts between ", and "" for a quote within one) exports write '…' around texts, \\" within them,
and blanks between a delimiter and a quote. Each is taken where it reads more lines, or leaves fewer signs in the cells.
"""

from __future__ import annotations

import csv
import io
import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from connectors.formats.bounds import LONGEST_HEAD, check_headers
from connectors.formats.refusal import refusal
from connectors.formats.table import header_row, skipped_finding
from offers.findings import finding_of
from offers.format import Format
from offers.model import Finding, Severity
from offers.wording import number

_BACKSLASH = "\\"
_PAIR = re.compile(r"\\(.?)", re.DOTALL)
_AFTER_QUOTE = re.compile(r"((?<=[^;,\t|\r\n\"\\])\"(?:\"\")*+|(?<=[;,\t|])\"\"(?!\"))[ \t]++(?=[;,\t|\r\n]|\Z)")
_ESCAPED = re.compile(r"\\[\"']")
_ESCAPES_BYTES = re.compile(rb"\\[\"';,\t|]")
_ESCAPED_BYTES = re.compile(rb"\\[\"']")
_APOSTROPHE_BYTES = re.compile(rb"(?:^|[;,\t|\n\r])'")
_BLANK_BYTES = re.compile(rb"[;,\t|\n\r] +\"|\" +[;,\t|]")
_BETWEEN = re.compile(r"(^|[;,\t|] ?)'((?:[^'\r\n]|'(?!\s*(?:[;,\t|\r\n]|\Z)))*+)('?)")
_ESCAPED_BETWEEN = re.compile(r"(^|[;,\t|] ?)'((?:[^'\r\n\\]|\\[^\r\n]?|'(?!\s*(?:[;,\t|\r\n]|\Z)))*+)('?)")
_PAIR_OR_ONE = re.compile(r"\\.|'", re.DOTALL)
_ONE, _TWO = "'", "''"
_WRAPPED = 3
"""One filled cell in so many stands between apostrophes where these are the quotes; fewer may be texts."""
DELIMITERS = (";", ",", "\t", "|")
NAMES = {";": "semicolon", ",": "comma", "\t": "tab", "|": "bar"}
LONGEST_RECORD = 1000
"""Physical lines of one record: what runs on longer is a quote that was never closed."""
_MOST_RECORDS = 200
_STEADY = 0.5
_EXCEL_HINT = re.compile(r"\"?sep=(.)\"?;*\s*$", re.IGNORECASE)


@dataclass(frozen=True)
class Signs:
    """`quote` is "" where quotes mean nothing; `escape` is a backslash or ""; `blank`: blanks may surround quotes;
    `loose`: apostrophes around texts are not doubled within them."""

    delimiter: str
    quote: str = '"'
    escape: str = ""
    blank: bool = False
    loose: bool = False

    @property
    def plain(self) -> bool:
        """Whether this is the standard, which pyarrow reads as csv.reader does."""
        return self.quote == '"' and not self.escape and not self.blank

    def reader(self, lines: Iterable[str], *, strict: bool = False) -> Iterator[list[str]]:
        """The records of these lines, cell by cell. Raises csv.Error for broken quotes where `strict`."""
        csv.field_size_limit(sys.maxsize)  # its own is 131 072 characters: the drop's size is bounded already
        return csv.reader(
            lines if self.plain else map(self._shielded, lines),
            delimiter=self.delimiter,
            quotechar=self.quote or None,
            quoting=csv.QUOTE_MINIMAL if self.quote else csv.QUOTE_NONE,
            escapechar=self.escape or None,
            skipinitialspace=self.blank,
            strict=strict,
        )

    def _shielded(self, line: str) -> str:
        """The line for csv.reader: no blanks behind a quote, and a backslash that escapes nothing doubled."""
        if self.loose:
            line = (_ESCAPED_BETWEEN if self.escape else _BETWEEN).sub(self._doubled, line)
        if self.blank:
            line = _AFTER_QUOTE.sub(r"\1", line)
        return _PAIR.sub(self._kept, line) if self.escape and _BACKSLASH in line else line

    def _doubled(self, cell: re.Match[str]) -> str:
        """A cell between apostrophes whose own are doubled, as few who write so do: « l'eau » is full of them."""
        inner = cell[2].replace(_TWO, _ONE)
        if self.escape:  # a backslash may stand before some
            inner = _PAIR_OR_ONE.sub(lambda found: _TWO if found[0] == _ONE else found[0], inner)
        return f"{cell[1]}'{inner if self.escape else inner.replace(_ONE, _TWO)}{cell[3]}"

    def _kept(self, pair: re.Match[str]) -> str:
        after = pair[1]
        escapes = after and (after in "\"'\\\r\n" or after in (self.delimiter, self.quote))
        return pair[0] if escapes else f"{_BACKSLASH}{pair[0]}"


def candidates(head: bytes, delimiter: str, format: Format) -> list[Signs]:
    """What the file may be written with: what the feed says; the standard first, then what `head` holds marks of."""
    quotes = ['"'] + ["'"] * bool(_APOSTROPHE_BYTES.search(head)) if format.quote is None else [format.quote]
    escapes = [""] + [_BACKSLASH] * bool(_ESCAPES_BYTES.search(head)) if format.escape is None else [format.escape]
    blanks = [False] + [True] * bool(_BLANK_BYTES.search(head))
    found = [Signs(delimiter, quote, escape, blank) for quote in quotes for escape in escapes for blank in blanks]
    return found + [replace(one, loose=True) for one in found if one.quote == "'"]


def later(signs: Signs, body: bytes | memoryview, format: Format, faulty: bool) -> list[Signs]:
    """What else the body may be written with, seen whole: what the head gave no reason to think of."""
    found: list[Signs] = []
    escaped = _ESCAPES_BYTES.search(body) if faulty else _ESCAPED_BYTES.search(body)
    if format.escape is None and not signs.escape and escaped:
        found.append(replace(signs, escape=_BACKSLASH))
    if faulty and not signs.blank and _BLANK_BYTES.search(body):
        found.append(replace(signs, blank=True))
    if faulty and format.quote is None and signs.quote == '"' and _APOSTROPHE_BYTES.search(body):
        found += [replace(signs, quote="'"), replace(signs, quote="'", loose=True)]
    return found


def rank(records: Sequence[Sequence[str]]) -> tuple[int, int]:
    """How well signs read: how many records have the usual number of cells, and less than none for marks left in them.

    A record with broken quotes is given as an empty one.
    """
    widths = Counter(len(cells) for cells in records if len(cells) > 1)
    whole = max(widths.values(), default=0)
    texts = [cell.strip() for cells in records for cell in cells if cell and not cell.isspace()]
    apostrophes = sum(len(text) > 1 and text[0] == text[-1] == "'" for text in texts)
    marks = sum(bool(_ESCAPED.search(text)) for text in texts)
    marks += sum(cell[:1] == " " and cell.strip()[:1] == '"' for cells in records for cell in cells)
    return whole, -marks - (apostrophes if apostrophes * _WRAPPED >= len(texts) else 0)


def signs_finding(signs: Signs, format: Format) -> tuple[Finding, ...]:
    """What was recognised and no TOML says, for the record."""
    here = {
        "escape": signs.escape and format.escape is None,
        "apostrophes": signs.quote == "'" and format.quote is None,
        "blanks": signs.blank,
    }
    told = [name for name, seen in here.items() if seen]
    return (finding_of("signs_recognised", Severity.NOTE, signs=told),) if told else ()


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


class LineReader(Iterator[str]):
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
    head, is_cut = utf8[:LONGEST_HEAD], len(utf8) > LONGEST_HEAD
    if is_cut:
        head = head[: max(head.rfind(b"\n"), head.rfind(b"\r")) + 1]
        if not head:
            seen, most = f"a first line of more than {number(LONGEST_HEAD)} bytes", "a line of headers"
            raise refusal(name, seen, most, "Ask the partner for a CSV file with one line per offer")
    lines = physical_lines(head.decode("utf-8", "ignore"))
    skip = (format.header or 1) - 1
    if skip >= len(lines):
        seen = f"{number(len(lines))} lines, and the headers expected at line {format.header}"
        raise refusal(name, seen, "at least one more", "Correct `format.header` in the feed's TOML")
    hint = _EXCEL_HINT.match(lines[0])
    given = format.delimiter or (hint.group(1) if hint else None)
    found: list[tuple[Signs, list[_Record]]] = []
    for one in candidates(head, "", format):
        signs = replace(one, delimiter=given or _delimiter(lines[skip:], is_cut, one))
        found.append((signs, _records(lines, skip, signs, is_cut)))
    # The signs that read the head best, the standard in doubt: max takes the first of equals.
    signs, records = max(found, key=lambda one: rank([[] if record.broken else record.cells for record in one[1]]))
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


def _records(lines: Sequence[str], skip: int, signs: Signs, cut: bool) -> list[_Record]:
    """The first records; one with a broken quote counts as its first line alone, lest it swallow all below it."""
    source = LineReader(list(lines))
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
