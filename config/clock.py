"""One clock for commands, flow runs and SQL: the wall's, but where days are rehearsed (`make year`); and a stopwatch.

There QUAI_CLOCK names a file with the instant that it is; `open_dock` refuses it for any database that no rehearsal
has marked (`warehouse.migrate`). Waits, timeouts and retries are real seconds everywhere. Imports no database.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
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
        if said.tzinfo is None:
            raise ValueError(f"« {said} » names no time zone")  # noqa: TRY301 - no instant, as what cannot be read is
    except (OSError, ValueError) as fault:
        raise FeedMisconfigured(
            f"QUAI_CLOCK names {named}, which holds no instant ({fault}). Expected e.g. 2026-09-01T05:00:00+00:00, as "
            "a rehearsal writes it; unset it anywhere else."
        ) from fault
    return said.astimezone(UTC)


def rehearsed() -> str | None:
    """The file that is this process's clock; None for the wall's."""
    return os.environ.get(CLOCK) or None


def write(file: Path, at: datetime) -> None:
    """Set a rehearsal's clock at once: a process that reads meanwhile sees the old instant or the new."""
    part = file.with_name(f"{file.name}.part")
    part.write_text(at.isoformat(), encoding="utf-8")
    part.replace(file)


Watch = Callable[[str], None]
"""Hears the name of each stage as it begins."""


def unwatched(_stage: str) -> None:
    """Nobody looks on."""


class Stages:
    """A stopwatch: how many `seconds` each stage took, in order; a stage that runs twice is summed."""

    def __init__(self, watch: Watch = unwatched, clock: Callable[[], float] = time.perf_counter) -> None:
        self.seconds: dict[str, float] = {}
        self._watch = watch
        self._clock = clock

    @contextmanager
    def __call__(self, stage: str) -> Iterator[None]:
        """Time what is done within the block, whether it succeeds or not; `stage` is a word of the glossary."""
        self._watch(stage)
        start = self._clock()
        try:
            yield
        finally:
            self.seconds[stage] = round(self.seconds.get(stage, 0.0) + self._clock() - start, 4)
