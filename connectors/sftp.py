"""A partner's SFTP server: files picked up when ripe, brought whole or not at all, moved away after the commit."""

from __future__ import annotations

import hashlib
import logging
import posixpath
import time
import weakref
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from connectors.files import Entry, companions, digest_in, pick, plain_name, return_names, wanted
from connectors.home import RunFolder
from connectors.source import ConnectorKind, NotNow, Place, Waits, attempted
from connectors.ssh.settings import SftpSettings
from offers.calendar import day_of, in_paris
from offers.errors import Refused, Unreachable
from offers.feed import Feed
from offers.model import NOT_TAKEN, Drop, VerdictKind

if TYPE_CHECKING:  # a feed that is not fetched pays for no SSH library
    from connectors.ssh.session import Session, Transfer

T = TypeVar("T")
_SIDECAR_BYTES = 4096
_log = logging.getLogger(__name__)


class SftpConnector:
    """The connector of kind `sftp`; see `connectors.source.Connector` for what each method promises.

    One connection serves a run; what breaks is tried three times over a new one, and a download goes on where it broke.
    """

    def __init__(
        self, feed: Feed, settings: SftpSettings, place: Place, wait: Callable[[float], None] = time.sleep
    ) -> None:
        self.feed, self.settings, self.place, self.wait = feed, settings, place, wait
        self._open: list[Session] = []
        self._names: dict[Path, str] = {}
        self._folder = RunFolder(place.own, feed.slug, place.now())
        weakref.finalize(self, _close_all, self._open)

    def waiting(self) -> Iterator[Waits]:
        """What would be taken, oldest first, without taking it."""
        return (Waits(plain_name(entry.name), entry.size, _instant(entry)) for entry in self._picked()[1])

    def collect(self) -> Iterator[Drop]:
        """The ripe files, oldest first, each brought whole before it is yielded; ends at the first that cannot be."""
        listed, ripe = self._picked()
        for entry in ripe:
            path = self._folder.path / f"{len(self._names)}.drop"
            sidecar = entry.name + self.settings.rules.sidecar
            self._bring(entry, path)
            if sidecar in listed:
                self._hold_against(sidecar, entry, path)
            self._names[path] = entry.name
            yield Drop(
                self.feed.slug,
                plain_name(entry.name),
                path,
                entry.size,
                _instant(entry),
                self._url(self._at(entry.name)),
                sent_at=_instant(entry),
            )

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

    def settle(self, drop: Drop, outcome: VerdictKind) -> None:
        """Move the drop and its companions to `archive/YYYY/MM` or `rejected`; never over another file.

        A file that the partner has replaced in the meantime is a new drop, and stays for the next run.
        """
        now = self.place.now()
        folder = self.settings.rejected if outcome in NOT_TAKEN else f"{self.settings.archive}/{day_of(now):%Y/%m}"
        stamp = now.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
        self._on_server(lambda session: self._move(session, drop, self._at(folder), stamp))
        self._folder.drop(drop.path)

    def close(self) -> None:
        """End the connection, and remove what was brought."""
        _close_all(self._open)
        self._folder.close()

    def _picked(self) -> tuple[set[str], tuple[Entry, ...]]:
        """Every name listed, and the files to take."""
        rules = self.settings.rules
        first = second = self._on_server(lambda session: session.entries(self.settings.path))
        if not rules.declared and wanted(first, rules):
            self.wait(self.settings.look_again_seconds)
            second = self._on_server(lambda session: session.entries(self.settings.path))
        picked = pick(first, second, rules, self.place.now().timestamp())
        for name, why in picked.left.items():
            _log.info("%s: %s %s; left for the next run", self.feed.slug, plain_name(name), why)
        return {entry.name for entry in second}, picked.ripe

    def _bring(self, entry: Entry, to: Path) -> None:
        if entry.size > self.feed.limits.bytes:
            raise Refused(
                f"{self.feed.slug}: {plain_name(entry.name)} has {entry.size} bytes; expected at most "
                f"{self.feed.limits.bytes} (`limits.bytes`). Raise the limit in the feed's TOML if the file is right, "
                "or ask the partner to take it away."
            )
        from connectors.ssh.session import Transfer

        transfer = Transfer(self._at(entry.name), entry, to, self.feed.slug)
        self._on_server(lambda session: self._fetch(session, transfer))

    def _fetch(self, session: Session, transfer: Transfer) -> None:
        entry, name = transfer.entry, plain_name(transfer.entry.name)
        if transfer.done and session.look(transfer.path) == entry:
            _log.info("%s: %s goes on at byte %d of %d", self.feed.slug, name, transfer.done, entry.size)
        else:
            transfer.restart()
        session.fetch(transfer)
        after = session.look(transfer.path)
        if after != entry:
            seen = f"{after.size} bytes of {in_paris(_instant(after)):%Y-%m-%d %H:%M:%S}" if after else "nothing"
            raise NotNow(
                f"{self.feed.slug}: {name} was replaced while it was read: {seen} in place of {entry.size} bytes of "
                f"{in_paris(_instant(entry)):%Y-%m-%d %H:%M:%S} in Paris. Nothing of it was taken; the next run takes "
                "the new one."
            )
        came = transfer.done
        if came != entry.size:
            transfer.restart()
            raise Unreachable(
                f"{self.feed.slug}: {name} ended after {came} of the {entry.size} bytes that {self._server} "
                "says it has. Nothing of it was taken. If it stays so, ask the partner to put the file there again."
            )

    def _hold_against(self, sidecar: str, entry: Entry, path: Path) -> None:
        text = self._on_server(lambda session: session.read(self._at(sidecar), _SIDECAR_BYTES))
        expected = digest_in(text.decode("utf-8", "replace"))
        with path.open("rb") as file:
            seen = hashlib.file_digest(file, "sha256").hexdigest()
        if seen != expected:
            raise NotNow(
                f"{self.feed.slug}: {plain_name(entry.name)} has the SHA-256 {seen}, but {plain_name(sidecar)} says "
                f"{expected or 'none'}. It is probably still being written: nothing of it was taken, and the next run "
                "looks again. If it stays so, ask the partner to send the file and its checksum anew."
            )

    def _move(self, session: Session, drop: Drop, folder: str, stamp: str) -> None:
        name = self._names.get(drop.path, drop.name)
        now = session.look(self._at(name))
        if now is None:
            _log.warning("%s: %s is no longer in the inbox; the ledger has it", self.feed.slug, drop.name)
        elif (now.size, _instant(now)) != (drop.size, drop.arrived_at):
            _log.info("%s: %s was replaced after it was read; left for the next run", self.feed.slug, drop.name)
        else:
            # The marker goes first: left behind, it would call the next file of this name whole before it is.
            session.set_aside(self._at(name), companions(self._at(name), self.settings.rules), folder, stamp)

    def _on_server(self, do: Callable[[Session], T]) -> T:
        """What `do` gives; tried anew over a new connection as long as that may help."""
        return attempted(lambda: do(self._session()), self.wait, lambda: _close_all(self._open))

    def _session(self) -> Session:
        from connectors.ssh.login import login_of
        from connectors.ssh.session import Session

        if not self._open:
            self._open.append(Session(login_of(self.settings, self.place, self.feed.slug)))
        return self._open[0]

    @property
    def _server(self) -> str:
        return f"{self.settings.host}:{self.settings.port}"

    def _at(self, name: str) -> str:
        return posixpath.normpath(posixpath.join(self.settings.path, name))

    def _url(self, path: str) -> str:
        return f"sftp://{self._server}/{path.removeprefix('/')}"


def _close_all(sessions: list[Session]) -> None:
    while sessions:
        sessions.pop().close()


def _instant(entry: Entry) -> datetime:
    return datetime.fromtimestamp(entry.mtime, UTC)


KIND = ConnectorKind(SftpSettings, SftpConnector)
