"""What became of an offer: its records now and before, when each came, changed and went, and what people decided.

The columns about persons are not read here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise
from typing import Any

from sqlalchemy import Connection, text

from offers.matching.review import Key, shown
from offers.sheets import row_of, sheet_of
from warehouse.matching import hiding
from warehouse.matching.tables import PUBLIC


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
class Described:
    """A record that describes an offer, and where it was last said: the delivery, its drop and the line of it."""

    record: Key
    standing: bool
    delivery: int
    drop: str | None
    line: int
    sheet: str | None


@dataclass(frozen=True)
class Year:
    """A school year in which an offer was online: since when, and when it was taken away before its time."""

    school_year: str
    first_day: date
    withdrawn_on: date | None


@dataclass(frozen=True)
class History:
    """An offer, the ids that lead to it, and its events, newest first. `left`: the offers that records which once were
    here are in now; `online`: whether the view shows it now; `hidden`: whether a person hid it, whatever else."""

    offer: int
    opened_at: datetime
    closed_at: datetime | None
    online: bool
    hidden: bool
    aliases: tuple[int, ...]
    records: tuple[Described, ...]
    left: dict[Key, int]
    years: tuple[Year, ...]
    events: tuple[Event, ...]


def known(connection: Connection, offer: int) -> bool:
    """Whether there ever was an offer of this id, which it has still."""
    found = connection.execute(text("select from offer_ids where id = :id"), {"id": offer})
    return found.first() is not None


def history(connection: Connection, offer: int) -> History | None:
    """The history of an offer by the id that it has now; None where there is no such id."""
    given: dict[str, Any] = {"id": offer}
    row = connection.execute(text(_OFFER), given).first()
    if row is None:
        return None
    aliases = connection.execute(text(_ALIASES), given).all()
    ids = [offer, *(alias.alias for alias in aliases)]
    given = {"ids": ids, "id": offer}
    now = connection.execute(text(_NOW), given).mappings().all()
    before = connection.execute(text(_BEFORE), given).mappings().all()
    hidden = hiding.of_offer(connection, ids)
    events = [Event(row.opened_at, "opened", said=f"offer {offer}")]
    events += [Event(one.since, "merged", said=f"offer {one.alias} leads here") for one in aliases]
    told = {(_key(one), one["superseded_at"]) for one in before}
    events += [event for one in now if one["offer_id"] == offer for event in _of_record(one, told)]
    events += [*_of_versions(before, now), *_closing(row, before)]
    events += [_of_decision(one) for one in connection.execute(text(_DECISIONS), given).mappings()]
    events += [_of_link(one) for one in connection.execute(text(_LINKS), given).mappings()]
    events += [event for one in hidden for event in _of_hiding(one)]
    newest = sorted(events, key=lambda event: (event.at, event.delivery or 0), reverse=True)
    here = tuple(_described(one) for one in now if one["offer_id"] == offer)
    left = {_key(one): one["offer_id"] for one in now if one["offer_id"] != offer}
    years = tuple(Year(**one) for one in connection.execute(text(_YEARS), given).mappings())
    held = any(one.offer == offer and one.lifted_at is None for one in hidden)
    return History(offer, row.opened_at, row.closed_at, row.online, held, tuple(ids[1:]), here, left, years,
                   tuple(newest))  # fmt: skip


def _closing(row: Any, before: Sequence[Mapping[Any, Any]]) -> list[Event]:
    """That it closed, and by which delivery, where one withdrew its last record; else its time was over."""
    if row.closed_at is None:
        return []
    by = [one["superseded_by"] for one in before if one["superseded_at"] == row.closed_at]
    return [Event(row.closed_at, "closed", None, max(by, default=None), said=f"offer {row.id}")]


def _described(row: Mapping[Any, Any]) -> Described:
    line, sheets = row["line"], row["sheets"] or ()
    standing = row["withdrawn_at"] is None
    return Described(_key(row), standing, row["delivery_id"], row["drop"], row_of(line, sheets), sheet_of(line, sheets))


def _of_record(row: Mapping[Any, Any], told: set[tuple[Key, datetime]]) -> list[Event]:
    """When it was created, and when it came again after it was withdrawn; the rest its versions tell."""
    key, title = _key(row), row["title"]
    events = [Event(row["created_at"], "created", key, row["first_delivery_id"], title)]
    if row["updated_at"] != row["created_at"] and (key, row["updated_at"]) not in told:
        events.append(Event(row["updated_at"], "returned", key, row["delivery_id"], title))
    return events


def _of_versions(before: Sequence[Mapping[Any, Any]], now: Sequence[Mapping[Any, Any]]) -> list[Event]:
    """What each version had said until when, and what the one after it said otherwise."""
    versions: dict[Key, list[Mapping[Any, Any]]] = {}
    for row in (*sorted(before, key=lambda one: one["superseded_at"]), *now):
        versions.setdefault(_key(row), []).append(row)
    return [_of_version(old, new) for rows in versions.values() for old, new in pairwise(rows)]


def _of_version(row: Mapping[Any, Any], after: Mapping[Any, Any]) -> Event:
    until = f"what delivery {row['delivery_id']} had said, in offer {row['offer_id']}"
    other = [name for name in PUBLIC if row[name] != after[name]]
    if row["change"] != "withdrawn" and other:
        until += f"; other since: {', '.join(other)}"
    return Event(row["superseded_at"], row["change"], _key(row), row["superseded_by"], row["title"], until)


def _of_decision(row: Mapping[Any, Any]) -> Event:
    word = "one offer" if row["same"] else "two offers"
    other = f"{row['feed_b']}:{row['reference_b']}"
    said = f"{word} with {other}, decided by {row['by']}: « {row['reason']} »"
    return Event(row["at"], "decided", (row["feed_a"], row["reference_a"]), said=said)


def _of_link(row: Mapping[Any, Any]) -> Event:
    said = f"alike with {shown((row['feed_b'], row['reference_b']))}: {row['rule']}, score {row['score']:.1f}"
    return Event(row["since"], "linked", (row["feed_a"], row["reference_a"]), said=said)


def _of_hiding(one: hiding.Hidden) -> list[Event]:
    """That it was hidden, by whom and why, and lifted."""
    origin = "" if one.carried_from is None else f", for it has a record of offer {one.carried_from}"
    events = [Event(one.hidden_at, "hidden", said=f"by {one.hidden_by}: « {one.reason} »{origin}")]
    if one.lifted_at is not None:
        why = f": « {one.lifted_why} »" if one.lifted_why else ""
        events.append(Event(one.lifted_at, "lifted", said=f"by {one.lifted_by}{why}"))
    return events


def _key(row: Mapping[Any, Any]) -> Key:
    return row["feed"], row["reference"]


_OFFER = """
    select id, opened_at, closed_at, exists (select from offers where offer = id) as online
    from offer_ids where id = :id
