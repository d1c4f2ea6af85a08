"""Pairs of records under a person's eyes: which are alike, what each says, what was decided; and what that changes.

A decision is written and its records are matched again in one transaction.
"""

from __future__ import annotations

import json
import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pandas as pd
import pyarrow as pa
from sqlalchemy import Connection, text

from offers.matching.comparison import PAIR_COLUMNS
from offers.matching.explaining import compared
from offers.matching.review import Contradiction as Refused
from offers.matching.review import Key, LinkDecision, to_review, weigh
from offers.matching.sketches import VERSION
from warehouse.copying import copy_out
from warehouse.locks import lock
from warehouse.matching import gathering
from warehouse.matching.life import Offers
from warehouse.matching.rebuild import Rebuilds, rematch, sketched_anew

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
PART_OF = ("open", "aliases")
"""What else is known of a record: whether its offer is open, and the ids that lead there."""


@dataclass(frozen=True)
class Decided:
    """A decision, what its two records have now, their sketches and their offers (0: none), and its label: both
    sketches and their likeness as the person saw them, for whoever tunes matching."""

    decision: LinkDecision
    sketches: tuple[int, int]
    offers: tuple[int, int]
    label: Mapping[str, Any]


@dataclass(frozen=True)
class DecisionResult:
    """What came of decisions: those `taken`, those `refused` for what they contradict, the earlier ones that were
    `replaced`, and what is known of each record `before` and `after` (`Matching.records`)."""

    taken: list[LinkDecision]
    refused: list[Refused]
    replaced: dict[tuple[Key, Key], LinkDecision] = field(default_factory=dict)
    before: dict[Key, dict[str, Any]] = field(default_factory=dict)
    after: dict[Key, dict[str, Any]] = field(default_factory=dict)


class Matching(Offers, Rebuilds):
    """All that people ask of matching, and what they decide; each call is one transaction.

    Raises WarehouseUnreachable.
    """

    def decisions(self) -> list[Decided]:
        """All that people decided, by key."""
        with self._warehouse.transaction() as connection:
            return _decisions(connection)

    def review(self, lapses_before: float) -> tuple[pd.DataFrame, list[Decided]]:
        """The pairs that nobody decided (offers.matching.review.to_review), and what was decided.

        Of each pair: PAIR_COLUMNS by sketch, since (seconds of the epoch), `state`, and of both sides offer, records
        (how many twins share the sketch), and the feed and reference of the first of them.
        """
        with self._warehouse.transaction() as connection:
            decided = _decisions(connection)
            pairs = copy_out(connection, _ALIKE_AND_APART, {}, _PAIR_TYPES).to_pandas()
        pairs = pairs.astype({name: "str" for name, kind in _PAIR_TYPES.items() if kind == _TEXT})
        rows = [(*one.sketches, one.decision.same, *one.offers) for one in decided]
        frame = pd.DataFrame(rows, columns=["a", "b", "same", "offer_a", "offer_b"])
        return to_review(pairs, frame, lapses_before), decided

    def records(self, keys: Collection[Key]) -> dict[Key, dict[str, Any]]:
        """What these records say (SHOWN), their offer, sketch (0: none), standing, twins and trust, and PART_OF.

        The unknown are left out.
        """
        with self._warehouse.transaction() as connection:
            return _records(connection, keys)

    def sketches(self, ids: Any) -> pd.DataFrame:
        """Those of these sketches that are known: SKETCHED, by id."""
        with self._warehouse.transaction() as connection:
            return gathering.sketches_of(connection, ids)

    def sketched_anew(self, keys: Sequence[Key]) -> pd.DataFrame:
        """What of these records is compared (SKETCHED, by feed and reference), whatever people decided of them."""
        with self._warehouse.transaction() as connection:
            return sketched_anew(connection, keys)

    def decide(
        self, new: Sequence[LinkDecision], at: datetime, *, all_or_none: bool = True, undecided: bool = False
    ) -> DecisionResult:
        """Write decisions on records that are known, and match these records again.

        Where one contradicts others nothing is written at all, or with `all_or_none` False all but that one. With
        `undecided`, what somebody else decided in the meantime stays as it is.
        """
        with self._warehouse.transaction() as connection:
            lock(connection)
            known = _decisions(connection)
            had = {one.decision.pair: one.decision for one in known}
            new = [decision for decision in new if not (undecided and decision.pair in had)]
            taken, refused = _weighed(connection, known, new)
            if not taken or (refused and all_or_none):
                return DecisionResult([], refused)
            keys = sorted({key for decision in taken for key in decision.pair})
            before = _records(connection, keys)
            connection.execute(text(_WRITE), _rows(connection, taken))
            rematch(connection, keys, at)
            replaced = {one.pair: had[one.pair] for one in taken if one.pair in had}
            return DecisionResult(taken, refused, replaced, before, _records(connection, keys))

    def refusals(self, new: Sequence[LinkDecision]) -> list[Refused]:
        """Those of new decisions that `decide` would refuse; nothing is written."""
        with self._warehouse.transaction() as connection:
            return _weighed(connection, _decisions(connection), new)[1]


