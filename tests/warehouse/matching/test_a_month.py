"""A month of nights, each matched as it came, gives the same offers as comparing everything from scratch."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd
import pytest
from sqlalchemy import text

from bench.dedup.generator import generate
from offers.changes import compare
from offers.columns import NAMES
from offers.examined import Examined
from offers.feed import Terms
from offers.model import Counts, Delivery, Landed, VerdictKind
from warehouse.store import Store

NIGHTS = 30
MONDAY = datetime(2026, 3, 2, 4, 30, tzinfo=UTC)
CONSTANT = {"sector": "s31", "is_public": "false", "grades": "seconde"}


def publish(store: Store, feed: str, terms: Terms, frame: pd.DataFrame, at) -> Delivery:
    changes = compare(frame, store.ledger.standing(feed), "full")
    counts = Counts(len(frame), created=len(changes.created), updated=len(changes.updated),
                    unchanged=changes.unchanged, withdrawn=len(changes.withdrawn))  # fmt: skip
    landed = Landed(feed, "offres.csv", "ab" * 32, 12, at, "landing/ab")
    delivery = Delivery(feed, "offres.csv", "ab" * 32, VerdictKind.ACCEPTED, counts, (), at, at, "rules-1")
    return store.publish(landed, delivery, changes, Examined(), terms=terms)


def world(count: int, seed: int) -> pd.DataFrame:
    """Generated records as canonical ones, in few feeds of each kind of trust."""
    records = generate(count, seed)
    feed = records["trust"] + "/f" + (pd.factorize(records["feed"])[0] % 2).astype(str)
    frame = records.assign(feed=feed.astype("str"), **CONSTANT, reference=[f"r{n}" for n in range(count)])
    frame["weeks"] = frame["weeks"].fillna("2026-W25 2026-W26")
    for name in ("employer_name", "street", "postal_code", "city"):
        frame[name] = frame[name].fillna("inconnu")
    return frame.reindex(columns=[*NAMES, "feed", "trust"]).astype("str")


def edited(frame: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Some records reworded, some with another title: updates, and now and then a recycled reference."""
    told = frame.copy()
    reworded = rng.random(len(told)) < 0.02
    told.loc[reworded, "description"] += " Une visite est prévue."
    other = rng.random(len(told)) < 0.003
    told.loc[other, "title"] = "Cuisine et pâtisserie"
    return told


def partition(store: Store) -> pd.DataFrame:
    with store.warehouse.transaction() as connection:
        rows = connection.execute(text("select feed, reference, offer_id from records where withdrawn_at is null"))
        return pd.DataFrame(rows.all(), columns=["feed", "reference", "offer"]).sort_values(["feed", "reference"])


@pytest.mark.nightly
@pytest.mark.parametrize("seed", [1])
def test_a_month_matched_night_by_night_is_a_rebuild_from_scratch(warehouse, seed):
    store, rng = Store(warehouse), np.random.default_rng(seed)
    everything, at = world(600, seed), MONDAY
    gone = rng.random(len(everything)) < 0.3
    for _ in range(NIGHTS):
        at += timedelta(days=1)
        gone = np.where(rng.random(len(gone)) < 0.05, ~gone, gone)
        everything = edited(everything, rng)
        for feed, frame in everything[~gone].groupby("feed"):
            if rng.random() < 0.3:
                terms = Terms(frame["trust"].iloc[0])
                publish(store, feed, terms, frame[list(NAMES)].rename_axis("line"), at)
    before = partition(store)
    said = [store.matching.rebuild(part, at, write=False) for part in store.matching.parts(300)]
    assert sum(one.moved for one in said) == 0
    for part in store.matching.parts(500):
        store.matching.rebuild(part, at)
    after = partition(store)
    assert np.array_equal(pd.factorize(before["offer"])[0], pd.factorize(after["offer"])[0])
    assert len(before) > before["offer"].nunique() > 250
