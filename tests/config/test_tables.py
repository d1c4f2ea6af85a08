from __future__ import annotations

import csv
import json
import re
from pathlib import Path

import pytest

from config import build_reference, tables
from config.tables import load, table
from offers.errors import FeedMisconfigured
from offers.places.gazetteer import department_of


def test_there_are_51_sectors_and_every_naf_code_leads_to_one() -> None:
    reference = load()
    assert list(reference.sectors) == [f"s{n}" for n in range(1, 52)]
    assert set(reference.naf.values()) <= set(reference.sectors)
    assert set(reference.legacy.values()) <= set(reference.sectors)
    assert len(reference.naf) == 730


def test_every_commune_of_a_département_has_an_academy() -> None:
    reference = load()
    codes = {department_of(insee) for insee in table("communes.csv")["insee"]}
    without = codes - set(reference.departments)
    assert without == {"975", "977", "978", "986", "989"}
    assert set(reference.departments) <= codes


def test_the_communes_are_in_order_once_each_with_five_digits() -> None:
    communes = table("communes.csv")
    assert communes["insee"].is_monotonic_increasing
    assert communes["insee"].is_unique
    assert communes["postal_codes"].dropna().str.fullmatch(r"\d{5}( \d{5})*").all()
    assert communes.loc[communes["postal_codes"].isna(), "name"].tolist() == ["Marseille", "Lyon", "Paris"]
    assert len(communes) > 34_900


def test_every_former_name_is_a_living_communes() -> None:
    assert set(table("former_names.csv")["insee"]) <= set(table("communes.csv")["insee"])


def test_the_tables_are_read_once() -> None:
    assert load() is load()


def test_every_table_says_its_source() -> None:
    folder = Path(tables.__file__).parent / "reference"
    told = set(re.findall(r"`(\w+\.\w+)`", (folder / "README.md").read_text(encoding="utf-8")))
    assert {path.name for path in folder.glob("*.csv")} <= told


def test_a_table_that_is_not_there_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "REFERENCE", tmp_path)
    with pytest.raises(FeedMisconfigured, match=r"communes\.csv: the reference table is not there"):
        table("communes.csv")


def test_a_key_given_twice_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for path in tables.REFERENCE.glob("*.csv"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    with (tmp_path / "naf.csv").open("a", encoding="utf-8") as naf:
        naf.write("01.11Z,s12,2031-01-01,2035-12-31\n")
    monkeypatch.setattr(tables, "REFERENCE", tmp_path)
    with pytest.raises(FeedMisconfigured, match=r"naf\.csv: naf '01.11Z' stands there more than once"):
        load.__wrapped__()


def package(folder: Path, *communes: dict[str, object]) -> str:
    (folder / "data").mkdir(parents=True)
    (folder / "data" / "communes.json").write_text(json.dumps(communes), encoding="utf-8")
    return str(folder)


def commune(code: str, name: str, **more: object) -> dict[str, object]:
    return {"code": code, "nom": name, "type": "commune-actuelle", **more}


def test_the_script_keeps_merged_and_renamed_names_and_drops_what_came_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(build_reference, "REFERENCE", tmp_path / "out")
    newest = package(
        tmp_path / "new",
        commune("01001", "Grand-Alba", codesPostaux=["01200", "01000"], population=30, anciensCodes=["01009", "01008"]),
        commune("01002", "Bora", codesPostaux=["01000"], population=5),
        commune("01003", "Cora", codesPostaux=["01000"], population=5),
        commune("75056", "Paris", codesPostaux=["75001"], population=9),
        {"code": "75101", "nom": "Paris 1er Arrondissement", "type": "arrondissement-municipal", "commune": "75056",
         "codesPostaux": ["75001"], "population": 9},
        {"code": "01009", "nom": "Petite-Alba", "type": "commune-deleguee", "chefLieu": "01001"},
        commune("98411", "Îles sans courrier"),
    )  # fmt: skip
    older = package(
        tmp_path / "old",
        commune("01001", "Alba"),
        commune("01002", "Bora-Cora"),
        {"code": "01003", "nom": "Cora", "type": "commune-deleguee", "chefLieu": "01002"},
        {"code": "01008", "nom": "Ancienne-Alba", "type": "commune-absorbee"},
    )
    post = tmp_path / "post"
    post.mkdir()
    labels = [
        ("01001", "ALBA CEDEX 9"),
        ("01001", "VILLENEUVE"),
        ("01002", "GRAND ALBA"),
        ("01002", "BOR"),
        ("01003", "LE BOURG"),
    ]
    labels += [("01001", "CORA LES BAINS"), ("01008", "LES MILLES"), ("01002", "VIEUX PORT"), ("01003", "VIEUX PORT")]
    said = [{"codeCommune": code, "codePostal": "01000", "libelleAcheminement": name} for code, name in labels]
    (post / "codes-postaux.json").write_text(json.dumps(said), encoding="utf-8")
    assert build_reference.main([newest, older, str(post)]) == 0
    rows = {path.stem: list(csv.reader(path.open(encoding="utf-8"))) for path in (tmp_path / "out").glob("*.csv")}
    assert rows["communes"][1:] == [
        ["01001", "Grand-Alba", "30", "01000 01200"],
        ["01002", "Bora", "5", "01000"],
        ["01003", "Cora", "5", "01000"],
        ["75056", "Paris", "9", ""],
        ["75101", "Paris 1er Arrondissement", "9", "75001"],
    ]
    assert [row for row in rows["former_names"][1:] if row[0].startswith("01")] == [
        ["01001", "Alba"],
        ["01001", "Ancienne-Alba"],
        ["01001", "LES MILLES"],
        ["01001", "Petite-Alba"],
        ["01001", "VILLENEUVE"],
        ["01003", "LE BOURG"],
    ]


def test_the_script_says_how_it_is_used() -> None:
    assert build_reference.main([]) == 2
