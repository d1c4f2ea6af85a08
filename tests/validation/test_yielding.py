"""An optional cell never costs an offer: what cannot be read of it is taken out, and told with what stood there."""

from __future__ import annotations

import pandas as pd
import pytest

from config.tables import load
from offers.cleaning.batch import clean
from offers.cleaning.repairs import COSMETIC, EMPTIED, REPAIRS
from offers.columns import BY_NAME, COLUMNS, DECISIVE
from offers.feed import ColumnSource
from offers.model import Checked, Mapped
from testing.drawing import YEAR, column, feed, mapped
from validation.contract import check

UNREADABLE = {
    "siret": ("00000000000000", "73282932000075", "732829320", "4,51321E+13", "voir RH", "#REF!", "rh@exemple.fr"),
    "permalink": ("https://www.exemple.fr/" + "a" * 200, "voir notre site", "ftp://exemple.fr/1", "https://test.fr/1"),
    "employer_website": ("notre site", "https://www.exemple.fr/" + "a" * 600, "#REF!"),
    "contact_email": ("anne@@exemple.fr", "a@exemple.fr; b@exemple.fr", "voir accueil"),
    "contact_phone": ("standard", "01 40 50", "0140506070 / 0140506071", "#REF!"),
    "contact_name": ("#REF!", "x" * 200),
    "published_on": ("bientôt", "31/02/2026", "06/25/2027", "juin 2027", "#VALEUR!", "1985-13-40"),
    "expires_on": ("fin juin", "2027-06-31", "99/99/2027", "2027"),
    "latitude": ("48°51'12\"N", "nord", "#REF!"),
    "longitude": ("4,8E+01", "est"),
    "daily_hours": ("horaires de bureau", "17h-9h", "#REF!"),
    "lunch_break": ("#REF!",),
    "employer_description": ("#NOM?",),
    "is_public": ("peut-être", "2", "#REF!"),
    "handicap_accessible": ("à voir", "partiellement"),
    "qpv": ("QP075011",),
}
CASES = [(name, seen) for name, several in UNREADABLE.items() for seen in several]


def checked(batch: Mapped, **keys: object) -> Checked:
    agreed = feed(**keys)
    return check(clean(batch, agreed, load(), YEAR), batch.headers, agreed, load(), YEAR)


@pytest.fixture(scope="module")
def all_cases() -> Checked:
    return checked(mapped(*({name: seen} for name, seen in CASES)))


def test_every_optional_column_is_here() -> None:
    optional = {one.name for one in COLUMNS if not (one.required or one.derived or one.name in DECISIVE)}
    assert set(UNREADABLE) == optional


@pytest.mark.parametrize(("line", "name", "seen"), [(at, *case) for at, case in enumerate(CASES, start=2)])
def test_an_optional_cell_that_cannot_be_read_is_emptied_told_and_costs_nothing(
    all_cases: Checked, line: int, name: str, seen: str
) -> None:
    assert line not in set(all_cases.rejections["line"])
    after = all_cases.kept.loc[line, name]
    assert after == BY_NAME[name].default if BY_NAME[name].default else pd.isna(after)
    told = all_cases.repairs.query("line == @line and field == @name")
    told = told[told["why"].isin(["excel_error", EMPTIED[BY_NAME[name].kind]])]
    assert len(told) == 1
    before = told["before"].iloc[0]
    assert before[0] == seen[0] if BY_NAME[name].personal or "@" in seen else seen.startswith(before.rstrip("…"))


def test_what_is_emptied_counts_and_has_its_sentence() -> None:
    assert not set(EMPTIED.values()) & COSMETIC
    assert set(EMPTIED.values()) <= set(REPAIRS)


@pytest.mark.parametrize(("name", "seen"), [("seats", "2 places"), ("weeks", "juin"), ("grades", "BTS")])
def test_a_cell_whose_default_would_change_what_is_offered_costs_its_line(name: str, seen: str) -> None:
    assert list(checked(column(name, seen)).rejections["field"]) == [name]


def test_hours_that_no_minor_may_work_cost_their_line() -> None:
    assert list(checked(column("daily_hours", "5h-9h")).rejections["rule"]) == ["hours_before_6_or_after_20"]


def test_what_a_feed_requires_costs_its_line() -> None:
    assert list(checked(column("siret", "732829320"), require=("siret",)).rejections["rule"]) == ["siret_not_14_digits"]


