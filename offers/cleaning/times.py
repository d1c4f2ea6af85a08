"""When a placement is: its weeks, `2026-W25 2026-W26`, and the hours of each weekday, `mon=09:00-12:00,13:30-17:00 …`.

Weeks come as numbers, words, dates or two yes/no columns; hours without a day are those of Monday to Friday. These are
agreed forms, read and not mended. What is not understood stays, and a rule refuses it.
"""

from __future__ import annotations

import json
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
    found = set(year.weeks) if words in BOTH else None
    answers = [WHOLE.sub(r"\1", answer.strip(" \ufe0f")) for answer in said.split("|")]
    if len(answers) == 2 and all(answer in YES | NOT for answer in answers):
        found = {week for week, answer in zip(year.weeks, answers, strict=True) if answer in YES} or found
    if found is None:
        spans, rest = _spans(said, year)
        named = {f"{found.group(1)}-W{int(found.group(2)):02d}" for found in ISO_WEEK.finditer(rest)}
        rest = ISO_WEEK.sub(" ", rest)
        named |= {f"{year.ends}-W{found.group(1)}" for found in CALENDAR_WEEK.finditer(rest)}
        rest = CALENDAR_WEEK.sub(" ", rest)
        ordinal = {year.weeks[0 if found.group(1) or found.group(3) else 1] for found in ORDINAL.finditer(rest)}
        rest = FILLERS.sub("", ORDINAL.sub(" ", rest))
        ways = [way for way in (spans, named, ordinal) if way]
        # Where several ways of saying stand together they must agree, and nothing else may stand there.
        if ways and spans is not None and not rest and all(way == ways[0] for way in ways):
            found = ways[0]
    return (" ".join(sorted(found)) if found else text), None


def _spans(said: str, year: SchoolYear) -> tuple[set[str] | None, str]:
    """The weeks of which a day from Monday to Friday lies within a pair of dates, and what is left of the text;
    None where a pair makes no span."""
    days = [found.group() for found in NUMERIC_DATE.finditer(said)]
    pairs = [_numeric(days[at : at + 2], days) for at in range(0, len(days), 2)]
    if days:
        said = NUMERIC_DATE.sub(" ", said)
    else:
        for found in WORD_RANGE.finditer(said):
            first, first_month, first_year, last, last_month, last_year = found.groups()
            ends = int(last_year or year.ends)
            start = day(int(first_year or ends), MONTHS.get(first_month or last_month, 0), int(first))
            pairs.append((start, day(ends, MONTHS.get(last_month, 0), int(last))))
        said = WORD_RANGE.sub(" ", said)
        for found in SHORT_RANGE.finditer(said):
            first, first_month, last, last_month, its_year = found.groups()
            ends, certain = int(its_year or year.ends), int(first) > 12 or int(last) > 12
            start = day(ends, int(first_month), int(first)) if certain else None
            pairs.append((start, day(ends, int(last_month), int(last))))
        said = SHORT_RANGE.sub(" ", said)
    weeks: set[str] = set()
    for start, end in pairs:
        if start is None or end is None or not start <= end <= start + timedelta(days=LONGEST):
            return None, said
        days_between = (start + timedelta(days=offset) for offset in range((end - start).days + 1))
        weeks |= {iso_week(one) for one in days_between if one.isoweekday() <= 5}
    return weeks, said


def _numeric(pair: list[str], days: list[str]) -> tuple[date | None, date | None]:
    """Two written dates, day first unless a month beyond the twelfth proves that all are written otherwise."""
    parts = [found for text in days if (found := parts_of(text[:10]))]
    month_first = any(second > 12 for _, second, _ in parts) and all(first <= 12 for first, _, _ in parts)
    read = [read_date(text, not month_first)[0] for text in pair]
    try:
        start, end = (date.fromisoformat(text or "") for text in read)
    except ValueError:
        return None, None
    return start, end


DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
NAMES = (
    r"lun(?:di)?s?|mon(?:day)?",
    r"mar(?:di)?s?|tue(?:sday)?",
    r"mer(?:credi)?s?|wed(?:nesday)?",
    r"jeu(?:di)?s?|thu(?:rsday)?",
    r"ven(?:dredi)?s?|fri(?:day)?",
    r"sam(?:edi)?s?|sat(?:urday)?",
    r"dim(?:anche)?s?|sun(?:day)?",
)
SPAN = r"(?:[01]\d|2[0-3]):[0-5]\d-(?:[01]\d|2[0-4]):[0-5]\d"
HOURS = rf"^(?:(?:mon|tue|wed|thu|fri|sat|sun)={SPAN}(?:,{SPAN})* ?)+$"

