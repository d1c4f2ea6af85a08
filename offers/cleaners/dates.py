"""Dates to `2026-06-15`. A date with two readings is only read where the feed, or the column's own values, say which.

Instants (`Z`, an offset, seconds since 1970) are days in France: midnight in Paris is 22:00Z of the day before.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from email.utils import parsedate_to_datetime

import pandas as pd

from offers.calendar import PARIS
from offers.cleaners.mending import Ledger, Mend, arrow, unlike
from offers.model import Finding, Severity
from offers.nearest import plain

ISO = r"^\d{4}-\d{2}-\d{2}$"
YEARS = range(2000, 2101)

INSTANT = re.compile(
    r"(\d{4}-\d{2}-\d{2})[T ]((?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d)?)(?:[.,]\d+)?\s*(Z|UTC|[+-]\d{2}:?\d{2}|[+-]\d{2})",
    re.I,
)
YEAR_FIRST = re.compile(
    r"(\d{4})([-/.]?)(\d{2})\2(\d{2})(?:[T ](?:[01]?\d|2[0-3])[:hH][0-5]\d(?::[0-5]\d)?(?:[.,]\d+)?)?"
)
DAY_OR_MONTH_FIRST = re.compile(
    r"(\d{1,2})([-/.])(\d{1,2})\2(\d{4})(?:[T ](?:[01]?\d|2[0-3])[:hH][0-5]\d(?::[0-5]\d)?)?"
)
IN_WORDS = re.compile(r"(?:[a-z]+\.?,? )?(\d{1,2})(?:er)? ([a-z]+)\.?,? (\d{4})")
RFC_2822 = re.compile(r"(?:[A-Za-z]{3}, )?\d{1,2} [A-Za-z]{3} \d{4} \d{1,2}:\d{2}(?::\d{2})? (?:[+-]\d{4}|[A-Z]{1,4})")
SERIAL = re.compile(r"(\d{5})(?:[.,]\d+)?")
EPOCH = re.compile(r"(\d{10})(\d{3})?(?:\.\d+)?")

SERIAL_RANGE = range(42005, 51136)
"""Excel's day numbers of 2015 to 2039: a postal code or a SIRET in a date column is not one by chance."""
EPOCH_RANGE = range(1_420_070_400, 2_208_988_800)
"""The same years in seconds since 1970."""
EXCEL_ZERO = date(1899, 12, 30)

_MONTH_WORDS = (
    "janvier janv jan january", "fevrier fevr fev feb february", "mars mar march", "avril avr apr april", "mai may",
    "juin jun june", "juillet juil jul july", "aout aug august", "septembre sept sep september",
    "octobre oct october", "novembre nov november", "decembre dec december",
)  # fmt: skip
MONTHS = {word: number for number, words in enumerate(_MONTH_WORDS, start=1) for word in words.split()}


def read_dates(values: pd.Series[str], ledger: Ledger, day_first: bool | None) -> tuple[pd.Series[str], list[Finding]]:
    """The column in ISO days, and how ambiguous ones were read where the column's own values prove it (a note)."""
    findings: list[Finding] = []
    if day_first is None:
        day_first, findings = _proof(values, ledger)
    return ledger.mend(values, lambda text: read_date(text, day_first), ISO), findings


def read_date(text: str, day_first: bool | None = None) -> Mend:
    """One date in any agreed form; what has two readings, or none, stays."""
    for form, why in (
        (_written, "date_form"),
        (_instant, "date_instant"),
        (_serial, "date_serial"),
        (_epoch, "date_epoch"),
    ):
        day = form(text)
        if day:
            return day.isoformat(), why
    parts = parts_of(text)
    if parts and day_first is not False and (parts[0] > 12 or day_first or parts[0] == parts[1]):
        return _day_or_text(text, parts[2], parts[1], parts[0])
    if parts and not day_first and (parts[1] > 12 or day_first is False or parts[0] == parts[1]):
        return _day_or_text(text, parts[2], parts[0], parts[1])
    return text, None


