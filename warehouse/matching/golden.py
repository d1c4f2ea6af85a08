"""The offers that records make: counted, opened and closed, their golden rows, and which were online in a school year.

Offers whose day or weeks are over are closed, so that their id says so. The view `offers` shows what is online now and
is nearly empty after each June; what an employer delivered does not vanish with it: each offer that the view has shown
stays in `published_offers`, as it last read.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pandas as pd
import pyarrow as pa
from sqlalchemy import Connection, text

from offers.calendar import SchoolYear, day_of
from offers.matching.golden import FILLED, OWN, survivors
from warehouse.copying import copy_in, copy_out, scratch
from warehouse.matching.gathering import listed
from warehouse.matching.schema import PUBLIC, day, over

MANY = 5_000
"""Where so many offers are touched, and more than PostgreSQL knew of, it must learn of them: it would look each up by
itself otherwise, which takes twice as long. Only then, for `analyze` holds a lock that others of its kind wait for."""


def settle(connection: Connection, offers: Any, at: datetime) -> None:
    """Bring these offers up to what their records are now; the records are written, in the same transaction.

    Those that are online are written down with their school year: that of their weeks, or, without any, of `at`. An
    offer is *withdrawn* where it was closed before the first day of its placement and before its own last day; closed
    later, its time was over. One that a person hid counts as withdrawn while it is hidden.
    """
    if not len(offers):
        return
    listed(connection, "offers_touched", offers)
    connection.execute(text(_COUNT), {"at": at})
    connection.execute(text("delete from golden g using offers_touched o where o.id = g.offer"))
    _write_golden(connection)
    today = day_of(at)
    year = SchoolYear.at(today)
    given: dict[str, Any] = day(today) | {"year": year.label, "starts": year.placement[0]}
    if len(offers) > MANY and connection.execute(text(_GROWN), {"touched": len(offers)}).scalar():
        connection.execute(text("analyze offer_ids"))
    connection.execute(text(_ONLINE), given)
    connection.execute(text(_ENDED), given)
    connection.execute(text(_WITHDRAWN))
    connection.execute(_CLOSE_TOUCHED, day(today) | {"at": at})


def begin(connection: Connection, minted: pd.DataFrame, at: datetime) -> None:
    """Write down offers of one record that begin with it, are online and not hidden: what `settle` would, without
    asking the database for anything. `minted`: the records' columns, and offer_id."""
    if minted.empty:
        return
    offers: dict[str, Any] = {"id": pa.array(minted["offer_id"], pa.int64()), "records": pa.repeat(1, len(minted))}
    copy_in(connection, "offer_ids", pa.table({**offers, "opened_at": pa.repeat(pa.scalar(at), len(minted))}))
    today = day_of(at)
    year = SchoolYear.at(today)
    first = minted["weeks"].str.partition(" ")[0]
    monday = {week: date.fromisocalendar(int(week[:4]), int(week[-2:]), 1) for week in first.dropna().unique()}
    labels = {week: f"{int(week[:4]) - 1}-{week[:4]}" for week in monday}
    texts = {name: minted[name] for name in ("organisation", "sector", "department", "academy", "expires_on")}
    texts |= {"school_year": first.map(labels).fillna(year.label), "seats": minted["seats"].fillna("1")}
    texts |= {"starts_on": first.map(monday).fillna(year.placement[0]).astype("str")}
    columns = {name: pa.array(values, pa.large_string(), from_pandas=True) for name, values in texts.items()}
    shown: dict[str, Any] = {"offer": offers["id"], "first_day": pa.repeat(pa.scalar(today), len(minted)), **columns}
    copy_in(connection, "published_offers", pa.table(shown))


def close_expired(connection: Connection, today: date, at: datetime) -> int:
    """Close each open offer that was over before `today`, and say how many."""
    return connection.execute(_CLOSE, day(today) | {"at": at}).rowcount


