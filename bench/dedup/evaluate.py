"""Figures of a partition against the truth. Pairs are counted by groups, never listed, but for the false ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

NEGATIVES = (
    "another_site", "another_week", "sibling_service", "shared_boilerplate", "same_template_other_employer", "other",
)  # fmt: skip
Pairs = tuple[np.ndarray, np.ndarray]
CHUNK = 2_000_000
"""Candidates that are looked up at once; bounds the memory of a million records' candidates."""


@dataclass(frozen=True)
class Figures:
    """Counts of records, offers (groups) and pairs of records; each mapping's values are counts, too.

    `truths`: real offers; `offers`: offers found. `found_by_kind`: kind of copy -> how many, how many linked to their
    original, how many when every review is answered rightly. `false_by_negative`: false pairs within the offers found.
    `review_by_negative`: review pairs that are not the same offer.
    """

    records: int
    truths: int
    offers: int
    true_pairs: int
    linked_pairs: int
    right_pairs: int
    right_after_review: int
    covered_pairs: int
    candidates: int
    review: int
    review_same: int
    found_by_kind: Mapping[str, tuple[int, int, int]]
    false_by_negative: Mapping[str, int]
    review_by_negative: Mapping[str, int]

    @property
    def precision(self) -> float:
        """Of the linked pairs those that are right."""
        return self.right_pairs / self.linked_pairs if self.linked_pairs else 1.0

    def of_true(self, pairs: int) -> float:
        """Of the true pairs so many."""
        return pairs / self.true_pairs if self.true_pairs else 1.0

    @property
    def recall(self) -> float:
        """Of the true pairs those that are linked."""
        return self.of_true(self.right_pairs)

    @property
    def f1(self) -> float:
        """The harmonic mean of precision and recall."""
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0

    def row(self) -> dict[str, str]:
        """The headline figures by heading. Completeness: of the true pairs those that blocking lets through."""
        return {
            "records": f"{self.records:,}",
            "offers": f"{self.offers:,} ({self.truths:,})",
            "precision": f"{self.precision:.4f}",
            "recall": f"{self.recall:.4f}",
            "with review": f"{self.of_true(self.right_after_review):.4f}",
            "F1": f"{self.f1:.4f}",
            "completeness": f"{self.of_true(self.covered_pairs):.4f}",
            "candidates per record": f"{self.candidates / max(self.records, 1):.1f}",
            "review per 100 offers": f"{100 * self.review / max(self.offers, 1):.2f}",
            "of these the same": f"{self.review_same / self.review:.0%}" if self.review else "-",
        }

    def table(self) -> str:
        """Everything as markdown: headline, false links, copies by kind."""
        negatives = [
            {"hard negative": name, "false pairs": f"{self.false_by_negative[name]:,}",
             "sent to review": f"{self.review_by_negative[name]:,}"} for name in NEGATIVES
        ]  # fmt: skip
        kinds = [
            {"copy": name, "records": f"{count:,}", "linked": f"{linked / count:.2%}",
             "with review": f"{then / count:.2%}"}
            for name, (count, linked, then) in self.found_by_kind.items()
        ]  # fmt: skip
        return "\n\n".join(markdown(rows) for rows in ([self.row()], negatives, kinds) if rows)


