"""What we keep of a feed on our own disk: a drop until it is settled, what is remembered between runs, and returns.

`scratch/` is cleared before and after a run; `state/` is for sources that cannot be cleared; in `outbox/` returns of
sources that have none of their own wait for whoever passes them on.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, BinaryIO

from connectors.files import return_names
from connectors.source import NotNow, Workspace
from offers.calendar import SchoolYear
from offers.errors import Unreachable
from offers.feed import Feed

_A_DAY = 86_400


@contextmanager
def scratch(home: Path, slug: str) -> Iterator[Path]:
    """An empty folder to fetch into; a fault leaves it empty, a full disk or missing rights become Unreachable."""
    folder = home / "scratch" / slug
    try:
        clear(folder)
        folder.mkdir(parents=True, exist_ok=True)
        yield folder
    except BaseException as error:
        clear(folder)
        if not isinstance(error, OSError):
            raise
        fault = error.strerror or type(error).__name__
        raise Unreachable(
            f"{slug}: cannot keep what is fetched in {folder} ({fault}); expected a writable folder with room. "
            "Nothing was taken. Free space or grant rights there; the next run fetches it again."
        ) from None


def clear(folder: Path) -> None:
    """Remove the folder and what it holds, if it is there."""
    shutil.rmtree(folder, ignore_errors=True)


def make_room(folder: Path, now: float) -> None:
    """The folder is there, without what a run that was killed left in it; no run lasts a day. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    for left in folder.iterdir():
        with suppress(FileNotFoundError):  # another run's, removed meanwhile
            if now - left.stat().st_mtime > _A_DAY:
                shutil.rmtree(left, ignore_errors=True)


class RunFolder:
    """A folder in a feed's scratch that belongs to one run, where several drops lie at once; made when asked for."""

    def __init__(self, home: Path, slug: str, now: datetime) -> None:
        self._parent, self._slug, self._now = home / "scratch" / slug, slug, now
        self._folder: tempfile.TemporaryDirectory[str] | None = None

    @property
    def path(self) -> Path:
        """The folder. Raises NotNow where our disk does not let us have one."""
        if self._folder is None:
            try:
                make_room(self._parent, self._now.timestamp())
                self._folder = tempfile.TemporaryDirectory(prefix="run-", dir=self._parent)
            except OSError as fault:
                raise no_room(self._parent, fault, self._slug) from None
        return Path(self._folder.name)

    def drop(self, path: Path) -> None:
        """Remove one file, if it is of this folder."""
        if self._folder is not None and path.is_relative_to(self._folder.name):
            path.unlink(missing_ok=True)

    def close(self) -> None:
        """Remove the folder and what it holds."""
        if self._folder is not None:
            self._folder.cleanup()
            self._folder = None


def no_room(folder: Path, fault: OSError, where: str) -> NotNow:
    """What to raise where our own disk does not take a file."""
    return NotNow(
        f"{where}: cannot write to {folder} ({fault.strerror}); the partner's file is untouched and waits. Free space "
        "or grant rights there (QUAI_HOME); the next run takes the file."
    )


@contextmanager
def own_file(path: Path, where: str) -> Iterator[Callable[[bytes, int], None]]:
    """What writes bytes at an offset of our own file; what goes wrong is our disk's fault: NotNow."""

    def write(data: bytes, offset: int) -> None:
        view = memoryview(data)
        while view:
            try:
                written = os.pwrite(file, view, offset)
            except OSError as fault:
                raise no_room(path.parent, fault, where) from None
            view, offset = view[written:], offset + written

    try:
        file = os.open(path, os.O_CREAT | os.O_WRONLY, 0o600)
    except OSError as fault:
        raise no_room(path.parent, fault, where) from None
    try:
        yield write
    finally:
        os.close(file)


def notebook_of(home: Path, slug: str) -> Path:
    """Where a feed's notebook lies."""
    return home / "state" / f"{slug}.json"


class Notebook:
    """One feed's `<home>/state/<partner>/<feed>.json`.

    It is `current` for as long as the feed's TOML, Quai's version and the school year (and what `also` says) stay what
    they were when it was written: afterwards the same bytes are examined anew, and so must be fetched. Nor is it where
    the ledger does not have the delivery after which it was written: a backup was restored, and what is believed to be
    taken is not.
    """

    def __init__(self, place: Workspace, feed: Feed, year: SchoolYear, also: str = "") -> None:
        self._path, self._slug, self._place = notebook_of(place.own, feed.slug), feed.slug, place
        said = f"{feed.model_dump_json()}|{version('quai')}|{year.label}|{also}"
        self._fingerprint = hashlib.sha256(said.encode()).hexdigest()
        self.current = False

    def read(self) -> dict[str, Any]:
        """What was kept, and sets `current`; nothing where the file is missing or unreadable."""
        try:
            kept = json.loads(self._path.read_text(encoding="utf-8"))
            known = self._place.holds(self._slug, str(kept.pop("mark", "")))
            self.current = kept.pop("fingerprint") == self._fingerprint and known
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            self.current = False
            return {}
        return dict(kept)

    def keep(self, said: Mapping[str, Any]) -> None:
        """Write it down. Raises Unreachable where that is impossible."""
        part = self._path.with_suffix(".part")
        own = {"fingerprint": self._fingerprint, "mark": self._place.mark(self._slug)}
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            part.write_text(json.dumps({**own, **said}), encoding="utf-8")
            part.replace(self._path)
        except OSError as error:
            raise Unreachable(
                f"{self._slug}: cannot write {self._path} ({error.strerror}); expected a writable folder. What was "
                "loaded stays loaded; free space or grant rights there, or the next run fetches the same file again."
            ) from error


def local_outbox(home: Path, slug: str) -> Path:
    """The folder of a feed's returns: `<home>/outbox/<partner>/<feed>`."""
    return home / "outbox" / slug


def put_into(folder: Path, name: str, content: bytes, slug: str) -> str:
    """Write as `.part`, then rename, under the first name that the file system takes, and over what lies there, be it
    a link. Raises Unreachable where it cannot."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with opened(folder) as inside:
            for target in return_names(name):
                part = f"{target}.part"
                try:
                    with suppress(FileNotFoundError):
                        os.unlink(part, dir_fd=inside)
                    with new_file(inside, part) as file:
                        file.write(content)
                    os.replace(part, target, src_dir_fd=inside, dst_dir_fd=inside)
                except OSError as error:
                    if error.errno != errno.ENAMETOOLONG or target == return_names(name)[-1]:
                        raise
                else:
                    break
        return str(folder / target)
    except OSError as error:
        raise Unreachable(
            f"{slug}: cannot write {folder / return_names(name)[0]} ({error.strerror}); expected a writable folder "
            "that is no link. Free space or grant rights there; the next run writes it again."
        ) from error


@contextmanager
def opened(folder: Path) -> Iterator[int]:
    """A folder held open, so that what is made by its number lies in it, whatever its name is made to mean meanwhile.

    Raises OSError where it is a link.
    """
    inside = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        yield inside
    finally:
        os.close(inside)


def new_file(inside: int, name: str) -> BinaryIO:
    """A file that was not there, in an opened folder. Raises FileExistsError."""
    return os.fdopen(os.open(name, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666, dir_fd=inside), "wb")
