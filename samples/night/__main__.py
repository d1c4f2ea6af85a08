"""`make night`: 60 feeds, four of them at fault, and what the morning finds."""

from __future__ import annotations

import shutil
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path

from offers.calendar import PARIS
from operations.alerts import make
from samples.night.checks import Check, checks
from samples.night.partners import cast
from samples.night.rehearsal import evening_before, server, the_night
from samples.night.sides import sides
from story.dock import open_dock

ROOT = Path(__file__).resolve().parents[2]
HOME = ROOT / "var" / "night"
FEEDS = 60
Say = Callable[[str], None]


def main(feeds: int, home: Path = HOME) -> int:
    """Rehearse it; 1 where anything is not as it must be."""

    shutil.rmtree(home, ignore_errors=True)
    partners, say = cast(feeds), _clock()
    with sides(home, partners) as there, server(home, there.secrets) as settings:
        there.write_tomls(settings.partners, datetime.now(PARIS))
        say("PostgreSQL, a Prefect server on it, SFTP servers and an API are up on loopback")
        evening_before(there, settings)
        say(f"the night before: {feeds} feeds taken in")
        runs = the_night(there, settings)
        states = Counter(str(run.state_name) for run in runs.values())
        say("tonight: " + ", ".join(f"{count} {state}" for state, count in states.most_common()))
        with open_dock(settings) as dock:
            print(f"\n{make(dock, sending=False)['body']}\n")
            return _tell(checks(dock, partners, runs))


def _clock() -> Say:
    began = time.monotonic()
    return lambda what: print(f"{time.monotonic() - began:6.1f} s  {what}", flush=True)


def _tell(found: Iterable[Check]) -> int:
    failed = 0
    for check in found:
        print(f"{'holds' if check.holds else 'FAILS':<6} {check.what}")
        if not check.holds:
            failed = 1
            print(f"       expected {check.expected}\n       seen     {check.seen}")
    return failed


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else FEEDS))
