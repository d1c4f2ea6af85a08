"""What people call records by: `feed:reference`, or the id of an offer."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import product
from typing import Any

import numpy as np
import pandas as pd

from offers.errors import Declined
from offers.matching.comparison import Answer
from offers.matching.explaining import compared
from offers.matching.review import Key, shown
from offers.text import listed, nearest
from warehouse.matching import review as reviewing
from warehouse.matching.rebuild import sketched_anew

MOST = 40
"""Records of an offer that are looked through for the pair that is most alike."""
_NOTHING = "Nothing was changed."


def the_pair(connection: Any, one: str, other: str) -> tuple[Key, Key]:
    """The two records that two words name. Raises Declined where one names nothing, or both the same."""
    left, right = named(connection, one), named(connection, other)
    if len(left) == len(right) == 1:
        if left == right:
            raise Declined(f"{one} and {other} are one record, {shown(left[0])}. Name two. Nothing was changed.")
        return left[0], right[0]
    pairs = [(a, b) for a, b in product(left[:MOST], right[:MOST]) if a != b]
    if set(left) & set(right):
        raise Declined(
            f"{one} and {other} are one offer already, of the records {listed(map(shown, left), 10)}. Name two of them."
        )
    sketches = sketched_anew(connection, sorted({*left[:MOST], *right[:MOST]}))
    a, b = (sketches.index.get_indexer(pd.MultiIndex.from_tuples([pair[n] for pair in pairs])) for n in (0, 1))
    found = compared(sketches, a, b)
    best = np.lexsort((-found["score"].to_numpy(), found["answer"].to_numpy() == Answer.DISTINCT.value))[0]
    return pairs[int(best)]


def named(connection: Any, word: str) -> list[Key]:
    """The records that `feed:reference` or an offer's id names. Raises Declined where there is none."""
    if word.isdecimal():
        _, keys = reviewing.keys_of_offer(connection, int(word)) if len(word) < 19 else (0, [])
        if not keys:
            raise Declined(f"no offer {word}. Name an offer by its id, or a record as feed:reference. {_NOTHING}")
        return keys
    feed, colon, reference = word.partition(":")
    if not colon:
        raise Declined(
            f"« {word} » names no record: expected feed:reference, e.g. laposte/offres:STG-1, or the id of an offer. "
            f"`quai duplicates list` shows them. {_NOTHING}"
        )
    if not reviewing.records(connection, [(feed, reference)]):
        raise Declined(_unknown(feed, reference, reviewing.feeds(connection)))
    return [(feed, reference)]


def unknown_record(connection: Any, keys: Iterable[Key]) -> dict[Key, str]:
    """For each of these records that was never seen, the sentence that says so."""
    keys = list(keys)
    known, feeds = reviewing.records(connection, keys), reviewing.feeds(connection)
    return {key: _unknown(*key, feeds) for key in keys if key not in known}


def _unknown(feed: str, reference: str, feeds: list[str]) -> str:
    if feed in feeds:
        return f"{feed} never had a record « {reference} ». Look it up in the partner's file: case and zeros count."
    near = nearest(feed, feeds)
    meant = f" Did you mean {near}?" if near else f" There are: {listed(feeds)}."
    return f"« {feed} » is no feed that ever delivered.{meant}"
