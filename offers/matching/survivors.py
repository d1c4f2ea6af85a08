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
from offers.terms import Trust

TRUSTED: tuple[str, ...] = get_args(Trust)
"""From the most trusted kind of feed to the least."""
OWN = ("employer", "ats")
"""Feeds that speak for the employer: when none of them holds an offer any more, it is over, whoever still lists it."""
TOGETHER = {"longitude": "latitude", "description_full": "description"}
"""Columns that come from wherever the other one comes from."""
FILLED = tuple(name for name in NAMES if name not in REQUIRED and name not in TOGETHER and name != "seats")
"""Columns that a lead may leave empty and another record fill."""
RECORD_COLUMNS = ("offer", "id", "feed", "reference", "trust", "repeated", "created_at", "updated_at", "seats", "copy",
                  "length", "cut", *(f"has_{name}" for name in FILLED))  # fmt: skip
"""Of each record: its offer and id, its feed's trust and policy for repeated rows, seats, a hash of all that it says
but for reference and permalink, the length of its whole text, whether that was cut off elsewhere, and what it says."""


@dataclass(frozen=True)
class Survivors:
    """`leads`: offer, lead (a record's id), seats; `filled`: offer, column, source (the id it is taken from)."""

    leads: pd.DataFrame
    filled: pd.DataFrame


def survivors(records: pd.DataFrame) -> Survivors:
    """What each offer's golden row is made of; RECORD_COLUMNS, any number of records to an offer."""
    ranked = _ranked(records)
    lead = ranked.drop_duplicates("offer").set_index("offer")
    sources = [_described(ranked, lead)]
    for name in FILLED:
        said = ranked[ranked[f"has_{name}"]].drop_duplicates("offer").set_index("offer")["id"]
        sources.append(_elsewhere(said, lead, name))
    filled = pd.concat(sources, ignore_index=True)
    together = [filled[filled["column"] == other].assign(column=name) for name, other in TOGETHER.items()]
    seats = _seats(ranked, lead)
    leads = pd.DataFrame({"offer": lead.index, "lead": lead["id"].to_numpy(), "seats": seats})
    return Survivors(leads, pd.concat([filled, *together], ignore_index=True))


def _ranked(records: pd.DataFrame) -> pd.DataFrame:
    place = {word: rank for rank, word in enumerate(TRUSTED)}
    said = records[[f"has_{name}" for name in FILLED]].sum(axis=1)
    order = records.assign(_trust=records["trust"].map(place), _said=said)
    order = order.sort_values(
        ["offer", "_trust", "updated_at", "_said", "created_at", "feed", "reference"],
        ascending=[True, True, False, False, True, True, True],
        kind="stable",
    )
    return order.reset_index(drop=True)


def _described(ranked: pd.DataFrame, lead: pd.DataFrame) -> pd.DataFrame:
    """The longest whole text of the two most trusted; the lead's own where they are alike."""
    best = ranked[ranked.groupby("offer").cumcount() < 2]
    best = best.sort_values(["offer", "cut", "length"], ascending=[True, True, False], kind="stable")
    return _elsewhere(best.drop_duplicates("offer").set_index("offer")["id"], lead, "description")


def _elsewhere(source: pd.Series, lead: pd.DataFrame, name: str) -> pd.DataFrame:
    other = source[source != lead["id"].reindex(source.index)]
    return pd.DataFrame({"offer": other.index, "column": name, "source": other.to_numpy()})


def _seats(ranked: pd.DataFrame, lead: pd.DataFrame) -> np.ndarray:
    """The lead's seats, or those of all its feed's rows that say the same, where the feed writes one row per seat."""
    mine = ranked["offer"].map(lead["feed"]).eq(ranked["feed"]) & ranked["offer"].map(lead["copy"]).eq(ranked["copy"])
    one = ranked["offer"].map(lead["id"]).eq(ranked["id"])
    counted = mine & (ranked["repeated"] == "sum_seats") | one
    return ranked["seats"].where(counted, 0).groupby(ranked["offer"]).sum().reindex(lead.index).to_numpy(np.int64)
