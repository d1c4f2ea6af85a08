"""Where bytes of a drop lie beside the landing, on our own disk: moved-away files of a folder, and returns."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from connectors.files import cut_once, return_names
from connectors.home import local_outbox
from connectors.settings import FolderSettings
from offers.feed import Feed
from warehouse.landing import checksum_of

ENDINGS = (".retour.html", ".retour.csv", ".retour.xlsx", ".ack.json")


@dataclass(frozen=True)
class Copy:
    """A file that holds what a drop held."""

    feed: str
    path: Path


def old_copies(
    feed: Feed, home: Path, before: datetime | None, names: Collection[str], checksums: Collection[str]
) -> Iterator[Copy]:
    """Files put away before an instant, and returns as old; with `before` None, those of the named drops alone.

    A moved-away file counts only where its bytes are among `checksums`: a folder may hold others' files too. Its age is
    that of its inode, for the partner sets the other date. What lies on a partner's own server is the partner's.
    """
    moved, outbox = _folders(feed, home)
    for path in (file for folder in moved for file in _files(folder)):
        if (before is None or _put_at(path) < before) and checksum_of(path) in checksums:
            yield Copy(feed.slug, path)
    own = {form for name in names for end in ENDINGS for form in (*return_names(name + end), cut_once(name + end))}
    for path in _files(outbox):
        if path.name in own if before is None else _is_return(path, own) and _put_at(path) < before:
            yield Copy(feed.slug, path)


def _is_return(path: Path, own: Collection[str]) -> bool:
    return path.name.endswith(ENDINGS) or path.name in own


def _folders(feed: Feed, home: Path) -> tuple[tuple[Path, ...], Path]:
    source = feed.source
    if isinstance(source, FolderSettings):
        folder = home / source.path
        return (folder / source.archive, folder / source.rejected), folder / source.outbox
    return (), local_outbox(home, feed.slug)


def _files(folder: Path) -> list[Path]:
    try:
        if folder.is_symlink():
            return []  # nor is anything put through a link
        return sorted(path for path in folder.iterdir() if not path.is_symlink() and path.is_file())
    except (FileNotFoundError, NotADirectoryError, PermissionError):
        return []


def _put_at(path: Path) -> datetime:
    return datetime.fromtimestamp(path.stat().st_ctime, UTC)
