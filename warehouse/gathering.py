"""What matching needs to know of the warehouse: who might be the same, who belongs to whom, what people decided.

Every call reads within the caller's transaction. Sets of ids go in as temporary tables, frames come out through COPY.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from sqlalchemy import Connection, text

from offers.matching.blocking import NEAR
from offers.matching.judging import PAIR_COLUMNS
from offers.matching.sketch import SKETCHED
from offers.matching.survivors import OWN
from warehouse.copying import copy_out, scratch

NO_PAIRS = pd.DataFrame({"a": [], "b": []}, dtype=np.int64)
CROWDED = 40_000
"""Pairs that one key may make between new and standing sketches; beyond it they must share a SIRET, a street or both
texts, too (as offers.matching.blocking splits a large block). Where even these make as many, each new sketch meets its
NEAR neighbours alone, in the order of their texts."""
BIG, TEXT, YES_NO = pa.int64(), pa.large_string(), pa.bool_()
_SKETCH_TYPES = {"sketch": BIG} | dict.fromkeys(SKETCHED, TEXT)
KEYED = {"key": BIG, "sketch": BIG, "siret": BIG, "weeks": pa.int32()}
"""A block key, its sketch, and what rules a pair out at once: SIRET and weeks as numbers, 0 where unknown."""
SITED = ("feed", "department", "place", "siret", "street", "weeks", "own_row")
"""The columns of a sketch that clusters go by."""
_SKETCH_COLUMNS = ", ".join(f"s.{name}" for name in SKETCHED)
RECORD_TYPES = {"id": BIG, "offer": BIG, "sketch": BIG, "standing": YES_NO, "feed": TEXT, "reference": TEXT}
_RECORD = "r.id, r.offer_id, coalesce(r.sketch, 0), r.withdrawn_at is null, r.feed, r.reference"
_LINK_TYPES = {"a": BIG, "b": BIG, "score": pa.float64(), "description": pa.float64(), "title": pa.float64(),
               "employer": pa.float64(), "answer": TEXT, "rule": TEXT}  # fmt: skip
_LINK = ", ".join(f"l.{name}" for name in PAIR_COLUMNS)
_DECISION_TYPES = {"feed_a": TEXT, "reference_a": TEXT, "feed_b": TEXT, "reference_b": TEXT, "same": YES_NO,
                   "a": BIG, "b": BIG}  # fmt: skip


def listed(connection: Connection, name: str, ids: Any) -> None:
    """A temporary table of distinct ids, made anew, for the queries here."""
    distinct = np.unique(np.asarray(ids, np.int64))
    scratch(connection, name, "id bigint primary key", pa.table({"id": pa.array(distinct[distinct != 0], BIG)}))


def known_sketches(connection: Connection, ids: Any) -> pd.DataFrame:
    """Those of these sketches that are in the warehouse: SKETCHED, indexed by id."""
    listed(connection, "wanted", ids)
    query = f"select s.id, {_SKETCH_COLUMNS} from sketches s join wanted w on w.id = s.id"  # noqa: S608  # our own names
    return _frame(connection, query, _SKETCH_TYPES).set_index("sketch")


def that_are_known(connection: Connection, ids: Any) -> np.ndarray:
    """Those of these sketches that are in the warehouse."""
    listed(connection, "wanted", ids)
    return _numbers(connection, "select s.id from sketches s join wanted w on w.id = s.id", ("id",))["id"].to_numpy()


def sites_of(connection: Connection, ids: Any) -> pd.DataFrame:
    """What these sketches say of where and when, and whose they are: SITED, indexed by id."""
    listed(connection, "wanted", ids)
    columns = ", ".join(f"s.{name}" for name in SITED)
    query = f"select s.id, {columns} from sketches s join wanted w on w.id = s.id"  # noqa: S608  # our own names
    return _frame(connection, query, {"sketch": BIG} | dict.fromkeys(SITED, TEXT)).set_index("sketch")


def sharing_a_key(connection: Connection, keys: pd.DataFrame) -> tuple[pd.DataFrame, int]:
    """Pairs of a new sketch (a) and one in the warehouse (b) that share a block key; ids, each pair once. And how many
    blocks were too crowded for that.

    `keys`: KEYED, of the new ones, which are in `sketches`, but not yet in `sketch_keys`. Pairs of two SIRETs or of
    other weeks, which could not be one offer anyway, are left in the database.
    """
    rows = pa.table({name: pa.array(keys[name], kind) for name, kind in KEYED.items()})
    scratch(connection, "incoming_keys", "key bigint, sketch bigint, siret bigint, weeks int", rows)
    scratch(connection, "crowded", "key bigint primary key")
    crowded = connection.execute(text(_CROWDED), {"most": CROWDED}).rowcount
    if crowded:
        packed = _agreeing(connection)
    query = f"{_SHARING} union {_SHARING_MORE} union {_SHARING_NEAR}" if crowded else _SHARING
    pairs = _numbers(connection, f"select distinct a, b from ({query}) p (a, b)", ("a", "b"))  # noqa: S608  # our own
    return pairs, packed if crowded else 0


def _agreeing(connection: Connection) -> int:
    """The sketches of crowded keys by what they agree in, as tables: `agreeing`, and, in their order, `neighbours`,
    where too many agree; gives how many groups these are."""
    columns = "key bigint, said text, sketch bigint, siret bigint, weeks int, coming boolean"
    scratch(connection, "agreeing", columns)
    for said in _SAID_ALIKE:
        connection.execute(text(_AGREEING.format(said=said)))
    scratch(connection, "packed", "key bigint, said text")
    packed = connection.execute(text(_PACKED), {"most": CROWDED}).rowcount
    scratch(connection, "neighbours", f"{columns}, place bigint")
    connection.execute(text(_NEIGHBOURS))
    connection.execute(text("delete from agreeing a using packed p where p.key = a.key and p.said = a.said"))
    # Temporary tables have no statistics of their own accord: each row would be looked up in all the others.
    connection.execute(text("analyze agreeing, neighbours"))
    return packed


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
    listed(connection, "at_hand", but)
    other = "not exists (select from at_hand h where h.id = r.id)"
    query = f"""
        select {_RECORD} from records r join wanted w on w.id = r.sketch where {other}
        union select {_RECORD} from records r join wanted_offers w on w.id = r.offer_id where {other}
    """  # noqa: S608  # our own names
    return _frame(connection, query, RECORD_TYPES)


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
    return _numbers(connection, query, ("sketch", "id"))


def decisions(connection: Connection) -> pd.DataFrame:
    """What people decided: both records' keys, same, and the sketches a and b that they have now (0: none)."""
    return _frame(connection, _DECISIONS, _DECISION_TYPES)


