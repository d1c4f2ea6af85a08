"""A partner's SFTP server: files picked up when ripe, brought whole or not at all, moved away after the commit."""

from __future__ import annotations

import hashlib
import logging
import posixpath
import time
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from connectors.files import Entry, companions, digest_in, pick, plain_name, return_names, wanted
from connectors.inbox import InboxConnector
from connectors.settings import SftpSettings
from connectors.source import NotNow, Workspace, attempted
from connectors.ssh.login import Login
from connectors.ssh.session import Session, SftpTransfer
from offers.calendar import in_paris
from offers.errors import Unreachable
from offers.feed import Feed

T = TypeVar("T")
_SIDECAR_BYTES = 4096
_log = logging.getLogger(__name__)


class SftpConnector(InboxConnector):
    """The connector of kind `sftp`; see `connectors.source.Connector` for what each method promises.

    One connection serves a run; what breaks is tried three times over a new one, and a download goes on where it broke.
    """

    settings: SftpSettings

    def __init__(
        self, feed: Feed, settings: SftpSettings, place: Workspace, wait: Callable[[float], None] = time.sleep
    ) -> None:
        super().__init__(feed, settings, place, wait)
        self._server = f"{settings.host}:{settings.port}"
        self._open: list[Session] = []
        self._listed: set[str] = set()
        weakref.finalize(self, _close_all, self._open)

    def put(self, name: str, content: bytes) -> str:
        """Write into the outbox as `.part`, then rename; an older file of that name gives way."""
        folder = self._at(self.settings.outbox)
        target = posixpath.join(folder, return_names(name)[0])

        def write(session: Session) -> None:
            session.make_folders(folder)
            session.write(f"{target}.part", content)
            session.replace(f"{target}.part", target)

        self._on_server(write)
        return self._url(target)

    def close(self) -> None:
        """End the connection, and remove what was brought."""
        _close_all(self._open)
        super().close()

    def _ripe(self) -> tuple[Entry, ...]:
        rules = self.settings.rules
        first = second = self._on_server(lambda session: session.entries(self.settings.path))
        if not rules.declared and wanted(first, rules):
            self.wait(self.settings.look_again_seconds)
            second = self._on_server(lambda session: session.entries(self.settings.path))
        picked = pick(first, second, rules, self.place.now().timestamp())
        for name, why in picked.left.items():
            _log.info("%s: %s %s; left for the next run", self.feed.slug, plain_name(name), why)
        self._listed = {entry.name for entry in second}
        return picked.ripe

    def _bring(self, entry: Entry) -> Path:
        path, sidecar = self._room_for(entry), entry.name + self.settings.rules.sidecar
        transfer = SftpTransfer(self._at(entry.name), entry, path, self.feed.slug)
        self._on_server(lambda session: self._fetch(session, transfer))
        if sidecar in self._listed:
            text = self._on_server(lambda session: session.read(self._at(sidecar), _SIDECAR_BYTES))
            expected = digest_in(text.decode("utf-8", "replace"))
            with path.open("rb") as file:
                seen = hashlib.file_digest(file, "sha256").hexdigest()
            if seen != expected:
                raise NotNow(
                    f"{self.feed.slug}: {plain_name(entry.name)} has the SHA-256 {seen}, but {plain_name(sidecar)} "
                    f"says {expected or 'none'}. It is probably still being written: nothing of it was taken, and the "
                    "next run looks again. If it stays so, ask the partner to send the file and its checksum anew."
                )
        return path

    def _fetch(self, session: Session, transfer: SftpTransfer) -> None:
        entry, name = transfer.entry, plain_name(transfer.entry.name)
        if transfer.done and session.look(transfer.path) == entry:
            _log.info("%s: %s goes on at byte %d of %d", self.feed.slug, name, transfer.done, entry.size)
        else:
            transfer.done = 0
        session.fetch(transfer)
        after = session.look(transfer.path)
        if after != entry:
            seen = f"{after.size} bytes of {in_paris(after.at):%Y-%m-%d %H:%M:%S}" if after else "nothing"
            raise NotNow(
                f"{self.feed.slug}: {name} was replaced while it was read: {seen} in place of {entry.size} bytes of "
                f"{in_paris(entry.at):%Y-%m-%d %H:%M:%S} in Paris. Nothing of it was taken; the next run takes the new "
                "one."
            )
        if transfer.done != entry.size:
            came, transfer.done = transfer.done, 0
            raise Unreachable(
                f"{self.feed.slug}: {name} ended after {came} of the {entry.size} bytes that {self._server} "
                "says it has. Nothing of it was taken. If it stays so, ask the partner to put the file there again."
            )

    def _move(self, entry: Entry, folder: str, stamp: str) -> None:
        path = self._at(entry.name)
        # The marker goes first: left behind, it would call the next file of this name whole before it is.
        beside = companions(path, self.settings.rules)

        def move(session: Session) -> None:
            if self._is_still(entry, session.look(path)):
                session.set_aside(path, beside, self._at(folder), stamp)

        self._on_server(move)

    def _on_server(self, do: Callable[[Session], T]) -> T:
        """What `do` gives; tried anew over a new connection as long as that may help."""

        def once() -> T:
            if not self._open:
                self._open.append(Session(Login.of(self.settings, self.place, self.feed.slug)))
            return do(self._open[0])

        return attempted(once, self.wait, lambda: _close_all(self._open))

    def _at(self, name: str) -> str:
        return posixpath.normpath(posixpath.join(self.settings.path, name))

    def _address(self, name: str) -> str:
        return self._url(self._at(name))

    def _url(self, path: str) -> str:
        return f"sftp://{self._server}/{path.removeprefix('/')}"


def _close_all(sessions: list[Session]) -> None:
    while sessions:
        sessions.pop().close()
