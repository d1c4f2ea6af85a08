"""From the partner's values to our canonical ones: what is certainly wrong is mended, and every mend is written down.

What has two readings, or none, stays as it was sent; the contract then refuses it with a remedy. Cleaning the cleaned
changes nothing, and the order of rows never matters.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pandas as pd

from offers.arrays import arrow, column_of, fold
from offers.calendar import SchoolYear
from offers.cleaning import dates, neat, numbers, times, vocabularies
from offers.cleaning.characters import PART, REPEAT, UNCLEAR
from offers.cleaning.contacts import contacts_in_texts
from offers.cleaning.mending import Mender, RepairLog
from offers.cleaning.nothing import empty_unread
from offers.cleaning.vocabularies import Reference, sector_codes
from offers.columns import BY_NAME, COLUMNS, NAMES, Column, Kind
from offers.feed import Feed
from offers.mapping import ONE, WITH_MARKUP
from offers.model import Cleaned, Finding, Mapped
from offers.places.locating import locate, streets_elsewhere
from offers.text import fold_word

SHORTENED = ("lunch_break",)
"""A line that is told in sentences, and may lose the last ones as prose may."""
WITH_NUMBERS = (Kind.REFERENCE, Kind.YES_NO, Kind.SECTOR, Kind.GRADES, Kind.WEEKS, Kind.PHONE)
"""Kinds whose whole numbers are so before they are read; the others read `1.0` by themselves."""

READERS: dict[Kind, tuple[Mender, str]] = {
    Kind.SIRET: (numbers.read_siret, numbers.SIRET),
    Kind.PHONE: (numbers.read_phone, numbers.PHONE),
    Kind.EMAIL: (numbers.read_email, numbers.EMAIL),
    Kind.URL: (numbers.read_url, numbers.URL),
    Kind.INTEGER: (numbers.read_integer, numbers.INTEGER),
    Kind.GRADES: (vocabularies.read_grades, "^(?:seconde|troisieme|quatrieme)$"),
    Kind.HOURS: (times.read_hours, times.HOURS),
}
"""Kinds whose values are read one by one, and the pattern of those that need no reading."""
UNDERSTOOD = {kind: pattern for kind, (_, pattern) in READERS.items()} | {
    Kind.YES_NO: "^(?:true|false)$", Kind.SECTOR: r"^s\d{1,2}$", Kind.WEEKS: r"^\d{4}-W\d\d",
    Kind.DATE: dates.CANONICAL, Kind.DECIMAL: numbers.DECIMAL, Kind.POSTAL_CODE: r"^\d{5}$",
    Kind.GRADES: "^(?:quatrieme|troisieme|seconde)",
}  # fmt: skip
"""Kinds of which we know words of our own, and what a value of them looks like once it is understood."""


Several = dict[str, pd.Series]
"""By column, the cells that hold several values where one is meant: none of them is that one."""


def clean(mapped: Mapped, feed: Feed, reference: Reference, year: SchoolYear) -> Cleaned:
    """A mapped batch in canonical text: every column of `offers.columns.NAMES`, defaults filled, places found.

    Raises nothing: what cannot be mended stays, for a rule to refuse.
    """
    ledger = RepairLog(mapped.headers, mapped.sheets)
    for name, cells in mapped.cells:
        ledger.note(name, cells["line"].to_numpy(), *(arrow(cells[part]) for part in ("before", "after", "why")))
    frame = _whole(mapped.frame)
    several: Several = {}
    for name in ONE if feed.format.of_elements else ():  # out before anything reads several as one: a rule refuses them
        held = frame[name].str.contains(f"[{REPEAT}{UNCLEAR}]", na=False)
        if held.any():
            several[name] = frame.loc[held, name].copy()
            frame[name] = frame[name].mask(held)
    findings = _texts(frame, ledger, feed)
    empty_unread(frame, ledger, feed)
    for name, source in feed.mapping.items():
        if source.default is not None:
            _fill(frame, name, source.default, several, ledger)
    findings += _values(frame, ledger, feed, year)
    _vocabularies(frame, ledger, feed, reference)
    _otherwise(frame, ledger, feed, reference, year)
    _defaults(frame, ledger, feed, year, mapped.frame, several)
    frame["organisation"] = reference.organisations.recognise(frame["employer_name"], frame["siret"])
    located = locate(frame, mapped.headers, reference.places)
    findings += streets_elsewhere(located.frame, mapped.headers, reference.places)
    noted = pd.concat([ledger.frame(), located.repairs], ignore_index=True)
    noted = noted.sort_values("line", kind="stable", ignore_index=True)
    for name, values in several.items():
        located.frame.loc[values.index, name] = values
    seen = mapped.frame
    joined = [name for name, one in feed.mapping.items() if one.join is not None or one.repeat != "first"]
    marked = [name for name in joined if seen[name].str.contains(PART, regex=False, na=False).any()]
    if marked:
        seen = seen.assign(**{name: seen[name].str.replace(PART, "", regex=False) for name in marked})
    return Cleaned(located.frame, noted, (*findings, *located.findings), seen, mapped.sheets)


def _whole(frame: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame({name: column_of(frame, name) for name in NAMES}, index=frame.index)


def _sent(frame: pd.DataFrame) -> list[Column]:
    sent = frame.notna().any()
    return [column for column in COLUMNS if not column.derived and sent[column.name]]


def _texts(frame: pd.DataFrame, ledger: RepairLog, feed: Feed) -> list[Finding]:
    """Every column made neat; contacts inside public texts found; over-long prose shortened.

    All columns are made neat at once: Arrow lets go of the interpreter while it looks through one.
    """
    columns = _sent(frame)
    parts = [RepairLog(ledger.headers) for _ in columns]

    def one(column: Column, part: RepairLog) -> pd.Series[str]:
        prose, markup, numbers = column.kind is Kind.PROSE, column.kind in WITH_MARKUP, column.kind in WITH_NUMBERS
        return neat.neat(frame[column.name], part, column.kind, lines=prose, markup=markup, numbers=numbers)

    with ThreadPoolExecutor() as pool:
        found = list(pool.map(one, columns, parts))
    for column, part, values in zip(columns, parts, found, strict=True):
        frame[column.name] = values
        ledger.parts += part.parts
    findings = contacts_in_texts(frame, ledger, hide=feed.mask_contacts)
    for column in _sent(frame):
        if column.most and (column.kind is Kind.PROSE or column.name in SHORTENED):
            frame[column.name], whole = neat.shorten(frame[column.name], column.most, ledger)
            if whole is not None and column.name == "description":
                frame["description_full"] = whole.fillna(frame["description_full"])
    return findings


def _values(frame: pd.DataFrame, ledger: RepairLog, feed: Feed, year: SchoolYear) -> list[Finding]:
    findings: list[Finding] = []
    for column in _sent(frame):
        name = column.name
        if column.kind in READERS:
            frame[name] = ledger.mend(frame[name], *READERS[column.kind])
        elif column.kind is Kind.WEEKS:
            both = " ".join(year.weeks)
            frame[name] = ledger.mend(frame[name], partial(times.read_weeks, year=year), f"^{both}$")
        elif column.kind is Kind.DATE:
            frame[name], contrary = dates.read_dates(frame[name], ledger, feed.day_first)
            findings += contrary
    numbers.coordinates(frame, ledger)
    return findings


def _vocabularies(frame: pd.DataFrame, ledger: RepairLog, feed: Feed, reference: Reference) -> None:
    for name in (column.name for column in _sent(frame) if column.kind is Kind.YES_NO):
        # Yes and no in words that we do not ask for are repairs; in those that we ask for, they are merely read.
        agreed = ledger.mend(frame[name], vocabularies.read_agreed, "^(?:true|false)$")
        frame[name] = ledger.replace(agreed, vocabularies.yes_no(agreed), "yes_no_word")
    frame["sector"] = sector_codes(frame["sector"], feed.lookup("sector"), reference)


def _otherwise(frame: pd.DataFrame, ledger: RepairLog, feed: Feed, reference: Reference, year: SchoolYear) -> None:
    """The feed's own answer in place of each word that neither its lookup nor we know."""
    for name, answer in feed.otherwise.items():
        column = BY_NAME[name]
        ours = canonical(name, answer, feed, reference, year)
        if column.kind in UNDERSTOOD:
            known = frame[name].str.match(UNDERSTOOD[column.kind])
        else:
            known = fold(frame[name]).isin([fold_word(word) for word in (*feed.lookup(name).values(), answer)])
        frame[name] = ledger.replace(frame[name], frame[name].where(known | frame[name].isna(), ours), "lookup_else")


