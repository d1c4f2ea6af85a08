from __future__ import annotations

import csv
import json
from pathlib import Path

from tools import build_reference


def package(folder: Path, *communes: dict[str, object]) -> str:
    (folder / "data").mkdir(parents=True)
    (folder / "data" / "communes.json").write_text(json.dumps(communes), encoding="utf-8")
    return str(folder)


def commune(code: str, name: str, **more: object) -> dict[str, object]:
    return {"code": code, "nom": name, "type": "commune-actuelle", **more}


def test_the_script_keeps_merged_and_renamed_names_and_drops_what_came_apart(tmp_path, monkeypatch):
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
