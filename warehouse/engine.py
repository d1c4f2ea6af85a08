"""From a URL, or none, to a warehouse: one engine, one `transaction()`, and sentences that hold no password and no row.

PostgreSQL's DETAIL and CONTEXT repeat rows (`COPY records, line 3: "…"`), and the messages of bad data the values
themselves; SQLAlchemy adds the parameters. Of these only names are told: the error's, the table's, the column's.
"""

from __future__ import annotations

import os
import re
import socket
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import quote

import psycopg
from psycopg import sql
from sqlalchemy import Connection, Engine, Executable, create_engine, event, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError

from offers.errors import FeedMisconfigured, WarehouseUnreachable
from warehouse import embedded

DATABASE = "quai"
USER = "postgres"
IDLE = 300
"""Seconds for which a transaction may sit between two statements: matching 200 000 records takes a tenth of it. The
server ends it then. No limit is set on a whole transaction: a first load takes a minute, on a slow machine several."""
WAIT = 300
"""Seconds for which a lock of rows or tables is waited for; the lock of all publishing has its own patience."""
ALIVE = {"keepalives_idle": 60, "keepalives_interval": 15, "keepalives_count": 4, "tcp_user_timeout": 120_000}
"""A host that is gone is given up within two minutes, by us and, as the session's own settings, by the server: else it
would keep the locks of a dead worker for two hours. Firewalls cut what is silent for long."""


class Warehouse:
    """An open database. `where` names it for people, without its password. Close it, or use it in a `with`."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.where = engine.url.render_as_string(hide_password=True)

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """All or nothing: committed at the end of the block, rolled back when it raises.

        Raises WarehouseUnreachable where the database does not answer, refuses us or breaks off on the way.
        """
        with self._sentences(), self.engine.begin() as connection:
            yield connection

    def run(self, statement: Executable, given: Any = None) -> Any:
        """One statement in a transaction of its own: its rows, or how many it changed. Raises WarehouseUnreachable."""
        with self.transaction() as connection:
            done: Any = connection.execute(statement, given)
            return done.all() if done.returns_rows else done.rowcount

    def vacuum(self, tables: Iterable[str]) -> None:
        """Give free what the server keeps of former rows, and draw its statistics anew, which hold frequent values."""
        with self.own_connection() as connection:
            for table in sorted(tables):
                connection.execute(text(f"vacuum (analyze) {table}"))

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
        with self._sentences():
            connection = self.engine.connect().execution_options(isolation_level="AUTOCOMMIT")
            connection.detach()
            try:
                yield connection
            finally:
                with suppress(*ERRORS):  # one that is broken hides no other fault
                    connection.close()

    @contextmanager
    def _sentences(self) -> Iterator[None]:
        try:
            yield
        except ERRORS as error:
            # Not "from error": whoever logs the chain would log the rows that PostgreSQL quotes.
            raise meaning(self.engine.url, error) from None

    def close(self) -> None:
        """Give the connections back; an embedded server stays up for others (`embedded.stop` ends it)."""
        self.engine.dispose()

    def __enter__(self) -> Warehouse:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()


def open_warehouse(url: str | None, home: Path) -> Warehouse:
    """The warehouse at this URL, or, without one, on the embedded server under `home/postgres`, started if need be.

    Nothing is migrated here (`warehouse.migrate.migrate`) and a URL is not tried before its first use. Raises
    FeedMisconfigured for what is no PostgreSQL URL, WarehouseUnreachable where the embedded server does not start.
    """
    if not url:
        return Warehouse(_engine(_embedded(home, DATABASE)))
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError) as error:
        # The text is not repeated: a password may stand in it.
        raise FeedMisconfigured(_WRONG_URL.format(seen="a text that is no URL")) from error
    if parsed.drivername not in ("postgres", "postgresql", "postgresql+psycopg"):
        raise FeedMisconfigured(_WRONG_URL.format(seen=f"{parsed.drivername}://"))
    return Warehouse(_engine(parsed.set(drivername="postgresql+psycopg")))


def embedded_url(home: Path, database: str = DATABASE, driver: str = "asyncpg") -> str:
    """The SQLAlchemy URL of a database on the embedded server, both made if need be.

    The form Prefect takes: `postgresql+asyncpg://postgres@/prefect?host=<socket folder>`.
    """
    folder = _embedded(home, database).query["host"]
    return f"postgresql+{driver}://{USER}@/{database}?host={quote(str(folder), safe='/')}"


def named(connection: Connection, feed: str) -> None:
    """Let whoever waits for this session, or looks at the server, see which feed it is of; to the transaction's end."""
    connection.execute(text("select set_config('application_name', :name, true)"), {"name": name_of(feed)})


_WRONG_URL = (
    "QUAI_DATABASE_URL: expected postgresql://user:password@host:5432/database, found {seen}. "
    "Correct it, or unset it to use the embedded PostgreSQL."
)


def _engine(url: URL) -> Engine:
    arguments: dict[str, Any] = {
        "application_name": name_of(),
        "connect_timeout": 10,
        "client_encoding": "utf8",
        **ALIVE,
    }
    arguments = {name: value for name, value in arguments.items() if name not in url.query}
    made = create_engine(url, connect_args=arguments, pool_pre_ping=True, pool_size=2, hide_parameters=True)

    @event.listens_for(made, "connect")
    def begin(connection: psycopg.Connection, _record: object) -> None:
        encoding = connection.info.parameter_status("server_encoding")
        if encoding != "UTF8":
            connection.close()
            where = url.render_as_string(hide_password=True)
            raise WarehouseUnreachable(f"{where}: {_ENCODING.format(said=encoding)}")
        connection.execute(_SESSION, _session())
        connection.commit()

    return made


