"""New sketches compared with each other and, by block keys, with those that are known; what is alike is written."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from sqlalchemy import Connection, text

from offers.matching.blocking import NEAR, block_keys, paired
from offers.matching.comparison import PAIR_COLUMNS, judge
from offers.matching.sketches import SKETCHED, VERSION
from warehouse.copying import copy_in, scratch
from warehouse.matching import gathering

NO_PAIRS = pd.DataFrame({"a": [], "b": []}, dtype=np.int64)
CROWDED = 40_000
"""Pairs that one key may make between new and standing sketches; beyond it they must share a SIRET, a street or both
texts, too (as offers.matching.blocking splits a large block). Where even these make as many, each new sketch meets its
NEAR neighbours alone, in the order of their texts."""
KEYED = dict.fromkeys(("key", "sketch", "siret"), pa.int64()) | {"weeks": pa.int32()}


def compare(connection: Connection, new: pd.DataFrame, at: datetime, alone: bool) -> tuple[pd.DataFrame, int]:
    """Write new sketches (SKETCHED, by id), their keys and their links; gives the links: PAIR_COLUMNS, by id, and how
    many blocks were so large that each sketch met only some of its block.

    `alone`: whether they have to do with no sketch that is there already. What has no place meets only its like here:
    the contract lets no such record pass, and pairs must not depend on who came in one drop.
    """
    # In the order of its index each row finds its page at hand; in any other a cold load spends a quarter of its time.
    new = new.sort_index()
    said = {name: pa.array(new[name], pa.large_string()) for name in SKETCHED}
    made: dict[str, Any] = {"id": pa.array(new.index, pa.int64()), **said, "version": pa.repeat(VERSION, len(new))}
    with ThreadPoolExecutor(1) as beside:  # the server takes in the sketches while their keys are made
        taken = beside.submit(copy_in, connection, "sketches", pa.table(made))
        rows, keys, keyed = _keyed(new)
        taken.result()
    shared, packed = _sharing_a_key(connection, keyed) if len(new) and not alone else (NO_PAIRS, 0)
    with ThreadPoolExecutor(1) as beside:
        taken = beside.submit(copy_in, connection, "sketch_keys", keyed)
        found = paired(new, rows, keys)
        taken.result()
    everyone = pd.concat([new, gathering.sketches_of(connection, shared["b"])])
    position = pd.Index(everyone.index)
    a = np.concatenate((found.a, position.get_indexer(pd.Index(shared["a"]))))
    b = np.concatenate((found.b, position.get_indexer(pd.Index(shared["b"]))))
    pairs, ids = judge(everyone, a, b), everyone.index.to_numpy(np.int64)
    one, other = (ids[pairs[side].to_numpy(np.int64)] for side in ("a", "b"))
    compared = pairs.assign(a=np.minimum(one, other), b=np.maximum(one, other))
    links = {name: pa.array(compared[name], pa.int64() if name in ("a", "b") else None) for name in PAIR_COLUMNS}
    copy_in(connection, "links", pa.table({**links, "since": pa.repeat(pa.scalar(at), len(compared))}))
    return compared, packed + found.split


def forget(connection: Connection, ids: np.ndarray) -> None:
    """Take sketches away, with their keys and links. Keys are found by being made again: an index of them by sketch
    would cost each load more than all else that it writes of them."""
    known = gathering.sketches_of(connection, ids, (*SKETCHED, "version"))
    old = known.index[known["version"] != VERSION]
    rows, keys = block_keys(known)
    table = pa.table({"key": pa.array(keys), "sketch": pa.array(known.index.to_numpy(np.int64)[rows])})
    scratch(connection, "forgotten_keys", "key bigint, sketch bigint", table)
    connection.execute(text(_FORGET_KEYS))
    if len(old):  # made otherwise; they are few, or all of them are about to be made anew
        connection.execute(text("delete from sketch_keys where sketch = any(:ids)"), {"ids": old.tolist()})
    gathering.listed(connection, "wanted", ids)
    for name, column in (("links", "a"), ("links", "b"), ("sketches", "id")):
        connection.execute(text(f"delete from {name} t using wanted w where t.{column} = w.id"))  # noqa: S608


def _keyed(new: pd.DataFrame) -> tuple[np.ndarray, np.ndarray, pa.Table]:
    """As `block_keys`, and as KEYED: each key of a sketch once, with what rules a pair out at once, SIRET and weeks as
    numbers, 0 where unknown."""
    rows, keys = block_keys(new)
    siret = pd.to_numeric(new["siret"], errors="coerce").fillna(0).to_numpy(np.int64)
    codes, texts = pd.factorize(new["weeks"])
    # A bit for each week, by its number: those of other years may share one, which rules nothing out.
    bits = [sum({1 << int(week[-2:]) % 31 for week in weeks.split()}) for weeks in texts]
    weeks = np.array(bits, np.int32)[codes]
    columns = {"key": keys, "sketch": new.index.to_numpy(np.int64)[rows], "siret": siret[rows], "weeks": weeks[rows]}
    distinct = pd.DataFrame(columns).drop_duplicates(["key", "sketch"]).sort_values(["key", "sketch"])
    return rows, keys, pa.table({name: pa.array(distinct[name], kind) for name, kind in KEYED.items()})


def _sharing_a_key(connection: Connection, keys: pa.Table) -> tuple[pd.DataFrame, int]:
    """Pairs of a new sketch (a) and one in the warehouse (b) that share a block key; ids, each pair once. And how many
    blocks were too crowded for that.

    `keys`: KEYED, of the new ones, which are in `sketches`, but not yet in `sketch_keys`. Pairs of two SIRETs or of
    other weeks, which could not be one offer anyway, are left in the database.
    """
    if not connection.execute(text("select exists (select from sketch_keys)")).scalar():
        return NO_PAIRS, 0
    scratch(connection, "incoming_keys", "key bigint, sketch bigint, siret bigint, weeks int", keys)
    scratch(connection, "crowded", "key bigint primary key")
    query, packed = _SHARING, 0
    if connection.execute(text(_CROWDED), {"most": CROWDED}).rowcount:
        query = f"{_SHARING} union {_SHARING_MORE} union {_SHARING_NEAR}"
        # The sketches of crowded keys by what they agree in, and, in their order, those of whom too many agree.
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
    distinct = f"select distinct a, b from ({query}) p (a, b)"  # noqa: S608  # our own conditions
    return gathering.numbers(connection, distinct, ("a", "b")), packed


_FORGET_KEYS = "delete from sketch_keys k using forgotten_keys f where k.key = f.key and k.sketch = f.sketch"
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
