"""Figures of a partition against the truth. Pairs are counted by groups, never listed, but for the false ones."""

from __future__ import annotations

import numpy as np
import pandas as pd

from bench.dedup.figures import NEGATIVES, SIZES, Figures
from bench.dedup.pairs import Pairs, among, covered, distinct, united

__all__ = ["NEGATIVES", "Figures", "evaluate", "negative_of"]


def evaluate(
    records: pd.DataFrame,
    offer: np.ndarray,
    review_pairs: Pairs,
    candidates: Pairs,
    twin: np.ndarray | None = None,
    *,
    limit: int = 500_000,
) -> Figures:
    """Figures of `offer` (int per record) against `records.truth`.

    `review_pairs` and `candidates`: two arrays of positions each. `twin`: label of the class of identical records that
    were collapsed before blocking; a true pair is covered where its twins are equal or their classes are among the
    candidates. False links are sampled where they are more than `limit`.
    """
    truth = np.unique(records["truth"].to_numpy(), return_inverse=True)[1]
    offer = np.unique(offer, return_inverse=True)[1]
    twin = np.arange(len(truth)) if twin is None else np.unique(twin, return_inverse=True)[1]
    same, linked, right = _pairs(truth), _pairs(offer), _pairs(truth, offer)
    review = distinct(*review_pairs)
    yes = truth[review[0]] == truth[review[1]]
    reviewed = united(offer, review[0][yes], review[1][yes])
    return Figures(
        records=len(truth),
        truths=int(truth.max(initial=-1)) + 1,
        offers=int(offer.max(initial=-1)) + 1,
        true_pairs=same,
        linked_pairs=linked,
        right_pairs=right,
        right_after_review=_pairs(truth, reviewed),
        covered_pairs=covered(truth, twin, *candidates),
        candidates=len(distinct(*candidates)[0]),
        review=len(yes),
        review_same=int(yes.sum()),
        found_by_kind=_by_kind(records, truth, offer, reviewed),
        false_by_negative=_false(records, truth, offer, linked - right, limit),
        review_by_negative=_counted(negative_of(records, review[0][~yes], review[1][~yes])),
        sizes=_sizes(offer),
        true_sizes=_sizes(truth),
    )


def negative_of(records: pd.DataFrame, left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Which hard negative each pair of records (positions) of two different offers is, as positions in NEGATIVES."""
    column = {name: records[name].to_numpy() for name in ("network", "employer", "site", "template", "service")}
    equal = {name: values[left] == values[right] for name, values in column.items()}
    text = equal["template"] & equal["service"]
    return np.select(
        [
            equal["site"] & text,
            equal["site"] & equal["template"],
            equal["employer"] & text,
            ~equal["employer"] & equal["template"],
            equal["network"],
        ],
        [NEGATIVES.index(name) for name in ("another_week", "sibling_service", "another_site",
                                            "same_template_other_employer", "shared_boilerplate")],
        NEGATIVES.index("other"),
    )  # fmt: skip


def _pairs(*labels: np.ndarray) -> int:
    """How many pairs of records share all these labels (dense, from 0)."""
    key = labels[0].astype("int64")
    for more in labels[1:]:
        key = key * (int(more.max(initial=0)) + 1) + more
    sizes = np.unique(key, return_counts=True)[1].astype("int64")
    return int((sizes * (sizes - 1) // 2).sum())


def _by_kind(
    records: pd.DataFrame, truth: np.ndarray, offer: np.ndarray, reviewed: np.ndarray
) -> dict[str, tuple[int, int, int]]:
    """For each kind of copy: how many there are, how many share their original's offer, and how many would if every
    review were answered."""
    kind = records["kind"].to_numpy(object)
    original = np.zeros(int(truth.max(initial=0)) + 1, dtype="int64")
    first = np.flatnonzero(kind == "original")
    original[truth[first]] = first
    found, then = offer == offer[original[truth]], reviewed == reviewed[original[truth]]
    copies = [name for name in pd.unique(kind) if name != "original"]
    masks = {name: kind == name for name in sorted(copies)}
    return {name: (int(is_.sum()), int(found[is_].sum()), int(then[is_].sum())) for name, is_ in masks.items()}


def _false(records: pd.DataFrame, truth: np.ndarray, offer: np.ndarray, count: int, limit: int) -> dict[str, int]:
    """How many false pairs are of which hard negative; scaled up from a sample where they are too many."""
    if not count:
        return dict.fromkeys(NEGATIVES, 0)
    left, right = among(offer, truth, limit)
    counted = _counted(negative_of(records, left, right))
    return {name: round(number * count / len(left)) for name, number in counted.items()}


def _counted(kinds: np.ndarray) -> dict[str, int]:
    return dict(zip(NEGATIVES, np.bincount(kinds, minlength=len(NEGATIVES)).tolist(), strict=True))


def _sizes(labels: np.ndarray) -> dict[str, int]:
    """How many groups there are of each size, larger ones in ranges (SIZES)."""
    sizes = np.bincount(labels)
    return {name: int(((sizes >= low) & (sizes <= high)).sum()) for name, (low, high) in SIZES.items()}
