"""The whole job on 200 000 offers, against dlt's fastest merge and a bare COPY, in turn on the same PostgreSQL.

Prints wall seconds (median, and each), peak memory, the ratios that the targets are stated in, and where time goes.
"""

from __future__ import annotations

import json
import resource
import shutil
import statistics
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import psycopg

from bench import kit
from bench.generate import HEADER, drop
from bench.kit import HOME, QUAI, ROOT, Run
from warehouse.embedded import start

DATABASES = ("quai_bench", "dlt_bench", "copy_bench")
FOLDERS = ("pipelines", "landing")
"""Empty before each round: the databases of the three, the peer's state, and what we keep."""
TARGETS = (
    ("cold", "cold", 2.5),
    ("nothing changed", "nothing changed", 0.8),
    ("1 % changed", "1 % changed", 1.0),
    ("same bytes", "nothing changed", 0.2),
)
"""What of ours is held to what of the peer's, which knows no same bytes, and the ratio at most."""


def main() -> None:
    options = kit.parser(__doc__, rows=200_000, rounds=3).parse_args()
    first, again = drop(options.rows), drop(options.rows, backwards=True)
    edited = drop(options.rows, edited=True)
    size = first.stat().st_size
    print(f"{options.rows:,} offers, {size / 1e6:.0f} MB; {options.rounds} rounds, medians below")
    jobs = _jobs(first, again, edited)
    taken: dict[str, list[Run]] = {name: [] for name in jobs}
    for _ in range(options.rounds):
        _fresh()
        for name, job in jobs.items():
            taken[name].append(job())
    _report(taken, size)


def _url(database: str) -> str:
    return f"postgresql://postgres:bench@/{database}?host={start(HOME)}"


def _fresh() -> None:
    with psycopg.connect(_url("postgres"), autocommit=True) as connection:
        for name in DATABASES:
            connection.execute(f"drop database if exists {name} with (force)")
            connection.execute(f"create database {name}")
        connection.execute("checkpoint")
    for name in FOLDERS:
        shutil.rmtree(HOME / name, ignore_errors=True)


def _jobs(first: Path, again: Path, edited: Path) -> dict[str, Callable[[], Run]]:
    ours: dict[str, str | Path] = {
        "QUAI_HOME": HOME,
        "QUAI_PARTNERS": ROOT / "bench" / "partners",
        "QUAI_DATABASE_URL": _url(DATABASES[0]),
    }
    peer = kit.environment(HOME / "peer", "requirements.lock")
    # The peer asks for a host: the socket's folder, percent-encoded, as libpq takes it too.
    theirs = f"postgresql://postgres:bench@{quote(str(start(HOME)), safe='')}/{DATABASES[1]}"

    def quai(file: Path) -> Run:
        words = ("ingest", "bench/offres", "--file", file, "--json")
        return kit.run(QUAI, *words, may_end_with=(0, 1), **ours)  # 1: some rows were rejected

    def dlt(file: Path) -> Run:
        return kit.run(peer, "bench/dlt_merge.py", file, theirs, HOME / "pipelines")

    return {
        "quai, cold": lambda: quai(first),
        "dlt, cold": lambda: dlt(first),
        "quai, nothing changed": lambda: quai(again),
        "dlt, nothing changed": lambda: dlt(again),
        "bare COPY": lambda: _copy(first),
        "quai, same bytes": lambda: quai(again),
        "quai, 1 % changed": lambda: quai(edited),
        "dlt, 1 % changed": lambda: dlt(edited),
    }


def _copy(file: Path) -> Run:
    with psycopg.connect(_url(DATABASES[2]), autocommit=True) as connection:
        connection.execute(f"create table raw ({', '.join(f'c{n} text' for n in range(len(HEADER)))})")

        def copy_all() -> None:
            sql = "copy raw from stdin (format csv, header true, delimiter ';')"
            with file.open("rb") as bytes_, connection.cursor().copy(sql) as copy:
                while block := bytes_.read(1 << 20):
                    copy.write(block)

        took = kit.seconds(copy_all)
    return Run(took, 0.0, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * kit.UNIT, 0, "")


def _report(taken: dict[str, list[Run]], size: int) -> None:
    print(f"\n{'':24}{'peak MB':>8}  seconds (median, each run)")
    for name, runs in taken.items():
        peak = max(one.peak for one in runs) / 1e6
        print(f"{name:24}{peak:8.0f}  {kit.spread([one.wall for one in runs])}")
    for what, beside, most in TARGETS:
        # Round by round: what the machine did in a round, it did to both.
        pairs = list(zip(taken[f"quai, {what}"], taken[f"dlt, {beside}"], strict=True))
        ratio = statistics.median(ours.wall / theirs.wall for ours, theirs in pairs)
        worked = statistics.median(ours.processor / theirs.processor for ours, theirs in pairs)
        told = f"(target: at most {most}); of processors, PostgreSQL's apart, {worked:.2f}"
        print(f"{what} / dlt, {beside}: {ratio:.2f} {told}")
    peak = max(one.peak for one in taken["quai, cold"])
    print(f"peak memory / file: {peak / size:.1f} (target: at most 10)")
    for name, runs in taken.items():
        if runs[-1].said and name.startswith("quai"):
            stages = json.loads(runs[-1].said)["stages"].items()
            print(f"{name}, last round: " + ", ".join(f"{stage} {took:.2f}" for stage, took in stages))


if __name__ == "__main__":
    main()
