"""One run of the matcher in a process of its own, so that its peak memory is its own: `measure.py RECORDS FOUND`.

RECORDS: a feather file of the generator's record columns. FOUND: an .npz with what `run` gives back. Prints one JSON
object: seconds of reading, of matching in all and by stage, and the peak memory in bytes.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from bench.dedup.evaluate import evaluate
from bench.dedup.figures import Figures
from bench.dedup.generator import COLUMNS
from bench.dedup.peers import HOME, ROOT


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
    command = [sys.executable, "-m", "bench.dedup.measure", str(file), str(found)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"failed: {' '.join(command)}\n{done.stderr[-3000:]}")
    said = json.loads(done.stdout.strip().splitlines()[-1])
    with np.load(found) as file_:
        arrays = {name: file_[name] for name in file_.files}
    review, candidates = ((arrays[f"{name}_a"], arrays[f"{name}_b"]) for name in ("review", "candidate"))
    file.unlink()
    found.unlink()
    figures = evaluate(records, arrays["offer"], review, candidates, arrays["twin"])
    return Run(figures, said["seconds"], said["stages"], said["peak"], said["report"])


def _measured(file: Path, found: Path) -> dict[str, Any]:
    from offers.matching import match

    start = time.perf_counter()
    records = pd.read_feather(file)
    read = time.perf_counter()
    made = match(records)
    done = time.perf_counter()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    np.savez(found, offer=made.offer, twin=made.twin, review_a=made.review["a"], review_b=made.review["b"],
             candidate_a=made.candidates[0], candidate_b=made.candidates[1])  # fmt: skip
    report = {name: value for name, value in made.report.items() if isinstance(value, int | float)}
    stages = dict(made.report["seconds"])
    return {"reading": read - start, "seconds": done - read, "stages": stages, "peak": peak, "report": report}


if __name__ == "__main__":
    print(json.dumps(_measured(Path(sys.argv[1]), Path(sys.argv[2]))))
