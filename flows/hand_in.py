"""A file given by hand as a feed's next drop."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from connectors.files import plain_name
from offers.errors import Declined
from offers.feed import Feed
from offers.model import Drop


def handed_in(feed: Feed, path: Path) -> Drop:
    """The file as a drop of this feed; it stays where it is. Raises Declined when it is not there."""
    if not path.is_file():
        raise Declined(f"{feed.slug}: no file at {path}. Check the path given to --file.")
    seen = path.stat()
    return Drop(
        feed=feed.slug,
        name=plain_name(path.name),
        path=path.resolve(),  # a link of our own is followed, as none in an inbox is
        size=seen.st_size,
        arrived_at=datetime.fromtimestamp(seen.st_mtime, UTC),
        origin=str(path),
    )
