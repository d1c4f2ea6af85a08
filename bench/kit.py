"""What benches share: places, the command line, a process measured from outside, medians, a peer's environment."""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
HOME = ROOT / "var" / "bench"
QUAI = ROOT / ".venv" / "bin" / "quai"
UNIT = 1 if sys.platform == "darwin" else 1024
"""Bytes in one of `ru_maxrss`."""


def parser(doc: str, **usual: int) -> argparse.ArgumentParser:
    """A bench's command line: whole numbers by name, with what they usually are."""
    wanted = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, number in usual.items():
        wanted.add_argument(f"--{name}", type=int, default=number)
    return wanted


@dataclass(frozen=True)
class Run:
    """One process: seconds on the clock and of processors, peak bytes, exit status, what it printed."""

    wall: float
    processor: float
    peak: int
    status: int
    said: str


def run(*command: str | Path, may_end_with: Collection[int] = (0,), **environment: str | Path) -> Run:
    """Run it at the root, no Prefect server told. Raises SystemExit, with its errors, where it ends otherwise."""
    told = {name: str(value) for name, value in (os.environ | environment).items() if name != "PREFECT_API_URL"}
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as errors:
        start = time.perf_counter()
        process = subprocess.Popen([*map(str, command)], cwd=ROOT, env=told, stdout=out, stderr=errors)
        _, waited, usage = os.wait4(process.pid, 0)
        wall, status = time.perf_counter() - start, os.waitstatus_to_exitcode(waited)
        process.returncode = status
        out.seek(0)
        errors.seek(0)
        if status not in may_end_with:
            raise SystemExit(f"failed ({status}): {' '.join(map(str, command))}\n{errors.read()[-2000:]}")
        return Run(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * UNIT, status, out.read())


def seconds(work: Callable[[], object]) -> float:
    """On the clock."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def spread(values: Sequence[float], digits: int = 2) -> str:
    """The median, and each."""
    return f"{statistics.median(values):8.{digits}f}  ({' '.join(f'{one:.{digits}f}' for one in values)})"


def environment(folder: Path, lock: str) -> Path:
    """The Python of a peer's own environment; made from its hashed lock (in bench/) the first time."""
    if not (folder / ".ready").exists():
        run(sys.executable, "-m", "venv", folder)
        run(folder / "bin" / "pip", "install", "--quiet", "--require-hashes", "-r", ROOT / "bench" / lock)
        (folder / ".ready").touch()
    return folder / "bin" / "python"
