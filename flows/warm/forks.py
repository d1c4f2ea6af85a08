"""The process that forks: clean, one thread, everything imported. `python -m flows.warm.forks` with a socket on an fd.

It is told of each run by a line, the end of a socket that comes over its own; it forks, and the child keeps the line.
Of itself it writes two numbers on each line: the child's process, and at the end how that process ended. When its own
socket closes, its worker is gone: it takes no more, waits for the children, each of whom sees the same, and ends what
is left of them.
"""

from __future__ import annotations

import atexit
import gc
import json
import os
import selectors
import signal
import socket
import sys
import threading
import time
from contextlib import suppress
from typing import NoReturn

from flows.warm import NUMBER, preload

PATIENCE = 60.0
"""Seconds that children have for their end once the worker is gone."""
IGNORED = (signal.SIGINT, signal.SIGTERM)
"""Meant for the worker, which ends its children in order; a service manager may send them to every process of it."""


def main() -> None:
    """Load, say so, and fork until the worker is gone. Returns in a child whose run is over."""
    door = socket.socket(fileno=int(sys.argv[1]))
    door.set_inheritable(False)
    for number in IGNORED:
        signal.signal(number, signal.SIG_IGN)
    gc.set_threshold(100_000)  # as in `quai`: rows hold no circles
    fault = _loaded()
    door.sendall(json.dumps({"fault": fault, "threads": preload.threads()}).encode() + b"\n")
    if fault is not None:
        return
    line = Forks(door).serve()
    if line is not None:
        from flows.warm import child

        _end(child.run(line))


def _loaded() -> str | None:
    """What went wrong with the imports; a thread that may not be there counts."""
    try:
        preload.load()
    except BaseException as fault:  # whatever a module does as it is imported; the worker must be told
        return f"{type(fault).__name__}: {fault}"
    unfit = preload.unfit()
    return f"threads that may not be forked: {', '.join(unfit)}" if unfit else None


class Forks:
    """Forks whenever a line comes in at the door, and reaps whatever ended."""

    def __init__(self, door: socket.socket) -> None:
        self._door = door
        self._lines: dict[int, socket.socket] = {}
        """Of each child, to say how it ended."""
        self._woken, self._wakes = os.pipe()
        for end in (self._woken, self._wakes):
            os.set_blocking(end, False)

    def serve(self) -> socket.socket | None:
        """Until the worker is gone and all children ended: None. In a child, at once: its line."""
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(self._wakes)
        with selectors.DefaultSelector() as looks:
            looks.register(self._door, selectors.EVENT_READ)
            looks.register(self._woken, selectors.EVENT_READ)
            deadline: float | None = None
            while deadline is None or self._lines:
                ready = {one.fd for one, _ in looks.select(None if deadline is None else deadline - time.monotonic())}
                if self._woken in ready:
                    os.read(self._woken, 4096)
                self._reap()
                if deadline is None and self._door.fileno() in ready:
                    word, fds, _, _ = socket.recv_fds(self._door, 1, 1)
                    if fds and (line := self._fork(socket.socket(fileno=fds[0]))):
                        return line
                    if not word:
                        looks.unregister(self._door)
                        deadline = time.monotonic() + PATIENCE
                elif deadline is not None and time.monotonic() > deadline:
                    self._kill()
        return None

    def _fork(self, line: socket.socket) -> socket.socket | None:
        line.set_inheritable(False)  # what comes over a socket is, by default
        try:
            pid = os.fork()
        except OSError:  # no memory, or no process left: the worker reads the end of the line, and says so
            line.close()
            return None
        if pid:
            self._lines[pid] = line
            self._say(line, pid)
            return None
        signal.set_wakeup_fd(-1)
        for number in (signal.SIGCHLD, *IGNORED):
            signal.signal(number, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        for end in (self._woken, self._wakes):
            os.close(end)
        for other in (self._door, *self._lines.values()):
            other.close()
        os.setsid()  # to be ended with all that it starts
        return line

    def _reap(self) -> None:
        while self._lines:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if not pid:
                return
            if line := self._lines.pop(pid, None):
                self._say(line, os.waitstatus_to_exitcode(status))
                line.close()

    def _kill(self) -> None:
        for pid in self._lines:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(pid, signal.SIGKILL)

    @staticmethod
    def _say(line: socket.socket, number: int) -> None:
        with suppress(OSError):  # nobody listens any more
            line.sendall(NUMBER.pack(number))


def _end(status: int) -> NoReturn:
    """The end of a child, as Python ends: threads and what is registered for the end are waited for, logs are sent.

    Only its heap is not taken apart, which would first copy every page that it shares with this process.
    """
    threading._shutdown()  # type: ignore[attr-defined]  # as multiprocessing ends its own children
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


if __name__ == "__main__":
    main()
