"""What waits for a person, what people decided, which decisions can stand together and which contradict each other."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pandas as pd
import pytest

from offers.errors import Declined
from offers.matching.comparison import PAIR_COLUMNS
from offers.matching.review import MOST, LinkDecision, answer_of, to_review, waiting, weigh


def shown(
    pairs: list[tuple[int, int, float]],
    offers: dict[int, int] | None = None,
    decided: list[tuple[int, int]] | None = None,
) -> list[tuple[int, int]]:
    """The pairs that wait, where each thing is its own offer unless `offers` says another."""
    frame = pd.DataFrame(pairs, columns=["a", "b", "score"])
    frame = frame.reindex(columns=list(PAIR_COLUMNS)).astype({"a": "int64", "b": "int64"})
    one, other = (frame[side].map(lambda at: (offers or {}).get(at, at)).to_numpy(np.int64) for side in ("a", "b"))
    said = None if decided is None else pd.DataFrame(decided, columns=["a", "b"])
    found = waiting(frame, one, other, said)
    assert tuple(found.columns) == PAIR_COLUMNS
    return list(zip(found["a"], found["b"], strict=True))


WAITS = {
    "the most alike first": ([(1, 2, 85.0), (3, 4, 95.0)], {}, None, [(3, 4), (1, 2)]),
    "of those that are as alike the smallest first": (
        [(5, 6, 85.0), (1, 2, 85.0), (1, 7, 85.0)],
        {},
        None,
        [(1, 2), (1, 7), (5, 6)],
    ),
    "not those of one offer": ([(1, 2, 85.0), (3, 4, 95.0)], {3: 3, 4: 3}, None, [(1, 2)]),
    "the best of each two offers": ([(1, 2, 85.0), (3, 4, 86.0)], {1: 10, 3: 10, 2: 20, 4: 20}, None, [(3, 4)]),
    "the best of each two offers whichever side is first": (
        [(1, 2, 85.0), (4, 3, 86.0)],
        {1: 10, 3: 10, 2: 20, 4: 20},
        None,
        [(4, 3)],
    ),
    "not what is decided": ([(1, 2, 85.0), (3, 4, 86.0)], {}, [(1, 2)], [(3, 4)]),
    "not what is decided the other way round": ([(1, 2, 85.0), (3, 4, 86.0)], {}, [(2, 1), (4, 9)], [(3, 4)]),
    "nothing decided": ([(1, 2, 85.0)], {}, [], [(1, 2)]),
    "all decided": ([(1, 2, 85.0)], {}, [(2, 1)], []),
    "all decided the other way round": ([(2, 1, 85.0)], {}, [(1, 2)], []),
    "nothing alike": ([], {}, [(2, 1)], []),
}


@pytest.mark.parametrize(("pairs", "offers", "decided", "expected"), WAITS.values(), ids=WAITS)
def test_what_waits(pairs, offers, decided, expected):
    assert shown(pairs, offers, decided) == expected


def test_an_offer_that_is_like_many_is_shown_with_the_few_most_alike():
    many = [(1, other, 80.0 + other / 10) for other in range(2, 12)]
    assert shown(many) == [(1, 11), (1, 10), (1, 9)][:MOST]
    assert shown([(other, 100, score) for _, other, score in many]) == [(11, 100), (10, 100), (9, 100)][:MOST]
    assert (50, 51) in shown([*many, (50, 51, 80.0)])


COLUMNS = ["a", "b", "score", "answer", "since", "offer_a", "offer_b"]
NOW, LAPSES = 1_000.0, 500.0


def alike(*rows: tuple[int, int, float, float, int, int]) -> pd.DataFrame:
    """Sketches a and b, score, since, and their offers."""
    return pd.DataFrame(
        [(a, b, score, "review", since, *offers) for a, b, score, since, *offers in rows], columns=COLUMNS
    )


def decided(*rows: tuple[int, int, bool, int, int]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["a", "b", "same", "offer_a", "offer_b"])


def told(frame: pd.DataFrame) -> list[tuple[int, int, str]]:
    return list(frame[["a", "b", "state"]].itertuples(index=False, name=None))


def test_the_most_alike_come_first():
    found = to_review(alike((1, 2, 81, NOW, 1, 2), (3, 4, 88, NOW, 3, 4)), decided(), LAPSES)
    assert told(found) == [(3, 4, "waiting"), (1, 2, "waiting")]


def test_what_is_decided_waits_no_longer_whichever_side_was_named_first():
    found = to_review(alike((1, 2, 81, NOW, 1, 2), (3, 4, 88, NOW, 3, 4)), decided((4, 3, True, 4, 3)), LAPSES)
    assert told(found) == [(1, 2, "waiting")]


def test_two_offers_told_apart_are_not_asked_about_again_by_other_records_of_theirs():
    both = alike((1, 2, 88, NOW, 10, 20), (3, 4, 85, NOW, 20, 10))
    assert told(to_review(both, decided((1, 2, False, 10, 20)), LAPSES)) == []


def test_of_two_offers_only_the_most_alike_records_are_asked_about():
    found = to_review(alike((1, 2, 85, NOW, 10, 20), (3, 4, 88, NOW, 20, 10)), decided(), LAPSES)
    assert told(found) == [(3, 4, "waiting")]


def test_what_nobody_decided_in_time_has_lapsed_and_comes_last():
    found = to_review(alike((1, 2, 95, 400, 1, 2), (3, 4, 81, NOW, 3, 4)), decided(), LAPSES)
    assert told(found) == [(3, 4, "waiting"), (1, 2, "lapsed")]


def test_two_offers_that_wait_by_new_records_have_not_lapsed_by_old_ones():
    found = to_review(alike((1, 2, 95, 400, 10, 20), (3, 4, 81, NOW, 20, 10)), decided(), LAPSES)
    assert told(found) == [(3, 4, "waiting")]


def test_nothing_waits_where_nothing_is_alike():
    assert told(to_review(alike(), decided(), LAPSES)) == []


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


@pytest.mark.parametrize(
    ("texts", "answer"),
    [
        (("même", "Meme", "MÊME", "same", "oui", " Même offre "), True),
        (("différent", "DIFFERENT", "Différents", "different", "non"), False),
        (("", "peut-être", "samedi", "m", "?"), None),
    ],
)
def test_one_offer_or_two_can_be_said_in_two_languages_and_any_case_and_other_words_are_no_answer(texts, answer):
    assert {answer_of(text) for text in texts} == {answer}
