"""She who has only the return corrects it by what it says, sends it back as it is, and has no rejection.

The corrections are scripted from the workbook alone: its second sheet names row, column and remedy; the value typed is
the remedy's own example, or what it proposes.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
import xlsxwriter
from python_calamine import CalamineWorkbook

from operations import check as checking
from operations.check import check_file, with_return
from samples.make_samples import planted, write_drop

SAMPLES = Path(__file__).resolve().parents[2] / "samples" / "partners"
NOW = datetime(2026, 3, 2, 5, 0, tzinfo=UTC)
Rows = list[list[str]]


@pytest.fixture(autouse=True)
def at_the_place(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("QUAI_PARTNERS", str(SAMPLES))
    monkeypatch.setenv("QUAI_HOME", str(tmp_path))
    monkeypatch.setattr(checking, "utc_now", lambda: NOW)


def returned(tmp_path: Path, partner: str, slug: str) -> Path:
    """The workbook of the return on the first, faulty file."""
    drop = write_drop(partner, tmp_path / "sent", "first", NOW.date())
    outcome = check_file(slug, drop)
    assert outcome.examined.rejected == len(
        {one.line for one in planted(partner, "first", NOW.date()) if one.outcome == "rejected"}
    )
    report = with_return(outcome, drop, tmp_path / "back").report
    return Path(str(report)).with_suffix(".xlsx")


POINT = ("Latitude", "Longitude")
"""What a remedy says of one coordinate holds for both: give both, or neither."""
EMPTY = "Remplissez"

PROPOSED: list[tuple[str, Callable[[re.Match[str]], str]]] = [
    (r"Les communes du \d{5}\s*: (.+?)(?:,| et |\.)", lambda found: found[1]),
    (r"« ([^»]+) » ou « [^»]+ » \?|Vouliez-vous dire « ([^»]+) »", lambda found: found[1] or found[2]),
    (r"Le stage a deux semaines\s*: .*?\((\d{4}-W\d\d)\)", lambda found: found[1]),
    (r"Écrivez (oui) ou non", lambda found: found[1]),
    (r"Écrivez « ([^»]+) »", lambda found: found[1]),
    (r"sous la forme (\d{4}-\d{2}-\d{2})", lambda found: found[1]),
    (r"ou laissez (?:la cellule|les deux(?: coordonnées)?) vides?", lambda found: ""),
    (r"Donnez les deux coordonnées, ou aucune", lambda found: ""),
    (r"\(ex\. (.+?)\)[.,]?", lambda found: found[1]),
]
"""What a remedy proposes, in the order in which a person in a hurry would take it."""


def remedied(remedy: str) -> str | None:
    plain = remedy.replace("\u00a0", " ").replace("\u202f", " ")
    for pattern, value in PROPOSED:
        if found := re.search(pattern, plain):
            return value(found).strip("« »")
    return None


def corrected(workbook: Path, own: dict[str, str]) -> Rows:
    """Her rows with every named cell corrected; `own` answers, by column, where a remedy proposes nothing."""
    book = CalamineWorkbook.from_path(workbook)
    rows: Rows = [list(map(str, row)) for row in book.get_sheet_by_index(0).to_python()]
    notes = [list(map(str, row)) for row in book.get_sheet_by_index(1).to_python()]
    head = next(at for at, row in enumerate(notes) if "ligne ici" in row)
    columns = {name: at for at, name in enumerate(rows[0])}
    at_a_loss = []
    for column, _, remedy, row, *_ in notes[head + 1 :]:
        if not row.isdigit():
            continue  # a line that could not be cut into columns is told, and is not on the first sheet
        value = own[column] if (column, EMPTY) == ("Ville", remedy[:10]) else remedied(remedy)
        if value is None:
            value = own.get(column)
        if value is None:
            at_a_loss.append((column, remedy))
            continue
        for named in POINT if column in POINT else column.split(" + "):
            rows[int(row) - 1][columns[named]] = value
    assert at_a_loss == [], at_a_loss
    return rows


def written(rows: Rows, path: Path, sheet: str | None) -> Path:
    with xlsxwriter.Workbook(str(path), {"strings_to_urls": False, "strings_to_formulas": False}) as book:
        page = book.add_worksheet(sheet)
        for number, row in enumerate(rows):
            for column, cell in enumerate(row):
                page.write_string(number, column, cell)
    return path


BY_HERSELF = {
    "Adresse": "12 rue des Forges", "Code Postal": "44000", "Horaires": "lundi au vendredi 9h-12h et 13h30-17h",
    "Nb places": "2", "Rayon": "Boulangerie", "SIRET": "73282932000074", "Nombre de stagiaires": "2",
    "Poste": "Découverte de l'atelier", "Intitulé du stage": "Découverte du rayon frais",
    "Ville": "Bastia",  # the one row without a town has a postal code of Bastia
    "Échéance": "2026-06-30", "Fin de validité": "2026-07-01",
}  # fmt: skip
"""What no remedy can propose, for only she knows it."""


def test_the_return_of_bellerive_s_faulty_csv_is_corrected_and_sent_back_as_a_workbook(tmp_path: Path) -> None:
    rows = corrected(returned(tmp_path, "bellerive", "bellerive/offres"), BY_HERSELF)
    again = check_file("bellerive/offres", written(rows, tmp_path / "corrige.xlsx", None)).examined
    assert again.rejections[["line", "column", "value", "sentence"]].to_dict("records") == []
    assert (again.batch.read, len(again.kept) + len(again.repeated)) == (len(rows) - 1, len(rows) - 1)


def test_the_return_of_rivoire_s_workbook_is_corrected_and_sent_back(tmp_path: Path) -> None:
    rows = corrected(returned(tmp_path, "rivoire", "rivoire/stages"), BY_HERSELF)
    again = check_file("rivoire/stages", written(rows, tmp_path / "corrige.xlsx", "Stages")).examined
    assert again.rejections[["line", "column", "value", "sentence"]].to_dict("records") == []
    assert len(again.kept) == again.batch.read
