"""What stands of a feed, and a delivery's rows on their way in: whole columns by COPY, then a few statements for all.

Everything happens in the caller's transaction.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import pandas as pd
import pyarrow as pa
from sqlalchemy import Connection, text

from offers.columns import NAMES
from offers.examined import Examined
from offers.model import IGNORED_COLUMNS, REJECTION_COLUMNS, REPAIR_COLUMNS, REPEATED_COLUMNS, Changes, Delivery
from warehouse.copying import copy_in, lines_out, lines_table, records_table, scratch
from warehouse.matching.schema import day, over

_SAID_OF_LINES = (
    ("rejections", "rejections", REJECTION_COLUMNS),
    ("repairs", "repairs", REPAIR_COLUMNS),
    ("ignored", "ignored_lines", IGNORED_COLUMNS),
    ("repeated", "repeated_lines", REPEATED_COLUMNS),
)


def standing(connection: Connection, feed: str, today: date | None) -> pd.DataFrame:
    """Every reference the feed ever had: reference (str), content_hash (int64), withdrawn, and over (bool)."""
    types = {"reference": pa.large_string(), "content_hash": pa.int64(), "withdrawn": pa.bool_(), "over": pa.bool_()}
    return lines_out(connection, _STANDING, {"feed": feed} | day(today), types).to_pandas()


def enter_lines(connection: Connection, lines: Examined, delivery: int) -> None:
    """Write what is said of a delivery's lines."""
    for name, table, columns in _SAID_OF_LINES:
        copy_in(connection, table, lines_table(getattr(lines, name), columns, delivery))


def load(connection: Connection, delivery: Delivery, changes: Changes) -> list[int]:
    """Write what is created, updated, withdrawn and closed by its employer; gives the offers of what is closed."""
    parameters: dict[str, Any] = {"feed": delivery.feed, "delivery": delivery.id, "at": delivery.finished_at}
    constants = {"feed": delivery.feed, "delivery_id": delivery.id, "updated_at": delivery.finished_at}
    gone = connection.execute(_GONE_BEFORE, {"feed": delivery.feed}).scalars()
    returned = changes.created["reference"].isin(list(gone))
    new, again = changes.created, changes.updated
    if returned.any():
        new, again = new[~returned], pd.concat([again, changes.created[returned]])
    firsts = {"first_delivery_id": delivery.id, "created_at": delivery.finished_at}
    copy_in(connection, "records", records_table(new, constants | firsts))
    if len(again):
        connection.execute(_INCOMING)
        copy_in(connection, "incoming", records_table(again, constants))
        connection.execute(text("analyze incoming (reference)"))
        connection.execute(_SUPERSEDE, parameters)
        _all_of(connection.execute(_UPDATE, parameters).rowcount, len(again), "updated")
    if changes.withdrawn:
        parameters["gone"] = list(changes.withdrawn)
        _all_of(connection.execute(_KEEP_WITHDRAWN, parameters).rowcount, len(changes.withdrawn), "withdrawn")
        connection.execute(_WITHDRAW, parameters)
    closed = changes.closed
    if closed is None or closed.empty:
        return []
    # They are given the last day that their employer says.
    texts = {name: pa.array(closed[name], pa.large_string()) for name in ("reference", "expires_on")}
    numbers = {"content_hash": closed["content_hash"], "line": closed.index}
    rows = pa.table(texts | {name: pa.array(values, pa.int64()) for name, values in numbers.items()})
    scratch(connection, "closing", "reference text, expires_on date, content_hash bigint, line bigint", rows)
    connection.execute(_KEEP_CLOSED, parameters)
    offers = connection.execute(_SAY_CLOSED, parameters).scalars().all()
    _all_of(len(offers), len(closed), "closed")
    return list(offers)


def try_out(connection: Connection) -> None:
    """Write, change and take away rows as a delivery does, and roll it all back."""
    with connection.begin_nested() as attempt:
        for statement in _TRIED:
            connection.execute(text(statement))
        attempt.rollback()


def _all_of(done: int, asked: int, what: str) -> None:
    if done != asked:
        # Rolled back by the caller: the standing that the changes were made from is not what stands.
        raise RuntimeError(
            f"{asked} records were to be {what}, {done} were: was the feed's lock held since standing()?"
        )


def _names(prefix: str, names: tuple[str, ...]) -> str:
    return ", ".join(prefix + name for name in names)


_STANDING = (
    "select '\"' || replace(reference, '\"', '\"\"') || '\",' || content_hash || "  # noqa: S608  # our own names
    "case when withdrawn_at is null then ',f,' else ',t,' end || "
    f"case when {over('r', '%(today)s', '%(week)s')} then 't' else 'f' end from records r where feed = %(feed)s"
)
_TRIED = (
    "insert into drops (feed, sha256, name, size, uri, arrived_at) values ('', '', '', 0, '', now())",
    "update deliveries set report = report where false",
    "insert into records select * from records where false",
    "update offer_ids set closed_at = closed_at where false",
    "delete from failures where false",
    "create temp table tried (it int) on commit drop",
)
_CONTENT = (*(name for name in NAMES if name != "reference"), "content_hash")
_CARRIED = (*_CONTENT, "delivery_id", "line", "updated_at", "offer_id")
_KEPT = (*_CARRIED, "first_delivery_id", "created_at")
_WRITTEN = (*_CARRIED, "id", "sketch")
_GONE_BEFORE = text("select reference from records where feed = :feed and withdrawn_at is not null")
_INCOMING = text(
    f"create temp table incoming on commit drop as select feed, reference, {_names('', _WRITTEN)} "  # noqa: S608  # our own names
    "from records with no data"
)
_VERSION = (
    f"insert into record_versions (feed, reference, {_names('', _KEPT)}, superseded_by, superseded_at, change) "
    f"select r.feed, r.reference, {_names('r.', _KEPT)}, :delivery, :at, "
)
_SUPERSEDE = text(
    _VERSION
    + "case when i.id = r.id then 'updated' else 'recycled' end from records r join incoming i using (feed, reference) "
    "where r.feed = :feed and r.withdrawn_at is null"
)
_UPDATE = text(
    f"update records r set {', '.join(f'{name} = i.{name}' for name in _WRITTEN)}, "  # noqa: S608  # our own names
    "first_delivery_id = case when i.id = r.id then r.first_delivery_id else :delivery end, "
    "created_at = case when i.id = r.id then r.created_at else :at end, "
    "withdrawn_at = null, withdrawn_by = null from incoming i "
    "where r.feed = :feed and r.feed = i.feed and r.reference = i.reference"
)
_KEEP_CLOSED = text(_VERSION + "'closed' from records r join closing c using (reference) where r.feed = :feed")
_SAY_CLOSED = text(
    "update records r set expires_on = c.expires_on, content_hash = c.content_hash, line = c.line, "
    "delivery_id = :delivery, updated_at = :at from closing c "
    "where r.feed = :feed and r.reference = c.reference and r.withdrawn_at is null returning r.offer_id"
)
_GONE = "unnest(cast(:gone as text[])) as gone (reference) where r.feed = :feed and r.reference = gone.reference"
_STANDS = " and r.withdrawn_at is null"
_KEEP_WITHDRAWN = text(_VERSION + f"'withdrawn' from records r, {_GONE}{_STANDS}")
_WITHDRAW = text(f"update records r set withdrawn_at = :at, withdrawn_by = :delivery from {_GONE}{_STANDS}")  # noqa: S608  # our own names
