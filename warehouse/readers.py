"""What others may read of the database, and nothing else (docs/reading.md): the views, the tables to join to them, the
changes since an instant, and the role that may read these alone.

Views and comments are drawn from here whenever the tables are made or brought on. What cannot be migrated is done
beside: roles belong to the whole server, a dump holds no grants, and the reference tables change without a migration.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import psycopg
import pyarrow as pa
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from offers.cleaning.vocabularies import Reference
from offers.columns import BY_NAME, Kind
from warehouse.engine import Warehouse
from warehouse.matching.schema import OFFERS_VIEW, PUBLIC

ROLE = "quai_reader"
READABLE = ("offers", "offer_states", "sectors", "departments", "academies")
"""All that the role may read."""
OVERLAP = timedelta(hours=1)
"""By how much earlier than the last instant he holds a reader asks again. A change bears the instant at which its run
had judged, and is seen when it is committed: after waiting for others (locks.PATIENCE) and loading, some minutes."""

_log = logging.getLogger("quai.readers")

_JOIN = {"sector": "sectors.code", "department": "departments.code", "academy": "academies.name"}
_COLUMNS = {
    "offer": "its id, which stays; of one merged into another see offer_states.merged_into",
    "records": "how many standing records of partners describe it",
    "feed": "partner/feed of the record that leads",
    **{name: BY_NAME[name].meaning_en + (f" See {_JOIN[name]}." if name in _JOIN else "") for name in PUBLIC},
    "delivery_id": "the delivery that last changed the leading record",
    "line": "the line of that delivery's drop",
    "created_at": "when the leading record was created",
    "updated_at": "when the leading record was last changed",
    "provenance": "columns that are not from the leading record: [feed, reference]",
}
_STATES = {
    "offer": "its id",
    "at": "when it last changed in any way",
    "state": "open; closed: no longer online; merged: it is another offer now",
    "merged_into": "the id that stands for it now; null where it was not merged",
    "open_since": "since when it is open; it may have been closed before",
}
_STATES_VIEW = """
    select o.id as offer, coalesce(o.changed_at, o.opened_at) as at,
        case when a.offer is not null then 'merged'
            when o.closed_at is not null
                or exists (select from hidden_offers h where h.offer = o.id and h.lifted_at is null) then 'closed'
            else 'open' end as state,
        a.offer as merged_into, coalesce(o.reopened_at, o.opened_at) as open_since
    from offer_ids o left join offer_aliases a on a.alias = o.id
"""
# Not strict, without settings of its own and with the reader's rights, so that PostgreSQL writes it into the query that
# calls it and plans that for the instant which is asked for. The view beneath has ours.
_CHANGES = """
    create or replace function offers_changes(since timestamptz)
    returns table (at timestamptz, offer bigint, change text, merged_into bigint)
    language sql stable parallel safe begin atomic
        select s.at, s.offer,
            case when s.state <> 'open' then s.state when s.open_since > since then 'opened' else 'changed' end,
            s.merged_into
        from offer_states s where s.at > since order by s.at, s.offer;
    end
