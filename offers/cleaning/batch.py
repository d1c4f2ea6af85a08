"""From the partner's values to our canonical ones: what is certainly wrong is mended, and every mend is written down.

What has two readings, or none, stays as it was sent; the contract then refuses it with a remedy. Cleaning the cleaned
changes nothing, and the order of rows never matters.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Self

import pandas as pd

from offers.arrays import arrow, column_of, fold, matching, pc
from offers.calendar import SchoolYear
from offers.cleaning import dates, neat, numbers, times, vocabularies
from offers.cleaning.characters import PART, REPEAT, UNCLEAR
from offers.cleaning.contacts import contacts_in_texts, told_of_contacts
from offers.cleaning.mending import Mender, RepairLog
from offers.cleaning.nothing import empty_unread, unread_emptied
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


SEVERAL = f"[{REPEAT}{UNCLEAR}]"
Several = dict[str, pd.Series]
"""By column, the cells that hold several values where one is meant: none of them is that one."""


@dataclass(frozen=True)
class OfBatch:
    """What a whole batch decides about each of its lines.

    `filled`: our columns of which the drop gives any value; where it gives some, a default in an empty cell is written
    down. `fractions`: those of whose numbers one is a fraction, so that `1.0` is none of the whole ones.
    """

    filled: frozenset[str]
    fractions: frozenset[str]

    @classmethod
    def of(cls, mapped: Mapped, feed: Feed) -> Self:
        """Looked for over all lines, before any is cleaned."""
        frame = mapped.frame
        filled = frozenset(str(name) for name, values in frame.items() if values.notna().any())
        numbers = [name for name in filled if BY_NAME[name].kind in WITH_NUMBERS]
        return cls(filled, frozenset(name for name in numbers if _has_fractions(frame[name], feed)))


def _has_fractions(values: pd.Series[str], feed: Feed) -> bool:
    words = arrow(values).unique()
    if values.name in ONE and feed.format.of_elements:
        words = words.filter(pc.invert(matching(words, SEVERAL)))
    return bool(pc.any(matching(words, neat.NOT_WHOLE)).as_py())


def clean(
    mapped: Mapped, feed: Feed, reference: Reference, year: SchoolYear, of_batch: OfBatch | None = None
) -> Cleaned:
    """A mapped batch in canonical text: every column of `offers.columns.NAMES`, defaults filled, places found.

    `of_batch` where these are some of its lines. Raises nothing: what cannot be mended stays, for a rule to refuse.
    """
    decided, ledger = of_batch or OfBatch.of(mapped, feed), RepairLog(mapped.headers, mapped.sheets)
    for name, cells in mapped.cells:
        ledger.note(name, cells["line"].to_numpy(), *(arrow(cells[part]) for part in ("before", "after", "why")))
    frame = _whole(mapped.frame)
    several: Several = {}
    for name in ONE if feed.format.of_elements else ():  # out before anything reads several as one: a rule refuses them
        held = frame[name].str.contains(SEVERAL, na=False)
        if held.any():
            several[name] = frame.loc[held, name].copy()
            frame[name] = frame[name].mask(held)
    contacts = _texts(frame, ledger, feed, decided.fractions)
    empty_unread(frame, ledger, feed)
    for name, source in feed.mapping.items():
        if source.default is not None:
            _fill(frame, name, source.default, several, ledger)
    _values(frame, ledger, feed, year)
    _vocabularies(frame, ledger, feed, reference)
    _otherwise(frame, ledger, feed, reference, year)
    _defaults(frame, ledger, feed, year, decided, several)
    frame["organisation"] = reference.organisations.recognise(frame["employer_name"], frame["siret"])
    located = locate(frame, mapped.headers, reference.places)
    noted = pd.concat([ledger.frame(), located.repairs], ignore_index=True)
    noted = noted.sort_values("line", kind="stable", ignore_index=True)
    for name, values in several.items():
        located.frame.loc[values.index, name] = values
    findings = told_of_batch(mapped, located.frame, contacts, feed, reference)
    seen = mapped.frame
    joined = [name for name, one in feed.mapping.items() if one.join is not None or one.repeat != "first"]
    marked = [name for name in joined if seen[name].str.contains(PART, regex=False, na=False).any()]
    if marked:
        seen = seen.assign(**{name: seen[name].str.replace(PART, "", regex=False) for name in marked})
    return Cleaned(located.frame, noted, findings, seen, mapped.sheets, contacts)


def told_of_batch(
    mapped: Mapped, cleaned: pd.DataFrame, contacts: pd.DataFrame, feed: Feed, reference: Reference
) -> tuple[Finding, ...]:
    """What cleaning finds in a batch as a whole, from all its lines mapped and cleaned, and their CONTACT_COLUMNS."""
    headers, street = mapped.headers, cleaned["street"]
    said = told_of_contacts(contacts, headers, mapped.sheets, hidden=feed.mask_contacts)
    if feed.format.of_elements:
        street = street.mask(street.str.contains(SEVERAL, na=False))
    places = pd.DataFrame({"street": street, "insee_code": cleaned["insee_code"]})
    return (*said, *_told_of_dates(mapped, feed), *streets_elsewhere(places, headers, reference.places))


def _told_of_dates(mapped: Mapped, feed: Feed) -> list[Finding]:
    """What each column of dates proves against the order in which the feed says that they are."""
    findings, unnoted = list[Finding](), RepairLog(mapped.headers)
    for column in COLUMNS:
        source = feed.mapping.get(column.name)
        default = source.default if source is not None else None
        if column.kind is Kind.DATE and column.name in mapped.frame:
            values = neat.neat(mapped.frame[column.name], unnoted, column.kind)
            values = unread_emptied(values, column, unnoted, feed)
            values = values.fillna(default) if default is not None else values
            findings += dates.contrary(values, mapped.headers, feed.day_first)
    return findings


def _whole(frame: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame({name: column_of(frame, name) for name in NAMES}, index=frame.index)


def _sent(frame: pd.DataFrame) -> list[Column]:
    sent = frame.notna().any()
    return [column for column in COLUMNS if not column.derived and sent[column.name]]


def _texts(frame: pd.DataFrame, ledger: RepairLog, feed: Feed, fractions: frozenset[str] = frozenset()) -> pd.DataFrame:
    """Every column made neat; contacts inside public texts found (CONTACT_COLUMNS); over-long prose shortened.

    All columns are made neat at once: Arrow lets go of the interpreter while it looks through one.
    """
    columns = _sent(frame)
    parts = [RepairLog(ledger.headers) for _ in columns]

    def one(column: Column, part: RepairLog) -> pd.Series[str]:
        prose, markup, numbers = column.kind is Kind.PROSE, column.kind in WITH_MARKUP, column.kind in WITH_NUMBERS
        numbers = numbers and column.name not in fractions
        return neat.neat(frame[column.name], part, column.kind, lines=prose, markup=markup, numbers=numbers)

    with ThreadPoolExecutor() as pool:
        found = list(pool.map(one, columns, parts))
    for column, part, values in zip(columns, parts, found, strict=True):
        frame[column.name] = values
        ledger.parts += part.parts
    contacts = contacts_in_texts(frame, ledger, hide=feed.mask_contacts)
    for column in _sent(frame):
        if column.most and (column.kind is Kind.PROSE or column.name in SHORTENED):
            frame[column.name], whole = neat.shorten(frame[column.name], column.most, ledger)
            if whole is not None and column.name == "description":
                frame["description_full"] = whole.fillna(frame["description_full"])
    return contacts


def _values(frame: pd.DataFrame, ledger: RepairLog, feed: Feed, year: SchoolYear) -> None:
    for column in _sent(frame):
        name = column.name
        if column.kind in READERS:
            frame[name] = ledger.mend(frame[name], *READERS[column.kind])
        elif column.kind is Kind.WEEKS:
            both = " ".join(year.weeks)
            frame[name] = ledger.mend(frame[name], partial(times.read_weeks, year=year), f"^{both}$")
        elif column.kind is Kind.DATE:
            frame[name] = dates.read_dates(frame[name], ledger, feed.day_first)
    numbers.coordinates(frame, ledger)


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
    frame: pd.DataFrame, ledger: RepairLog, feed: Feed, year: SchoolYear, decided: OfBatch, several: Several
) -> None:
    """What the house assumes where nothing is sent; not for a column that this feed agreed to send.

    It is written down for the cells of a column that other lines fill; one that the drop lacks has a constant.
    """
    for column in COLUMNS:
        name = column.name
        if column.default is None or name in feed.require or not frame[name].isna().any():
            continue
        value = " ".join(year.weeks) if column.kind is Kind.WEEKS else column.default
        _fill(frame, name, value, several, ledger if name in decided.filled else RepairLog({}))
