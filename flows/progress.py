"""How far a run is with the drop in hand, as a bar on Prefect's pages; moved only by steps that touch the world."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar
from uuid import UUID

from prefect.artifacts import create_progress_artifact, update_progress_artifact

from flows.steps import Step

T = TypeVar("T")
DONE_AFTER = {
    "keep": 10.0,
    "look up": 15.0,
    "fetch": 20.0,
    "standing": 50.0,
    "history": 55.0,
    "publish": 85.0,
    "hold": 85.0,
    "note": 85.0,
    "report": 95.0,
    "settle": 100.0,
}
"""Per cent of a drop after each step, in the shares of time that a drop of 200 000 lines takes."""


class Progress:
    """A step runner that moves the bar after each step; it begins anew with each drop, for none says how many wait."""

    def __init__(self, run: Step, key: str) -> None:
        self._run = run
        self._key = key
        self._bar: UUID | None = None
        self._drops = 0

    def __call__(self, name: str, call: Callable[[], T], /) -> T:
        """Run the step, and show that it is done."""
        given = self._run(name, call)
        if name == "keep":
            self._drops += 1
        if name in DONE_AFTER:
            self._show(DONE_AFTER[name], f"Drop {self._drops} of this run, {name}: done")
        return given

    def _show(self, per_cent: float, said: str) -> None:
        if self._bar is None:
            # A run that finds nothing has no bar.
            self._bar = UUID(str(create_progress_artifact(progress=per_cent, key=self._key, description=said)))
        else:
            update_progress_artifact(artifact_id=self._bar, progress=per_cent, description=said)
