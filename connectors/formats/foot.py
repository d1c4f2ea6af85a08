"""Rows at the foot of a table that are no offers: totals, end marks, the records that close a mainframe's file.

Told by their first filled cell, and only where the row is no whole one. What counts the records (`(7 lignes)`,
`T;0000007`) is a control total, and is held against what was read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from fnmatch import fnmatchcase

import pyarrow as pa
import pyarrow.compute as pc

from offers.model import Finding, Severity

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
        said = [one for one in _said(cells) if not _adds_up(one, cells, width, sums)]
        if len(said) == 1 and said[0] != read:
            sentence = (
                f"Line {line} at the foot says that the file holds {said[0]} records, and {read} were read: it is "
                "probably cut off, or lines of it were lost. Ask the partner to send it again; where that figure "
                "counts something else, write `format.control = false` in the feed's TOML."
            )
            seen = f"{read} records read, {said[0]} announced at line {line}"
            return (Finding("control_total_differs", Severity.STOP, seen, "as many as the file announces", sentence),)
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
    for text in texts[1:]:
        number = _WHOLE.fullmatch(text)
        if number and not _is_day(text):
            yield _whole(text)


def _whole(text: str) -> int:
    return int("".join(filter(str.isdecimal, text)))


def _adds_up(number: int, cells: Sequence[str], width: int, sums: set[int]) -> bool:
    first = _texts(cells)[0]
    if _COUNT.fullmatch(first):
        return False  # « Total : 3 offres » says what it counts
    return bool(_SUM.match(first)) and (number in sums or len(cells) >= width)


def _texts(cells: Sequence[str]) -> list[str]:
    return [cell.strip()[:_LOOKED_AT] for cell in cells if cell and not cell.isspace()]


def _is_day(digits: str) -> bool:
    try:
        return len(digits) == 8 and datetime.strptime(digits, "%Y%m%d").year > 1999
    except ValueError:
        return False
