"""Time as the conversation sees it: a clock that tests can turn, the deadline of a run, the pace of its calls."""

from __future__ import annotations

import contextlib
import random
import socket
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from weakref import WeakSet

from connectors.http.settings import Pace
from offers.errors import Unreachable


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
                self._pause(self._begun.popleft() + self._pace.seconds - self._clock.now())
            self._begun.append(self._clock.now())

    def _pause(self, seconds: float) -> None:
        if seconds >= self._deadline.left:
            raise Unreachable(
                f"{self._deadline.slug}: the pace of the source (`source.pace`) leaves no time for all calls before "
                f"the deadline of {self._deadline.seconds:g} s. Nothing was taken. Raise `source.deadline`, or ask for "
                "larger pages."
            )
        if seconds > 0:
            self._clock.sleep(seconds)
