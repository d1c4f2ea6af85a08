"""What is so now, in figures by feed, each from the tables themselves: a restart loses none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text

from warehouse.engine import Warehouse
from warehouse.tables import COUNTS

OUTCOMES = (*(name for name in COUNTS if name != "read"), "withdrawn", "repaired")


@dataclass(frozen=True)
class Figures:
    """Counts by feed and verdict, by feed and outcome, and what is so at this moment."""

    deliveries: Mapping[tuple[str, str], int]
    rows: Mapping[tuple[str, str], int]
    stages: Mapping[str, float]
    last_accepted: Mapping[str, datetime]
    waiting: Mapping[str, int]
    failures: Mapping[str, int]
    online: int


def figures(warehouse: Warehouse) -> Figures:
    """All of them, in one transaction. Raises WarehouseUnreachable."""
    with warehouse.transaction() as connection:
        connection.execute(text("set transaction isolation level repeatable read, read only"))

        def of(query: str) -> list[tuple[str, ...]]:
            return [tuple(row) for row in connection.execute(text(query))]

        return Figures(
            deliveries={(feed, verdict): int(count) for feed, verdict, count in of(_DELIVERIES)},
            rows={(row[0], name): int(n) for row in of(_ROWS) for name, n in zip(OUTCOMES, row[1:], strict=True)},
            stages={stage: float(seconds) for stage, seconds in of(_STAGES)},
            last_accepted={feed: at for feed, at in connection.execute(text(_ACCEPTED))},  # noqa: C416  # rows, not tuples
            waiting={feed: int(count) for feed, count in of(_WAITING)},
            failures={feed: int(count) for feed, count in of(_FAILURES)},
            online=connection.execute(text("select count(*) from offers")).scalar_one(),
        )


@dataclass(frozen=True)
class FeedGauges:
    """What the warehouse holds of a feed now: standing records, drops that wait, failures that are not over."""

    standing: int = 0
    waiting: int = 0
    failing: int = 0


def held_by_feed(warehouse: Warehouse) -> dict[str, FeedGauges]:
    """By feed, whoever holds any of it."""
    found: dict[str, dict[str, int]] = {}
    with warehouse.transaction() as connection:
        for what, query in (("standing", _STANDING), ("waiting", _WAITING), ("failing", _FAILURES)):
            for feed, count in connection.execute(text(query)):
                found.setdefault(feed, {})[what] = count
    return {feed: FeedGauges(**counts) for feed, counts in sorted(found.items())}


_TAKEN = "verdict in ('accepted', 'unchanged')"
_DELIVERIES = "select feed, verdict, count(*) from deliveries group by feed, verdict"
_ROWS = (
    f"select feed, {', '.join(f'sum({name})' for name in OUTCOMES)} from deliveries "  # noqa: S608  # our own names
    f"where {_TAKEN} group by feed"
)
_STAGES = "select s.key, sum(s.value::float8) from deliveries d, jsonb_each_text(d.stages) s group by s.key"
_ACCEPTED = f"select feed, max(finished_at) from deliveries where {_TAKEN} group by feed"  # noqa: S608  # our own names
_STANDING = "select feed, count(*) from records where withdrawn_at is null group by feed"
_WAITING = "select feed, count(*) from quarantine where state = 'waiting' group by feed"
_FAILURES = "select feed, count(*) from failures where over_at is null group by feed"
