"""Records that stand already, looked at again: after a person's decision, and from scratch, département by département.

A rebuild forgets what is compared of a département's records and finds all of it anew under the normal forms of today.
Nothing of one département is compared with another's, so a few of them are one transaction, and several run side by
side.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from sqlalchemy import Connection, text

from offers.matching.golden import OWN
from offers.matching.review import Key
from offers.matching.sketches import Sketched, sketch
from warehouse.copying import copy_out, scratch
from warehouse.engine import Warehouse
from warehouse.locks import lock
from warehouse.matching import gathering, golden
from warehouse.matching.assign import Coming, Placed, place

PART = 25_000
"""Records that are compared anew together: enough that what each part costs by itself does not count."""
READ = ("title", "description", "employer_name", "organisation", "city", "insee_code", "department", "siret", "street")
"""Columns of a record that a sketch is made of, beside its weeks."""
_TYPES: dict[str, Any] = gathering.RECORD_TYPES | dict.fromkeys(READ, pa.large_string())
_TYPES |= {"weeks": pa.large_string(), "keep": pa.bool_(), "keep_all": pa.bool_()}
_NOTHING = pd.DataFrame({"id": [], "offer": [], "sketch": [], "withdrawn": []}, dtype=np.int64).astype(
    {"withdrawn": bool}
)


@dataclass(frozen=True)
class Rebuilt:
    """What a rebuild of some départements found: standing records and their offers, records that are in another offer
    than before (`moved`), records that share one (`linked`), pairs that wait for a person (`review`)."""

    departments: tuple[str, ...]
    records: int
    offers: int
    moved: int
    linked: int
    review: int


class Rebuilds:
    """All records compared anew, a part at a time; each call is one transaction. Raises WarehouseUnreachable."""

    def __init__(self, warehouse: Warehouse) -> None:
        self._warehouse = warehouse

    def parts(self, size: int | None = None) -> list[tuple[str, ...]]:
        """The départements that have records ("" for records of none), together as parts of about `size` records.

        The largest first, so that the longest work begins first. Without `size`, PART, or as many as make eight parts.
        """
        query = "select coalesce(department, ''), count(*) from records group by 1 order by 2 desc, 1"
        counted = self._warehouse.run(text(query))
        size = size or min(PART, sum(count for _, count in counted) // 8)
        made: list[tuple[str, ...]] = []
        room = 0
        for department, count in counted:
            if not made or room < count:
                made.append(())
                room = size
            made[-1] += (department,)
            room -= count
        return made

    def rebuild(self, departments: tuple[str, ...], at: datetime, *, write: bool = True) -> Rebuilt:
        """Compare all records of these départements anew; where `write` is False, only say what would come of it."""
        given = {"departments": list(departments), "week": at.strftime("%G-W%V")}
        with self._warehouse.transaction() as connection:
            for department in sorted(departments):
                lock(connection, shared=department)
            with connection.begin_nested() as attempt:
                records = _records(connection, _OF_DEPARTMENTS, given)
                tied = set(connection.execute(text(_TIED), given).scalars())
                scratch(connection, "found_before", "a bigint, b bigint, since timestamptz")
                connection.execute(text(_FOUND_BEFORE), given)
                connection.execute(text(_FORGET), given)
                sketched, placed = _again(connection, records, _NOTHING, at, alone=True)
                stands = records["standing"].to_numpy()
                before, after = records["offer"].to_numpy()[stands], placed.offer[stands]
                if write:
                    connection.execute(text(_SINCE))
                    connection.execute(text(_UNKNOWN), given)
                    _write(connection, records, sketched, placed, at)
                else:
                    attempt.rollback()
        moved, offers = _moved(before, after, tied), len(np.unique(after))
        return Rebuilt(departments, int(stands.sum()), offers, moved, placed.linked, placed.review)

    def rematch_across(self, done: Sequence[tuple[str, ...]], at: datetime) -> int:
        """Look again at the records of decisions that reach from one of these parts elsewhere, which `rebuild` leaves
        out; gives how many decisions."""
        part = {department: number for number, departments in enumerate(done) for department in departments}
        with self._warehouse.transaction() as connection:
            rows = [row for row in connection.execute(text(_ACROSS)) if part.get(row[4], -1) != part.get(row[5], -1)]
            keys = sorted({key for row in rows for key in ((row[0], row[1]), (row[2], row[3]))})
            if keys:
                rematch(connection, keys, at)
        return len(rows)


def rematch(connection: Connection, keys: Sequence[Key], at: datetime) -> None:
    """Look at these records (feed, reference) again, as after a decision on them; takes the lock of all matching.

    What is withdrawn and compared no more is left as it is, until it comes again.
    """
    lock(connection)
    records = _by_key(connection, keys, _COMPARED)
    leaving = records[records["sketch"] != 0].assign(withdrawn=False)[["id", "offer", "sketch", "withdrawn"]]
    sketched, placed = _again(connection, records, leaving, at)
    _write(connection, records, sketched, placed, at)


def sketched_anew(connection: Connection, keys: Sequence[Key]) -> pd.DataFrame:
    """What of these records is compared (SKETCHED, by feed and reference), whatever people decided of them."""
    records = _by_key(connection, keys)
    found = sketch(records, records["keep_all"].to_numpy())
    return found.sketches.loc[found.of].set_axis(pd.MultiIndex.from_frame(records[["feed", "reference"]]))


def _by_key(connection: Connection, keys: Sequence[Key], more: str = "true") -> pd.DataFrame:
    gathering.listed_keys(connection, keys)
    return _records(connection, f"{_AGAIN} and {more}", {})


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


def _moved(before: np.ndarray, after: np.ndarray, tied: set[int]) -> int:
    """Records that another offer holds. Offers that a decision ties to records of elsewhere, which are not looked at
    here, may come by another id: of these count only the records that are not with the same others as before."""
    moved = before != after
    ids = pd.DataFrame({"before": before, "after": after})
    at = np.isin(before, list(tied))
    together = ids.groupby("before")["after"].transform("nunique"), ids.groupby("after")["before"].transform("nunique")
    moved[at] = ((together[0] > 1) | (together[1] > 1)).to_numpy()[at]
    return int(moved.sum())


_OF_DEPARTMENTS = f"""
    (r.department = any(%(departments)s) or r.department is null and '' = any(%(departments)s))
    and (r.withdrawn_at is null
    or f.trust in ({", ".join(repr(word) for word in OWN)}) and (select max(w) from unnest(r.weeks) w) >= %(week)s
    or exists (select from hidden_offers h where h.offer = r.offer_id and h.lifted_at is null))