@pytest.mark.parametrize(
    "point", [("40.4168", "-3.7038"), ("43.2965", "5.3698"), ("48.8534", None), ("nord", "2.3788")]
)  # in Spain, in Marseille, half a point
def test_a_point_goes_whole(point: tuple[str, str | None]) -> None:
    found = checked(mapped(dict(zip(("latitude", "longitude"), point, strict=True))))
    assert found.kept[["latitude", "longitude"]].isna().all(axis=None)
    assert list(found.repairs["why"]) == ["point_emptied"] * sum(part is not None for part in point)


def test_of_two_dates_that_contradict_each_other_the_last_day_goes() -> None:
    found = checked(mapped({"published_on": "2026-06-05", "expires_on": "2026-05-02"}))
    assert found.kept[["published_on", "expires_on"]].iloc[0].isna().tolist() == [False, True]


def test_a_permalink_is_whole_or_none() -> None:
    long = "https://www.exemple.fr/" + "a" * 178
    found = checked(column("permalink", long[:200], long))
    assert found.kept["permalink"].tolist()[0] == long[:200]
    assert pd.isna(found.kept["permalink"].iloc[1])


def test_a_lunch_break_told_at_length_loses_its_last_sentences_as_prose_does() -> None:
    found = checked(column("lunch_break", ("Une cantine est là. " * 20).strip()))
    assert len(found.kept["lunch_break"].iloc[0]) <= 250
    assert list(found.repairs["why"]) == ["shortened"]


def test_an_organisation_is_not_known_by_a_number_that_is_none() -> None:
    sound, wrong = checked(column("siret", "35600000049837", "35600000000002")).kept["organisation"]
    assert sound == "La Poste"
    assert pd.isna(wrong)


def test_other_faults_of_the_line_are_still_told_beside_the_emptied_cell() -> None:
    found = checked(mapped({"siret": "123", "title": None, "seats": "x"}))
    assert list(found.rejections["field"]) == ["title", "seats"]
    assert list(found.repairs["why"]) == ["siret_emptied"]


def test_a_feed_may_refuse_the_line_instead() -> None:
    found = checked(mapped({"siret": "123"}), refuse_repairs=("siret_emptied",))
    assert list(found.rejections["rule"]) == ["repair_refused"]


SEATS = {"seats": ColumnSource.model_validate({"from": "Places", "default": "3"})}


def test_a_default_of_the_feed_fills_the_empty_cells_of_its_column_and_is_told() -> None:
    found = checked(column("seats", "2", None, "N/A"), mapping=SEATS)
    assert list(found.kept["seats"]) == ["2", "3", "3"]
    assert found.repairs[["line", "why"]].to_numpy().tolist() == [
        [3, "default_filled"], [4, "placeholder"], [4, "default_filled"],
    ]  # fmt: skip


def test_a_default_of_the_house_is_told_where_other_lines_fill_the_column() -> None:
    assert list(checked(column("qpv", "oui", None)).repairs["why"]) == ["default_filled"]
    assert checked(column("qpv", None, None)).repairs.empty


@pytest.mark.parametrize(
    ("name", "lookup", "seen", "after"),
    [
        ("sector", {"Usinage": "s37", "else": "s14"}, ["Usinage", "Mécano", "Mécanique"], ["s37", "s14", "s37"]),
        ("is_public", {"EPIC": "oui", "else": "non"}, ["oui", "Autre", "VRAI"], ["true", "false", "true"]),
        ("seats", {"else": "1"}, ["2", "plusieurs"], ["2", "1"]),
        ("weeks", {"else": "les deux"}, ["semaine 1", "été"], ["2026-W25", "2026-W25 2026-W26"]),
        ("employer_name", {"EDF": "EDF SA", "else": "Rivoire"}, ["EDF SA", "Truc"], ["EDF SA", "Rivoire"]),
    ],
)
def test_a_word_that_nobody_knows_takes_the_else_of_its_lookup_and_is_told(
    name: str, lookup: dict[str, str], seen: list[str], after: list[str]
) -> None:
    found = checked(column(name, *seen), lookups={name: lookup})
    assert list(found.kept[name]) == after
    told = found.repairs[found.repairs["why"] == "lookup_else"]
    assert len(told) == 1
    assert set(told["before"]) <= set(seen)
