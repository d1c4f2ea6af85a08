"""One run of the matcher in a process of its own, so that its peak memory is its own: `measure.py RECORDS FOUND`.

RECORDS: a feather file of the generator's record columns. FOUND: an .npz with what `run` gives back. Prints one JSON
object: seconds of matching in all and by stage, and the peak memory in bytes.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from bench import kit
from bench.dedup.evaluate import Figures, evaluate
from bench.dedup.generator import COLUMNS
from bench.dedup.peers import HOME
from offers.matching import match


@dataclass(frozen=True)
class Run:
    """What one run found and took. `seconds` is matching alone, from a frame in memory; `peak` in bytes."""

    figures: Figures
    seconds: float
    stages: dict[str, float]
    peak: int
    report: dict[str, Any]


def run(records: pd.DataFrame) -> Run:
    """The matcher on these records, measured in a process of its own, and held against their truth."""
    HOME.mkdir(parents=True, exist_ok=True)
    file, found = HOME / "records.feather", HOME / "found.npz"
    records[list(COLUMNS)].to_feather(file, compression="uncompressed")
    said = json.loads(kit.run(sys.executable, "-m", "bench.dedup.measure", file, found).said.splitlines()[-1])
    with np.load(found) as held:
        review, candidates = ((held[f"{name}_a"], held[f"{name}_b"]) for name in ("review", "candidate"))
        figures = evaluate(records, held["offer"], review, candidates, held["twin"])
    file.unlink()
    found.unlink()
    return Run(figures, **said)


def _measured(file: Path, found: Path) -> dict[str, Any]:
    records = pd.read_feather(file)
    start = time.perf_counter()
    made = match(records)
    seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * kit.UNIT
    np.savez(found, offer=made.offer, twin=made.twin, review_a=made.review["a"], review_b=made.review["b"],
             candidate_a=made.candidates[0], candidate_b=made.candidates[1])  # fmt: skip
    report = {name: value for name, value in made.report.items() if isinstance(value, int | float)}
    return {"seconds": seconds, "stages": dict(made.report["seconds"]), "peak": peak, "report": report}


if __name__ == "__main__":
    print(json.dumps(_measured(Path(sys.argv[1]), Path(sys.argv[2]))))
