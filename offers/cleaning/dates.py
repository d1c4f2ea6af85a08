"""Dates to `2026-06-15`: day first unless the feed says otherwise, and a day that stands for "none" is none.

Instants (`Z`, an offset, seconds since 1970) are days in France: midnight in Paris is 22:00Z of the day before. Month
first is never inferred from a cell: what a whole column proves to the contrary is a finding that stops the drop.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pandas as pd
import pyarrow.compute as pc

from offers.arrays import arrow, unlike
from offers.calendar import PARIS
from offers.cleaning.mending import Mend, RepairLog
from offers.findings import finding_of
from offers.model import Finding, Severity
from offers.text import plain

CANONICAL = r"^20[0-4]\d-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])$"
"""What needs no reading; a day of a later year may stand for none."""
YEARS = range(2000, 2099)
SHORT_YEARS = range(15, 40)
"""What `27` may be of a year; beyond, a day is written otherwise than we think."""

Parts = tuple[int, int, int]
"""Year, month and day as they are written; there may be no such day."""

NONE = frozenset({(1601, 1, 1), (1753, 1, 1), (1899, 12, 30), (1899, 12, 31), (1900, 1, 0), (1900, 1, 1), (1904, 1, 1),
                  (1969, 12, 31), (1970, 1, 1)})  # fmt: skip
"""The zeros of Windows, SQL Server, Excel, Macintosh and Unix."""
FAR = 2099
"""No placement has a date of this year or a later one; nor has any the last day of a year from FAR_YEAR_END on."""
FAR_YEAR_END = 2049
NO_NUMBER = frozenset({-1, 0, 1, 2, 2_958_465})
"""Day numbers of Excel, and seconds since 1970, that are the first or the last there is."""

TIME = (
    r"(?:(?:t| ?, ?| (?:a |at |- )?)(?:[01]?\d|2[0-4]) ?[:h.] ?(?:[0-5]\d)?(?:[:.][0-5]\d)?(?:[.,]\d+)?"
    r"(?: ?[ap]\.?m\.?)?)?"
)
ZONE = r"(z|utc|gmt|[+-]\d\d(?::?\d\d)?)"
YEAR_FIRST = re.compile(rf"(\d{{4}})([-/. ])(\d{{1,2}})\2(\d{{1,2}}){TIME}")
COMPACT = re.compile(rf"(\d{{4}})(\d\d)(\d\d)(?:t?(?:[01]\d|2[0-4])[0-5]\d(?:[0-5]\d)?(?:[.,]\d+)?|{TIME})")
DAY_OR_MONTH_FIRST = re.compile(rf"(\d{{1,2}})([-/. ])(\d{{1,2}})\2(\d{{4}}|\d\d){TIME}")
RUN_TOGETHER = re.compile(r"(\d\d)()(\d\d)(20\d\d)")
IN_WORDS = re.compile(
    rf"(?:le )?(?:[a-z]+\.?,? )?(\d{{1,2}})(?:er|st|nd|rd|th)?(?: of)?[-/. ]?([a-z]{{3,9}})\.?,?[-/. ]?(\d{{4}}|\d\d)"
    rf"{TIME}"
)
MONTH_IN_FRONT = re.compile(rf"(?:[a-z]+\.?,? )?([a-z]{{3,9}})\.? (\d{{1,2}})(?:st|nd|rd|th)?,? (\d{{4}}){TIME}")
INSTANT = re.compile(
    rf"(\d{{4}})-?(\d\d)-?(\d\d)[t ]?([01]\d|2[0-3]):?([0-5]\d)(?::?([0-5]\d))?(?:[.,]\d+)? ?{ZONE}(?:\[[a-z/_]+\])?"
)
RFC_2822 = re.compile(
    r"(?:[a-z]{3}, )?(\d{1,2}) ([a-z]{3}) (\d{4}) (\d{1,2}):(\d\d)(?::(\d\d))? ([+-]\d{4}|[a-z]{1,4})"
)
PROGRAMS = re.compile(
    r"[a-z]{3} ([a-z]{3}) (\d\d) (?:(\d{4}) )?(\d\d:\d\d:\d\d) (?:gmt)?([+-]\d{4}|[a-z]{1,4})(?: (\d{4})| \([^()]*\))?"
)
"""As Java and JavaScript write an instant: `Tue Jun 01 00:00:00 CEST 2027`, `Tue Jun 01 2027 00:00:00 GMT+0200`."""
NUMBER = re.compile(r"(-?\d{1,18})(?:[.,]\d+)?")
TICKS = re.compile(r"\\?/date\((-?\d{1,18})(?:[+-]\d{4})?\)\\?/")

SERIAL_RANGE = range(42005, 51136)
"""Excel's day numbers of 2015 to 2039: a postal code or a SIRET in a date column is not one by chance."""
EPOCH_RANGE = range(1_420_070_400, 2_208_988_800)
"""The same years in seconds since 1970."""
EXCEL_ZERO = date(1899, 12, 30)
ENDS_OF_TIME = (range(-62_135_700_000, -62_135_500_000), range(253_402_100_000, 253_402_400_000))
"""Seconds from 1970 to the year 1 and to the year 9999."""

