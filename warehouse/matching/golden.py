"""The offers that records make: counted, opened and closed, their golden rows, and that they were online."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pandas as pd
import pyarrow as pa
from sqlalchemy import Connection, text

from offers.matching.survivors import FILLED, OWN, Survivors, survivors
from warehouse import publishing
from warehouse.closing import close_touched
from warehouse.copying import copy_out, scratch
from warehouse.matching.gathering import listed
from warehouse.matching.tables import PUBLIC

_OWN = ", ".join(f"'{word}'" for word in OWN)


def settle(connection: Connection, offers: Any, at: datetime) -> None:
    """Bring these offers up to what their records are now; the records are written, in the same transaction."""
    if not len(offers):
        return
    listed(connection, "offers_touched", offers)
    connection.execute(text(_COUNT), {"at": at})
    connection.execute(text("delete from golden g using offers_touched o where o.id = g.offer"))
    records = _several(connection)
    if len(records):
        _write(connection, survivors(records))
    publishing.note(connection, at, len(offers))
    close_touched(connection, at)


def _several(connection: Connection) -> pd.DataFrame:
    """The standing records of touched offers that have several: survivors.RECORD_COLUMNS."""
    texts = ("feed", "reference", "trust", "repeated")
    numbers = ("seats", "length")
    types: dict[str, Any] = {"offer": pa.int64(), "id": pa.int64()} | dict.fromkeys(texts, pa.large_string())
    types |= dict.fromkeys(("created_at", "updated_at"), pa.float64()) | dict.fromkeys(numbers, pa.int64())
    types |= dict.fromkeys(("cut", *(f"has_{name}" for name in FILLED)), pa.bool_())
    return copy_out(connection, _SEVERAL, {}, types).to_pandas().astype(dict.fromkeys(texts, "str"))


def _write(connection: Connection, found: Survivors) -> None:
    numbers = {"offer": pa.int64(), "lead": pa.int64(), "seats": pa.int32(), "source": pa.int64()}
    for name, frame, columns in (
        ("golden_leads", found.leads, "offer bigint, lead bigint, seats int"),
        ("golden_filled", found.filled, 'offer bigint, "column" text, source bigint'),
    ):
        rows = pa.table({c: pa.array(frame[c], numbers.get(c, pa.large_string())) for c in frame.columns})
        scratch(connection, name, columns, rows)
    connection.execute(text(_LEAD))
    for column in sorted(set(found.filled["column"])):
        connection.execute(text(_FILL.format(column=column)), {"column": column})
    connection.execute(text(_PROVENANCE))


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
        closed_at = case when excluded.closed_at is not null then coalesce(offer_ids.closed_at, excluded.closed_at) end
    where offer_ids.records <> excluded.records
        or (offer_ids.closed_at is null) <> (excluded.closed_at is null)
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
