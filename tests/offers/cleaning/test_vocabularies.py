from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.tables import load
from offers.arrays import fold
from offers.cleaning.vocabularies import naf_sector, nearest_sectors, sector_codes, yes_no
from offers.places.towns import key_of, town_key
from offers.text import fold_word

REFERENCE = load()


def sectors(*words: str | None, **lookups: str) -> list[str | None]:
    codes = sector_codes(pd.Series(words, dtype="str"), lookups, REFERENCE)
    return [None if pd.isna(code) else code for code in codes]


@pytest.mark.parametrize(
    ("seen", "code"),
    [
        ("s12", "s12"),
        ("S12 ", "s12"),
        ("Commerce et distribution", "s12"),
        ("COMMERCE & DISTRIBUTION", "s12"),
        ("Hotellerie - Restauration", "s26"),
        ("Hôtellerie et restauration", "s26"),
        ("filière bois", "s24"),
        ("AE267FF2-76d5-460a-9a41-3b820c392149", "s12"),
        ("62.02A", "s31"),
        ("6202A", "s31"),
        ("6202a", "s31"),
        ("62.02", "s31"),
        ("6202", "s31"),
        ("62.99Z", "s31"),
    ],
)
def test_a_sector_is_known_by_code_name_former_id_and_naf(seen: str, code: str) -> None:
    assert sectors(seen) == [code]


@pytest.mark.parametrize("seen", ["Astrologie", "s52", "62", "12", "25.99Z", "47.4", "#REF!", "commerce"])
def test_an_unknown_sector_stays_as_seen(seen: str) -> None:
    assert sectors(seen) == [seen]


def test_a_naf_code_that_divides_into_several_sectors_is_not_guessed() -> None:
    assert naf_sector("25.40Z", REFERENCE) == "s3"
    assert naf_sector("25.4", REFERENCE) == "s3"
    assert naf_sector("25.98", REFERENCE) is None


def test_a_partners_lookup_wins_and_is_read_without_case_and_accents() -> None:
    assert sectors("metiers du numerique", **{"Métiers du numérique": "Informatique et réseaux"}) == ["s31"]
    assert sectors("VENTE", vente="s12") == ["s12"]
    assert sectors("Santé", sante="s46") == ["s46"]
    assert sectors("vente", vente="Négoce") == ["vente"]


def test_a_missing_sector_stays_missing_and_the_index_is_kept() -> None:
    values = pd.Series([None, "s1"], index=pd.Index([4, 9], name="line"), dtype="str")
    codes = sector_codes(values, {}, REFERENCE)
    assert codes.isna().tolist() == [True, False]
    assert codes.index.equals(values.index)
    assert codes.dtype == "str"


def test_yes_and_no_in_the_words_that_are_sent() -> None:
    yes = ["VRAI", "VRAI ", "oui", "X", "1", "true", "Yes", "o", "✓", "✔\ufe0f", " ☑", "Public"]
    no = ["FAUX", "non", "0", "false", "no", "n", "✗", "❌", "☐", "Secteur privé"]
    assert yes_no(pd.Series(yes, dtype="str")).tolist() == ["true"] * len(yes)
    assert yes_no(pd.Series(no, dtype="str")).tolist() == ["false"] * len(no)


def test_an_unknown_yes_or_no_stays_as_seen() -> None:
    assert yes_no(pd.Series(["peut-être", "2", None], dtype="str")).fillna("?").tolist() == ["peut-être", "2", "?"]


def test_the_nearest_words_are_suggested() -> None:
    assert nearest_sectors("informatiqe et reseau", REFERENCE.sectors.values())[0] == "Informatique et réseaux"
    assert nearest_sectors("zzzz", REFERENCE.sectors.values()) == []


# Arrow knows letters of a later Unicode than Python does; those that either does not know are left out.
KNOWN = st.characters(exclude_categories=("Cs", "Cn"))
WORDS = st.text(KNOWN, max_size=30) | st.sampled_from(["Œuvre", "L'Haÿ-les-Roses", "ÅNGSTRÖM", "ST/STE", "ﬁlière", "İ"])


@given(st.lists(WORDS, min_size=1, max_size=10))
def test_folding_a_column_is_folding_each_word_and_twice_is_once(words: list[str]) -> None:
    column = fold(pd.Series(words, dtype="str"))
    assert column.tolist() == [fold_word(word) for word in words]
    assert fold(column).tolist() == column.tolist()


TOWNS = st.text("abst/ eléST-'", max_size=20) | st.sampled_from(["CHALON S/SAONE", "ST ST", "Ste-Foy-lez-X"])


@given(st.lists(TOWNS, min_size=1, max_size=10))
def test_the_key_of_a_column_is_the_key_of_each_town(towns: list[str]) -> None:
    assert town_key(pd.Series(towns, dtype="str")).tolist() == [key_of(town) for town in towns]
