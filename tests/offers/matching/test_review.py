"""Which pairs wait for a person."""

from __future__ import annotations

import pandas as pd

from offers.matching.review import to_review

COLUMNS = ["a", "b", "score", "answer", "since", "offer_a", "offer_b"]
NOW, LAPSES = 1_000.0, 500.0


def pairs(*rows: tuple[int, int, float, float, int, int]) -> pd.DataFrame:
    """Sketches a and b, score, since, and their offers."""
    return pd.DataFrame(
        [(a, b, score, "review", since, *offers) for a, b, score, since, *offers in rows], columns=COLUMNS
    )


def decided(*rows: tuple[int, int, bool, int, int]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["a", "b", "same", "offer_a", "offer_b"])


def shown(frame: pd.DataFrame) -> list[tuple[int, int, str]]:
    return list(frame[["a", "b", "state"]].itertuples(index=False, name=None))


def test_the_most_alike_come_first():
    found = to_review(pairs((1, 2, 81, NOW, 1, 2), (3, 4, 88, NOW, 3, 4)), decided(), LAPSES)
    assert shown(found) == [(3, 4, "waiting"), (1, 2, "waiting")]


def test_what_is_decided_waits_no_longer_whichever_side_was_named_first():
    found = to_review(pairs((1, 2, 81, NOW, 1, 2), (3, 4, 88, NOW, 3, 4)), decided((4, 3, True, 4, 3)), LAPSES)
    assert shown(found) == [(1, 2, "waiting")]


def test_two_offers_told_apart_are_not_asked_about_again_by_other_records_of_theirs():
    both = pairs((1, 2, 88, NOW, 10, 20), (3, 4, 85, NOW, 20, 10))
    assert shown(to_review(both, decided((1, 2, False, 10, 20)), LAPSES)) == []


def test_of_two_offers_only_the_most_alike_records_are_asked_about():
    found = to_review(pairs((1, 2, 85, NOW, 10, 20), (3, 4, 88, NOW, 20, 10)), decided(), LAPSES)
    assert shown(found) == [(3, 4, "waiting")]


def test_what_nobody_decided_in_time_has_lapsed_and_comes_last():
    found = to_review(pairs((1, 2, 95, 400, 1, 2), (3, 4, 81, NOW, 3, 4)), decided(), LAPSES)
    assert shown(found) == [(3, 4, "waiting"), (1, 2, "lapsed")]


def test_two_offers_that_wait_by_new_records_have_not_lapsed_by_old_ones():
    found = to_review(pairs((1, 2, 95, 400, 10, 20), (3, 4, 81, NOW, 20, 10)), decided(), LAPSES)
    assert shown(found) == [(3, 4, "waiting")]


def test_nothing_waits_where_nothing_is_alike():
    assert shown(to_review(pairs(), decided(), LAPSES)) == []