_MONTH_WORDS = (
    "janvier janv jan january", "fevrier fevr fev feb february", "mars mar march", "avril avr apr april", "mai may",
    "juin jun june", "juillet juil jul july", "aout aug august", "septembre sept sep september",
    "octobre oct october", "novembre nov november", "decembre dec december",
)  # fmt: skip
MONTHS = {word: number for number, words in enumerate(_MONTH_WORDS, start=1) for word in words.split()}


def read_dates(
    values: pd.Series[str], ledger: RepairLog, day_first: bool | None
) -> tuple[pd.Series[str], list[Finding]]:
    """The column in ISO days, and what it proves against the order in which the feed says its dates are."""
    order = day_first is not False
    findings = _contrary(values, ledger, order)
    return ledger.mend(values, lambda text: read_date(text, order), CANONICAL), findings


def read_date(text: str, day_first: bool = True) -> Mend:
    """One date in any form; None where it stands for none, and as it was where it is no date."""
    said = plain(text)
    found = _instant(said) or _written(said, day_first) or _number(said)
    if found is None:
        return text, None
    parts, why = found
    if stands_for_none(parts):
        return None, "date_none"
    real = day(*parts)
    return (real.isoformat(), why) if real else (text, None)


def stands_for_none(parts: Parts) -> bool:
    """True of 9999-12-31, 1900-01-01, 0000-00-00 and their like."""
    year, month, number = parts
    return year <= 1 or year >= FAR or parts in NONE or (year >= FAR_YEAR_END and (month, number) == (12, 31))


def parts_of(text: str) -> Parts | None:
    """The two first numbers and the year of `15/06/2026`, in whatever order day and month stand."""
    said = plain(text)
    found = DAY_OR_MONTH_FIRST.fullmatch(said) or RUN_TOGETHER.fullmatch(said)
    return (int(found.group(1)), int(found.group(3)), _year(found.group(4))) if found else None


def day(year: int, month: int, number: int) -> date | None:
    """A day of a sensible year, or None where there is none such."""
    try:
        return date(year, month, number) if year in YEARS else None
    except ValueError:
        return None


def _year(text: str) -> int:
    """`27` is 2027, `99` stands for the end of time; any other pair of digits is no year that we can tell."""
    short = int(text)
    if len(text) == 4:
        return short
    return 2000 + short if short in SHORT_YEARS or short == FAR - 2000 else 1900 + short if short else 0


Found = tuple[Parts, str] | None


def _written(said: str, day_first: bool) -> Found:
    if found := COMPACT.fullmatch(said):
        year, month, number = map(int, found.groups())
        if month <= 12 and (year in YEARS or stands_for_none((year, month, number))):
            return (year, month, number), "date_form"
    if found := YEAR_FIRST.fullmatch(said):
        return (int(found[1]), int(found[3]), int(found[4])), "date_form"
    if numbers := parts_of(said):
        first, second, year = numbers
        return ((year, second, first) if day_first else (year, first, second)), "date_form"
    if (found := IN_WORDS.fullmatch(said)) and found[2] in MONTHS:
        return (_year(found[3]), MONTHS[found[2]], int(found[1])), "date_form"
    if (found := MONTH_IN_FRONT.fullmatch(said)) and found[1] in MONTHS:
        return (int(found[3]), MONTHS[found[1]], int(found[2])), "date_form"
    return None


