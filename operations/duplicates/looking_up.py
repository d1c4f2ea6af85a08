"""Records and offers by what people call them, `feed:reference` or the id of an offer; and what became of an offer."""

from __future__ import annotations

from collections.abc import Collection
from itertools import product
from typing import Any

import numpy as np
import pandas as pd

from offers.errors import Declined
from offers.matching.comparison import Answer
from offers.matching.explaining import compared
from offers.matching.review import Key, shown
from offers.text import listed, nearest
from story.dock import Dock

MOST = 40
"""Records of an offer that are looked through for the pair that is most alike."""
_NOTHING = "Nothing was changed."


def the_pair(dock: Dock, one: str, other: str) -> tuple[Key, Key]:
    """The two records that two words name. Raises Declined where one names nothing, or both the same."""
    left, right = named(dock, one), named(dock, other)
    if len(left) == len(right) == 1:
        if left == right:
            raise Declined(f"{one} and {other} are one record, {shown(left[0])}. Name two. Nothing was changed.")
        return left[0], right[0]
    pairs = [(a, b) for a, b in product(left[:MOST], right[:MOST]) if a != b]
    if set(left) & set(right):
        raise Declined(
            f"{one} and {other} are one offer already, of the records {listed(map(shown, left), 10)}. Name two of them."
        )
    sketches = dock.store.matching.sketched_anew(sorted({*left[:MOST], *right[:MOST]}))
    a, b = (sketches.index.get_indexer(pd.MultiIndex.from_tuples([pair[n] for pair in pairs])) for n in (0, 1))
    found = compared(sketches, a, b)
    best = np.lexsort((-found["score"].to_numpy(), found["answer"].to_numpy() == Answer.DISTINCT.value))[0]
    return pairs[int(best)]


def named(dock: Dock, word: str) -> list[Key]:
    """The records that `feed:reference` or an offer's id names. Raises Declined where there is none."""
    if word.isdecimal():
        _, keys = dock.store.matching.records_of(int(word)) if len(word) < 19 else (0, [])
        if not keys:
            raise Declined(f"no offer {word}. Name an offer by its id, or a record as feed:reference. {_NOTHING}")
        return keys
    feed, colon, reference = word.partition(":")
    if not colon:
        raise Declined(
            f"« {word} » names no record: expected feed:reference, e.g. laposte/offres:STG-1, or the id of an offer. "
            f"`quai duplicates list` shows them. {_NOTHING}"
        )
    unknown = unknown_record(dock, [(feed, reference)])
    if unknown:
        raise Declined(*unknown.values())
    return [(feed, reference)]


def unknown_record(dock: Dock, keys: Collection[Key]) -> dict[Key, str]:
    """For each of these records that was never seen, the sentence that says so."""
    known = dock.store.matching.records(keys)
    unknown = [key for key in keys if key not in known]
    feeds = dock.store.ledger.feeds() if unknown else []
    said: dict[Key, str] = {}
    for feed, reference in unknown:
        if feed in feeds:
            sentence = f"{feed} never had a record « {reference} ». "
            sentence += "Look it up in the partner's file: case and zeros count."
        else:
            near = nearest(feed, feeds)
            meant = f"Did you mean {near}?" if near else f"There are: {listed(feeds)}."
            sentence = f"« {feed} » is no feed that ever delivered. {meant}"
        said[feed, reference] = sentence
    return said


def known_offer(dock: Dock, word: str) -> int:
    """The id that an offer has now; of one that has no record any more, its own.

    `word` is an offer's id, also one that was merged away, or feed:reference. Raises Declined where it names nothing.
    """
    if word.isdecimal() and len(word) < 19:
        offer, _ = dock.store.matching.records_of(int(word))
    else:
        keys = named(dock, word)
        offer = dock.store.matching.records(keys[:1])[keys[0]]["offer"]
    if not dock.store.matching.is_known(offer):
        raise Declined(f"there never was an offer {word}. Name an offer by its id, or a record as feed:reference.")
    return offer


def offer_history(dock: Dock, word: str) -> dict[str, Any]:
    """The offer, its records now and before, and its events, newest first; JSON-ready. `word` as of `known_offer`."""
    found = dock.store.matching.history(known_offer(dock, word))
    if found is None:
        raise AssertionError(f"offer {word} was known a moment ago, and no offer is ever forgotten")
    return {"asked": word, **found}