def parts_of(text: str) -> tuple[int, int, int] | None:
    """The two first numbers and the year of `15/06/2026`, in whatever order day and month stand."""
    found = DAY_OR_MONTH_FIRST.fullmatch(text)
    return (int(found.group(1)), int(found.group(3)), int(found.group(4))) if found else None


def is_ambiguous(text: str) -> bool:
    """True for `03/04/2026`, which may be the third of April or the fourth of March."""
    parts = parts_of(text)
    return bool(parts and 1 <= parts[0] <= 12 and 1 <= parts[1] <= 12 and parts[0] != parts[1])


def day(year: int, month: int, number: int) -> date | None:
    """A day of a sensible year, or None where there is none such."""
    try:
        return date(year, month, number) if year in YEARS else None
    except ValueError:
        return None


def _day_or_text(text: str, year: int, month: int, number: int) -> Mend:
    found = day(year, month, number)
    return (found.isoformat(), "date_form") if found else (text, None)


def _written(text: str) -> date | None:
    found = YEAR_FIRST.fullmatch(text)
    if found:
        return day(int(found.group(1)), int(found.group(3)), int(found.group(4)))
    words = IN_WORDS.fullmatch(plain(text))
    if words and words.group(2) in MONTHS:
        return day(int(words.group(3)), MONTHS[words.group(2)], int(words.group(1)))
    return None


def _instant(text: str) -> date | None:
    found = INSTANT.fullmatch(text)
    if found:
        offset = "+00:00" if found.group(3).upper() in ("Z", "UTC") else found.group(3)
        return _in_paris(lambda: datetime.fromisoformat(f"{found.group(1)}T{found.group(2)}{offset}"))
    return _in_paris(lambda: parsedate_to_datetime(text)) if RFC_2822.fullmatch(text) else None


def _in_paris(read: Callable[[], datetime]) -> date | None:
    try:
        found = read().astimezone(PARIS).date()
    except (ValueError, OverflowError):  # no such day, or one beyond the last that there is
        return None
    return found if found.year in YEARS else None


def _serial(text: str) -> date | None:
    found = SERIAL.fullmatch(text)
    if not found or int(found.group(1)) not in SERIAL_RANGE:
        return None
    return EXCEL_ZERO + timedelta(days=int(found.group(1)))


def _epoch(text: str) -> date | None:
    found = EPOCH.fullmatch(text)
    if not found or int(found.group(1)) not in EPOCH_RANGE:
        return None
    return datetime.fromtimestamp(int(found.group(1)), UTC).astimezone(PARIS).date()


FORMS = ((_written, "date_form"), (_instant, "date_instant"), (_serial, "date_serial"), (_epoch, "date_epoch"))


def _proof(values: pd.Series[str], ledger: Ledger) -> tuple[bool | None, list[Finding]]:
    texts = arrow(values)
    odd = texts.filter(unlike(texts, ISO)).unique().to_pylist()
    parts = [(text, found) for text in odd if text and (found := parts_of(text))]
    day_first = sorted(text for text, (a, b, _) in parts if 12 < a <= 31 and b <= 12)
    month_first = sorted(text for text, (a, b, _) in parts if 12 < b <= 31 and a <= 12)
    ambiguous = [text for text, _ in parts if is_ambiguous(text)]
    if not ambiguous or bool(day_first) == bool(month_first):
        return None, []
    name = str(values.name)
    order = "day first" if day_first else "month first"
    proof = (day_first or month_first)[0]
    rows = int(values.isin(ambiguous).sum())
    column = ledger.headers.get(name, name)
    sentence = (
        f'"{column}": {rows} dates could be read two ways; they are read {order}, for "{proof}" '
        f"has one reading only and no value says otherwise. Set `day_first` in the feed to settle it."
    )
    return bool(day_first), [
        Finding("date_order_proved", Severity.NOTE, f"{proof}: {order}", "day_first set", sentence)
    ]
