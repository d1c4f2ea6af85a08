"""Supermarchés Bellerive, an invented chain of 300 shops: a Windows-1252 semicolon CSV out of a spreadsheet.

Some 2 000 offers are sound; among them lie all the faults that such files are seen to carry (`bellerive_faults`).
"""

from __future__ import annotations

import csv
import io
import random
from dataclasses import dataclass
from datetime import date

from samples.bellerive_faults import FAULTS, Fault
from samples.bellerive_jobs import JOBS, Job
from samples.invented import FIRST_NAMES, LAST_NAMES, SEED, Dates, Site, sentences, sites
from samples.manifest import Planted

NAME = "offres-bellerive.csv"
CORRECTED = "offres-bellerive-corrige.csv"
TRUNCATED = "offres-bellerive-suite.csv"
ENCODING = "cp1252"
SHARE_LEFT = 0.4
"""What is left of the truncated file."""

HEADERS = (
    "N° offre", "Intitulé du stage", "Description", "Magasin", "À propos", "Site", "SIRET", "Rayon", "Adresse",
    "Code Postal", "Ville", "Latitude", "Longitude", "Nb places", "Niveau", "Semaines", "Horaires", "Pause déjeuner",
    "Accès PMR", "Lien", "Référent", "Courriel", "Téléphone", "Publié le", "Fin de validité", "Commentaire",
    "Commentaire",
)  # fmt: skip
SHOPS = 300
OFFERS = 2000
KEYS = (*HEADERS[:-1], "Commentaire (2)")


OPENINGS = (
    "Bienvenue dans notre magasin !", "Viens passer deux semaines avec une équipe qui aime transmettre.",
    "Tu es curieux de savoir ce qui se passe derrière les rayons ?", "Notre équipe t’ouvre ses portes.",
)  # fmt: skip
CLOSINGS = (
    "Un tuteur t'accompagne du premier au dernier jour.", "Aucune connaissance particulière n'est demandée.",
    "Une tenue te sera prêtée.", "Tu repartiras avec une meilleure idée de nos métiers.",
)  # fmt: skip
HOURS = (
    "lundi au vendredi 9h-12h et 13h30-17h",
    "du lundi au vendredi de 9h à 12h et de 14h à 17h",
    "9h-12h / 13h-16h",
)
WEEKS = ("semaines 1 et 2", "les deux", "semaine 1", "semaine 2")
SEATS_OF_ONE_SHOP = 12
Row = dict[str, str]


@dataclass
class Line:
    """One line to be written: its cells, the fault that lies on it, and cells too many or too few."""

    cells: list[str]
    fault: Fault | None = None


def build(stage: str, today: date) -> tuple[str, bytes, list[Planted]]:
    """The file of one stage (`first`, `corrected`, `truncated`): its name, its bytes and its faulty lines."""
    dates = Dates.at(today)
    rows = _rows(dates)
    step = (len(rows) - 20) // len(FAULTS)
    at = {10 + step * rank: fault for rank, fault in enumerate(FAULTS)}
    lines: list[Line] = []
    for rank, row in enumerate(rows):
        fault = at.get(rank)
        if fault is not None and (stage != "corrected" or fault.outcome != "rejected"):
            lines += _faulty(row, fault, dates)
        else:
            lines.append(Line(_cells(row)))
    whole = stage != "truncated"
    if not whole:
        lines = lines[: int(len(lines) * SHARE_LEFT)]
    data, planted = _written(lines, foot=whole)
    return {"corrected": CORRECTED, "truncated": TRUNCATED}.get(stage, NAME), data, planted


def _rows(dates: Dates) -> list[Row]:
    rng = random.Random(SEED)
    shops = sites(SHOPS, company=100, rng=rng)
    return [
        _row(rank, shops[rank % SHOPS], JOBS[(rank // SHOPS + rank) % len(JOBS)], dates, rng) for rank in range(OFFERS)
    ]


def _row(rank: int, shop: Site, job: Job, dates: Dates, rng: random.Random) -> Row:
    name = f"{rng.choice(FIRST_NAMES)} {rng.choice(LAST_NAMES)}"
    between = "\n\n" if rank % 3 == 0 else " "
    tail = sentences(rng, job.tasks, CLOSINGS)
    located = rank % 4 != 0
    texts = (
        f"BEL-{rank + 1:05d}", rng.choice(job.titles), rng.choice(OPENINGS) + between + tail,
        f"Bellerive {shop.city}", "Une chaîne de 300 supermarchés et 9 000 salariés.", "https://www.bellerive.example",
        shop.siret, job.shelf, shop.street, shop.postal_code, shop.city,
        shop.latitude if located else "", shop.longitude if located else "", str(rng.randint(1, 4)),
        rng.choice(("Seconde", "2nde", "Seconde GT")), rng.choice(WEEKS), rng.choice(HOURS),
        rng.choice(("Salle de pause avec micro-ondes.", "Une heure, repas tiré du sac.", "")),
        rng.choice(("oui", "non")), f"https://www.bellerive.example/stages/{rank + 1}", name,
        f"magasin{shop.rank + 1}@bellerive.example", "", dates.published(rank).isoformat(),
        dates.expires.isoformat(), "", "",
    )  # fmt: skip
    return dict(zip(KEYS, texts, strict=True))


def _cells(row: Row) -> list[str]:
    return [row[key] for key in KEYS]


def _faulty(row: Row, fault: Fault, dates: Dates) -> list[Line]:
    """The line or lines that a fault makes of a sound one."""
    known = _known(dates)
    elsewhere = {"Latitude": "", "Longitude": ""} if "Ville" in fault.cells else {}
    cells = _cells(row | elsewhere | {header: text.format_map(known) for header, text in fault.cells.items()})
    if fault.shape == "too many cells":
        cells = [*cells[:3], "rayon frais", *cells[3:-1], "à relire"]
    elif fault.shape == "too few cells":
        cells = cells[:5]
    elif fault.shape == "copy":
        return [Line(cells, fault), Line(cells)]
    elif fault.shape == "seat by seat":
        return [Line([f"{cells[0]}-{seat}", *cells[1:]]) for seat in range(1, SEATS_OF_ONE_SHOP + 1)]
    elif fault.shape == "empty line":
        return [Line([]), Line(cells)]
    return [Line(cells, fault)]


def _known(dates: Dates) -> dict[str, str]:
    monday, friday = dates.year.placement
    return {
        "ends": str(dates.year.ends),
        "before": str(dates.year.ends - 1),
        "gone": dates.long_gone.isoformat(),
        "serial": str((dates.published(30) - date(1899, 12, 30)).days),
        "week": dates.year.weeks[0],
        "monday": str(monday.day),
        "friday": str(friday.day),
    }


def _written(lines: list[Line], foot: bool) -> tuple[bytes, list[Planted]]:
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    out.write("Export des offres de stage de seconde - Supermarchés Bellerive\r\n\r\n")
    writer.writerow(HEADERS)
    number = 4
    planted = []
    for line in lines:
        if line.fault is not None and line.fault.outcome is not None:
            planted.append(Planted(number, line.fault.outcome, line.fault.fields, line.fault.note))
        writer.writerow(line.cells)
        number += 1 + sum(cell.count("\n") for cell in line.cells)
    if foot:
        out.write(f"\r\nTotal;{sum(1 for line in lines if line.cells)}{';' * (len(HEADERS) - 2)}\r\n\r\n")
    return out.getvalue().encode(ENCODING), planted
