"""Which offer each record belongs to: gather what it is compared with, decide (offers.matching), write what was found.

Everything happens in the caller's transaction, under a lock that all publishing shares: two feeds that deliver at once
would otherwise not see each other's records. Only new and changed records are compared; the clusters that they touch
are made anew, whole, so that the result does not depend on the order in which records came.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from itertools import repeat

import numpy as np
import pandas as pd
import pyarrow as pa
from sqlalchemy import Connection, text

from offers.calendar import day_of
from offers.feed import Terms
from offers.matching.blocking import crowded_finding
from offers.matching.clusters import cluster
from offers.matching.golden import OWN, offer_ids, recycled, recycling_finding
from offers.matching.review import waiting
from offers.matching.sketches import Sketched, sketch
from offers.model import Changes, Delivery
from warehouse.copying import scratch
from warehouse.locks import lock
from warehouse.matching import gathering, life
from warehouse.matching.candidates import compare, forget
from warehouse.matching.schema import time_is_over


@dataclass(frozen=True)
class Coming:
    """Records about to be written, and records that leave their sketch.

    `known`: id, offer (0: none yet), feed, reference and standing, one row each; `sketched`: their sketches. `leaving`:
    id, offer, sketch and withdrawn (or else: has another sketch now).
    """

    known: pd.DataFrame
    sketched: Sketched
    leaving: pd.DataFrame
    keeps_ghosts: bool
    """Whether a sketch stays known when its last record is withdrawn: the employer's own word that the offer is over
    holds against whoever still lists it."""
    alone: bool = False
    """Whether they have to do with no record but each other: a département that is compared anew."""


@dataclass(frozen=True)
class Placed:
    """`offer`: one id for each record of Coming; `touched`: offers that gained, lost or changed a record, to be settled
    once the records are written; `linked`: how many of Coming share an offer with another record; `review`: how many
    pairs with a new sketch wait for a person; `crowded`: how many blocks were split; `alone`: for each record of Coming
    whether it is all of an offer that bears its own id."""

    offer: np.ndarray
    touched: np.ndarray
    linked: int
    review: int
    crowded: int
    alone: np.ndarray


def join(
    connection: Connection, delivery: Delivery, terms: Terms, changes: Changes
) -> tuple[Delivery, Changes, pd.DataFrame, np.ndarray]:
    """Decide for each created and updated record which offer it belongs to; takes the lock of all matching.

    Gives the delivery with what was found: records that share an offer, pairs to look at, recycled references; the
    changes, their frames with id, offer_id and sketch; of these, the records that are the whole of an offer which
    begins with them; and the other offers that are to be settled.
    """
    lock(connection)
    feed, at = delivery.feed, delivery.finished_at
    said = {"feed": feed, "trust": terms.trust, "repeated": terms.repeated}
    # Under other terms than it last had, all its offers are settled by them, changed or not.
    news = connection.execute(text(_REMEMBER), said).rowcount > 0
    records = pd.concat([changes.created, changes.updated], ignore_index=True)
    records = records.assign(feed=pd.Series([feed] * len(records), dtype="str"))
    apart = gathering.told_apart(connection, feed)
    sketched = sketch(records, records["reference"].isin(apart).to_numpy() | (terms.repeated == "keep"))
    had = gathering.records_by_reference(connection, feed, [*changes.updated["reference"], *changes.withdrawn])
    was = had[["id", "offer", "sketch"]].reindex(pd.Index(records["reference"])).fillna(0).astype(np.int64)
    before = gathering.sketches_of(connection, was["sketch"])
    again = recycled(before, sketched.sketches, was["sketch"].to_numpy(), sketched.of)
    # New ids for records that are new, and for those that began anew; these have had no offer yet.
    new = (was["id"].to_numpy() == 0) | again
    ids = was["id"].to_numpy().copy()
    ids[new] = gathering.fresh_ids(connection, int(new.sum()))
    known = records[["feed", "reference"]].assign(id=ids, offer=np.where(new, 0, was["offer"]), standing=True)
    # Records that are updated, withdrawn or come again: what they belonged to until now.
    withdrawn = had["standing"] & had.index.isin(changes.withdrawn)
    coming = had.index.isin(changes.updated["reference"]) | had.index.isin(changes.created["reference"])
    leaving = had.assign(withdrawn=withdrawn)[withdrawn | coming].reset_index(drop=True)
    placed = place(connection, Coming(known, sketched, leaving, terms.trust in OWN), at)
    # Another text under the same reference is hidden on, unless the old text only went to another reference.
    rewritten = again & ~was["sketch"].isin(sketched.of).to_numpy()
    life.carry(connection, was["offer"][rewritten], placed.offer[rewritten], at)
    touched = np.union1d(placed.touched, gathering.offers_of(connection, feed)) if news else placed.touched
    counts = replace(delivery.counts, linked=placed.linked, review=placed.review)
    found = (*recycling_finding(tuple(records["reference"][again])), *crowded_finding(feed, placed.crowded))
    told = replace(delivery, counts=counts, findings=(*delivery.findings, *found))
    columns, count = {"id": ids, "offer_id": placed.offer, "sketch": sketched.of}, len(changes.created)
    created = changes.created.assign(**{name: values[:count] for name, values in columns.items()})
    updated = changes.updated.assign(**{name: values[count:] for name, values in columns.items()})
    begins = (new & placed.alone)[:count] & ~created["offer_id"].isin(life.hidden(connection)).to_numpy()
    minted = created[begins & ~time_is_over(created, day_of(at))]
    touched = np.setdiff1d(touched, minted["offer_id"])
    return told, replace(changes, created=created, updated=updated), minted, touched


def place(connection: Connection, coming: Coming, at: datetime) -> Placed:
    """Decide which offer each record belongs to, and write sketches, links, aliases and the offers of other records."""
    ours, feeds = coming.sketched.sketches, coming.known["feed"].unique().tolist()
    known = gathering.known_ids(connection, ours.index if gathering.has_records(connection, feeds) else [])
    new = ours[~ours.index.isin(known)]
    left, lost = _vanish(connection, coming)
    compared, crowded = compare(connection, new, at, coming.alone)
    decided = _decided(connection, coming)
    # A new sketch that is like none is nobody else's, but for what its feed withdrew: most of a first load.
    met = np.concatenate((known, left, lost, compared["a"], compared["b"])).astype(np.int64)
    sketches = np.unique(np.concatenate((met, np.intersect1d(new.index, gathering.borne_by_gone(connection, feeds)))))
    if coming.alone:  # all that they reach is at hand
        sites, pairs = ours, compared
    else:
        near = gathering.reached(connection, np.concatenate((met, decided["a"], decided["b"])), decided)
        sites, pairs = gathering.sketches_of(connection, near, gathering.SITED), gathering.alike(connection, near)
    label = _clustered(sites, pairs, decided)
    records = _records_after(connection, coming, sketches, label)
    offer = offer_ids(
        records[["id", "offer", "cluster"]],
        (int(gathering.fresh_ids(connection, count)[0]) for count in repeat(1)),  # one at a time: few ever need one
    )
    _write(connection, records, offer, at)
    mine = records["coming"].to_numpy() >= 0
    placed = np.empty(len(coming.known), np.int64)
    placed[records["coming"].to_numpy()[mine]] = offer[mine]
    life.carry(connection, records["offer"], offer, at)
    life.carry(connection, life.said_by(connection, coming.sketched.of), placed, at)
    touched = np.unique(
        np.concatenate((records["offer"].to_numpy(), offer, coming.known["offer"], coming.leaving["offer"]))
    )
    share = records["standing"].groupby(offer).transform("sum").to_numpy() > 1
    own = (records["id"].to_numpy() == offer) & ~pd.Series(offer).duplicated(keep=False).to_numpy()
    alone = np.zeros(len(coming.known), bool)
    alone[records["coming"].to_numpy()[mine]] = own[mine]
    one, other = (_labelled(compared[side].to_numpy(np.int64), label) for side in ("a", "b"))
    review = len(waiting(compared, one, other, decided))
    return Placed(placed, touched[touched != 0], int(share[mine].sum()), review, crowded, alone)


def _labelled(sketches: np.ndarray, label: pd.Series) -> np.ndarray:
    """The cluster of each sketch; itself where it has none. Never by way of floats, which round 64 bits."""
    at = label.index.get_indexer(pd.Index(sketches))
    found = sketches.copy()
    found[at >= 0] = label.to_numpy(np.int64)[at[at >= 0]]
    return found


def _vanish(connection: Connection, coming: Coming) -> tuple[np.ndarray, np.ndarray]:
    """Forget the sketches that no record will have any more, but for those that employers withdrew. Gives those that
    records left and that stay, and those that a forgotten one was like."""
    leaving = coming.leaving[coming.leaving["sketch"] != 0]
    left = np.unique(leaving["sketch"].to_numpy(np.int64))
    held = gathering.held_by(connection, left)
    others = held["sketch"][~held["id"].isin(leaving["id"]) & ~held["id"].isin(coming.known["id"])]
    kept = coming.keeps_ghosts | leaving["offer"].isin(life.hidden(connection))
    ghosts = leaving["sketch"][leaving["withdrawn"] & kept]
    stays = np.isin(left, np.concatenate((others, ghosts, coming.sketched.of)))
    gone, stay = left[~stays], left[stays]
    if not len(gone):
        return stay, gone
    pairs = gathering.alike(connection, gone)
    forget(connection, gone)
    return stay, np.setdiff1d(pairs[["a", "b"]].to_numpy(), gone)


def _decided(connection: Connection, coming: Coming) -> pd.DataFrame:
    """What people decided, with the sketches that the records will have; without those that have none."""
    decided = gathering.decisions(connection)
    if decided.empty:
        return decided
    now = pd.Series(coming.sketched.of, index=pd.MultiIndex.from_frame(coming.known[["feed", "reference"]]))
    for side in ("a", "b"):
        key = pd.MultiIndex.from_frame(decided[[f"feed_{side}", f"reference_{side}"]])
        at = now.index.get_indexer(key)
        decided.loc[at >= 0, side] = now.to_numpy()[at[at >= 0]]
    known = (decided["a"] != 0) & (decided["b"] != 0) & (decided["a"] != decided["b"])
    if coming.alone:
        known &= decided["a"].isin(coming.sketched.of) & decided["b"].isin(coming.sketched.of)
    return decided[known]


def _clustered(sites: pd.DataFrame, pairs: pd.DataFrame, decided: pd.DataFrame) -> pd.Series:
    """For each sketch (gathering.SITED, by id) that has to do with another, the smallest id of its cluster; what links
    and decisions, by id, say of others is left."""
    frame = sites.sort_index()
    position = pd.Index(frame.index)

    def placed(rows: pd.DataFrame) -> pd.DataFrame:
        at = rows.assign(**{side: position.get_indexer(pd.Index(rows[side])) for side in ("a", "b")})
        return at[(at["a"] >= 0) & (at["b"] >= 0)]

    found = cluster(frame, placed(pairs), placed(decided))
    return pd.Series(position.to_numpy()[found.label], index=frame.index)


def _records_after(connection: Connection, coming: Coming, sketches: np.ndarray, label: pd.Series) -> pd.DataFrame:
    """All records that have to do with this, as they will be: id, offer, cluster, feed, reference, and `coming`, the
    row in Coming (-1: none). What is withdrawn and compared no more is left out; it keeps the offer it had."""
    mine = coming.known.assign(sketch=coming.sketched.of, coming=np.arange(len(coming.known)))
    had = np.concatenate((mine["offer"], mine["id"][mine["offer"] != 0]))
    others = gathering.records_of(connection, np.concatenate((sketches, label.index)), had, mine["id"])
    keys, own_keys = (pd.MultiIndex.from_frame(frame[["feed", "reference"]]) for frame in (others, mine))
    others = others[~keys.isin(own_keys)]
    others = others.assign(coming=-1, standing=others["standing"] & ~others["id"].isin(coming.leaving["id"]))
    still = gathering.known_ids(connection, others["sketch"])
    kept = others["standing"] | others["sketch"].isin(still)
    records = pd.concat([mine, others[kept]], ignore_index=True)
    own = (records["coming"] >= 0) | records["sketch"].isin(label.index) | records["sketch"].isin(sketches)
    # A record of elsewhere only says that its offer's id is in use: its cluster is the offer it has.
    cluster_of = np.where(own, _labelled(records["sketch"].to_numpy(np.int64), label), records["offer"])
    labels = pd.factorize(pd.MultiIndex.from_arrays([own, cluster_of]))[0]
    return records.assign(cluster=labels)


def _write(connection: Connection, records: pd.DataFrame, offer: np.ndarray, at: datetime) -> None:
    """Write the new offer of records that are in the warehouse and not about to be written. Ids that were merged away
    point to what their records became; those in use again point nowhere."""
    moved = (records["coming"].to_numpy() < 0) & (records["offer"].to_numpy() != offer)
    if moved.any():
        rows = records[moved]
        keys = {name: pa.array(rows[name], pa.large_string()) for name in ("feed", "reference")}
        table = pa.table({**keys, "offer": pa.array(offer[moved], pa.int64())})
        scratch(connection, "moved", "feed text, reference text, offer bigint", table)
        connection.execute(text(_MOVE))
    had = pd.DataFrame({"alias": records["offer"], "offer": offer, "own": records["id"] == records["offer"]})
    minted = (had["alias"] == 0) & (had["offer"] == records["id"])  # drawn a moment ago: nothing points there
    used = np.unique(offer[~minted.to_numpy()])
    left = had[(had["alias"] != 0) & ~had["alias"].isin(used)]
    gathering.listed(connection, "wanted", used)
    connection.execute(text("delete from offer_aliases a using wanted w where a.alias = w.id"))
    if left.empty:
        return
    to = left.sort_values(["alias", "own", "offer"], ascending=[True, False, True]).drop_duplicates("alias")
    renamed = pa.table({name: pa.array(to[name], pa.int64()) for name in ("alias", "offer")})
    scratch(connection, "renamed", "alias bigint, offer bigint", renamed)
    connection.execute(text(_RENAME), {"at": at})
    connection.execute(text(_ALIAS), {"at": at})


_REMEMBER = """
    insert into feeds (feed, trust, repeated) values (:feed, :trust, :repeated)
    on conflict (feed) do update set trust = excluded.trust, repeated = excluded.repeated
    where (feeds.trust, feeds.repeated) <> (excluded.trust, excluded.repeated)
"""
_MOVE = "update records r set offer_id = m.offer from moved m where r.feed = m.feed and r.reference = m.reference"
_RENAME = "update offer_aliases a set offer = r.offer, since = :at from renamed r where a.offer = r.alias"
_ALIAS = """
    insert into offer_aliases (alias, offer, since) select alias, offer, :at from renamed
    on conflict (alias) do update set offer = excluded.offer, since = excluded.since
"""
