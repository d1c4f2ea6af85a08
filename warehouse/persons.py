"""One person in the warehouse: where an address, a number or a name stands, and its erasure everywhere at once."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import text

from offers.columns import NAMES, PERSONAL
from warehouse.engine import Warehouse

TEXTS = tuple(name for name in ("title", "description", "employer_description") if name in NAMES)
TABLES = ("records", "record_versions", "golden")


@dataclass(frozen=True)
class Sign:
    """What a person is known by: an e-mail address or a name in small letters, or an E.164 number.

    `pattern` finds it inside texts, as a regular expression of PostgreSQL; `mark` is put in its place.
    """

    value: str
    pattern: str
    mark: str


class Persons:
    """Each call is one transaction. Raises WarehouseUnreachable."""

    def __init__(self, warehouse: Warehouse) -> None:
        self._warehouse = warehouse

    def found(self, sign: Sign) -> list[dict[str, Any]]:
        """Every row that names the person: its table, whose it is, its contact, and the texts that hold the sign."""
        rows: list[dict[str, Any]] = []
        with self._warehouse.transaction() as connection:
            for table in TABLES:
                said = connection.execute(_FIND[table], asdict(sign)).mappings()
                rows += [{"table": table, **row} for row in said]
        return rows

    def erase(self, sign: Sign) -> dict[str, int]:
        """Empty the contact of each row that is this person's, and put the mark in texts; rows changed, by table."""
        with self._warehouse.transaction() as connection:
            return {table: connection.execute(_ERASE[table], asdict(sign)).rowcount for table in TABLES}

    def deliveries(self, feed: str, first: int) -> list[dict[str, Any]]:
        """The newest delivery of each drop that a feed left from its delivery `first` on: the person may be in each."""
        with self._warehouse.transaction() as connection:
            rows = connection.execute(_DELIVERIES, {"feed": feed, "first": first}).mappings()
            return [dict(row) for row in rows]


_IS = {name: f"lower({name}) = :value" for name in PERSONAL}
_IN = {name: f"coalesce({name} ~* :pattern, false)" for name in TEXTS}
_CONTACT = f"({' or '.join(_IS.values())})"
_HELD = " || ".join(f"case when {_IN[name]} then array['{name}'] else array[]::text[] end" for name in TEXTS)
_ANY = f"({' or '.join(_IN.values())})"
_EMPTIED = ", ".join(f"{name} = case when {_CONTACT} then null else {name} end" for name in PERSONAL)
_MARKED = ", ".join(
    f"{name} = case when {_IN[name]} then regexp_replace({name}, :pattern, :mark, 'gi') else {name} end"
    for name in TEXTS
)
_WHOSE = {
    "records": "feed, reference, withdrawn_at is null as stands, first_delivery_id, delivery_id, line",
    "record_versions": "feed, reference, false as stands, first_delivery_id, delivery_id, line",
    "golden": "feed, offer::text as reference, true as stands, delivery_id as first_delivery_id, delivery_id, line",
}
_FIND = {
    table: text(
        f"select {_WHOSE[table]}, {', '.join(PERSONAL)}, {_HELD} as texts from {table} "  # noqa: S608  # our own names
        f"where {_CONTACT} or {_ANY} order by feed, reference"
    )
    for table in ("records", "record_versions")
} | {
    "golden": text(
        f"select {_WHOSE['golden']}, {_HELD} as texts from golden where {_ANY} order by feed, offer"  # noqa: S608  # our own names
    )
}
_ERASE = {
    table: text(f"update {table} set {_EMPTIED}, {_MARKED} where {_CONTACT} or {_ANY}")  # noqa: S608  # our own names
    for table in ("records", "record_versions")
} | {"golden": text(f"update golden set {_MARKED} where {_ANY}")}  # noqa: S608  # our own names
_DELIVERIES = text(
    "select max(id) as delivery, feed, min(drop) as drop, sha256, max(finished_at) as last_came from deliveries "
    "where feed = :feed and id >= :first group by feed, sha256 order by 1"
)
