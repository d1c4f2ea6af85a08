"""The memories of feeds (`offers.memory`), beside the drops that they are of, so that every worker finds them.

Nothing hangs on them: one that cannot be read is missed, one that cannot be written is logged, and the long way is
walked. They hold what persons wrote, and go with the bytes that they are of.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pyarrow as pa

from offers.memory import Memory
from offers.text import quote
from warehouse.landing import Landing, written_at

_log = logging.getLogger(__name__)


class Memories:
    """`memory/<feed>` in the landing: a file for each feed, never altered, replaced as a whole."""

    def __init__(self, landing: Landing) -> None:
        self._landing = landing
        self._root = f"{landing.root}/memory"

    def of(self, feed: str) -> Memory | None:
        """What is remembered of a feed's last accepted drop; None where that is nothing, or nothing whole."""
        try:
            found = Memory.loaded(content) if (content := self._content(feed)) is not None else None
        except Exception as fault:  # whatever lies there, or keeps us from it: it is a shortcut
            _log.warning("%s: its memory cannot be read (%s); every line is walked", feed, quote(str(fault)))
            return None
        return found if found is not None and found.feed == feed else None

    def keep(self, memory: Memory) -> None:
        """In place of what was remembered of the feed."""
        files, path = self._landing.files, self._path(memory.feed)
        waiting = f"{self._root}/.{uuid4().hex}.part"
        try:
            if self._landing.local:
                files.makedirs(path.rpartition("/")[0], exist_ok=True)
            try:
                files.pipe_file(waiting, memory.dumped())
                files.mv(waiting, path)
            finally:
                if files.exists(waiting):
                    files.rm_file(waiting)
        except Exception as fault:
            _log.warning(
                "%s: its memory cannot be kept (%s); the next run takes longer", memory.feed, quote(str(fault))
            )
            with suppress(Exception):
                self.forget((memory.feed,))

    def forget(self, feeds: Iterable[str]) -> list[str]:
        """Remove those of these feeds; gives the feeds of which there was one. Raises CannotKeep where one stays."""
        gone = []
        with self._landing.sentences():
            for feed in sorted(feeds):
                if self._landing.files.exists(self._path(feed)):
                    self._landing.files.rm_file(self._path(feed))
                    gone.append(feed)
        return gone

    def kept(self) -> dict[str, datetime]:
        """The feeds of which something is remembered, and since when; what a run left that was killed, too."""
        files = self._landing.files
        with self._landing.sentences():
            found = files.find(self._root, detail=True) if files.exists(self._root) else {}
        at = {str(path).removeprefix(f"{self._root}/"): written_at(said) for path, said in found.items()}
        return {feed: datetime.fromtimestamp(when, UTC) for feed, when in at.items()}

    def _path(self, feed: str) -> str:
        return f"{self._root}/{feed}"

    def _content(self, feed: str) -> pa.Buffer | bytes | None:
        path = self._path(feed)
        if self._landing.local:
            if not Path(path).is_file():
                return None
            with pa.memory_map(path) as file:  # the mapping outlives the file
                return file.read_buffer()
        files = self._landing.files
        return bytes(files.cat_file(path)) if files.exists(path) else None
