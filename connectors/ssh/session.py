"""An open SFTP connection for plain code, and the files that come over it.

The library's event loop runs in a thread of its own, so that keep-alives are answered while a drop is being examined.
A file comes with many requests in flight, written where they belong, and goes on after a break.
"""

from __future__ import annotations

import asyncio
import contextlib
import posixpath
import stat
import threading
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, TypeVar

import asyncssh
from asyncssh.sftp import start_sftp_client

from connectors.files import Entry, free_names
from connectors.home import own_file
from connectors.ssh.login import Login, connect, explained
from offers.errors import CannotCollect, Refused

T = TypeVar("T")
MOST_ENTRIES = 100_000
"""Files of one folder that are listed at most: more would fill our memory."""
_REGULAR_OR_UNSAID = (asyncssh.FILEXFER_TYPE_REGULAR, asyncssh.FILEXFER_TYPE_UNKNOWN)
WINDOW = 8 << 20
"""Bytes in flight. The usual 2 MiB are 30 MB/s at 30 ms of round trip, these 8 are 95; 16 are slower on loopback."""
_BLOCK = 32_768
"""What every server must be able to send at once; those of OpenSSH say that they can send more."""
_MOST = 1 << 18
_LIMITS_UNSAID = 16_384


class Session:
    """Each method raises Unreachable or Refused, in a sentence that says what was being done."""

    def __init__(self, login: Login) -> None:
        self.login = login
        self._connection: asyncssh.SSHClientConnection | None = None
        self._loop = asyncio.new_event_loop()
        # What breaks in the library's own tasks breaks our call as well, and is told there, once.
        self._loop.set_exception_handler(lambda _loop, _context: None)
        self._thread = threading.Thread(target=self._loop.run_forever, name=f"sftp {login.server}", daemon=True)
        self._thread.start()

        async def opened() -> asyncssh.SFTPClient:
            connection = self._connection = await connect(login)
            async with asyncio.timeout(login.settings.answer_seconds):
                # The library's own start_sftp_client, but for the window, which it does not let us say.
                writer, reader, _ = await connection.open_session(subsystem="sftp", encoding=None, window=WINDOW)
                return await start_sftp_client(
                    connection, self._loop, "strict", reader, writer, "utf-8", "surrogateescape", 3
                )

        try:
            self._sftp = self._run(opened(), "to log in", None)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """End the connection and its thread; closing twice does nothing."""

        async def ended() -> None:
            if self._connection is not None:
                self._connection.abort()
            rest = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
            for task in rest:
                task.cancel()
            await asyncio.gather(*rest, return_exceptions=True)

        if self._loop.is_closed():
            return
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.run_until_complete(ended())
        self._loop.close()

    def entries(self, folder: str) -> list[Entry]:
        """The regular files of a folder; a name that could lead out of it is not among them."""

        async def listed() -> list[Entry]:
            found = []
            async for one in self._sftp.scandir(folder):
                name = str(one.filename)
                mode, kind = one.attrs.permissions, one.attrs.type
                is_file = stat.S_ISREG(mode) if mode is not None else kind in _REGULAR_OR_UNSAID
                if is_file and "/" not in name:
                    found.append(_entry(name, one.attrs))
                if len(found) > MOST_ENTRIES:
                    raise Refused(
                        f"{self.login.where}: {folder} holds more than {MOST_ENTRIES} files. Ask the partner to tidy "
                        "it, or for a folder of its own for what is meant for us (`path`)."
                    )
            return found

        return self._run(listed(), f"to list {folder}")

    def look(self, path: str) -> Entry | None:
        """A file or folder as it is now, or None where there is none."""
        return self._run(self._look(path), f"to look at {path}")

    def read(self, path: str, limit: int) -> bytes:
        """The first `limit` bytes of a small file."""

        async def content() -> bytes:
            async with self._sftp.open(path, "rb") as file:
                came = await file.read(limit)
            return came.encode() if isinstance(came, str) else came

        return self._run(content(), f"to read {path}")

    def fetch(self, transfer: SftpTransfer) -> None:
        """Bring what is missing of a file; after an error, another session can go on with the same transfer."""
        run = transfer.run(self._sftp, self.login.settings.answer_seconds)
        self._run(run, f"to read {transfer.path}", self.login.settings.transfer_seconds)

    def write(self, path: str, content: bytes) -> None:
        """Write a whole file, over one of that name."""

        async def written() -> None:
            async with self._sftp.open(path, "wb") as file:
                await file.write(content)

        self._run(written(), f"to write {path}", self.login.settings.transfer_seconds)

    def set_aside(self, path: str, companions: tuple[str, ...], folder: str, stamp: str) -> None:
        """Move a file, and those of its companions that are there before it, into `folder`; never over another file.

        Where the name is taken, they go under one with `stamp` in it. The folder is made where it is missing.
        """

        async def moved() -> None:
            await self._make_folders(folder)
            moving = [one for one in companions if await self._look(one)] + [path]
            endings = [one.removeprefix(path) for one in moving]
            name = posixpath.basename(path)
            for free in free_names(name, stamp):
                target = posixpath.join(folder, free)
                if not any([await self._look(target + ending) for ending in endings]):
                    break
            else:
                raise Refused(
                    f"{self.login.where}: {folder} holds a thousand files named like {name}. Tidy that folder."
                )
            for one, ending in zip(moving, endings, strict=True):
                await self._sftp.rename(one, target + ending)

        self._run(moved(), f"to move {path} to {folder}", self.login.settings.transfer_seconds)

    def replace(self, source: str, target: str) -> None:
        """Rename over an older file: at once where the server knows posix-rename, else after removing the older."""

        async def replaced() -> None:
            try:
                await self._sftp.posix_rename(source, target)
            except asyncssh.SFTPOpUnsupported:
                with contextlib.suppress(asyncssh.SFTPNoSuchFile, asyncssh.SFTPNoSuchPath):
                    await self._sftp.remove(target)
                await self._sftp.rename(source, target)

        self._run(replaced(), f"to rename {source} to {target}")

    def make_folders(self, path: str) -> None:
        """Make a folder and those above it, where they are missing."""
        self._run(self._make_folders(path), f"to make the folder {path}")

    def _run(self, work: Coroutine[Any, Any, T], doing: str, seconds: float | None = -1) -> T:
        limit = self.login.settings.answer_seconds if seconds == -1 else seconds
        said: CannotCollect
        try:
            return asyncio.run_coroutine_threadsafe(asyncio.wait_for(work, limit), self._loop).result()
        except CannotCollect:
            raise
        except (asyncssh.Error, OSError, UnicodeError) as fault:
            said = explained(fault, self.login, doing)
        raise said  # here, so that the library's error, which holds what it was given, is not part of the trace

    async def _look(self, path: str) -> Entry | None:
        try:
            return _entry(posixpath.basename(path), await self._sftp.stat(path))
        except (asyncssh.SFTPNoSuchFile, asyncssh.SFTPNoSuchPath):
            return None

    async def _make_folders(self, path: str) -> None:
        if await self._look(path) is None:
            await self._sftp.makedirs(path, exist_ok=True)


