"""Keys are shared by what may be one offer, and depend on nothing but the sketch."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from offers.matching.blocking import SEEDS, SHINGLE, WORDS, block_keys, min_hashes, stand_in_keys
from testing.examples import examples
from testing.sketching import NOWHERE, OTHER_SIRET, SIRET, sketches

HASHES = len(SEEDS)
WORD = st.sampled_from(["tu", "suivras", "l", "equipe", "de", "atelier", "usinage", "controle", "pieces", "a"])
TEXT = st.lists(WORD, max_size=12).map(" ".join)
LONG = " ".join(f"mot{n}" for n in range(WORDS))


def hashes(*texts: str) -> list[tuple[int, ...]]:
    """The min-hashes of each text; () where it has none."""
    minima, has = min_hashes(pa.array(texts, pa.large_string()))
    return [tuple(row) if some else () for row, some in zip(minima.tolist(), has.tolist(), strict=True)]


def keys(*rows: dict[str, str]) -> list[set[int]]:
    """The block keys of each sketch."""
    at, made = block_keys(sketches(*rows))
    return [set(made[at == n].tolist()) for n in range(len(rows))]


def shared(one: dict[str, str], other: dict[str, str]) -> int:
    """How many block keys two sketches share."""
    first, second = keys(one, other)
    return len(first & second)


@examples(13)
@given(st.lists(TEXT, min_size=1, max_size=8))
def test_the_hashes_of_a_text_do_not_depend_on_the_texts_around_it(texts):
    assert hashes(*texts) == [hashes(text)[0] for text in texts]


def test_equal_texts_have_equal_hashes_wherever_they_stand():
    first, _, again = hashes(LONG, "tu suivras l equipe", LONG)
    assert first == again
    assert len(first) == HASHES


def test_a_slice_of_a_larger_array_hashes_alike():
    whole = pa.array(["", "autre", LONG, "l equipe"], pa.large_string())
    minima, has = min_hashes(whole.slice(2))
    assert [tuple(row) for row in minima.tolist()] == hashes(LONG, "l equipe")
    assert has.tolist() == [True, True]


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ("tu suivras l equipe", "tu suivras l equipe", True),
        ("stage", "stage", True),
        ("stage", "stages", False),
        ("tu suivras l equipe", "tu suivras l atelier", False),
        (f"{LONG} et la suite", f"{LONG} ou autre chose", True),
        (f"autre {LONG}", f"ici {LONG}", True),
    ],
)
def test_texts_share_a_hash_where_they_share_enough_words_at_the_beginning(one, other, alike):
    first, second = hashes(one, other)
    assert bool(set(first) & set(second)) == alike


def test_only_the_runs_within_the_first_words_count_and_all_of_them_do():
    texts = [[f"mot{text}x{n}" for n in range(WORDS + 3)] for text in range(300)]
    runs = [[" ".join(words[n : n + SHINGLE]) for n in range(WORDS - SHINGLE + 1)] for words in texts]
    made = hashes(*(" ".join(words) for words in texts))
    smallest = [[min(column) for column in zip(*hashes(*of_one), strict=True)] for of_one in runs]
    assert made == [tuple(row) for row in smallest]
    assert any(set(row) & set(hashes(of_one[-1])[0]) for row, of_one in zip(made, runs, strict=True))


def test_an_empty_text_has_no_hash_and_a_short_one_is_one_shingle():
    empty, short, as_long_as_one = hashes("", "stage", " ".join(["mot"] * SHINGLE))
    assert empty == ()
    assert len(short) == len(as_long_as_one) == HASHES


def test_no_texts_have_no_hashes():
    minima, has = min_hashes(pa.array([], pa.large_string()))
    assert (minima.shape, has.shape) == ((0, HASHES), (0,))


@examples(13)
@given(TEXT.filter(bool))
def test_the_hashes_of_a_text_are_the_smallest_of_its_runs_of_five_words(text):
    words = text.split()
    runs = [" ".join(words[n : n + SHINGLE]) for n in range(max(len(words) - SHINGLE + 1, 1))]
    assert hashes(text)[0] == tuple(min(column) for column in zip(*hashes(*runs), strict=True))


def test_one_text_in_two_towns_shares_no_key():
    assert shared({"siret": SIRET}, {"siret": SIRET, "place": "35049", "town": "cancale"}) == 0


@pytest.mark.parametrize(
    ("changed", "count"),
    [
        ({"feed": "orme/accueil", "siret": OTHER_SIRET, "street": "1 rue x", "weeks": ""}, 1 + HASHES),
        ({"town": "cancale"}, 1 + HASHES),
        ({"title": "fraisage"}, HASHES),
        ({"description": "un autre texte que celui ci"}, 1),
        ({"title": "fraisage", "description": "un autre texte que celui ci"}, 0),
    ],
)
def test_in_one_town_a_key_is_shared_by_title_or_by_text_whatever_else_differs(changed, count):
    assert shared({}, changed) == count


def test_a_title_that_says_no_job_is_told_apart_by_the_employer():
    untitled = {"title": "", "description": ""}
    assert shared(untitled, untitled) == 1
    assert shared(untitled, untitled | {"employer": "orme"}) == 0


def test_where_title_employer_and_text_are_missing_there_is_no_key():
    assert keys({"title": "", "employer": "", "description": ""}) == [set()]
    assert [len(found) for found in keys({"description": ""}, {"title": "", "employer": ""})] == [1, HASHES]


LOST = {**NOWHERE, "siret": SIRET}


@pytest.mark.parametrize(
    ("one", "other", "meet"),
    [
        (LOST | {"town": "brest"}, LOST | {"town": "brest", "siret": OTHER_SIRET}, True),
        (LOST | {"town": "brest"}, LOST | {"town": "cancale"}, False),
        (LOST, LOST, True),
        (LOST, LOST | {"siret": OTHER_SIRET}, False),
        (NOWHERE, NOWHERE, True),
        (NOWHERE, NOWHERE | {"employer": "orme"}, False),
        (NOWHERE | {"town": "x"}, NOWHERE | {"siret": "x"}, False),
        (NOWHERE | {"employer": ""}, NOWHERE | {"employer": ""}, True),
    ],
)
def test_town_then_siret_then_employer_stand_in_for_a_place_that_is_not_known(one, other, meet):
    assert bool(shared(one, other)) == meet


@pytest.mark.parametrize(
    ("placed", "lost", "meet"),
    [
        ({"town": "brest"}, NOWHERE | {"town": "brest"}, True),
        ({"town": "brest", "siret": SIRET}, LOST | {"town": "cancale"}, False),
        ({"siret": SIRET}, LOST, True),
        ({"siret": OTHER_SIRET}, LOST, False),
        ({}, NOWHERE, True),
        ({}, LOST, False),
        ({"employer": "orme"}, NOWHERE, False),
    ],
)
def test_a_sketch_with_a_place_has_the_keys_of_those_without_one_that_it_may_be(placed, lost, meet):
    both = sketches(placed, lost)
    rows, made = stand_in_keys(both)
    assert set(rows.tolist()) <= {0}
    assert bool(keys(lost)[0] & set(made.tolist())) == meet
