"""What connectors share: those whose files wait in an inbox, are brought and moved away, and those that only ask."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC
from pathlib import Path
from typing import Any

from connectors.files import Entry, plain_name
from connectors.home import RunFolder, clear, local_outbox, put_into
from connectors.source import Waits, Workspace
from offers.calendar import day_of
from offers.errors import Refused
from offers.feed import Feed
from offers.model import NOT_TAKEN, Drop, VerdictKind

_log = logging.getLogger(__name__)


class InboxConnector:
    """Most of a Connector (`connectors.source`); how files are listed, brought, moved and written is its kind's own."""

    settings: Any

    def __init__(self, feed: Feed, settings: Any, place: Workspace, wait: Callable[[float], None] = time.sleep) -> None:
        self.feed, self.settings, self.place, self.wait = feed, settings, place, wait
        self._folder = RunFolder(place.own, feed.slug, place.now())
        self._brought: dict[Path, Entry] = {}

    def waiting(self) -> Iterator[Waits]:
        """What would be taken, oldest first, without taking it."""
        return (Waits(plain_name(one.name), one.size, one.at) for one in self._ripe())

    def collect(self) -> Iterator[Drop]:
        """What waits, oldest first, each brought whole before it is yielded; ends at the first that cannot be."""
        for one in self._ripe():
            path = self._bring(one)
            self._brought[path] = one
            name, address = plain_name(one.name), self._address(one.name)
            yield Drop(self.feed.slug, name, path, one.size, one.at, address, sent_at=one.at)

    def settle(self, drop: Drop, outcome: VerdictKind) -> None:
        """Move the drop to `archive/YYYY/MM` or `rejected`; never over another file. Raises CannotCollect.

        A file that the partner has replaced in the meantime is a new drop, and stays for the next run.
        """
        now, settings = self.place.now(), self.settings
        folder = settings.rejected if outcome in NOT_TAKEN else f"{settings.archive}/{day_of(now):%Y/%m}"
        self._move(self._brought[drop.path], folder, f"{now.astimezone(UTC):%Y%m%dT%H%M%SZ}")
        self._folder.drop(drop.path)

    def close(self) -> None:
        """Remove what was brought."""
        self._folder.close()

    def _ripe(self) -> Sequence[Entry]:
        """What is to be taken, oldest first."""
        raise NotImplementedError

    def _address(self, name: str) -> str:
        """Where it is, for people."""
        raise NotImplementedError

    def _bring(self, entry: Entry) -> Path:
        """Where it can be read, whole."""
        raise NotImplementedError

    def _move(self, entry: Entry, folder: str, stamp: str) -> None:
        """Out of the inbox; where its name is taken, under one with `stamp` in it."""
        raise NotImplementedError

    def _room_for(self, entry: Entry) -> Path:
        """A place on our disk. Raises Refused for a file that is larger than the feed takes."""
        if entry.size > self.feed.limits.bytes:
            raise Refused(
                f"{self.feed.slug}: {plain_name(entry.name)} has {entry.size} bytes; expected at most "
                f"{self.feed.limits.bytes} (`limits.bytes`). Raise the limit in the feed's TOML if the file is right, "
                "or ask the partner to take it away."
            )
        return self._folder.path / f"{len(self._brought)}.drop"

    def _is_still(self, entry: Entry, there: Entry | None) -> bool:
        """Whether what is there now is what was taken; told where it is not."""
        name = plain_name(entry.name)
        if there is None:
            _log.warning("%s: %s is no longer in the inbox; the ledger has it", self.feed.slug, name)
        elif str(there) != str(entry):
            _log.info("%s: %s was replaced after it was read; left for the next run", self.feed.slug, name)
        return str(there) == str(entry)


class NoInbox:
    """What a download and an API share: nothing is known of them before they are asked, and nothing is put there."""

    settings: Any

    def __init__(self, feed: Feed, settings: Any, place: Workspace, clock: Any = None) -> None:
        self.feed, self.settings, self.place, self._clock = feed, settings, place, clock

    def waiting(self) -> Iterator[Waits]:
        """Nothing is known of it before it is fetched."""
        return iter(())

    def put(self, name: str, content: bytes) -> str:
        """Into our own outbox, for there is no other. Raises Unreachable."""
        return put_into(local_outbox(self.place.own, self.feed.slug), name, content, self.feed.slug)

    def settle(self, drop: Drop, outcome: VerdictKind) -> None:
        """Clear the scratch folder; the landing keeps the bytes."""
        clear(self.place.own / "scratch" / self.feed.slug)

    def close(self) -> None:
        """Nothing is held open between calls."""
