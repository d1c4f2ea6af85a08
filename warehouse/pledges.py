"""What was promised, written and read; and what was delivered, counted from the offers that were online."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, select, text
from sqlalchemy.dialects.postgresql import insert

from offers.pledges.delivered import Count, Delivered
from offers.pledges.promises import Pledge
from warehouse.engine import Warehouse
from warehouse.tables import pledges

BY = ("organisation", "sector", "department", "academy")


def listed(warehouse: Warehouse, school_year: str | None = None) -> list[Pledge]:
    """The pledges of one school year or of all, by year and name."""
    query = select(pledges).order_by(pledges.c.school_year, pledges.c.organisation)
    if school_year is not None:
        query = query.where(pledges.c.school_year == school_year)
    with warehouse.transaction() as connection:
        return [Pledge(**row._mapping) for row in connection.execute(query)]


def write(warehouse: Warehouse, new: Sequence[Pledge], at: datetime) -> None:
    """Write these pledges over what the same organisations promised for the same years, all or none."""
    rows = [{**vars(pledge), "stated_at": at} for pledge in new]
    statement = insert(pledges)
    said = {name: statement.excluded[name] for name in ("offers", "seats", "source", "stated_at")}
    with warehouse.transaction() as connection:
        if rows:
            connection.execute(
                statement.on_conflict_do_update(index_elements=["organisation", "school_year"], set_=said), rows
            )


def remove(warehouse: Warehouse, organisation: str, school_year: str) -> bool:
    """Take a pledge away; whether there was one."""
    key = (pledges.c.organisation == organisation) & (pledges.c.school_year == school_year)
    with warehouse.transaction() as connection:
        return bool(connection.execute(delete(pledges).where(key)).rowcount)


def delivered(warehouse: Warehouse, school_year: str) -> Delivered:
    """What was delivered in a school year, all figures of one moment. Raises WarehouseUnreachable."""
    with warehouse.transaction() as connection:
        connection.execute(text(_COUNTED), {"year": school_year})
        (total,) = _counts(connection, "null::text").values()
        by = {name: _counts(connection, name) for name in BY}
        days = [(day, int(offers), int(seats)) for day, offers, seats in connection.execute(text(_DAYS))]
    return Delivered(total, by, days)


def first_delivery(warehouse: Warehouse) -> datetime | None:
    """When the first drop ever was looked at; None where none came."""
    with warehouse.transaction() as connection:
        return connection.execute(text("select min(started_at) from deliveries")).scalar()


def _counts(connection: Connection, column: str) -> dict[str | None, Count]:
    grouped = "" if column == "null::text" else "group by 1"
    rows: list[Any] = list(connection.execute(text(_COUNT.format(column=column, grouped=grouped))))
    return {row[0]: Count(*map(int, row[1:])) for row in rows}


_COUNTED = """
    create temp table counted on commit drop as
    select distinct on (coalesce(a.offer, p.offer)) min(p.first_day) over (partition by coalesce(a.offer, p.offer))
        as first_day, p.withdrawn_on, p.organisation, p.sector, p.department, p.academy, p.seats
    from published_offers p left join offer_aliases a on a.alias = p.offer
    where p.school_year = :year
    order by coalesce(a.offer, p.offer), a.alias is null desc, p.offer
"""
"""An offer that was merged into another counts as that one, once."""
_COUNT = """
    select {column}, count(*) filter (where withdrawn_on is null),
        coalesce(sum(seats) filter (where withdrawn_on is null), 0),
        count(*) filter (where withdrawn_on is not null),
        coalesce(sum(seats) filter (where withdrawn_on is not null), 0)
    from counted {grouped}
"""
_DAYS = """
    select day, sum(offers), sum(seats) from (
        select first_day as day, count(*) as offers, sum(seats) as seats from counted group by 1
        union all
        select withdrawn_on, -count(*), -sum(seats) from counted where withdrawn_on is not null group by 1
    ) grown group by day order by day
"""
