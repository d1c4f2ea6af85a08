"""Bring a warehouse to the newest migration, or see at the cost of one query that it is there."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, text

from offers.errors import QuaiError
from warehouse.engine import Warehouse
from warehouse.tables import HEAD

if TYPE_CHECKING:
    from alembic.config import Config

MIGRATIONS = Path(__file__).parent / "migrations"
_ONE_AT_A_TIME = text("select pg_advisory_xact_lock(7283105219)")  # a number of our own, for migrations alone


def migrate(warehouse: Warehouse) -> bool:
    """Make or upgrade the tables, in one transaction; False when there was nothing to do.

    Several processes may call it at once: one works, the others wait and find it done. Raises WarehouseUnreachable,
    and QuaiError where the database was migrated by a newer Quai.
    """
    if version(warehouse) == HEAD:
        return False
    with warehouse.transaction() as connection:
        connection.execute(_ONE_AT_A_TIME)
        _upgrade(connection, warehouse.where)
    return True


def version(warehouse: Warehouse) -> str | None:
    """The migration that the warehouse stands at; None before the first."""
    with warehouse.transaction() as connection:
        if connection.execute(text("select to_regclass('alembic_version')")).scalar() is None:
            return None
        found: str | None = connection.execute(text("select version_num from alembic_version")).scalar()
        return found


def unmake(warehouse: Warehouse) -> None:
    """Take our tables away again, with all that is in them, so that a dump of an older Quai finds an empty place."""
    if version(warehouse) == HEAD:
        with warehouse.transaction() as connection:
            from alembic import command

            command.downgrade(_config(connection), "base")


def _config(connection: Connection) -> Config:
    from alembic.config import Config

    logging.getLogger("alembic").setLevel(logging.WARNING)
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def _upgrade(connection: Connection, where: str) -> None:
    from alembic import command  # 0.1 s that a warehouse at head need not pay
    from alembic.util import CommandError

    try:
        command.upgrade(_config(connection), "head")
    except CommandError as error:
        raise QuaiError(
            f"{where}: this database cannot be brought to migration {HEAD} ({error}). A newer Quai has probably "
            "migrated it: run that version, or name another database in QUAI_DATABASE_URL."
        ) from error
