"""Runs that took nothing in, and what people were told of each feed."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, exists, func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from offers.errors import WarehouseUnreachable
from offers.model import VerdictKind
from warehouse.engine import Warehouse
from warehouse.locks import Holder, long_held
from warehouse.tables import alerts, deliveries, failures

_FAILURES = select(failures.c.feed, failures.c.at, failures.c.kind, failures.c.sentence)


@dataclass(frozen=True)
class Failure:
    """One run that could take nothing in: the feed, when, the error's name, its sentence."""

    feed: str
    at: datetime
    kind: str
    sentence: str


@dataclass(frozen=True)
class Told:
    """What was last said about one matter of a feed; `told_at` is None where it was acknowledged before it was sent."""

    feed: str
    kind: str
    state: str
    sentence: str
    told_at: datetime | None = None
    acknowledged_at: datetime | None = None
    acknowledged_by: str | None = None


class Alarms:
    """The tables `failures` and `alerts`. Raises WarehouseUnreachable."""

    def __init__(self, warehouse: Warehouse) -> None:
        self._warehouse = warehouse

    def failed(self, *runs: Failure) -> None:
        """Write down runs that could take nothing in; all of them or none."""
        rows = [
            {"feed": one.feed, "at": one.at, "kind": one.kind, "sentence": one.sentence.replace("\x00", "")}
            for one in runs
        ]
        if rows:
            self._run(insert(failures).values(rows))

    def recovered(self, feed: str, at: datetime) -> None:
        """End the feed's row of failures, unless what its last run took in was unreadable."""
        newest = select(func.max(deliveries.c.id)).where(deliveries.c.feed == feed).scalar_subquery()
        unreadable = (deliveries.c.id == newest) & (deliveries.c.verdict == VerdictKind.UNREADABLE.value)
        ended = (failures.c.feed == feed) & failures.c.over_at.is_(None) & ~exists().where(unreadable)
        self._run(update(failures).where(ended).values(over_at=at))

    def open_failures(self, feed: str | None = None) -> dict[str, list[Failure]]:
        """By feed, the failures since it was last well, newest first."""
        query = _FAILURES.where(failures.c.over_at.is_(None)).order_by(failures.c.id.desc())
        found: dict[str, list[Failure]] = {}
        for row in self._run(query if feed is None else query.where(failures.c.feed == feed)):
            found.setdefault(row.feed, []).append(Failure(*row))
        return found

    def let_down(self, since: datetime) -> list[Failure]:
        """Runs since then that the database itself did not serve, over or not, newest first."""
        query = _FAILURES.where(failures.c.at > since, failures.c.kind == WarehouseUnreachable.__name__)
        return [Failure(*row) for row in self._run(query.order_by(failures.c.at.desc()))]

    def long_held(self) -> list[Holder]:
        """Sessions that hold a lock of ours for so long that a person should look."""
        with self._warehouse.transaction() as connection:
            return long_held(connection)

    def told(self, feed: str | None = None) -> dict[tuple[str, str], Told]:
        """What people know, by feed and kind."""
        query = select(alerts) if feed is None else select(alerts).where(alerts.c.feed == feed)
        return {(row.feed, row.kind): Told(**row._mapping) for row in self._run(query)}

    def tell(self, told: Told) -> None:
        """Note what people now know, in place of what they knew; an acknowledgement holds only for what it was of."""
        values = {name: getattr(told, name) for name in alerts.c.keys()}  # noqa: SIM118  # the names, not the columns
        statement = upsert(alerts).values(values)
        newer = {name: statement.excluded[name] for name in values if name not in ("feed", "kind")}
        self._run(statement.on_conflict_do_update(index_elements=["feed", "kind"], set_=newer))

    def acknowledge(self, told: Told) -> None:
        """Note that a person took it on; when it was told stays as it was."""
        known = self.told(told.feed).get((told.feed, told.kind))
        if known is not None and known.state == told.state:
            same = (alerts.c.feed == told.feed) & (alerts.c.kind == told.kind)
            values = {"acknowledged_at": told.acknowledged_at, "acknowledged_by": told.acknowledged_by}
            self._run(update(alerts).where(same).values(values))
        else:
            self.tell(told)

    def forget(self, gone: Collection[tuple[str, str]]) -> None:
        """Forget matters that ended, so that they are told again when they come back."""
        for feed, kind in gone:
            self._run(delete(alerts).where(alerts.c.feed == feed, alerts.c.kind == kind))

    def _run(self, statement: Any) -> Any:
        with self._warehouse.transaction() as connection:
            done = connection.execute(statement)
            return done.all() if done.returns_rows else done
