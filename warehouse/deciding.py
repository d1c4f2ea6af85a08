"""Write down what people decide of pairs of records, and let it take effect, in one transaction."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pandas as pd
from sqlalchemy import Connection, text
from sqlalchemy.dialects.postgresql import insert

from offers.matching.deciding import Contradiction, Key, LinkDecision, weigh
from offers.matching.explaining import compared
from offers.matching.normal import VERSION
from warehouse.engine import Warehouse
from warehouse.matching_tables import link_decisions
from warehouse.placing import lock
from warehouse.rematching import rematch, sketched_anew
from warehouse.reviewing import decisions, wanted


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
    refused: list[Contradiction]
    replaced: dict[tuple[Key, Key], LinkDecision] = field(default_factory=dict)
    before: dict[Key, Became] = field(default_factory=dict)
    after: dict[Key, Became] = field(default_factory=dict)


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


def refusals(warehouse: Warehouse, new: Sequence[LinkDecision]) -> list[Contradiction]:
    """Those of new decisions that `decide` would refuse; nothing is written."""
    with warehouse.transaction() as connection:
        known = decisions(connection)
        return weigh([one.decision for one in known], new, _sketches(connection, known, new))[1]


def became(connection: Connection, keys: Sequence[Key]) -> dict[Key, Became]:
    """What these records are part of now."""
    wanted(connection, keys)
    rows = connection.execute(text(_BECAME)).mappings()
    return {(row["feed"], row["reference"]): _became(row) for row in rows}


def _became(row: Mapping[Any, Any]) -> Became:
    return Became(row["offer"], row["open"], row["standing"], tuple(row["aliases"]))


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
            "feed_a": decision.a[0],
            "reference_a": decision.a[1],
            "feed_b": decision.b[0],
            "reference_b": decision.b[1],
            "same": decision.same,
            "by": decision.by,
            "reason": decision.reason,
            "at": decision.at,
            "label": label,
        }
        for decision, label in zip(taken, labels(connection, [one.pair for one in taken]), strict=True)
    ]
    statement = insert(link_decisions)
    again = {name: statement.excluded[name] for name in ("same", "by", "reason", "at", "label")}
    key = [column.name for column in link_decisions.primary_key.columns]
    connection.execute(statement.on_conflict_do_update(index_elements=key, set_=again), rows)


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