"""
_SAID = {
    "view offers": "What is online, without the columns about persons.",
    "view offer_states": "Each offer that ever was: whether it is open, and when it last changed.",
    "function offers_changes(timestamptz)": "Offers that were opened, changed, closed or merged after an instant: one "
    "row each, in order. Ask from an hour before the last `at` that you hold.",
    **{f"column offers.{name}": said for name, said in _COLUMNS.items()},
    **{f"column offer_states.{name}": said for name, said in _STATES.items()},
}


def draw(connection: Connection) -> None:
    """Make the views and the function as they are today, with a comment on each and on each column."""
    statements = [
        f"create or replace view offers as {OFFERS_VIEW}",
        f"create or replace view offer_states as {_STATES_VIEW}",
        _CHANGES,
        *("comment on {} is '{}'".format(what, said.replace("'", "''")) for what, said in _SAID.items()),
    ]
    connection.exec_driver_sql(";".join(statements))


def wipe(connection: Connection) -> None:
    """Take them away again."""
    connection.execute(text("drop function offers_changes"))
    connection.execute(text("drop view offer_states, offers"))


def furnish(warehouse: Warehouse, reference: Reference, *, anew: bool = False) -> str | None:
    """Bring the tables to join up to what cleaning uses; where that changed, or `anew`, let the role read.

    What an administrator is to type where this database user may not make the role or let it read; None otherwise.
    Several processes may call it at once.
    """
    wanted = _rows(reference)
    with warehouse.transaction() as connection:
        if not anew and _held(connection) == wanted:
            return None
        connection.execute(text("lock table sectors in share row exclusive mode"))  # one writes, others wait; all read
        if _held(connection) != wanted:
            for table, rows in wanted.items():
                connection.execute(text(f"delete from {table}"))  # noqa: S608  # our own names
                names = ", ".join(_JOINED[table])
                values = ", ".join(f":{name}" for name in _JOINED[table])
                given = [dict(zip(_JOINED[table], row, strict=True)) for row in sorted(rows)]
                if given:
                    connection.execute(text(f"insert into {table} ({names}) values ({values})"), given)  # noqa: S608
        return _let_read(connection, warehouse.where)


_JOINED = {"sectors": ("code", "name"), "departments": ("code", "name", "academy"), "academies": ("name",)}


def _rows(reference: Reference) -> dict[str, set[tuple[str, ...]]]:
    academies = reference.places.academies
    return {
        "sectors": set(reference.sectors.items()),
        "departments": {(code, name, academies[code]) for code, name in reference.departments.items()},
        "academies": {(name,) for name in academies.values()},
    }


def _held(connection: Connection) -> dict[str, set[tuple[str, ...]]]:
    found: dict[str, set[tuple[str, ...]]] = {table: set() for table in _JOINED}
    for table, *row in connection.execute(text(_HELD)):
        found[table].add(tuple(row[: len(_JOINED[table])]))
    return found


_HELD = """
    select 'sectors', code, name, null from sectors union all
    select 'departments', code, name, academy from departments union all
    select 'academies', name, null, null from academies
