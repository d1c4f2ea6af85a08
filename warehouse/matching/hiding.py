"""Offers that a person took down: hidden whatever their partners send, wherever their records go, until lifted.

A hidden offer is one row of `hidden_offers`, which the view leaves out. Matching moves records between offers, so what
is hidden is carried along: merged into another offer, split, given back under another reference or written anew, it
stays hidden, and whatever it is one offer with is hidden too. That may hide too much, never too little; a person sees
it in the list and lifts it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from sqlalchemy import Connection, text

from warehouse.engine import Warehouse


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


def hide(connection: Connection, offers: Sequence[int], by: str, reason: str, at: datetime) -> int:
    """Leave these offers out of the view from the commit on; how many were not hidden yet."""
    rows = [{"offer": offer, "by": by, "reason": reason, "at": at} for offer in offers]
    return sum(connection.execute(text(_HIDE), row).rowcount for row in rows)


def lift(connection: Connection, offer: int, by: str, why: str | None, at: datetime) -> list[int]:
    """Put an offer back, by whatever id of those that lead to it it was hidden; these ids, none where none was."""
    given = {"offer": offer, "by": by, "why": why, "at": at}
    return sorted(connection.execute(text(_LIFT), given).scalars())


def carried(connection: Connection, offers: Sequence[int]) -> list[int]:
    """The offers that are hidden on account of these, or of one that is."""
    return list(connection.execute(text(_CARRIED), {"offers": list(offers)}).scalars())


def listed(warehouse: Warehouse, *, lifted: bool = False) -> list[Hidden]:
    """The offers that are hidden, or that were and are no longer; the newest first. Raises WarehouseUnreachable."""
    with warehouse.transaction() as connection:
        return [Hidden(**row) for row in connection.execute(text(_LISTED), {"lifted": lifted}).mappings()]


def of_offer(connection: Connection, ids: Sequence[int]) -> list[Hidden]:
    """Each time that an offer was hidden under one of these ids, oldest first."""
    return [Hidden(**row) for row in connection.execute(text(_OF), {"ids": list(ids)}).mappings()]


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
_CARRIED = """
    with recursive c as (
        select h.offer from hidden_offers h where h.carried_from = any(:offers)
        union select h.offer from hidden_offers h join c on h.carried_from = c.offer
    )
    select h.offer from hidden_offers h join c using (offer) where h.lifted_at is null order by 1
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
