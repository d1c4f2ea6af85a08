"""The signs that a CSV file is written with, and how they are told from its own lines: what makes most of them whole.

Beside the standard (texts between ", and "" for a quote within one) exports write '…' around texts, \\" within them,
and blanks between a delimiter and a quote. Each is taken where it reads more lines, or leaves fewer signs in the cells.
"""

from __future__ import annotations

import csv
import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from offers.format import Format
from offers.model import Finding, Severity

_BACKSLASH = "\\"
_PAIR = re.compile(r"\\(.?)", re.DOTALL)
_AFTER_QUOTE = re.compile(r"((?<=[^;,\t|\r\n\"\\])\"(?:\"\")*+|(?<=[;,\t|])\"\"(?!\"))[ \t]++(?=[;,\t|\r\n]|\Z)")
_ESCAPES = re.compile(r"\\[\"';,\t|]")
_ESCAPED = re.compile(r"\\[\"']")
_BLANK_QUOTED = re.compile(r"[;,\t|\n\r] +\"|\" +[;,\t|]")
_ESCAPES_BYTES = re.compile(rb"\\[\"';,\t|]")
_ESCAPED_BYTES = re.compile(rb"\\[\"']")
_APOSTROPHE_BYTES = re.compile(rb"[;,\t|\n\r]'")
_BLANK_BYTES = re.compile(rb"[;,\t|\n\r] +\"|\" +[;,\t|]")
_APOSTROPHES = re.compile(r"(?:^|[;,\t|\n\r])'")
_BETWEEN = re.compile(r"(^|[;,\t|] ?)'((?:[^'\r\n]|'(?!\s*(?:[;,\t|\r\n]|\Z)))*+)('?)")
_ESCAPED_BETWEEN = re.compile(r"(^|[;,\t|] ?)'((?:[^'\r\n\\]|\\[^\r\n]?|'(?!\s*(?:[;,\t|\r\n]|\Z)))*+)('?)")
_PAIR_OR_ONE = re.compile(r"\\.|'", re.DOTALL)
_ONE, _TWO = "'", "''"
_WRAPPED = 3
"""One filled cell in so many stands between apostrophes where these are the quotes; fewer may be texts."""


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
            line = _ESCAPED_BETWEEN.sub(_doubled_but_pairs, line) if self.escape else _BETWEEN.sub(_doubled, line)
        if self.blank:
            line = _AFTER_QUOTE.sub(r"\1", line)
        return _PAIR.sub(self._kept, line) if self.escape and _BACKSLASH in line else line

    def _kept(self, pair: re.Match[str]) -> str:
        after = pair[1]
        escapes = after and (after in "\"'\\\r\n" or after in (self.delimiter, self.quote))
        return pair[0] if escapes else f"{_BACKSLASH}{pair[0]}"


def _doubled(cell: re.Match[str]) -> str:
    """A cell between apostrophes whose own are doubled, as few who write so do: « l'eau » is full of them."""
    return f"{cell[1]}'{cell[2].replace(_TWO, _ONE).replace(_ONE, _TWO)}{cell[3]}"


def _doubled_but_pairs(cell: re.Match[str]) -> str:
    """The same where a backslash may stand before some."""
    inner = _PAIR_OR_ONE.sub(lambda found: _TWO if found[0] == _ONE else found[0], cell[2].replace(_TWO, _ONE))
    return f"{cell[1]}'{inner}{cell[3]}"


def candidates(text: str, delimiter: str, format: Format) -> list[Signs]:
    """What the file may be written with: what the feed says; the standard first, then what `text` holds marks of."""
    quotes = ['"'] + ["'"] * bool(_APOSTROPHES.search(text)) if format.quote is None else [format.quote]
    escapes = [""] + [_BACKSLASH] * bool(_ESCAPES.search(text)) if format.escape is None else [format.escape]
    blanks = [False] + [True] * bool(_BLANK_QUOTED.search(text))
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
    told = []
    if signs.escape and format.escape is None:
        told.append(('\\" for a quote within a text', 'format.escape = "\\\\"'))
    if signs.quote == "'" and format.quote is None:
        told.append(("'…' around texts", 'format.quote = "\'"'))
    if signs.blank:
        told.append(("blanks between delimiters and quotes", ""))
    if not told:
        return ()
    seen = ", ".join(what for what, _ in told)
    keys = " and ".join(f"`{key}`" for _, key in told if key)
    fixed = f" To have it always read so, write {keys} in the feed's TOML." if keys else ""
    sentence = f"The file is written with {seen}, and read so, for more of its lines are whole that way.{fixed}"
    return (Finding("signs_recognised", Severity.NOTE, seen, 'texts between ", and "" within them', sentence),)
