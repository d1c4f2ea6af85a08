"""The dock: what a run needs open at once. Made in one place, closed in order, passed as an argument."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import unquote, urlsplit

from config import keep_to_ourselves
from config.clock import rehearsed, utc_now
from config.keyring import remember, resolve
from config.logs import clean
from config.logs import start as start_logs
from config.settings import Settings
from config.tables import load as load_reference
from connectors import KINDS
from connectors.source import Connector, Waiting, Workspace
from offers.cleaning.vocabularies import Reference
from offers.errors import WarehouseUnreachable
from offers.feed import Feed
from story.walk import Enrich
from warehouse.alerts import Failure, keep_failure
from warehouse.engine import open_warehouse
from warehouse.landing import Landing
from warehouse.memories import Memories
from warehouse.migrate import agree, migrate
from warehouse.readers import furnish
from warehouse.store import Store


@dataclass(frozen=True)
class Dock:
    """Everything a run of the story touches; `now` is the only clock. A rehearsal asks no outside services, and
    `remembers` nothing. `whole`: every line is walked, whatever is remembered of it.
    """

    settings: Settings
    store: Store
    landing: Landing
    reference: Reference
    now: Callable[[], datetime]
    asks_outside: bool = True
    remembers: bool = True
    whole: bool = False

    @property
    def memories(self) -> Memories:
        """What became of the lines of each feed's last accepted drop."""
        return Memories(self.landing)

    def connector(self, feed: Feed) -> Connector:
        """The feed's connector, opened."""
        store, home = self.store, self.settings.home
        place = Workspace(
            home, resolve, self.now, since=store.ledger.last_collected, mark=store.ledger.mark, holds=store.ledger.holds
        )
        return KINDS[feed.source.kind].open(feed, feed.source, place)

    def waiting(self, connector: Connector) -> Waiting:
        """The drops that wait there, one at a time."""
        return Waiting(connector)

    @property
    def aside(self) -> Path:
        """Where what is read in a process of its own lies until it is taken over."""
        return self.settings.home / "scratch" / ".reading"

    def outside(self, feed: Feed) -> Enrich | None:
        """What asks the outside services that the feed wants, where this place has them; None for most feeds."""
        if not self.asks_outside or not (feed.enrich.companies or feed.enrich.coordinates):
            return None
        from story.enrich import enrich, services  # here: it brings an HTTP client, and few feeds want it

        known = services(self.settings, self.store.answers, self.now)
        return lambda cleaned, headers: enrich(cleaned, headers, feed, known)


@contextmanager
def open_dock(settings: Settings, now: Callable[[], datetime] = utc_now, feed: str | None = None) -> Iterator[Dock]:
    """Open the warehouse (migrated) and the landing; close them in order.

    Where the database is away, a run of `feed` counts as a failure of it all the same: it is entered with the next
    opening that succeeds. Raises FeedMisconfigured where the clock of a rehearsal meets another database, or its
    database another clock.
    """
    keep_to_ourselves()
    start_logs(settings.log)
    with suppress(ValueError):  # no URL at all, which whoever opens it says better
        remember(unquote(urlsplit(settings.database or "").password or ""))
    with ExitStack() as stack:
        try:
            warehouse = stack.enter_context(open_warehouse(settings.database, settings.home))
            made, reference = migrate(warehouse), load_reference()
            furnish(warehouse, reference, anew=made)
            agree(warehouse, rehearsed())
            store = Store(warehouse)
            store.alerts.enter_kept(settings.home)
        except WarehouseUnreachable as fault:
            if feed is not None:
                failure = Failure(feed, now(), type(fault).__name__, clean(str(fault)))
                keep_failure(settings.home, failure)
            raise
        yield Dock(
            settings=settings,
            store=store,
            landing=Landing(settings.landing, settings.home),
            reference=reference,
            now=now,
        )
