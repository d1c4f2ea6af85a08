"""The drops that wait: who decided what of each, and what people were shown that releasing or replaying would do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Text, any_, cast, delete, select, update
from sqlalchemy.dialects.postgresql import ARRAY, insert

from offers.columns import NAMES
from offers.errors import Declined
from offers.model import Decision, Delivery
from warehouse.engine import Warehouse
from warehouse.tables import deliveries, quarantine, records, rehearsals

_DELIVERY = (deliveries.c.drop, deliveries.c.sha256, deliveries.c.finished_at.label("held_at"), deliveries.c.replays)
_HELD = select(quarantine, *_DELIVERY).join(deliveries, deliveries.c.id == quarantine.c.delivery_id)
WAITING, RELEASED, DISCARDED, SUPERSEDED = "waiting", "released", "discarded", "superseded"


@dataclass(frozen=True)
class Held:
    """One quarantined delivery: its state, the preview made when it was held, and who ended its waiting, if anyone."""

    delivery_id: int
    feed: str
    drop: str
    sha256: str
    held_at: datetime
    state: str
    preview: Mapping[str, Any]
    decided_at: datetime | None = None
    decided_by: str | None = None
    reason: str | None = None
    settled_by: int | None = None
    replays: int | None = None

    @property
    def came_with(self) -> int:
        """The delivery with which its bytes first came: its own, or the one that it re-ran."""
        return self.replays or self.delivery_id


@dataclass(frozen=True)
class Settlement:
    """What a delivery settles in its own transaction: the one a person released, those that a good drop overtakes."""

    decision: Decision | None = None
    supersedes: tuple[int, ...] = ()
    preview: Mapping[str, Any] = field(default_factory=dict)


class Quarantine:
    """What waits, and what became of it. Raises WarehouseUnreachable."""

    def __init__(self, warehouse: Warehouse) -> None:
        self._warehouse = warehouse

    def waiting(self, feed: str | None = None) -> list[Held]:
        """The deliveries that wait, oldest first, of one feed or of all."""
        query = _HELD.where(quarantine.c.state == WAITING).order_by(quarantine.c.delivery_id)
        return self._held(query if feed is None else query.where(quarantine.c.feed == feed))

    def newest(self, feed: str | None = None, limit: int = 50) -> list[Held]:
        """All that was ever held, newest first."""
        query = _HELD.order_by(quarantine.c.delivery_id.desc()).limit(limit)
        return self._held(query if feed is None else query.where(quarantine.c.feed == feed))

    def of(self, ids: Sequence[int]) -> dict[int, Held]:
        """By delivery, those of these deliveries that were held."""
        found = self._held(_HELD.where(quarantine.c.delivery_id.in_(ids))) if ids else ()
        return {held.delivery_id: held for held in found}

    def discard(self, decision: Decision) -> None:
        """End the waiting without loading anything. Raises Declined where it no longer waits."""
        with self._warehouse.transaction() as connection:
            _decide(connection, decision, DISCARDED, None)

    def show_anew(self, delivery_id: int, preview: Mapping[str, Any]) -> None:
        """Keep what releasing it would change as things stand now, in place of what it would have when it was held."""
        held = update(quarantine).where(quarantine.c.delivery_id == delivery_id)
        self._warehouse.run(held.values(preview=dict(preview)))

    def stood(self, feed: str, references: Sequence[str]) -> dict[str, dict[str, str]]:
        """What stands under a few references, as canonical text by column; empty columns left out."""
        if not references:
            return {}
        wanted = (records.c.feed == feed) & (records.c.reference == any_(cast(list(references), ARRAY(Text))))
        found = self._warehouse.run(select(*(records.c[name] for name in NAMES)).where(wanted))
        rows = [row._mapping for row in found]
        return {row["reference"]: {name: _canonical(v) for name, v in row.items() if v is not None} for row in rows}

    def _held(self, query: Any) -> list[Held]:
        return [Held(**row._mapping) for row in self._warehouse.run(query)]


def enter(connection: Connection, delivery: Delivery, settled: Settlement) -> None:
    """Let a held delivery wait, in its own transaction, in place of those that it supersedes."""
    settle(connection, delivery, settled)
    row = {"delivery_id": delivery.id, "feed": delivery.feed, "state": WAITING, "preview": dict(settled.preview)}
    connection.execute(insert(quarantine).values(row))


def settle(connection: Connection, delivery: Delivery, settled: Settlement) -> None:
    """End the waiting that a delivery ends, in its transaction. Raises Declined where that is over already."""
    if settled.decision is not None:
        _decide(connection, settled.decision, RELEASED, delivery.id)
    if settled.supersedes:
        overtaken = quarantine.c.delivery_id.in_(settled.supersedes) & (quarantine.c.state == WAITING)
        values = {"state": SUPERSEDED, "settled_by": delivery.id, "decided_at": delivery.finished_at}
        connection.execute(update(quarantine).where(overtaken).values(values))


def _decide(connection: Connection, decision: Decision, state: str, by: int | None) -> None:
    waits = (quarantine.c.delivery_id == decision.delivery) & (quarantine.c.state == WAITING)
    said = {"decided_at": decision.at, "decided_by": decision.by, "reason": decision.reason}
    done = connection.execute(update(quarantine).where(waits).values(said | {"state": state, "settled_by": by}))
    if done.rowcount != 1:
        raise Declined(
            f"delivery {decision.delivery} does not wait in quarantine (any more): somebody decided in the meantime, "
            "or it was never held. Nothing was changed; see `quai quarantine list --all`."
        )


def _canonical(value: Any) -> str:
    """A stored value as offers.columns.Kind writes it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return " ".join(value)
    if isinstance(value, dict):
        return " ".join(f"{day}={value[day]}" for day in _DAYS if day in value)
    return value.isoformat() if isinstance(value, date) else str(value)


_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class Foretold:
    """What replaying a delivery was last shown to do: it is held against that, as a release is against its preview.

    Figures by delivery: how many offers are created, updated, withdrawn. Raises WarehouseUnreachable.
    """

    def __init__(self, warehouse: Warehouse) -> None:
        self._warehouse = warehouse

    def of(self, delivery: int) -> Mapping[str, int]:
        """What was shown; empty where nothing was, or where it was replayed since."""
        found = self._warehouse.run(select(rehearsals.c.shown).where(rehearsals.c.delivery_id == delivery))
        return dict(found[0].shown) if found else {}

    def show(self, delivery: int, figures: Mapping[str, int], at: datetime) -> None:
        """Remember what people now know, in place of what they knew."""
        said = {"shown": dict(figures), "shown_at": at}
        statement = insert(rehearsals).values(delivery_id=delivery, **said)
        self._warehouse.run(statement.on_conflict_do_update(index_elements=["delivery_id"], set_=said))

    def forget(self, delivery: int) -> None:
        """It was done."""
        self._warehouse.run(delete(rehearsals).where(rehearsals.c.delivery_id == delivery))