"""
_ALIASES = "select alias, since from offer_aliases where offer = :id order by alias"
_YEARS = """
    select school_year, min(first_day) as first_day, case when bool_and(withdrawn_on is not null) then max(withdrawn_on)
    end as withdrawn_on from published_offers where offer = any(:ids) group by 1 order by 1
"""
_SAID = ", ".join(name for name in PUBLIC if name != "reference")
_NOW = f"""
    select feed, reference, {_SAID}, offer_id, created_at, updated_at, first_delivery_id, delivery_id, withdrawn_at,
        line, (select d."drop" from deliveries d where d.id = delivery_id) as "drop",
        (select d.sheets from deliveries d where d.id = delivery_id) as sheets
    from records r where r.offer_id = :id or exists (
        select from record_versions v where v.offer_id = any(:ids) and v.feed = r.feed and v.reference = r.reference)
    order by 1, 2
"""  # noqa: S608  # our own names
_BEFORE = f"""
    select feed, reference, {_SAID}, change, delivery_id, offer_id, superseded_at, superseded_by
    from record_versions v where v.offer_id = any(:ids) or exists (
        select from records r where r.offer_id = :id and r.feed = v.feed and r.reference = v.reference)
"""  # noqa: S608  # our own names
_LINKS = """
    select distinct on (l.a, l.b) a.feed as feed_a, a.reference as reference_a, b.feed as feed_b,
        b.reference as reference_b, l.rule, l.score, l.since
    from records a join links l on l.a = a.sketch join records b on b.sketch = l.b
    where a.offer_id = :id and b.offer_id = :id order by l.a, l.b, 1, 2, 3, 4
"""
_DECISIONS = """
    select d.* from link_decisions d where exists (select from records r where r.offer_id = :id
        and (r.feed, r.reference) in ((d.feed_a, d.reference_a), (d.feed_b, d.reference_b)))
"""
