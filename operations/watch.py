"""The files of a folder that are new or changed, one by one, each once it has stopped growing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

PAUSE = 1.0
"""Seconds between two looks."""
_UNFINISHED = (".part", ".tmp", ".filepart", ".crdownload", ".partial")
_OURS = ".retour."
_LOCK = ("~$", ".~lock", ".")

Stamp = tuple[int, int]


def changed(place: Path, wait: Callable[[float], None]) -> Iterator[Path]:
    """Each file at `place` (a folder, or one file), those already there first, then whatever comes or changes.

    It looks every PAUSE seconds and never ends by itself; a file is given when two looks saw it the same. Unfinished
    uploads, Excel's lock files and our own returns are passed over.
    """
    before: dict[Path, Stamp] = {}
    given: dict[Path, Stamp] = {}
    first = True
    while True:
        now = _look(place)
        for path, stamp in sorted(now.items()):
            if given.get(path) != stamp and (first or before.get(path) == stamp):
                given[path] = stamp
                yield path
        before, first = now, False
        wait(PAUSE)


def _look(place: Path) -> dict[Path, Stamp]:
    found: dict[Path, Stamp] = {}
    for path in place.iterdir() if place.is_dir() else (place,):
        try:
            seen = path.stat()
        except OSError:  # gone between the listing and the look
            continue
        if path.is_file() and seen.st_size and not _passed_over(path.name):
            found[path] = (seen.st_size, seen.st_mtime_ns)
    return found


def _passed_over(name: str) -> bool:
    return name.startswith(_LOCK) or name.lower().endswith(_UNFINISHED) or _OURS in name