def _entry(name: str, attrs: asyncssh.SFTPAttrs) -> Entry:
    return Entry(name, attrs.size or 0, float(attrs.mtime or 0))


class SftpTransfer:
    """The bytes of `entry` at `path`, into the local file `to`; `done` of them stand there without a gap."""

    def __init__(self, path: str, entry: Entry, to: Path, where: str) -> None:
        self.path, self.entry, self.to, self.where = path, entry, to, where
        self.done = 0
        self._ahead: dict[int, int] = {}

    async def run(self, sftp: asyncssh.SFTPClient, answer: float) -> None:
        """Bring what is missing. A file that ends early is no error; `done` tells.

        Raises TimeoutError after `answer` seconds without a byte, and NotNow where our own disk does not take it.
        """
        self._ahead.clear()
        said = sftp.limits.max_read_len
        block = min(said, _MOST) if said > _LIMITS_UNSAID else _BLOCK
        async with asyncio.timeout(answer) as patience:
            file = await sftp.open(self.path, "rb", block_size=block, max_requests=max(16, WINDOW // block))
            with own_file(self.to, self.where) as write:
                async for offset, data in await file.read_parallel(self.entry.size - self.done, self.done):
                    patience.reschedule(asyncio.get_running_loop().time() + answer)
                    write(data, offset)
                    self._ahead[offset] = len(data)
                    while (step := self._ahead.pop(self.done, 0)) > 0:
                        self.done += step
            await file.close()