def _write_golden(connection: Connection) -> None:
    """Draw up each touched offer that has several standing records from these."""
    texts, numbers = ("feed", "reference", "trust", "repeated"), ("seats", "length")
    types: dict[str, Any] = {"offer": pa.int64(), "id": pa.int64()} | dict.fromkeys(texts, pa.large_string())
    types |= dict.fromkeys(("created_at", "updated_at"), pa.float64()) | dict.fromkeys(numbers, pa.int64())
    types |= dict.fromkeys(("cut", *(f"has_{name}" for name in FILLED)), pa.bool_())
    records = copy_out(connection, _SEVERAL, {}, types).to_pandas().astype(dict.fromkeys(texts, "str"))
    if records.empty:
        return
    found = survivors(records)
    kinds = {"offer": pa.int64(), "lead": pa.int64(), "seats": pa.int32(), "source": pa.int64()}
    for name, frame, columns in (
        ("golden_leads", found.leads, "offer bigint, lead bigint, seats int"),
        ("golden_filled", found.filled, 'offer bigint, "column" text, source bigint'),
    ):
        rows = pa.table({c: pa.array(frame[c], kinds.get(c, pa.large_string())) for c in frame.columns})
        scratch(connection, name, columns, rows)
    connection.execute(text(_LEAD))
    for column in sorted(set(found.filled["column"])):
        connection.execute(text(_FILL.format(column=column)), {"column": column})
    connection.execute(text(_PROVENANCE))


_OWN = ", ".join(f"'{word}'" for word in OWN)
_COUNT = f"""
    insert into offer_ids (id, records, opened_at, closed_at)
    select o.id, coalesce(n.standing, 0), :at,
        case when coalesce(n.standing, 0) = 0 or n.own > 0 and n.own_standing = 0 then cast(:at as timestamptz) end
    from offers_touched o left join (
        select r.offer_id as id, count(*) filter (where r.withdrawn_at is null) as standing,
            count(*) filter (where f.trust in ({_OWN})) as own,
            count(*) filter (where f.trust in ({_OWN}) and r.withdrawn_at is null) as own_standing
        from records r join offers_touched t on t.id = r.offer_id left join feeds f on f.feed = r.feed
        group by r.offer_id
    ) n on n.id = o.id
    on conflict (id) do update set records = excluded.records,
        closed_at = case when excluded.closed_at is not null then coalesce(offer_ids.closed_at, excluded.closed_at) end,
        changed_at = greatest(offer_ids.changed_at, offer_ids.opened_at, :at),
        reopened_at = case when offer_ids.closed_at is not null and excluded.closed_at is null then :at
            else offer_ids.reopened_at end
"""  # noqa: S608  # our own words
_SEVERAL = f"""
    select r.offer_id, r.id, r.feed, r.reference, coalesce(f.trust, 'aggregator'), coalesce(f.repeated, 'keep_first'),
        extract(epoch from r.created_at), extract(epoch from r.updated_at), coalesce(r.seats, 1),
        length(coalesce(r.description_full, r.description)),
        coalesce(r.description_full, r.description) ~ '(…|\\.\\.\\.)\\s*$',
        {", ".join(f"r.{name} is not null" for name in FILLED)}
    from records r join offers_touched o on o.id = r.offer_id join offer_ids i on i.id = o.id
    left join feeds f on f.feed = r.feed
    where r.withdrawn_at is null and i.records > 1
"""  # noqa: S608  # our own names
_CARRIED = ("feed", *PUBLIC, "delivery_id", "line", "created_at", "updated_at")
_LEAD = f"""
    insert into golden (offer, {", ".join(_CARRIED)}, provenance)
    select l.offer, {", ".join("l.seats" if name == "seats" else f"r.{name}" for name in _CARRIED)}, '{{}}'
    from golden_leads l join records r on r.offer_id = l.offer and r.id = l.lead
"""  # noqa: S608  # our own names
_FILL = """
    update golden g set {column} = r.{column}
    from golden_filled f join records r on r.offer_id = f.offer and r.id = f.source
    where f."column" = :column and g.offer = f.offer
"""
_PROVENANCE = """
    update golden g set provenance = p.provenance from (
        select f.offer, jsonb_object_agg(f."column", jsonb_build_array(r.feed, r.reference)) as provenance
        from golden_filled f join records r on r.offer_id = f.offer and r.id = f.source group by f.offer
    ) p where p.offer = g.offer
"""


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


def _closing(touched: str = "") -> Any:
    """The one statement that closes what is over: each open offer, or those of `touched` alone."""
    return text(
        "update offer_ids o set closed_at = :at, changed_at = greatest(o.changed_at, o.opened_at, :at) from ("  # noqa: S608  # our own names
        f"select r.offer_id as id from records r {touched.format(offer='r.offer_id')} "
        f"where r.withdrawn_at is null and {over('r')} union all "
        f"select g.offer from golden g {touched.format(offer='g.offer')} where {over('g')}"
        ") e where e.id = o.id and o.closed_at is null "
        "and (o.records = 1 or exists (select from golden g where g.offer = o.id and " + over("g") + "))"
    )


_CLOSE = _closing()
_CLOSE_TOUCHED = _closing("join offers_touched t on t.id = {offer}")
