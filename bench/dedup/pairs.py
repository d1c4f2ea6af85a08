"""Pairs of records within groups: counted, drawn or united by label, without a Python loop over records."""

from __future__ import annotations

import numpy as np
import pandas as pd

Pairs = tuple[np.ndarray, np.ndarray]
CHUNK = 2_000_000
"""Candidates that are looked up at once; bounds the memory of a million records' candidates."""


def distinct(left: np.ndarray, right: np.ndarray) -> Pairs:
    """The pairs, each once, the lesser number first."""
    low, high = np.minimum(left, right).astype("int64"), np.maximum(left, right).astype("int64")
    base = int(high.max(initial=0)) + 1
    key = np.unique(low * base + high)
    return key // base, key % base


def covered(truth: np.ndarray, twin: np.ndarray, left: np.ndarray, right: np.ndarray) -> int:
    """How many true pairs lie in one twin class, or in two whose pair is among the candidates (positions)."""
    groups = pd.DataFrame({"twin": twin, "truth": truth}).groupby(["twin", "truth"]).size()
    table = groups.rename("count").reset_index()
    count = table["count"].to_numpy("int64")
    inside = int((count * (count - 1) // 2).sum())
    low, high = distinct(twin[left], twin[right])
    for start in range(0, len(low), CHUNK):
        part = slice(start, start + CHUNK)
        pairs = pd.DataFrame({"low": low[part], "high": high[part]})
        pairs = pairs[pairs["low"] != pairs["high"]]
        met = pairs.merge(table, left_on="low", right_on="twin")
        met = met.merge(table, left_on=["high", "truth"], right_on=["twin", "truth"])
        inside += int((met["count_x"] * met["count_y"]).sum())
    return inside


def united(labels: np.ndarray, left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """The labels (dense, from 0) after the groups of these pairs of records were made one each."""
    made: np.ndarray = components(int(labels.max(initial=-1)) + 1, labels[left], labels[right])[labels]
    return made


def components(count: int, left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """For each of `count` nodes the least node that these pairs connect it with."""
    parent = np.arange(count)
    while len(left):
        low, high = parent[left], parent[right]
        open_ = low != high
        left, right, low, high = left[open_], right[open_], low[open_], high[open_]
        np.minimum.at(parent, np.maximum(low, high), np.minimum(low, high))
        while ((further := parent[parent]) != parent).any():
            parent = further
    return parent


def among(offer: np.ndarray, truth: np.ndarray, limit: int) -> Pairs:
    """The pairs of records (positions) of one offer but two truths: all, or a sample where they may be over `limit`."""
    order = np.lexsort((truth, offer))
    label, real = offer[order], truth[order]
    start = np.searchsorted(label, label)
    mixed = np.maximum.reduceat(real, np.unique(start)) != np.minimum.reduceat(real, np.unique(start))
    impure = np.repeat(mixed, np.unique(label, return_counts=True)[1])
    place = np.arange(len(label)) - start
    earlier = np.where(impure, place, 0)  # each record is paired with those before it in its group
    total = int(earlier.sum())
    if total <= limit:
        later = np.repeat(np.arange(len(label)), earlier)
        offset = np.arange(total) - np.repeat(np.cumsum(earlier) - earlier, earlier)
    else:
        rng = np.random.default_rng(0)
        ends = np.cumsum(earlier)
        later = np.searchsorted(ends, rng.integers(total, size=limit), side="right")
        offset = (rng.random(limit) * earlier[later]).astype("int64")
    left, right = order[start[later] + offset], order[later]
    false = truth[left] != truth[right]
    return left[false], right[false]
