"""All records compared anew, a few départements at a time, in several processes; written, or only said (the drift)."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from datetime import datetime
from multiprocessing import get_context
from typing import Any

from config.settings import Settings
from offers.errors import Declined, QuaiError
from offers.matching import comparison
from offers.text import listed
from story.dock import Dock
from warehouse.engine import open_warehouse
from warehouse.matching.rebuild import Rebuilt
from warehouse.matching.review import Matching
from warehouse.store import Store

COUNTS = ("records", "offers", "moved", "linked", "review")
Parts = Sequence[tuple[str, ...]]


@dataclass(frozen=True)
class Rebuilding:
    """What a rebuild found, part by part; `across`: decisions between départements that were looked at again."""

    parts: list[Rebuilt] = field(default_factory=list)
    across: int = 0

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready, with the sums; records count once, and so do offers, but those that départements share."""
        rows = [row(part) for part in self.parts]
        return {**{name: sum(one[name] for one in rows) for name in COUNTS}, "across": self.across, "parts": rows}


def row(part: Rebuilt) -> dict[str, Any]:
    """One part as a flat row."""
    return {"departments": list(part.departments), **{name: getattr(part, name) for name in COUNTS}}


def rebuild_all(
    dock: Dock,
    department: str | None = None,
    workers: int | None = None,
    *,
    write: bool = True,
    told: Callable[[Rebuilt], None] = lambda _: None,
) -> Rebuilding:
    """Compare all records anew, or those of one département, in as many processes as there are cores, or `workers`.

    The largest parts begin first; `told` hears of each that is done. Each part is a transaction of its own: what is
    done stays, and running it again is safe. Raises Declined for a département without records.
    """
    matching = dock.store.matching
    wanted = parts_of(matching.parts(), department)
    at, found = dock.now(), []
    for part in _rebuilt(dock, wanted, at, min(workers or os.cpu_count() or 1, len(wanted)), write):
        found.append(part)
        told(part)
    across = matching.rematch_across(wanted, at) if write else 0
    return Rebuilding(found, across)


def parts_of(known: Parts, department: str | None) -> Parts:
    """All parts, or one département as the only one. Raises Declined where it has no records."""
    if department is None:
        return known
    there = sorted(one for part in known for one in part)
    if department not in there:
        raise Declined(
            f"no record is of the département « {department} ». There are: {listed(there, 120)}. Nothing was changed."
        )
    return [(department,)]


def _rebuilt(dock: Dock, wanted: Parts, at: datetime, workers: int, write: bool) -> Iterator[Rebuilt]:
    if workers < 2:
        yield from (dock.store.matching.rebuild(part, at, write=write) for part in wanted)
        return
    threads = max(1, (os.cpu_count() or 1) // workers)
    # Spawned, not forked: a process that holds connections and threads cannot be copied safely.
    pool = ProcessPoolExecutor(workers, get_context("spawn"), _begin, (dock.settings, threads))
    try:
        for done in as_completed([pool.submit(_one, part, at, write) for part in wanted]):
            yield done.result()
    except BrokenProcessPool as fault:
        raise QuaiError(
            f"one of {workers} processes was ended from outside, probably for want of memory. What was told as done is "
            "done; the rest is as it was. Run it again with fewer --workers."
        ) from fault
    finally:
        pool.shutdown(cancel_futures=True)


_open: list[Matching] = []
"""In a worker: matching in its own warehouse."""


def _begin(settings: Settings, threads: int) -> None:
    _open.append(Store(open_warehouse(settings.database, settings.home)).matching)
    comparison.WORKERS = threads


def _one(part: tuple[str, ...], at: datetime, write: bool) -> Rebuilt:
    return _open[0].rebuild(part, at, write=write)
