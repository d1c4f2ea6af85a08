"""One file on its way to us: many requests in flight, written where they belong, continued after a break."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import TYPE_CHECKING

from connectors.pickup import Entry
from connectors.scratch import no_room

if TYPE_CHECKING:  # a feed that is not fetched pays for no SSH library
    import asyncssh

WINDOW = 8 << 20
"""Bytes in flight. The usual 2 MiB are 30 MB/s at 30 ms of round trip, these 8 are 95; 16 are slower on loopback."""
_BLOCK = 32_768
"""What every server must be able to send at once; those of OpenSSH say that they can send more."""
_MOST = 1 << 18
_LIMITS_UNSAID = 16_384


class Transfer:
    """The bytes of `entry` at `path`, into the local file `to`; `done` of them stand there without a gap."""

    def __init__(self, path: str, entry: Entry, to: Path, where: str) -> None:
        self.path, self.entry, self.to, self.where = path, entry, to, where
        self.done = 0
        self._ahead: dict[int, int] = {}

    def restart(self) -> None:
        """Forget what came: the file is no longer the one it came from."""
        self.done = 0

    async def run(self, sftp: asyncssh.SFTPClient, answer: float) -> None:
        """Bring what is missing. A file that ends early is no error; `done` tells.

        Raises TimeoutError after `answer` seconds without a byte, and NotNow where our own disk does not take it.
        """
        self._ahead.clear()
        said = sftp.limits.max_read_len
        block = min(said, _MOST) if said > _LIMITS_UNSAID else _BLOCK
        async with asyncio.timeout(answer) as patience:
            file = await sftp.open(self.path, "rb", block_size=block, max_requests=max(16, WINDOW // block))
            with _Sink(self.to, self.where) as sink:
                async for offset, data in await file.read_parallel(self.entry.size - self.done, self.done):
                    patience.reschedule(asyncio.get_running_loop().time() + answer)
                    sink.write(data, offset)
                    self._advance(offset, len(data))
            await file.close()

    def _advance(self, offset: int, length: int) -> None:
        self._ahead[offset] = length
        while (step := self._ahead.pop(self.done, 0)) > 0:
            self.done += step


class _Sink:
    """The local file; what goes wrong here is our own disk's fault, not the partner's."""

    def __init__(self, path: Path, where: str) -> None:
        self.path, self.where = path, where

    def __enter__(self) -> _Sink:
        try:
            self._file = os.open(self.path, os.O_CREAT | os.O_WRONLY, 0o600)
        except OSError as fault:
            raise no_room(self.path.parent, fault, self.where) from None
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._file)

    def write(self, data: bytes, offset: int) -> None:
        view = memoryview(data)
        while view:
            try:
                written = os.pwrite(self._file, view, offset)
            except OSError as fault:
                raise no_room(self.path.parent, fault, self.where) from None
            view, offset = view[written:], offset + written
