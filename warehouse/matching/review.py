"""Pairs of records under a person's eyes: which are alike, what each says, what was decided; and their effect.

What reads does so within the caller's transaction. A decision is written and the records are matched again in one.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pandas as pd
import pyarrow as pa
from sqlalchemy import Connection, text
from sqlalchemy.dialects.postgresql import insert

from offers.matching.comparison import PAIR_COLUMNS
from offers.matching.explaining import compared
from offers.matching.review import Contradiction as Refused
from offers.matching.review import Key, LinkDecision, weigh
from offers.matching.sketches import VERSION
from warehouse.copying import copy_out, scratch
from warehouse.engine import Warehouse
from warehouse.locks import lock
from warehouse.matching.rebuild import rematch, sketched_anew
from warehouse.matching.tables import link_decisions

_BIG, _TEXT, _NUMBER = pa.int64(), pa.large_string(), pa.float64()
_SIDE = {"offer": _BIG, "records": _BIG, "feed": _TEXT, "reference": _TEXT}
_PAIR_TYPES: dict[str, Any] = (
    {"a": _BIG, "b": _BIG}
    | dict.fromkeys(PAIR_COLUMNS[2:6], _NUMBER)
    | {"answer": _TEXT, "rule": _TEXT, "since": _NUMBER}
    | {f"{name}_{side}": kind for side in "ab" for name, kind in _SIDE.items()}
)
SHOWN = (
    "title", "employer_name", "siret", "street", "postal_code", "city", "insee_code", "department", "weeks", "seats",
    "description", "permalink", "published_on",
)  # fmt: skip
"""What a person is shown of a record."""
_KEY = ("feed_a", "reference_a", "feed_b", "reference_b")


@dataclass(frozen=True)
class Decided:
    """A decision, and what its two records have now: their sketches and their offers (0: none)."""

    decision: LinkDecision
    sketches: tuple[int, int]
    offers: tuple[int, int]


@dataclass(frozen=True)
class Became:
    """What a record is part of: its offer, whether that is open, and the ids that lead to it; and whether it stands."""

    offer: int
    open: bool
    standing: bool
    aliases: tuple[int, ...]


@dataclass(frozen=True)
class Outcome:
    """What came of decisions: those `taken`, those `refused` for what they contradict, the earlier ones that were
    `replaced`, and of each record what it was part of before and is after."""

    taken: list[LinkDecision]
    refused: list[Refused]
    replaced: dict[tuple[Key, Key], LinkDecision] = field(default_factory=dict)
    before: dict[Key, Became] = field(default_factory=dict)
    after: dict[Key, Became] = field(default_factory=dict)


def alike_and_apart(connection: Connection) -> pd.DataFrame:
    """Links whose records stand, in two offers: PAIR_COLUMNS by sketch, since (seconds of the epoch), and of both sides
    offer, records (how many twins share the sketch), and the feed and reference of the first of them."""
    frame = copy_out(connection, _ALIKE_AND_APART, {}, _PAIR_TYPES).to_pandas()
    return frame.astype({name: "str" for name, kind in _PAIR_TYPES.items() if kind == _TEXT})


def decisions(connection: Connection) -> list[Decided]:
    """All that people decided, by key."""
    found = []
    for row in connection.execute(text(_DECISIONS)).mappings():
        keys = (row["feed_a"], row["reference_a"]), (row["feed_b"], row["reference_b"])
        decision = LinkDecision(*keys, row["same"], row["by"], row["reason"], row["at"])
        found.append(Decided(decision, (row["sketch_a"], row["sketch_b"]), (row["offer_a"], row["offer_b"])))
    return found


def as_frame(decided: Iterable[Decided]) -> pd.DataFrame:
    """Decisions as offers.matching.review wants them: a, b (sketches), same, offer_a, offer_b."""
    rows = [(*one.sketches, one.decision.same, *one.offers) for one in decided]
    return pd.DataFrame(rows, columns=["a", "b", "same", "offer_a", "offer_b"])


def records(connection: Connection, keys: Iterable[Key]) -> dict[Key, Mapping[str, Any]]:
    """What these records say (SHOWN), and offer, sketch (0: none), standing, twins, trust; the unknown are left out."""
    wanted(connection, keys)
    return {(row["feed"], row["reference"]): dict(row) for row in connection.execute(text(_RECORDS)).mappings()}


def keys_of_offer(connection: Connection, offer: int) -> tuple[int, list[Key]]:
    """The id that an offer has now, and its records: those that stand, or else all that were withdrawn."""
    now = connection.execute(text("select offer from offer_aliases where alias = :id"), {"id": offer}).scalar() or offer
    query = text(
        "select feed, reference, withdrawn_at is null as standing from records where offer_id = :id order by 1, 2"
    )
    rows = connection.execute(query, {"id": now}).all()
    standing = [(row.feed, row.reference) for row in rows if row.standing]
    return now, standing or [(row.feed, row.reference) for row in rows]


def feeds(connection: Connection) -> list[str]:
    """The feeds that have records."""
    return list(connection.execute(text("select distinct feed from deliveries order by 1")).scalars())


def wanted(connection: Connection, keys: Iterable[Key]) -> None:
    """A temporary table `wanted_keys` of records, for the query that follows."""
    distinct = sorted(set(keys))
    columns = {name: pa.array([key[n] for key in distinct], _TEXT) for n, name in enumerate(("feed", "reference"))}
    scratch(connection, "wanted_keys", 'feed text collate "C", reference text collate "C"', pa.table(columns))


def decide(
    warehouse: Warehouse,
    new: Sequence[LinkDecision],
    at: datetime,
    *,
    all_or_none: bool = True,
    undecided: bool = False,
) -> Outcome:
    """Write decisions on records that are known, and match these records again.

    Where one contradicts others nothing is written at all, or with `all_or_none` False all but that one. With
    `undecided`, what somebody else decided in the meantime stays as it is.
    """
    with warehouse.transaction() as connection:
        lock(connection)
        known = decisions(connection)
        had = {one.decision.pair: one.decision for one in known}
        new = [decision for decision in new if not (undecided and decision.pair in had)]
        taken, refused = weigh([one.decision for one in known], new, _sketches(connection, known, new))
        if not taken or (refused and all_or_none):
            return Outcome([], refused)
        keys = sorted({key for decision in taken for key in decision.pair})
        before = became(connection, keys)
        _write(connection, taken)
        rematch(connection, keys, at)
        replaced = {one.pair: had[one.pair] for one in taken if one.pair in had}
        return Outcome(taken, refused, replaced, before, became(connection, keys))


def refusals(warehouse: Warehouse, new: Sequence[LinkDecision]) -> list[Refused]:
    """Those of new decisions that `decide` would refuse; nothing is written."""
    with warehouse.transaction() as connection:
        known = decisions(connection)
        return weigh([one.decision for one in known], new, _sketches(connection, known, new))[1]


def became(connection: Connection, keys: Sequence[Key]) -> dict[Key, Became]:
    """What these records are part of now."""
    wanted(connection, keys)
    rows = connection.execute(text(_BECAME))
    return {(row.feed, row.reference): Became(row.offer, row.open, row.standing, tuple(row.aliases)) for row in rows}


def labels(connection: Connection, pairs: Sequence[tuple[Key, Key]]) -> list[dict[str, Any]]:
    """Of each pair both sketches and their likeness, JSON-ready: what a person saw, for whoever tunes matching."""
    keys = sorted({key for pair in pairs for key in pair})
    sketches = sketched_anew(connection, keys)
    a, b = (sketches.index.get_indexer(pd.MultiIndex.from_tuples([pair[n] for pair in pairs])) for n in (0, 1))
    found = compared(sketches, a, b)
    rows = sketches.reset_index(drop=True).to_dict("records")
    return [
        {"version": VERSION, "a": rows[one], "b": rows[other], **_plain(pair)}
        for one, other, pair in zip(a.tolist(), b.tolist(), found.to_dict("records"), strict=True)
    ]


def labels_kept(connection: Connection) -> dict[tuple[Key, Key], dict[str, Any]]:
    """The labels of all decisions, by their records."""
    query = text("select feed_a, reference_a, feed_b, reference_b, label from link_decisions")
    return {((row[0], row[1]), (row[2], row[3])): row[4] for row in connection.execute(query)}


def _sketches(connection: Connection, known: Sequence[Any], new: Sequence[LinkDecision]) -> dict[Key, int]:
    said = {key: sketch for one in known for key, sketch in zip(one.decision.pair, one.sketches, strict=True)}
    wanted(connection, [key for decision in new for key in decision.pair])
    return said | {(row.feed, row.reference): row.sketch for row in connection.execute(text(_SKETCHES))}


def _write(connection: Connection, taken: Sequence[LinkDecision]) -> None:
    rows = [
        {
            **dict(zip(_KEY, (*decision.a, *decision.b), strict=True)),
            **{name: getattr(decision, name) for name in ("same", "by", "reason", "at")},
            "label": label,
        }
        for decision, label in zip(taken, labels(connection, [one.pair for one in taken]), strict=True)
    ]
    statement = insert(link_decisions)
    again = {name: statement.excluded[name] for name in ("same", "by", "reason", "at", "label")}
    connection.execute(statement.on_conflict_do_update(index_elements=_KEY, set_=again), rows)


def _plain(pair: Mapping[Any, Any]) -> dict[str, Any]:
    """The figures of a pair, rounded, without its positions."""
    numbers = {name: float(pair[name]) for name in ("score", "description", "title", "employer")}
    figures = {name: None if math.isnan(value) else round(value, 2) for name, value in numbers.items()}
    return {**figures, "answer": str(pair["answer"]), "rule": str(pair["rule"])}


_BECAME = """
    select r.feed, r.reference, r.offer_id as offer, i.closed_at is null as open, r.withdrawn_at is null as standing,
        array(select a.alias from offer_aliases a where a.offer = r.offer_id order by 1) as aliases
    from records r join wanted_keys w on w.feed = r.feed and w.reference = r.reference
    join offer_ids i on i.id = r.offer_id
