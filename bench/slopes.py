"""How time grows with a text: the slope of seconds over size on two logarithmic axes. 1 is linear, 2 quadratic."""

from __future__ import annotations

import math
import signal
import statistics
import time
from collections.abc import Callable, Sequence
from typing import Any

MOST = 1.3
SIZES = (4_000, 8_000, 16_000, 32_000)
QUICK = 2_000
LONGEST = 3.0
"""Seconds of a processor after which a run is broken off, and counted as endless."""
TOLD = 0.04
"""Seconds of a processor that its clock tells apart from none."""
WORTH = 3e-4
"""Seconds for QUICK characters under which a text is not looked at closer: so many take a linear expression 0.1 ms."""
Work = Callable[[Any], Any]
Maker = Callable[[int], Any]
"""A text of a given size."""


def seconds(run: Work, text: Any) -> float:
    """Seconds of the processor that a run takes, of as many as its clock can tell; endless where they take LONGEST."""
    times = 1
    signal.signal(signal.SIGPROF, _enough)
    while True:
        start = time.process_time()
        signal.setitimer(signal.ITIMER_PROF, LONGEST)
        try:
            for _ in range(times):
                run(text)
        except TimeoutError:
            return math.inf
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)
        took = time.process_time() - start
        if took >= TOLD:
            return took / times
        times *= 4


def _enough(_signal: int, _frame: Any) -> None:
    raise TimeoutError


def at_once(run: Work, text: Any) -> bool:
    """Whether a text of QUICK characters is done in so little time that no slope could hurt."""
    best = math.inf
    for _ in range(3):
        start = time.perf_counter()
        run(text)
        best = min(best, time.perf_counter() - start)
    return best < WORTH


def slope(run: Work, made: Maker, sizes: tuple[int, ...] = SIZES) -> float:
    """The exponent, by least squares; 0 for what takes no time worth the name."""
    if at_once(run, made(QUICK)):
        return 0.0
    took: list[float] = []
    for size in sizes:
        took.append(seconds(run, made(size)))
        if took[-1] == math.inf:
            return math.inf
    return statistics.linear_regression([math.log(size) for size in sizes], [math.log(one) for one in took]).slope


def steepest(run: Work, makers: Sequence[Maker], sizes: tuple[int, ...]) -> tuple[float, int]:
    """The steepest slope over these texts, and which of them it was."""
    return max((slope(run, made, sizes), number) for number, made in enumerate(makers))


def repeated(lead: Any, body: Any, end: Any, size: int) -> Any:
    """A text, or bytes, of about that size: what stands before, what comes again and again, what ends it."""
    return lead + body * (size // len(body)) + end
