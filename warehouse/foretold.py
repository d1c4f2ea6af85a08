"""What replaying a delivery was last shown to do: it is held against that, as a release is against its preview."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from warehouse.engine import Warehouse
from warehouse.tables import rehearsals


class Foretold:
    """Figures by delivery: how many offers are created, updated, withdrawn. Raises WarehouseUnreachable."""

    def __init__(self, warehouse: Warehouse) -> None:
        self._warehouse = warehouse

    def of(self, delivery: int) -> Mapping[str, int]:
        """What was shown; empty where nothing was, or where it was replayed since."""
        query = select(rehearsals.c.shown).where(rehearsals.c.delivery_id == delivery)
        with self._warehouse.transaction() as connection:
            return connection.execute(query).scalar() or {}

    def show(self, delivery: int, figures: Mapping[str, int], at: datetime) -> None:
        """Remember what people now know, in place of what they knew."""
        said = {"shown": dict(figures), "shown_at": at}
        statement = insert(rehearsals).values(delivery_id=delivery, **said)
        with self._warehouse.transaction() as connection:
            connection.execute(statement.on_conflict_do_update(index_elements=["delivery_id"], set_=said))

    def forget(self, delivery: int) -> None:
        """It was done."""
        with self._warehouse.transaction() as connection:
            connection.execute(delete(rehearsals).where(rehearsals.c.delivery_id == delivery))
