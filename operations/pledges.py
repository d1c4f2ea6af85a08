"""What organisations promised: listed, set one by one, taken in from a sheet."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd

from connectors.reading import read
from offers.calendar import SchoolYear, day_of
from offers.errors import Declined, Unreadable
from offers.feed import Feed, Limits
from offers.format import Format
from offers.model import Batch
from offers.pledges.promises import Known, NotRead, Pledge, Sheet, both, read_sheet, school_year
from offers.text import listed as in_words
from story.dock import Dock
from validation.rulebook.malformed import malformed_told
from warehouse import pledges as pledging

LIMITS = Limits(bytes=20_000_000, rows=20_000)
"""Of a list of organisations; there are some hundreds."""


def this_year(dock: Dock) -> SchoolYear:
    """The school year of today in Paris."""
    return SchoolYear.at(day_of(dock.now()))


def the_year(dock: Dock, written: str | None) -> SchoolYear:
    """The school year that was asked for, this one where none was. Raises Declined for what is none."""
    try:
        return school_year(written or "", this_year(dock))
    except NotRead as fault:
        raise Declined(f"--year: {fault}. {fault.remedy}") from None


def known_names(dock: Dock, standing: Iterable[tuple[str, str]]) -> Known:
    """The names a pledge may bear: those of organisations.csv, and those that pledges were kept for on purpose."""
    names = {organisation for organisation, _ in standing}
    return Known(dock.reference.organisations, sorted(names.difference(dock.reference.organisations.names)))


def rows(dock: Dock, year: SchoolYear | None) -> list[dict[str, Any]]:
    """The pledges of one year or of all; `recognised`: whether offers are counted for the organisation."""
    names = frozenset(dock.reference.organisations.names)
    found = pledging.listed(dock.store.warehouse, year.label if year else None)
    return [{**pledge.as_dict(), "recognised": pledge.organisation in names} for pledge in found]


def put(dock: Dock, organisation: str, wanted: Pledge, new: bool) -> dict[str, Any]:
    """Write one pledge in place of the one that stood; `wanted` has its numbers, year and source.

    Raises Declined for a name that nobody knows, unless `new`, and for numbers that contradict each other.
    """
    standing = standing_pledges(dock)
    try:
        both(wanted.offers, wanted.seats)
        name = known_names(dock, standing).name(organisation, new)
    except NotRead as fault:
        raise Declined(f"{fault}. {fault.remedy} Nothing was changed.") from None
    pledge = Pledge(name, wanted.school_year, wanted.offers, wanted.seats, wanted.source, dock.now())
    before = standing.get(pledge.key)
    pledging.write(dock.store.warehouse, [pledge], dock.now())
    recognised = name in dock.reference.organisations.names
    return {**pledge.as_dict(), "recognised": recognised, "replaced": before.as_dict() if before else None}


def remove(dock: Dock, organisation: str, year: SchoolYear) -> dict[str, Any]:
    """Take one pledge away. Raises Declined where there is none."""
    try:
        name = known_names(dock, standing_pledges(dock)).name(organisation)
    except NotRead as fault:
        raise Declined(f"{fault}. See `quai pledges list`. Nothing was changed.") from None
    if not pledging.remove(dock.store.warehouse, name, year.label):
        raise Declined(f"{name} has no pledge for {year.label}. See `quai pledges list`. Nothing was changed.")
    return {"organisation": name, "school_year": year.label, "removed": True}


def take_in(dock: Dock, path: Path, year: SchoolYear, new: bool, skip_faulty: bool) -> dict[str, Any]:
    """Write the pledges of every line; with a fault anywhere none at all, unless `skip_faulty`.

    `year` is that of lines that name none. `read = written + unchanged + faulty + held`: `held` are sound lines that
    were not written because another is faulty. Raises Declined where the file is no such list.
    """
    if not path.is_file():
        raise Declined(f"{path}: no such file. Nothing was changed.")
    batch = _batch(path)
    standing = standing_pledges(dock)
    sheet = read_sheet(batch, known_names(dock, standing), year, path.name, new)
    if sheet.missing:
        found = in_words(map(str, batch.frame.columns)) or "nothing"
        raise Declined(
            f"{path}: no column {' or '.join(sheet.missing)} (found: {found}). Name the columns organisation, "
            "school_year, offers and seats, or organisation, année scolaire, offres and places. Nothing was changed."
        )
    fresh = [pledge for pledge in sheet.pledges.values() if not pledge.says_as(standing.get(pledge.key))]
    holds = bool(sheet.faults) and not skip_faulty
    if not holds:
        pledging.write(dock.store.warehouse, fresh, dock.now())
    remarks = [finding.sentence for finding in batch.findings]
    return {"file": str(path), **_counts(sheet, len(fresh), holds), "remarks": remarks}


def _batch(path: Path) -> Batch:
    try:
        batch = read(path, path.name, Format(kind="csv"), LIMITS)
        return replace(batch, malformed=malformed_told(batch.malformed))
    except Unreadable as fault:
        seen = str(fault).partition(". ")[0]  # what the reader advises is for a partner's drop
        raise Declined(f"{seen}. Give the list as CSV or XLSX. Nothing was changed.") from fault


def pledges_of(dock: Dock, feeds: Mapping[str, Feed]) -> dict[str, dict[str, Any]]:
    """What each feed's organisation promised for this school year; without the feeds of none that we know."""
    year, standing = this_year(dock).label, standing_pledges(dock)
    called = pd.Series({slug: feed.organisation or feed.title for slug, feed in feeds.items()}, dtype="str")
    known = dock.reference.organisations.recognise(called, pd.Series(None, index=called.index, dtype="str"))
    return {str(slug): _promised(name, year, standing.get((name, year))) for slug, name in known.dropna().items()}


def _promised(organisation: str, year: str, pledge: Pledge | None) -> dict[str, Any]:
    numbers = {"offers": pledge.offers, "seats": pledge.seats} if pledge else {"offers": None, "seats": None}
    return {"organisation": organisation, "school_year": year, **numbers}


def standing_pledges(dock: Dock) -> dict[tuple[str, str], Pledge]:
    """All pledges, by organisation and school year."""
    return {pledge.key: pledge for pledge in pledging.listed(dock.store.warehouse)}


def _counts(sheet: Sheet, fresh: int, holds: bool) -> dict[str, Any]:
    sound = len(sheet.pledges)
    return {
        "read": sheet.read,
        "written": 0 if holds else fresh,
        "unchanged": 0 if holds else sound - fresh,
        "faulty": sheet.faulty,
        "held": sound if holds else 0,
        "new": list(sheet.new),
        "faults": [fault.as_dict() for fault in sheet.faults],
        "columns_not_read": list(sheet.not_read),
    }
