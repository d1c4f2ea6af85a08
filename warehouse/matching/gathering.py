"""What matching needs to know of the warehouse: who might be the same, who belongs to whom, what people decided.

Every call reads within the caller's transaction. Sets of ids go in as temporary tables, frames come out through COPY.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from sqlalchemy import Connection, text

from offers.matching.comparison import PAIR_COLUMNS
from offers.matching.golden import OWN
from offers.matching.review import Key
from offers.matching.sketches import SKETCHED
from warehouse.copying import copy_out, scratch

BIG, TEXT, YES_NO = pa.int64(), pa.large_string(), pa.bool_()
SITED = ("feed", "department", "place", "siret", "street", "weeks", "own_row")
"""What a sketch says of where and when, and whose it is: the columns that clusters go by."""
RECORD_TYPES = {"id": BIG, "offer": BIG, "sketch": BIG, "standing": YES_NO, "feed": TEXT, "reference": TEXT}
_RECORD = "r.id, r.offer_id, coalesce(r.sketch, 0), r.withdrawn_at is null, r.feed, r.reference"
_LINK_TYPES = dict(zip(PAIR_COLUMNS, (BIG, BIG, *[pa.float64()] * 4, TEXT, TEXT), strict=True))
_LINK = ", ".join(f"l.{name}" for name in PAIR_COLUMNS)
_DECISION_TYPES: dict[str, Any] = dict.fromkeys(("feed_a", "reference_a", "feed_b", "reference_b"), TEXT)
_DECISION_TYPES |= {"same": YES_NO, "a": BIG, "b": BIG}


def listed(connection: Connection, name: str, ids: Any) -> None:
    """A temporary table of distinct ids, made anew, for the queries here."""
    distinct = np.unique(np.asarray(ids, np.int64))
    scratch(connection, name, "id bigint primary key", pa.table({"id": pa.array(distinct[distinct != 0], BIG)}))


def listed_keys(connection: Connection, keys: Iterable[Key]) -> None:
    """A temporary table `wanted_keys` of distinct records, made anew."""
    distinct = sorted(set(keys))
    columns = {name: pa.array([key[n] for key in distinct], TEXT) for n, name in enumerate(("feed", "reference"))}
    scratch(connection, "wanted_keys", 'feed text collate "C", reference text collate "C"', pa.table(columns))


def sketches_of(connection: Connection, ids: Any, columns: tuple[str, ...] = SKETCHED) -> pd.DataFrame:
    """Those of these sketches that are in the warehouse: these columns, indexed by id."""
    listed(connection, "wanted", ids)
    said = "".join(f", s.{name}" for name in columns)
    query = f"select s.id{said} from sketches s join wanted w on w.id = s.id"  # noqa: S608  # our own names
    return _frame(connection, query, {"sketch": BIG} | dict.fromkeys(columns, TEXT)).set_index("sketch")


def known_ids(connection: Connection, ids: Any) -> np.ndarray:
    """Those of these sketches that are in the warehouse."""
    if not len(ids):
        return np.empty(0, np.int64)
    listed(connection, "wanted", ids)
    return numbers(connection, "select s.id from sketches s join wanted w on w.id = s.id", ("id",))["id"].to_numpy()


def alike(connection: Connection, ids: Any) -> pd.DataFrame:
    """The links between these sketches and any others: PAIR_COLUMNS, by id."""
    listed(connection, "wanted", ids)
    query = f"""
        select {_LINK} from links l join wanted w on w.id = l.a
        union select {_LINK} from links l join wanted w on w.id = l.b
    """  # noqa: S608  # our own names
    return _frame(connection, query, _LINK_TYPES)


def reached(connection: Connection, ids: Any, decided: pd.DataFrame) -> np.ndarray:
    """All sketches that these reach over links held to be the same and over decisions; those that reach none are left
    out."""
    listed(connection, "wanted", ids)
    same = decided[decided["same"]]
    rows = pa.table({name: pa.array(same[name], BIG) for name in ("a", "b")})
    scratch(connection, "decided", "a bigint, b bigint", rows)
    return _frame(connection, _REACHED, {"id": BIG})["id"].to_numpy()


def records_of(connection: Connection, sketches: Any, offers: Any, but: Any) -> pd.DataFrame:
    """The records of these sketches and of these offers, withdrawn ones too: id, offer, sketch, standing, and key;
    without those of the ids `but`, which are at hand."""
    listed(connection, "wanted", sketches)
    listed(connection, "wanted_offers", offers)
    query = f"""
        select {_RECORD} from records r join wanted w on w.id = r.sketch
        union select {_RECORD} from records r join wanted_offers w on w.id = r.offer_id
    """  # noqa: S608  # our own names
    found = _frame(connection, query, RECORD_TYPES)
    return found[~found["id"].isin(but)]


def records_by_reference(connection: Connection, feed: str, references: list[str]) -> pd.DataFrame:
    """What is known of these records of a feed, and of all that it has withdrawn: id, offer, sketch (0: none), standing
    and feed, indexed by reference."""
    query = f"""
        select {_RECORD} from records r where r.feed = %(feed)s and r.reference = any(%(references)s)
        union select {_RECORD} from records r where r.feed = %(feed)s and r.withdrawn_at is not null
    """  # noqa: S608  # our own names
    frame = _frame(connection, query, RECORD_TYPES, {"feed": feed, "references": references})
    return frame.set_index("reference")


def offers_of(connection: Connection, feed: str) -> np.ndarray:
    """The offers that records of a feed describe, or last described."""
    query = text("select distinct offer_id from records where feed = :feed")
    return np.array(connection.execute(query, {"feed": feed}).scalars().all(), np.int64)


def shared_offers(connection: Connection, feed: str) -> pd.DataFrame:
    """Of each standing record of a feed whose offer has several: reference, offer and the offer's seats."""
    query = """
        select r.reference, g.offer, g.seats from golden g join records r on r.offer_id = g.offer
        where r.feed = %(feed)s and r.withdrawn_at is null
    """
    return _frame(connection, query, {"reference": TEXT, "offer": BIG, "seats": BIG}, {"feed": feed})