"""


def _let_read(connection: Connection, where: str) -> str | None:
    """Make the role where it is not there, and grant what it may read."""
    schema = connection.execute(text("select quote_ident(current_schema())")).scalar_one()
    there = connection.execute(text("select 1 from pg_roles where rolname = :role"), {"role": ROLE}).scalar()
    steps = [] if there else [f"create role {ROLE} nologin"]
    steps += [
        f"grant usage on schema {schema} to {ROLE}",
        f"grant select on {', '.join(READABLE)} to {ROLE}",
        f"grant execute on function instant(), offers_changes(timestamptz) to {ROLE}",
    ]
    # A right to grant that is lacking may be a warning alone: so what counts is what the role may do in the end.
    if all(_allowed(connection, step) for step in steps) and connection.execute(text(_READS), _READER).scalar_one():
        return None
    told = (
        f"{where}: the database user of Quai may not do all that lets the role {ROLE} read (docs/reading.md); all else "
        f"is as it should be. An administrator types in this database: {'; '.join(steps)};"
    )
    _log.warning("%s", told)
    return told


_READER = {"role": ROLE, "names": list(READABLE)}
_READS = "select bool_and(has_table_privilege(:role, name, 'select')) from unnest(cast(:names as text[])) as name"


def _allowed(connection: Connection, statement: str) -> bool:
    try:
        with connection.begin_nested():
            connection.exec_driver_sql(statement)
    except DBAPIError as error:
        if isinstance(error.orig, psycopg.errors.DuplicateObject | psycopg.errors.UniqueViolation):
            return True  # another process made the role a moment ago
        if isinstance(error.orig, psycopg.errors.InsufficientPrivilege):
            return False
        raise
    return True


@dataclass(frozen=True)
class Exported:
    """How many rows an export has, and the instant of the newest change that it tells of or holds."""

    rows: int
    last: datetime | None


ARROW: Mapping[Kind, Any] = {
    Kind.YES_NO: pa.bool_(),
    Kind.DECIMAL: pa.float64(),
    Kind.INTEGER: pa.int32(),
    Kind.DATE: pa.date32(),
}
"""The kinds that are not exported as text."""
_INSTANT = pa.timestamp("us", "UTC")
_NUMBERS = {"offer": pa.int64(), "records": pa.int32(), "delivery_id": pa.int64(), "line": pa.int64()}
_TIMES = ("at", "created_at", "updated_at")
CHANGE = ("at", "change", "merged_into")
"""The columns that an export of changes has before those of the offers."""


def columns(changes: bool) -> dict[str, Any]:
    """The columns of an export, in order, with their Arrow types."""
    known = {**_NUMBERS, "merged_into": pa.int64(), **dict.fromkeys(_TIMES, _INSTANT)}
    names = [*(CHANGE if changes else ()), *_COLUMNS]
    kinds = {name: ARROW.get(BY_NAME[name].kind, pa.large_string()) for name in PUBLIC}
    return {name: known.get(name) or kinds.get(name, pa.large_string()) for name in names}


def export(warehouse: Warehouse, since: datetime | None, take: Callable[[Iterable[bytes]], None]) -> Exported:
    """Give `take` all that is online, or what changed after an instant with what is online of it, as CSV with a header,
    block by block as the database sends it, as of one moment.

    Lists are text with blanks between, instants in UTC; nothing stands for null, and "" for an empty text.
    """
    with warehouse.transaction() as connection:
        connection.execute(text("set transaction isolation level repeatable read, read only"))
        newest = (
            "max(at) from offers_changes(:since)" if since else "max(coalesce(changed_at, opened_at)) from offer_ids"
        )
        last = connection.execute(text(f"select {newest}"), {"since": since} if since else {}).scalar_one()
        driver = connection.connection.driver_connection
        assert isinstance(driver, psycopg.Connection)  # noqa: S101  # the engine knows no other driver
        with driver.cursor() as cursor:
            given = {"since": since} if since else None
            with cursor.copy(_copied(since is not None), given) as copy:
                take(bytes(block) for block in copy)
            return Exported(cursor.rowcount, last)


def _copied(changes: bool) -> str:
    listed = ", ".join(_written(name) for name in _COLUMNS)
    query = f"select {listed} from offers o"  # noqa: S608  # our own names
    if changes:  # one that is over, and not closed before the next hour, is not in the view
        # `offset 0`: each offer is looked up by its id; joined as it stands, the whole view would be read.
        listed = listed.replace("o.offer", "c.offer", 1)
        told = "case when o.offer is null and c.merged_into is null then 'closed' else c.change end as change"
        query = (
            f"select {_written('at', 'c')}, {told}, c.merged_into, {listed} from offers_changes(%(since)s) c "  # noqa: S608
            "left join lateral (select * from offers where offer = c.offer offset 0) o on true order by c.at, c.offer"
        )
    return f"copy ({query}) to stdout (format csv, header)"


def _written(name: str, row: str = "o") -> str:
    """A column as it is exported, whatever the session's settings."""
    value, kind = f"{row}.{name}", BY_NAME[name].kind if name in BY_NAME else None
    if name in _TIMES:
        return f"to_char({value} at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"') as {name}"
    if kind is Kind.DATE:
        return f"to_char({value}, 'YYYY-MM-DD') as {name}"
    if kind is Kind.YES_NO:
        return f"{value}::text as {name}"
    return f"array_to_string({value}, ' ') as {name}" if kind in (Kind.GRADES, Kind.WEEKS) else value
