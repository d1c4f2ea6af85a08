"""Records that stand already, looked at again: after a person's decision, and from scratch, département by département.

A rebuild forgets what is compared of a département's records and finds all of it anew under the normal forms of today.
Nothing of one département is compared with another's, so each is one transaction, and several run side by side.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from sqlalchemy import Connection, text

from offers.matching import Sketched, sketch
from offers.matching.survivors import OWN
from warehouse import gathering, golden
from warehouse.copying import copy_out, scratch
from warehouse.engine import Warehouse
from warehouse.placing import Coming, Placed, lock, place

READ = ("title", "description", "employer_name", "organisation", "city", "insee_code", "department", "siret", "street")
"""Columns of a record that a sketch is made of, beside its weeks."""
_TYPES: dict[str, Any] = gathering.RECORD_TYPES | dict.fromkeys(READ, pa.large_string())
_TYPES |= {"weeks": pa.large_string(), "keep": pa.bool_()}
_NOTHING = pd.DataFrame({"id": [], "offer": [], "sketch": [], "withdrawn": []}, dtype=np.int64).astype(
    {"withdrawn": bool}
)


@dataclass(frozen=True)
class Rebuilt:
    """What a rebuild of one département found: standing records and their offers, records that are in another offer
    than before (`moved`), records that share one (`linked`), pairs that wait for a person (`review`)."""

    department: str
    records: int
    offers: int
    moved: int
    linked: int
    review: int


def departments(warehouse: Warehouse) -> list[str]:
    """Those that have records, the largest first, so that the longest work begins first; "" for records of none."""
    query = text("select coalesce(department, '') from records group by 1 order by count(*) desc, 1")
    with warehouse.transaction() as connection:
        return list(connection.execute(query).scalars())


def rebuild(warehouse: Warehouse, department: str, at: datetime, *, write: bool = True) -> Rebuilt:
    """Compare all records of a département anew; where `write` is False, only say what would become of them."""
    with warehouse.transaction() as connection:
        lock(connection, shared=department)
        with connection.begin_nested() as attempt:
            records = _records(connection, _OF_DEPARTMENT, {"department": department, "week": at.strftime("%G-W%V")})
            connection.execute(text(_FORGET), {"department": department})
            sketched, placed = _again(connection, records, _NOTHING, at, alone=True)
            found = _rebuilt(department, records, placed)
            if write:
                connection.execute(text(_UNKNOWN), {"department": department})
                _write(connection, records, sketched, placed, at)
            else:
                attempt.rollback()
    return found


def rematch(connection: Connection, keys: list[tuple[str, str]], at: datetime) -> Placed:
    """Look at these records (feed, reference) again, as after a decision on them; takes the lock of all matching."""
    lock(connection)
    columns = {
        name: pa.array([key[n] for key in keys], pa.large_string()) for n, name in enumerate(("feed", "reference"))
    }
    scratch(connection, "again", "feed text, reference text", pa.table(columns))
    records = _records(connection, _AGAIN, {})
    leaving = records[records["standing"]].assign(withdrawn=False)[["id", "offer", "sketch", "withdrawn"]]
    sketched, placed = _again(connection, records, leaving, at)
    _write(connection, records, sketched, placed, at)
    return placed


def _records(connection: Connection, condition: str, parameters: dict[str, Any]) -> pd.DataFrame:
    frame = copy_out(connection, _READ.format(condition=condition), parameters, _TYPES).to_pandas()
    texts = [name for name, kind in _TYPES.items() if kind == pa.large_string()]
    # COPY gives an empty text for what is missing; to a sketch both are unknown.
    return frame.astype(dict.fromkeys(texts, "str"))


def _again(
    connection: Connection, records: pd.DataFrame, leaving: pd.DataFrame, at: datetime, *, alone: bool = False
) -> tuple[Sketched, Placed]:
    sketched = sketch(records, records["keep"].to_numpy())
    known = records[["id", "offer", "feed", "reference", "standing"]]
    return sketched, place(connection, Coming(known, sketched, leaving, True, alone), at)


def _write(connection: Connection, records: pd.DataFrame, sketched: Sketched, placed: Placed, at: datetime) -> None:
    changed = (records["offer"].to_numpy() != placed.offer) | (records["sketch"].to_numpy() != sketched.of)
    columns = {name: pa.array(records[name][changed], pa.large_string()) for name in ("feed", "reference")}
    numbers = {"offer": placed.offer[changed], "sketch": sketched.of[changed]}
    rows = pa.table(columns | {name: pa.array(values, pa.int64()) for name, values in numbers.items()})
    scratch(connection, "placed", "feed text, reference text, offer bigint, sketch bigint", rows)
    connection.execute(text(_PLACED))
    golden.settle(connection, placed.touched, at)


def _rebuilt(department: str, records: pd.DataFrame, placed: Placed) -> Rebuilt:
    stands = records["standing"].to_numpy()
    moved = int((records["offer"].to_numpy() != placed.offer)[stands].sum())
    offers = len(np.unique(placed.offer[stands]))
    return Rebuilt(department, int(stands.sum()), offers, moved, placed.linked, placed.review)


_OF_DEPARTMENT = f"""
    coalesce(r.department, '') = %(department)s and (r.withdrawn_at is null
    or f.trust in ({", ".join(repr(word) for word in OWN)}) and (select max(w) from unnest(r.weeks) w) >= %(week)s)
"""  # noqa: S608  # our own words
"""What stands, and what its employer withdrew before its weeks were over: that holds against whoever lists it still."""
_AGAIN = "exists (select from again a where a.feed = r.feed and a.reference = r.reference)"
_READ = f"""
    select r.id, r.offer_id, coalesce(r.sketch, 0), r.withdrawn_at is null, r.feed, r.reference,
        {", ".join("r." + name for name in READ)}, array_to_string(r.weeks, ' '),
        coalesce(f.repeated = 'keep', false) or exists (
            select from link_decisions d where not d.same and d.feed_a = r.feed and d.feed_b = r.feed
            and r.reference in (d.reference_a, d.reference_b))
    from records r left join feeds f on f.feed = r.feed where {{condition}}
"""  # noqa: S608  # our own names
_FORGET = """
    with gone as (delete from sketches where department = :department returning id),
    keys as (delete from sketch_keys k using gone where k.sketch = gone.id)
    delete from links l using gone where l.a = gone.id or l.b = gone.id
"""
_UNKNOWN = """
    update records r set sketch = null where coalesce(r.department, '') = :department and r.withdrawn_at is not null
    and r.sketch is not null and not exists (select from sketches s where s.id = r.sketch)
"""
_PLACED = """
    update records r set offer_id = p.offer, sketch = p.sketch from placed p
    where r.feed = p.feed and r.reference = p.reference
"""
