"""One person in the warehouse: where an address, a number or a name stands, and its erasure everywhere at once.

Where to look, and what is done there, is said by warehouse.traces alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Text, any_, cast, delete, func, or_, select, update
from sqlalchemy.dialects.postgresql import ARRAY

from offers.cleaning.contacts import pseudonym
from offers.columns import PERSONAL
from offers.persons import Sign
from warehouse.engine import Warehouse
from warehouse.locks import lock
from warehouse.matching import golden
from warehouse.matching.rebuild import READ, rematch
from warehouse.matching.schema import link_decisions, metadata, sketches
from warehouse.tables import deliveries, records
from warehouse.traces import IN_NORMAL_FORM, TRACES, Act, Trace

_WHOSE = ("feed", "reference", "delivery_id", "first_delivery_id", "superseded_by", "line", "offer", "id")


@dataclass(frozen=True)
class Found:
    """One row that names the person: its table, the columns that do, and the whole row."""

    table: str
    columns: tuple[str, ...]
    row: Mapping[str, Any]

    @property
    def acts(self) -> set[Act]:
        """What is to be done to these columns."""
        return {trace.act for trace in TRACES[self.table] if trace.column in self.columns}

    @property
    def theirs(self) -> bool:
        """Whether it is the person's: a name among those of our staff, or a word of ours, stays."""
        return self.acts != {Act.OURS}

    def as_dict(self) -> dict[str, Any]:
        """What a person is given of it: whose row it is, the columns that name them, and what these say."""
        told = {name: self.row[name] for name in _WHOSE if name in self.row}
        contact = PERSONAL if set(PERSONAL) & set(self.columns) else ()
        said = {name: self.row[name] for name in dict.fromkeys((*self.columns, *contact))}
        return {"table": self.table, **told, "columns": list(self.columns), "said": said}


@dataclass(frozen=True)
class Searched:
    """What was found, and how much was looked through: rows by table, columns, and values (rows times columns)."""

    found: tuple[Found, ...]
    rows: Mapping[str, int]

    @property
    def columns(self) -> int:
        """How many columns."""
        return sum(len(TRACES[table]) for table in self.rows)

    @property
    def values(self) -> int:
        """How many values."""
        return sum(len(TRACES[table]) * rows for table, rows in self.rows.items())

    @property
    def theirs(self) -> list[Found]:
        """The rows to be changed."""
        return [one for one in self.found if one.theirs]


class Persons:
    """Each call is one transaction. Raises WarehouseUnreachable."""

    def __init__(self, warehouse: Warehouse) -> None:
        self._warehouse = warehouse

    def search(self, sign: Sign) -> Searched:
        """Every row of every table that names the person in any column that can hold text."""
        with self._warehouse.transaction() as connection:
            return _search(connection, sign)

    def erase(self, sign: Sign, at: datetime) -> dict[str, int]:
        """Take the person out of each row as its trace says; sketches and golden rows are made anew. Rows by table."""
        with self._warehouse.transaction() as connection:
            lock(connection)
            found = _search(connection, sign).theirs
            for one in found:
                _change(connection, one, sign, at)
            # The changed records are compared anew, and all of a sketch that names the person; then their offers drawn.
            changed = [one for one in found if one.table == "records"]
            read = [one for one in changed if {*READ, "reference"} & set(one.columns)]
            keys = {(one.row["feed"], one.row["reference"]) for one in read if "reference" not in one.columns}
            keys |= {(one.row["feed"], pseudonym(one.row["reference"])) for one in read if "reference" in one.columns}
            ids = [one.row["id"] for one in found if one.table == "sketches"]
            query = select(records.c.feed, records.c.reference).where(records.c.sketch.in_(ids))
            keys |= {(row.feed, row.reference) for row in connection.execute(query)} if ids else set()
            if keys:
                rematch(connection, sorted(keys), at)
            offers = [one.row["offer_id"] for one in changed]
            offers += [one.row["offer"] for one in found if one.table == "golden"]
            golden.settle(connection, offers, at)
        return dict(Counter(one.table for one in found))

    def deliveries(self, checksums: Iterable[str]) -> list[dict[str, Any]]:
        """The newest delivery of each of these drops, by feed and checksum."""
        when = func.max(deliveries.c.finished_at).label("last_came")
        newest, name = func.max(deliveries.c.id).label("delivery"), func.min(deliveries.c.drop).label("drop")
        key = (deliveries.c.feed, deliveries.c.sha256)
        query = select(newest, name, *key, when).group_by(*key)
        wanted = any_(cast(sorted(checksums), ARRAY(Text)))
        rows = self._warehouse.run(query.where(deliveries.c.sha256 == wanted).order_by("delivery"))
        return [dict(row._mapping) for row in rows]

    def checksums(self, numbers: Iterable[int]) -> frozenset[str]:
        """The drops of these deliveries."""
        rows = self._warehouse.run(select(deliveries.c.sha256).where(deliveries.c.id.in_(sorted(numbers))))
        return frozenset(row.sha256 for row in rows)


