"""What is kept too long, and taking it away: bytes by their drop, what is said of lines, contacts of persons.

The ledger stays for good: deliveries with their counts, findings and profiles. An age counts from the last time that
the same bytes came, for what is said of their lines is still in force then.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, TextClause, text

from offers.calendar import day_of
from offers.columns import PERSONAL
from warehouse.engine import Warehouse
from warehouse.matching.schema import day, over
from warehouse.traces import PEOPLE, SAID_OF_LINES


@dataclass(frozen=True)
class Old:
    """Bytes that are due to go, as one feed left them."""

    feed: str
    sha256: str
    name: str
    size: int
    last_came: datetime


@dataclass(frozen=True)
class Due:
    """What to choose: what last came before an instant, or these deliveries whatever their age."""

    before: datetime
    deliveries: tuple[int, ...] = ()


class Retention:
    """Each call is one short transaction. Raises WarehouseUnreachable."""

    def __init__(self, warehouse: Warehouse) -> None:
        self._warehouse = warehouse

    def drops(self, due: Due) -> list[Old]:
        """The drops that are due, oldest first, whether the landing still holds them or not; none that waits."""
        return [Old(**row._mapping) for row in self._warehouse.run(_DROPS, _given(due))]

    def known(self) -> frozenset[str]:
        """Every checksum in the ledger."""
        return frozenset(row.sha256 for row in self._warehouse.run(text("select sha256 from drops")))

    def waiting(self, deliveries: Sequence[int]) -> list[int]:
        """Those of these deliveries whose bytes wait in quarantine."""
        return [row.id for row in self._warehouse.run(_WAITING, {"deliveries": list(deliveries)})]

    def lines(self, due: Due, *, remove: bool = False) -> dict[str, int]:
        """How many rows are due by table; removed where asked for."""
        said = _REMOVE if remove else _COUNT
        with self._warehouse.transaction() as connection:
            return {table: _rows(connection, said[table], _given(due)) for table in SAID_OF_LINES}

    def contacts(self, at: datetime, *, remove: bool = False) -> dict[str, int]:
        """How many rows name a person whom nobody need reach any more, by table; emptied where asked for."""
        said = _FORGET if remove else _NAMED
        with self._warehouse.transaction() as connection:
            return {table: _rows(connection, said[table], day(day_of(at))) for table in PEOPLE}


def _given(due: Due) -> dict[str, object]:
    return {"before": due.before, "deliveries": list(due.deliveries), "by_age": not due.deliveries}


def _rows(connection: Connection, statement: TextClause, given: Mapping[str, object]) -> int:
    result = connection.execute(statement, given)
    return int(result.scalar_one() if result.returns_rows else result.rowcount)


_DUE = (
    "with due as (select d.sha256, max(d.finished_at) as last_came from deliveries d group by d.sha256 having "
    "((:by_age and max(d.finished_at) < :before) or bool_or(d.id = any(:deliveries))) and not exists "
    "(select from quarantine q join deliveries w on w.id = q.delivery_id "
    "where q.state = 'waiting' and w.sha256 = d.sha256)) "
)
_DROPS = text(
    f"{_DUE} select o.feed, o.sha256, o.name, o.size, due.last_came from drops o "  # noqa: S608  # our own names
    "join due using (sha256) order by due.last_came, o.feed, o.sha256"
)
_WAITING = text(
    "select distinct d.id from deliveries d join deliveries w using (sha256) join quarantine q on q.delivery_id = w.id "
    "where d.id = any(:deliveries) and q.state = 'waiting' order by d.id"
)
_OF_DUE = "where delivery_id in (select id from deliveries join due using (sha256))"
_COUNT = {table: text(f"{_DUE} select count(*) from {table} {_OF_DUE}") for table in SAID_OF_LINES}  # noqa: S608  # our own names
_REMOVE = {table: text(f"{_DUE} delete from {table} {_OF_DUE}") for table in SAID_OF_LINES}  # noqa: S608  # our own names

_HAS = f"({' or '.join(f't.{name} is not null' for name in PERSONAL)})"
_EMPTY = f"set {', '.join(f'{name} = null' for name in PERSONAL)}"
_ENDED = (
    "exists (select from records r join offer_ids o on o.id = r.offer_id where r.feed = t.feed "
    f"and r.reference = t.reference and (r.withdrawn_at is not null or o.closed_at is not null or {over('r')}))"
)
_OF_ANOTHER = (
    "(t.change <> 'updated' or exists (select from records r where r.feed = t.feed and r.reference = t.reference "
    "and r.offer_id <> t.offer_id))"
)
_OVER = {"records": f"{_HAS} and {_ENDED}", "record_versions": f"{_HAS} and ({_OF_ANOTHER} or {_ENDED})"}
_NAMED = {table: text(f"select count(*) from {table} t where {_OVER[table]}") for table in PEOPLE}  # noqa: S608  # our own names
_FORGET = {table: text(f"update {table} t {_EMPTY} where {_OVER[table]}") for table in PEOPLE}
