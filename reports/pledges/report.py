"""Promised and delivered: the value that page, workbook and CSV are drawn from, and the two latter. In French."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date, datetime
from typing import Any

import pandas as pd
import xlsxwriter  # type: ignore[import-untyped]  # the library ships no types

from offers.calendar import SchoolYear
from offers.pledges.delivered import Count, Fulfilment, promised
from offers.wording import Language
from reports.harmless import WORKBOOK, write_table

COUNTED = (
    "Les chiffres viennent des offres publiées, doublons réunis : une offre que plusieurs flux décrivent compte une "
    "seule fois, avec ses places.",
    "« Livrée » : l'offre a été en ligne pendant l'année scolaire et n'a pas été retirée avant le stage. Elle reste "
    "comptée quand sa date de fin ou le stage est passé.",
    "« Retirée » : l'offre a été en ligne, puis retirée avant le stage et avant sa date de fin. Elle n'est pas comptée "
    "comme livrée. Le flux ne dit pas si elle était pourvue ou abandonnée.",
    "Seules comptent les offres arrivées par les flux de masse des partenaires. Celles qu'un employeur saisit lui-même "
    "sur la plateforme n'y sont pas : « rien de livré » veut dire que rien n'est arrivé par un flux.",
    "Les offres et les places sont comptées à part : une offre peut accueillir plusieurs élèves.",
    "Une offre compte pour une organisation quand le SIRET ou le nom de l'employeur est le sien. Celles qu'aucun des "
    "deux ne rattache à une organisation sont dans « Autres employeurs ».",
    "Une promesse est faite par une organisation, jamais pour un secteur, un département ou une académie, où il n'y a "
    "donc que le livré.",
)
"""What each figure counts, as the page and the workbook say it."""
SHEETS = {"organisation": "Organisations", "sector": "Secteurs", "department": "Départements", "academy": "Académies"}
SHARES = {"organisation": "Organisation", "sector": "Secteur", "department": "Département", "academy": "Académie"}


@dataclass(frozen=True)
class National:
    """What was announced for the whole country in one school year, and by whom."""

    school_year: str
    offers: int | None
    seats: int | None
    stated_on: date
    source: str


@dataclass(frozen=True)
class Against:
    """What the organisations that named a number promised, how many they are, and what they themselves delivered."""

    promised: int
    delivered: int
    organisations: int


@dataclass(frozen=True)
class Report:
    """One school year. `by`: lines by organisation, sector, department and academy, each adding up to `total`.

    `days`: (day, offers, seats) delivered up to each day. `since`: when the first drop ever came. `national`: of all
    school years. `shapes`: an SVG path for each département that has one.
    """

    year: SchoolYear
    made_at: datetime
    total: Count
    by: Mapping[str, Sequence[Fulfilment]]
    days: Sequence[tuple[date, int, int]]
    since: date | None
    national: Sequence[National] = ()
    shapes: Mapping[str, str] = field(default_factory=dict)

    @property
    def measured(self) -> bool:
        """Whether anything could be counted: of a year that was over before the first drop nothing is known."""
        return self.since is not None and self.since <= self.year.placement[1]

    @property
    def organisations(self) -> list[Fulfilment]:
        """Those that took part, up to this year."""
        return [line for line in self.by["organisation"] if line.engaged is not None]

    @property
    def promised(self) -> tuple[int | None, int | None]:
        """Offers and seats that organisations promised in numbers for this year."""
        return promised(self.by["organisation"])

    def lines(self, what: str) -> list[Fulfilment]:
        """The lines of one of SHARES; none of them is measured where nothing could be counted."""
        return [replace(line, measured=line.measured and self.measured) for line in self.by[what]]

    def against(self, measure: str) -> Against | None:
        """`offers` or `seats`: promised against delivered by those who promised; None where nobody did.

        What organisations deliver that promised nothing does not make good what another one promised.
        """
        lines = [(getattr(line, f"promised_{measure}"), line) for line in self.organisations if line.measured]
        found = [(promise, getattr(line.count, measure)) for promise, line in lines if promise is not None]
        if not found or not self.measured:
            return None
        return Against(sum(promise for promise, _ in found), sum(count for _, count in found), len(found))

    @property
    def nothing(self) -> list[Fulfilment]:
        """The organisations that took part and delivered nothing; none where nothing could be counted."""
        return [line for line in self.organisations if line.missing and self.measured]

    @property
    def unknown(self) -> list[Fulfilment]:
        """The organisations whose offers cannot be told from others': no figure of them is known."""
        return [line for line in self.organisations if not line.measured]

    @property
    def announced(self) -> National | None:
        """The national promise for this very year."""
        return next((one for one in self.national if one.school_year == self.year.label), None)

    def file_name(self, extension: str) -> str:
        """`promis-et-livre-2025-2026.html`."""
        return f"promis-et-livre-{self.year.label}.{extension}"


