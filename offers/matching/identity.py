"""Offer ids across runs: minted once, kept through changes and merges, given back on a split. Pure.

An offer's id is the id of the record for which it was minted, so a record always has one to fall back on. Where a
partner gives an old reference to another offer, the old one is over, and a new one begins.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from offers.matching import likeness
from offers.model import Finding, Severity
from offers.text import listed


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


UNLIKE = 50.0
"""Likeness of descriptions under which one reference holds two offers, whatever the titles say."""
RETOLD = 95.0
"""Likeness of descriptions from which on a title that keeps a word of its own was only said otherwise."""
FRAMES = frozenset({
    "agence", "atelier", "bureau", "decouverte", "decouvrez", "decouvrir", "eleve", "eleves", "entreprise", "equipe",
    "immersion", "initiation", "magasin", "metier", "metiers", "monde", "observation", "rayon", "secteur", "service",
    "services", "univers",
})  # fmt: skip
"""Words of titles that stand around any job: one of them that stays says nothing."""
SITE = ["place", "siret", "street", "weeks"]


def recycled(before: pd.DataFrame, after: pd.DataFrame, was: np.ndarray, now: np.ndarray) -> np.ndarray:
    """For each record whether it became another offer: another job in the title, or another text.

    A title of which a word stays, over the same text, site and weeks, was edited: `Découverte de la boulangerie` became
    `Immersion en boulangerie`. What that costs: `Vente en boulangerie` that becomes `Vente en fromagerie` under one
    and the same text keeps its id; `Découverte de la boulangerie` that becomes `Découverte de la fromagerie` does not.

    `before` and `after` are sketches by id, `was` and `now` each record's (0: it had none, or it is known no more).
    """
    again = np.zeros(len(now), bool)
    at = np.flatnonzero((was != now) & np.isin(was, before.index.to_numpy()))
    if not len(at):
        return again
    old, new = before.loc[was[at]], after.loc[now[at]]
    title, other_title = old["title"].to_numpy(object), new["title"].to_numpy(object)
    text, other_text = old["description"].to_numpy(object), new["description"].to_numpy(object)
    alike = likeness.descriptions(text, other_text)
    edited = (alike >= RETOLD) & (old[SITE].to_numpy(object) == new[SITE].to_numpy(object)).all(axis=1)
    edited &= np.fromiter(map(_keeps_a_word, title, other_title), bool, len(at))
    again[at] = likeness.other_job(title, other_title).astype(bool) & ~edited
    again[at] |= alike < UNLIKE
    return again


def _keeps_a_word(title: str, other: str) -> bool:
    return any(len(word) >= likeness.CONTENT for word in {*title.split()} & {*other.split()} - FRAMES)


def recycling_finding(references: tuple[str, ...]) -> tuple[Finding, ...]:
    """What the ledger says of them."""
    if not references:
        return ()
    count = len(references)
    seen = f"{count} references mean another offer than before: {listed(references, 5)}"
    told = (
        f"{count} references now hold another offer than before ({listed(references, 5)}): the old offers were closed "
        "and new ones opened. Ask the partner for a new reference for each new offer."
    )
    return (Finding("references_recycled", Severity.WARN, seen, "one reference for each offer, for good", told),)
