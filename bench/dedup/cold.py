"""From records to offers in the warehouse: everything cold, then new records against those that stand.

`python -m bench.dedup.cold [--records 100000] [--new 10000] [--seed 11] [--workers 2]`. A scratch database under
`var/bench/dedup-warehouse` holds the records as the migration would leave them, not compared; what is timed is
`quai duplicates rebuild`, then the publishing of one feed with as many new records of the same invented world.
"""

from __future__ import annotations

import importlib
import resource
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from sqlalchemy import text

from bench import kit
from bench.dedup.generator import generate
from config.settings import Settings
from offers.changes import compare, content_hash
from offers.columns import NAMES
from offers.examined import Examined
from offers.feed import Terms
from offers.model import Counts, Delivery, Landed, VerdictKind
from operations.duplicates.rebuilding import rebuild_all
from story.dock import Dock, open_dock
from warehouse.copying import copy_in, records_table
from warehouse.engine import Warehouse
from warehouse.migrate import migrate

HOME = kit.HOME / "dedup-warehouse"
FEED = "nouveau/offres"
AT = datetime(2026, 3, 2, 4, 30, tzinfo=UTC)
CONSTANT = {"sector": "s31", "is_public": "false", "grades": "seconde"}
SLICE = 50_000


def main() -> None:
    """Generate, put, rebuild, publish; print seconds."""
    said = kit.parser(__doc__, records=100_000, new=10_000, seed=11, workers=2).parse_args()
    records = generate(said.records + said.new, said.seed)
    with open_dock(Settings.model_validate({"home": HOME, "landing": str(HOME / "landing")})) as dock:
        _emptied(dock)
        put(dock.store.warehouse, canonical(records.iloc[: said.records].reset_index(drop=True)))
        _vacuumed(dock)
        _cold(dock, said.records, said.workers)
        _vacuumed(dock)  # as autovacuum has done by the next night
        _new(dock, canonical(records.iloc[said.records :].reset_index(drop=True)))


def canonical(records: pd.DataFrame) -> pd.DataFrame:
    """Generated records as the contract lets them through: what is required and missing is filled, weeks are both."""
    frame = records.assign(**CONSTANT, reference=[f"r{n}" for n in range(len(records))])
    frame["weeks"] = frame["weeks"].fillna("2026-W25 2026-W26")
    for name in ("employer_name", "street", "postal_code", "city"):
        frame[name] = frame[name].fillna("")
    return frame.reindex(columns=[*NAMES, "feed", "trust"]).astype("str").rename_axis("line")


def put(warehouse: Warehouse, frame: pd.DataFrame) -> None:
    """Write canonical records, each an offer of its own, as after the migration: nothing of them is compared yet."""
    with warehouse.transaction() as connection:
        first = connection.execute(text("select coalesce(max(id), 0) + 1 from records")).scalar_one()
        for start in range(0, len(frame), SLICE):
            part = frame.iloc[start : start + SLICE]
            ids = np.arange(first + start, first + start + len(part))
            known = part.assign(content_hash=content_hash(part), id=ids, offer_id=ids, sketch=0)
            table = records_table(known, {"delivery_id": 1, "updated_at": AT, "first_delivery_id": 1, "created_at": AT})
            copy_in(connection, "records", table.append_column("feed", pa.array(part["feed"], pa.large_string())))
        connection.execute(text("update records set sketch = null where sketch = 0"))
        connection.execute(
            text("select setval(pg_get_serial_sequence('records', 'id'), (select max(id) from records))")
        )
        rows: Any = frame.drop_duplicates("feed")[["feed", "trust"]].assign(repeated="sum_seats").to_dict("records")
        connection.execute(text("insert into feeds (feed, trust, repeated) values (:feed, :trust, :repeated)"), rows)
        connection.execute(text("insert into offer_ids (id, records, opened_at) select id, 1, created_at from records"))


def _vacuumed(dock: Dock) -> None:
    with dock.store.warehouse.own_connection() as connection:
        connection.execute(text("vacuum analyze"))


def _emptied(dock: Dock) -> None:
    with dock.store.warehouse.own_connection() as connection:
        connection.execute(text("drop schema public cascade"))
        connection.execute(text("create schema public"))
    migrate(dock.store.warehouse)


def _cold(dock: Dock, count: int, workers: int) -> None:
    start = time.perf_counter()
    found = rebuild_all(dock, workers=workers).as_dict()
    seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1e6
    print(f"cold: {count:,} records to {found['offers']:,} offers in {seconds:.1f} s, {workers} workers, "
          f"{peak:.2f} GB in the largest; {found['review']:,} pairs for review")  # fmt: skip


def _new(dock: Dock, frame: pd.DataFrame) -> None:
    """One aggregator's first drop: what publishing takes, and what of it matching takes."""
    taken: dict[str, float] = {}
    store: Any = importlib.import_module("warehouse.store")
    store.join, store.golden.settle = _timed(store.join, "join", taken), _timed(store.golden.settle, "settle", taken)
    changes = compare(frame[list(NAMES)].rename_axis("line"), dock.store.ledger.standing(FEED), "full")
    counts = Counts(len(frame), created=len(changes.created))
    at = AT + timedelta(days=1)
    landed = Landed(FEED, "new.csv", "ab" * 32, 1, at, "none")
    delivery = Delivery(FEED, "new.csv", "ab" * 32, VerdictKind.ACCEPTED, counts, (), at, at, "bench")
    start = time.perf_counter()
    told = dock.store.publish(landed, delivery, changes, Examined(), terms=Terms("aggregator"))
    seconds = time.perf_counter() - start
    print(f"new: {len(frame):,} records published in {seconds:.1f} s, of it matching {sum(taken.values()):.1f} s "
          f"({taken}); {told.counts.linked:,} linked, {told.counts.review:,} for review")  # fmt: skip


def _timed(call: Callable[..., Any], name: str, taken: dict[str, float]) -> Callable[..., Any]:
    def timed(*given: Any, **named: Any) -> Any:
        start = time.perf_counter()
        try:
            return call(*given, **named)
        finally:
            taken[name] = round(taken.get(name, 0) + time.perf_counter() - start, 2)

    return timed


if __name__ == "__main__":
    main()
