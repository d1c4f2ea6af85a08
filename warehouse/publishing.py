"""Which offers were online in each school year: written down as offers open and close, for the view forgets them.

The view `offers` shows what is online now, and is nearly empty after each June. What an employer delivered does not
vanish with it: each offer that the view has shown stays in `published_offers`, as it last read.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, text

from offers.calendar import SchoolYear, day_of
from warehouse.closing import day
from warehouse.matching.tables import over

MANY = 5_000
"""Where so many offers are touched, and more than PostgreSQL knew of, it must learn of them: it would look each up by
itself otherwise, which takes twice as long. Only then, for `analyze` holds a lock that others of its kind wait for."""


def note(connection: Connection, at: datetime, touched: int) -> None:
    """Write down those of `offers_touched` that are online, and which of the closed were taken away before their time.

    `offers_touched` and the golden rows are made: warehouse.golden.settle calls this in its transaction. An offer
    belongs to the school year of its weeks, or, without any, to that of `at`. It is *withdrawn* where it was closed
    before the first day of its placement and before its own last day; closed later, its time was over. One that a
    person hid counts as withdrawn while it is hidden. `touched`: how many there are.
    """
    today = day_of(at)
    year = SchoolYear.at(today)
    given: dict[str, Any] = day(today) | {"year": year.label, "starts": year.placement[0]}
    if touched > MANY and connection.execute(text(_GROWN), {"touched": touched}).scalar():
        connection.execute(text("analyze offer_ids"))
    connection.execute(text(_ONLINE), given)
    connection.execute(text(_ENDED), given)
    connection.execute(text(_WITHDRAWN))


_READ = ("organisation", "sector", "department", "academy", "expires_on", "weeks")
_SHOWN = "not exists (select from hidden_offers h where h.offer = o.id and h.lifted_at is null)"
_OPEN = f"""
    select r.offer_id as offer, coalesce(r.seats, 1) as seats, {", ".join(f"r.{name}" for name in _READ)}
    from offers_touched t join offer_ids o on o.id = t.id join records r on r.offer_id = o.id
    where o.closed_at is null and o.records = 1 and r.withdrawn_at is null and {_SHOWN}
    union all
    select g.offer, coalesce(g.seats, 1), {", ".join(f"g.{name}" for name in _READ)}
    from offers_touched t join offer_ids o on o.id = t.id join golden g on g.offer = o.id
    where o.closed_at is null and {_SHOWN}
"""  # noqa: S608  # our own names
_SAID = ("organisation", "sector", "department", "academy", "seats", "starts_on", "expires_on")
_KEPT = (*_SAID, "withdrawn_on")
_YEARLY = f"""
    select o.*, coalesce((left(weeks[1], 4)::int - 1) || '-' || left(weeks[1], 4), :year) as school_year,
        coalesce(to_date(weeks[1], 'IYYY"-W"IW'), :starts) as starts_on from ({_OPEN}) o
"""  # noqa: S608  # our own names
_ONLINE = f"""
    insert into published_offers (offer, school_year, first_day, {", ".join(_SAID)})
    select s.offer, s.school_year, :today, {", ".join(f"s.{name}" for name in _SAID)}
    from ({_YEARLY}) s left join published_offers p on p.offer = s.offer and p.school_year = s.school_year
    where not coalesce({over("s")}, false) and (p.offer is null or p.withdrawn_on is not null
        or ({", ".join(f"p.{name}" for name in _SAID)}) is distinct from ({", ".join(f"s.{name}" for name in _SAID)}))
    on conflict (offer, school_year) do update set {", ".join(f"{name} = excluded.{name}" for name in _KEPT)}
"""  # noqa: S608  # our own names
"""The weeks are in order. What reads as before is left out, for even an update that changes nothing locks its row."""
_ENDED = f"""
    update published_offers p set expires_on = s.expires_on from ({_YEARLY}) s
    where p.offer = s.offer and p.school_year = s.school_year and s.expires_on < :today and p.withdrawn_on is null
        and p.expires_on is distinct from s.expires_on
"""  # noqa: S608  # our own names
"""An employer may say that the last day is past: then the offer is over from that day on, and was not withdrawn."""
_GROWN = "select reltuples < :touched from pg_class where oid = 'offer_ids'::regclass"
_WITHDRAWN = """
    update published_offers p set withdrawn_on = gone.on from (
        select o.id, (coalesce(o.closed_at, h.hidden_at) at time zone 'Europe/Paris')::date as on from offers_touched t
        join offer_ids o on o.id = t.id left join hidden_offers h on h.offer = o.id and h.lifted_at is null
    ) gone
    where p.offer = gone.id and p.withdrawn_on is null and gone.on < p.starts_on
        and (p.expires_on is null or p.expires_on >= gone.on)
"""