def _instant(said: str) -> Found:
    if found := INSTANT.fullmatch(said):
        return _in_paris((int(found[1]), int(found[2]), int(found[3])), found.group(4, 5, 6), found[7])
    if found := PROGRAMS.fullmatch(said):
        month, number, early, time, zone, late = found.groups()
        said = f"{number} {month} {early or late} {time} {zone}"
    found = RFC_2822.fullmatch(said)
    if not found or found[2] not in MONTHS:
        return None
    return _in_paris((int(found[3]), MONTHS[found[2]], int(found[1])), found.group(4, 5, 6), found[7])


def _in_paris(parts: Parts, clock: tuple[str | Any, ...], zone: str) -> Found:
    """The day in Paris of an instant; a zone that only has a name (CET) is taken for ours."""
    if stands_for_none(parts) or not (zone in ("z", "utc", "ut", "gmt") or zone[0] in "+-"):
        return parts, "date_form"
    digits = zone.replace(":", "")
    minutes = int(digits[1:3]) * 60 + int(digits[3:5] or 0) if zone[0] in "+-" else 0
    try:
        away = timezone(timedelta(minutes=-minutes if zone[0] == "-" else minutes))
        hour, minute, second = (int(part or 0) for part in clock)
        here = datetime(*parts, hour, minute, second, tzinfo=away).astimezone(PARIS).date()
    except (ValueError, OverflowError):  # no such day, hour or offset
        return None
    day = (here.year, here.month, here.day)
    return day, "date_form" if day == parts else "date_instant"


def _number(said: str) -> Found:
    """Days of Excel, seconds or milliseconds since 1970."""
    found = NUMBER.fullmatch(said) or TICKS.fullmatch(said)
    if not found:
        return None
    value, ticks = int(found.group(1)), not said[-1].isdigit()
    seconds = value // 1000 if ticks or abs(value) >= 10**12 else value
    if value in NO_NUMBER or any(value in ends or value // 1000 in ends for ends in ENDS_OF_TIME):
        return (0, 0, 0), "date_none"
    if not ticks and value in SERIAL_RANGE:
        here, why = EXCEL_ZERO + timedelta(days=value), "date_serial"
    elif seconds in EPOCH_RANGE:
        here, why = datetime.fromtimestamp(seconds, UTC).astimezone(PARIS).date(), "date_epoch"
    else:
        return None
    return (here.year, here.month, here.day), why


def _contrary(values: pd.Series[str], ledger: RepairLog, day_first: bool) -> list[Finding]:
    """The dates that only have a reading in the other order. Where no date speaks for ours, and they are more than a
    slip, the drop stops; where some do, the column is of both kinds, which is a warning."""
    texts = arrow(values)
    counted = pc.value_counts(texts.filter(unlike(texts, CANONICAL))).to_pylist()
    rows = {"ours": 0, "theirs": 0, "both": 0}
    example = ""
    for one in sorted(counted, key=lambda one: str(one["values"])):
        parts = parts_of(one["values"] or "")
        if not parts:
            continue
        first, second, year = parts
        days = day(year, second, first), day(year, first, second)
        in_our_order, in_theirs = days if day_first else days[::-1]
        if in_our_order != in_theirs:
            kind = "both" if in_our_order and in_theirs else "ours" if in_our_order else "theirs"
            rows[kind] += one["counts"]
            example = example or (one["values"] if kind == "theirs" else "")
    if not rows["theirs"] or not (rows["ours"] or rows["theirs"] * SLIP >= sum(rows.values())):
        return []
    name, total = str(values.name), sum(rows.values())
    told = {"header": ledger.headers.get(name, name), "count": rows["theirs"], "of": total, "example": example}
    severity = Severity.WARN if rows["ours"] else Severity.STOP
    return [finding_of("date_order_contradicted", severity, **told, contrary=rows["ours"], day_first=day_first)]


SLIP = 10
"""One date in so many that has no reading in the column's order is a slip of the hand, told of its cell alone."""
