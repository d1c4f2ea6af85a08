"""An SFTP server of a maintained library (asyncssh), in a thread of the test's own process.

It stands in where OpenSSH is not installed, takes passwords, which sshd only does as root with PAM, and can misbehave:
end a file early, know no posix-rename, refuse to rename.
"""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path
from types import TracebackType
from typing import cast

import asyncssh

USER = "partner"


class InProcess:
    """A server for `authorized` (one public key line) and `password`; the client's root folder is `root`."""

    def __init__(self, root: Path, authorized: str, password: str | None = None) -> None:
        self.root, self.user = root, USER
        self.ends_at: int | None = None
        self.posix_rename = True
        self.may_rename = True
        self.connections = 0
        self.passwords: list[str] = []
        self._authorized, self._password = asyncssh.import_authorized_keys(authorized), password
        self._key = asyncssh.generate_private_key("ssh-ed25519")
        self.host_key = self._key.get_fingerprint()
        self._loop = asyncio.new_event_loop()
        self._open: list[asyncssh.SSHServerConnection] = []
        self._stopped = False

    def __enter__(self) -> InProcess:
        threading.Thread(target=self._loop.run_forever, daemon=True).start()
        self._acceptor = asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result()
        self.port: int = self._acceptor.get_port()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        self._loop.call_soon_threadsafe(self._loop.stop)

    def stop(self) -> None:
        """Gone: no new connection, and those open are dropped."""
        if not self._stopped:
            self._stopped = True
            asyncio.run_coroutine_threadsafe(self._close(), self._loop).result()

    async def _listen(self) -> asyncssh.SSHAcceptor:
        return await asyncssh.listen(
            "127.0.0.1",
            0,
            server_host_keys=[self._key],
            server_factory=lambda: _Door(self),
            sftp_factory=lambda channel: _Files(channel, self),
            authorized_client_keys=self._authorized,
        )

    async def _close(self) -> None:
        self._acceptor.close()
        for connection in self._open:
            connection.abort()


class _Door(asyncssh.SSHServer):
    def __init__(self, server: InProcess) -> None:
        self._server = server

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        self._server.connections += 1
        self._server._open.append(conn)

    def password_auth_supported(self) -> bool:
        return self._server._password is not None

    def validate_password(self, username: str, password: str) -> bool:
        self._server.passwords.append(password)
        return password == self._server._password


class _Files(asyncssh.SFTPServer):
    def __init__(self, channel: asyncssh.SSHServerChannel[bytes], server: InProcess) -> None:
        super().__init__(channel, chroot=str(server.root).encode())
        self._server = server

    def read(self, file_obj: object, offset: int, size: int) -> bytes:
        end = self._server.ends_at
        left = size if end is None else min(size, end - offset)
        # asyncssh says that an overriding method may be a coroutine; its own is none
        return cast("bytes", super().read(file_obj, offset, left)) if left > 0 else b""

    def rename(self, oldpath: bytes, newpath: bytes) -> None:
        if not self._server.may_rename:
            raise asyncssh.SFTPPermissionDenied("Permission denied")
        super().rename(oldpath, newpath)

    def posix_rename(self, oldpath: bytes, newpath: bytes) -> None:
        if not self._server.posix_rename:
            raise asyncssh.SFTPOpUnsupported("no such extension here")
        super().posix_rename(oldpath, newpath)
