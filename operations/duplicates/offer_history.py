"""What somebody needs to find an offer's history, by its id or by one of its records."""

from __future__ import annotations

from typing import Any

from offers.errors import Declined
from offers.matching.review import shown
from operations.duplicates.record_names import named
from story.dock import Dock
from warehouse.matching import review as reviewing
from warehouse.matching.history import Described, Event, history, known


def offer_history(dock: Dock, word: str) -> dict[str, Any]:
    """The offer, its records now and before, and its events, newest first; JSON-ready.

    `word` is an offer's id, also one that was merged away, or feed:reference. Raises Declined where it names nothing.
    """
    with dock.store.warehouse.transaction() as connection:
        found = history(connection, _offer(connection, word))
    if found is None:
        raise _unknown(word)
    return {
        "asked": word,
        "offer": found.offer,
        "opened_at": found.opened_at.isoformat(),
        "closed_at": found.closed_at.isoformat() if found.closed_at else None,
        "online": found.online,
        "hidden": found.hidden,
        "aliases": list(found.aliases),
        "records": [_record(one) for one in found.records],
        "left": [{"record": shown(key), "offer": now} for key, now in found.left.items()],
        "years": [vars(year) for year in found.years],
        "events": [_event(event) for event in found.events],
    }


def known_offer(connection: Any, word: str) -> int:
    """The id that it has now; of an offer that has no record any more, its own. Raises Declined where there is none."""
    offer = _offer(connection, word)
    if not known(connection, offer):
        raise _unknown(word)
    return offer


def _unknown(word: str) -> Declined:
    return Declined(f"there never was an offer {word}. Name an offer by its id, or a record as feed:reference.")


def _offer(connection: Any, word: str) -> int:
    if word.isdecimal() and len(word) < 19:
        return reviewing.keys_of_offer(connection, int(word))[0]
    keys = named(connection, word)
    offer: int = reviewing.records(connection, keys[:1])[keys[0]]["offer"]
    return offer


def _record(one: Described) -> dict[str, Any]:
    feed, reference = one.record
    return {**vars(one), "record": shown(one.record), "feed": feed, "reference": reference}


def _event(event: Event) -> dict[str, Any]:
    return {
        "at": event.at.isoformat(),
        "what": event.what,
        "record": shown(event.record) if event.record else None,
        "delivery": event.delivery,
        "title": event.title,
        "said": event.said,
    }
