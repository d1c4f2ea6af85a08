"""Offers whose day or weeks are over are closed, so that their id says so; the view `offers` shows none after it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, text

from offers.calendar import day_of, week_over
from warehouse.engine import Warehouse
from warehouse.matching.assign import lock
from warehouse.matching.tables import over


def day(today: date | None) -> dict[str, Any]:
    """What `over` compares with; on no day is anything over."""
    return {"today": today, "week": week_over(today) if today else ""}


def close_expired(warehouse: Warehouse, today: date, at: datetime) -> int:
    """Close each open offer that was over before `today`, and say how many. Raises WarehouseUnreachable.

    A record that comes again with a later day or next year's weeks opens its offer again, as any that changes does.
    """
    with warehouse.transaction() as connection:
        # Nobody publishes meanwhile: a day that is put off at this moment is seen, or opens the offer again afterwards.
        lock(connection)
        return connection.execute(_CLOSE, day(today) | {"at": at}).rowcount


def close_touched(connection: Connection, at: datetime) -> None:
    """Close those of `offers_touched` that are over, in the transaction that wrote their records."""
    connection.execute(_CLOSE_TOUCHED, day(day_of(at)) | {"at": at})


def _close(touched: str) -> Any:
    return text(
        "update offer_ids o set closed_at = :at from ("  # noqa: S608  # our own names
        f"select r.offer_id as id from records r {touched.format(offer='r.offer_id')} "
        f"where r.withdrawn_at is null and {over('r')} union all "
        f"select g.offer from golden g {touched.format(offer='g.offer')} where {over('g')}"
        ") e where e.id = o.id and o.closed_at is null "
        "and (o.records = 1 or exists (select from golden g where g.offer = o.id and " + over("g") + "))"
    )


_CLOSE = _close("")
_CLOSE_TOUCHED = _close("join offers_touched t on t.id = {offer}")
