"""Offers that leave the view: over by their date, each hour, or taken down by a person until she puts them back."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from offers.calendar import day_of
from offers.errors import Declined
from operations.duplicates.offer_history import known_offer
from story.dock import Dock
from warehouse.locks import lock
from warehouse.matching import golden, hiding
from warehouse.matching import review as reviewing

CLOSED = "{:,} offers closed: their last day or their weeks are over."


def close_what_expired(dock: Dock) -> int:
    """Close the offers whose last day in Paris, or whose weeks, are over; gives how many there were."""
    now = dock.now()
    return golden.close_expired(dock.store.warehouse, day_of(now), now)


def hide(dock: Dock, word: str, by: str, reason: str) -> dict[str, Any]:
    """Hide an offer, named by any id that leads to it or as feed:reference; JSON-ready. Raises Declined for an unknown.

    It is out of the view before anything is waited for. A drop that is being published at this moment may be moving
    its records to another offer: once that is done, the offers that they are in are hidden too.
    """
    warehouse, at = dock.store.warehouse, dock.now()
    with warehouse.transaction() as connection:
        offer = known_offer(connection, word)
        _, keys = reviewing.keys_of_offer(connection, offer)
        new = hiding.hide(connection, [offer], by, reason, at)
    with warehouse.transaction() as connection:
        lock(connection)
        offers = {reviewing.keys_of_offer(connection, offer)[0]}
        offers |= {row["offer"] for row in reviewing.records(connection, keys).values()}
        hiding.hide(connection, sorted(offers - {offer}), by, reason, at)
        golden.settle(connection, sorted(offers), at)
    return {"asked": word, "offer": offer, "offers": sorted(offers), "hidden": bool(new), "by": by, "reason": reason}


def lift(dock: Dock, word: str, by: str, why: str | None) -> dict[str, Any]:
    """Put a hidden offer back; JSON-ready. `carried`: offers that were hidden because of it, and are still.

    Raises Declined where it is not hidden.
    """
    with dock.store.warehouse.transaction() as connection:
        lock(connection)
        offer = known_offer(connection, word)
        lifted = hiding.lift(connection, offer, by, why, dock.now())
        if not lifted:
            raise Declined(f"offer {offer} is not hidden; `quai offers list` shows those that are. Nothing changed.")
        golden.settle(connection, [offer], dock.now())
        carried = hiding.carried(connection, lifted)
    return {"asked": word, "offer": offer, "lifted": lifted, "by": by, "reason": why, "carried": carried}


def hidden_offers(dock: Dock, lifted: bool = False) -> list[dict[str, Any]]:
    """The offers that are hidden, or those that were; the newest first, JSON-ready."""
    return [asdict(one) for one in hiding.listed(dock.store.warehouse, lifted=lifted)]
