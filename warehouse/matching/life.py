"""An offer's life: what became of it and its records, and whether a person took it down.

A hidden offer is one row of `hidden_offers`, which the view leaves out, whatever its partners send, until it is lifted.
Matching moves records between offers, so what is hidden is carried along: merged into another offer, split, given back
under another reference or written anew, it stays hidden, and whatever it is one offer with is hidden too. That may hide
too much, never too little; a person sees it in the list and lifts it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise
from typing import Any

import numpy as np
from sqlalchemy import Connection, text

from offers.matching.review import Key, shown
from offers.sheets import row_of, sheet_of
from warehouse.engine import Warehouse
from warehouse.locks import lock
from warehouse.matching import golden
from warehouse.matching.schema import PUBLIC

Row = Mapping[Any, Any]


@dataclass(frozen=True)
class Hidden:
    """An offer that is or was hidden. `carried_from`: the hidden offer that its records came from; None: a person hid
    it. `title` and `employer` as one of its records last said."""

    offer: int
    hidden_at: datetime
    hidden_by: str
    reason: str
    carried_from: int | None
    lifted_at: datetime | None
    lifted_by: str | None
    lifted_why: str | None
    title: str | None
    employer: str | None


def hidden(connection: Connection) -> np.ndarray:
    """The ids of the offers that are hidden now."""
    return np.array(list(connection.execute(text(_HIDDEN)).scalars()), np.int64)


def said_by(connection: Connection, sketches: np.ndarray) -> np.ndarray:
    """For each sketch the hidden offer that has a record of it; 0 for most."""
    known = {row.sketch: row.offer for row in connection.execute(text(_SKETCHES))}
    found = np.zeros(len(sketches), np.int64)
    at = np.flatnonzero(np.isin(sketches, np.array(list(known), np.int64)))
    found[at] = [known[sketch] for sketch in sketches[at].tolist()]
    return found


def carry(connection: Connection, before: Any, after: Any, at: datetime) -> None:
    """Hide each offer `after` whose record was in the hidden offer `before`, in the same words; row by row."""
    was, now = np.asarray(before, np.int64), np.asarray(after, np.int64)
    moved = np.isin(was, hidden(connection)) & (was != now)
    for old, new in sorted(set(zip(was[moved].tolist(), now[moved].tolist(), strict=True))):
        connection.execute(text(_CARRY), {"old": old, "new": new, "at": at})


class Offers:
    """What people ask of offers and do to them; each call is one transaction. Raises WarehouseUnreachable."""

    def __init__(self, warehouse: Warehouse) -> None:
        self._warehouse = warehouse

    def is_known(self, offer: int) -> bool:
        """Whether there ever was an offer of this id, which it has still."""
        return bool(self._warehouse.run(text("select 1 from offer_ids where id = :id"), {"id": offer}))

    def records_of(self, offer: int) -> tuple[int, list[Key]]:
        """The id that an offer has now, and its records: those that stand, or else all that were withdrawn."""
        with self._warehouse.transaction() as connection:
            return _records_of(connection, offer)

    def hide(self, offer: int, by: str, reason: str, at: datetime) -> tuple[bool, list[int]]:
        """Leave an offer out of the view; whether it was in it, and the offers that are hidden now on its account.

        It is out of the view before anything is waited for. A drop that is being published at this moment may be moving
        its records to another offer: once that is done, the offers that they are in are hidden too.
        """
        said = {"by": by, "reason": reason, "at": at}
        with self._warehouse.transaction() as connection:
            _, keys = _records_of(connection, offer)
            new = connection.execute(text(_HIDE), said | {"offer": offer}).rowcount
        with self._warehouse.transaction() as connection:
            lock(connection)
            offers = {_records_of(connection, offer)[0]}
            both = {"feeds": [feed for feed, _ in keys], "references": [reference for _, reference in keys]}
            offers |= set(connection.execute(text(_OFFERS_OF), both).scalars())
            for other in sorted(offers - {offer}):
                connection.execute(text(_HIDE), said | {"offer": other})
            golden.settle(connection, sorted(offers), at)
        return bool(new), sorted(offers)

    def lift(self, offer: int, by: str, why: str | None, at: datetime) -> tuple[list[int], list[int]]:
        """Put an offer back: the ids that lead to it by which it was hidden, none where it was not; and the offers that
        were hidden on account of these, and are still."""
        with self._warehouse.transaction() as connection:
            lock(connection)
            given = {"offer": _records_of(connection, offer)[0], "by": by, "why": why, "at": at}
            lifted = sorted(connection.execute(text(_LIFT), given).scalars())
            if lifted:
                connection.execute(text(_BACK), given)
                golden.settle(connection, [given["offer"]], at)
            return lifted, list(connection.execute(text(_CARRIED), {"offers": lifted}).scalars())

    def hidden(self, *, lifted: bool = False) -> list[Hidden]:
        """The offers that are hidden, or that were and are no longer; the newest first."""
        return [Hidden(**row._mapping) for row in self._warehouse.run(text(_LISTED), {"lifted": lifted})]

    def close_expired(self, today: date, at: datetime) -> int:
        """Close each open offer that was over before `today`, and say how many.

        A record that comes again with a later day or next year's weeks opens its offer again, as any that changes does.
        """
        with self._warehouse.transaction() as connection:
            # Nobody publishes meanwhile: a day that is put off now is seen, or opens the offer again afterwards.
            lock(connection)
            return golden.close_expired(connection, today, at)

    def history(self, offer: int) -> dict[str, Any] | None:
        """An offer by the id that it has now, the ids that lead to it, its records now and before, the school years in
        which it was online, and what happened to it, newest first; JSON-ready. None where there is no such id.

        `left`: the offers that records which once were here are in now; `online`: whether the view shows it now;
        `hidden`: whether a person hid it, whatever else. The columns about persons are not read.
        """
        with self._warehouse.transaction() as connection:
            row = connection.execute(text(_OFFER), {"id": offer}).first()
            if row is None:
                return None
            aliases = connection.execute(text(_ALIASES), {"id": offer}).all()
            given: dict[str, Any] = {"ids": [offer, *(alias.alias for alias in aliases)], "id": offer}
            queries = (_NOW, _BEFORE, _OF, _DECISIONS, _LINKS, _YEARS)
            rows = [connection.execute(text(query), given).mappings().all() for query in queries]
        now, before, hidings, decisions, links, years = rows
        events = [_event(row.opened_at, "opened", said=f"offer {offer}")]
        events += [_event(one.since, "merged", said=f"offer {one.alias} leads here") for one in aliases]
        events += _of_records([one for one in now if one["offer_id"] == offer], before)
        events += _of_versions(before, now)
        if row.closed_at is not None:  # by the delivery that withdrew its last record, if one did, or its time was over
            by = [one["superseded_by"] for one in before if one["superseded_at"] == row.closed_at]
            events.append(_event(row.closed_at, "closed", delivery=max(by, default=None), said=f"offer {offer}"))
        events += _of_people(decisions, links, hidings)
        newest = sorted(events, key=lambda event: (event["at"], event["delivery"] or 0), reverse=True)
        return {
            "offer": offer,
            "opened_at": row.opened_at.isoformat(),
            "closed_at": row.closed_at.isoformat() if row.closed_at else None,
            "online": row.online,
            "hidden": any(one["offer"] == offer and one["lifted_at"] is None for one in hidings),
            "aliases": given["ids"][1:],
            "records": [_described(one) for one in now if one["offer_id"] == offer],
            "left": [{"record": shown(_key(one)), "offer": one["offer_id"]} for one in now if one["offer_id"] != offer],
            "years": [dict(one) for one in years],
            "events": [{**event, "at": event["at"].isoformat()} for event in newest],
        }


def _records_of(connection: Connection, offer: int) -> tuple[int, list[Key]]:
    now = connection.execute(text("select offer from offer_aliases where alias = :id"), {"id": offer}).scalar() or offer
    rows = connection.execute(text(_OF_OFFER), {"id": now}).all()
    return now, [(row.feed, row.reference) for row in rows if row.standing or not any(one.standing for one in rows)]


def _event(
    at: datetime,
    what: str,
    record: Key | None = None,
    delivery: int | None = None,
    title: str | None = None,
    said: str | None = None,
) -> dict[str, Any]:
    """Something that happened to an offer or to one of its records, and the delivery in which it did, if in one."""
    name = shown(record) if record else None
    return {"at": at, "what": what, "record": name, "delivery": delivery, "title": title, "said": said}


def _described(row: Row) -> dict[str, Any]:
    """A record that describes an offer, and where it was last said: the delivery, its drop and the line of it."""
    line, sheets, (feed, reference) = row["line"], row["sheets"] or (), _key(row)
    where = {"delivery": row["delivery_id"], "drop": row["drop"], "line": row_of(line, sheets)}
    where |= {"sheet": sheet_of(line, sheets), "feed": feed, "reference": reference}
    return {"record": shown(_key(row)), "standing": row["withdrawn_at"] is None, **where}


def _of_records(now: Sequence[Row], before: Sequence[Row]) -> Iterator[dict[str, Any]]:
    """When each was created, and when it came again after it was withdrawn; the rest its versions tell."""
    told = {(_key(one), one["superseded_at"]) for one in before}
    for row in now:
        key, title = _key(row), row["title"]
        yield _event(row["created_at"], "created", key, row["first_delivery_id"], title)
        if row["updated_at"] != row["created_at"] and (key, row["updated_at"]) not in told:
            yield _event(row["updated_at"], "returned", key, row["delivery_id"], title)


def _of_versions(before: Sequence[Row], now: Sequence[Row]) -> Iterator[dict[str, Any]]:
    """What each version had said until when, and what the one after it said otherwise."""
    versions: dict[Key, list[Row]] = {}
    for row in (*sorted(before, key=lambda one: one["superseded_at"]), *now):
        versions.setdefault(_key(row), []).append(row)
    for row, after in (pair for rows in versions.values() for pair in pairwise(rows)):
        until = f"what delivery {row['delivery_id']} had said, in offer {row['offer_id']}"
        other = [name for name in PUBLIC if row[name] != after[name]]
        if row["change"] != "withdrawn" and other:
            until += f"; other since: {', '.join(other)}"
        yield _event(row["superseded_at"], row["change"], _key(row), row["superseded_by"], row["title"], until)


def _of_people(decisions: Sequence[Row], links: Sequence[Row], hidings: Sequence[Row]) -> Iterator[dict[str, Any]]:
    """What was decided of pairs, or found alike; and that it was hidden, by whom and why, and lifted."""
    for row in (*decisions, *links):
        one, other = (row["feed_a"], row["reference_a"]), shown((row["feed_b"], row["reference_b"]))
        if "by" in row:
            word = "one offer" if row["same"] else "two offers"
            said = f"{word} with {other}, decided by {row['by']}: « {row['reason']} »"
            yield _event(row["at"], "decided", one, said=said)
        else:
            said = f"alike with {other}: {row['rule']}, score {row['score']:.1f}"
            yield _event(row["since"], "linked", one, said=said)
    for row in hidings:
        origin = "" if row["carried_from"] is None else f", for it has a record of offer {row['carried_from']}"
        yield _event(row["hidden_at"], "hidden", said=f"by {row['hidden_by']}: « {row['reason']} »{origin}")
        if row["lifted_at"] is not None:
            why = f": « {row['lifted_why']} »" if row["lifted_why"] else ""
            yield _event(row["lifted_at"], "lifted", said=f"by {row['lifted_by']}{why}")


def _key(row: Row) -> Key:
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
_COLUMNS = ", ".join(name for name in PUBLIC if name != "reference")
_NOW = f"""
    select feed, reference, {_COLUMNS}, offer_id, created_at, updated_at, first_delivery_id, delivery_id, withdrawn_at,
        line, (select d."drop" from deliveries d where d.id = delivery_id) as "drop",
        (select d.sheets from deliveries d where d.id = delivery_id) as sheets
    from records r where r.offer_id = :id or exists (
        select from record_versions v where v.offer_id = any(:ids) and v.feed = r.feed and v.reference = r.reference)
    order by 1, 2
