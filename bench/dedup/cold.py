"""From records to offers in the warehouse: everything cold, then new records against those that stand.

`python -m bench.dedup.cold [--records 100000] [--new 10000] [--seed 11] [--workers 2]`. A scratch database under
`var/bench/dedup-warehouse` holds the records as the migration would leave them, not compared; what is timed is
`quai duplicates rebuild`, then the publishing of one feed with as many new records of the same invented world.
"""

from __future__ import annotations

import argparse
import importlib
import resource
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pandas as pd
from sqlalchemy import text

from bench.dedup.generator import generate
from bench.dedup.standing import AT, canonical, put
from config.settings import Settings
from offers.changes import compare
from offers.columns import NAMES
from offers.examined import Examined
from offers.feed import Terms
from offers.model import Counts, Delivery, Landed, VerdictKind
from operations.duplicates.rebuilding import rebuild_all
from story.dock import Dock, open_dock
from warehouse.migrate import migrate

HOME = Path("var/bench/dedup-warehouse")
FEED = "nouveau/offres"


def main() -> None:
    """Generate, put, rebuild, publish; print seconds."""
    wanted = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, usual in (("records", 100_000), ("new", 10_000), ("seed", 11), ("workers", 2)):
        wanted.add_argument(f"--{name}", type=int, default=usual)
    said = wanted.parse_args()
    records = generate(said.records + said.new, said.seed)
    with open_dock(Settings.model_validate({"home": HOME, "landing": str(HOME / "landing")})) as dock:
        _emptied(dock)
        put(dock.store.warehouse, canonical(records.iloc[: said.records].reset_index(drop=True)))
        _cold(dock, said.records, said.workers)
        with dock.store.warehouse.own_connection() as connection:
            connection.execute(text("vacuum analyze"))  # as autovacuum has done by the next night
        _new(dock, canonical(records.iloc[said.records :].reset_index(drop=True)))


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
