"""Cleaning, repairs and contract of 200 000 offers on one core, by stage. Usage: contract.py [--rows N] [--rounds N]

Prints processor seconds, which a busy machine stretches less than wall time; the target is 4 s for clean and check.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from datetime import date
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
HOME = ROOT / "var" / "bench"
TODAY = date(2026, 3, 2)


def main() -> None:
    """Examine the generated drop as often as asked, and print the medians."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--rows", type=int, default=200_000)
    asked.add_argument("--rounds", type=int, default=5)
    options = asked.parse_args()
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    rounds = [_examined(_drop(options.rows)) for _ in range(options.rounds)]
    print(f"{options.rows:,} offers on one core, processor seconds, median of {options.rounds} rounds (least, most)")
    for stage in rounds[0]:
        taken = [each[stage] for each in rounds]
        print(f"  {stage:14}{statistics.median(taken):6.2f}  ({min(taken):.2f}, {max(taken):.2f})")
    judged = [each["clean"] + each["check"] for each in rounds]
    print(f"clean + check: {statistics.median(judged):.2f} (target: at most 4)")


def _drop(rows: int) -> Path:
    from bench.generate import write

    path = HOME / f"offres-{rows}.csv"
    if not path.exists():
        HOME.mkdir(parents=True, exist_ok=True)
        write(path, rows, seed=1)
    return path


def _examined(path: Path) -> dict[str, float]:
    from config.clock import Stages
    from config.partners import find, load
    from config.tables import load as load_reference
    from connectors import KINDS
    from story.examine import examine

    kinds = {word: kind.settings for word, kind in KINDS.items()}
    feed = find(load(ROOT / "bench" / "partners", kinds), "bench/offres")
    timed = Stages(clock=time.process_time)
    examine(path, path.name, feed, load_reference(), TODAY, timed)
    return timed.seconds


if __name__ == "__main__":
    main()
