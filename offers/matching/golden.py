"""The offer that records become: its id across runs, and its golden row of what they say. Pure.

An offer's id is the id of the record for which it was minted, so a record always has one to fall back on: minted once,
kept through changes and merges, given back on a split. Where a partner gives an old reference to another offer, the old
one is over, and a new one begins.

Survivorship, the most trusted first: the employer's own feed, its ATS, a mandated multiposter, an aggregator; then the
freshest, the fullest, the oldest. The description is the longest whole one of the first two. What the lead leaves empty
is filled from the next that says it; latitude and longitude go together.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import get_args

import numpy as np
import pandas as pd

from offers.columns import NAMES, REQUIRED
from offers.feed import Trust
from offers.findings import finding_of, first_of
from offers.matching.comparison import CONTENT, apart, descriptions, jobs_apart
from offers.model import Finding, Severity


def offer_ids(records: pd.DataFrame, fresh: Iterator[int]) -> np.ndarray:
    """One offer id per record: `records` has id, offer (the one it had; 0: none yet) and cluster, all int64.

    An id that several clusters had goes to the one with the record it was minted for, else to the one with most of its
    records, else to that of the oldest record. Of several ids that a cluster has so, it keeps the oldest. A cluster
    left without takes the id of its oldest record that no other uses; where all are used, one of `fresh`.
    """
    had = records[records["offer"] != 0]
    had = had.assign(minted=(had["id"] == had["offer"]).astype(np.int8))
    claims = had.groupby(["cluster", "offer"], as_index=False).agg(
        minted=("minted", "max"), count=("id", "size"), oldest=("id", "min")
    )
    claims = claims.sort_values(["offer", "minted", "count", "oldest"], ascending=[True, False, False, True])
    won = claims.drop_duplicates("offer").sort_values("offer").drop_duplicates("cluster")
    named = dict(zip(won["cluster"].tolist(), won["offer"].tolist(), strict=True))
    left = records[~records["cluster"].isin(won["cluster"])]
    own = left[~left["id"].isin(claims["offer"])].groupby("cluster")["id"].min()
    named |= dict(zip(own.index.tolist(), own.tolist(), strict=True))
    for cluster in sorted(set(left["cluster"].tolist()) - set(own.index)):
        named[cluster] = next(fresh)
    return records["cluster"].map(named).to_numpy(np.int64)


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
    alike = descriptions(text, other_text)
    edited = (alike >= RETOLD) & (old[SITE].to_numpy(object) == new[SITE].to_numpy(object)).all(axis=1)
    stays = [{*one.split()} & {*other.split()} - FRAMES for one, other in zip(title, other_title, strict=True)]
    edited &= np.array([any(len(word) >= CONTENT for word in words) for words in stays], bool)
    again[at] = (apart(jobs_apart, title, other_title) & ~edited) | (alike < UNLIKE)
    return again


def recycling_finding(references: tuple[str, ...]) -> tuple[Finding, ...]:
    """What the ledger says of them."""
    if not references:
        return ()
    told = {"references": first_of(references, 5), "count": len(references)}
    return (finding_of("references_recycled", Severity.WARN, **told),)


TRUSTED: tuple[str, ...] = get_args(Trust)
"""From the most trusted kind of feed to the least."""
OWN = ("employer", "ats")
"""Feeds that speak for the employer: when none of them holds an offer any more, it is over, whoever still lists it."""
TOGETHER = {"longitude": "latitude", "description_full": "description"}
"""Columns that come from wherever the other one comes from."""
FILLED = tuple(name for name in NAMES if name not in REQUIRED and name not in TOGETHER and name != "seats")
"""Columns that a lead may leave empty and another record fill."""


@dataclass(frozen=True)
class Survivors:
    """`leads`: offer, lead (a record's id), seats; `filled`: offer, column, source (the id it is taken from)."""

    leads: pd.DataFrame
    filled: pd.DataFrame


def survivors(records: pd.DataFrame) -> Survivors:
    """What each offer's golden row is made of; any number of records to an offer.

    Of each record: offer, id, feed, reference, trust and repeated (its feed's terms), created_at, updated_at, seats,
    length (of its whole text), cut (whether that was cut off elsewhere), and has_ of each column of FILLED.
    """
    trust = {word: rank for rank, word in enumerate(TRUSTED)}
    said = records[[f"has_{name}" for name in FILLED]].sum(axis=1)
    ranked = records.assign(_trust=records["trust"].map(trust), _said=said).sort_values(
        ["offer", "_trust", "updated_at", "_said", "created_at", "feed", "reference"],
        ascending=[True, True, False, False, True, True, True],
        kind="stable",
        ignore_index=True,
    )
    groups = _Groups(ranked["offer"].to_numpy())
    ids = ranked["id"].to_numpy()
    # The longest whole text of the two most trusted; the lead's own where they are alike.
    order = np.lexsort((groups.rank, -ranked["length"].to_numpy(), ranked["cut"].to_numpy(), groups.rank > 1))
    text_rank = np.empty(len(order), np.int64)
    text_rank[order] = np.arange(len(order))
    sources = {"description": groups.least(text_rank)}
    sources |= {name: groups.first(ranked[f"has_{name}"].to_numpy()) for name in FILLED}
    sources |= {name: sources[other] for name, other in TOGETHER.items()}
    filled = []
    for name, at in sources.items():
        elsewhere = at != groups.starts
        source = ids[at[elsewhere]]
        filled.append(pd.DataFrame({"offer": groups.offers[elsewhere], "column": name, "source": source}))
    # The lead's seats, or those of all its feed's rows, where rows are seats: each was sent as a place of its own.
    feed = ranked["feed"].to_numpy()
    of_lead = feed == feed[groups.starts[groups.of]]
    counted = (of_lead & (ranked["repeated"] == "sum_seats").to_numpy()) | (groups.rank == 0)
    seats = np.where(counted, ranked["seats"].to_numpy(np.int64), 0)
    total = np.add.reduceat(seats, groups.starts) if len(seats) else seats
    leads = pd.DataFrame({"offer": groups.offers, "lead": ids[groups.starts], "seats": total})
    return Survivors(leads, pd.concat(filled, ignore_index=True))


class _Groups:
    """The records of each offer, one after the other, the most trusted first."""

    def __init__(self, offer: np.ndarray) -> None:
        self.starts = np.flatnonzero(np.concatenate(([True], offer[1:] != offer[:-1]))) if len(offer) else offer
        self.offers = offer[self.starts]
        self.of = np.repeat(np.arange(len(self.starts)), np.diff(np.append(self.starts, len(offer))))
        self.rank = np.arange(len(offer)) - self.starts[self.of]

    def least(self, rank: np.ndarray) -> np.ndarray:
        """For each offer the position of its record of the smallest rank (all different within an offer)."""
        best = np.minimum.reduceat(rank, self.starts) if len(rank) else rank
        return np.flatnonzero(rank == best[self.of])

    def first(self, has: np.ndarray) -> np.ndarray:
        """For each offer the position of its first record that has something; its first where none has."""
        return self.least(np.where(has, self.rank, self.rank + len(has)))
