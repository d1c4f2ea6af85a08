"""Offers whose day is over are closed, so that their id says so; the view `offers` never showed them after it."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import text

from warehouse.engine import Warehouse
from warehouse.placing import lock


def close_expired(warehouse: Warehouse, today: date, at: datetime) -> int:
    """Close each open offer that expired before `today`, and say how many. Raises WarehouseUnreachable.

    A record that comes again with a later day opens its offer again, as any record that changes does.
    """
    with warehouse.transaction() as connection:
        # Nobody publishes meanwhile: a day that is put off at this moment is seen, or opens the offer again afterwards.
        lock(connection)
        return connection.execute(_CLOSE, {"today": today, "at": at}).rowcount


_CLOSE = text(
    "update offer_ids o set closed_at = :at where o.closed_at is null and ("
    "o.records = 1 and exists (select from records r where r.offer_id = o.id and r.withdrawn_at is null "
    "and r.expires_on < :today) or exists (select from golden g where g.offer = o.id and g.expires_on < :today))"
)
