"""`quai pledges`, as people and other programs use it."""

from __future__ import annotations

from pathlib import Path

import pytest

from connectors.formats.workbook import read_xlsx
from offers.feed import Limits
from offers.format import Format
from testing.commands import Place, quai, told

YEAR = ("--year", "2025-2026")
HEADER = "Organisme;Année scolaire;Offres;Places\n"


@pytest.fixture
def sheet(tmp_path: Path) -> Path:
    path = tmp_path / "promesses.csv"
    path.write_text(f"{HEADER}La Poste;2025-2026;5 000;6000\nSafrann;2025-2026;10;\n", encoding="cp1252")
    return path


def test_a_pledge_is_set_replaced_listed_and_removed(place: Place) -> None:
    status, row = told(place, "pledges", "set", "Groupe Bouygues", "--offers", "10", "--seats", "20", *YEAR)
    assert (status, row["organisation"], row["replaced"]) == (0, "Bouygues", None)
    _, out, _ = quai(place, "pledges", "set", "Bouygues", "--offers", "12", *YEAR, "--source", "lettre du 3 mars")
    assert out == "2025-2026  Bouygues: 12 offers (lettre du 3 mars)\nBefore: 10 offers, 20 seats\n"
    status, out, err = quai(place, "pledges", "set", "Bouyges", "--offers", "12", "--json")
    assert (status, out) == (2, "")
    assert "the nearest is « Bouygues »" in err
    _, listed = told(place, "pledges", "list", *YEAR)
    assert [(row["organisation"], row["offers"], row["seats"]) for row in listed["pledges"]] == [("Bouygues", 12, None)]
    assert [feed["pledge"] for feed in told(place, "feeds")[1]["feeds"]] == [None]
    assert told(place, "pledges", "remove", "Bouygues", *YEAR)[0] == 0
    assert told(place, "pledges", "list", *YEAR)[1] == {"pledges": []}


def test_a_list_with_a_faulty_line_changes_nothing_unless_asked_to(place: Place, sheet: Path) -> None:
    status, row = told(place, "pledges", "import", str(sheet))
    assert (status, row["read"], row["written"], row["faulty"], row["held"]) == (3, 2, 0, 1, 1)
    assert [(fault["line"], fault["column"], fault["value"]) for fault in row["faults"]] == [
        (3, "Organisme", "Safrann")
    ]
    status, row = told(place, "pledges", "import", str(sheet), "--skip-faulty")
    assert (status, row["written"]) == (1, 1)
    status, row = told(place, "pledges", "import", str(sheet), "--new")
    assert (status, row["written"], row["unchanged"], row["new"]) == (0, 1, 1, ["Safrann"])


def test_a_list_without_a_sound_line_ends_with_3_whatever_is_asked(place: Place, tmp_path: Path) -> None:
    faulty = tmp_path / "fautes.csv"
    faulty.write_text("Organisme;Offres\nSafrann;douze\n", encoding="utf-8")
    status, out, _ = quai(place, "pledges", "import", str(faulty), "--skip-faulty")
    assert status == 3
    assert "--skip-faulty" not in out


def test_the_report_goes_where_it_is_told_to_and_its_workbook_is_read_again(place: Place, tmp_path: Path) -> None:
    told(place, "pledges", "set", "La Poste", "--offers", "5000", *YEAR)
    status, row = told(place, "pledges", "report", *YEAR, "--out", str(tmp_path / "bilan"))
    assert (status, row["promised"]["offers"], row["measured"], row["nothing_delivered"]) == (0, 5000, False, [])
    (book,) = (path for path in row["files"] if path.endswith(".xlsx"))
    format = Format(kind="xlsx", sheet="Organisations")
    frame = read_xlsx(Path(book).read_bytes(), "bilan.xlsx", format, Limits()).frame
    assert frame.loc[frame["Organisation"] == "La Poste", "Offres promises"].tolist() == ["5000"]
