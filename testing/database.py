"""An embedded PostgreSQL for tests: one server per test run, a database copied from a pattern per test."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import psycopg

from config.settings import Settings
from config.tables import load
from flows import local
from warehouse import embedded
from warehouse.engine import USER, open_warehouse
from warehouse.migrate import migrate
from warehouse.readers import furnish

PATTERN = "pattern"
TODAY = datetime(2026, 3, 2, 5, 0, tzinfo=UTC)
"""What `instant()` says in each test's database: the placement of June 2026, of which most tests tell, lies ahead."""
FAST = {
    **embedded.SETTINGS,
    "shared_buffers": "64MB",
    "fsync": "off",
    "full_page_writes": "off",
    "max_wal_size": "256MB",
    "autovacuum": "off",
    "jit": "off",
}
"""A test's database need not survive a power cut."""


@contextmanager
def shared_server(folder: Path) -> Iterator[Path]:
    """A home with a running server and the pattern; it stops when the last process that uses it leaves.

    `folder` is where the processes of one test run meet.
    """
    with (folder / "server.users").open("a") as users:
        fcntl.flock(users, fcntl.LOCK_SH)
        with (folder / "server.making").open("a") as making:
            fcntl.flock(making, fcntl.LOCK_EX)
            home = _meeting_place(folder / "server.home")
            _make(home)
        try:
            yield home
        finally:
            try:
                fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
                _leave(home)
            except BlockingIOError:
                pass  # another worker is still at it, and will stop it


@contextmanager
def home_of_its_own() -> Iterator[Path]:
    """A home for an embedded server, outside pytest's own folders.

    Each pytest that starts closes /tmp/pytest-of-<user> to all but that user. Run as root, the server is another user,
    and a second pytest would shut the first one's server out of its own files.
    """
    home = _new_home()
    try:
        yield home
    finally:
        _leave(home)


def prefect_on(home: Path) -> dict[str, str]:
    """The environment of whoever asks the Prefect server on this home's PostgreSQL, started by whoever asks first."""
    with (home / "prefect.making").open("a") as making:
        fcntl.flock(making, fcntl.LOCK_EX)
        return local.environment(home, local.start(_settings(home)))


def _settings(home: Path) -> Settings:
    return Settings.model_validate({"home": home})


def _new_home() -> Path:
    return Path(tempfile.mkdtemp(prefix="quai-tests-"))


def _leave(home: Path) -> None:
    local.stop(_settings(home))  # Prefect first, where one was asked for, and the database under it
    shutil.rmtree(home, ignore_errors=True)


def _meeting_place(note: Path) -> Path:
    if not note.exists() or not Path(note.read_text()).is_dir():
        note.write_text(str(_new_home()))
    return Path(note.read_text())


def _make(home: Path) -> None:
    folder = embedded.start(home, FAST)
    with _admin(folder) as connection:
        known = connection.execute("select 1 from pg_database where datname = %s", [PATTERN]).fetchone()
        if known is None:
            connection.execute(f"create database {PATTERN} template template0")
    with open_warehouse(_url(folder, PATTERN), home) as warehouse:
        migrate(warehouse)
        furnish(warehouse, load())  # or each dock that opens a copy would
    set_instant(_url(folder, PATTERN), TODAY)


def set_instant(url: str, at: datetime) -> None:
    """What `instant()`, the clock of the view `offers`, says in this database from now on."""
    body = f"select timestamptz '{at.isoformat()}'"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            f"create or replace function instant() returns timestamptz language sql stable as $${body}$$"
        )


@contextmanager
def copy_of_pattern(home: Path, pattern: str = PATTERN) -> Iterator[str]:
    """The URL of a fresh copy of the pattern, or of another database that nobody uses; dropped at the end."""
    folder = embedded.start(home, FAST)
    name = f"test_{os.getpid()}_{uuid4().hex[:8]}"
    with _admin(folder) as connection:
        connection.execute(f"create database {name} template {pattern} strategy file_copy")
    yield _url(folder, name)
    with _admin(folder) as connection:
        connection.execute(f"drop database {name} with (force)")


def _admin(folder: Path) -> psycopg.Connection:
    return psycopg.connect(host=str(folder), user=USER, dbname="postgres", autocommit=True)


def _url(folder: Path, database: str) -> str:
    return f"postgresql://{USER}@/{database}?host={folder}"
