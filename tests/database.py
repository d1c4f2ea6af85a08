"""An embedded PostgreSQL for tests: one server per test run, a database copied from a pattern per test."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import psycopg

from warehouse import embedded
from warehouse.engine import USER, open_warehouse
from warehouse.migrate import migrate

PATTERN = "pattern"
FAST = {
    **embedded.SETTINGS,
    "shared_buffers": "64MB",
    "fsync": "off",
    "full_page_writes": "off",
    "max_wal_size": "256MB",
}
"""A test's database need not survive a power cut."""


@contextmanager
def shared_server(folder: Path) -> Iterator[Path]:
    """A home with a running server and the pattern; it stops when the last process that uses it leaves."""
    home = folder / "server"
    home.mkdir(exist_ok=True)
    with (home / "users").open("a") as users:
        fcntl.flock(users, fcntl.LOCK_EX)
        _make(home)
        fcntl.flock(users, fcntl.LOCK_SH)
        try:
            yield home
        finally:
            try:
                fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
                embedded.stop(home)
            except BlockingIOError:
                pass  # another worker is still at it, and will stop it


def _make(home: Path) -> None:
    folder = embedded.start(home, FAST)
    with _admin(folder) as connection:
        known = connection.execute("select 1 from pg_database where datname = %s", [PATTERN]).fetchone()
        if known is None:
            connection.execute(f"create database {PATTERN} template template0")
    with open_warehouse(_url(folder, PATTERN), home) as warehouse:
        migrate(warehouse)


@contextmanager
def copy_of_pattern(home: Path) -> Iterator[str]:
    """The URL of a fresh copy of the pattern, dropped at the end."""
    folder = embedded.start(home, FAST)
    name = f"test_{os.getpid()}_{uuid4().hex[:8]}"
    with _admin(folder) as connection:
        connection.execute(f"create database {name} template {PATTERN} strategy wal_log")
    yield _url(folder, name)
    with _admin(folder) as connection:
        connection.execute(f"drop database {name} with (force)")


def _admin(folder: Path) -> psycopg.Connection:
    return psycopg.connect(host=str(folder), user=USER, dbname="postgres", autocommit=True)


def _url(folder: Path, database: str) -> str:
    return f"postgresql://{USER}@/{database}?host={folder}"