ONE_DAY = "|".join(f"(?P<d{at}>{names})" for at, names in enumerate(NAMES))
TOKEN = re.compile(
    rf"(?P<time>\d{{1,2}} ?(?:h(?:eures?)?|:)(?: ?[0-5]\d(?! ?[h:\d])(?::00)?)?|midi)|(?P<day>(?:{ONE_DAY})\b\.?)"
    r"|(?P<to>-|–|—|\bau\b|\ba\b|\bto\b|\bjusqu'a\b)|(?P<and>\bet\b|\bpuis\b|[/,;+&|]|\band\b)"
    r"|(?P<filler>\b(?:du|des?|les?|tous|jours?|from|(?:l')?apres[- ]midi|matin)\b|[:=.()\s'\"])"
)
MOST_DAYS = 20
"""Days of one list: where more are named, they are named twice, and none of it is understood."""
WORKING = (0, 1, 2, 3, 4)
Spans = list[tuple[int, int]]


def read_hours(text: str) -> Mend:
    """`lundi au jeudi 9h-12h et 13h30-17h, vendredi 9h-12h`, `09:00-12:00;13:00-17:00`, or the platform's JSON."""
    said = _from_json(text) if text.lstrip().startswith("{") else plain(text)
    week = _week(said)
    return (written(week) if week else text), None


def written(week: dict[int, Spans]) -> str:
    """The canonical text; minutes since midnight by weekday (0 is Monday)."""
    days = []
    for weekday in sorted(week):
        spans = (f"{a // 60:02d}:{a % 60:02d}-{b // 60:02d}:{b % 60:02d}" for a, b in week[weekday])
        days.append(f"{DAYS[weekday]}={','.join(spans)}")
    return " ".join(days)


def parsed(text: str) -> dict[int, Spans]:
    """The canonical text back to minutes since midnight by weekday."""
    week: dict[int, Spans] = {}
    for part in text.split():
        name, _, spans = part.partition("=")
        ends = [span.split("-") for span in spans.split(",")]
        week[DAYS.index(name)] = [(_minutes(a), _minutes(b)) for a, b in ends]
    return week


def _minutes(clock: str) -> int:
    hours, _, minutes = clock.partition(":")
    return int(hours) * 60 + int(minutes)


def _from_json(text: str) -> str:
    try:
        held = json.loads(text)
    except (ValueError, RecursionError):
        return plain(text)
    parts = []
    for name, times in held.items() if isinstance(held, dict) else ():
        flat = [str(one) for one in (times if isinstance(times, list) else [times]) if one]
        spans = [f"{a}-{b}" for a, b in zip(flat[::2], flat[1::2], strict=False)] if len(flat) % 2 == 0 else flat
        parts.append(f"{name} {' et '.join(spans)}" if flat else "")
    return plain("; ".join(part for part in parts if part))


def _tokens(said: str) -> list[tuple[str, int]] | None:
    """Days, times and the words between them; None where a word is none of these."""
    tokens: list[tuple[str, int]] = []
    at = 0
    while at < len(said):
        found = TOKEN.match(said, at)
        if not found or found.end() == at:
            return None
        at = found.end()
        if found["day"] is not None:
            tokens.append(("day", next(number for number in range(7) if found[f"d{number}"] is not None)))
        elif found["time"] is not None:
            hours, minutes, *_ = *re.findall(r"\d+", found["time"].replace("midi", "12")), "0", "0"
            tokens.append(("time", int(hours) * 60 + int(minutes)))
        elif found["filler"] is None:
            tokens.append((str(found.lastgroup), 0))
    return tokens


def _week(said: str) -> dict[int, Spans] | None:
    tokens = _tokens(said)
    if not tokens:
        return None
    week: dict[int, Spans] = {}
    days: list[int] = []
    listing = False  # days named one after the other belong together; after a time a new list of them begins
    at = 0
    while at < len(tokens) and len(days) <= MOST_DAYS:
        kinds = [kind for kind, _ in tokens[at : at + 3]]
        numbers = [number for _, number in tokens[at : at + 3]]
        if kinds == ["time", "to", "time"]:
            for one in days or WORKING:
                week.setdefault(one, []).append((numbers[0], numbers[2]))
            at, listing = at + 3, False
        elif kinds[0] == "day":
            several = kinds == ["day", "to", "day"] and numbers[0] < numbers[2]
            named = range(numbers[0], numbers[2] + 1) if several else numbers[:1]
            days, at, listing = [*(days if listing else ()), *named], at + (3 if several else 1), True
        elif kinds[0] == "and":
            at += 1
        else:
            return None
    for spans in week.values():
        spans.sort()
        flat = [minute for span in spans for minute in span]
        # A day ends before it begins, overlaps, or holds an hour that no clock has.
        if flat != sorted(flat) or any(a == b for a, b in spans) or flat[-1] > 24 * 60:
            return None
    return week if at == len(tokens) else None
