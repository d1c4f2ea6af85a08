"""The connectors that take files from a place and clear it keep the same promises."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from connectors.folder import FolderConnector, FolderSettings
from connectors.source import Place
from testing.contract import ConnectorContract
from testing.servers.openssh import SSHD
from testing.servers.sftp_side import NOW, YESTERDAY, SftpSide, feed, sftp_side


class TestSftpOnOpenSSH(ConnectorContract):
    @pytest.fixture
    def rig(self, tmp_path: Path) -> Iterator[SftpSide]:
        if not SSHD:
            pytest.skip("sshd is not installed; the same tests run on the in-process server")
        with sftp_side("openssh", tmp_path) as side:
            yield side


class TestSftpOnTheLibrarysServer(ConnectorContract):
    @pytest.fixture
    def rig(self, tmp_path: Path) -> Iterator[SftpSide]:
        with sftp_side("in-process", tmp_path) as side:
            yield side


class FolderSide:
    secrets = ()

    def __init__(self, home: Path) -> None:
        self.home = home
        (home / "inbox").mkdir()

    def open(self, path: str = "inbox") -> FolderConnector:
        place = Place(self.home, lambda secret: secret.env, lambda: NOW)
        return FolderConnector(feed(), FolderSettings(path=path, glob="*.csv"), place, lambda seconds: None)

    def leave(self, name: str, content: bytes) -> None:
        path = self.home / "inbox" / name
        path.write_bytes(content)
        os.utime(path, (YESTERDAY.timestamp(), YESTERDAY.timestamp()))

    def inbox(self) -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in (self.home / "inbox").iterdir() if path.is_file()}

    def archive(self) -> dict[str, bytes]:
        return _below(self.home / "inbox" / "archive") | _below(self.home / "inbox" / "rejected")

    def outbox(self) -> dict[str, bytes]:
        return _below(self.home / "inbox" / "outbox")

    def unreachable(self) -> FolderConnector:
        return self.open("not-mounted")

    def refusing(self) -> FolderConnector:
        (self.home / "a-file").touch()
        return self.open("a-file")

    def attempts(self) -> None:
        return None


class TestFolder(ConnectorContract):
    @pytest.fixture
    def rig(self, tmp_path: Path) -> FolderSide:
        return FolderSide(tmp_path)


def _below(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}
