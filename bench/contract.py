"""Cleaning, repairs and contract of 200 000 offers on one core, by stage.

Prints processor seconds, which a busy machine stretches less than wall time; the target is 4 s for clean and check.
"""

from __future__ import annotations

import os
import statistics
import time
from datetime import date
from pathlib import Path

from bench import kit
from bench.generate import drop
from config.clock import Stages
from config.partners import find, load
from config.tables import load as load_reference
from connectors import KINDS
from story.examine import examine

TODAY = date(2026, 3, 2)


def main() -> None:
    options = kit.parser(__doc__, rows=200_000, rounds=5).parse_args()
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    rounds = [_examined(drop(options.rows)) for _ in range(options.rounds)]
    print(f"{options.rows:,} offers on one core, processor seconds, median and each")
    for stage in rounds[0]:
        print(f"  {stage:14}{kit.spread([each[stage] for each in rounds])}")
    judged = statistics.median(each["clean"] + each["check"] for each in rounds)
    print(f"clean + check: {judged:.2f} (target: at most 4)")


def _examined(path: Path) -> dict[str, float]:
    kinds = {word: kind.settings for word, kind in KINDS.items()}
    feed = find(load(kit.ROOT / "bench" / "partners", kinds), "bench/offres")
    timed = Stages(clock=time.process_time)
    examine(path, path.name, feed, load_reference(), TODAY, timed)
    return timed.seconds


if __name__ == "__main__":
    main()
