"""Run the yard's feed and freeze inside its transaction: between two statements, or within a COPY.

A program of its own, for SIGSTOP stops all of a process; it prints what became of the run once somebody lets it go on.
Usage: python -m testing.freezing HOME DATABASE_URL between|copy
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import Any

import psycopg

import warehouse.engine as engine
from offers.errors import QuaiError
from testing.yard import open_yard
from warehouse.matching import golden

HOME, URL, WHERE = Path(sys.argv[1]), sys.argv[2], sys.argv[3]


def freeze() -> None:
    """Until SIGCONT."""
    os.kill(os.getpid(), signal.SIGSTOP)


def main() -> None:
    """Freeze in the middle of what is loaded, and say how it ended."""
    if WHERE == "between":
        engine.IDLE = 1  # seconds; what a person waits for takes 300
        settle = golden.settle

        def frozen(*given: Any) -> None:
            freeze()
            settle(*given)

        vars(golden)["settle"] = frozen
    else:
        write = psycopg.Copy.write

        def half(copy: Any, data: bytes) -> None:
            write(copy, data[: len(data) // 2])
            freeze()
            write(copy, data[len(data) // 2 :])

        psycopg.Copy.write = half  # type: ignore[method-assign,assignment]  # half of what psycopg takes
    try:
        with open_yard(HOME, URL) as yard:
            yard.run()
    except QuaiError as fault:
        sys.stdout.write(f"{type(fault).__name__} {fault}\n")


if __name__ == "__main__":
    main()
