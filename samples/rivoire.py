"""Groupe Rivoire Industries, invented: a workbook with a cover sheet, real dates and booleans, codes as numbers."""

from __future__ import annotations

import io
import random
from datetime import date, datetime
from typing import Any

import xlsxwriter  # type: ignore[import-untyped]  # the library ships no types

from samples.invented import SEED, Dates, Site, sentences, sites
from samples.manifest import Outcome, Planted

NAME = "Stages_2de_Rivoire.xlsx"
SHEET = "Stages"
OFFERS = 400
PLANTS = 40
FIRST_ROW = 2
HEADERS = (
    "Réf.", "Poste", "Missions", "Société", "SIRET", "Code NAF", "Voie", "CP", "Commune", "Nombre de stagiaires",
    "Semaine 1", "Semaine 2", "PMR", "Mise en ligne", "Échéance",
)  # fmt: skip
TRADES = (
    ("Découverte de l'atelier d'usinage", "25.62B", "Tu suivras une pièce du plan à la machine."),
    (
        "Découverte du bureau d'études",
        "71.12B",
        "Tu verras comment on dessine et calcule une pièce en trois dimensions.",
    ),
    ("Découverte de la qualité et des essais", "71.20B", "Tu mesureras des pièces et liras un rapport de contrôle."),
    ("Découverte de la fonderie", "24.51Z", "Tu observeras, à distance sûre, une coulée et le travail du mouleur."),
    ("Découverte de l'informatique industrielle", "62.02A", "Tu programmeras avec un technicien un automate simple."),
    ("Découverte de la logistique", "52.10B", "Tu suivras un colis de la réception à l'expédition."),
)
OPENINGS = (
    "Rivoire fabrique des pompes et des vannes pour l'eau potable.",
    "Notre usine ouvre ses portes aux élèves de seconde.",
    "Deux semaines pour découvrir l'industrie de l'intérieur.",
)
CLOSINGS = ("Les équipements de protection sont fournis.", "Un ingénieur et un opérateur te guideront.")


ODD: dict[int, tuple[dict[str, Any], Outcome, str, str]] = {
    20: (
        {"CP": 1000, "Commune": "Bourg-en-Bresse"},
        "repaired",
        "postal_code",
        "a code that lost its zero as a number",
    ),
    40: ({"CP": "2A004", "Commune": "Ajaccio"}, "repaired", "postal_code", "Corsica's INSEE code"),
    60: ({"Poste": "=NA()"}, "rejected", "title", "an Excel error"),
    80: ({"Nombre de stagiaires": 0}, "rejected", "seats", "no seat"),
    100: ({"Code NAF": "99.99Z"}, "rejected", "sector", "an activity that does not exist"),
    120: ({"Mise en ligne": "03/04/{before}"}, "repaired", "published_on", "a date with two readings, typed as text"),
    140: (
        {"Mise en ligne": "{autumn}", "Échéance": "{gone}"},
        "repaired",
        "expires_on",
        "an end before its publication",
    ),
    160: ({"PMR": True}, "repaired", "handicap_accessible", "a real boolean, yes"),
    180: ({"PMR": False}, "repaired", "handicap_accessible", "a real boolean, no"),
    200: ({"SIRET": "9900020000001"}, "repaired", "siret", "SIRET of 13 digits"),
    220: ({"Semaine 1": False, "Semaine 2": False}, "rejected", "weeks", "neither of the two weeks"),
}
"""Rank of the offer -> the cells that are odd, what becomes of it, our column, and what it is."""


def build(stage: str, today: date) -> tuple[str, bytes, list[Planted]]:
    """The workbook: its name, its bytes and what is to become of its odd rows. It has the stage `first` alone."""
    dates = Dates.at(today)
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        # The day of its making is part of a workbook's bytes; the same drop must come twice.
        book.set_properties({"created": datetime(dates.year.ends - 1, 7, 1, 12)})
        _cover(book.add_worksheet("Lisez-moi"))
        _stages(book, book.add_worksheet(SHEET), dates)
    planted = [Planted(rank + FIRST_ROW, odd[1], (odd[2],), odd[3]) for rank, odd in ODD.items()]
    return NAME, out.getvalue(), planted


def _cover(sheet: Any) -> None:
    for row, text in enumerate(
        ("Groupe Rivoire Industries", "Stages de seconde : voir l'onglet « Stages »", "Service RH")
    ):
        sheet.write_string(row + 1, 1, text)


def _stages(book: Any, sheet: Any, dates: Dates) -> None:
    day = book.add_format({"num_format": "dd/mm/yyyy"})
    rng = random.Random(SEED + 1)
    for column, header in enumerate(HEADERS):
        sheet.write_string(0, column, header)
    plants = sites(PLANTS, company=200, rng=rng)
    for rank in range(OFFERS):
        cells = _cells(rank, plants[rank % PLANTS], dates, rng) | _odd_cells(rank, dates)
        for column, header in enumerate(HEADERS):
            _write(sheet, rank + FIRST_ROW - 1, column, cells[header], day)


def _write(sheet: Any, row: int, column: int, value: Any, day: Any) -> None:
    if isinstance(value, date):
        sheet.write_datetime(row, column, value, day)
    elif value == "=NA()":
        sheet.write_formula(row, column, value, None, "#N/A")
    elif isinstance(value, str):
        sheet.write_string(row, column, value)
    else:
        sheet.write(row, column, value)


def _odd_cells(rank: int, dates: Dates) -> dict[str, Any]:
    if rank not in ODD:
        return {}
    days = {"{autumn}": date(dates.year.ends - 1, 10, 2), "{gone}": dates.long_gone}
    cells = ODD[rank][0]
    before = str(dates.year.ends - 1)
    return {
        key: days.get(one, one.replace("{before}", before)) if isinstance(one, str) else one
        for key, one in cells.items()
    }


def _cells(rank: int, plant: Site, dates: Dates, rng: random.Random) -> dict[str, Any]:
    title, naf, task = TRADES[(rank + rank // PLANTS) % len(TRADES)]
    # Half of the codes are numbers, as in a sheet that several hands filled; one with a leading zero stays text.
    as_number = rank % 2 == 1 and not plant.postal_code.startswith("0")
    texts = (
        f"RIV-{rank + 1:04d}", title, sentences(rng, OPENINGS, (task,), CLOSINGS),
        rng.choice(("Rivoire Pompes", "Rivoire Vannes", "Rivoire Automatismes")),
        int(plant.siret) if rank % 2 else plant.siret, naf, plant.street,
        int(plant.postal_code) if as_number else plant.postal_code, plant.city, rng.randint(1, 6),
        rng.random() < 0.9, True, rng.choice(("oui", "non")), dates.published(rank), dates.expires,
    )  # fmt: skip
    return dict(zip(HEADERS, texts, strict=True))
