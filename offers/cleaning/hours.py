"""The hours of each weekday to `mon=09:00-12:00,13:30-17:00 tue=…`; hours without a day are those of Monday to Friday.

These are agreed forms, read and not mended. What is not understood stays, and a rule refuses it.
"""

from __future__ import annotations

import json
import re
from itertools import pairwise

from offers.cleaning.mending import Mend
from offers.text import plain

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
CANONICAL = rf"^(?:(?:mon|tue|wed|thu|fri|sat|sun)={SPAN}(?:,{SPAN})* ?)+$"

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
    days = (f"{DAYS[day]}=" + ",".join(f"{_clock(a)}-{_clock(b)}" for a, b in week[day]) for day in sorted(week))
    return " ".join(days)


def parsed(text: str) -> dict[int, Spans]:
    """The canonical text back to minutes since midnight by weekday."""
    week: dict[int, Spans] = {}
    for part in text.split():
        name, _, spans = part.partition("=")
        ends = [span.split("-") for span in spans.split(",")]
        week[DAYS.index(name)] = [(_minutes(a), _minutes(b)) for a, b in ends]
    return week


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


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
        kind = str(found.lastgroup) if found.group("day") is None else "day"
        if kind == "day":
            tokens.append((kind, next(number for number in range(7) if found.group(f"d{number}") is not None)))
        elif kind == "time":
            tokens.append((kind, _time(found.group("time"))))
        elif kind != "filler":
            tokens.append((kind, 0))
    return tokens


def _time(text: str) -> int:
    if text == "midi":
        return 12 * 60
    hours, *minutes = re.findall(r"\d+", text)
    return int(hours) * 60 + int(minutes[0] if minutes else 0)


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
            at += 3
            listing = False
        elif kinds == ["day", "to", "day"] and numbers[0] < numbers[2]:
            days, at = [*(days if listing else ()), *range(numbers[0], numbers[2] + 1)], at + 3
            listing = True
        elif kinds[0] == "day":
            days, at = [*(days if listing else ()), numbers[0]], at + 1
            listing = True
        elif kinds[0] == "and":
            at += 1
        else:
            return None
    return _sorted(week) if at == len(tokens) else None


def _sorted(week: dict[int, Spans]) -> dict[int, Spans] | None:
    """Spans in order; None where a day ends before it begins, overlaps, or holds an hour that no clock has."""
    for day, spans in week.items():
        spans.sort()
        flat = [minute for span in spans for minute in span]
        if any(a >= b for a, b in pairwise(flat) if a > b) or any(a >= b for a, b in spans):
            return None
        if flat[-1] > 24 * 60:
            return None
        week[day] = spans
    return week
