"""One run per feed, and whom one waits for: with patience, the holder is named, and one that is frozen is ended.

A process that is stopped, or whose machine sleeps, keeps its connection alive and its locks. Where it sits between two
statements the server ends it by itself (engine.IDLE); within a COPY nothing does, so those who wait do.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from typing import Any

from psycopg.errors import LockNotAvailable
from sqlalchemy import Connection, text
from sqlalchemy.exc import OperationalError, ProgrammingError

from offers.calendar import in_paris
from offers.errors import Busy, WarehouseUnreachable
from warehouse.engine import ERRORS, Warehouse, name_of

ROUND = 20.0
"""Seconds after which whoever waits looks up for whom."""
PATIENCE = 900.0
"""Seconds of waiting that are borne: twenty first loads of 40 s may stand in the row before us."""
FROZEN = 300.0
"""Seconds without a word from its own process, after which a transaction is ended by those who wait for it."""
LONG = 7200.0
"""Seconds for which one run may hold its feed before it is told to people."""

_log = logging.getLogger("quai.waiting")

_LOCK = "select pg_advisory_xact_lock(:key)"
MATCHING = 7283105220
"""Of the advisory lock that all publishing shares: a number of our own, for matching alone."""


@dataclass(frozen=True)
class Holder:
    """A session that holds a lock of ours: where it comes from, what it calls itself, since when, how long silent."""

    pid: int
    host: str
    name: str
    since: datetime
    silent: float

    def __str__(self) -> str:
        at = f"{in_paris(self.since):%Y-%m-%d %H:%M:%S} in Paris"
        return f"{self.name or 'a session'} (PostgreSQL session {self.pid}, from {self.host}, since {at})"


def take(connection: Connection, statement: str, given: dict[str, Any], key: int) -> None:
    """Run a statement that waits for a lock of the transaction. `key`: the number under which its holder is found.

    Raises WarehouseUnreachable naming the holder where it took longer than PATIENCE.
    """
    begun = time.monotonic()
    while not _took(connection, statement, given):
        held = holders(connection, key)
        said = " and ".join(map(str, held)) or "sessions that have ended meanwhile"
        waited = time.monotonic() - begun
        if waited > PATIENCE:
            raise WarehouseUnreachable(
                f"waited {waited:.0f} s for a lock that all publishing shares, held by {said}. Nothing of this "
                "transaction was kept. If that run is frozen, end it where it runs, or in the database: select "
                f"pg_terminate_backend({held[0].pid if held else '…'}); then run this again."
            )
        _log.warning("waiting for %s, who publishes", said)
        for one in held:
            if one.silent < FROZEN:
                continue
            ended: bool | None = False
            with suppress(ProgrammingError), connection.begin_nested():  # or it is another role's
                ended = connection.execute(text(_END), {"key": key, "pid": one.pid}).scalar()
            if ended:
                _log.warning("%s was silent for %.0f s and was ended: it is frozen, and others wait", one, one.silent)


@contextmanager
def hold_feed(warehouse: Warehouse, feed: str) -> Iterator[None]:
    """This feed is ours alone within the block; Busy at once where another run holds it.

    The lock is PostgreSQL's own, held by a connection of its own: a run that is killed frees it. It needs a session, so
    a pooler in front of the database must not share sessions between transactions.
    """
    key = _key(feed)
    with warehouse.own_connection() as connection:
        connection.execute(text("select set_config('application_name', :name, false)"), {"name": name_of(feed)})
        if not connection.execute(text("select pg_try_advisory_lock(:key)"), {"key": key}).scalar():
            held = " and ".join(map(str, holders(connection, key)))
            raise Busy(
                f"{feed}: another run of this feed is under way{held and ': '}{held}. Wait for it to end; nothing "
                "was read or changed. If none should be running, look for a forgotten `quai ingest` there."
            )
        try:
            yield
        finally:
            # The server would notice the closed connection, but only after the next run may have asked. Where it
            # is broken the lock is free already, and the fault that broke it is the one to tell.
            with suppress(*ERRORS):
                connection.execute(text("select pg_advisory_unlock(:key)"), {"key": key})


def lock_ledger(connection: Connection, feed: str) -> None:
    """Wait until no other transaction adds to the feed's ledger."""
    key = _key(f"{feed} ledger")
    take(connection, _LOCK, {"key": key}, key)


def lock(connection: Connection, shared: str | None = None) -> None:
    """Wait until no other transaction places records; held to the end of this one.

    With `shared`, the name of a part that has to do with no other part, other parts may be placed at the same time.
    Raises WarehouseUnreachable, naming who holds it, where that takes too long.
    """
    key = {"key": MATCHING}
    if shared is None:
        take(connection, _LOCK, key, MATCHING)
        return
    take(connection, "select pg_advisory_xact_lock_shared(:key)", key, MATCHING)
    part = {"key": 7105220, "part": shared}
    take(connection, "select pg_advisory_xact_lock(:key, hashtext(:part))", part, MATCHING)


def _key(feed: str) -> int:
    return int.from_bytes(blake2b(f"feed {feed}".encode(), digest_size=8).digest(), "big", signed=True)


def holders(connection: Connection, key: int) -> list[Holder]:
    """Who holds the advisory lock of this number in this database now."""
    return [Holder(*row) for row in connection.execute(text(f"{_HOLDERS} and {_OF_KEY}"), {"key": key})]


def long_held(connection: Connection) -> list[Holder]:
    """Sessions of Quai that hold an advisory lock for so long that a person should look."""
    limits = {"frozen": FROZEN, "long": LONG}
    return [Holder(*row) for row in connection.execute(text(f"{_HOLDERS} and {_LONG}"), limits)]


def _took(connection: Connection, statement: str, given: dict[str, Any]) -> bool:
    wait, before = text("select set_config('lock_timeout', :wait, true)"), "show lock_timeout"
    usual = connection.execute(text(before)).scalar_one()
    try:
        with connection.begin_nested():
            connection.execute(wait, {"wait": f"{ROUND * 1000:.0f}ms"})
            connection.execute(text(statement), given)
            connection.execute(wait, {"wait": usual})
    except OperationalError as error:
        if isinstance(error.orig, LockNotAvailable):
            return False
        raise
    return True


_SILENT = """case when a.state like 'idle in transaction%' or a.state = 'active' and a.wait_event = 'ClientRead'
    then extract(epoch from clock_timestamp() - a.state_change) else 0 end"""
_HOLDERS = f"""
    select distinct a.pid, coalesce(a.client_hostname, host(a.client_addr), 'the same machine'), a.application_name,
        coalesce(a.xact_start, a.state_change), cast({_SILENT} as float8)
    from pg_locks l join pg_stat_activity a using (pid)
    where l.locktype = 'advisory' and l.granted and a.datname = current_database() and a.pid <> pg_backend_pid()
"""  # noqa: S608  # our own words
_OF_KEY = "l.objsubid = 1 and (l.classid::bigint << 32) | l.objid::bigint = :key"
_LONG = """a.application_name like 'quai%' and extract(epoch from clock_timestamp() - coalesce(a.xact_start,
    a.state_change)) > case when a.xact_start is null then :long else :frozen end"""
_END = f"""
    select pg_terminate_backend(l.pid) from pg_locks l where l.locktype = 'advisory' and l.granted and l.pid = :pid
    and {_OF_KEY}
"""  # noqa: S608  # our own words
