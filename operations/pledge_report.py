"""`quai pledges report`: gather what was promised and delivered in one school year, and write it for people."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

from config.tables import table
from offers.calendar import SchoolYear, day_of
from offers.errors import Declined
from offers.pledges.delivered import by_code, by_organisation, cumulated
from reports.harmless import csv_bytes
from reports.pledges.page import html
from reports.pledges.report import National, Report, long_table, xlsx
from story.dock import Dock
from warehouse import pledges as pledging

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
        _since(dock),
        national(),
        dict(zip(*(table("shapes.csv")[name] for name in ("department", "path")), strict=True)),
    )


def _since(dock: Dock) -> date | None:
    first = pledging.first_delivery(dock.store.warehouse)
    return day_of(first) if first else None


def national() -> list[National]:
    """What was announced for the whole country, year by year: config/reference/national_pledges.csv."""
    rows = table("national_pledges.csv").fillna("").to_dict("records")

    def number(row: Mapping[Hashable, Any], name: str) -> int | None:
        return int(row[name]) if row[name] else None

    return [
        National(
            row["school_year"],
            number(row, "offers"),
            number(row, "seats"),
            date.fromisoformat(row["stated_on"]),
            row["source"],
        )
        for row in rows
    ]


def write(dock: Dock, year: SchoolYear, out: Path | None = None) -> dict[str, Any]:
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
