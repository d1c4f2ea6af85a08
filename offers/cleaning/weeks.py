"""The weeks of the placement to ISO weeks in order, `2026-W25 2026-W26`: numbers, words, dates, two yes/no columns.

These are agreed forms, read and not mended. What is not understood stays, and a rule refuses it.
"""

from __future__ import annotations

import re
from datetime import date, timedelta

from offers.calendar import SchoolYear, iso_week
from offers.cleaning.dates import MONTHS, day, parts_of, read_date
from offers.cleaning.mending import Mend
from offers.cleaning.vocabularies import NO, YES
from offers.text import plain

BOTH = frozenset({
    "both", "les deux", "les 2", "2 semaines", "deux semaines", "les deux semaines", "les 2 semaines", "toutes",
    "tous", "all", "semaines 1 et 2",
})  # fmt: skip
NOT = NO | {""}

ISO_WEEK = re.compile(r"\b(\d{4})-?[ws](\d{1,2})\b")
CALENDAR_WEEK = re.compile(r"\b(?:semaines?|weeks?|sem\.?|s|w)? ?n?°? ?(2[0-9])\b")
ORDINAL = re.compile(r"\b(?:(1)(?:e?re)?|(2)(?:e|eme|nde)?|(premiere|first)|(deuxieme|seconde|second))\b")
NUMERIC_DATE = re.compile(
    r"\b(?:\d{4}-\d{2}-\d{2}|\d{1,2}[/.-]\d{1,2}[/.-]\d{4})\b(?:[t ]\d{2}:\d{2}(?::\d{2})?(?:[.]\d+)?z?)?"
)
SHORT_RANGE = re.compile(r"(\d{1,2})/(\d{1,2}) ?(?:au|a|-|–) ?(\d{1,2})/(\d{1,2})(?:/(\d{4}))?")
WORD_RANGE = re.compile(
    r"(\d{1,2})(?:er)?(?: ([a-z]{3,9})\.?(?: (\d{4}))?)? ?(?:au|a|-|–|/|to) ?"
    r"(\d{1,2})(?:er)? ([a-z]{3,9})\.?(?: (\d{4}))?"
)
WEEKDAYS = re.compile(r"\b(?:lundi|mardi|mercredi|jeudi|vendredi)\b ?")
FILLERS = re.compile(r"\b(?:semaines?|weeks?|sem|du|de|des|la|le|les|et|and|ou|stage|au|a|s|w)\b|[^a-z0-9]+")
WHOLE = re.compile(r"^([01])[.,]00?$")
LONGEST = 60
"""Days: a longer span is no placement but the life of an offer; it is not understood rather than cut."""


def read_weeks(text: str, year: SchoolYear) -> Mend:
    """One value; `oui|non` is how a mapping joins two yes/no columns, one a week."""
    said = WEEKDAYS.sub("", plain(text)).strip()
    words = re.sub(r"[^a-z0-9]+", " ", said).strip()
    found = _two_columns(said, year) or (set(year.weeks) if words in BOTH else None)
    if found is None:
        spans, rest = _spans(said, year)
        found = None if spans is None else _iso(rest, year, spans)
    return (" ".join(sorted(found)) if found else text), None


def _two_columns(said: str, year: SchoolYear) -> set[str] | None:
    answers = [WHOLE.sub(r"\1", answer.strip(" \ufe0f")) for answer in said.split("|")]
    if len(answers) != 2 or not all(answer in YES | NOT for answer in answers):
        return None
    return {week for week, answer in zip(year.weeks, answers, strict=True) if answer in YES} or None


def _iso(said: str, year: SchoolYear, spans: set[str]) -> set[str] | None:
    """ISO weeks and ordinals in what the dates left; where several ways of saying stand together they must agree."""
    named = {f"{found.group(1)}-W{int(found.group(2)):02d}" for found in ISO_WEEK.finditer(said)}
    rest = ISO_WEEK.sub(" ", said)
    named |= {f"{year.ends}-W{found.group(1)}" for found in CALENDAR_WEEK.finditer(rest)}
    rest = CALENDAR_WEEK.sub(" ", rest)
    ordinal = {year.weeks[0 if found.group(1) or found.group(3) else 1] for found in ORDINAL.finditer(rest)}
    rest = FILLERS.sub("", ORDINAL.sub(" ", rest))
    ways = [way for way in (spans, named, ordinal) if way]
    if rest or not ways or any(way != ways[0] for way in ways):
        return None
    return ways[0]


def _spans(said: str, year: SchoolYear) -> tuple[set[str] | None, str]:
    """The weeks of every pair of dates, and what is left of the text; None where a pair makes no span."""
    weeks: set[str] = set()
    days = [found.group() for found in NUMERIC_DATE.finditer(said)]
    if days:
        pairs = [_numeric(days[at : at + 2], days) for at in range(0, len(days), 2)]
        said = NUMERIC_DATE.sub(" ", said)
    else:
        pairs = [_worded(found, year) for found in WORD_RANGE.finditer(said)]
        said = WORD_RANGE.sub(" ", said)
        pairs += [_short(found, year) for found in SHORT_RANGE.finditer(said)]
        said = SHORT_RANGE.sub(" ", said)
    for pair in pairs:
        if pair is None or not pair[0] <= pair[1] <= pair[0] + timedelta(days=LONGEST):
            return None, said
        weeks |= _between(*pair)
    return weeks, said


def _numeric(pair: list[str], days: list[str]) -> tuple[date, date] | None:
    """Two written dates, day first unless a month beyond the twelfth proves that all are written otherwise."""
    parts = [found for text in days if (found := parts_of(text[:10]))]
    month_first = any(second > 12 for _, second, _ in parts) and all(first <= 12 for first, _, _ in parts)
    read = [read_date(text, not month_first)[0] for text in pair]
    try:
        start, end = (date.fromisoformat(text or "") for text in read)
    except ValueError:
        return None
    return start, end


def _worded(found: re.Match[str], year: SchoolYear) -> tuple[date, date] | None:
    first, first_month, first_year, last, last_month, last_year = found.groups()
    ends = int(last_year or year.ends)
    end = day(ends, MONTHS.get(last_month, 0), int(last))
    start = day(int(first_year or ends), MONTHS.get(first_month or last_month, 0), int(first))
    return (start, end) if start and end else None


def _short(found: re.Match[str], year: SchoolYear) -> tuple[date, date] | None:
    first, first_month, last, last_month, written = found.groups()
    ends = int(written or year.ends)
    start, end = day(ends, int(first_month), int(first)), day(ends, int(last_month), int(last))
    certain = int(first) > 12 or int(last) > 12
    return (start, end) if start and end and certain else None


def _between(start: date, end: date) -> set[str]:
    """The weeks of which a Monday to Friday lies between two days, both included."""
    days = (start + timedelta(days=offset) for offset in range((end - start).days + 1))
    return {iso_week(one) for one in days if one.isoweekday() <= 5}
