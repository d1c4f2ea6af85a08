"""New sketches compared with each other and with those that the warehouse knows; what is found alike is written."""

from __future__ import annotations

from datetime import datetime

import numpy as np
import pandas as pd
import pyarrow as pa
from sqlalchemy import Connection

from offers.matching.blocking import block_keys, paired
from offers.matching.judging import PAIR_COLUMNS, judge
from offers.matching.normal import VERSION
from offers.matching.sketch import SKETCHED
from warehouse import gathering
from warehouse.copying import copy_in


def compare(connection: Connection, new: pd.DataFrame, at: datetime, alone: bool) -> tuple[pd.DataFrame, int]:
    """Write new sketches (SKETCHED, by id), their keys and their links; gives the links: PAIR_COLUMNS, by id, and how
    many blocks were so large that each sketch met only some of its block.

    `alone`: whether they have to do with no sketch that is there already. What has no place meets only its like here:
    the contract lets no such record pass, and pairs must not depend on who came in one drop.
    """
    rows, keys = block_keys(new)
    keyed = _keyed(new, rows, keys)
    copy_in(connection, "sketches", _sketches_table(new))
    shared, packed = gathering.sharing_a_key(connection, keyed) if len(new) and not alone else (gathering.NO_PAIRS, 0)
    copy_in(connection, "sketch_keys", _table(keyed))
    found = paired(new, rows, keys)
    everyone = pd.concat([new, gathering.known_sketches(connection, shared["b"])])
    position = pd.Index(everyone.index)
    a = np.concatenate((found.a, position.get_indexer(pd.Index(shared["a"]))))
    b = np.concatenate((found.b, position.get_indexer(pd.Index(shared["b"]))))
    compared = _by_id(everyone, judge(everyone, a, b))
    copy_in(connection, "links", _links_table(compared, at))
    return compared, packed + found.split


def _keyed(new: pd.DataFrame, rows: np.ndarray, keys: np.ndarray) -> pd.DataFrame:
    """The block keys as gathering.KEYED, each key of a sketch once."""
    siret = pd.to_numeric(new["siret"], errors="coerce").fillna(0).to_numpy(np.int64)
    codes, distinct = pd.factorize(new["weeks"])
    weeks = np.array([_week_bits(text) for text in distinct], np.int32)[codes]
    columns = {"key": keys, "sketch": new.index.to_numpy(np.int64)[rows], "siret": siret[rows], "weeks": weeks[rows]}
    return pd.DataFrame(columns).drop_duplicates(["key", "sketch"])


def _week_bits(weeks: str) -> int:
    """A bit for each week, by its number: those of other years may share one, which rules nothing out."""
    return sum({1 << int(week[-2:]) % 31 for week in weeks.split()})


def _by_id(sketches: pd.DataFrame, pairs: pd.DataFrame) -> pd.DataFrame:
    """Judged pairs with ids for positions, the smaller first."""
    ids = sketches.index.to_numpy(np.int64)
    one, other = ids[pairs["a"].to_numpy(np.int64)], ids[pairs["b"].to_numpy(np.int64)]
    return pairs.assign(a=np.minimum(one, other), b=np.maximum(one, other))


def _table(keyed: pd.DataFrame) -> pa.Table:
    return pa.table({name: pa.array(keyed[name], kind) for name, kind in gathering.KEYED.items()})


def _sketches_table(new: pd.DataFrame) -> pa.Table:
    columns = {name: pa.array(new[name], pa.large_string()) for name in SKETCHED}
    return pa.table({"id": pa.array(new.index, pa.int64()), **columns, "version": pa.repeat(VERSION, len(new))})


def _links_table(pairs: pd.DataFrame, at: datetime) -> pa.Table:
    columns = {name: pa.array(pairs[name], pa.int64() if name in ("a", "b") else None) for name in PAIR_COLUMNS}
    return pa.table({**columns, "since": pa.repeat(pa.scalar(at), len(pairs))})
