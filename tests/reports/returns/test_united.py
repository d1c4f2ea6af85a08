"""Lines that are one offer together, as the employer reads it."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from html import unescape

import pandas as pd
import pytest
from python_calamine import CalamineWorkbook

from offers.copies import Copies
from offers.feed import Repeated
from offers.model import Counts
from offers.wording import Language
from reports.returns.content import Return
from reports.returns.content import csv as as_csv
from reports.returns.page import GROUPS, html
from reports.returns.words import NAMED, Words
from reports.returns.workbook import xlsx

Make = Callable[..., Return]
COUNTS = Counts(read=300, rejected=2, created=298)


def copies(*sizes: int, repeated: Repeated = "sum_seats", seats: int = 1) -> Copies:
    """Groups of so many lines, one after the other from line 12, every third line."""
    first = [group for group, size in enumerate(sizes) for _ in range(size)]
    line = [12 + 3 * at for at in range(len(first))]
    frame = pd.DataFrame({"line": line, "reference": [f"A-{at}" for at in line], "seats": seats, "first": first})
    frame["first"] = frame.groupby("first")["line"].transform("min")
    return Copies(frame.astype({"reference": "str"}), repeated)


def said(found: Copies, language: Language = Language.FRENCH) -> str:
    (group,) = found.groups()
    return Words(language).united(group, found).replace("\u00a0", " ").replace("\u202f", " ")


def page(ret: Return) -> str:
    """What a reader sees of it, in one line."""
    body = html(ret).partition("<body>")[2]
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).split())


@pytest.mark.parametrize(
    ("found", "french", "english"),
    [
        (copies(3), "Lignes 12, 15 et 18 : une seule offre, 3 places.", "Lines 12, 15 and 18: one offer, 3 seats."),
        (copies(2, seats=2), "Lignes 12 et 15 : une seule offre, 4 places.", "Lines 12 and 15: one offer, 4 seats."),
        (
            copies(2, repeated="keep_first"),
            "Lignes 12 et 15 : une seule offre, 1 place (les places des autres lignes ne sont pas comptées).",
            "Lines 12 and 15: one offer, 1 seat (the seats of the other lines are not counted).",
        ),
    ],
)
def test_a_group_is_a_sentence(found: Copies, french: str, english: str) -> None:
    assert said(found) == french
    assert said(found, Language.ENGLISH) == english


def test_of_many_lines_the_first_are_named_and_the_rest_counted() -> None:
    assert said(copies(2000)).endswith("42, 45 et 1 988 autres lignes : une seule offre, 2 000 places.")
    assert said(copies(NAMED + 1)).endswith("42, 45 et 1 autre ligne : une seule offre, 13 places.")
    assert said(copies(NAMED)).endswith("42 et 45 : une seule offre, 12 places.")


def test_the_page_says_which_lines_are_one_offer_why_and_how_to_write_it_otherwise(make: Make) -> None:
    ret = make(counts=COUNTS, copies=copies(3, 2), headers={"reference": "N°", "seats": "Nb places"})
    told = page(ret)
    assert "Lignes réunies en une seule offre" in told
    assert "12, 15 et 18 A-12, A-15 et A-18 Une seule offre, 3 places" in told
    assert "Pour un élève, c’est une seule offre. Leurs places sont additionnées." in told
    assert "une seule ligne, avec le nombre de places dans la colonne « Nb places »" in told


def test_without_a_column_of_seats_one_is_to_be_agreed(make: Make) -> None:
    assert "dans une colonne de places, à convenir avec nous" in page(make(counts=COUNTS, copies=copies(2)))


def test_the_page_counts_offers_and_says_how_many_lines_they_are(make: Make) -> None:
    told = page(make(counts=COUNTS, copies=copies(3, 2)))
    assert "295 offres prises, 2 lignes à corriger" in told
    assert "298 lignes prises font 295 offres" in told
    assert "En ligne : 298 lignes nouvelles." in told


@pytest.mark.parametrize("found", [Copies(), copies(3, repeated="keep")])
def test_where_each_line_is_an_offer_nothing_is_said(make: Make, found: Copies) -> None:
    ret = make(counts=COUNTS, copies=found)
    told = page(ret)
    assert "298 offres prises" in told
    assert "298 offres nouvelles" in told
    assert "réunie" not in told + as_csv(ret).decode()
    assert len(CalamineWorkbook.from_filelike(io.BytesIO(xlsx(ret))).sheet_names) == 2


def test_a_long_list_is_cut_on_the_page_and_whole_in_the_csv_and_the_workbook(make: Make) -> None:
    sizes = [30, *[2] * GROUPS]
    ret = make(counts=COUNTS, copies=copies(*sizes))
    told = html(ret)
    assert told.count("Une seule offre,") == GROUPS
    assert f"Les {GROUPS} premiers groupes sont montrés, sur {GROUPS + 1}" in page(ret)
    rows = list(csv.DictReader(io.StringIO(as_csv(ret).decode("utf-8-sig")), delimiter=";"))
    united = [row for row in rows if row["statut"] == "réunie"]
    assert [int(row["ligne"]) for row in united] == copies(*sizes).lines["line"].tolist()
    assert {row["valeur retenue"] for row in united[:30]} == {"30"}
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(xlsx(ret))).get_sheet_by_name("Lignes réunies").to_python()
    at = next(number for number, row in enumerate(sheet) if row[0] == "offre de la ligne")
    assert len(sheet) - at - 1 == sum(sizes)
    assert sheet[at + 2] == ["12", "15", "A-15", "1", "30"]


def test_a_line_of_the_csv_says_what_it_became_and_what_to_do(make: Make) -> None:
    ret = make(counts=COUNTS, copies=copies(2), headers={"reference": "N°", "seats": "Nb places"})
    rows = list(csv.DictReader(io.StringIO(as_csv(ret).decode("utf-8-sig")), delimiter=";"))
    first, second = (row for row in rows if row["statut"] == "réunie")
    assert (second["ligne"], second["référence"], second["colonne"]) == ("15", "A-15", "Nb places")
    assert first["explication"] == second["explication"]
    assert second["que faire"].startswith("Plus simple")


def test_hostile_references_stay_text(make: Make) -> None:
    found = copies(2)
    bad = Copies(found.lines.assign(reference=["=1+1", "<b>x</b>"]), "sum_seats")
    ret = make(counts=COUNTS, copies=bad)
    assert "&lt;b&gt;x&lt;/b&gt;" in html(ret)
    assert ";'=1+1;" in as_csv(ret).decode("utf-8-sig")
