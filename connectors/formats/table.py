"""What CSV files and worksheets share: which row holds the headers, what they are called, what stands at the foot.

Rows at the foot that are no offers are totals, end marks, the records that close a mainframe's file: told by their
first filled cell, and only where the row is no whole one. What counts the records (`(7 lignes)`, `T;0000007`) is a
control total, and is held against what was read.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from fnmatch import fnmatchcase
from itertools import takewhile

import pyarrow as pa
import pyarrow.compute as pc

from connectors.formats.encoding.spoiled import readable
from connectors.formats.refusal import clip
from offers.cleaning.characters import as_seen
from offers.findings import finding_of
from offers.model import Finding, Severity

_MOST_TOTALS = 5
_NAME = re.compile(r"[^\W\d_]")
_SPACES = re.compile(r"\s+")
_LOOKED_AT = 200
_TOTAL = re.compile(
    r"\W*+(?:(?:grand |sous-?\s?)?(?:total|totaux|nombre|nb|somme|sum|count)\b|(?:row|record|line)s?[ _]?count\b|"
    r"nb[ _]?(?:lignes|offres|enregistrements)\b|(?:lignes|lines|rows|records|enregistrements)\s?[:=])",
    re.IGNORECASE,
)
_SUM = re.compile(r"\W*+(grand |sous-?\s?)?(total|totaux|somme|sum)\b", re.IGNORECASE)
_COUNT = re.compile(
    r"\W*+(?:query ok,? |total ?:? )?(\d{1,12}|\d{1,3}(?:[ .,\u00a0\u202f]\d{3}){1,3}) ?"
    r"(?:lignes?|lines?|rows?|enregistrements?|records?|offres?|offers?)\b(?:\(s\))?[\w ,.()/:-]*+\W*+",
    re.IGNORECASE,
)
_END = re.compile(
    r"\W*+(?:eo[fdt]|trailer|footer|pied|end|fin)(?: (?:of|de|du|des) (?:l ?['’] ?|la )?[\w ]{1,40})?"
    r"\W*\d*(?: [^\W\d]{1,20})?\W*",
    re.IGNORECASE,
)
_MADE = re.compile(
    r"\W*+(?:export|exporté|édité|généré|extrait|généré automatiquement|exported|generated|printed|created)"
    r"(?:e|es|s)?(?: (?:le|au|par|on|at|by)|\s?:)|\W*+(?:time|temps|durée|elapsed|completion time)\s?:|page \d+",
    re.IGNORECASE,
)
_CODE = re.compile(r"t|z|f|e|tr|tt|ft|tlr|trl|trlr|tot|9{1,3}", re.IGNORECASE)
_PACKED = re.compile(r"(?:t|z|tlr|trlr?|tot|trailer)[ :=_-]?(0\d{3,11})", re.IGNORECASE)
_RULE = re.compile(r"[-=*_#~+ ]{3,}")
_FIGURES = re.compile(r"(?=\D*+\d)[\d\s.,:/+\u00a0\u202f-]++")
_WHOLE = re.compile(r"\+?(\d{1,3}(?:[ .,\u00a0\u202f]\d{3}){1,3}|\d{1,12})")
_OWN = re.compile(r"[\s:=](\d{1,12})(?: [^\W\d]{1,20}+)?\W*+$")


@dataclass(frozen=True)
class HeaderRow:
    """The columns to keep (positions from 0), their unique names, and what was odd about them."""

    positions: list[int]
    names: list[str]
    findings: tuple[Finding, ...] = ()


def filled(cells: Sequence[str]) -> int:
    """How many cells hold something other than white space."""
    return sum(1 for cell in cells if cell and not cell.isspace())


def header_row(rows: Sequence[Sequence[str]]) -> int | None:
    """Which of the first rows holds the headers: the first one as full as rows usually are; None in an empty table.

    The row just above it is taken instead where it is nearly as full and all names: a table whose headers lack one.
    """
    counts = [filled(row) for row in rows]
    usual = Counter(count for count in counts if count)
    if not usual:
        return None
    most = max(usual.values())
    level = max(count for count, times in usual.items() if times == most)
    first = next(at for at, count in enumerate(counts) if count >= level)
    above = next((at for at in range(first - 1, -1, -1) if counts[at]), None)
    if above is not None and counts[above] >= max(2, 0.6 * level):
        names = [cell.strip() for cell in rows[above] if cell.strip()]
        if len(set(names)) == len(names) and all(_NAME.match(name) and len(name) < 60 for name in names):
            return above
    return first


def name_headers(cells: Sequence[str], has_data: Callable[[int], bool], first_column: int = 1) -> HeaderRow:
    """Unique names for the header cells; `has_data` says whether a column without a header holds anything."""
    positions: list[int] = []
    names: dict[str, None] = {}
    findings: list[Finding] = []
    plain = [_SPACES.sub(" ", as_seen(readable(cell))).strip() for cell in cells]
    taken, counts = set(plain), dict[str, int]()  # how far each was counted, for a thousand headers may be the same

    def numbered(name: str) -> str:
        """`name (2)`, `name (3)`, the first that is free."""
        counts[name] = counts.get(name, 1) + 1
        while (free := f"{name} ({counts[name]})") in taken:
            counts[name] += 1
        taken.add(free)
        return free

    for position, name in enumerate(plain):
        if not name and not has_data(position):
            continue
        if not name:
            name = f"colonne {position + first_column}"
            name = numbered(name) if name in taken else name
            taken.add(name)
            findings.append(finding_of("header_empty", Severity.WARN, header=name))
        elif name in names:
            name = numbered(name)
            findings.append(finding_of("header_duplicate", Severity.WARN, header=name))
        positions.append(position)
        names[name] = None
    return HeaderRow(positions, list(names), tuple(findings))


def skipped_finding(rows: Sequence[Sequence[str]], header: int, what: str) -> tuple[Finding, ...]:
    """A note on the titles that stand above the headers, if there are any; `header` is the line of the headers."""
    titles = [foot_text(row) for row in rows if filled(row)]
    if not titles:
        return ()
    return (finding_of("lines_before_header", Severity.NOTE, titles=" / ".join(titles[:5]), what=what, line=header),)


def foot_of(
    last: Sequence[tuple[int, list[str]]], width: int, named: Sequence[str] = ()
) -> list[tuple[int, list[str]]]:
    """Which of the last rows (line, cells), oldest first, are no offers: an unbroken run at the very end.

    `named` is how the feed says that the first cell of such a row reads.
    """
    found = list(takewhile(lambda one: is_foot(one[1], width, named), reversed(last[-_MOST_TOTALS:])))
    return found[::-1]


def foot_text(cells: Sequence[str]) -> str:
    """A row that is no offer, for a sentence."""
    return clip(" ".join(cell for cell in cells if cell))


def total_findings(totals: Sequence[tuple[int | str, str]], what: str) -> tuple[Finding, ...]:
    """One note for each row at the foot left aside."""
    return tuple(finding_of("total_at_foot", Severity.NOTE, what=what, line=line, text=text) for line, text in totals)


def is_foot(cells: Sequence[str], width: int, named: Sequence[str] = ()) -> bool:
    """Whether a row at the end of a table of `width` columns is no offer; `named` says how its first cell reads."""
    texts = _texts(cells)
    if not texts:
        return False
    first = texts[0]
    if any(fnmatchcase(first.casefold(), one.casefold()) for one in named):
        return True
    few = len(texts) <= max(1, min(0.4 * width, width - 1))
    figures = all(_FIGURES.fullmatch(text) for text in texts[1:])
    odd = len(cells) != width
    if _TOTAL.match(first) or _END.fullmatch(first):
        return few or (odd and (figures or all(map(_is_mark, texts[1:]))))
    if _CODE.fullmatch(first):
        half = first.isalpha() and len(texts) <= max(3, width // 2) and all(map(_is_mark, texts[1:]))
        return any(map(_FIGURES.fullmatch, texts[1:])) and ((figures and odd) or (half and width > 2))
    if _PACKED.fullmatch(first):
        return odd and len(texts) == 1
    if len(texts) == 1 and (_COUNT.fullmatch(first) or _RULE.fullmatch(first)):
        return few
    return few and figures and bool(_MADE.match(first))


def _is_mark(text: str) -> bool:
    """A figure, or a word in capitals such as machines write."""
    return _FIGURES.fullmatch(text) is not None or (text.isupper() and len(text) <= 20)


def control_finding(
    feet: Sequence[tuple[str, Sequence[str]]], read: int, width: int, sums: set[int]
) -> tuple[Finding, ...]:
    """What stops a drop that holds another number of records than its own foot says; `feet` are (line, cells).

    A total that is one of `sums`, those of the columns, or that stands in a row of `width` cells, counts no records.
    """
    for line, cells in feet:
        first = _texts(cells)[0]
        sums_up = not _COUNT.fullmatch(first) and _SUM.match(first)  # « Total : 3 offres » says what it counts
        said = [one for one in _said(cells) if not (sums_up and (one in sums or len(cells) >= width))]
        if len(said) == 1 and said[0] != read:
            told = {"read": read, "announced": said[0], "line": line}
            return (finding_of("control_total_differs", Severity.STOP, **told),)
    return ()


def column_sums(table: pa.Table) -> set[int]:
    """The sums of the columns of whole numbers: a total at the foot that is one of them counts no records."""
    plain = [column for column in table.columns if bool(pc.all(pc.match_substring_regex(column, r"^\d{1,9}$")).as_py())]
    return {pc.sum(pc.cast(column, pa.int64())).as_py() or 0 for column in plain}


def _said(cells: Sequence[str]) -> Iterator[int]:
    """The figures of a foot that may count its records."""
    texts = _texts(cells)
    first = texts[0]
    counted = _COUNT.fullmatch(first)
    if counted:
        yield _whole(counted[1])
        return
    if _MADE.match(first):
        return
    own = _PACKED.fullmatch(first) or _OWN.search(first)
    if own:
        yield int(own[1])
    for text in filter(_WHOLE.fullmatch, texts[1:]):
        with suppress(ValueError):
            if len(text) == 8 and datetime.strptime(text, "%Y%m%d").year > 1999:
                continue  # a day
        yield _whole(text)


def _whole(text: str) -> int:
    return int("".join(filter(str.isdecimal, text)))


def _texts(cells: Sequence[str]) -> list[str]:
    return [cell.strip()[:_LOOKED_AT] for cell in cells if cell and not cell.isspace()]


def text_table(rows: Sequence[Sequence[str | None]], width: int) -> pa.Table:
    """Rows of text as Arrow columns named "0", "1", …; "" is null."""
    columns = list(zip(*rows, strict=True)) if rows else [()] * width
    arrays = [pa.array([cell or None for cell in column], pa.large_string()) for column in columns]
    return pa.table(arrays, names=[str(position) for position in range(width)])
