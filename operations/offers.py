"""Offers that leave the view: over by their date, each hour, or taken down by a person until she puts them back."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from offers.calendar import day_of
from offers.errors import Declined
from operations.duplicates.looking_up import known_offer
from story.dock import Dock

CLOSED = "{:,} offers closed: their last day or their weeks are over."


def close_what_expired(dock: Dock) -> int:
    """Close the offers whose last day in Paris, or whose weeks, are over; gives how many there were."""
    now = dock.now()
    return dock.store.matching.close_expired(day_of(now), now)


def hide(dock: Dock, word: str, by: str, reason: str) -> dict[str, Any]:
    """Hide an offer, named by any id that leads to it or as feed:reference; JSON-ready. Raises Declined for another."""
    offer = known_offer(dock, word)
    new, offers = dock.store.matching.hide(offer, by, reason, dock.now())
    return {"asked": word, "offer": offer, "offers": offers, "hidden": new, "by": by, "reason": reason}


def lift(dock: Dock, word: str, by: str, why: str | None) -> dict[str, Any]:
    """Put a hidden offer back; JSON-ready. `carried`: offers that were hidden because of it, and are still.

    Raises Declined where it is not hidden.
    """
    offer = known_offer(dock, word)
    lifted, carried = dock.store.matching.lift(offer, by, why, dock.now())
    if not lifted:
        raise Declined(f"offer {offer} is not hidden; `quai offers list` shows those that are. Nothing changed.")
    return {"asked": word, "offer": offer, "lifted": lifted, "by": by, "reason": why, "carried": carried}


def hidden_offers(dock: Dock, lifted: bool = False) -> list[dict[str, Any]]:
    """The offers that are hidden, or those that were; the newest first, JSON-ready."""
    return [asdict(one) for one in dock.store.matching.hidden(lifted=lifted)]
