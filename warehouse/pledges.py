"""What was promised, written and read; and what was delivered, counted from the offers that were online."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, text

from offers.pledges.delivered import Count, Delivered
from offers.pledges.promises import Pledge
from warehouse.engine import Warehouse

BY = ("organisation", "sector", "department", "academy")
ANNEX = (
    "Ministère de l'Éducation nationale et de la Jeunesse",
    "Ministère de l'Économie, des Finances et de la Souveraineté industrielle et numérique", "Intermarché", "Airbus",
    "BPCE", "BNP Paribas", "Bouygues", "Carrefour", "La Poste", "Crédit Mutuel / CIC", "Décathlon France", "Safran",
    "Fnac Darty", "Dassault Aviation", "Radio France", "XPO Logistics Europe", "Dalkia", "Système U",
    "Château de Versailles", "Air France", "Monnaie de Paris", "AXA", "Covéa", "Vinci", "Disneyland Paris", "Énedis",
    "Auchan", "CNRS", "FranceTV", "STMicroelectronics", "OVHcloud", "L'Oréal", "Spie batignolles", "Mobilier national",
    "Shell", "TotalEnergies", "RATP", "Fondation FACE", "CMA CGM", "Banijay", "Publicis", "Generali",
    "Aéroports de Paris", "Philharmonie de Paris", "Thales",
)  # fmt: skip
"""The organisations of the annex of the communiqué, without numbers, for it names none. As
config/reference/organisations.csv writes them: a test compares the two."""


def first_pledges(connection: Connection) -> None:
    """What every database begins with: the organisations of the communiqué's annex."""
    connection.execute(text(_FIRST), {"annex": list(ANNEX)})


def listed(warehouse: Warehouse, school_year: str | None = None) -> list[Pledge]:
    """The pledges of one school year or of all, by year and name."""
    return [Pledge(**row._mapping) for row in warehouse.run(text(_LISTED), {"year": school_year})]


def write(warehouse: Warehouse, new: Sequence[Pledge], at: datetime) -> None:
    """Write these pledges over what the same organisations promised for the same years, all or none."""
    if new:
        warehouse.run(text(_WRITE), [{**vars(pledge), "stated_at": at} for pledge in new])


def remove(warehouse: Warehouse, organisation: str, school_year: str) -> bool:
    """Take a pledge away; whether there was one."""
    return bool(warehouse.run(text(_REMOVE), {"organisation": organisation, "year": school_year}))


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
    first: datetime | None = warehouse.run(text("select min(started_at) from deliveries"))[0][0]
    return first


def _counts(connection: Connection, column: str) -> dict[str | None, Count]:
    grouped = "" if column == "null::text" else "group by 1"
    rows: list[Any] = list(connection.execute(text(_COUNT.format(column=column, grouped=grouped))))
    return {row[0]: Count(*map(int, row[1:])) for row in rows}


_FIRST = """
    insert into pledges (organisation, school_year, source, stated_at)
    select unnest(cast(:annex as text[])), '2023-2024', 'communiqué n°1399 du 30 novembre 2023, annexe',
        timestamptz '2023-11-30 00:00:00+01'
"""
_LISTED = """
    select * from pledges where school_year = coalesce(:year, school_year) order by school_year, organisation
"""
_WRITE = """
    insert into pledges (organisation, school_year, offers, seats, source, stated_at)
    values (:organisation, :school_year, :offers, :seats, :source, :stated_at)
    on conflict (organisation, school_year) do update
    set offers = excluded.offers, seats = excluded.seats, source = excluded.source, stated_at = excluded.stated_at
"""
_REMOVE = "delete from pledges where organisation = :organisation and school_year = :year"
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
