"""The pairs that a person should look at: alike, not one offer, not decided; the best of each two offers. Pure."""

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
