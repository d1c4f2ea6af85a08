"""How the story's steps are run: plainly, timed, with a progress bar, or as Prefect tasks. The story does not care."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Protocol, TypeVar

T = TypeVar("T")


class Step(Protocol):
    """Runs one named step of the story and gives back what it returns."""

    def __call__(self, name: str, call: Callable[[], T], /) -> T:
        """Run `call` under `name`, a word of the glossary."""
        ...


def plain(_name: str, call: Callable[[], T], /) -> T:
    """Run the step here and now."""
    return call()


class Timed:
    """A step runner that keeps how many seconds each stage took, in order; a stage run twice is summed."""

    def __init__(self, run: Step = plain, clock: Callable[[], float] = time.perf_counter) -> None:
        self.stages: dict[str, float] = {}
        self._run = run
        self._clock = clock

    def __call__(self, name: str, call: Callable[[], T], /) -> T:
        """Run the step and add its seconds to `stages`, whether it succeeds or not."""
        start = self._clock()
        try:
            return self._run(name, call)
        finally:
            self.stages[name] = round(self.stages.get(name, 0.0) + self._clock() - start, 4)
