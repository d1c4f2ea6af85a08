"""What a person does about the drops that wait: look, release, discard. Nothing of them is visible until released."""

from __future__ import annotations

from contextlib import closing
from typing import Any

from config.clock import Watch, unwatched
from offers.errors import Declined
from offers.model import Decision, Delivery, Landed, Severity
from operations.feeds import the_feed
from operations.rows import as_row
from story.dock import Dock
from story.ingest import take_again
from story.occasion import Occasion
from warehouse.quarantine import RELEASED, SUPERSEDED, WAITING, Held


def listed(dock: Dock, feed: str | None = None, everything: bool = False) -> list[dict[str, Any]]:
    """One row per drop that waits, oldest first; or all that were ever held, newest first, with what became of each."""
    quarantine = dock.store.quarantine
    return [_row(dock, held) for held in (quarantine.newest(feed) if everything else quarantine.waiting(feed))]


def shown(dock: Dock, delivery: int) -> dict[str, Any]:
    """All that a decision needs: the ledger's row with findings and counts, the preview, where the return lies."""
    held = _held(dock, delivery)
    return {**as_row(_known(dock, delivery)), **_row(dock, held), "preview": dict(held.preview)}


def release(dock: Dock, decision: Decision, watch: Watch = unwatched) -> Delivery:
    """Run exactly the landed bytes again, past the gate's stops, under the rules of today; gives the new delivery.

    Raises Declined where the delivery no longer waits or would do more than was shown, Busy when a run of its
    feed is on.
    """
    feed = the_feed(dock.settings, _waiting(dock, decision.delivery).feed)
    with closing(dock.connector(feed)) as connector, dock.store.lock(feed.slug):
        shown = _waiting(dock, decision.delivery).preview
        landed = landed_of(dock, decision.delivery)
        return take_again(feed, landed, dock, connector, Occasion(decision, shown), watch)


def discard(dock: Dock, decision: Decision) -> None:
    """Let the drop wait no longer and load nothing of it; its bytes are kept. Raises Declined as `release` does."""
    with dock.store.lock(_waiting(dock, decision.delivery).feed):
        _waiting(dock, decision.delivery)
        dock.store.quarantine.discard(decision)


def landed_of(dock: Dock, delivery: int) -> Landed:
    """The drop of a delivery as it came that time. Raises Declined where there is no such delivery."""
    landed = dock.store.ledger.landed(delivery)
    if landed is None:
        raise Declined(f"no delivery {delivery} in the ledger. See `quai deliveries` for their numbers.")
    return landed


def _waiting(dock: Dock, delivery: int) -> Held:
    held = _held(dock, delivery)
    if held.state != WAITING:
        raise Declined(f"delivery {delivery} ({held.feed}, {held.drop}) {_what_became(held)}. Nothing was changed.")
    return held


def _held(dock: Dock, delivery: int) -> Held:
    held = dock.store.quarantine.of([delivery]).get(delivery)
    if held is None:
        verdict = _known(dock, delivery).verdict.value
        raise Declined(f"delivery {delivery} was never quarantined: it was {verdict}. See `quai quarantine list`.")
    return held


def _known(dock: Dock, delivery: int) -> Delivery:
    entry = dock.store.ledger.delivery(delivery)
    if entry is None:
        raise Declined(f"no delivery {delivery} in the ledger. See `quai deliveries` for their numbers.")
    return entry


def _row(dock: Dock, held: Held) -> dict[str, Any]:
    entry = _known(dock, held.delivery_id)
    stops = [finding.as_dict() for finding in entry.findings if finding.severity is Severity.STOP]
    return {
        "delivery": held.delivery_id,
        "feed": held.feed,
        "drop": held.drop,
        "held_at": held.held_at.isoformat(),
        "state": held.state,
        "said": _what_became(held),
        "stops": stops,
        "would": {name: held.preview[name] for name in WOULD if name in held.preview},
        "report": entry.report,
        "decided_at": held.decided_at.isoformat() if held.decided_at else None,
        "by": held.decided_by,
        "reason": held.reason,
        "settled_by": held.settled_by,
    }


def _what_became(held: Held) -> str:
    """`waits`, `was released by anne as delivery 14, because « … »`, `was superseded by delivery 15`."""
    if held.state == WAITING:
        return "waits"
    if held.state == SUPERSEDED:
        return f"was superseded by delivery {held.settled_by}, which came later"
    became = f" as delivery {held.settled_by}" if held.state == RELEASED else ""
    return f"was {held.state} by {held.decided_by}{became}, because « {held.reason} »"


WOULD = ("created", "updated", "unchanged", "withdrawn")
