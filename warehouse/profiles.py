"""Profiles in the warehouse: written with their delivery, read as the history of a feed."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, select
from sqlalchemy.dialects.postgresql import insert

from offers.gate.profile import REACH, WINDOW, Past, Profile
from offers.model import VerdictKind
from warehouse.copying import NUL, SHOWN_NUL
from warehouse.engine import Warehouse
from warehouse.tables import deliveries, profiles


def enter(connection: Connection, delivery_id: int, profile: Profile) -> None:
    """Write a delivery's profile, in the delivery's own transaction."""
    said = {"delivery_id": delivery_id, "profile": _no_nul(profile.as_dict())}
    connection.execute(insert(profiles).values(said))


def history(warehouse: Warehouse, feed: str, count: int = WINDOW) -> tuple[Past, ...]:
    """The last accepted deliveries of a feed that have a profile, newest first."""
    accepted = deliveries.c.verdict == VerdictKind.ACCEPTED.value
    query = _pasts().where(deliveries.c.feed == feed, accepted).limit(count)
    with warehouse.transaction() as connection:
        return tuple(_past(row) for row in connection.execute(query))


def month(warehouse: Warehouse, feed: str, at: datetime) -> tuple[Past, ...]:
    """The accepted deliveries of a feed within REACH, newest first, without what is known of single columns."""
    accepted = deliveries.c.verdict == VerdictKind.ACCEPTED.value
    light = profiles.c.profile.op("-")("columns").label("profile")
    query = _pasts(light).where(deliveries.c.feed == feed, accepted, deliveries.c.finished_at >= at - REACH)
    with warehouse.transaction() as connection:
        return tuple(_past(row) for row in connection.execute(query))


def profile_of(warehouse: Warehouse, delivery_id: int) -> Profile | None:
    """The profile of one delivery, accepted or not; None where it was not judged."""
    with warehouse.transaction() as connection:
        row = connection.execute(_pasts().where(deliveries.c.id == delivery_id)).first()
    return None if row is None else _past(row).profile


def judged_since(warehouse: Warehouse, since: datetime) -> list[tuple[Past, bool]]:
    """Every judged delivery since then, of all feeds, oldest first; and whether it was accepted."""
    query = _pasts().add_columns(deliveries.c.verdict).where(deliveries.c.finished_at >= since)
    with warehouse.transaction() as connection:
        rows = connection.execute(query).all()
    return [(_past(row[:4]), row[4] == VerdictKind.ACCEPTED.value) for row in reversed(rows)]


def _pasts(profile: ColumnElement[Any] = profiles.c.profile) -> Select[Any]:
    said = (deliveries.c.id, deliveries.c.finished_at, deliveries.c.sha256, profile)
    return select(*said).join(profiles, profiles.c.delivery_id == deliveries.c.id).order_by(deliveries.c.id.desc())


def _past(row: Any) -> Past:
    delivery, at, sha256, said = row
    return Past(delivery, at, sha256, Profile.from_dict(said))


def _no_nul(said: Any) -> Any:
    """PostgreSQL's JSON holds no NUL, and a partner's words may."""
    if isinstance(said, str):
        return said.replace(NUL, SHOWN_NUL)
    if isinstance(said, dict):
        return {_no_nul(key): _no_nul(value) for key, value in said.items()}
    return [_no_nul(one) for one in said] if isinstance(said, (list, tuple)) else said
