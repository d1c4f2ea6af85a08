"""What organisations promised: listed, set one by one, taken in from a sheet; and what they delivered against it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, replace
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd

from config.tables import table
from connectors.reading import read
from offers.calendar import SchoolYear, day_of
from offers.errors import Declined, Unreadable
from offers.feed import Feed, Limits
from offers.format import Format
from offers.pledges.delivered import by_code, by_organisation, cumulated
from offers.pledges.promises import NotRead, Pledge, PledgeNames, both, read_sheet, school_year
from offers.text import listed as in_words
from reports.harmless import csv_bytes
from reports.pledges.page import html
from reports.pledges.report import National, Report, long_table, xlsx
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


def known_names(dock: Dock, standing: Iterable[tuple[str, str]]) -> PledgeNames:
    """The names a pledge may bear: those of organisations.csv, and those that pledges were kept for on purpose."""
    names = {organisation for organisation, _ in standing}
    return PledgeNames(dock.reference.organisations, sorted(names.difference(dock.reference.organisations.names)))


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
    try:
        batch = read(path, path.name, Format(kind="csv"), LIMITS)
        batch = replace(batch, malformed=malformed_told(batch.malformed))
    except Unreadable as fault:
        seen = str(fault).partition(". ")[0]  # what the reader advises is for a partner's drop
        raise Declined(f"{seen}. Give the list as CSV or XLSX. Nothing was changed.") from fault
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
    sound = len(sheet.pledges)
    return {
        "file": str(path),
        "read": sheet.read,
        "written": 0 if holds else len(fresh),
        "unchanged": 0 if holds else sound - len(fresh),
        "faulty": sheet.faulty,
        "held": sound if holds else 0,
        "new": list(sheet.new),
        "faults": [fault.as_dict() for fault in sheet.faults],
        "columns_not_read": list(sheet.not_read),
        "remarks": [finding.sentence for finding in batch.findings],
    }


def pledges_of(dock: Dock, feeds: Mapping[str, Feed]) -> dict[str, dict[str, Any]]:
    """What each feed's organisation promised for this school year; without the feeds of none that we know."""
    year, standing = this_year(dock).label, standing_pledges(dock)
    called = pd.Series({slug: feed.organisation or feed.title for slug, feed in feeds.items()}, dtype="str")
    known = dock.reference.organisations.recognise(called, pd.Series(None, index=called.index, dtype="str"))
    return {
        str(slug): {"organisation": name, "school_year": year}
        | {number: getattr(standing.get((name, year)), number, None) for number in ("offers", "seats")}
        for slug, name in known.dropna().items()
    }


def standing_pledges(dock: Dock) -> dict[tuple[str, str], Pledge]:
    """All pledges, by organisation and school year."""
    return {pledge.key: pledge for pledge in pledging.listed(dock.store.warehouse)}


OTHERS = "Autres employeurs"
NOWHERE = "Département inconnu"
NO_ACADEMY = "Sans académie"
NO_SECTOR = "Sans secteur"


def gather(dock: Dock, year: SchoolYear) -> Report:
    """All figures of one school year. Raises WarehouseUnreachable."""
    reference, warehouse = dock.reference, dock.store.warehouse
    found = pledging.delivered(warehouse, year.label)
    names = reference.organisations.names
    academies = {name: name for name in sorted({*table("departments.csv")["academy"].dropna()})}
    first = pledging.first_delivery(warehouse)
    return Report(
        year,
        dock.now(),
        found.total,
        {
            "organisation": by_organisation(
                found.by["organisation"], pledging.listed(warehouse), year.label, names, OTHERS
            ),
            "sector": by_code(found.by["sector"], reference.sectors, NO_SECTOR),
            "department": by_code(found.by["department"], reference.departments, NOWHERE),
            "academy": by_code(found.by["academy"], academies, NO_ACADEMY),
        },
        cumulated(found.by_day),
        day_of(first) if first else None,
        national(),
        dict(zip(*(table("shapes.csv")[name] for name in ("department", "path")), strict=True)),
    )


def national() -> list[National]:
    """What was announced for the whole country, year by year: config/reference/national_pledges.csv."""
    return [
        National(
            row["school_year"],
            int(row["offers"]) if row["offers"] else None,
            int(row["seats"]) if row["seats"] else None,
            date.fromisoformat(row["stated_on"]),
            row["source"],
        )
        for row in table("national_pledges.csv").fillna("").to_dict("records")
    ]


def write_report(dock: Dock, year: SchoolYear, out: Path | None = None) -> dict[str, Any]:
    """Write the page, the workbook and the CSV into `out` (`pledges/` under the home); gives the sums, and where.

    Raises Declined where the folder cannot be written.
    """
    report = gather(dock, year)
    folder = out or dock.settings.home / "pledges"
    drawn = {"html": html(report).encode(), "csv": csv_bytes(long_table(report)), "xlsx": xlsx(report)}
    files = [folder / report.file_name(extension) for extension in drawn]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for path, data in zip(files, drawn.values(), strict=True):
            path.write_bytes(data)
    except OSError as fault:
        raise Declined(f"{folder}: cannot be written ({fault.strerror}). Name another folder with --out.") from fault
    return {**summary(report), "files": [str(path) for path in files]}


def summary(report: Report) -> dict[str, Any]:
    """The sums and the lines by organisation, JSON-ready."""
    offers, seats = report.promised
    named = [line for line in report.organisations if (line.promised_offers or line.promised_seats) is not None]
    total, announced = asdict(report.total) if report.measured else {}, report.announced
    return {
        "school_year": report.year.label,
        "delivered": {"offers": total.get("offers"), "seats": total.get("seats")},
        "withdrawn": {"offers": total.get("withdrawn_offers"), "seats": total.get("withdrawn_seats")},
        "against": {name: asdict(found) if found else None
                    for name in ("offers", "seats") for found in [report.against(name)]},
        "promised": {"offers": offers, "seats": seats, "organisations": len(report.organisations),
                     "with_numbers": len(named)},
        "measured": report.measured,
        "counted_since": report.since.isoformat() if report.since else None,
        "national": {"offers": announced.offers, "seats": announced.seats, "source": announced.source}
        if announced else None,
        "nothing_delivered": [line.name for line in report.nothing],
        "not_measured": [line.name for line in report.unknown],
        "by_organisation": [line.as_dict() for line in report.lines("organisation")],
    }  # fmt: skip
