"""A run of one feed: take in what waits, drop by drop, under the feed's lock; or a file given by hand."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from config.clock import Watch, unwatched
from config.logs import about
from connectors.files import plain_name
from connectors.source import Connector
from offers.errors import Declined, LedAway, Overtaken, QuaiError
from offers.feed import Feed
from offers.model import ENDED, TAKEN, Counts, Delivery, Drop, VerdictKind
from operations.alerts import watched
from story.dock import Dock
from story.failures import Cause, seen, uncleared
from story.ingest import take

_log = logging.getLogger(__name__)


def ingest(
    feed: Feed, dock: Dock, watch: Watch = unwatched, drops: tuple[Drop, ...] | None = None, flow_run: str | None = None
) -> list[Delivery]:
    """Take in every drop that waits, oldest first, and clear the inbox; or just `drops`, handed in, which stay put.

    One delivery each. Raises CannotCollect when the source does not give, Busy when another run of this feed is on.
    """
    deliveries: list[Delivery] = []
    with about(feed=feed.slug, flow_run=flow_run), watched(feed, dock):
        while True:
            left = drops if drops is None else drops[len(deliveries) :]
            try:
                with closing(dock.connector(feed)) as connector, dock.store.lock(feed.slug):
                    for delivery in taken(feed, left, dock, connector, watch, flow_run):
                        deliveries.append(delivery)  # noqa: PERF402 - what was taken before a fault counts
            except Overtaken as fault:
                _log.warning("%s", fault)  # our lock was cut off, another run was quicker: look anew at what waits
            else:
                return deliveries


def taken(
    feed: Feed, drops: tuple[Drop, ...] | None, dock: Dock, connector: Connector, watch: Watch, flow_run: str | None
) -> Iterator[Delivery]:
    """The deliveries of what waits, or of the drops that were handed in, one by one, under the feed's lock."""
    if drops is not None:
        yield from (take(feed, drop, dock, connector, watch, flow_run) for drop in drops)
        return
    waiting, left = dock.waiting(connector), list[tuple[Drop, Delivery]]()
    while True:
        watch("collect")
        if (drop := waiting.next()) is None:
            return
        delivery = take(feed, drop, dock, connector, watch, flow_run)
        left.append((drop, delivery))
        full = feed.scope == "full" and delivery.verdict in TAKEN  # tried once more, an older one would undo it
        done = left if full else [] if tried_again(feed, delivery, dock) else [left.pop()]
        uncleared = [broken for one in done for broken in clear(one, dock, connector, watch)]
        left = [] if full else left
        yield from (delivery, *uncleared)


def clear(taken: tuple[Drop, Delivery], dock: Dock, connector: Connector, watch: Watch) -> Iterator[Delivery]:
    """Let a drop out of the inbox; gives a failed delivery where that breaks us, for it costs no other its turn."""
    drop, delivery = taken
    watch("settle")
    cause: Cause | None = None
    try:
        connector.settle(drop, delivery.verdict)
    except LedAway as fault:
        _log.warning("%s; %s stays in the inbox, and the ledger has it", fault, drop.name)
    except (QuaiError, OSError):  # what was foreseen, and the disk's
        raise
    except Exception as fault:
        cause = seen(fault)
    landed = dock.store.ledger.landed(delivery.id or 0) if cause else None
    if cause is None or landed is None:
        return
    found = uncleared(delivery.feed, drop.name, cause, delivery.id or 0)
    entry = replace(delivery, id=None, verdict=VerdictKind.FAILED, counts=Counts(), findings=(found,), report=None)
    entry = replace(entry, started_at=dock.now(), finished_at=dock.now(), stages={})
    watch("note")
    yield dock.store.note(landed, entry, after=dock.store.ledger.newest(delivery.feed))


def tried_again(feed: Feed, delivery: Delivery, dock: Dock) -> bool:
    """Whether the drop stays in the inbox for the next run: it broke us, or its reader, and not too often yet."""
    if delivery.verdict is not VerdictKind.FAILED and not any(one.check == ENDED for one in delivery.findings):
        return False
    return dock.store.ledger.tries(feed.slug, delivery.sha256, delivery.fingerprint) < feed.limits.tries


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