"""  # noqa: S608  # our own words
"""What stands, and what its employer withdrew before its weeks were over: that holds against whoever lists it still.
And what a person hid: who sends it again under another reference sends a hidden offer."""
_AGAIN = "exists (select from wanted_keys w where w.feed = r.feed and w.reference = r.reference)"
_COMPARED = "(r.withdrawn_at is null or exists (select from sketches s where s.id = r.sketch))"
_READ = f"""
    select r.id, r.offer_id, coalesce(r.sketch, 0), r.withdrawn_at is null, r.feed, r.reference,
        {", ".join("r." + name for name in READ)}, array_to_string(r.weeks, ' '),
        coalesce(f.repeated = 'keep', false) or exists (
            select from link_decisions d where not d.same and d.feed_a = r.feed and d.feed_b = r.feed
            and r.reference in (d.reference_a, d.reference_b)), coalesce(f.repeated = 'keep', false)
    from records r left join feeds f on f.feed = r.feed where {{condition}}
"""  # noqa: S608  # our own names
_TIED = """
    select unnest(array[a.offer_id, b.offer_id]) from link_decisions d
    join records a on a.feed = d.feed_a and a.reference = d.reference_a
    join records b on b.feed = d.feed_b and b.reference = d.reference_b
    where d.same
    and (coalesce(a.department, '') = any(:departments)) <> (coalesce(b.department, '') = any(:departments))
"""
_ACROSS = """
    select d.feed_a, d.reference_a, d.feed_b, d.reference_b, coalesce(a.department, ''), coalesce(b.department, '')
    from link_decisions d
    join records a on a.feed = d.feed_a and a.reference = d.reference_a
    join records b on b.feed = d.feed_b and b.reference = d.reference_b
"""
_FOUND_BEFORE = """
    insert into found_before select l.a, l.b, l.since from links l
    join sketches s on s.id = l.a where s.department = any(:departments)
"""
_SINCE = """
    update links l set since = f.since from found_before f where f.a = l.a and f.b = l.b and f.since < l.since
"""
"""A pair that waits for a person, or has waited too long, goes on doing so."""
_FORGET = """
    with gone as (delete from sketches where department = any(:departments) returning id),
    keys as (delete from sketch_keys k using gone where k.sketch = gone.id)
    delete from links l using gone where l.a = gone.id or l.b = gone.id
"""
_UNKNOWN = """
    update records r set sketch = null
    where (r.department = any(:departments) or r.department is null and '' = any(:departments))
    and r.withdrawn_at is not null and r.sketch is not null
    and not exists (select from sketches s where s.id = r.sketch)
"""
_PLACED = """
    update records r set offer_id = p.offer, sketch = p.sketch from placed p
    where r.feed = p.feed and r.reference = p.reference
"""
