"""A store that writes nothing: the story runs on it to the end, and says what it would have done."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pandas as pd

from offers.model import Changes, Delivery, Landed
from warehouse.engine import Warehouse
from warehouse.ledger import Accepted, Ledger
from warehouse.loading import Lines
from warehouse.quarantine import Settled
from warehouse.store import Store


class Foreseen(Ledger):
    """The ledger as it would be: what would be loaded changes only the standing that it remembers."""

    def __init__(self, warehouse: Warehouse) -> None:
        super().__init__(warehouse)
        self._standing: dict[str, pd.DataFrame] = {}
        self._accepted: dict[str, Accepted] = {}

    def standing(self, feed: str, today: date | None = None) -> pd.DataFrame:
        """What would stand by now."""
        if feed not in self._standing:
            self._standing[feed] = super().standing(feed, today)
        return self._standing[feed]

    def last_accepted(self, feed: str) -> Accepted | None:
        """The last that would be accepted by now."""
        return self._accepted.get(feed) or super().last_accepted(feed)

    def remember(self, accepted: Accepted, feed: str, changes: Changes) -> None:
        """What would stand, for what comes next."""
        self._standing[feed] = after(self.standing(feed), changes)
        self._accepted[feed] = accepted

    def close(self, delivery: Delivery) -> None:
        """Nothing."""


class Rehearsal(Store):
    """Reads as the store does, and writes nothing. Deliveries get the id 0, for they are in no ledger."""

    ledger: Foreseen

    def __init__(self, warehouse: Warehouse) -> None:
        super().__init__(warehouse)
        self.ledger = Foreseen(warehouse)

    def publish(self, landed: Landed, delivery: Delivery, changes: Changes, lines: Lines, **_said: Any) -> Delivery:
        """Remember what would stand."""
        said = (landed.announced, landed.complete)
        accepted = Accepted(0, delivery.sha256, delivery.fingerprint, delivery.started_at, *said)
        self.ledger.remember(accepted, delivery.feed, changes)
        return replace(delivery, id=0)

    def hold(self, landed: Landed, delivery: Delivery, lines: Lines, **_said: Any) -> Delivery:
        """Nothing."""
        return replace(delivery, id=0)

    def note(
        self, landed: Landed, delivery: Delivery, settled: Settled | None = None, after: int | None = None
    ) -> Delivery:
        """Nothing."""
        return replace(delivery, id=0)


def after(standing: pd.DataFrame, changes: Changes) -> pd.DataFrame:
    """The standing once these changes are made: reference, content_hash, withdrawn, over."""
    new = pd.concat([changes.created, changes.updated])[["reference", "content_hash"]]
    new = new.assign(withdrawn=False, over=False)
    if changes.closed is not None:
        closed = changes.closed[["reference", "content_hash"]].assign(withdrawn=False, over=True)
        new = pd.concat([new, closed])
    old = standing[~standing["reference"].isin(new["reference"])]
    old = old.assign(withdrawn=old["withdrawn"] | old["reference"].isin(list(changes.withdrawn)))
    return pd.concat([old, new], ignore_index=True)
