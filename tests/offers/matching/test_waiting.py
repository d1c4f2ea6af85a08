"""What waits for a person: alike, not one offer, not decided; the best pair of each two offers, and few of each."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from offers.matching.comparison import PAIR_COLUMNS
from offers.matching.review import MOST, waiting


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


@pytest.mark.parametrize(
    ("pairs", "offers", "decided", "expected"),
    [
        ([(1, 2, 85.0), (3, 4, 95.0)], {}, None, [(3, 4), (1, 2)]),
        ([(5, 6, 85.0), (1, 2, 85.0), (1, 7, 85.0)], {}, None, [(1, 2), (1, 7), (5, 6)]),
        ([(1, 2, 85.0), (3, 4, 95.0)], {3: 3, 4: 3}, None, [(1, 2)]),
        ([(1, 2, 85.0), (3, 4, 86.0)], {1: 10, 3: 10, 2: 20, 4: 20}, None, [(3, 4)]),
        ([(1, 2, 85.0), (4, 3, 86.0)], {1: 10, 3: 10, 2: 20, 4: 20}, None, [(4, 3)]),
        ([(1, 2, 85.0), (3, 4, 86.0)], {}, [(1, 2)], [(3, 4)]),
        ([(1, 2, 85.0), (3, 4, 86.0)], {}, [(2, 1), (4, 9)], [(3, 4)]),
        ([(1, 2, 85.0)], {}, [], [(1, 2)]),
        ([(1, 2, 85.0)], {}, [(2, 1)], []),
        ([(2, 1, 85.0)], {}, [(1, 2)], []),
        ([], {}, [(2, 1)], []),
    ],
    ids=[
        "the most alike first",
        "of those that are as alike the smallest first",
        "not those of one offer",
        "the best of each two offers",
        "the best of each two offers whichever side is first",
        "not what is decided",
        "not what is decided the other way round",
        "nothing decided",
        "all decided",
        "all decided the other way round",
        "nothing alike",
    ],
)
def test_what_waits(pairs, offers, decided, expected):
    assert shown(pairs, offers, decided) == expected


def test_an_offer_that_is_like_many_is_shown_with_the_few_most_alike():
    many = [(1, other, 80.0 + other / 10) for other in range(2, 12)]
    assert shown(many) == [(1, 11), (1, 10), (1, 9)][:MOST]
    assert shown([(other, 100, score) for _, other, score in many]) == [(11, 100), (10, 100), (9, 100)][:MOST]
    assert (50, 51) in shown([*many, (50, 51, 80.0)])
