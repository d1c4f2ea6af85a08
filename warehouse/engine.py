"""From a URL, or none, to a warehouse: one engine, one `transaction()`, and sentences that hold no password."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import quote

import psycopg
from psycopg import sql
from sqlalchemy import Connection, Engine, create_engine, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, InterfaceError, OperationalError

from offers.errors import FeedMisconfigured, WarehouseUnreachable
from warehouse import embedded

DATABASE = "quai"
USER = "postgres"
_LOST = (OperationalError, InterfaceError, psycopg.OperationalError, psycopg.InterfaceError)


class Warehouse:
    """An open database. `where` names it for people, without its password. Close it, or use it in a `with`."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.where = engine.url.render_as_string(hide_password=True)

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """All or nothing: committed at the end of the block, rolled back when it raises.

        Raises WarehouseUnreachable where the database does not answer or breaks off on the way.
        """
        try:
            with self.engine.begin() as connection:
                yield connection
        except _LOST as error:
            raise unreachable(self.engine.url, error) from error

    def clock(self) -> datetime:
        """What the database says the time is, which in a rehearsal's is what was set. Raises WarehouseUnreachable."""
        with self.transaction() as connection:
            marked = connection.execute(text("select to_regclass('rehearsed_clock')")).scalar_one() is not None
            said = "at from rehearsed_clock" if marked else "clock_timestamp()"
            at: datetime = connection.execute(text(f"select {said}")).scalar_one()
            return at

    @contextmanager
    def own_connection(self) -> Iterator[Connection]:
        """A connection outside any transaction, closed for good at the end: what a session holds ends with it."""
        try:
            connection = self.engine.connect().execution_options(isolation_level="AUTOCOMMIT")
            connection.detach()
        except _LOST as error:
            raise unreachable(self.engine.url, error) from error
        try:
            yield connection
        finally:
            connection.close()

    def close(self) -> None:
        """Give the connections back; an embedded server stays up for others (`embedded.stop` ends it)."""
        self.engine.dispose()

    def __enter__(self) -> Warehouse:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()


def open_warehouse(url: str | None, home: Path) -> Warehouse:
    """The warehouse at this URL, or, without one, on the embedded server under `home/postgres`, started if need be.

    Nothing is migrated here (`warehouse.migrate.migrate`) and a URL is not tried before its first use.
    Raises FeedMisconfigured for what is no PostgreSQL URL,
    WarehouseUnreachable where the embedded server does not start.
    """
    return Warehouse(_engine(_postgresql(url) if url else _embedded(home, DATABASE)))


def embedded_url(home: Path, database: str = DATABASE, driver: str = "asyncpg") -> str:
    """The SQLAlchemy URL of a database on the embedded server, both made if need be.

    The form Prefect takes: `postgresql+asyncpg://postgres@/prefect?host=<socket folder>`.
    """
    folder = _embedded(home, database).query["host"]
    return f"postgresql+{driver}://{USER}@/{database}?host={quote(str(folder), safe='/')}"


def unreachable(url: URL, error: BaseException) -> WarehouseUnreachable:
    """The error for people: where, what the driver said (its password blotted out), what to do."""
    said = str(getattr(error, "orig", None) or error).strip()
    for secret in {url.password, quote(url.password or "", safe=""), url.render_as_string(hide_password=False)}:
        if secret:
            said = said.replace(str(secret), "***")
    return WarehouseUnreachable(
        f"{url.render_as_string(hide_password=True)}: the database does not answer or broke off "
        f"({' '.join(said.split())}). Nothing of this transaction was kept. Check that the server is up, that "
        "QUAI_DATABASE_URL names it rightly and that its disk is not full; then run this again."
    )


def _postgresql(url: str) -> URL:
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError) as error:
        # The text is not repeated: a password may stand in it.
        raise FeedMisconfigured(_WRONG_URL.format(seen="a text that is no URL")) from error
    if parsed.drivername not in ("postgres", "postgresql", "postgresql+psycopg"):
        raise FeedMisconfigured(_WRONG_URL.format(seen=f"{parsed.drivername}://"))
    return parsed.set(drivername="postgresql+psycopg")


_WRONG_URL = (
    "QUAI_DATABASE_URL: expected postgresql://user:password@host:5432/database, found {seen}. "
    "Correct it, or unset it to use the embedded PostgreSQL."
)


def _engine(url: URL) -> Engine:
    # Keepalives: the connection that holds a feed's lock is silent for minutes, and firewalls cut what is silent.
    arguments: dict[str, Any] = {"application_name": "quai", "connect_timeout": 10, "keepalives_idle": 60}
    arguments = {name: value for name, value in arguments.items() if name not in url.query}
    return create_engine(url, connect_args=arguments, pool_pre_ping=True, pool_size=2)


def _embedded(home: Path, database: str) -> URL:
    folder = embedded.start(home)
    url = URL.create("postgresql+psycopg", username=USER, database=database, query={"host": str(folder)})
    try:
        psycopg.connect(host=str(folder), user=USER, dbname=database, connect_timeout=10).close()
    except psycopg.OperationalError:
        _make_database(url, folder, database)
    return url


def _make_database(url: URL, folder: Path, database: str) -> None:
    # The C locale of PostgreSQL itself: the same order on every machine, and the fastest indexes.
    statement = sql.SQL(
        "create database {} template template0 encoding 'UTF8' locale 'C' "
        "locale_provider builtin builtin_locale 'C.UTF-8'"
    ).format(sql.Identifier(database))
    try:
        with psycopg.connect(
            host=str(folder), user=USER, dbname=USER, autocommit=True, connect_timeout=10
        ) as connection:
            connection.execute(statement)
    except (psycopg.errors.DuplicateDatabase, psycopg.errors.UniqueViolation):
        return  # another process was quicker
    except psycopg.OperationalError as error:
        raise unreachable(url, error) from error