"""
_SKETCHES = """
    select r.feed, r.reference, coalesce(r.sketch, 0) as sketch
    from records r join wanted_keys w on w.feed = r.feed and w.reference = r.reference
"""
_LINK = ", ".join(f"l.{name}" for name in PAIR_COLUMNS)
_SIDES = ", ".join(f"{side}.{name}" for side in ("one", "other") for name in _SIDE)
_ALIKE_AND_APART = f"""
    with standing as materialized (
        select sketch, min(offer_id) as offer, count(*) as records, min(feed) as feed, min(reference) as reference
        from records where withdrawn_at is null and sketch is not null group by sketch
    )
    select {_LINK}, extract(epoch from l.since), {_SIDES} from links l
    join standing one on one.sketch = l.a join standing other on other.sketch = l.b where one.offer <> other.offer
"""  # noqa: S608  # our own names
_DECISIONS = """
    select d.feed_a, d.reference_a, d.feed_b, d.reference_b, d.same, d.by, d.reason, d.at,
        coalesce(a.sketch, 0) as sketch_a, coalesce(b.sketch, 0) as sketch_b,
        coalesce(a.offer_id, 0) as offer_a, coalesce(b.offer_id, 0) as offer_b
    from link_decisions d
    left join records a on a.feed = d.feed_a and a.reference = d.reference_a
    left join records b on b.feed = d.feed_b and b.reference = d.reference_b
    order by 1, 2, 3, 4
"""
_RECORDS = f"""
    select r.feed, r.reference, {", ".join(f"r.{name}" for name in SHOWN)}, r.offer_id as offer,
        coalesce(r.sketch, 0) as sketch, r.withdrawn_at is null as standing, coalesce(f.trust, 'aggregator') as trust,
        (select count(*) from records t where t.sketch = r.sketch and t.withdrawn_at is null
         and t.reference <> r.reference) as twins
    from records r join wanted_keys w on w.feed = r.feed and w.reference = r.reference
    left join feeds f on f.feed = r.feed
"""  # noqa: S608  # our own names
