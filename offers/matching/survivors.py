"""The golden row: of the records of one offer, which one leads it, and which gives what the lead does not say. Pure.

Most trusted first: the employer's own feed, its ATS, a mandated multiposter, an aggregator; then the freshest, the
fullest, the oldest. The description is the longest whole one of the first two. What the lead leaves empty is filled
from the next that says it; latitude and longitude go together.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import get_args

import numpy as np
import pandas as pd

from offers.columns import NAMES, REQUIRED
from offers.feed import Trust

TRUSTED: tuple[str, ...] = get_args(Trust)
"""From the most trusted kind of feed to the least."""
OWN = ("employer", "ats")
"""Feeds that speak for the employer: when none of them holds an offer any more, it is over, whoever still lists it."""
TOGETHER = {"longitude": "latitude", "description_full": "description"}
"""Columns that come from wherever the other one comes from."""
FILLED = tuple(name for name in NAMES if name not in REQUIRED and name not in TOGETHER and name != "seats")
"""Columns that a lead may leave empty and another record fill."""
RECORD_COLUMNS = ("offer", "id", "feed", "reference", "trust", "repeated", "created_at", "updated_at", "seats",
                  "length", "cut", *(f"has_{name}" for name in FILLED))  # fmt: skip
"""Of each record: its offer and id, its feed's trust and policy for repeated rows, seats, the length of its whole
text, whether that was cut off elsewhere, and what it says."""


@dataclass(frozen=True)
class Survivors:
    """`leads`: offer, lead (a record's id), seats; `filled`: offer, column, source (the id it is taken from)."""

    leads: pd.DataFrame
    filled: pd.DataFrame


def survivors(records: pd.DataFrame) -> Survivors:
    """What each offer's golden row is made of; RECORD_COLUMNS, any number of records to an offer."""
    ranked = _ranked(records)
    groups = _Groups(ranked["offer"].to_numpy())
    ids = ranked["id"].to_numpy()
    sources = {"description": groups.least(_text_rank(ranked, groups))}
    sources |= {name: groups.first(ranked[f"has_{name}"].to_numpy()) for name in FILLED}
    sources |= {name: sources[other] for name, other in TOGETHER.items()}
    filled = [_filled(groups, ids, name, at) for name, at in sources.items()]
    leads = pd.DataFrame({"offer": groups.offers, "lead": ids[groups.starts], "seats": _seats(ranked, groups)})
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


def _ranked(records: pd.DataFrame) -> pd.DataFrame:
    trust = {word: rank for rank, word in enumerate(TRUSTED)}
    said = records[[f"has_{name}" for name in FILLED]].sum(axis=1)
    order = records.assign(_trust=records["trust"].map(trust), _said=said)
    order = order.sort_values(
        ["offer", "_trust", "updated_at", "_said", "created_at", "feed", "reference"],
        ascending=[True, True, False, False, True, True, True],
        kind="stable",
    )
    return order.reset_index(drop=True)


def _text_rank(ranked: pd.DataFrame, groups: _Groups) -> np.ndarray:
    """The longest whole text of the two most trusted; the lead's own where they are alike."""
    cut, length = ranked["cut"].to_numpy(), ranked["length"].to_numpy()
    order = np.lexsort((groups.rank, -length, cut, groups.rank > 1))
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order))
    return rank


def _filled(groups: _Groups, ids: np.ndarray, name: str, at: np.ndarray) -> pd.DataFrame:
    elsewhere = at != groups.starts
    return pd.DataFrame({"offer": groups.offers[elsewhere], "column": name, "source": ids[at[elsewhere]]})


def _seats(ranked: pd.DataFrame, groups: _Groups) -> np.ndarray:
    """The lead's seats, or those of all its feed's rows, where rows are seats: each was sent as a place of its own."""
    lead = groups.starts[groups.of]
    feed = ranked["feed"].to_numpy()
    counted = ((feed == feed[lead]) & (ranked["repeated"] == "sum_seats").to_numpy()) | (groups.rank == 0)
    seats = np.where(counted, ranked["seats"].to_numpy(np.int64), 0)
    total: np.ndarray = np.add.reduceat(seats, groups.starts) if len(seats) else seats
    return total
