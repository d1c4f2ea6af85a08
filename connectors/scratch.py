"""Where a fetched drop lies until it is settled: `<home>/scratch/<partner>/<feed>/`, cleared before and after."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path

from connectors.attempts import NotNow
from offers.errors import Unreachable

_A_DAY = 86_400


@contextmanager
def scratch(home: Path, slug: str) -> Iterator[Path]:
    """An empty folder to fetch into; a fault leaves it empty, a full disk or missing rights become Unreachable."""
    folder = home / "scratch" / slug
    try:
        clear(folder)
        folder.mkdir(parents=True, exist_ok=True)
        yield folder
    except OSError as error:
        fault = error.strerror or type(error).__name__
    except BaseException:
        clear(folder)
        raise
    else:
        return
    clear(folder)
    raise Unreachable(
        f"{slug}: cannot keep what is fetched in {folder} ({fault}); expected a writable folder with room. "
        "Nothing was taken. Free space or grant rights there; the next run fetches it again."
    )


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
