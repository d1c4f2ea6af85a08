"""An offer's id is minted once, survives changes and merges, and comes back on a split."""

from __future__ import annotations

from itertools import count

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from offers.matching.golden import offer_ids
from testing.examples import examples

FRESH = 900
"""The first of the ids that nobody has."""


def ids(*records: tuple[int, int, str]) -> list[int]:
    """The offers of records of (id, offer so far, cluster)."""
    frame = pd.DataFrame(records, columns=["id", "offer", "cluster"])
    frame["cluster"] = pd.factorize(frame["cluster"])[0]
    return offer_ids(frame.astype("int64"), count(FRESH)).tolist()


TABLE = {
    "a new record is an offer of its own": ([(1, 0, "x"), (2, 0, "y")], [1, 2]),
    "new records of one offer have the oldest's": ([(2, 0, "x"), (1, 0, "x"), (3, 0, "x")], [1, 1, 1]),
    "a new record of an offer that stands takes its id": ([(7, 7, "x"), (3, 0, "x")], [7, 7]),
    "nothing changed, nothing changes": ([(1, 1, "x"), (2, 1, "x"), (3, 3, "y")], [1, 1, 3]),
    "a merge keeps the oldest": ([(5, 5, "x"), (2, 2, "x"), (9, 9, "x")], [2, 2, 2]),
    "a split gives the id to the record it was minted for, and the other gets its own": (
        [(1, 1, "x"), (2, 1, "y")],
        [1, 2],
    ),
    "a split after a merge gives back": ([(1, 1, "x"), (4, 1, "y"), (5, 1, "y")], [1, 4, 4]),
    "an id stays though the record it was minted for is gone": ([(2, 1, "x"), (3, 1, "x")], [1, 1]),
    "without that record the most of its others keep it": ([(2, 1, "x"), (3, 1, "y"), (4, 1, "y")], [2, 1, 1]),
    "of as many the oldest keeps it": ([(3, 1, "x"), (2, 1, "y")], [3, 1]),
    "the record it was minted for outweighs most": ([(1, 1, "x"), (2, 1, "y"), (3, 1, "y")], [1, 2, 2]),
    "two halves of two offers that change places": ([(1, 1, "x"), (2, 2, "y"), (3, 1, "y"), (4, 2, "x")], [1, 2, 2, 1]),
    "an id that another offer has is not taken: a fresh one is": (
        [(3, 3, "z"), (5, 3, "y"), (7, 5, "x")],
        [3, FRESH, 5],
    ),
    "a record that returns finds its id in use and takes a fresh one": ([(1, 0, "x"), (2, 1, "y")], [FRESH, 1]),
}


@pytest.mark.parametrize(("records", "expected"), TABLE.values(), ids=TABLE)
def test_one_id_for_each_offer(records, expected):
    assert ids(*records) == expected
    assert ids(*records[::-1]) == expected[::-1]


def test_a_fresh_id_is_given_once():
    assert ids((1, 0, "x"), (2, 1, "y"), (3, 0, "z"), (4, 3, "v")) == [FRESH, 1, FRESH + 1, 3]


def test_no_records_have_no_ids():
    assert ids() == []


@st.composite
def worlds(draw):
    """Records with any offers before, whether theirs or not, and any clusters now."""
    known = draw(st.lists(st.integers(1, 30), unique=True, min_size=1, max_size=10))
    return [(id_, draw(st.sampled_from([0, 0, *known, 31, 32])), draw(st.sampled_from("vwxyz"))) for id_ in known]


@examples(7)
@given(worlds())
def test_all_records_of_a_cluster_have_one_id_and_no_two_clusters_share_one(records):
    offers = ids(*records)
    assert len(offers) == len(records)
    assert all(offers)
    clusters = {(cluster, offer) for (_, _, cluster), offer in zip(records, offers, strict=True)}
    assert len(clusters) == len({cluster for cluster, _ in clusters}) == len({offer for _, offer in clusters})


@examples(5)
@given(worlds())
def test_the_same_clusters_again_keep_their_ids_and_new_records_do_not_change_them(records):
    offers = ids(*records)
    again = [(id_, offer, cluster) for (id_, _, cluster), offer in zip(records, offers, strict=True)]
    assert ids(*again) == offers
    newer = [(40, 0, records[0][2]), (41, 0, "another")]
    assert ids(*again, *newer) == [*offers, offers[0], 41]


@examples(7)
@given(worlds())
def test_an_id_never_moves_to_a_cluster_that_had_none_of_its_records(records):
    had = {(cluster, offer) for _, offer, cluster in records if offer}
    used = {offer for _, offer, _ in records if offer}
    for (_, _, cluster), offer in zip(records, ids(*records), strict=True):
        assert offer not in used or (cluster, offer) in had


@examples(5)
@given(st.lists(st.lists(st.sampled_from("xyz"), min_size=3, max_size=3), min_size=1, max_size=4))
def test_offers_that_were_merged_in_any_way_have_their_first_ids_again_when_they_are_split(merges):
    first = "abc"
    now = [1, 1, 3, 3, 5, 5]
    assert ids(*((n, 0, first[(n - 1) // 2]) for n in range(1, 7))) == now
    for clusters in [*merges, first]:
        now = ids(*((n, offer, clusters[(n - 1) // 2]) for n, offer in enumerate(now, 1)))
    assert now == [1, 1, 3, 3, 5, 5]
