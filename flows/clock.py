"""One clock for commands, flow runs and SQL: the wall's, but where days are rehearsed (`make year`).

There QUAI_CLOCK names a file with the instant that it is; `open_dock` refuses it for any database that no rehearsal
has marked (`warehouse.migrate`). Waits, timeouts and retries are real seconds everywhere. Imports no database.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

from offers.errors import FeedMisconfigured

CLOCK = "QUAI_CLOCK"


def utc_now() -> datetime:
    """The wall clock, in UTC; where days are rehearsed, what the rehearsal set. Raises FeedMisconfigured."""
    named = rehearsed()
    if named is None:
        return datetime.now(UTC)
    try:
        said = datetime.fromisoformat(Path(named).read_text(encoding="utf-8").strip())
    except (OSError, ValueError) as fault:
        raise FeedMisconfigured(_NO_INSTANT.format(named=named, fault=fault)) from fault
    if said.tzinfo is None:
        raise FeedMisconfigured(_NO_INSTANT.format(named=named, fault=f"« {said} » names no time zone"))
    return said.astimezone(UTC)


_NO_INSTANT = (
    "QUAI_CLOCK names {named}, which holds no instant ({fault}). Expected e.g. 2026-09-01T05:00:00+00:00, as a "
    "rehearsal writes it; unset it anywhere else."
)


def rehearsed() -> str | None:
    """The file that is this process's clock; None for the wall's."""
    return os.environ.get(CLOCK) or None


def write(file: Path, at: datetime) -> None:
    """Set a rehearsal's clock at once: a process that reads meanwhile sees the old instant or the new."""
    part = file.with_name(f"{file.name}.part")
    part.write_text(at.isoformat(), encoding="utf-8")
    part.replace(file)