def borne_by_gone(connection: Connection, feeds: list[str]) -> np.ndarray:
    """The sketches that withdrawn records of these feeds bear; they may be known no more."""
    query = text("select distinct sketch from records where feed = any(:feeds) and withdrawn_at is not null")
    return np.array([one for one in connection.execute(query, {"feeds": feeds}).scalars() if one], np.int64)


def has_records(connection: Connection, feeds: list[str]) -> bool:
    """Whether one of these feeds has, or ever had, a record. A sketch is of one feed, and goes with its last record."""
    query = text("select exists (select from records where feed = any(:feeds))")
    return bool(connection.execute(query, {"feeds": feeds}).scalar())


def told_apart(connection: Connection, feed: str) -> list[str]:
    """References of a feed that a person said are not what another one of the same feed is."""
    query = text("""
        select unnest(array[reference_a, reference_b]) from link_decisions
        where feed_a = :feed and feed_b = :feed and not same
    """)
    return list(connection.execute(query, {"feed": feed}).scalars())


def held_by(connection: Connection, sketches: Any) -> pd.DataFrame:
    """The records that keep these sketches known (sketch, id): those that stand, and those that their employer
    withdrew."""
    listed(connection, "wanted", sketches)
    query = f"""
        select w.id as sketch, r.id from records r join wanted w on w.id = r.sketch left join feeds f on f.feed = r.feed
        where r.withdrawn_at is null or f.trust in ({", ".join(repr(word) for word in OWN)})
    """  # noqa: S608  # our own words
    return numbers(connection, query, ("sketch", "id"))


def decisions(connection: Connection) -> pd.DataFrame:
    """What people decided: both records' keys, same, and the sketches a and b that they have now (0: none)."""
    return _frame(connection, _DECISIONS, _DECISION_TYPES)


def fresh_ids(connection: Connection, count: int) -> np.ndarray:
    """New record ids, in order."""
    if not count:
        return np.empty(0, np.int64)
    drawn = f"select nextval(pg_get_serial_sequence('records', 'id')) as id from generate_series(1, {count:d})"  # noqa: S608
    first, last = connection.execute(text(f"select min(id), max(id) from ({drawn}) d")).one()  # noqa: S608
    if last - first == count - 1:
        return np.arange(first, last + 1, dtype=np.int64)
    return numbers(connection, drawn, ("id",))["id"].to_numpy()  # another drew some in between: these are nobody's


def numbers(connection: Connection, query: str, names: tuple[str, ...]) -> pd.DataFrame:
    """The rows of a query of whole numbers, sent as one text: ten times fewer calls than row by row."""
    said = f"select string_agg(concat_ws(',', {', '.join(names)}), chr(10)) from ({query}) q"  # noqa: S608  # our own
    rows = connection.execute(text(said)).scalar_one() or ""
    flat = np.fromstring(rows.replace("\n", ","), np.int64, sep=",") if rows else np.empty(0, np.int64)
    return pd.DataFrame(flat.reshape(-1, len(names)), columns=list(names))


def _frame(
    connection: Connection, query: str, types: dict[str, Any], parameters: dict[str, Any] | None = None
) -> pd.DataFrame:
    kinds = {name: "str" for name, kind in types.items() if kind == TEXT}
    return copy_out(connection, query, parameters or {}, types).to_pandas().astype(kinds)


_REACHED = """
    with recursive reach (id) as (
        (select w.id from wanted w where exists (select from links l where l.a = w.id and l.answer = 'same')
         or exists (select from links l where l.b = w.id and l.answer = 'same')
         or exists (select from decided d where d.a = w.id or d.b = w.id))
        union
        select next.id from reach r cross join lateral (
            select l.b as id from links l where l.a = r.id and l.answer = 'same'
            union all select l.a from links l where l.b = r.id and l.answer = 'same'
            union all select d.b from decided d where d.a = r.id
            union all select d.a from decided d where d.b = r.id
        ) next
    )
    select id from reach
"""
_DECISIONS = """
    select d.feed_a, d.reference_a, d.feed_b, d.reference_b, d.same, coalesce(a.sketch, 0), coalesce(b.sketch, 0)
    from link_decisions d
    left join records a on a.feed = d.feed_a and a.reference = d.reference_a
    left join records b on b.feed = d.feed_b and b.reference = d.reference_b
"""
