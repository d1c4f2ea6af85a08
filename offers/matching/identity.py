"""Offer ids across runs: minted once, kept through changes and merges, given back on a split. Pure.

An offer's id is the id of the record for which it was minted, so a record always has one to fall back on.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd


def offer_ids(records: pd.DataFrame, fresh: Iterator[int]) -> np.ndarray:
    """One offer id per record: `records` has id, offer (the one it had; 0: none yet) and cluster, all int64.

    An id that several clusters had goes to the one with the record it was minted for, else to the one with most of its
    records, else to that of the oldest record. Of several ids that a cluster has so, it keeps the oldest. A cluster
    left without takes the id of its oldest record that no other uses; where all are used, one of `fresh`.
    """
    claims = _claims(records)
    won = claims.drop_duplicates("offer").sort_values("offer").drop_duplicates("cluster")
    named = dict(zip(won["cluster"].tolist(), won["offer"].tolist(), strict=True))
    left = records[~records["cluster"].isin(won["cluster"])]
    own = left[~left["id"].isin(claims["offer"])].groupby("cluster")["id"].min()
    named |= dict(zip(own.index.tolist(), own.tolist(), strict=True))
    for cluster in sorted(set(left["cluster"].tolist()) - set(own.index)):
        named[cluster] = next(fresh)
    return records["cluster"].map(named).to_numpy(np.int64)


def _claims(records: pd.DataFrame) -> pd.DataFrame:
    """Each cluster's claim to each id that one of its records had, for each id the strongest first."""
    had = records[records["offer"] != 0]
    had = had.assign(minted=(had["id"] == had["offer"]).astype(np.int8))
    claims = had.groupby(["cluster", "offer"], as_index=False).agg(
        minted=("minted", "max"), count=("id", "size"), oldest=("id", "min")
    )
    return claims.sort_values(["offer", "minted", "count", "oldest"], ascending=[True, False, False, True])
