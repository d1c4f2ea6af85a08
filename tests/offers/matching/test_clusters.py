"""Which sketches go together, in whatever order they come: never two sites, unless a person says so."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from offers.matching.clusters import Clustered, cluster
from offers.matching.comparison import streets_apart
from testing.examples import examples
from testing.sketching import BOTH_WEEKS, OTHER_SIRET, SIRET, WEEK_1, WEEK_2, sketches

HERE, THERE = {"siret": SIRET}, {"siret": OTHER_SIRET}
FORGES, QUAIS = {"street": "12 rue forges"}, {"street": "3 quai duguay trouin"}
WEAK: dict[str, str] = {}
"""A sketch that says its weeks and neither its SIRET nor its street."""
SAME, APART = True, False


def found(
    rows: list[dict[str, str]],
    pairs: list[tuple[int, int, float]],
    decisions: list[tuple[int, int, bool]] | None = None,
    ids: list[int] | None = None,
) -> Clustered:
    judged = pd.DataFrame(pairs, columns=["a", "b", "score"]).assign(answer="same").astype({"a": int, "b": int})
    said = None if decisions is None else pd.DataFrame(decisions, columns=["a", "b", "same"])
    return cluster(sketches(*rows, ids=ids), judged, said)


def together(*arguments, **more) -> list[list[int]]:
    """The clusters of two and more, as positions."""
    label = found(*arguments, **more).label
    return [members for at in np.unique(label) if len(members := np.flatnonzero(label == at).tolist()) > 1]


def all_pairs(count: int, score: float = 95.0) -> list[tuple[int, int, float]]:
    return [(a, b, score) for a, b in combinations(range(count), 2)]


def test_the_label_is_the_smallest_position_of_the_cluster_and_who_has_no_pair_is_alone():
    label = found([HERE, THERE, HERE, HERE], [(3, 2, 95.0)]).label
    assert label.tolist() == [0, 1, 2, 2]


def test_pairs_that_wait_for_a_person_link_nothing():
    judged = pd.DataFrame({"a": [0], "b": [1], "score": [99.0], "answer": ["review"]})
    assert cluster(sketches(HERE, HERE), judged).label.tolist() == [0, 1]


def test_no_sketches_have_no_clusters():
    assert (found([], []).label.tolist(), found([], []).ambiguous.tolist()) == ([], [])


@pytest.mark.parametrize(
    ("one", "between", "other"),
    [
        (HERE, FORGES, THERE),
        (HERE, HERE | {"place": ""}, HERE | {"place": "35049"}),
        (HERE | {"place": ""}, HERE | {"department": ""}, HERE | {"place": "", "department": "22"}),
        (FORGES, HERE, QUAIS),
        (FORGES, HERE, {"street": "14 rue forges"}),
    ],
)
def test_two_that_conflict_are_not_brought_together_by_a_third_that_fits_both(one, between, other):
    assert together([one, between, other], [(0, 1, 99.0), (1, 2, 95.0)]) == [[0, 1]]
    assert together([one, between, other], [(0, 1, 95.0), (1, 2, 99.0)]) == [[1, 2]]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (HERE, THERE),
        (HERE, HERE | {"place": "35049"}),
        (HERE | {"place": ""}, HERE | {"place": "", "department": "22"}),
        (HERE | {"weeks": WEEK_1}, HERE | {"weeks": WEEK_2}),
        (HERE | {"weeks": WEEK_1}, HERE | {"weeks": BOTH_WEEKS}),
        (FORGES, QUAIS),
        (HERE | FORGES, HERE | QUAIS),
    ],
)
def test_two_that_conflict_are_not_one_though_a_pair_says_so(one, other):
    assert together([one, other], [(0, 1, 99.0)]) == []


def test_the_better_pair_goes_first_and_of_two_that_are_alike_the_one_of_smaller_ids():
    between = {"siret": "", "street": "12 rue forges"}
    rows = [HERE, between, THERE]
    assert together(rows, [(0, 1, 95.0), (1, 2, 97.0)]) == [[1, 2]]
    assert together(rows, [(0, 1, 97.0), (1, 2, 95.0)]) == [[0, 1]]
    assert together(rows, [(0, 1, 95.0), (1, 2, 95.0)], ids=[10, 20, 30]) == [[0, 1]]
    assert together(rows, [(0, 1, 95.0), (1, 2, 95.0)], ids=[30, 20, 10]) == [[1, 2]]
    assert together(rows, [(0, 1, 95.0), (1, 2, 95.0001)], ids=[10, 20, 30]) == [[0, 1]]


def test_two_spellings_of_one_street_are_no_conflict():
    assert together([FORGES, {"street": "rue forges"}], [(0, 1, 95.0)]) == [[0, 1]]


@pytest.mark.parametrize("weak", [WEAK, HERE | {"weeks": ""}, {"weeks": ""}])
def test_a_sketch_that_does_not_say_its_site_or_its_weeks_joins_the_one_that_it_fits_and_neither_of_two(weak):
    weeks = [WEEK_1, WEEK_2] if weak.get("weeks") == "" else [BOTH_WEEKS, BOTH_WEEKS]
    sites = [HERE, HERE] if weak.get("weeks") == "" else [HERE, THERE]
    one, other = ({**site, "weeks": week} for site, week in zip(sites, weeks, strict=True))
    assert together([one, weak], [(0, 1, 95.0)]) == [[0, 1]]
    torn = [one, weak, other], [(0, 1, 99.0), (1, 2, 91.0)]
    assert together(*torn) == []
    assert found(*torn).ambiguous.tolist() == [1]


def test_a_sketch_without_a_site_that_fits_two_of_one_offer_joins_it():
    assert together([HERE, HERE, WEAK], all_pairs(3)) == [[0, 1, 2]]


def test_two_without_a_site_go_together_and_with_the_one_site_that_one_of_them_fits():
    assert together([WEAK, WEAK], [(0, 1, 95.0)]) == [[0, 1]]
    assert together([WEAK, WEAK, HERE], [(0, 1, 95.0), (1, 2, 95.0)]) == [[0, 1, 2]]


def test_one_that_fits_two_sites_does_not_come_to_either_through_another_without_a_site():
    rows = [HERE, WEAK, WEAK, THERE]
    pairs = [(0, 1, 99.0), (1, 3, 98.0), (1, 2, 97.0), (0, 2, 96.0)]
    assert together(rows, pairs) == [[0, 2]]


def test_a_person_s_same_outranks_every_conflict_and_needs_no_pair():
    assert together([HERE, THERE | {"place": "22113", "weeks": WEEK_1}], [], [(0, 1, SAME)]) == [[0, 1]]


def test_a_person_s_different_bars_the_union_also_through_a_third():
    rows = [HERE, HERE, HERE]
    assert together(rows, all_pairs(3), []) == [[0, 1, 2]]
    assert together(rows, [(0, 1, 99.0), (1, 2, 95.0)], [(0, 2, APART)]) == [[0, 1]]
    assert together(rows, [(0, 1, 95.0), (1, 2, 99.0)], [(2, 0, APART)]) == [[1, 2]]


def test_different_holds_for_all_that_is_linked_to_either():
    rows = [HERE, HERE, HERE, HERE]
    assert together(rows, [(0, 1, 99.0), (2, 3, 98.0), (0, 2, 97.0)], [(1, 3, APART)]) == [[0, 1], [2, 3]]


def test_different_holds_for_all_that_a_person_put_together():
    rows = [HERE, HERE, HERE, HERE]
    said = [(0, 1, SAME), (1, 2, APART)]
    assert together(rows, [(0, 2, 99.0), (2, 3, 95.0), (0, 3, 91.0)], said) == [[0, 1], [2, 3]]


def test_others_of_an_offer_that_a_person_mixed_are_still_looked_at_each_by_its_own_pair():
    third = {"siret": "55210055400013"}
    rows = [HERE, THERE, HERE, THERE, third]
    pairs = [(0, 2, 95.0), (1, 3, 95.0), (0, 4, 95.0)]
    assert together(rows, pairs, [(0, 1, SAME)]) == [[0, 1, 2, 3]]


def test_a_decision_that_mixes_nothing_leaves_the_whole_offer_guarded():
    between = {"street": "12 rue forges"}
    rows = [HERE, between, THERE]
    assert together(rows, [(1, 2, 99.0)], [(0, 1, SAME)]) == [[0, 1]]


ROW_A, ROW_B = HERE | {"own_row": "a"}, HERE | {"own_row": "b"}


def test_rows_of_a_feed_that_keeps_them_apart_do_not_meet_even_through_another_feed():
    other = HERE | {"feed": "orme/accueil"}
    assert together([ROW_A, ROW_B], [(0, 1, 99.0)]) == []
    assert together([ROW_A, other, ROW_B], [(0, 1, 99.0), (1, 2, 95.0)]) == [[0, 1]]
    assert together([other, ROW_A, ROW_B], [(0, 1, 99.0), (0, 2, 95.0)]) == [[0, 1]]
    assert together([ROW_A, ROW_B | {"feed": "orme/accueil"}], [(0, 1, 99.0)]) == [[0, 1]]


def test_a_person_may_hold_rows_kept_apart_to_be_one():
    assert together([ROW_A, ROW_B], [], [(0, 1, SAME)]) == [[0, 1]]


ROWS = st.fixed_dictionaries(
    {},
    optional={
        "feed": st.sampled_from(["rivoire/offres", "orme/accueil"]),
        "siret": st.sampled_from([SIRET, OTHER_SIRET]),
        "place": st.sampled_from(["35288", "35049", ""]),
        "department": st.sampled_from(["35", "22", ""]),
        "street": st.sampled_from(["12 rue forges", "rue forges", "14 rue forges", "3 quai duguay trouin"]),
        "weeks": st.sampled_from([WEEK_1, WEEK_2, BOTH_WEEKS, ""]),
        "own_row": st.sampled_from(["", "", "a", "b"]),
    },
)


@st.composite
def worlds(draw, decided: bool = False):
    """Sketches, pairs of them held to be the same, and what people decided: some to be the same, none to be not."""
    rows = draw(st.lists(ROWS, min_size=2, max_size=9))
    one = st.sampled_from(list(combinations(range(len(rows)), 2)))
    chosen = draw(st.lists(one, unique=True, max_size=16))
    scores = st.sampled_from([91.0, 95.0, 95.00001, 99.0])
    pairs = [(*pair, draw(scores)) for pair in chosen]
    same = draw(st.lists(one, unique=True, max_size=2 if decided else 0))
    return rows, pairs, [(*pair, SAME) for pair in same]


def parted(rows, pairs, said, order) -> set[frozenset[int]]:
    """The clusters, where the sketches come in this order and keep the ids that they had before."""
    position = {row: at for at, row in enumerate(order)}
    label = found(
        [rows[row] for row in order],
        [(position[a], position[b], score) for a, b, score in pairs],
        [(position[a], position[b], same) for a, b, same in said],
        ids=[100 + row for row in order],
    ).label
    return {frozenset(np.array(order)[label == at].tolist()) for at in np.unique(label)}


@examples(12)
@given(worlds(decided=True), st.randoms(use_true_random=False))
def test_the_clusters_do_not_depend_on_the_order_of_sketches_or_of_pairs_or_of_their_sides(world, random):
    rows, pairs, said = world
    order = list(range(len(rows)))
    before = parted(rows, pairs, said, order)
    random.shuffle(order)
    turned = [(b, a, score) if random.random() < 0.5 else (a, b, score) for a, b, score in pairs]
    random.shuffle(turned)
    assert parted(rows, turned, [(b, a, same) for a, b, same in said], order) == before


def conflicts(one: pd.Series, other: pd.Series) -> list[str]:
    """What forbids that these two are one offer."""
    known = [
        name
        for name in ("siret", "place", "department", "weeks")
        if one[name] and other[name] and one[name] != other[name]
    ]
    if one["street"] and other["street"] and streets_apart(one["street"], other["street"]):
        known.append("street")
    if one["feed"] == other["feed"] and one["own_row"] and other["own_row"]:
        known.append("own_row")
    return known


@examples(12)
@given(worlds(decided=True))
def test_no_cluster_has_two_sites_towns_weeks_or_kept_rows_unless_a_person_decided(world):
    rows, pairs, said = world
    drawn = sketches(*rows)
    decided = {frozenset((a, b)) for a, b, _ in said}
    for members in together(rows, pairs, said):
        if any(pair <= set(members) for pair in decided):
            continue
        for a, b in combinations(members, 2):
            assert conflicts(drawn.iloc[a], drawn.iloc[b]) == []


@examples(12)
@given(worlds(decided=True))
def test_all_that_a_person_held_to_be_the_same_are_together_and_who_is_together_was_held_to_be_alike(world):
    rows, pairs, said = world
    label = found(rows, pairs, said).label
    assert all(label[a] == label[b] for a, b, _ in said)
    reached = np.arange(len(rows))
    for _ in rows:
        for a, b, *_ in (*pairs, *said):
            reached[[a, b]] = min(reached[a], reached[b])
    assert all(reached[at] == reached[label[at]] for at in range(len(rows)))


@examples(12)
@given(worlds(), st.data())
def test_two_that_a_person_held_to_be_different_are_never_together(world, data):
    rows, pairs, _ = world
    apart = data.draw(st.lists(st.sampled_from(list(combinations(range(len(rows)), 2))), unique=True, max_size=4))
    label = found(rows, pairs, [(*pair, APART) for pair in apart]).label
    assert all(label[a] != label[b] for a, b in apart)
