"""`quai check` on some 2 000 rows, start of the program included: the target is three seconds.

Prints wall seconds (median, and each), processor seconds and peak memory: the faulty sample of Bellerive, checked alone
and with its return, and the help.
"""

from __future__ import annotations

import statistics
import tempfile
from datetime import date
from pathlib import Path

from bench import kit
from samples.make_samples import write_drop

TARGET = 3.0


def main() -> None:
    rounds = kit.parser(__doc__, rounds=5).parse_args().rounds
    with tempfile.TemporaryDirectory() as folder:
        drop = write_drop("bellerive", Path(folder), "first", date.today())
        check = ["check", str(drop), "--feed", "bellerive/offres"]
        report = [*check, "--report", str(Path(folder) / "back")]
        print(f"{drop.name}, {drop.stat().st_size / 1e6:.1f} MB; target of a check: {TARGET:.0f} s")
        for name, words in {
            "check": check,
            "--json": [*check, "--json"],
            "--report": report,
            "--help": ["--help"],
        }.items():
            partners = kit.ROOT / "samples" / "partners"
            runs = [kit.run(kit.QUAI, *words, may_end_with=(0, 1), QUAI_PARTNERS=partners) for _ in range(rounds)]
            processor, peak = statistics.median(one.processor for one in runs), max(one.peak for one in runs) / 1e6
            print(f"{name:10}{kit.spread([one.wall for one in runs])} s, processor {processor:.2f} s, {peak:.0f} MB")


if __name__ == "__main__":
    main()