def fresh_ids(connection: Connection, count: int) -> np.ndarray:
    """New record ids, in order."""
    if not count:
        return np.empty(0, np.int64)
    query = f"select nextval(pg_get_serial_sequence('records', 'id')) as id from generate_series(1, {count:d})"  # noqa: S608
    return _numbers(connection, query, ("id",))["id"].to_numpy()


def _numbers(connection: Connection, query: str, names: tuple[str, ...]) -> pd.DataFrame:
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


_CROWDED = """
    insert into crowded select key from (select key, count(*) n from incoming_keys group by key) i
    join lateral (select count(*) m from sketch_keys s where s.key = i.key) s on true
    where i.n * s.m > :most
"""
_POSSIBLE = (
    "(k.siret = s.siret or k.siret = 0 or s.siret = 0) and (k.weeks & s.weeks <> 0 or k.weeks = 0 or s.weeks = 0)"
)
_SHARING = f"""
    select k.sketch, s.sketch from incoming_keys k join sketch_keys s on s.key = k.key
    where k.key not in (select key from crowded) and {_POSSIBLE}
"""  # noqa: S608  # our own conditions
_SAID_ALIKE = (
    "nullif(k.siret, 0)::text",
    "'street ' || nullif(s.street, '')",
    "'texts ' || md5(s.title || chr(31) || s.description)",
)
_AGREEING = """
    insert into agreeing
    select k.key, {said}, k.sketch, k.siret, k.weeks, coming from crowded c
    join (select key, sketch, siret, weeks, true as coming from incoming_keys
        union all select key, sketch, siret, weeks, false from sketch_keys) k on k.key = c.key
    join sketches s on s.id = k.sketch where {said} is not null
"""
_PACKED = """
    insert into packed select key, said from agreeing group by key, said
    having count(*) filter (where coming) * count(*) filter (where not coming) > :most
"""
_NEIGHBOURS = """
    insert into neighbours
    select a.*, row_number() over (partition by a.key, a.said
        order by s.title, s.description, s.siret, s.street, s.weeks, s.id)
    from packed p join agreeing a on a.key = p.key and a.said = p.said join sketches s on s.id = a.sketch
"""
_SHARING_MORE = f"""
    select k.sketch, s.sketch from agreeing k join agreeing s on s.key = k.key and s.said = k.said
    where k.coming and not s.coming and {_POSSIBLE}
"""  # noqa: S608  # our own conditions
_SHARING_NEAR = f"""
    select k.sketch, s.sketch
    from (select n.*, n.place + step as beside from neighbours n, generate_series(-{NEAR}, {NEAR}) step where coming) k
    join neighbours s on s.key = k.key and s.said = k.said and s.place = k.beside
    where not s.coming and {_POSSIBLE}
"""  # noqa: S608  # our own conditions
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
