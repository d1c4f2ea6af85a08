"""Expired offers, closed each hour with a count: a flow to schedule, and the same for cron."""

from __future__ import annotations

from offers.calendar import day_of
from story.dock import Dock


def closed(count: int) -> str:
    """What is said of it."""
    return f"{count:,} offers closed: their last day or their weeks are over."


def close_what_expired(dock: Dock) -> int:
    """Close the offers whose last day in Paris, or whose weeks, are over; gives how many there were."""
    now = dock.now()
    return dock.store.matching.close_expired(day_of(now), now)
