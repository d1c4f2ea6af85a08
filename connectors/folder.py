"""A folder that the partner, or whoever fetches for them, drops files into; taken oldest first and moved away after."""

from __future__ import annotations

import logging
import os
import shlex
import shutil
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from stat import S_ISDIR, S_ISLNK, S_ISREG
from typing import Literal

from pydantic import Field

from connectors.files import Globs, free_names, is_meant, plain_name
from connectors.home import new_file, opened, put_into
from connectors.source import ConnectorKind, Place, Waits
from offers.errors import CannotCollect, LedAway, Refused, Unreachable
from offers.feed import Feed
from offers.format import Inbox, Strict
from offers.model import NOT_TAKEN, Drop, VerdictKind

_YOUNG = 2.0
"""Seconds since its last change under which a file is looked at twice: it may still grow."""
_PAUSE = 0.3
_log = logging.getLogger(__name__)


class FolderSettings(Strict):
    """The `[source]` of a folder. `path` is relative to Quai's home, the other folders to `path`."""

    kind: Literal["folder"] = "folder"
    path: str = Field(min_length=1)
    glob: Globs = ("*",)
    archive: str = Field(default="archive", min_length=1)
    rejected: str = Field(default="rejected", min_length=1)
    outbox: str = Field(default="outbox", min_length=1)

    @property
    def inbox(self) -> Inbox:
        """Whose files it takes."""
        return Inbox(("folder", os.path.normpath(self.path)), self.glob)


class FolderConnector:
    """The connector of kind `folder`; see `connectors.source.Connector` for what each method promises."""

    def __init__(
        self, feed: Feed, settings: FolderSettings, place: Place, wait: Callable[[float], None] = time.sleep
    ) -> None:
        self.feed, self.settings, self.place, self.wait = feed, settings, place, wait
        self.folder = place.home / settings.path

    def waiting(self) -> Iterator[Waits]:
        """What would be taken, oldest first, without taking it."""
        return (Waits(plain_name(path.name), stat.st_size, _instant(stat)) for path, stat in self._ripe())

    def collect(self) -> Iterator[Drop]:
        """The files that wait, oldest first; what is unfinished, hidden, growing or elsewhere stays where it is."""
        for path, stat in self._ripe():
            name, at = plain_name(path.name), _instant(stat)
            yield Drop(self.feed.slug, name, path, stat.st_size, at, str(path), sent_at=at)

    def _ripe(self) -> list[tuple[Path, os.stat_result]]:
        seen = {path: stat for path in self._candidates() if (stat := self._look(path)) is not None}
        young = [path for path, stat in seen.items() if self.place.now().timestamp() - stat.st_mtime < _YOUNG]
        if young:
            self.wait(_PAUSE)
        for path in young:
            again = self._look(path)
            if again is None or (again.st_size, again.st_mtime_ns) != (seen[path].st_size, seen[path].st_mtime_ns):
                _log.info("%s: %s still grows; left for the next run", self.feed.slug, plain_name(path.name))
                del seen[path]
        return sorted(seen.items(), key=lambda one: (one[1].st_mtime_ns, one[0].name))

    def put(self, name: str, content: bytes) -> str:
        """Write into the outbox as `.part`, then rename; an older file of that name gives way. Raises Unreachable."""
        return put_into(self._beside(self.settings.outbox), name, content, self.feed.slug)

    def close(self) -> None:
        """Nothing is held open."""

    def settle(self, drop: Drop, outcome: VerdictKind) -> None:
        """Move the drop to `archive` or `rejected`; never over another file. Raises CannotCollect if it will not move.

        A file that the partner has replaced in the meantime is a new drop, and stays for the next run.
        """
        source = self.folder / drop.path.name
        to = self._beside(self.settings.rejected if outcome in NOT_TAKEN else self.settings.archive)
        try:
            stat = source.lstat()
            if (stat.st_size, _instant(stat)) != (drop.size, drop.arrived_at):
                _log.info("%s: %s was replaced while it was read; left for the next run", self.feed.slug, drop.name)
                return
            to.mkdir(parents=True, exist_ok=True)
            with opened(to) as inside:
                stamp = self.place.now().astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
                _move(source, free_names(source.name, stamp), inside)
        except OSError as error:
            raise CannotCollect(
                f"{self.feed.slug}: cannot move {source} to {to} ({error.strerror}); expected to clear the inbox. "
                "What was loaded stays loaded: move the file by hand, or grant rights on both folders."
            ) from error

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

    def _candidates(self) -> list[Path]:
        try:
            return [path for path in self.folder.iterdir() if is_meant(path.name, self.settings.glob)]
        except FileNotFoundError as error:
            own = self.folder.is_relative_to(self.place.home)
            do = f"Make it: mkdir -p {shlex.quote(str(self.folder))}" if own else "Mount it"
            raise Unreachable(
                f"{self.feed.slug}: no folder at {self.folder}; expected one (`source.path` in the feed's TOML). "
                f"{do}; or correct the path."
            ) from error
        except NotADirectoryError as error:
            raise Refused(
                f"{self.feed.slug}: {self.folder} is no folder; expected one (`source.path` in the feed's TOML). "
                "Correct the path."
            ) from error
        except PermissionError as error:
            raise Refused(
                f"{self.feed.slug}: {self.folder} may not be read; expected the right to list it. "
                "Grant it to the account that runs Quai."
            ) from error

    def _look(self, path: Path) -> os.stat_result | None:
        """Size and time of a regular file; None where it is none, which is told, or has gone since."""
        try:
            stat = path.lstat()
        except OSError as fault:
            if not isinstance(fault, FileNotFoundError):
                _log.warning("%s: %s is left (%s)", self.feed.slug, plain_name(path.name), fault.strerror)
            return None
        if (other := what_else(stat)) is not None:
            _log.warning("%s: %s is %s, no file; it is left where it is", self.feed.slug, plain_name(path.name), other)
        return stat if S_ISREG(stat.st_mode) else None


def _move(source: Path, names: Iterable[str], inside: int) -> None:
    for name in names:
        try:
            _copy_or_link(source, name, inside)
        except FileExistsError:
            continue
        source.unlink()
        return
    raise FileExistsError(f"no free name beside {source.name}")


def _copy_or_link(source: Path, name: str, inside: int) -> None:
    try:
        os.link(source, name, dst_dir_fd=inside, follow_symlinks=False)
    except FileExistsError:
        raise
    except OSError:  # another disk, or one without hard links
        with os.fdopen(os.open(source, os.O_RDONLY | os.O_NOFOLLOW), "rb") as held, new_file(inside, name) as copy:
            shutil.copyfileobj(held, copy)


def what_else(stat: os.stat_result) -> str | None:
    """What lies in an inbox and is never taken: `a link`, whatever it points to; None of a file or a folder.

    Whoever may write there could let a link point at what only we may read, and the next look may find another.
    """
    if S_ISREG(stat.st_mode) or S_ISDIR(stat.st_mode):
        return None
    return "a link" if S_ISLNK(stat.st_mode) else "a pipe, a socket or a device"


def _instant(stat: os.stat_result) -> datetime:
    return datetime.fromtimestamp(stat.st_mtime, UTC)


KIND = ConnectorKind(FolderSettings, FolderConnector)
