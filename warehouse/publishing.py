"""Which offers were online in each school year: written down as offers open and close, for the view forgets them.

The view `offers` shows what is online now, and is nearly empty after each June. What an employer delivered does not
vanish with it: each offer that the view has shown stays in `published_offers`, as it last read.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, text

from offers.calendar import SchoolYear

PARIS = ZoneInfo("Europe/Paris")


def note(connection: Connection, at: datetime) -> None:
    """Write down those of `offers_touched` that are open, and which of the closed were taken away before their time.

    `offers_touched` and the golden rows are made: warehouse.golden.settle calls this in its transaction. An offer
    belongs to the school year of its weeks, or, without any, to that of `at`. It is *withdrawn* where it was closed
    before the first day of its placement and before its own last day; closed later, its time was over.
    """
    today = at.astimezone(PARIS).date()
    year = SchoolYear.at(today)
    given: dict[str, Any] = {"today": today, "year": year.label, "starts": year.placement[0]}
    connection.execute(text(_ONLINE), given)
    connection.execute(text(_WITHDRAWN))


_READ = ("organisation", "sector", "department", "academy", "expires_on", "weeks")
_OPEN = f"""
    select r.offer_id as offer, coalesce(r.seats, 1) as seats, {", ".join(f"r.{name}" for name in _READ)}
    from offers_touched t join offer_ids o on o.id = t.id join records r on r.offer_id = o.id
    where o.closed_at is null and o.records = 1 and r.withdrawn_at is null
    union all
    select g.offer, coalesce(g.seats, 1), {", ".join(f"g.{name}" for name in _READ)}
    from offers_touched t join offer_ids o on o.id = t.id join golden g on g.offer = o.id where o.closed_at is null
"""  # noqa: S608  # our own names
_SAID = ("organisation", "sector", "department", "academy", "seats", "starts_on", "expires_on")
_KEPT = (*_SAID, "withdrawn_on")
_ONLINE = f"""
    insert into published_offers as p (school_year, offer, first_day, {", ".join(_SAID)})
    select coalesce((left(week, 4)::int - 1) || '-' || left(week, 4), :year), offer, :today,
        organisation, sector, department, academy, seats, coalesce(to_date(week, 'IYYY"-W"IW'), :starts), expires_on
    from (select o.*, (select min(w) from unnest(o.weeks) w) as week from ({_OPEN}) o) said
    on conflict (school_year, offer) do update
    set {", ".join(f"{name} = excluded.{name}" for name in _KEPT)}
    where ({", ".join(f"p.{name}" for name in _KEPT)})
        is distinct from ({", ".join(f"excluded.{name}" for name in _KEPT)})
"""  # noqa: S608  # our own names
_WITHDRAWN = """
    update published_offers p set withdrawn_on = (o.closed_at at time zone 'Europe/Paris')::date
    from offers_touched t join offer_ids o on o.id = t.id
    where p.offer = o.id and p.withdrawn_on is null and (o.closed_at at time zone 'Europe/Paris')::date < p.starts_on
        and (p.expires_on is null or p.expires_on >= (o.closed_at at time zone 'Europe/Paris')::date)
"""
