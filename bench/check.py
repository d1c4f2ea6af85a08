"""`quai check` on some 2 000 rows, start of the program included: the target is three seconds.

Prints wall seconds, processor seconds (a busy machine lengthens these less) and peak memory of each run: the faulty
sample of Bellerive, checked alone and with its return, and the help.
Usage: check.py [--rounds N]
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path

from samples.make_samples import write_drop

ROOT = Path(__file__).resolve().parents[1]
QUAI = ROOT / ".venv" / "bin" / "quai"
TARGET = 3.0


def main() -> None:
    """Write the sample, measure, print."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--rounds", type=int, default=5)
    rounds = asked.parse_args().rounds
    with tempfile.TemporaryDirectory() as folder:
        drop = write_drop("bellerive", Path(folder), "first", date.today())
        check = ["check", str(drop), "--feed", "bellerive/offres"]
        runs = {
            "check": check,
            "check --json": [*check, "--json"],
            "check --report": [*check, "--report", str(Path(folder) / "back")],
            "--help": ["--help"],
        }
        print(f"{drop.name}, {drop.stat().st_size / 1e6:.1f} MB; {rounds} rounds; target of a check: {TARGET:.0f} s")
        for name, words in runs.items():
            taken = [_seconds(words) for _ in range(rounds)]
            wall, processor, memory = (list(part) for part in zip(*taken, strict=True))
            each = " ".join(f"{seconds:.2f}" for seconds in wall)
            print(
                f"{name:16}{statistics.median(wall):7.2f} s  ({each})  "
                f"processor {statistics.median(processor):.2f} s, peak {max(memory) / 1e6:.0f} MB"
            )


def _seconds(words: list[str]) -> tuple[float, float, float]:
    """Wall seconds, processor seconds and peak memory (bytes) of one run. Raises SystemExit where it fails."""
    environment = {**os.environ, "QUAI_PARTNERS": str(ROOT / "samples" / "partners")}
    start = time.perf_counter()
    process = subprocess.Popen([str(QUAI), *words], cwd=ROOT, env=environment, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - start
    if os.waitstatus_to_exitcode(status) not in (0, 1):
        raise SystemExit(f"failed ({status}): quai {' '.join(words)}")
    peak = usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    return seconds, usage.ru_utime + usage.ru_stime, peak


if __name__ == "__main__":
    main()
