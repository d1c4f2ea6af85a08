"""The worker's end: it starts the process that forks, asks it for children, and hears how each ends."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from flows.warm import CANCEL, HAND_BACK, NUMBER
from flows.warm.preload import ONE_THREAD
from offers.errors import QuaiError

LOST = 1
"""How a child ended of which nobody can say it any more: the process that forked it is gone."""


class Child:
    """A run in a process of its own."""

    def __init__(self, pid: int, heard: asyncio.StreamReader, says: asyncio.StreamWriter) -> None:
        self.pid = pid
        self._heard, self._says = heard, says
        self.told: bytes | None = None
        """Its order, if it was given one."""
        self._patience: asyncio.TimerHandle | None = None

    @property
    def cancelled(self) -> bool:
        """Whether it was told that its run is cancelled."""
        return self.told == CANCEL

    async def ended(self) -> int:
        """Its exit status, when it has one; negative: the signal that ended it."""
        try:
            return int(NUMBER.unpack(await self._heard.readexactly(NUMBER.size))[0])
        except (asyncio.IncompleteReadError, ConnectionError):
            return LOST
        finally:
            if self._patience is not None:
                self._patience.cancel()
            self._says.close()

    def cancel(self, patience: float) -> None:
        """Somebody cancelled its run; after so many seconds it is killed, with all that it started."""
        self._tell(CANCEL, patience)

    def hand_back(self, patience: float) -> None:
        """The worker stops."""
        self._tell(HAND_BACK, patience)

    def _tell(self, order: bytes, patience: float) -> None:
        if self.told is None and not self._says.is_closing():
            self.told = order
            self._says.write(order)
            self._patience = asyncio.get_running_loop().call_later(patience, self._kill)

    def _kill(self) -> None:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)


@dataclass(frozen=True)
class Loaded:
    """What the process that forks said of itself when it was ready."""

    pid: int
    threads: tuple[str, ...]


class Forkserver:
    """The process that forks, started when the first child is asked for, and again after one that died."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        """`environment`: what most runs will have in theirs beside the worker's own."""
        self._environment = environment
        self._process: subprocess.Popen[bytes] | None = None
        self._door, end = socket.socketpair()
        end.close()
        self._one_at_a_time = asyncio.Lock()
        self._loaded = Loaded(0, ())

    async def ready(self) -> Loaded:
        """Started, and everything imported. Raises QuaiError with what went wrong there."""
        async with self._one_at_a_time:
            if self._process is None or self._process.poll() is not None:
                self.close()
                self._loaded = await asyncio.to_thread(self._start)
            return self._loaded

    async def fork(self, job: dict[str, Any]) -> Child:
        """A child for this job: `id`, `run`, `entrypoint`, `env`, `folder`. Raises QuaiError where there is none."""
        await self.ready()
        ours, theirs = socket.socketpair()
        with theirs:
            try:
                socket.send_fds(self._door, [b"f"], [theirs.fileno()])
            except OSError as fault:
                ours.close()
                raise QuaiError(f"no process for a run: the one that forks is gone ({fault}).") from fault
        heard, says = await asyncio.open_connection(sock=ours)
        said = json.dumps(job).encode()
        says.write(NUMBER.pack(len(said)) + said)
        try:
            await says.drain()
            (pid,) = NUMBER.unpack(await heard.readexactly(NUMBER.size))
        except (asyncio.IncompleteReadError, ConnectionError) as fault:
            says.close()
            raise QuaiError("no process for a run: the machine has no memory, or no process, left for it.") from fault
        return Child(pid, heard, says)

    def close(self) -> None:
        """Let it go: it ends when its children have."""
        self._door.close()

    def _start(self) -> Loaded:
        ours, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
                [sys.executable, "-P", "-m", "flows.warm.forks", str(theirs.fileno())],
                env={**os.environ, **self._environment, **ONE_THREAD},
                stdin=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                start_new_session=True,
            )
        self._door = ours
        with ours.makefile("rb") as says:
            line = says.readline()
        said = json.loads(line) if line else {"fault": f"it ended with {self._process.wait()}"}
        if said["fault"] is not None:
            self.close()
            self._process.wait()
            raise QuaiError(f"the process that forks runs could not be made ready ({said['fault']}).")
        return Loaded(self._process.pid, tuple(said["threads"]))
