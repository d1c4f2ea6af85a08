"""Which organisation an employer is: by SIREN, by a name that is exactly one of theirs, never by likeness."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.fr import siren

from config.tables import load, table
from offers.pledges.organisations import Organisations
from testing.examples import examples
from testing.shared import shared

DRAWN = pd.DataFrame(
    [
        ("Carrefour", "652014051", "Carrefour Market|Carrefour City"),
        ("La Poste", "356000000", None),
        ("Air France", None, None),
        ("Aéroports de Paris", None, "Groupe ADP"),
        ("L'Oréal", None, None),
    ],
    columns=["name", "sirens", "aliases"],
).astype("str")
KNOWN = Organisations(DRAWN)


def recognised(*rows: tuple[str | None, str | None], known: Organisations = KNOWN) -> list[str | None]:
    frame = pd.DataFrame(rows, columns=["employer_name", "siret"], index=pd.RangeIndex(2, len(rows) + 2)).astype("str")
    found = known.recognise(frame["employer_name"], frame["siret"])
    assert found.index.equals(frame.index)
    return found.astype(object).where(found.notna(), None).tolist()


@pytest.mark.parametrize(
    ("name", "organisation"),
    [
        ("CARREFOUR FRANCE SAS", "Carrefour"),
        ("carrefour-market", "Carrefour"),
        ("Groupe Carrefour", "Carrefour"),
        ("S.A. Carrefour", "Carrefour"),
        ("Le Groupe La Poste", "La Poste"),
        ("LA POSTE S.A.", "La Poste"),
        ("AIR FRANCE", "Air France"),
        ("Groupe ADP", "Aéroports de Paris"),
        ("L’ORÉAL", "L'Oréal"),
    ],
)
def test_an_employer_is_recognised_by_name_with_what_stands_around_it(name: str, organisation: str) -> None:
    assert recognised((name, None)) == [organisation]


@pytest.mark.parametrize(
    "name",
    [
        "Air",
        "ADP",
        "Carrefour du Meuble",
        "Carrefours",
        "SARL Carrefour",
        "Carrefour Nantes",
        "Groupe",
        "France",
        "—",
        None,
    ],
)
def test_what_is_only_like_a_name_is_nobody(name: str | None) -> None:
    assert recognised((name, None)) == [None]


def test_the_siren_decides_before_the_name() -> None:
    assert recognised(("Boulangerie Durand", "65201405100013"), ("Carrefour", "35600000000048")) == [
        "Carrefour",
        "La Poste",
    ]


def test_a_number_that_is_no_whole_siret_decides_nothing() -> None:
    assert recognised(("Durand", "652014051"), ("Durand", "6520140510001x"), ("Carrefour", "0")) == [
        None, None, "Carrefour",
    ]  # fmt: skip


def test_without_a_table_nobody_is_recognised() -> None:
    nothing = Organisations(DRAWN.iloc[:0])
    assert recognised(("Carrefour", "65201405100013"), known=nothing) == [None]
    assert recognised(known=KNOWN) == []


def test_a_name_given_to_two_organisations_is_refused() -> None:
    with pytest.raises(ValueError, match="'carrefour city' is given to 'Other' and to 'Carrefour'"):
        Organisations(pd.concat([DRAWN, pd.DataFrame([("Other", None, "CARREFOUR CITY")], columns=DRAWN.columns)]))


@examples(10)
@given(st.lists(st.sampled_from(["Carrefour", "La Poste SA", "Durand", None]), max_size=8), st.randoms())
def test_the_order_of_rows_is_no_matter(names: list[str | None], chance: object) -> None:
    shuffled = list(enumerate(names))
    chance.shuffle(shuffled)  # type: ignore[attr-defined]  # a random.Random
    found = recognised(*((name, None) for _, name in shuffled))
    expected = recognised(*((name, None) for name in names))
    assert [one for _, one in sorted(zip([at for at, _ in shuffled], found, strict=True))] == expected


def test_every_siren_of_the_table_is_a_valid_one() -> None:
    for cell in table("organisations.csv")["sirens"].dropna():
        assert all(siren.is_valid(one) for one in cell.split())


def test_no_alias_repeats_what_is_recognised_without_it() -> None:
    rows = table("organisations.csv")
    for name, cell in zip(rows["name"], rows["aliases"], strict=True):
        aliases = cell.split("|") if isinstance(cell, str) else []
        for at, alias in enumerate(aliases):
            others = "|".join(aliases[:at] + aliases[at + 1 :]) or None
            without = Organisations(pd.DataFrame([(name, None, others)], columns=DRAWN.columns).astype("str"))
            assert recognised((alias, None), known=without) == [None], alias


def test_every_organisation_of_the_communique_is_recognised_and_its_repetitions_are_one() -> None:
    printed = [line.strip() for line in shared("domain/organisations.txt").read_text(encoding="utf-8").splitlines()]
    names = [line for line in printed if line]
    found = recognised(*((name, None) for name in names), known=load().organisations)
    assert None not in found
    assert (len(names), len(set(found))) == (47, 45)
    assert set(found) == set(load().organisations.names)
