"""An outbox on our own disk, for sources that have none of their own: returns wait there for whoever passes them on."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from connectors.names import return_names
from offers.errors import Unreachable


def local_outbox(home: Path, slug: str) -> Path:
    """The folder of a feed's returns: `<home>/outbox/<partner>/<feed>`."""
    return home / "outbox" / slug


def put_into(folder: Path, name: str, content: bytes, slug: str) -> str:
    """Write as `.part`, then rename; an older file of that name gives way. Raises Unreachable where it cannot."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return str(folder / _written(folder, return_names(name), content))
    except OSError as error:
        raise Unreachable(
            f"{slug}: cannot write {folder / return_names(name)[0]} ({error.strerror}); expected a writable folder "
            "that is no link. Free space or grant rights there; the next run writes it again."
        ) from error


def _written(folder: Path, names: Sequence[str], content: bytes) -> str:
    """Written under the first name that the file system takes, and over what lies there, be it a link."""
    with opened(folder) as inside:
        for name in names[:-1]:
            try:
                return _replaced(inside, name, content)
            except OSError as error:
                if error.errno != errno.ENAMETOOLONG:
                    raise
        return _replaced(inside, names[-1], content)


def _replaced(inside: int, name: str, content: bytes) -> str:
    part = f"{name}.part"
    with suppress(FileNotFoundError):
        os.unlink(part, dir_fd=inside)
    with new_file(inside, part) as file:
        file.write(content)
    os.replace(part, name, src_dir_fd=inside, dst_dir_fd=inside)
    return name


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
