"""Time as the conversation sees it: a clock that tests can turn, the deadline of a run, the pace of its calls.

And the patience with which it asks again: exponential back-off with full jitter, or what Retry-After says, never past
the deadline.
"""

from __future__ import annotations

import contextlib
import logging
import random
import socket
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import NoReturn, TypeVar
from weakref import WeakSet

from tenacity import RetryCallState, Retrying, retry_if_exception_type

from connectors.settings import Pace
from offers.errors import Unreachable

T = TypeVar("T")
FIRST_WAIT = 1.0
LONGEST_WAIT = 60.0
"""Seconds: the back-off is drawn from 0 to FIRST_WAIT, doubled at each attempt, and never above LONGEST_WAIT."""
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Clock:
    """Monotonic seconds, sleeping, and chance in [0, 1)."""

    now: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    chance: Callable[[], float] = field(default=random.random)


class Deadline:
    """The end of a run. A timer shuts every held socket then, so that no server can keep us by dripping bytes."""

    def __init__(self, slug: str, seconds: float, clock: Clock) -> None:
        self.slug, self.seconds, self._clock = slug, seconds, clock
        self._ends = clock.now() + seconds
        self._lock, self._rung = threading.Lock(), False
        self._handles, self._watched = set[socket.socket](), WeakSet[socket.socket]()
        self._timer = threading.Timer(min(seconds, threading.TIMEOUT_MAX), self._ring)
        self._timer.daemon = True
        self._timer.start()

    @property
    def left(self) -> float:
        """Seconds that remain; 0 once it has passed."""
        return 0.0 if self._rung else max(0.0, self._ends - self._clock.now())

    def check(self) -> None:
        """Raise Unreachable once it has passed."""
        if self.left == 0:
            raise Unreachable(
                f"{self.slug}: not done after {self.seconds:g} s, the deadline of the whole run (`source.deadline`). "
                "Nothing was taken. The server may be slow today: run again, or raise the deadline."
            )

    def hold(self, sock: socket.socket) -> socket.socket:
        """A second handle on a connection: shutting it ends a TLS handshake, during which the first is out of reach."""
        handle = sock.dup()
        with self._lock:
            self._handles.add(handle)
        return handle

    def let_go(self, handle: socket.socket) -> None:
        """The handshake is over."""
        with self._lock:
            self._handles.discard(handle)
        handle.close()

    def watch(self, sock: socket.socket) -> None:
        """Shut this connection at the deadline, if anyone still reads from it then."""
        with self._lock:
            self._watched.add(sock)
        self.check()

    def close(self) -> None:
        """The run is over."""
        self._timer.cancel()

    def _ring(self) -> None:
        self._rung = True
        with self._lock:
            for sock in (*self._handles, *self._watched):
                with contextlib.suppress(OSError):
                    socket.socket.shutdown(sock, socket.SHUT_RDWR)


class Pacer:
    """Lets at most `calls` begin in any window of the pace's length, from all threads together."""

    def __init__(self, pace: Pace | None, clock: Clock, deadline: Deadline) -> None:
        self._pace, self._clock, self._deadline = pace, clock, deadline
        self._lock, self._begun = threading.Lock(), deque[float]()

    def wait(self) -> None:
        """Come back when a call may begin. Raises Unreachable where that is after the deadline."""
        self._deadline.check()
        if self._pace is None:
            return
        with self._lock:
            if len(self._begun) == self._pace.calls:
                seconds = self._begun.popleft() + self._pace.seconds - self._clock.now()
                if seconds >= self._deadline.left:
                    raise Unreachable(
                        f"{self._deadline.slug}: the pace of the source (`source.pace`) leaves no time for all calls "
                        f"before the deadline of {self._deadline.seconds:g} s. Nothing was taken. Raise "
                        "`source.deadline`, or ask for larger pages."
                    )
                if seconds > 0:
                    self._clock.sleep(seconds)
            self._begun.append(self._clock.now())


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

        def is_over(state: RetryCallState) -> bool:
            return state.attempt_number >= self._attempts or state.upcoming_sleep >= self._deadline.left

        def wait(state: RetryCallState) -> float:
            fault = _fault(state)
            if isinstance(fault, AskedToWait) and fault.seconds is not None:
                return fault.seconds
            return self._clock.chance() * min(LONGEST_WAIT, FIRST_WAIT * 2.0 ** (state.attempt_number - 1))

        def note(state: RetryCallState) -> None:
            _log.info("%s Asking again in %.1f s.", _fault(state), state.upcoming_sleep)

        def give_up(state: RetryCallState) -> NoReturn:
            times = state.attempt_number
            tried = f"Tried {times} times in {self._clock.now() - started:.0f} s" if times > 1 else "Tried once"
            if times < self._attempts:
                wait, whole = state.upcoming_sleep, self._deadline.seconds
                tried += f", and the deadline of {whole:g} s leaves no time to wait {wait:.0f} s more"
            raise Unreachable(f"{_fault(state)} {tried}. Nothing was taken; the next run asks again.")

        return Retrying(
            retry=retry_if_exception_type(Unreachable),
            stop=is_over,
            wait=wait,
            sleep=self._clock.sleep,
            before_sleep=note,
            retry_error_callback=give_up,
        )(act)


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
