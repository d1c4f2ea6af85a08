"""Which alike pairs wait for a person today, and which have waited so long that they stay distinct. Pure."""

from __future__ import annotations

import numpy as np
import pandas as pd

MOST = 3
"""Pairs of one offer that are worth a look: who fits fifty sites fits none that a person could tell."""


def waiting(
    pairs: pd.DataFrame, cluster_a: np.ndarray, cluster_b: np.ndarray, decided: pd.DataFrame | None = None
) -> pd.DataFrame:
    """Those of judged pairs (PAIR_COLUMNS) that wait, the most alike first.

    `cluster_a` and `cluster_b`: the offer or cluster of each pair's sides. `decided`: pairs (a, b, in either order)
    that a person has answered.
    """
    open_pairs = pairs.assign(_one=np.minimum(cluster_a, cluster_b), _other=np.maximum(cluster_a, cluster_b))[
        cluster_a != cluster_b
    ]
    if decided is not None and len(decided):
        said = {tuple(sorted(pair)) for pair in zip(decided["a"].tolist(), decided["b"].tolist(), strict=True)}
        answered = [tuple(sorted(pair)) in said for pair in zip(open_pairs["a"], open_pairs["b"], strict=True)]
        open_pairs = open_pairs[~np.array(answered, bool)]
    best = open_pairs.sort_values(["score", "a", "b"], ascending=[False, True, True], kind="stable")
    best = best.drop_duplicates(["_one", "_other"])
    rank = np.maximum(best.groupby("_one").cumcount(), best.groupby("_other").cumcount())
    shown: pd.DataFrame = best[rank < MOST].drop(columns=["_one", "_other"])
    return shown


WAITING, LAPSED = "waiting", "lapsed"


def to_review(pairs: pd.DataFrame, decided: pd.DataFrame, lapses_before: float) -> pd.DataFrame:
    """Those of alike pairs that nobody decided, the most alike first, with their `state`; those that lapsed come last.

    `pairs`: PAIR_COLUMNS, since (seconds of the epoch) and the offers of both sides, offer_a and offer_b. `decided`: a,
    b, same, offer_a, offer_b. Two offers that a person told apart are not asked about again by other records of theirs.
    """
    apart = _both(decided[~decided["same"].astype(bool)])
    asked = pairs[~_both(pairs).isin(apart)]
    old = asked["since"] < lapses_before
    fresh, late = (_of(asked[when], decided) for when in (~old, old))
    late = late[~_both(late).isin(_both(fresh))]
    return pd.concat([fresh.assign(state=WAITING), late.assign(state=LAPSED)], ignore_index=True)


def _of(pairs: pd.DataFrame, decided: pd.DataFrame) -> pd.DataFrame:
    return waiting(pairs, pairs["offer_a"].to_numpy(np.int64), pairs["offer_b"].to_numpy(np.int64), decided)


def _both(pairs: pd.DataFrame) -> pd.MultiIndex:
    """The two offers of each pair, the smaller id first."""
    one, other = pairs["offer_a"].to_numpy(np.int64), pairs["offer_b"].to_numpy(np.int64)
    return pd.MultiIndex.from_arrays([np.minimum(one, other), np.maximum(one, other)])
