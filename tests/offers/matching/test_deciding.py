"""Decisions that can stand together, and those that contradict each other."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from offers.errors import Declined
from offers.matching.review import LinkDecision, answer_of, weigh

AT = datetime(2026, 3, 3, 9, tzinfo=UTC)


def said(one: str, other: str, same: bool) -> LinkDecision:
    """A decision on two records, each named by its feed and reference in two letters: `a1`."""
    return LinkDecision.of((one[0], one[1]), (other[0], other[1]), same, "anne", "seen", AT)


def same(one: str, other: str) -> LinkDecision:
    return said(one, other, True)


def different(one: str, other: str) -> LinkDecision:
    return said(one, other, False)


def refused(known: list[LinkDecision], new: list[LinkDecision], **sketch: int) -> list[str]:
    """The sentences of those that are refused."""
    return [one.sentence for one in weigh(known, new, {(key[0], key[1]): n for key, n in sketch.items()})[1]]


def test_the_keys_of_a_pair_are_in_order_whichever_was_named_first():
    assert same("b1", "a1").pair == (("a", "1"), ("b", "1"))
    with pytest.raises(Declined, match="no pair with itself"):
        same("a1", "a1")


def test_what_contradicts_nothing_stands():
    new = [same("a1", "b1"), different("b1", "c1"), different("a1", "d1")]
    assert weigh([same("a1", "e1")], new, {}) == (new, [])


def test_two_records_that_are_one_offer_through_others_cannot_be_two():
    (sentence,) = refused([same("a1", "b1"), same("b1", "c1")], [different("a1", "c1")])
    by_anne = "(decided by anne on 2026-03-03, because « seen »)"
    assert sentence == (
        f"a:1 and c:1 cannot be two offers as long as a:1 and b:1 are one offer {by_anne}; b:1 and c:1 are one offer "
        f"{by_anne}. Decide that anew first."
    )


def test_two_records_that_others_hold_apart_cannot_be_one():
    (sentence,) = refused([same("a1", "b1"), different("b1", "c1"), same("c1", "d1")], [same("a1", "d1")])
    assert "b:1 and c:1 are two offers" in sentence
    assert sentence.startswith("a:1 and d:1 cannot be one offer as long as a:1 and b:1 are one offer")


def test_a_new_decision_on_the_same_two_records_takes_the_place_of_the_old_one():
    assert refused([same("a1", "b1")], [different("a1", "b1")]) == []
    assert refused([different("a1", "b1")], [same("a1", "b1")]) == []


def test_of_new_decisions_that_contradict_each_other_the_first_stands():
    taken, refusals = weigh([], [same("a1", "b1"), same("b1", "c1"), different("a1", "c1")], {})
    assert ([one.pair for one in taken], len(refusals)) == ([(("a", "1"), ("b", "1")), (("b", "1"), ("c", "1"))], 1)


def test_a_refused_decision_leaves_the_one_that_it_would_replace_in_force():
    known = [same("a1", "b1"), same("b1", "c1"), different("c1", "d1")]
    taken, refusals = weigh(known, [same("a1", "d1"), different("a1", "c1")], {})
    assert taken == []
    assert len(refusals) == 2


def test_twins_are_one_thing_until_a_person_tells_them_apart():
    assert len(refused([same("a1", "b1")], [different("a2", "b1")], a1=7, a2=7, b1=9)) == 1
    assert refused([same("a1", "b1"), different("a1", "a2")], [different("a2", "b1")], a1=7, a2=7, b1=9) == []
    assert refused([], [different("a1", "a2")], a1=7, a2=7) == []


@pytest.mark.parametrize("text", ["même", "Meme", "MÊME", "same", "oui", " Même offre "])
def test_one_offer_can_be_said_in_two_languages_and_any_case(text):
    assert answer_of(text) is True


@pytest.mark.parametrize("text", ["différent", "DIFFERENT", "Différents", "different", "non"])
def test_two_offers_can_be_said_in_two_languages_and_any_case(text):
    assert answer_of(text) is False


@pytest.mark.parametrize("text", ["", "peut-être", "samedi", "m", "?"])
def test_other_words_are_no_answer(text):
    assert answer_of(text) is None
