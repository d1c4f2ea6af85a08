"""Every pair that shares a key is made once; what a large block leaves out is counted; the whole stays bounded."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from offers.matching import judge, match
from offers.matching.blocking import (
    LARGEST,
    NEAR,
    SEEDS,
    Candidates,
    block_keys,
    candidates,
    distinct_pairs,
    stand_in_keys,
)
from offers.matching.explaining import VETOES
from testing.examples import examples
from testing.sketching import NOWHERE, OTHER_SIRET, SIRET, records, sketches

KEYS = len(SEEDS) + 1
"""Of one sketch, at most."""
BOUND = 3 * NEAR * KEYS
"""Candidates per sketch, at most, where all blocks are large: its neighbours in each of its blocks by text, and
again within its SIRET and within its street."""
ONE_KEY = {"description": ""}
"""With one title, all sketches share one key and no other."""
ROW = st.fixed_dictionaries(
    {},
    optional={
        "title": st.sampled_from(["usinage", "accueil", ""]),
        "description": st.sampled_from(["tu suivras l equipe de l atelier", "accueil du public", ""]),
        "place": st.sampled_from(["35288", "35049", ""]),
        "town": st.sampled_from(["saint malo", "cancale", ""]),
        "siret": st.sampled_from([SIRET, OTHER_SIRET, ""]),
        "employer": st.sampled_from(["ateliers rivoire", "orme", ""]),
    },
)


def pairs(found: Candidates) -> list[tuple[int, int]]:
    return list(zip(found.a.tolist(), found.b.tolist(), strict=True))


def sharing(rows: np.ndarray, keys: np.ndarray) -> set[tuple[int, int]]:
    """Pairs of rows that share a key, one by one."""
    blocks: dict[int, set[int]] = {}
    for row, key in zip(rows.tolist(), keys.tolist(), strict=True):
        blocks.setdefault(key, set()).add(row)
    return {pair for block in blocks.values() for pair in combinations(sorted(block), 2)}


@examples(5)
@given(st.lists(ROW, max_size=10))
def test_every_pair_that_shares_a_key_is_made_once_the_smaller_position_first(rows):
    drawn = sketches(*rows)
    at, keys = block_keys(drawn)
    lost = (drawn["place"] == "").to_numpy()
    known, made = stand_in_keys(drawn)
    met = sharing(np.concatenate((at[lost[at]], known)), np.concatenate((keys[lost[at]], made)))
    expected = sharing(at, keys) | {(a, b) for a, b in met if lost[a] or lost[b]}
    assert pairs(candidates(drawn)) == sorted(expected)


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        ([3, 1, 1, 2], [1, 3, 3, 2], [(1, 3)]),
        ([5, 0], [4, 2], [(0, 2), (4, 5)]),
        ([], [], []),
    ],
)
def test_a_pair_is_one_whichever_comes_first_and_nothing_pairs_with_itself(a, b, expected):
    one, other = distinct_pairs(np.array(a, np.int64), np.array(b, np.int64))
    assert list(zip(one.tolist(), other.tolist(), strict=True)) == expected


def test_one_text_at_two_towns_is_no_pair():
    assert pairs(candidates(sketches({}, {"place": "35049", "town": "cancale"}))) == []


@pytest.mark.parametrize(
    ("placed", "lost"),
    [
        ({}, NOWHERE | {"town": "saint malo"}),
        ({"siret": SIRET}, NOWHERE | {"siret": SIRET}),
        ({}, NOWHERE),
    ],
)
def test_a_sketch_without_a_place_meets_one_with_a_place_by_town_siret_or_employer(placed, lost):
    assert pairs(candidates(sketches(placed, lost))) == [(0, 1)]
    assert pairs(candidates(sketches(lost, placed))) == [(0, 1)]


def test_that_a_third_has_no_place_makes_no_pair_of_two_towns():
    here, there = dict[str, str](), {"place": "35049"}
    assert pairs(candidates(sketches(here, there, NOWHERE | {"town": "saint malo"}))) == [(0, 2), (1, 2)]


def numbered(count: int, **same: str) -> list[dict[str, str]]:
    """Sketches of one block, in the order of their streets."""
    return [ONE_KEY | {"street": f"{n:04} rue x"} | same for n in range(count)]


def test_a_block_of_the_largest_size_is_compared_whole_and_one_more_is_split_and_counted():
    whole, split = (candidates(sketches(*numbered(count))) for count in (LARGEST, LARGEST + 1))
    assert len(whole.a) == LARGEST * (LARGEST - 1) // 2
    assert (whole.blocks, whole.split, whole.left_out) == (1, 0, 0)
    near = sum(LARGEST + 1 - step for step in range(1, NEAR + 1))
    assert len(split.a) == near
    assert (split.blocks, split.split, split.left_out) == (1, 1, (LARGEST + 1) * LARGEST // 2 - near)


def test_in_a_split_block_each_meets_its_neighbours_in_the_order_of_their_texts_wherever_they_stand():
    shuffled = np.random.default_rng(7).permutation(LARGEST + 50)
    rows = numbered(LARGEST + 50)
    found = set(pairs(candidates(sketches(*(rows[n] for n in shuffled)))))
    assert {tuple(sorted((shuffled[a], shuffled[b]))) for a, b in found} == {
        (n, n + step) for n in range(len(rows)) for step in range(1, NEAR + 1) if n + step < len(rows)
    }


@pytest.mark.parametrize(
    ("site", "met"),
    [({"siret": SIRET}, True), ({"street": "9999 rue z"}, True), ({"place": "35288"}, False)],
)
def test_in_a_split_block_two_of_one_siret_or_one_street_meet_however_far_their_texts_are_apart(site, met):
    first, last = 3, LARGEST + 7
    rows = [{"title": f"poste{n:04}", "siret": f"{n:014}", "street": f"{n} rue x"} for n in range(LARGEST + 50)]
    rows[first] |= site
    rows[last] |= site
    assert ((first, last) in pairs(candidates(sketches(*rows)))) == met


def test_a_siret_that_a_whole_large_block_has_is_split_too():
    rows = [{"title": f"poste{n:04}", "siret": SIRET} for n in range(2 * LARGEST)]
    found = candidates(sketches(*rows))
    assert len(found.a) <= NEAR * len(rows)


@examples(5)
@given(st.lists(ROW, min_size=2, max_size=12), st.integers(2, 4))
def test_splitting_only_leaves_out_and_says_how_many_at_most(rows, largest):
    drawn = sketches(*rows)
    whole, split = candidates(drawn), candidates(drawn, largest)
    assert set(pairs(split)) <= set(pairs(whole))
    assert len(pairs(whole)) - len(pairs(split)) <= split.left_out
    assert split.blocks == whole.blocks


def forbidden(rows: pd.DataFrame, offer: np.ndarray) -> list[str]:
    """The vetoes that hold between records of one offer."""
    linked = [pair for label in np.unique(offer) for pair in combinations(np.flatnonzero(offer == label), 2)]
    if not linked:
        return []
    a, b = (list(side) for side in zip(*linked, strict=True))
    rules = judge(rows.iloc[a], rows.iloc[b])["rule"]
    return sorted(set(rules) & VETOES)


def sites(count: int, **same: str | None) -> pd.DataFrame:
    """As many records of one text, each at its own site."""
    return records(*({"siret": f"{n:014}", "street": f"{n} rue des Forges"} | same for n in range(count)))


def twice(sites: int, **same: str | None) -> pd.DataFrame:
    """Records of so many sites, each of which two feeds deliver, of three jobs in turn."""
    jobs = ["Usinage", "Accueil", "Cuisine"]
    rows = [{"title": jobs[n % 3], "siret": f"{n:014}", "street": f"{n} rue des Forges"} | same for n in range(sites)]
    return records(*(row | {"feed": feed} for feed in ("orme/accueil", "rivoire/offres") for row in rows))


def test_ten_thousand_copies_of_one_row_are_one_sketch_and_no_pair():
    row = records({})
    copies = row.loc[row.index.repeat(10_000)].assign(reference=[f"r{n}" for n in range(10_000)])
    found = match(copies)
    assert (found.report["sketches"], found.report["candidates"]) == (1, 0)
    assert set(found.offer) == {0}


def test_one_text_at_thousands_of_sites_of_one_town_makes_pairs_in_proportion_and_links_none():
    counts = [1500, 3000]
    made = [match(sites(count)) for count in counts]
    for count, found in zip(counts, made, strict=True):
        assert found.report["candidates"] <= NEAR * count
        assert found.report["blocks_split"] == KEYS
        assert found.report["pairs_left_out"] > 0
        assert len(np.unique(found.offer)) == count
        assert found.pairs.empty


NO_PLACE = {"insee_code": None, "city": None, "department": None}
SITES = 500


@pytest.mark.parametrize(
    "rows",
    [
        twice(SITES, siret=SIRET, **NO_PLACE),
        twice(SITES, siret=None, **NO_PLACE),
        twice(SITES, description="Stage"),
        twice(SITES, siret=SIRET, description="Stage"),
    ],
    ids=["one siret and no places", "no places", "a description of one word", "one siret and one word"],
)
def test_hostile_feeds_make_pairs_in_proportion_and_link_what_is_one_offer_and_nothing_forbidden(rows):
    found = match(rows)
    assert found.report["blocks_split"] > 0
    assert found.report["candidates"] <= BOUND * len(rows)
    assert len(np.unique(found.offer)) == SITES
    assert forbidden(rows, found.offer) == []