def _search(connection: Connection, sign: Sign) -> Searched:
    """Rows are chosen by one fast pass of the server, then looked at closely, a few at a time."""
    found, counted = list[Found](), dict[str, int]()
    few = {"stream_results": True, "max_row_buffer": 500}
    for name, traces in TRACES.items():
        table = metadata.tables[name]
        patterns = {t.column: f"{sign.likely}|{sign.likely_loose}" if _is_normal(t) else sign.likely for t in traces}
        likely = or_(*(cast(table.c[column], Text).op("~*")(said) for column, said in patterns.items()))
        for row in connection.execute(select(table).where(likely), execution_options=few).mappings():
            said = ((trace, row[trace.column]) for trace in traces if row[trace.column] is not None)
            columns = tuple(t.column for t, value in said if sign.masked(value, normal=_is_normal(t)) != value)
            if columns:
                found.append(Found(name, columns, dict(row)))
        counted[name] = connection.execute(select(func.count()).select_from(table)).scalar_one()
    return Searched(tuple(found), counted)


def _is_normal(trace: Trace) -> bool:
    return trace.table == sketches.name or (trace.table, trace.column) in IN_NORMAL_FORM


def _change(connection: Connection, one: Found, sign: Sign, at: datetime) -> None:
    table = metadata.tables[one.table]
    own = [column == one.row[column.name] for column in table.primary_key.columns]
    if Act.FORGET in one.acts:
        connection.execute(delete(table).where(*own))
        return
    values: dict[str, Any] = {}
    for trace in (trace for trace in TRACES[one.table] if trace.column in one.columns):
        said = one.row[trace.column]
        if trace.act is Act.CONTACT:
            values |= dict.fromkeys(PERSONAL)
        elif trace.act is Act.KEY:
            values[trace.column] = pseudonym(said)
        elif trace.act is Act.REMOVE and table.c[trace.column].nullable:
            values[trace.column] = None
        elif trace.act in (Act.MASK, Act.REMOVE):
            values[trace.column] = sign.masked(said, normal=_is_normal(trace))
    if table is link_decisions:
        values = _in_order({**one.row, **values})
    if one.table == "records" and one.acts - {Act.CONTACT}:
        values["updated_at"] = at  # whoever reads the view by it takes the change
    if values:
        connection.execute(update(table).where(*own).values(values))


def _in_order(row: dict[str, Any]) -> dict[str, Any]:
    """A decision under a pseudonym: its two records stand in the order of their keys."""
    if (row["feed_a"], row["reference_a"]) <= (row["feed_b"], row["reference_b"]):
        return row
    label = {**row["label"], "a": row["label"].get("b"), "b": row["label"].get("a")}
    sides = {f"{name}_{to}": row[f"{name}_{of}"] for name in ("feed", "reference") for to, of in ("ab", "ba")}
    return {**row, **sides, "label": label if "a" in row["label"] else row["label"]}
