"""What answers from outside do to a batch: coordinates where they are sure, findings with lines, nothing else."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.tables import load
from offers.cleaning.batch import clean
from offers.cleaning.repairs import REPAIRS
from offers.enrichment import (
    address_key,
    addresses_to_ask,
    closed_sites,
    kept_for,
    point_of,
    sirets_to_ask,
    with_coordinates,
)
from offers.model import Cleaned, Severity
from offers.places.gazetteer import commune_of
from testing.drawing import YEAR, feed, mapped

FOUND = {"latitude": "48.8534001", "longitude": "2.3788", "score": "0.97", "citycode": "75111"}
OPEN, CLOSED = "73282932000074", "35600000000048"


def cleaned(*rows: Mapping[str, str | None]) -> Cleaned:
    return clean(mapped(*rows), feed(), load(), YEAR)


def test_only_sound_sirets_are_asked_each_once() -> None:
    frame = cleaned({"siret": OPEN}, {"siret": OPEN}, {"siret": "73282932000075"}, {"siret": None}).frame
    assert sirets_to_ask(frame) == {OPEN: (OPEN,)}


def test_a_closed_site_is_a_warning_that_names_its_lines() -> None:
    frame = cleaned({"siret": CLOSED}, {"siret": OPEN}, {"siret": CLOSED}).frame
    (finding,) = closed_sites(frame, {OPEN: {"state": "A"}, CLOSED: {"state": "F"}}, "rivoire/offres")
    assert (finding.check, finding.severity) == ("site_is_closed", Severity.WARN)
    assert "(lines 2, 4;" in finding.sentence


def test_many_lines_are_counted_beyond_ten() -> None:
    frame = cleaned(*({"siret": CLOSED},) * 12).frame
    (finding,) = closed_sites(frame, {CLOSED: {"state": "F"}}, "rivoire/offres")
    assert "and 2 more" in finding.sentence


def test_open_and_unknown_sites_are_not_spoken_of() -> None:
    frame = cleaned({"siret": CLOSED}, {"siret": OPEN}).frame
    assert closed_sites(frame, {OPEN: {"state": "A"}, CLOSED: {}}, "rivoire/offres") == ()


def test_only_addresses_with_a_commune_and_no_coordinates_are_asked_each_once() -> None:
    here = {"latitude": "48.85", "longitude": "2.37"}
    frame = cleaned({}, {}, here, {"city": "Nulle part"}, {"street": None}, {"street": "3 place Neuve"}).frame
    assert list(addresses_to_ask(frame).values()) == [
        ("12 rue des Forges", "75011", "Paris", "75111"),
        ("3 place Neuve", "75011", "Paris", "75111"),
    ]


def test_the_key_of_an_address_is_blind_to_case_and_accents_and_tells_addresses_apart() -> None:
    assert address_key(("12, RUE DES FORGES", "Épinal")) == address_key(("12 rue des Forges", "epinal"))
    assert address_key(("12 rue", "3")) != address_key(("12", "rue 3"))


def test_coordinates_that_are_found_are_filled_and_recorded() -> None:
    batch = cleaned({}, {"latitude": "48.85", "longitude": "2.37"}, {})
    key = address_key(("12 rue des Forges", "75011", "Paris", "75111"))
    found = with_coordinates(batch, {key: FOUND}, {"latitude": "lat"})
    assert found.frame["latitude"].tolist() == ["48.8534", "48.85", "48.8534"]
    assert found.frame["longitude"].tolist() == ["2.3788", "2.37", "2.3788"]
    assert found.repairs[["line", "field", "column", "after", "why"]].values.tolist() == [
        [2, "latitude", "lat", "48.8534", "geocoded"],
        [2, "longitude", "Longitude", "2.3788", "geocoded"],
        [4, "latitude", "lat", "48.8534", "geocoded"],
        [4, "longitude", "Longitude", "2.3788", "geocoded"],
    ]
    assert found.repairs["before"].isna().all()
    assert batch.frame["latitude"].isna().sum() == 2
    again = with_coordinates(found, {key: FOUND}, {})
    assert again is found
    assert "geocoded" in REPAIRS


def test_half_a_point_is_left_for_its_rule() -> None:
    batch = cleaned({"latitude": "48.85"})
    assert addresses_to_ask(batch.frame) == {}


@pytest.mark.parametrize(
    ("insee", "answer", "taken"),
    [
        ("75111", FOUND, True),
        ("75111", {**FOUND, "score": "0.6"}, True),
        ("75111", {**FOUND, "score": 0.6}, True),
        ("75111", {**FOUND, "score": "0.59"}, False),
        ("75111", {**FOUND, "score": "nan"}, False),
        ("75111", {**FOUND, "citycode": "75056"}, True),
        ("75111", {**FOUND, "citycode": "75112"}, True),
        ("75056", FOUND, True),
        ("75111", {**FOUND, "citycode": "92044"}, False),
        ("75111", {**FOUND, "citycode": ""}, False),
        ("75111", {**FOUND, "latitude": ""}, False),
        ("75111", {**FOUND, "latitude": "8.85"}, False),
        ("75111", {}, False),
        ("75111", {"score": "x"}, False),
    ],
)
def test_a_point_holds_from_a_score_of_six_tenths_in_the_same_commune(
    insee: str, answer: Mapping[str, object], taken: bool
) -> None:
    assert (point_of(insee, answer) == ("48.8534", "2.3788")) is taken
    assert (point_of(insee, answer) is None) is not taken


def test_arrondissements_are_compared_by_their_commune() -> None:
    assert [commune_of(code) for code in ("75114", "69389", "13216", "69123", "2A004", "13200", "69380")] == [
        "75056", "69123", "13055", "69123", "2A004", "13055", "69123",
    ]  # fmt: skip


def test_what_was_not_known_is_asked_again_sooner() -> None:
    assert kept_for("companies", {}) < kept_for("companies", {"state": "A"}) < kept_for("coordinates", FOUND)


@given(st.dictionaries(st.sampled_from(["score", "latitude", "longitude", "citycode"]), st.text(max_size=6)))
def test_no_answer_whatever_breaks_anything(answer: dict[str, str]) -> None:
    found = point_of("75111", answer)
    assert found is None or all(float(part) for part in found)


def test_without_answers_nothing_changes() -> None:
    batch = cleaned({})
    assert with_coordinates(batch, {}, {}) is batch
    assert isinstance(batch.frame, pd.DataFrame)
