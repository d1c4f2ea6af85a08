"""What a person who looks at pairs of records needs to see: which are alike, what was decided, what each says.

Every call reads within the caller's transaction.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd
import pyarrow as pa
from sqlalchemy import Connection, text

from offers.matching.deciding import Key, LinkDecision
from offers.matching.judging import PAIR_COLUMNS
from warehouse.copying import copy_out, scratch

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


@dataclass(frozen=True)
class Decided:
    """A decision, and what its two records have now: their sketches and their offers (0: none)."""

    decision: LinkDecision
    sketches: tuple[int, int]
    offers: tuple[int, int]


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