def _decisions(connection: Connection) -> list[Decided]:
    found = []
    for row in connection.execute(text(_DECISIONS)).mappings():
        keys = (row["feed_a"], row["reference_a"]), (row["feed_b"], row["reference_b"])
        decision = LinkDecision(*keys, row["same"], row["by"], row["reason"], row["at"])
        now = (row["sketch_a"], row["sketch_b"]), (row["offer_a"], row["offer_b"])
        found.append(Decided(decision, *now, row["label"]))
    return found


def _records(connection: Connection, keys: Iterable[Key]) -> dict[Key, dict[str, Any]]:
    gathering.listed_keys(connection, keys)
    return {(row["feed"], row["reference"]): dict(row) for row in connection.execute(text(_RECORDS)).mappings()}


def _weighed(
    connection: Connection, known: Sequence[Decided], new: Sequence[LinkDecision]
) -> tuple[list[LinkDecision], list[Refused]]:
    sketches = {key: sketch for one in known for key, sketch in zip(one.decision.pair, one.sketches, strict=True)}
    records = _records(connection, [key for decision in new for key in decision.pair])
    sketches |= {key: record["sketch"] for key, record in records.items()}
    return weigh([one.decision for one in known], new, sketches)


def _rows(connection: Connection, taken: Sequence[LinkDecision]) -> list[dict[str, Any]]:
    """Decisions as `link_decisions` takes them, each with its label."""
    sketches = sketched_anew(connection, sorted({key for one in taken for key in one.pair}))
    a, b = (sketches.index.get_indexer(pd.MultiIndex.from_tuples([one.pair[n] for one in taken])) for n in (0, 1))
    said = sketches.reset_index(drop=True).to_dict("records")
    rows = []
    for decision, one, other, pair in zip(
        taken, a.tolist(), b.tolist(), compared(sketches, a, b).to_dict("records"), strict=True
    ):
        numbers = {name: float(pair[name]) for name in ("score", "description", "title", "employer")}
        figures = {name: None if math.isnan(value) else round(value, 2) for name, value in numbers.items()}
        words = {"answer": str(pair["answer"]), "rule": str(pair["rule"])}
        label = {"version": VERSION, "a": said[one], "b": said[other], **figures, **words}
        keys = dict(zip(("feed_a", "reference_a", "feed_b", "reference_b"), (*decision.a, *decision.b), strict=True))
        rest = {name: getattr(decision, name) for name in ("same", "by", "reason", "at")}
        rows.append({**keys, **rest, "label": json.dumps(label, ensure_ascii=False)})
    return rows


_WRITE = """
    insert into link_decisions (feed_a, reference_a, feed_b, reference_b, same, by, reason, at, label)
    values (:feed_a, :reference_a, :feed_b, :reference_b, :same, :by, :reason, :at, cast(:label as jsonb))
    on conflict (feed_a, reference_a, feed_b, reference_b) do update
    set same = excluded.same, by = excluded.by, reason = excluded.reason, at = excluded.at, label = excluded.label
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
    select d.*,
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
         and t.reference <> r.reference) as twins, i.closed_at is null as open,
        array(select a.alias from offer_aliases a where a.offer = r.offer_id order by 1) as aliases
    from records r join wanted_keys w on w.feed = r.feed and w.reference = r.reference
    join offer_ids i on i.id = r.offer_id left join feeds f on f.feed = r.feed
"""  # noqa: S608  # our own names