NAMED_ONLY = ("organisation", "academy")
"""They have no code but their name."""
COLUMNS = {
    "promised_offers": "Offres promises",
    "offers": "Offres livrées",
    "promised_seats": "Places promises",
    "seats": "Places livrées",
    "withdrawn_offers": "Offres retirées",
    "withdrawn_seats": "Places retirées",
}


def table(report: Report, what: str) -> pd.DataFrame:
    """The lines of one of SHARES, in French columns; numbers are Int64, missing where nobody named or knows any."""
    rows = [line.as_dict() for line in report.lines(what)]
    frame = pd.DataFrame(rows, columns=["code", "name", "engaged", *COLUMNS])
    frame = frame.astype({"code": "str", "name": "str", "engaged": "str", **dict.fromkeys(COLUMNS, "Int64")})
    if what in NAMED_ONLY:
        frame = frame.drop(columns="code")
    if what != "organisation":
        frame = frame.drop(columns=["engaged", "promised_offers", "promised_seats"])
    return frame.rename(columns={"code": "Code", "name": SHARES[what], "engaged": "Engagée en", **COLUMNS})


def long_table(report: Report) -> pd.DataFrame:
    """Everything in one table of text: axis, code, name, engaged and COLUMNS; the total, each of SHARES, and the days.

    A day's numbers are those delivered up to it.
    """
    total = Fulfilment("Total", None, report.total, *report.promised, measured=report.measured)
    rows = [{"axis": "Total", **total.as_dict()}]
    for what, name in SHARES.items():
        no_code = {"code": None} if what in NAMED_ONLY else {}
        rows += [{"axis": name, **line.as_dict(), **no_code} for line in report.lines(what)]
    rows += [
        {"axis": "Jour", "code": None, "name": day.isoformat(), "offers": offers, "seats": seats}
        for day, offers, seats in report.days
    ]
    frame = pd.DataFrame(rows, columns=["axis", "code", "name", "engaged", *COLUMNS])
    frame = frame.astype(dict.fromkeys(COLUMNS, "Int64")).astype("str").fillna("").replace("<NA>", "")
    return frame.rename(columns={"axis": "Axe", "code": "Code", "name": "Libellé", "engaged": "Engagée en", **COLUMNS})


def xlsx(report: Report) -> bytes:
    """Numbers are numbers, with a thousands separator; what is not known is an empty cell."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, WORKBOOK) as book:
        head = book.add_format({"bold": True, "bg_color": "#E8EDF3", "bottom": 1, "text_wrap": True, "valign": "top"})
        number, title = book.add_format({"num_format": "#,##0"}), book.add_format({"bold": True, "font_size": 13})
        wrap = book.add_format({"text_wrap": True, "valign": "top"})
        _summary(book.add_worksheet("Synthèse"), report, (title, wrap, number))
        for what in SHARES:
            _write(book.add_worksheet(SHEETS[what]), table(report, what), head, number)
        days = pd.DataFrame([*report.days], columns=["Jour", "Offres livrées", "Places livrées"])
        _write(book.add_worksheet("Dans le temps"), days.assign(Jour=days["Jour"].astype("str")), head, number)
    return out.getvalue()


def _summary(sheet: Any, report: Report, styles: tuple[Any, Any, Any]) -> None:
    title, wrap, number = styles
    offers, seats = report.promised
    total = asdict(report.total) if report.measured else {}
    rows: list[tuple[str, int | str | None]] = [
        ("Offres livrées", total.get("offers")), ("Places livrées", total.get("seats")),
        ("Offres promises par les organisations", offers), ("Places promises par les organisations", seats),
        ("Offres retirées avant le stage", total.get("withdrawn_offers")),
        ("Places retirées avant le stage", total.get("withdrawn_seats")),
    ]  # fmt: skip
    rows += [(f"Promesse nationale {one.school_year} (offres) : {one.source}", one.offers) for one in report.national]
    rows += [("Engagée, rien de livré", line.name) for line in report.nothing]
    rows += [("Engagée, livraisons non mesurées", line.name) for line in report.unknown]
    sheet.set_column(0, 0, 62)
    sheet.set_column(1, 1, 34)
    sheet.write_string(0, 0, f"Promis et livré, année scolaire {report.year.label}", title)
    sheet.write_string(1, 0, f"Établi le {Language.FRENCH.instant(report.made_at)}", wrap)
    for at, (name, value) in enumerate(rows, start=3):
        sheet.write_string(at, 0, name, wrap)
        if isinstance(value, int):
            sheet.write_number(at, 1, value, number)
        else:
            sheet.write_string(at, 1, value or "–")
    for at, sentence in enumerate(COUNTED, start=len(rows) + 4):
        sheet.write_string(at, 0, sentence, wrap)


def _write(sheet: Any, frame: pd.DataFrame, head: Any, number: Any) -> None:
    wide = {*frame.select_dtypes("str").columns} - {"Code", "Engagée en"}
    write_table(sheet, frame, [34 if name in wide else 12 for name in frame.columns], head, None, number)
    sheet.freeze_panes(1, 1)
