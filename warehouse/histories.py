"""What became of an offer: its records now and before, when each came, changed and went, and what people decided."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, text

from offers.matching.deciding import Key


@dataclass(frozen=True)
class Event:
    """Something that happened to an offer or to one of its records, and the delivery in which it did, if in one."""

    at: datetime
    what: str
    record: Key | None = None
    delivery: int | None = None
    title: str | None = None
    said: str | None = None


@dataclass(frozen=True)
class History:
    """An offer, the ids that lead to it, and its events, newest first. `records`: whether each of its records stands;
    `left`: the offers that records which once were here are in now."""

    offer: int
    opened_at: datetime
    closed_at: datetime | None
    aliases: tuple[int, ...]
    records: dict[Key, bool]
    left: dict[Key, int]
    events: tuple[Event, ...]


def history(connection: Connection, offer: int) -> History | None:
    """The history of an offer by the id that it has now; None where there is no such id."""
    row = connection.execute(text("select opened_at, closed_at from offer_ids where id = :id"), {"id": offer}).first()
    if row is None:
        return None
    aliases = connection.execute(
        text("select alias, since from offer_aliases where offer = :id order by alias"), {"id": offer}
    ).all()
    ids = {"ids": [offer, *(alias.alias for alias in aliases)], "id": offer}
    now = connection.execute(text(_NOW), ids).mappings().all()
    before = connection.execute(text(_BEFORE), ids).mappings().all()
    events = [Event(row.opened_at, "opened", said=f"offer {offer}")]
    events += [Event(row.closed_at, "closed", said=f"offer {offer}")] if row.closed_at else []
    events += [Event(one.since, "merged", said=f"offer {one.alias} leads here") for one in aliases]
    told = {(_key(one), one["superseded_at"]) for one in before}
    events += [event for one in now if one["offer_id"] == offer for event in _of_record(one, told)]
    events += [_of_version(one) for one in before]
    events += [_of_decision(one) for one in connection.execute(text(_DECISIONS), ids).mappings()]
    newest = sorted(events, key=lambda event: (event.at, event.delivery or 0), reverse=True)
    here = {_key(one): one["withdrawn_at"] is None for one in now if one["offer_id"] == offer}
    left = {_key(one): one["offer_id"] for one in now if one["offer_id"] != offer}
    return History(offer, row.opened_at, row.closed_at, tuple(one.alias for one in aliases), here, left, tuple(newest))


def _of_record(row: Mapping[Any, Any], told: set[tuple[Key, datetime]]) -> list[Event]:
    """When it was created, and when it came again after it was withdrawn; the rest its versions tell."""
    key, title = _key(row), row["title"]
    events = [Event(row["created_at"], "created", key, row["first_delivery_id"], title)]
    if row["updated_at"] != row["created_at"] and (key, row["updated_at"]) not in told:
        events.append(Event(row["updated_at"], "returned", key, row["delivery_id"], title))
    return events


def _of_version(row: Mapping[Any, Any]) -> Event:
    until = f"what delivery {row['delivery_id']} had said, in offer {row['offer_id']}"
    return Event(row["superseded_at"], row["change"], _key(row), row["superseded_by"], row["title"], until)


def _of_decision(row: Mapping[Any, Any]) -> Event:
    word = "one offer" if row["same"] else "two offers"
    other = f"{row['feed_b']}:{row['reference_b']}"
    said = f"{word} with {other}, decided by {row['by']}: « {row['reason']} »"
    return Event(row["at"], "decided", (row["feed_a"], row["reference_a"]), said=said)


def _key(row: Mapping[Any, Any]) -> Key:
    return row["feed"], row["reference"]


_NOW = """
    select feed, reference, title, offer_id, created_at, updated_at, first_delivery_id, delivery_id, withdrawn_at
    from records where offer_id = :id
    union select r.feed, r.reference, r.title, r.offer_id, r.created_at, r.updated_at, r.first_delivery_id,
        r.delivery_id, r.withdrawn_at
    from record_versions v join records r on r.feed = v.feed and r.reference = v.reference
    where v.offer_id = any(:ids) order by 1, 2
"""
_VERSION = "v.feed, v.reference, v.title, v.change, v.delivery_id, v.offer_id, v.superseded_at, v.superseded_by"
_BEFORE = f"""
    select {_VERSION} from record_versions v where v.offer_id = any(:ids)
    union select {_VERSION} from records r join record_versions v on v.feed = r.feed and v.reference = r.reference
    where r.offer_id = :id
"""  # noqa: S608  # our own names
_DECISIONS = """
    select d.* from link_decisions d where exists (select from records r where r.offer_id = :id
        and (r.feed, r.reference) in ((d.feed_a, d.reference_a), (d.feed_b, d.reference_b)))
"""
