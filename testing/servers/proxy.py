"""A TCP proxy on loopback that delays, cuts or falls silent: a distant, flaky or hanging server, SFTP and HTTP alike.

with Proxy(server.port, delay=0.015) as far: ...            30 ms of round trip
with Proxy(server.port, cut_after=100_000) as flaky: ...    the first connection is reset after 100 000 bytes
with Proxy(server.port, silent=True) as hung: ...           it accepts and never says a word
"""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
import time
from collections import deque
from collections.abc import Callable
from types import TracebackType

_CHUNK = 1 << 18
_IN_FLIGHT = 1 << 24


class Proxy:
    """Listens on 127.0.0.1:`port` and passes each connection on to 127.0.0.1:`target`.

    `delay` seconds are added each way. Of the first `cuts` connections, each is reset once `cut_after` bytes have come
    from the server (where not `abrupt`, closed once those have arrived); the others pass whole. `silent` accepts and
    passes nothing, `mute_after` passes nothing more after that many bytes from the server. `at` calls a function, once,
    when that many bytes have come from the server, before it passes them on. `connections` counts what was accepted.
    """

    def __init__(
        self,
        target: int,
        *,
        delay: float = 0.0,
        cut_after: int | None = None,
        cuts: int = 1,
        abrupt: bool = True,
        silent: bool = False,
        mute_after: int | None = None,
        at: tuple[int, Callable[[], None]] | None = None,
    ) -> None:
        self.target, self.delay, self.silent, self.abrupt = target, delay, silent, abrupt
        self.cut_after, self.cuts, self.mute_after, self.at = cut_after, cuts, mute_after, at
        self.connections = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._open: list[socket.socket] = []

    def __enter__(self) -> Proxy:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.cut()

    def cut(self) -> None:
        """Reset every connection that is open now."""
        while self._open:
            _reset(self._open.pop())

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            self._open.append(near)
            if not self.silent:
                self._join(near, self.cut_after if self.connections <= self.cuts else None)

    def _join(self, near: socket.socket, budget: int | None) -> None:
        try:
            far = socket.create_connection(("127.0.0.1", self.target))
        except OSError:
            _reset(near)
            return
        self._open.append(far)
        for sock in (near, far):
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        _Pipe(near, far, self.delay).start()
        back = _Pipe(far, near, self.delay)
        back.budget, back.mute_after, back.abrupt = budget, self.mute_after, self.abrupt
        back.at, self.at = self.at, None
        back.start()


class _Pipe:
    """One direction: what is read at t is written at t + delay, and no sooner; reading stops while too much waits."""

    def __init__(self, source: socket.socket, sink: socket.socket, delay: float) -> None:
        self._source, self._sink, self._delay = source, sink, delay
        self.budget: int | None = None
        self.mute_after: int | None = None
        self.abrupt = True
        self.at: tuple[int, Callable[[], None]] | None = None
        self._passed = 0
        self._waiting: deque[tuple[float, bytes]] = deque()
        self._bytes = 0
        self._turn = threading.Condition()

    def start(self) -> None:
        if not self._delay:
            threading.Thread(target=self._straight, daemon=True).start()
            return
        threading.Thread(target=self._read, daemon=True).start()
        threading.Thread(target=self._write, daemon=True).start()

    def _receive(self) -> bytes:
        try:
            data = self._source.recv(_CHUNK)
        except OSError:
            return b""
        self._passed += len(data)
        if self.at is not None and self._passed >= self.at[0]:
            (_, call), self.at = self.at, None
            call()
        if self.budget is None:
            return data
        self.budget -= len(data)
        return data[: self.budget] if self.budget < 0 else data

    @property
    def _spent(self) -> bool:
        return self.budget is not None and self.budget <= 0

    def _straight(self) -> None:
        with contextlib.suppress(OSError):
            while data := self._receive():
                if self.mute_after is not None and self._passed > self.mute_after:
                    return
                self._sink.sendall(data)
                if self._spent:
                    break
        self._end()

    def _read(self) -> None:
        data = b"x"
        while data and not self._spent:
            data = self._receive()
            with self._turn:
                self._turn.wait_for(lambda: self._bytes < _IN_FLIGHT)
                self._waiting.append((time.monotonic() + self._delay, data))
                self._bytes += len(data)
                self._turn.notify_all()

    def _write(self) -> None:
        while True:
            with self._turn:
                self._turn.wait_for(lambda: self._waiting)
                due, data = self._waiting.popleft()
                self._bytes -= len(data)
                self._turn.notify_all()
            time.sleep(max(0.0, due - time.monotonic()))
            try:
                self._sink.sendall(data)
            except OSError:
                data = b""
            if not data:
                break
        self._end()

    def _end(self) -> None:
        if self._spent and self.abrupt:
            _reset(self._source)
            _reset(self._sink)
            return
        with contextlib.suppress(OSError):
            self._sink.shutdown(socket.SHUT_WR)


def _reset(sock: socket.socket) -> None:
    with contextlib.suppress(OSError):
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        sock.shutdown(socket.SHUT_RDWR)
    sock.close()
