"""Put records into offers: gather what they are compared with, decide (offers.matching), and write what was found.

Everything happens in the caller's transaction, under a lock that all publishing shares: two feeds that deliver at once
would otherwise not see each other's records. Only new and changed records are compared; the clusters that they touch
are made anew, whole, so that the result does not depend on the order in which records came.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from sqlalchemy import Connection, text

from offers.matching import Sketched
from offers.matching.clusters import cluster
from offers.matching.identity import offer_ids
from offers.matching.review import waiting as undecided
from warehouse import gathering, hiding, waiting
from warehouse.comparing import compare
from warehouse.copying import scratch

MATCHING = 7283105220
"""Of the advisory lock: a number of our own, for matching alone."""


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
    pairs with a new sketch wait for a person; `crowded`: how many blocks were split."""

    offer: np.ndarray
    touched: np.ndarray
    linked: int
    review: int
    crowded: int = 0


def place(connection: Connection, coming: Coming, at: datetime) -> Placed:
    """Decide which offer each record belongs to, and write sketches, links, aliases and the offers of other records."""
    known = gathering.that_are_known(connection, coming.sketched.sketches.index)
    new = coming.sketched.sketches[~coming.sketched.sketches.index.isin(known)]
    left, lost = _vanish(connection, coming)
    compared, crowded = compare(connection, new, at, coming.alone)
    decided = _decided(connection, coming)
    sketches = np.unique(np.concatenate((coming.sketched.sketches.index, left, lost)))
    if coming.alone:  # all that they reach is at hand
        label = _clustered(coming.sketched.sketches, compared, decided)
    else:
        label = _clusters(connection, sketches, decided)
    records = _records_after(connection, coming, sketches, label)
    fresh = iter(_Fresh(connection))
    offer = offer_ids(records[["id", "offer", "cluster"]], fresh)
    _move(connection, records, offer)
    _rename(connection, records, offer, at)
    mine = records["coming"].to_numpy() >= 0
    placed = np.empty(len(coming.known), np.int64)
    placed[records["coming"].to_numpy()[mine]] = offer[mine]
    hiding.carry(connection, records["offer"], offer, at)
    hiding.carry(connection, hiding.said_by(connection, coming.sketched.of), placed, at)
    touched = np.unique(
        np.concatenate((records["offer"].to_numpy(), offer, coming.known["offer"], coming.leaving["offer"]))
    )
    share = records["standing"].groupby(offer).transform("sum").to_numpy() > 1
    return Placed(placed, touched[touched != 0], int(share[mine].sum()), _waiting(compared, label, decided), crowded)


def _waiting(compared: pd.DataFrame, label: pd.Series, decided: pd.DataFrame) -> int:
    one, other = (_labelled(compared[side].to_numpy(np.int64), label) for side in ("a", "b"))
    return len(undecided(compared, one, other, decided))


def _labelled(sketches: np.ndarray, label: pd.Series) -> np.ndarray:
    """The cluster of each sketch; itself where it has none. Never by way of floats, which round 64 bits."""
    at = label.index.get_indexer(pd.Index(sketches))
    found = sketches.copy()
    found[at >= 0] = label.to_numpy(np.int64)[at[at >= 0]]
    return found


def lock(connection: Connection, shared: str | None = None) -> None:
    """Wait until no other transaction places records; held to the end of this one.

    With `shared`, the name of a part that has to do with no other part, other parts may be placed at the same time.
    Raises WarehouseUnreachable, naming who holds it, where that takes too long.
    """
    key = {"key": MATCHING}
    if shared is None:
        waiting.take(connection, "select pg_advisory_xact_lock(:key)", key, MATCHING)
        return
    waiting.take(connection, "select pg_advisory_xact_lock_shared(:key)", key, MATCHING)
    part = {"key": 7105220, "part": shared}
    waiting.take(connection, "select pg_advisory_xact_lock(:key, hashtext(:part))", part, MATCHING)


