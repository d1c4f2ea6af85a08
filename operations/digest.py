"""The night's digest: one message, all sound in one line, else only what needs a person."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict
from typing import Any

from offers.calendar import day_of
from offers.model import VerdictKind
from operations.alerts import send
from operations.feeds import the_partners
from operations.matters import NIGHT, all_matters, forget_what_ended, known_and_new, note_told
from reports.ops import Night, digest, is_sound
from story.dock import Dock
from validation.gate.night import kept
from validation.rulebook import MALFORMED


def make(dock: Dock, sending: bool) -> dict[str, Any]:
    """Title, body and matters, JSON-ready; sent and noted as told where asked for.

    Raises CannotTell where an address did not take it; nothing counts as told then.
    """
    partners = the_partners(dock.settings)
    feeds = partners.feeds
    found = all_matters(dock, feeds, partners.broken)
    piles = known_and_new(dock, found)
    night = _night(dock, feeds)
    title, body = digest(night, piles)
    sent = sending and send(dock.settings, title, body)
    if sent:
        note_told(dock, piles.new)
        forget_what_ended(dock, {feed for feed, _ in dock.store.alerts.told()}, found)
    return {
        "title": title,
        "body": body,
        "sent": sent,
        "left_out": [asdict(one) for one in partners.broken],
        "sound": is_sound(night, piles),
        "new": [matter.as_dict() for matter in piles.new],
        "folded": [matter.as_dict() for matter in piles.folded],
        "acknowledged": [matter.as_dict() for matter in piles.acknowledged],
    }


def _night(dock: Dock, feeds: Collection[str]) -> Night:
    now = dock.now()
    delivered = dock.store.deliveries_since(now - NIGHT)
    taken = [d for d in delivered if d.verdict is VerdictKind.ACCEPTED]
    looked, unmet = kept(dock.settings.home / "data_docs", {delivery.id or 0 for delivery in delivered})
    known = dock.store.feeds_summary()
    never = [slug for slug in sorted(feeds) if slug not in known or known[slug].last_accepted_at is None]
    return Night(
        day=day_of(now),
        feeds=len(feeds),
        never=tuple(never),
        taken=len(taken),
        created=sum(delivery.counts.created for delivery in taken),
        updated=sum(delivery.counts.updated for delivery in taken),
        withdrawn=sum(delivery.counts.withdrawn for delivery in taken),
        torn=dock.store.lines_refused([delivery.id or 0 for delivery in taken], [rule.name for rule in MALFORMED]),
        looked=looked,
        unmet=sum(one.known for one in unmet),
        unsaid=tuple(f"{one.check} of {one.feed}, delivery {one.delivery}" for one in unmet if not one.known),
    )