def _session() -> dict[str, str]:
    """The server's side: how long it waits for us. `idle`: the session that holds a feed's lock is silent for long."""
    said = {f"tcp_{name}" if name.startswith("keep") else name: str(value) for name, value in ALIVE.items()}
    limits = {"idle_in_transaction_session_timeout": f"{IDLE}s", "lock_timeout": f"{WAIT}s"}
    return said | limits | {"idle_session_timeout": "0"}


_SESSION = "select " + ", ".join(f"set_config('{name}', %({name})s, false)" for name in _session())


def name_of(feed: str = "") -> str:
    """What a session calls itself: at most 63 characters, as PostgreSQL cuts it."""
    return " ".join(filter(None, ("quai", feed, f"{os.getpid()}@{socket.gethostname()}")))[:63]


def _embedded(home: Path, database: str) -> URL:
    folder = embedded.start(home)
    url = URL.create("postgresql+psycopg", username=USER, database=database, query={"host": str(folder)})
    with suppress(psycopg.OperationalError):  # or else it is not there yet
        psycopg.connect(host=str(folder), user=USER, dbname=database, connect_timeout=10).close()
        return url
    # The C locale of PostgreSQL itself: the same order on every machine, and the fastest indexes.
    make = "create database {} template template0 encoding 'UTF8' locale 'C' locale_provider builtin "
    statement = sql.SQL(make + "builtin_locale 'C.UTF-8'").format(sql.Identifier(database))
    try:
        with psycopg.connect(host=str(folder), user=USER, dbname=USER, autocommit=True, connect_timeout=10) as server:
            server.execute(statement)
    except (psycopg.errors.DuplicateDatabase, psycopg.errors.UniqueViolation):
        pass  # another process was quicker
    except psycopg.OperationalError as error:
        raise meaning(url, error) from None
    return url


ERRORS = (DBAPIError, psycopg.Error)
AGAIN = "Nothing of this transaction was kept."
_DO = {
    "25006": "the database lets itself only be read ({said}): a standby after a failover, or "
    "default_transaction_read_only. {again} Let QUAI_DATABASE_URL name the primary, or make this one writable; then "
    "run this again.",
    "25P03": "the server ended this transaction ({said}): this process did nothing in it for minutes, frozen or on a "
    "machine that slept. {again} Run this again.",
    "25P04": "the server ended this transaction ({said}). {again} Let the role take its time (alter role … set "
    "transaction_timeout = 0): a first load of 200,000 offers takes a minute; then run this again.",
    "42501": "the role of QUAI_DATABASE_URL lacks a right ({said}). {again} Grant it, or name the role that owns the "
    "tables; then run this again.",
    "55P03": "another session holds a lock that was waited for ({said}). {again} `quai doctor` names who holds what; "
    "then run this again.",
    "53100": "the disk of the database is full ({said}). {again} Make room there; then run this again.",
    "53200": "the database ran out of memory ({said}). {again} Give it more, or fewer sessions; then run this again.",
    "53300": "the database takes no more connections ({said}). {again} Raise max_connections, or stop what holds them; "
    "then run this again.",
    "54000": "a statement of Quai's own was more than the database can hold ({said}). {again} Report this: `quai "
    "deliveries` names the drop.",
    "57014": "a statement was cancelled ({said}), by a person or by statement_timeout. {again} Let the role take its "
    "time (alter role … set statement_timeout = 0); then run this again.",
}
_ENCODING = (
    "the database is encoded in {said}, which cannot hold what partners write. Expected UTF8: make a new one (create "
    "database … template template0 encoding 'UTF8') and name it in QUAI_DATABASE_URL; `quai restore` fills it."
)
_AWAY = (
    "the database does not answer or broke off ({said}). {again} Check that the server is up, that QUAI_DATABASE_URL "
    "names it rightly and that its disk is not full; then run this again."
)
_LOST_CLASSES = ("08", "25", "40", "53", "54", "55", "57", "58", "F0", "XX")
_MORE = re.compile(r"\n[^\S\n]*[A-ZÀ-Þ]{4,} ?:.*", re.DOTALL)
"""DETAIL, CONTEXT, HINT and what follows, in the server's language."""


class StatementRefused(RuntimeError):  # noqa: N818 - named for what happened, as in offers.errors
    """The database refused what we wrote: a fault of Quai's own, which no second try mends. Quotes no row."""


def meaning(url: URL, error: BaseException) -> WarehouseUnreachable | StatementRefused:
    """The error for people, its password blotted out."""
    cause = getattr(error, "orig", None) or error
    state, diagnosis = getattr(cause, "sqlstate", None), getattr(cause, "diag", None)
    where = url.render_as_string(hide_password=True)
    if state is None or state in _DO or state[:2] in _LOST_CLASSES:
        said = " ".join((getattr(diagnosis, "message_primary", None) or _MORE.sub("", str(cause))).split())
        for secret in {url.password, quote(url.password or "", safe=""), url.render_as_string(hide_password=False)}:
            said = said.replace(str(secret), "***") if secret else said
        return WarehouseUnreachable(f"{where}: {_DO.get(state or '', _AWAY).format(said=said, again=AGAIN)}")
    found = [f"{type(cause).__name__} {state or ''}".strip()]
    for what in ("table_name", "column_name", "constraint_name"):
        name = getattr(diagnosis, what, None)
        found += [f"{what.removesuffix('_name')} {name}"] if name else []
    # Where a COPY broke: `COPY records, line 3, column seats: "…"`, without what it quotes.
    copied = re.match(r"COPY (\w+), line (\d+)(?:, column (\w+))?", getattr(diagnosis, "context", None) or "")
    found += [copied[0]] if copied else []
    return StatementRefused(f"{where}: the database refused a statement ({', '.join(found)}). {AGAIN}")