def _vanish(connection: Connection, coming: Coming) -> tuple[np.ndarray, np.ndarray]:
    """Forget the sketches that no record will have any more, but for those that employers withdrew. Gives those that
    records left and that stay, and those that a forgotten one was like."""
    leaving = coming.leaving[coming.leaving["sketch"] != 0]
    left = np.unique(leaving["sketch"].to_numpy(np.int64))
    held = gathering.held_by(connection, left)
    others = held["sketch"][~held["id"].isin(leaving["id"]) & ~held["id"].isin(coming.known["id"])]
    kept = coming.keeps_ghosts | leaving["offer"].isin(hiding.hidden(connection))
    ghosts = leaving["sketch"][leaving["withdrawn"] & kept]
    stays = np.isin(left, np.concatenate((others, ghosts, coming.sketched.of)))
    gone, stay = left[~stays], left[stays]
    if not len(gone):
        return stay, gone
    pairs = gathering.alike(connection, gone)
    gathering.listed(connection, "wanted", gone)
    for table, column in (("links", "a"), ("links", "b"), ("sketch_keys", "sketch"), ("sketches", "id")):
        connection.execute(text(f"delete from {table} t using wanted w where t.{column} = w.id"))  # noqa: S608
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


def _clusters(connection: Connection, sketches: np.ndarray, decided: pd.DataFrame) -> pd.Series:
    """For each sketch that has to do with any of these the smallest id of its cluster; the others are their own."""
    near = gathering.reached(connection, sketches, decided)
    return _clustered(gathering.sites_of(connection, near), gathering.alike(connection, near), decided)


def _clustered(sites: pd.DataFrame, pairs: pd.DataFrame, decided: pd.DataFrame) -> pd.Series:
    """The clusters of sketches (gathering.SITED, by id) under links and decisions by id; what is not theirs is left."""
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
    others = others[
        ~pd.MultiIndex.from_frame(others[["feed", "reference"]]).isin(
            pd.MultiIndex.from_frame(mine[["feed", "reference"]])
        )
    ]
    others = others.assign(coming=-1, standing=others["standing"] & ~others["id"].isin(coming.leaving["id"]))
    still = gathering.that_are_known(connection, others["sketch"])
    kept = others["standing"] | others["sketch"].isin(still)
    records = pd.concat([mine, others[kept]], ignore_index=True)
    own = records["sketch"].isin(label.index) | records["sketch"].isin(sketches)
    # A record of elsewhere only says that its offer's id is in use: its cluster is the offer it has.
    cluster_of = np.where(own, _labelled(records["sketch"].to_numpy(np.int64), label), records["offer"])
    labels = pd.factorize(pd.MultiIndex.from_arrays([own, cluster_of]))[0]
    return records.assign(cluster=labels)


class _Fresh:
    """New ids, one at a time: few clusters ever need one."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def __iter__(self) -> Any:
        while True:
            yield int(gathering.fresh_ids(self._connection, 1)[0])


def _move(connection: Connection, records: pd.DataFrame, offer: np.ndarray) -> None:
    """Write the new offer of records that are in the warehouse and not about to be written."""
    moved = (records["coming"].to_numpy() < 0) & (records["offer"].to_numpy() != offer)
    if not moved.any():
        return
    rows = records[moved]
    columns = {name: pa.array(rows[name], pa.large_string()) for name in ("feed", "reference")}
    rows_in = pa.table({**columns, "offer": pa.array(offer[moved], pa.int64())})
    scratch(connection, "moved", "feed text, reference text, offer bigint", rows_in)
    connection.execute(
        text("update records r set offer_id = m.offer from moved m where r.feed = m.feed and r.reference = m.reference")
    )


def _rename(connection: Connection, records: pd.DataFrame, offer: np.ndarray, at: datetime) -> None:
    """Ids that were merged away point to what their records became; those in use again point nowhere."""
    had = pd.DataFrame({"alias": records["offer"], "offer": offer, "own": records["id"] == records["offer"]})
    used = np.unique(offer)
    left = had[(had["alias"] != 0) & ~had["alias"].isin(used)]
    gathering.listed(connection, "wanted", used)
    connection.execute(text("delete from offer_aliases a using wanted w where a.alias = w.id"))
    if left.empty:
        return
    to = left.sort_values(["alias", "own", "offer"], ascending=[True, False, True]).drop_duplicates("alias")
    rows = pa.table({name: pa.array(to[name], pa.int64()) for name in ("alias", "offer")})
    scratch(connection, "renamed", "alias bigint, offer bigint", rows)
    connection.execute(
        text("update offer_aliases a set offer = r.offer, since = :at from renamed r where a.offer = r.alias"),
        {"at": at},
    )
    connection.execute(
        text(
            "insert into offer_aliases (alias, offer, since) select alias, offer, :at from renamed "
            "on conflict (alias) do update set offer = excluded.offer, since = excluded.since"
        ),
        {"at": at},
    )
