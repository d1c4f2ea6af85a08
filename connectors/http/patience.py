"""When to ask again: exponential back-off with full jitter, what Retry-After says, and never past the deadline."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TypeVar

from tenacity import RetryCallState, Retrying, retry_if_exception_type

from connectors.http.clock import Clock, Deadline
from offers.errors import Unreachable

T = TypeVar("T")
FIRST_WAIT = 1.0
LONGEST_WAIT = 60.0
"""Seconds: the back-off is drawn from 0 to FIRST_WAIT, doubled at each attempt, and never above LONGEST_WAIT."""
_log = logging.getLogger(__name__)


class AskedToWait(Unreachable):
    """The server said how many seconds to wait."""

    def __init__(self, sentence: str, seconds: float | None) -> None:
        super().__init__(sentence)
        self.seconds = seconds


class Patience:
    """Repeats what raises Unreachable, at most `attempts` times and within the deadline; Refused passes at once."""

    def __init__(self, attempts: int, clock: Clock, deadline: Deadline) -> None:
        self._attempts, self._clock, self._deadline = attempts, clock, deadline

    def __call__(self, act: Callable[[], T]) -> T:
        """What `act` gives. Raises Unreachable, saying how often it was tried, once there is no more to hope for."""
        started = self._clock.now()

        def give_up(state: RetryCallState) -> None:
            raise self._given_up(state, started)

        return Retrying(
            retry=retry_if_exception_type(Unreachable),
            stop=self._is_over,
            wait=self._wait,
            sleep=self._clock.sleep,
            before_sleep=_note,
            retry_error_callback=give_up,
        )(act)

    def _wait(self, state: RetryCallState) -> float:
        fault = _fault(state)
        if isinstance(fault, AskedToWait) and fault.seconds is not None:
            return fault.seconds
        widest = min(LONGEST_WAIT, FIRST_WAIT * 2.0 ** (state.attempt_number - 1))
        return self._clock.chance() * widest

    def _is_over(self, state: RetryCallState) -> bool:
        return state.attempt_number >= self._attempts or state.upcoming_sleep >= self._deadline.left

    def _given_up(self, state: RetryCallState, started: float) -> Unreachable:
        fault, times = _fault(state), state.attempt_number
        tried = f"Tried {times} times in {self._clock.now() - started:.0f} s" if times > 1 else "Tried once"
        if times < self._attempts:
            tried += f", and the deadline of {self._deadline.seconds:g} s leaves no time to wait {_long(state)}"
        return Unreachable(f"{fault} {tried}. Nothing was taken; the next run asks again.")


def retry_after(value: str | None, now: datetime) -> float | None:
    """Seconds to wait as a Retry-After header says them (a number, or an HTTP date); None where it says nothing."""
    text = (value or "").strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    instant = http_date(text)
    return None if instant is None else max(0.0, (instant - now).total_seconds())


def http_date(text: str) -> datetime | None:
    """The instant that a header names; None where it names none."""
    try:
        instant = parsedate_to_datetime(text)
    except ValueError:
        return None
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)


def _fault(state: RetryCallState) -> BaseException | None:
    return state.outcome.exception() if state.outcome else None


def _long(state: RetryCallState) -> str:
    return f"{state.upcoming_sleep:.0f} s more"


def _note(state: RetryCallState) -> None:
    _log.info("%s Asking again in %.1f s.", _fault(state), state.upcoming_sleep)