"""  # noqa: S608  # our own names
_BEFORE = f"""
    select feed, reference, {_COLUMNS}, change, delivery_id, offer_id, superseded_at, superseded_by
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
_HIDDEN = "select offer from hidden_offers where lifted_at is null"
_SKETCHES = """
    select r.sketch, min(r.offer_id) as offer from hidden_offers h join records r on r.offer_id = h.offer
    where h.lifted_at is null and r.sketch is not null group by 1
"""
_HIDE = """
    insert into hidden_offers (offer, hidden_at, hidden_by, reason) values (:offer, :at, :by, :reason)
    on conflict (offer) where lifted_at is null do nothing
"""
_CARRY = """
    insert into hidden_offers (offer, hidden_at, hidden_by, reason, carried_from)
    select :new, :at, hidden_by, reason, offer from hidden_offers where offer = :old and lifted_at is null
    on conflict (offer) where lifted_at is null do nothing
"""
_LIFT = """
    update hidden_offers h set lifted_at = :at, lifted_by = :by, lifted_why = :why where h.lifted_at is null
    and (h.offer = :offer or h.offer in (select alias from offer_aliases where offer = :offer)) returning h.offer
"""
_BACK = "update offer_ids set reopened_at = :at where id = :offer"
_CARRIED = """
    with recursive c as (
        select h.offer from hidden_offers h where h.carried_from = any(:offers)
        union select h.offer from hidden_offers h join c on h.carried_from = c.offer
    )
    select h.offer from hidden_offers h join c using (offer) where h.lifted_at is null order by 1
"""
_OF_OFFER = """
    select feed, reference, withdrawn_at is null as standing from records where offer_id = :id order by 1, 2
"""
_OFFERS_OF = """
    select r.offer_id from records r
    join unnest(cast(:feeds as text[]), cast(:references as text[])) as k (feed, reference)
    on k.feed = r.feed and k.reference = r.reference
"""
_ROW = "h.offer, h.hidden_at, h.hidden_by, h.reason, h.carried_from, h.lifted_at, h.lifted_by, h.lifted_why"
_SAID = f"""
    select {_ROW}, r.title, r.employer_name as employer from hidden_offers h
    left join offer_aliases a on a.alias = h.offer left join lateral (
        select title, employer_name from records where offer_id = coalesce(a.offer, h.offer)
        order by withdrawn_at is not null, updated_at desc limit 1
    ) r on true
"""  # noqa: S608  # our own names
_LISTED = f"{_SAID} where (h.lifted_at is not null) = :lifted order by h.hidden_at desc, h.offer"
_OF = f"{_SAID} where h.offer = any(:ids) order by h.hidden_at"
