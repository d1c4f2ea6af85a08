"""A folder that the partner, or whoever fetches for them, drops files into; taken oldest first and moved away after."""

from __future__ import annotations

import logging
import os
import shlex
import shutil
from contextlib import suppress
from datetime import UTC
from pathlib import Path
from stat import S_ISDIR, S_ISLNK, S_ISREG

from connectors.files import Entry, free_names, is_meant, plain_name
from connectors.home import new_file, opened, put_into
from connectors.inbox import InboxConnector
from connectors.settings import FolderSettings
from offers.errors import CannotCollect, LedAway, Refused, Unreachable
from offers.model import NOT_TAKEN, Drop, VerdictKind

_YOUNG = 2.0
"""Seconds since its last change under which a file is looked at twice: it may still grow."""
_PAUSE = 0.3
_log = logging.getLogger(__name__)


class FolderConnector(InboxConnector):
    """The connector of kind `folder`; see `connectors.source.Connector` for what each method promises.

    What is unfinished, hidden, growing or elsewhere stays where it is.
    """

    settings: FolderSettings

    @property
    def folder(self) -> Path:
        """Where it looks."""
        return self.place.home / self.settings.path

    def put(self, name: str, content: bytes) -> str:
        """Write into the outbox as `.part`, then rename; an older file of that name gives way. Raises Unreachable."""
        return put_into(self._beside(self.settings.outbox), name, content, self.feed.slug)

    def settle(self, drop: Drop, outcome: VerdictKind) -> None:
        """Move the drop to `archive` or `rejected`; never over another file. Raises CannotCollect if it will not move.

        A file that the partner has replaced in the meantime is a new drop, and stays for the next run.
        """
        source = self.folder / drop.path.name
        to = self._beside(self.settings.rejected if outcome in NOT_TAKEN else self.settings.archive)
        try:
            there = _entry(source, source.lstat())
            if (there.size, there.at) != (drop.size, drop.arrived_at):
                _log.info("%s: %s was replaced while it was read; left for the next run", self.feed.slug, drop.name)
                return
            to.mkdir(parents=True, exist_ok=True)
            with opened(to) as inside:
                _move(source, f"{self.place.now().astimezone(UTC):%Y%m%dT%H%M%SZ}", inside)
        except OSError as error:
            raise CannotCollect(
                f"{self.feed.slug}: cannot move {source} to {to} ({error.strerror}); expected to clear the inbox. "
                "What was loaded stays loaded: move the file by hand, or grant rights on both folders."
            ) from error

    def _ripe(self) -> list[Entry]:
        found = (self._look(path) for path in self._listed() if is_meant(path.name, self.settings.glob))
        seen = {one.name: one for one in found if one is not None}
        young = [one for one in seen.values() if self.place.now().timestamp() - one.mtime < _YOUNG]
        if young:
            self.wait(_PAUSE)
        for one in young:
            if self._look(self.folder / one.name) != one:
                _log.info("%s: %s still grows; left for the next run", self.feed.slug, plain_name(one.name))
                del seen[one.name]
        return sorted(seen.values(), key=lambda one: (one.mtime, one.name))

    def _bring(self, entry: Entry) -> Path:
        return self.folder / entry.name

    def _address(self, name: str) -> str:
        return str(self.folder / name)

    def _beside(self, name: str) -> Path:
        """A folder of the feed's. Raises LedAway where a link, which whoever writes here could set, leads elsewhere."""
        said = self.folder / name
        if not Path(name).is_absolute() and os.path.realpath(said) != os.path.normpath(
            os.path.join(os.path.realpath(self.folder), name)  # noqa: PTH118 - as `normpath`, which has no equal there
        ):
            raise LedAway(
                f"{self.feed.slug}: {said} leads through a link; expected a folder, for no link in an inbox is "
                "followed. Remove the link, or name its target in the feed's source."
            )
        return said

    def _listed(self) -> list[Path]:
        seen = f"{self.feed.slug}: {self.folder}"
        try:
            return list(self.folder.iterdir())
        except FileNotFoundError as error:
            own = self.folder.is_relative_to(self.place.home)
            do = f"Make it: mkdir -p {shlex.quote(str(self.folder))}" if own else "Mount it"
            raise Unreachable(
                f"{self.feed.slug}: no folder at {self.folder}; expected one (`source.path` in the feed's TOML). "
                f"{do}; or correct the path."
            ) from error
        except NotADirectoryError as error:
            raise Refused(
                f"{seen} is no folder; expected one (`source.path` in the feed's TOML). Correct the path."
            ) from error
        except PermissionError as error:
            raise Refused(
                f"{seen} may not be read; expected the right to list it. Grant it to the account that runs Quai."
            ) from error

    def _look(self, path: Path) -> Entry | None:
        """A regular file as it is; None where it is none, which is told, or has gone since."""
        name = plain_name(path.name)
        try:
            stat = path.lstat()
        except OSError as fault:
            if not isinstance(fault, FileNotFoundError):
                _log.warning("%s: %s is left (%s)", self.feed.slug, name, fault.strerror)
            return None
        if (other := what_else(stat)) is not None:
            _log.warning("%s: %s is %s, no file; it is left where it is", self.feed.slug, name, other)
        return _entry(path, stat) if S_ISREG(stat.st_mode) else None


def _entry(path: Path, stat: os.stat_result) -> Entry:
    return Entry(path.name, stat.st_size, stat.st_mtime)


def _move(source: Path, stamp: str, inside: int) -> None:
    for name in free_names(source.name, stamp):
        with suppress(FileExistsError):
            try:
                os.link(source, name, dst_dir_fd=inside, follow_symlinks=False)
            except FileExistsError:
                raise
            except OSError:  # another disk, or one without hard links
                held = os.open(source, os.O_RDONLY | os.O_NOFOLLOW)
                with os.fdopen(held, "rb") as whole, new_file(inside, name) as copy:
                    shutil.copyfileobj(whole, copy)
            source.unlink()
            return
    raise FileExistsError(f"no free name beside {source.name}")


def what_else(stat: os.stat_result) -> str | None:
    """What lies in an inbox and is never taken: `a link`, whatever it points to; None of a file or a folder.

    Whoever may write there could let a link point at what only we may read, and the next look may find another.
    """
    if S_ISREG(stat.st_mode) or S_ISDIR(stat.st_mode):
        return None
    return "a link" if S_ISLNK(stat.st_mode) else "a pipe, a socket or a device"
