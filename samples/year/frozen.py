"""A run of one feed that freezes inside its transaction, until SIGCONT: `python -m samples.year.frozen FEED`.

A program of its own, for SIGSTOP stops all of a process.
"""

from __future__ import annotations

import os
import signal
import sys
from typing import Any
from unittest import mock

import warehouse.engine as engine
from config.settings import read
from offers.errors import WarehouseUnreachable
from operations.feeds import the_feed
from operations.ingest import ingest
from story.dock import open_dock
from warehouse.matching import golden


def main(slug: str) -> int:
    """Run it; 0 where the server ended its transaction, as it must."""
    engine.IDLE = 1  # seconds; what a person waits for takes 300
    sound, settings = golden.settle, read()

    def frozen(*given: Any) -> None:
        os.kill(os.getpid(), signal.SIGSTOP)
        sound(*given)

    with open_dock(settings) as dock, mock.patch.object(golden, "settle", frozen):
        try:
            ingest(the_feed(settings, slug), dock)
        except WarehouseUnreachable:
            return 0
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
