"""From the partner's values to our canonical ones: what is certainly wrong is mended, and every mend is written down.

What has two readings, or none, stays as it was sent; the contract then refuses it with a remedy. Cleaning the cleaned
changes nothing, and the order of rows never matters.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pandas as pd

from offers.calendar import SchoolYear
from offers.characters import PART, REPEAT, UNCLEAR
from offers.cleaners import hours, identifiers, numbers, repairs, text, weeks, words
from offers.cleaners.contacts import contacts_in_texts
from offers.cleaners.dates import read_dates
from offers.cleaners.mending import Ledger, Mender, missing
from offers.cleaners.prose import shorten
from offers.cleaners.unread import empty_unread
from offers.columns import COLUMNS, NAMES, Column, Kind
from offers.elsewhere import streets_elsewhere
from offers.feed import Feed
from offers.lookups import Reference, sector_codes, yes_no
from offers.mapping import ONE
from offers.model import Cleaned, Finding, Mapped
from offers.places import locate

REPAIRS = repairs.REPAIRS
COSMETIC = repairs.COSMETIC

WITH_MARKUP = (Kind.LINE, Kind.PROSE, Kind.CITY)
WITH_NUMBERS = (Kind.REFERENCE, Kind.YES_NO, Kind.SECTOR, Kind.GRADES, Kind.WEEKS, Kind.PHONE)
"""Kinds whose whole numbers are so before they are read; the others read `1.0` by themselves."""

Canonical = str
READERS: dict[Kind, tuple[Mender, Canonical]] = {
    Kind.SIRET: (identifiers.read_siret, identifiers.SIRET),
    Kind.PHONE: (identifiers.read_phone, identifiers.PHONE),
    Kind.EMAIL: (identifiers.read_email, identifiers.EMAIL),
    Kind.URL: (identifiers.read_url, identifiers.URL),
    Kind.INTEGER: (numbers.read_integer, numbers.INTEGER),
    Kind.GRADES: (words.read_grades, "^(?:seconde|troisieme|quatrieme)$"),
    Kind.HOURS: (hours.read_hours, hours.CANONICAL),
}
"""Kinds whose values are read one by one, and the pattern of those that need no reading."""


def clean(mapped: Mapped, feed: Feed, reference: Reference, year: SchoolYear) -> Cleaned:
    """A mapped batch in canonical text: every column of `offers.columns.NAMES`, defaults filled, places found.

    Raises nothing: what cannot be mended stays, for a rule to refuse.
    """
    ledger = Ledger(mapped.headers, mapped.sheets)
    frame = _whole(mapped.frame)
    several = _held_apart(frame) if feed.format.of_elements else {}
    findings = _texts(frame, ledger, feed)
    empty_unread(frame, ledger, feed)
    findings += _values(frame, ledger, feed, year)
    _vocabularies(frame, ledger, feed, reference)
    _defaults(frame, feed, year)
    frame["organisation"] = reference.organisations.recognise(frame["employer_name"], frame["siret"])
    located = locate(frame, mapped.headers, reference.places)
    findings += streets_elsewhere(located.frame, mapped.headers, reference.places)
    parts = (mapped.repairs, ledger.frame(), located.repairs)
    mended = [part for part in parts if part is not None and len(part)]
    noted = pd.concat(mended, ignore_index=True) if mended else ledger.frame()
    noted = noted.sort_values("line", kind="stable", ignore_index=True)
    for name, values in several.items():
        located.frame.loc[values.index, name] = values
    seen = _without_marks(mapped.frame)
    return Cleaned(located.frame, noted, (*findings, *located.findings), seen, mapped.sheets)


def _held_apart(frame: pd.DataFrame) -> dict[str, pd.Series[str]]:
    """Several values where one is meant are none: taken out before anything reads them as one, for a rule to refuse."""
    found = {}
    for name in ONE:
        several = frame[name].str.contains(f"[{REPEAT}{UNCLEAR}]", na=False)
        if several.any():
            found[name] = frame.loc[several, name].copy()
            frame[name] = frame[name].mask(several)
    return found


def _without_marks(sent: pd.DataFrame) -> pd.DataFrame:
    marked = [name for name in sent if sent[name].str.contains(PART, regex=False, na=False).any()]
    return sent.assign(**{name: sent[name].str.replace(PART, "", regex=False) for name in marked}) if marked else sent


def _whole(frame: pd.DataFrame) -> pd.DataFrame:
    columns = {name: frame[name] if name in frame else missing(frame, name) for name in NAMES}
    return pd.DataFrame(columns, index=frame.index)


def _sent(frame: pd.DataFrame) -> list[Column]:
    sent = frame.notna().any()
    return [column for column in COLUMNS if not column.derived and sent[column.name]]


def _texts(frame: pd.DataFrame, ledger: Ledger, feed: Feed) -> list[Finding]:
    """Every column made neat; contacts inside public texts found; over-long prose shortened."""
    _neat(frame, ledger)
    findings = contacts_in_texts(frame, ledger, hide=feed.mask_contacts)
    for column in _sent(frame):
        if column.kind is Kind.PROSE and column.most:
            frame[column.name], whole = shorten(frame[column.name], column.most, ledger)
            if whole is not None and column.name == "description":
                frame["description_full"] = whole.fillna(frame["description_full"])
    return findings


def _neat(frame: pd.DataFrame, ledger: Ledger) -> None:
    """All columns made neat, several at once: Arrow lets go of the interpreter while it looks through a column."""
    columns = _sent(frame)
    parts = [Ledger(ledger.headers) for _ in columns]

    def one(column: Column, part: Ledger) -> pd.Series[str]:
        prose, markup, numbers = column.kind is Kind.PROSE, column.kind in WITH_MARKUP, column.kind in WITH_NUMBERS
        return text.neat(frame[column.name], part, column.kind, lines=prose, markup=markup, numbers=numbers)

    with ThreadPoolExecutor() as pool:
        found = list(pool.map(one, columns, parts))
    for column, part, values in zip(columns, parts, found, strict=True):
        frame[column.name] = values
        ledger.parts += part.parts


def _values(frame: pd.DataFrame, ledger: Ledger, feed: Feed, year: SchoolYear) -> list[Finding]:
    findings: list[Finding] = []
    for column in _sent(frame):
        name = column.name
        if column.kind in READERS:
            frame[name] = ledger.mend(frame[name], *READERS[column.kind])
        elif column.kind is Kind.WEEKS:
            both = " ".join(year.weeks)
            frame[name] = ledger.mend(frame[name], partial(weeks.read_weeks, year=year), f"^{both}$")
        elif column.kind is Kind.DATE:
            frame[name], proof = read_dates(frame[name], ledger, feed.day_first)
            findings += proof
    if not numbers.empty_pair(frame):
        numbers.coordinates(frame, ledger)
    return findings


def _vocabularies(frame: pd.DataFrame, ledger: Ledger, feed: Feed, reference: Reference) -> None:
    for column in _sent(frame):
        if column.kind is Kind.YES_NO:
            _noted(frame, column.name, ledger, yes_no)
    sectors = feed.lookups.get("sector", {})
    frame["sector"] = sector_codes(frame["sector"], sectors, reference)


def _noted(frame: pd.DataFrame, name: str, ledger: Ledger, read: Callable[[pd.Series[str]], pd.Series[str]]) -> None:
    """Yes and no in words that we do not ask for are repairs; in those that we ask for, they are merely read."""
    agreed = ledger.mend(frame[name], words.read_agreed, "^(?:true|false)$")
    frame[name] = ledger.replace(agreed, read(agreed), "yes_no_word")


def _defaults(frame: pd.DataFrame, feed: Feed, year: SchoolYear) -> None:
    """What the house assumes where nothing is sent; not for a column that this feed agreed to send."""
    for column in COLUMNS:
        if column.default is not None and column.name not in feed.require:
            value = " ".join(year.weeks) if column.kind is Kind.WEEKS else column.default
            frame[column.name] = frame[column.name].fillna(value)