def markdown(rows: list[dict[str, str]]) -> str:
    """Rows of one heading as a markdown table, the first column left, the others right."""
    heads = list(rows[0])
    rule = ["---", *("---:" for _ in heads[1:])]
    lines = [heads, rule, *([row[head] for head in heads] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


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
    linked, right = _pairs(offer), _pairs(truth, offer)
    left, other = distinct(*review_pairs)
    yes = truth[left] == truth[other]
    reviewed = components(int(offer.max(initial=-1)) + 1, offer[left[yes]], offer[other[yes]])[offer]
    return Figures(
        records=len(truth),
        truths=int(truth.max(initial=-1)) + 1,
        offers=int(offer.max(initial=-1)) + 1,
        true_pairs=_pairs(truth),
        linked_pairs=linked,
        right_pairs=right,
        right_after_review=_pairs(truth, reviewed),
        covered_pairs=_covered(truth, twin, *candidates),
        candidates=len(distinct(*candidates)[0]),
        review=len(yes),
        review_same=int(yes.sum()),
        found_by_kind=_by_kind(records, truth, offer, reviewed),
        false_by_negative=_false(records, truth, offer, linked - right, limit),
        review_by_negative=_counted(negative_of(records, left[~yes], other[~yes])),
    )


def negative_of(records: pd.DataFrame, left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Which hard negative each pair of records (positions) of two different offers is, as positions in NEGATIVES."""
    column = {name: records[name].to_numpy() for name in ("network", "employer", "site", "template", "service")}
    equal = {name: values[left] == values[right] for name, values in column.items()}
    text = equal["template"] & equal["service"]
    kinds = {
        "another_week": equal["site"] & text,
        "sibling_service": equal["site"] & equal["template"],
        "another_site": equal["employer"] & text,
        "same_template_other_employer": ~equal["employer"] & equal["template"],
        "shared_boilerplate": equal["network"],
    }
    return np.select(list(kinds.values()), [NEGATIVES.index(name) for name in kinds], NEGATIVES.index("other"))


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
    masks = {name: kind == name for name in sorted(set(kind) - {"original"})}
    return {name: (int(is_.sum()), int(found[is_].sum()), int(then[is_].sum())) for name, is_ in masks.items()}


def _false(records: pd.DataFrame, truth: np.ndarray, offer: np.ndarray, count: int, limit: int) -> dict[str, int]:
    """How many false pairs are of which hard negative; scaled up from a sample where they are too many."""
    if not count:
        return dict.fromkeys(NEGATIVES, 0)
    left, right = _among(offer, truth, limit)
    counted = _counted(negative_of(records, left, right))
    return {name: round(number * count / len(left)) for name, number in counted.items()}


def _counted(kinds: np.ndarray) -> dict[str, int]:
    return dict(zip(NEGATIVES, np.bincount(kinds, minlength=len(NEGATIVES)).tolist(), strict=True))


def distinct(left: np.ndarray, right: np.ndarray) -> Pairs:
    """The pairs, each once, the lesser number first."""
    low, high = np.minimum(left, right).astype("int64"), np.maximum(left, right).astype("int64")
    base = int(high.max(initial=0)) + 1
    key = np.unique(low * base + high)
    return key // base, key % base


def _covered(truth: np.ndarray, twin: np.ndarray, left: np.ndarray, right: np.ndarray) -> int:
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


def within_groups(group: np.ndarray) -> Pairs:
    """All pairs of positions of one group."""
    order = np.argsort(group, kind="stable")
    start = np.searchsorted(group[order], group[order])
    earlier = np.arange(len(group)) - start
    later = np.repeat(np.arange(len(group)), earlier)
    offset = np.arange(len(later)) - np.repeat(np.cumsum(earlier) - earlier, earlier)
    return order[start[later] + offset], order[later]


def _among(offer: np.ndarray, truth: np.ndarray, limit: int) -> Pairs:
    """The pairs of records (positions) of one offer but two truths: all, or a sample where they may be over `limit`."""
    order = np.lexsort((truth, offer))
    label, real = offer[order], truth[order]
    start = np.searchsorted(label, label)
    mixed = np.maximum.reduceat(real, np.unique(start)) != np.minimum.reduceat(real, np.unique(start))
    impure = np.repeat(mixed, np.unique(label, return_counts=True)[1])
    earlier = np.where(impure, np.arange(len(label)) - start, 0)  # each is paired with those before it in its group
    total, ends = int(earlier.sum()), np.cumsum(earlier)
    if total <= limit:
        later = np.repeat(np.arange(len(label)), earlier)
        offset = np.arange(total) - np.repeat(ends - earlier, earlier)
    else:
        rng = np.random.default_rng(0)
        later = np.searchsorted(ends, rng.integers(total, size=limit), side="right")
        offset = (rng.random(limit) * earlier[later]).astype("int64")
    left, right = order[start[later] + offset], order[later]
    false = truth[left] != truth[right]
    return left[false], right[false]
