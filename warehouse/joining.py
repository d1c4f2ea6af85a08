"""The changes of one delivery, with the offer that each record belongs to: what `publish` writes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np
import pandas as pd
from sqlalchemy import Connection, select
from sqlalchemy.dialects.postgresql import insert

from offers.feed import Terms
from offers.matching import sketch
from offers.matching.blocking import crowded_finding
from offers.matching.identity import recycled, recycling_finding
from offers.matching.survivors import OWN
from offers.model import Changes, Delivery
from warehouse import gathering, hiding
from warehouse.matching_tables import feeds
from warehouse.placing import Coming, Placed, lock, place


@dataclass(frozen=True)
class Joined:
    """`changes`: their frames with id, offer_id and sketch; `placed`: what became of others; `recycled`: references
    that mean another offer than before."""

    changes: Changes
    placed: Placed
    recycled: tuple[str, ...]

    def told(self, delivery: Delivery) -> Delivery:
        """The delivery with what matching found: records that share an offer, pairs to look at, recycled references."""
        counts = replace(delivery.counts, linked=self.placed.linked, review=self.placed.review)
        found = (*recycling_finding(self.recycled), *crowded_finding(delivery.feed, self.placed.crowded))
        return replace(delivery, counts=counts, findings=(*delivery.findings, *found))


def join(connection: Connection, feed: str, terms: Terms, changes: Changes, at: datetime) -> Joined:
    """Decide for each created and updated record which offer it belongs to; takes the lock of all matching."""
    lock(connection)
    news = _remember(connection, feed, terms)
    records = pd.concat([changes.created, changes.updated], ignore_index=True)
    records = records.assign(feed=pd.Series([feed] * len(records), dtype="str"))
    apart = gathering.told_apart(connection, feed)
    sketched = sketch(records, records["reference"].isin(apart).to_numpy() | (terms.repeated == "keep"))
    had = gathering.records_by_reference(connection, feed, [*changes.updated["reference"], *changes.withdrawn])
    was = _known(had, records)
    before = gathering.known_sketches(connection, was["sketch"])
    again = recycled(before, sketched.sketches, was["sketch"].to_numpy(), sketched.of)
    known = _numbered(connection, was, again)
    leaving = _leaving(had, changes)
    placed = place(connection, Coming(known, sketched, leaving, terms.trust in OWN), at)
    # Another text under the same reference is hidden on, unless the old text only went to another reference.
    rewritten = again & ~was["sketch"].isin(sketched.of).to_numpy()
    hiding.carry(connection, was["offer"][rewritten], placed.offer[rewritten], at)
    if news:
        touched = np.union1d(placed.touched, gathering.offers_of(connection, feed))
        placed = replace(placed, touched=touched)
    columns = {"id": known["id"].to_numpy(), "offer_id": placed.offer, "sketch": sketched.of}
    return Joined(_with(changes, columns), placed, tuple(records["reference"][again]))


def _remember(connection: Connection, feed: str, terms: Terms) -> bool:
    """Whether these are other terms than the feed last had: then all its offers are settled by them, changed or not."""
    said = {"trust": terms.trust, "repeated": terms.repeated}
    had = connection.execute(select(feeds.c.trust, feeds.c.repeated).where(feeds.c.feed == feed)).one_or_none()
    statement = insert(feeds).values(feed=feed, **said)
    connection.execute(statement.on_conflict_do_update(index_elements=["feed"], set_=said))
    return had is None or (had.trust, had.repeated) != (terms.trust, terms.repeated)


def _known(had: pd.DataFrame, records: pd.DataFrame) -> pd.DataFrame:
    """What each record was: id, offer and sketch, 0 where it is new."""
    numbers = had[["id", "offer", "sketch"]].reindex(pd.Index(records["reference"])).fillna(0).astype(np.int64)
    return numbers.reset_index(drop=True).assign(feed=records["feed"], reference=records["reference"])


def _numbered(connection: Connection, known: pd.DataFrame, again: np.ndarray) -> pd.DataFrame:
    """New ids for records that are new, and for those that began anew; these have had no offer yet."""
    new = (known["id"].to_numpy() == 0) | again
    ids = known["id"].to_numpy().copy()
    ids[new] = gathering.fresh_ids(connection, int(new.sum()))
    return known.assign(id=ids, offer=known["offer"].where(~new, 0), standing=True)


def _leaving(had: pd.DataFrame, changes: Changes) -> pd.DataFrame:
    """The records that are updated, withdrawn or come again: what they belonged to until now."""
    withdrawn = had["standing"] & had.index.isin(changes.withdrawn)
    coming = had.index.isin(changes.updated["reference"]) | had.index.isin(changes.created["reference"])
    return had.assign(withdrawn=withdrawn)[withdrawn | coming].reset_index(drop=True)


def _with(changes: Changes, columns: dict[str, np.ndarray]) -> Changes:
    count = len(changes.created)
    created = changes.created.assign(**{name: values[:count] for name, values in columns.items()})
    updated = changes.updated.assign(**{name: values[count:] for name, values in columns.items()})
    return replace(changes, created=created, updated=updated)
