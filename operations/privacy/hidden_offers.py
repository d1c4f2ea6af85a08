"""Take one offer down at once, whatever its partners send, until a person puts it back."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from offers.errors import Declined
from operations.duplicates.looking_up import known_offer
from story.dock import Dock


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


def listed(dock: Dock, lifted: bool = False) -> list[dict[str, Any]]:
    """The offers that are hidden, or those that were; the newest first, JSON-ready."""
    return [asdict(one) for one in dock.store.matching.hidden(lifted=lifted)]
