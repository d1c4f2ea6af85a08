"""The night's digest: one message, all sound in one line, else only what needs a person."""

from __future__ import annotations

from typing import Any

from flows.alerts import send
from flows.dock import Dock
from flows.feeds import known_feeds
from flows.matters import NIGHT, PAIRS, all_matters, forget_what_ended, known_and_new, note_told
from offers.calendar import day_of
from offers.model import VerdictKind
from reports.digest import Night, digest


def make(dock: Dock, sending: bool) -> dict[str, Any]:
    """Title, body and matters, JSON-ready; sent and noted as told where asked for.

    Raises CannotTell where an address did not take it; nothing counts as told then.
    """
    feeds = known_feeds(dock.settings)
    found = all_matters(dock, feeds)
    piles = known_and_new(dock, found)
    title, body = digest(_night(dock, len(feeds)), piles)
    sent = sending and send(dock.settings, title, body)
    if sent:
        note_told(dock, piles.new)
        forget_what_ended(dock, {*feeds, PAIRS}, found)
    return {
        "title": title,
        "body": body,
        "sent": sent,
        "new": [matter.as_dict() for matter in piles.new],
        "folded": [matter.as_dict() for matter in piles.folded],
        "acknowledged": [matter.as_dict() for matter in piles.acknowledged],
    }


def _night(dock: Dock, feeds: int) -> Night:
    now = dock.now()
    taken = [d for d in dock.store.deliveries_since(now - NIGHT) if d.verdict is VerdictKind.ACCEPTED]
    return Night(
        day=day_of(now),
        feeds=feeds,
        taken=len(taken),
        created=sum(delivery.counts.created for delivery in taken),
        updated=sum(delivery.counts.updated for delivery in taken),
        withdrawn=sum(delivery.counts.withdrawn for delivery in taken),
    )
