"""What the rules of today would do to every feed: each one's last accepted drop, rehearsed; a line each."""

from __future__ import annotations

from typing import Any

from config.clock import Watch, unwatched
from offers.errors import QuaiError
from offers.feed import Feed
from offers.model import TAKEN, Delivery
from operations.feeds import known_feeds
from operations.replay import COMPARED, Plan, rehearse
from story.dock import Dock

DONE = ("created", "updated", "withdrawn")
OTHER = ("rejected", "repaired")


def forecast(dock: Dock, watch: Watch = unwatched) -> list[dict[str, Any]]:
    """A row per feed, JSON-ready: those whose drop would be held first, then by how many records and lines change.

    `changes` counts them, `rejected` and `repaired` are differences to when the bytes were last run. A feed that could
    not be rehearsed has a `reason` instead of figures, and `failed` where that is no matter of course.
    """
    kept = dock.landing.kept()
    rows = [_of_feed(dock, feed, kept, watch) for _, feed in sorted(known_feeds(dock.settings).items())]
    return sorted(rows, key=lambda row: (row["reason"] is not None, not row["held"], -row["changes"], row["feed"]))


def would_change(rows: list[dict[str, Any]]) -> bool:
    """Whether a feed would be other than it is, or could not be rehearsed though its bytes are there."""
    return any(row["changes"] or row["held"] or row["failed"] for row in rows)


def _of_feed(dock: Dock, feed: Feed, kept: frozenset[str], watch: Watch) -> dict[str, Any]:
    last = next((one for one in dock.store.ledger.deliveries(feed.slug, None) if one.verdict in TAKEN), None)
    if last is None:
        return _row(feed, None, reason="nothing was ever taken from it")
    if last.sha256 not in kept:
        return _row(feed, last, reason="its bytes are no longer kept: its next drop will tell")
    try:
        (rehearsed,) = rehearse(dock, Plan(feed, (last,)), watch)
    except QuaiError as fault:
        return _row(feed, last, reason=str(fault), failed=True)
    except Exception as fault:  # of one feed: what the others would do is still to be said
        return _row(feed, last, reason=f"{type(fault).__name__}, a fault of Quai's own: report it", failed=True)
    return _row(feed, last, rehearsed)


def _row(
    feed: Feed, last: Delivery | None, rehearsed: dict[str, Any] | None = None, reason: str | None = None,
    failed: bool = False,
) -> dict[str, Any]:  # fmt: skip
    before, after = (rehearsed[side] if rehearsed else dict.fromkeys(COMPARED, 0) for side in ("before", "after"))
    figures = {name: after[name] for name in DONE} | {name: after[name] - before[name] for name in OTHER}
    verdict = after.get("verdict")
    return {
        "feed": feed.slug,
        "delivery": last.id if last else None,
        "drop": last.drop if last else None,
        "verdict": verdict,
        "held": verdict not in (None, *TAKEN),
        **figures,
        "changes": sum(map(abs, figures.values())),
        "findings": rehearsed["findings"] if rehearsed else [],
        "reason": reason,
        "failed": failed,
    }
