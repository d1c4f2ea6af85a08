"""Duplicates, measured: `python -m bench.dedup [--sizes 100000,…] [--peers] [--real CSV] [--chart SVG]`.

Prints markdown. Each size is matched in a process of its own. Tuned on seed 1 (`--tuning`), told on seeds 11 and 12.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import pandas as pd

from bench.dedup import chart, peers
from bench.dedup.evaluate import evaluate
from bench.dedup.figures import markdown
from bench.dedup.generator import generate
from bench.dedup.measure import Run, run

TUNING, REPORTING = 1, (11, 12)
TUNED_ON = 100_000
"""Records of the tuning seed that Splink's model is made from."""
GROWTH = (50_000, 100_000, 200_000, 500_000, 1_000_000)
NOTHING = (np.array([], dtype="int64"),) * 2


def main() -> None:
    """Measure what is asked for and print it."""
    wanted = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    wanted.add_argument("--sizes", type=_numbers, default=(100_000, 200_000, 1_000_000), help="records, by comma")
    wanted.add_argument("--seeds", "--seed", type=_numbers, default=REPORTING, help="by comma")
    wanted.add_argument("--tuning", action="store_true", help=f"measure on the tuning seed, {TUNING}, instead")
    wanted.add_argument("--real", type=Path, help="a CSV of judged pairs; nothing of it is kept")
    wanted.add_argument("--peers", action="store_true", help="the peers, on the first seed's records of each size")
    wanted.add_argument("--chart", type=Path, help="growth on the first seed, as an SVG")
    said = wanted.parse_args()
    seeds = (TUNING,) if said.tuning else said.seeds
    done: dict[tuple[int, int], Run] = {}
    for seed in seeds:
        for size in said.sizes:
            records = generate(size, seed)
            done[seed, size] = run(records)
            _tell(done[seed, size], size, seed)
            if said.peers and seed == seeds[0]:
                _tell_peers(records, done[seed, size])
    if done:
        print(f"\n## All runs\n\n{markdown([_headline(seed, one) for (seed, _), one in done.items()])}")
    if said.chart:
        _draw(said.chart, seeds[0], done)
    if said.real:
        from bench.dedup.real import tell

        print(f"\n## Judged pairs of real adverts\n\n{tell(said.real)}")


def _numbers(words: str) -> tuple[int, ...]:
    return tuple(int(word.replace("_", "")) for word in words.split(",") if word)


def _tell(one: Run, size: int, seed: int) -> None:
    print(f"\n## {size:,} records, seed {seed}\n\n{one.figures.table()}\n")
    stages = ", ".join(f"{stage} {seconds:.2f}" for stage, seconds in one.stages.items())
    print(f"{one.seconds:.1f} s ({stages}); peak memory {one.peak / 1e9:.2f} GB.")
    print("Report: " + ", ".join(f"{name} {value:,}" for name, value in one.report.items()) + ".", flush=True)


def _headline(seed: int, one: Run) -> dict[str, str]:
    row = {"seed": str(seed), **one.figures.row()}
    return row | {"seconds": f"{one.seconds:.1f}", "peak GB": f"{one.peak / 1e9:.2f}"}


def _tell_peers(records: pd.DataFrame, ours: Run) -> None:
    rows = [_side("Quai", ours.figures.precision, ours.figures.recall, ours.figures.f1, ours.seconds)]
    for find in (peers.exact, peers.lba, peers.lba_within, _splink):
        found = find(records)
        figures = evaluate(records, found.label, NOTHING, NOTHING)
        rows.append(_side(found.name, figures.precision, figures.recall, figures.f1, found.seconds))
    print(f"\n### Side by side, {len(records):,} records\n\n{markdown(rows)}", flush=True)


def _splink(records: pd.DataFrame) -> peers.Found:
    return peers.splink(records, lambda: generate(TUNED_ON, TUNING))


def _side(name: str, precision: float, recall: float, f1: float, seconds: float) -> dict[str, str]:
    return {"": name, "precision": f"{precision:.4f}", "recall": f"{recall:.4f}", "F1": f"{f1:.4f}",
            "seconds": f"{seconds:.1f}"}  # fmt: skip


def _draw(path: Path, seed: int, done: dict[tuple[int, int], Run]) -> None:
    runs = {size: done.get((seed, size)) or run(generate(size, seed)) for size in GROWTH}
    seconds = chart.Panel("seconds, from records to offers", [(size, one.seconds) for size, one in runs.items()])
    memory = chart.Panel("peak memory, GB", [(size, one.peak / 1e9) for size, one in runs.items()])
    chart.write(path, "Matching from scratch, two cores (dashed: in proportion)", [seconds, memory])
    rows = [
        {"records": f"{size:,}", "seconds": f"{one.seconds:.1f}", "peak GB": f"{one.peak / 1e9:.2f}",
         "seconds per 100,000": f"{one.seconds / size * 1e5:.2f}"} for size, one in runs.items()
    ]  # fmt: skip
    print(f"\n## Growth\n\n{markdown(rows)}\n\nDrawn into {path}.")


if __name__ == "__main__":
    main()
