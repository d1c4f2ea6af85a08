"""Runs that the database itself let down: written into a file of our own, and entered once it answers again.

One line of JSON each in `<home>/failures.jsonl`; whoever opens the dock next on this machine enters them.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from uuid import uuid4

from offers.errors import WarehouseUnreachable
from warehouse.alerts import Alarms, Failure

KEPT = "failures"
_log = logging.getLogger("quai.alerts")


def keep(home: Path, failure: Failure) -> None:
    """Write it down beside the database. Where even that is impossible the log has it, and nothing else is stopped."""
    said = json.dumps({**asdict(failure), "at": failure.at.isoformat()}, ensure_ascii=False)
    try:
        home.mkdir(parents=True, exist_ok=True)
        with (home / f"{KEPT}.jsonl").open("a", encoding="utf-8") as file:
            file.write(f"{said}\n")
    except OSError as error:
        _log.warning("%s: its failure cannot be kept under %s (%s)", failure.feed, home, error.strerror)


def enter(home: Path, alarms: Alarms) -> None:
    """Enter what was kept, once: each file is taken aside first, and goes when its lines are in the database."""
    for found in home.glob(f"{KEPT}*.jsonl"):
        aside = found.with_name(f"{KEPT}.{uuid4().hex[:8]}.jsonl")
        try:
            found.rename(aside)
            alarms.failed(*_kept(aside))
            aside.unlink()
        except FileNotFoundError:
            continue  # another process was quicker
        except (OSError, WarehouseUnreachable) as fault:
            _log.warning("what is kept in %s could not be entered (%s); it waits", aside, type(fault).__name__)


def _kept(path: Path) -> Iterator[Failure]:
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        try:
            said = json.loads(line)
            yield Failure(said["feed"], datetime.fromisoformat(said["at"]), said["kind"], said["sentence"])
        except (ValueError, KeyError, TypeError):
            _log.warning("%s: a line cut short by a full disk or a kill is left out", path)
