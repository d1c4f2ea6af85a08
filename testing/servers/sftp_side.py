"""A partner's SFTP side for tests: a real server, its folders, keys and password, and our connector to it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncssh

from connectors.settings import SftpSettings
from connectors.sftp import SftpConnector
from connectors.source import Workspace
from offers.feed import Feed, Secret
from offers.format import Format
from testing.servers.inprocess import InProcess
from testing.servers.openssh import OpenSSH
from testing.servers.proxy import Proxy

NOW = datetime(2026, 6, 2, 4, 15, tzinfo=UTC)
YESTERDAY = datetime(2026, 6, 1, 22, 0, tzinfo=UTC)
PASSWORD = "correct horse é battery"  # noqa: S105  of a server that lives as long as one test


def feed(**settings: Any) -> Feed:
    return Feed(
        partner="rivoire", name="offres", title="Offres", source=None, format=Format(kind="csv"), mapping={}, **settings
    )


@dataclass
class SftpSide:
    """See `tests/connectors/test_contract.py` for what a rig offers."""

    server: OpenSSH | InProcess
    home: Path
    values: dict[str, str]
    stack: ExitStack
    waited: list[float] = field(default_factory=list)
    opened: list[SftpConnector] = field(default_factory=list)
    door: Proxy | None = None

    @property
    def secrets(self) -> tuple[str, ...]:
        pem = self.values["SFTP_KEY"]
        return (PASSWORD, "not the password", pem.splitlines()[2])

    @property
    def root(self) -> Path:
        return self.server.root

    def open(self, *, of: Feed | None = None, secrets: dict[str, str] | None = None, **settings: Any) -> SftpConnector:
        values = self.values | (secrets or {})
        given: dict[str, Any] = {
            "host": "127.0.0.1",
            "port": self.server.port,
            "user": self.server.user,
            "key": Secret(env="SFTP_KEY"),
            "host_key": self.server.host_key,
            "path": "inbox",
            "glob": "*.csv",
            "allow_private": True,
        } | settings
        place = Workspace(self.home, lambda secret: values[str(secret.env)], lambda: NOW)
        connector = SftpConnector(of or feed(), SftpSettings(**given), place, self.waited.append)
        self.opened.append(connector)
        return connector

    def through(self, **proxy: Any) -> Proxy:
        """A proxy before the server, until the test ends."""
        return self.stack.enter_context(Proxy(self.server.port, **proxy))

    def leave(self, name: str, content: bytes, at: datetime = YESTERDAY) -> Path:
        path = self.root / "inbox" / name
        path.write_bytes(content)
        os.utime(path, (at.timestamp(), at.timestamp()))
        return path

    def inbox(self) -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in (self.root / "inbox").iterdir() if path.is_file()}

    def archive(self) -> dict[str, bytes]:
        folders = [self.root / "inbox" / name for name in ("archive", "rejected")]
        return _files(*folders)

    def outbox(self) -> dict[str, bytes]:
        return _files(self.root / "inbox" / "outbox")

    def unreachable(self) -> SftpConnector:
        self.door = self.through(cut_after=1, cuts=1_000)
        return self.open(port=self.door.port)

    def refusing(self) -> SftpConnector:
        self.door = self.through()
        other = asyncssh.generate_private_key("ssh-ed25519").export_private_key().decode()
        return self.open(port=self.door.port, secrets={"SFTP_KEY": other})

    def attempts(self) -> int | None:
        return self.door.connections if self.door else None


@contextmanager
def sftp_side(kind: str, tmp: Path) -> Iterator[SftpSide]:
    """A partner's side on `openssh` or `in-process`; what it started is stopped at the end."""
    root, work, home = tmp / "partner", tmp / "server", tmp / "home"
    for folder in (root / "inbox", work, home):
        folder.mkdir(parents=True)
    key = asyncssh.generate_private_key("ssh-ed25519")
    public = key.export_public_key().decode().strip()
    server = OpenSSH(root, work, public) if kind == "openssh" else InProcess(root, public, PASSWORD)
    values = {"SFTP_KEY": key.export_private_key().decode(), "SFTP_PASSWORD": PASSWORD}
    with ExitStack() as stack:
        stack.enter_context(server)
        side = SftpSide(server, home, values, stack)
        yield side
        for connector in side.opened:
            connector.close()


def _files(*folders: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for folder in folders
        for path in folder.rglob("*")
        if path.is_file()
    }
