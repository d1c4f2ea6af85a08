"""Duplicates, measured: `python -m bench.dedup [--sizes 100000,…] [--seeds 11,…] [--peers] [--real CSV]`.

Prints markdown. Each size is matched in a process of its own. Tuned on seed 1, told on seeds 11 and 12.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from bench import kit
from bench.dedup import peers
from bench.dedup.evaluate import evaluate, markdown
from bench.dedup.generator import generate
from bench.dedup.measure import Run, run

TUNING, REPORTING = 1, (11, 12)
TUNED_ON = 100_000
"""Records of the tuning seed that Splink's model is made from."""
NOTHING = (np.array([], dtype="int64"),) * 2


def main() -> None:
    """Measure what is asked for and print it."""
    wanted = kit.parser(__doc__)
    wanted.add_argument("--sizes", type=_numbers, default=(100_000, 200_000, 1_000_000), help="records, by comma")
    wanted.add_argument("--seeds", type=_numbers, default=REPORTING, help="by comma")
    wanted.add_argument("--real", type=Path, help="a CSV of judged pairs; nothing of it is kept")
    wanted.add_argument("--peers", action="store_true", help="the peers, on the first seed's records of each size")
    said = wanted.parse_args()
    headlines = []
    for seed in said.seeds:
        for size in said.sizes:
            records = generate(size, seed)
            one = run(records)
            headlines.append({"seed": str(seed), **_told(one, size, seed)})
            if said.peers and seed == said.seeds[0]:
                _tell_peers(records, one)
    if headlines:
        print(f"\n## All runs\n\n{markdown(headlines)}")
    if said.real:
        from bench.dedup.real import tell  # tables of places, for this alone

        print(f"\n## Judged pairs of real adverts\n\n{tell(said.real)}")


def _numbers(words: str) -> tuple[int, ...]:
    return tuple(int(word.replace("_", "")) for word in words.split(",") if word)


def _told(one: Run, size: int, seed: int) -> dict[str, str]:
    """Print one run; its headline."""
    print(f"\n## {size:,} records, seed {seed}\n\n{one.figures.table()}\n")
    stages = ", ".join(f"{stage} {seconds:.2f}" for stage, seconds in one.stages.items())
    print(f"{one.seconds:.1f} s ({stages}); peak memory {one.peak / 1e9:.2f} GB.")
    print("Report: " + ", ".join(f"{name} {value:,}" for name, value in one.report.items()) + ".", flush=True)
    return {**one.figures.row(), "seconds": f"{one.seconds:.1f}", "peak GB": f"{one.peak / 1e9:.2f}"}


def _tell_peers(records: pd.DataFrame, ours: Run) -> None:
    found = [find(records) for find in (peers.exact, peers.lba, peers.lba_within)]
    found.append(peers.splink(records, lambda: generate(TUNED_ON, TUNING)))
    told = [("Quai", ours.figures, ours.seconds)]
    told += [(one.name, evaluate(records, one.label, NOTHING, NOTHING), one.seconds) for one in found]
    rows = [
        {"": name, **{key: figures.row()[key] for key in ("precision", "recall", "F1")}, "seconds": f"{seconds:.1f}"}
        for name, figures, seconds in told
    ]
    print(f"\n### Side by side, {len(records):,} records\n\n{markdown(rows)}", flush=True)


if __name__ == "__main__":
    main()
