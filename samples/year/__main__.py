"""`make year`: a year of twenty feeds, its accidents, and what the oracle says of each day."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import time
from contextlib import ExitStack
from datetime import date
from pathlib import Path

from config.settings import Settings, read
from flows.local import stop
from samples.year.accidents import ALL, script
from samples.year.chart import figures, svg
from samples.year.employers import cast
from samples.year.sides import sides
from samples.year.year import Lived, begun, lived
from testing.database import FAST
from testing.living import installed
from warehouse.embedded import start

ROOT = Path(__file__).resolve().parents[2]


def main(words: list[str]) -> int:
    """Live it; 1 where anything is not as it must be."""
    asked = _asked(words)
    home = asked.home
    stop(Settings(home=home))  # what an interrupted year left
    shutil.rmtree(home, ignore_errors=True)
    began = time.monotonic()
    employers = cast(asked.feeds, asked.seed)
    kinds = [one for one in ALL if asked.accidents and (asked.server or not one.served)]
    happens = script(employers, asked.first, asked.days, asked.seed, kinds)
    print(f"SEED {asked.seed}: {asked.feeds} feeds, {asked.days} days from {asked.first}", flush=True)

    def say(day: Lived) -> None:
        if day.happened or day.wrong or day.day.day == 1:
            spent = time.monotonic() - began
            print(f"{spent:7.1f} s  {day.day}  {day.online}/{day.meant} online  {'; '.join(day.happened)}", flush=True)
        for wrong in day.wrong[:5]:
            print(f"           WRONG  {wrong}", flush=True)

    with sides(home, employers) as there:
        os.environ |= {
            "QUAI_HOME": str(home),
            "QUAI_PARTNERS": str(home / "partners"),
            "QUAI_CLOCK": str(home / "clock"),
        }
        os.environ |= there.secrets
        settings = read()
        start(home, FAST)  # a rehearsal need not survive a power cut
        with ExitStack() as parts:
            parts.callback(stop, settings)
            here = parts.enter_context(installed(home, **there.secrets)) if asked.server else None
            year = parts.enter_context(begun(there, settings, asked.first, happens))
            if here is not None:
                from samples.year.living import begin

                year.living = begin(here, year.clock)
            days = lived(year, asked.first, asked.days, say)
    told = figures(days, time.monotonic() - began, f"seed {asked.seed}, {asked.feeds} feeds")
    for path, said in ((home / "year.md", told), (home / "year.svg", svg(days))):
        path.write_text(said, encoding="utf-8")
        print(f"written: {path}")
    print(f"\n{told}")
    return 1 if any(day.wrong for day in days) else 0


def _asked(words: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m samples.year", description=__doc__)
    parser.add_argument("--seed", type=int, default=2030)
    parser.add_argument("--days", type=int, default=365)
    parser.add_argument("--feeds", type=int, default=20)
    parser.add_argument("--first", type=date.fromisoformat, default=date(2026, 9, 1))
    parser.add_argument("--accidents", action=argparse.BooleanOptionalAction, default=True)
    parser.add_argument("--server", action=argparse.BooleanOptionalAction, default=True)
    parser.add_argument("--home", type=Path, default=ROOT / "var" / "year")
    return parser.parse_args(words)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
