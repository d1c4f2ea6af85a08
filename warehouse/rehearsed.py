"""The clock of a database in which days are rehearsed: the table that marks it, and `instant()` that reads it.

A rehearsal marks a database that holds no delivery yet, so that none in which partners' offers stand can become one.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import text

from offers.errors import Declined, FeedMisconfigured
from warehouse.dumping import deliveries
from warehouse.engine import Warehouse

_MARK = (
    "create table rehearsed_clock (file text not null, at timestamptz not null)",
    "comment on table rehearsed_clock is 'This database is a rehearsal. Never a real one.'",
    "create or replace function instant() returns timestamptz language sql stable "
    "return (select c.at from rehearsed_clock c)",
)


def mark(warehouse: Warehouse, file: str, at: datetime) -> None:
    """Make this migrated database a rehearsal's, whose clock is `file`. Raises Declined where it holds a delivery."""
    held = deliveries(warehouse)
    if held:
        raise Declined(
            f"{warehouse.where}: this database holds {held} deliveries, and only an empty one becomes a rehearsal's."
        )
    with warehouse.transaction() as connection:
        for statement in _MARK:
            connection.execute(text(statement))
        connection.execute(text("insert into rehearsed_clock values (:file, :at)"), {"file": file, "at": at})


def set_instant(warehouse: Warehouse, at: datetime) -> None:
    """What `instant()` says from now on; only a marked database has the table that this writes."""
    with warehouse.transaction() as connection:
        connection.execute(text("update rehearsed_clock set at = :at"), {"at": at})


def agree(warehouse: Warehouse, file: str | None) -> None:
    """Raise FeedMisconfigured unless `file`, None for the wall's clock, is the clock of this database."""
    with warehouse.transaction() as connection:
        marked = connection.execute(text("select to_regclass('rehearsed_clock')")).scalar_one() is not None
        own = connection.execute(text("select file from rehearsed_clock")).scalar_one() if marked else None
    if own == file:
        return
    if own is None:
        raise FeedMisconfigured(
            f"QUAI_CLOCK names {file}, and {warehouse.where} is no rehearsal's database: its clock cannot be set. "
            "Unset QUAI_CLOCK."
        )
    raise FeedMisconfigured(
        f"{warehouse.where} is the database of a rehearsal, whose clock is {own}; QUAI_CLOCK is {file or 'not set'}. "
        "Name another database, or that clock."
    )