def canonical(name: str, value: str, feed: Feed, reference: Reference, year: SchoolYear) -> str | None:
    """What one value of a column is read as, when a feed says it and no partner."""
    frame, unnoted = _whole(pd.DataFrame({name: [value]}, dtype="str")), RepairLog({})
    _texts(frame, unnoted, feed)
    _values(frame, unnoted, feed, year)
    _vocabularies(frame, unnoted, feed, reference)
    found = frame[name].iloc[0]
    return found if isinstance(found, str) else None


def _fill(frame: pd.DataFrame, name: str, value: str, several: Several, ledger: RepairLog) -> None:
    """Write a value into the empty cells of a column, and write that down; what holds several values is not empty."""
    filled = frame[name].fillna(value)
    if name in several:
        filled[several[name].index] = None
    frame[name] = ledger.replace(frame[name], filled, "default_filled")


def _defaults(
    frame: pd.DataFrame, ledger: RepairLog, feed: Feed, year: SchoolYear, sent: pd.DataFrame, several: Several
) -> None:
    """What the house assumes where nothing is sent; not for a column that this feed agreed to send.

    It is written down for the cells of a column that other lines fill; one that the drop lacks has a constant.
    """
    for column in COLUMNS:
        name = column.name
        if column.default is None or name in feed.require or not frame[name].isna().any():
            continue
        partly = name in sent and sent[name].notna().any()
        value = " ".join(year.weeks) if column.kind is Kind.WEEKS else column.default
        _fill(frame, name, value, several, ledger if partly else RepairLog({}))
