"""The whole job on 200 000 offers, against dlt's fastest merge and a bare COPY, in turn on the same PostgreSQL.

Prints, per run and as medians: wall seconds, peak memory, and the ratios that the targets are stated in; then where the
time goes, stage by stage. Usage: spine.py [--rows N] [--rounds N]
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import psycopg

from bench.generate import HEADER
from bench.generate import rows as invented
from warehouse.embedded import start

ROOT = Path(__file__).resolve().parents[1]
HOME = ROOT / "var" / "bench"
PEER = HOME / "peer"
QUAI = ROOT / ".venv" / "bin" / "quai"


def main() -> None:
    """Generate, measure, print."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--rows", type=int, default=200_000)
    asked.add_argument("--rounds", type=int, default=3)
    options = asked.parse_args()
    HOME.mkdir(parents=True, exist_ok=True)
    _make_peer()
    first, again = _drops(options.rows)
    print(f"{options.rows:,} offers, {first.stat().st_size / 1e6:.0f} MB; {options.rounds} rounds, medians below")
    taken: dict[str, list[tuple[float, float]]] = {}
    stages: dict[str, dict[str, float]] = {}
    for _ in range(options.rounds):
        _fresh_databases()
        for name, run in _jobs(first, again, stages).items():
            taken.setdefault(name, []).append(run())
    _report(taken, stages, first.stat().st_size)


def _make_peer() -> None:
    if (PEER / ".ready").exists():
        return
    subprocess.run([sys.executable, "-m", "venv", str(PEER)], check=True)
    pip = [
        str(PEER / "bin" / "pip"),
        "install",
        "--quiet",
        "--require-hashes",
        "-r",
        str(ROOT / "bench/requirements.lock"),
    ]
    subprocess.run(pip, check=True)
    (PEER / ".ready").touch()


def _drops(rows: int) -> tuple[Path, Path]:
    """The first drop, and the same offers in another order: other bytes, nothing changed."""
    first, again = HOME / f"offres-{rows}.csv", HOME / f"offres-{rows}-again.csv"
    if not again.exists():
        import csv

        table = invented(rows, seed=1)
        for path, body in ((first, table), (again, list(reversed(table)))):
            with path.open("w", encoding="utf-8", newline="") as out:
                writer = csv.writer(out, delimiter=";")
                writer.writerow(HEADER)
                writer.writerows(body)
    return first, again


def _fresh_databases() -> None:
    """Empty databases for both, on one server; the peer's pipeline state goes with them."""
    with psycopg.connect(_url("postgres"), autocommit=True) as connection:
        for name in ("quai_bench", "dlt_bench", "copy_bench"):
            connection.execute(f"drop database if exists {name} with (force)")
            connection.execute(f"create database {name}")
        connection.execute("checkpoint")
    shutil.rmtree(HOME / "pipelines", ignore_errors=True)
    shutil.rmtree(HOME / "landing", ignore_errors=True)


def _url(database: str) -> str:
    return f"postgresql://postgres:bench@/{database}?host={start(HOME)}"


def _peers_url(database: str) -> str:
    """The peer asks for a host: the socket's folder, percent-encoded, as libpq takes it too."""
    return f"postgresql://postgres:bench@{quote(str(start(HOME)), safe='')}/{database}"


def _jobs(
    first: Path, again: Path, stages: dict[str, dict[str, float]]
) -> dict[str, Callable[[], tuple[float, float]]]:
    def quai(name: str, drop: Path) -> Callable[[], tuple[float, float]]:
        command = [str(QUAI), "ingest", "bench/offres", "--file", str(drop), "--json"]

        def run() -> tuple[float, float]:
            seconds, peak, said = _measured(command)
            stages[name] = json.loads(said)["stages"]
            return seconds, peak

        return run

    def dlt(drop: Path) -> Callable[[], tuple[float, float]]:
        command = [
            str(PEER / "bin/python"),
            "bench/dlt_merge.py",
            str(drop),
            _peers_url("dlt_bench"),
            str(HOME / "pipelines"),
        ]
        return lambda: _measured(command)[:2]

    return {
        "quai, cold": quai("cold", first),
        "dlt, cold": dlt(first),
        "quai, nothing changed": quai("nothing changed", again),
        "dlt, nothing changed": dlt(again),
        "bare COPY": lambda: _copy(first),
        "quai, same bytes": quai("same bytes", again),
    }


def _measured(command: list[str]) -> tuple[float, float, str]:
    """Wall seconds and peak memory (bytes) of one process from its start, and what it printed."""
    environment = {
        **os.environ,
        "QUAI_HOME": str(HOME),
        "QUAI_PARTNERS": str(ROOT / "bench" / "partners"),
        "QUAI_DATABASE_URL": _url("quai_bench"),
    }
    environment.pop("PREFECT_API_URL", None)
    start = time.perf_counter()
    with (HOME / "out").open("w+") as out:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=out, stderr=(HOME / "errors").open("w"))
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
        out.seek(0)
        said = out.read()
    if os.waitstatus_to_exitcode(status) != (1 if command[0] == str(QUAI) else 0):  # 1: some rows were rejected
        raise SystemExit(f"failed ({status}): {' '.join(command)}\n{(HOME / 'errors').read_text()[-2000:]}")
    return seconds, usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024), said


def _copy(drop: Path) -> tuple[float, float]:
    with psycopg.connect(_url("copy_bench"), autocommit=True) as connection:
        connection.execute("drop table if exists raw")
        connection.execute(f"create table raw ({', '.join(f'c{n} text' for n in range(len(HEADER)))})")
        start = time.perf_counter()
        sql = "copy raw from stdin (format csv, header true, delimiter ';')"
        with drop.open("rb") as file, connection.cursor().copy(sql) as copy:
            while block := file.read(1 << 20):
                copy.write(block)
        return time.perf_counter() - start, float(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024)


def _report(taken: dict[str, list[tuple[float, float]]], stages: dict[str, dict[str, float]], size: int) -> None:
    median = {name: statistics.median(seconds for seconds, _ in runs) for name, runs in taken.items()}
    print(f"\n{'':24}{'seconds (median)':>18}{'each run':>28}{'peak MB':>10}")
    for name, runs in taken.items():
        each = " ".join(f"{seconds:.1f}" for seconds, _ in runs)
        print(f"{name:24}{median[name]:18.2f}{each:>28}{max(peak for _, peak in runs) / 1e6:10.0f}")
    peak = max(memory for _, memory in taken["quai, cold"])
    cold = _ratio(taken, "quai, cold", "dlt, cold")
    again = _ratio(taken, "quai, nothing changed", "dlt, nothing changed")
    print(f"\ncold / dlt:             {cold:.2f}   (target: at most 2.0)")
    print(f"nothing changed / dlt:  {again:.2f}   (target: at most 1.0)")
    print(f"peak memory / file:     {peak / size:.1f}   (target: at most 10)")
    for name, seconds in stages.items():
        print(
            f"\n{name}, seconds by stage (last round): "
            + ", ".join(f"{stage} {took:.2f}" for stage, took in seconds.items())
        )


def _ratio(taken: dict[str, list[tuple[float, float]]], ours: str, theirs: str) -> float:
    """The median of the ratios round by round: what the machine did in a round, it did to both."""
    return statistics.median(a / b for (a, _), (b, _) in zip(taken[ours], taken[theirs], strict=True))


if __name__ == "__main__":
    main()
