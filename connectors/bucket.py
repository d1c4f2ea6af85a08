"""A partner's bucket on an object store: objects brought whole or not at all, moved away after the commit."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from datetime import UTC
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from connectors.files import is_meant, plain_name, return_names
from connectors.home import Notebook, RunFolder, local_outbox, put_into
from connectors.objects.settings import BucketSettings
from connectors.source import ConnectorKind, Place, Waits, attempted
from offers.calendar import SchoolYear, day_of
from offers.errors import Refused
from offers.feed import Feed
from offers.model import NOT_TAKEN, Drop, VerdictKind

if TYPE_CHECKING:  # a feed that is not fetched pays for no store's library
    from connectors.objects.store import Found, Store

T = TypeVar("T")
_log = logging.getLogger(__name__)


class BucketConnector:
    """The connector of kind `bucket`; see `connectors.source.Connector` for what each method promises.

    A store shows an object once it is whole, so that one look is enough, and a return needs no `.part`.
    """

    def __init__(
        self, feed: Feed, settings: BucketSettings, place: Place, wait: Callable[[float], None] = time.sleep
    ) -> None:
        self.feed, self.settings, self.place, self.wait = feed, settings, place, wait
        self._folder = RunFolder(place.own, feed.slug, place.now())
        self._opened: Store | None = None
        self._brought: dict[Path, Found] = {}
        self._settled: Settled | None = None

    def waiting(self) -> Iterator[Waits]:
        """What would be taken, oldest first, without taking it."""
        return (Waits(plain_name(one.name), one.size, one.at) for one in self._ripe())

    def collect(self) -> Iterator[Drop]:
        """The objects that wait, oldest first, each brought whole before it is yielded; ends at one that cannot be."""
        for found in self._ripe():
            path = self._folder.path / f"{len(self._brought)}.drop"
            self._bring(found, path)
            self._brought[path] = found
            name, address = plain_name(found.name), self._store().address(found.name)
            yield Drop(self.feed.slug, name, path, found.size, found.at, address, sent_at=found.at)

    def put(self, name: str, content: bytes) -> str:
        """Into the bucket's outbox, or into our own where the bucket is only read; an older one gives way."""
        if self.settings.read_only:
            return put_into(local_outbox(self.place.own, self.feed.slug), name, content, self.feed.slug)
        target = f"{self.settings.outbox}/{return_names(name)[0]}"
        return self._on_store(lambda store: store.write(target, content))

    def settle(self, drop: Drop, outcome: VerdictKind) -> None:
        """Move the object to `archive/YYYY/MM` or `rejected`, or remember it where the bucket is only read.

        An object that the partner has replaced in the meantime is a new drop, and stays for the next run.
        """
        found = self._brought[drop.path]
        if self.settings.read_only:
            self._remembered().add(found)
        else:
            self._move(found, drop, outcome)
        self._folder.drop(drop.path)

    def close(self) -> None:
        """Let go of the store, and remove what was brought."""
        self._opened = None
        self._folder.close()

    def _ripe(self) -> list[Found]:
        listed = self._on_store(lambda store: store.found())
        meant = sorted(
            (one for one in listed if is_meant(one.name, self.settings.glob)), key=lambda one: (one.at, one.name)
        )
        if self.settings.newest_only and len(meant) > 1:
            _log.info("%s: %d older objects are passed over (newest_only)", self.feed.slug, len(meant) - 1)
            meant = meant[-1:]
        if not self.settings.read_only:
            return meant
        settled = self._remembered()
        settled.forget_all_but(meant)
        return [one for one in meant if one not in settled]

    def _bring(self, found: Found, to: Path) -> None:
        if found.size > self.feed.limits.bytes:
            raise Refused(
                f"{self.feed.slug}: {plain_name(found.name)} has {found.size} bytes; expected at most "
                f"{self.feed.limits.bytes} (`limits.bytes`). Raise the limit in the feed's TOML if it is right, "
                "or ask the partner to take it away."
            )
        self._on_store(lambda store: store.fetch(found, to))

    def _move(self, found: Found, drop: Drop, outcome: VerdictKind) -> None:
        now = self.place.now()
        folder = self.settings.rejected if outcome in NOT_TAKEN else f"{self.settings.archive}/{day_of(now):%Y/%m}"
        stamp = now.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
        there = self._on_store(lambda store: store.look(found.name))
        if there is None:
            _log.warning("%s: %s is no longer in the bucket; the ledger has it", self.feed.slug, drop.name)
        elif there.tag != found.tag or not self._on_store(lambda store: store.move(found, folder, stamp)):
            _log.info("%s: %s was replaced after it was read; left for the next run", self.feed.slug, drop.name)

    def _on_store(self, do: Callable[[Store], T]) -> T:
        return attempted(lambda: do(self._store()), self.wait)

    def _store(self) -> Store:
        from connectors.objects.store import Store

        if self._opened is None:
            self._opened = Store(self.settings, self.place, self.feed.slug)
        return self._opened

    def _remembered(self) -> Settled:
        if self._settled is None:
            self._settled = Settled(self.place, self.feed)
        return self._settled


class Settled:
    """What was settled in a bucket that we only read, by name and version, so that it is not taken again each night.

    Once the feed's rules have changed, an incremental feed takes everything anew, and a full one its newest alone: the
    older ones would put back, one after the other, what the newest has withdrawn.
    """

    def __init__(self, place: Place, feed: Feed) -> None:
        self._notebook = Notebook(place, feed, SchoolYear.at(day_of(place.now())))
        kept = self._notebook.read().get("settled")
        self._tags: dict[str, str] = kept if isinstance(kept, dict) else {}
        self._forgets_newest = bool(self._tags) and not self._notebook.current
        if self._forgets_newest and feed.scope != "full":
            self._tags, self._forgets_newest = {}, False

    def __contains__(self, found: Found) -> bool:
        return self._tags.get(found.name) == str(found)

    def forget_all_but(self, listed: list[Found]) -> None:
        """Drop what is no longer listed (oldest first), and the newest where the rules have changed."""
        names = {one.name for one in listed}
        self._tags = {name: tag for name, tag in self._tags.items() if name in names}
        if self._forgets_newest and listed:
            self._tags.pop(listed[-1].name, None)
            self._forgets_newest = False

    def add(self, found: Found) -> None:
        """This one was settled. Raises Unreachable where it cannot be written down."""
        self._tags[found.name] = str(found)
        self._notebook.keep({"settled": self._tags})


KIND = ConnectorKind(BucketSettings, BucketConnector)
