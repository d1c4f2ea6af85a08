"""Run landed bytes again after a mapping or a rule was corrected: in order, under the same gate, rehearsed first.

What stands must end as the newest drop says. A full drop holds all that stands, so only the newest one is replayed,
with what came after it and was not taken; older ones would roll the feed back and forth before everyone's eyes.
Drops of an incremental feed each hold a part: all are replayed, and where two hold the same reference only the later.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from config.clock import Stages, Watch, unwatched
from offers.calendar import day_of
from offers.errors import Declined, Unreadable
from offers.feed import Feed
from offers.model import TAKEN, Delivery, VerdictKind
from operations.feeds import the_feed
from operations.quarantine import landed_of
from operations.rehearsal import Rehearsal
from operations.rows import as_row
from story.dock import Dock
from story.examine import examine
from story.ingest import Attempt, take_again
from story.occasion import DONE, Occasion

COMPARED = ("created", "updated", "unchanged", "withdrawn", "rejected", "repaired")


@dataclass(frozen=True)
class Plan:
    """The deliveries to replay, in order, and those passed over because a later full drop holds all that stands."""

    feed: Feed
    run: tuple[Delivery, ...]
    passed_over: tuple[Delivery, ...] = ()


def of_delivery(dock: Dock, delivery: int, force: bool = False) -> Plan:
    """One delivery, the newest of its feed. Raises Declined for an older one, unless forced."""
    landed = landed_of(dock, delivery)
    feed = the_feed(dock.settings, landed.feed)
    chosen = dock.store.ledger.delivery(delivery)
    later = [d for d in _ledger(dock, feed) if (d.id or 0) > delivery and d.verdict in TAKEN]
    later = [d for d in later if d.sha256 != landed.sha256]
    if later and not force:
        raise Declined(
            f"delivery {delivery} ({feed.slug}, {landed.name}) is not the newest: {len(later)} other drops were taken "
            f"after it, the last as delivery {later[-1].id}. To run it again now would roll the feed back to what it "
            f"said then{_and_withdraw(feed)}. Replay the newest (quai replay {later[-1].id}), or all in order "
            f"(quai replay --feed {feed.slug} --since DATE); --force does it all the same."
        )
    return Plan(feed, (chosen,) if chosen else ())


def since(dock: Dock, slug: str, day: date) -> Plan:
    """What came for a feed on or after a day (in Paris), up to its newest, as far as it is sound to run it again."""
    feed = the_feed(dock.settings, slug)
    came = [d for d in _ledger(dock, feed) if day_of(d.started_at) >= day]
    waiting = {held.delivery_id for held in dock.store.quarantine.waiting(slug)}
    came = [d for d in came if d.verdict is not VerdictKind.QUARANTINED or d.id in waiting]
    newest_of = {delivery.sha256: delivery.id for delivery in came}
    once = [d for d in came if newest_of[d.sha256] == d.id]
    whole = [at for at, d in enumerate(once) if feed.scope == "full" and d.verdict in TAKEN and _complete(dock, d)]
    start = whole[-1] if whole else 0
    return Plan(feed, tuple(once[start:]), tuple(once[:start]))


def replay(dock: Dock, plan: Plan, watch: Watch = unwatched) -> list[dict[str, Any]]:
    """Run the plan under the feed's lock; a row per delivery. The same plan again finds everything unchanged.

    Raises Declined at a delivery that would do more than was shown of it; those before it stay replayed.
    """
    feed, foretold = plan.feed, dock.store.foretold
    with closing(dock.connector(feed)) as connector, dock.store.lock(feed.slug):
        rows = []
        for before, occasion in _occasions(dock, plan, watch):
            number = before.id or 0
            occasion = replace(occasion, shown=foretold.of(number))
            after = take_again(feed, landed_of(dock, number), dock, connector, occasion, watch)
            if after.verdict in TAKEN:
                foretold.forget(number)
            rows.append(_row(before, after))
        return rows


def rehearse(dock: Dock, plan: Plan, watch: Watch = unwatched) -> list[dict[str, Any]]:
    """What `replay` would do, a row per delivery, by the same story on a store that writes nothing.

    What is shown of each is remembered: a replay that would do more is refused.
    """
    dry = replace(dock, store=Rehearsal(dock.store.warehouse), asks_outside=False)
    rows = []
    for before, occasion in _occasions(dock, plan, watch):
        landed = landed_of(dock, before.id or 0)
        attempt = Attempt(plan.feed, dry, landed, Stages(watch), dock.now(), None, occasion)
        rows.append(_row(before, attempt.carry_out()[0]))
    for row in rows:
        dock.store.foretold.show(row["replays"], _does(row["after"]), dock.now())
    return rows


def _occasions(dock: Dock, plan: Plan, watch: Watch) -> list[tuple[Delivery, Occasion]]:
    """Each delivery with what later ones of the plan overtake in it."""
    overtaken: frozenset[str] = frozenset()
    found = []
    for at, before in enumerate(reversed(plan.run)):
        found.append((before, Occasion(replays=before.id, overtaken=overtaken)))
        if plan.feed.scope == "incremental" and at < len(plan.run) - 1:
            overtaken |= _references(dock, plan.feed, before, watch)
    return found[::-1]


def _references(dock: Dock, feed: Feed, delivery: Delivery, watch: Watch) -> frozenset[str]:
    path, said = dock.landing.fetch(delivery.sha256), dock.landing.encoding(delivery.sha256)
    today = day_of(dock.now())
    try:
        examined = examine(path, delivery.drop, feed, dock.reference, today, Stages(watch), aside=dock.aside, said=said)
    except Unreadable:
        return frozenset()
    return frozenset(examined.kept["reference"]) | frozenset(examined.over["reference"])


def _row(before: Delivery, after: Delivery) -> dict[str, Any]:
    """The new delivery's row, with how the counts stood when the bytes were first run."""
    return {**as_row(after), "replays": before.id, "before": _counted(before), "after": _counted(after)}


def _does(after: dict[str, Any]) -> dict[str, int]:
    """A drop that is not taken does nothing, whatever its counts say that a release would."""
    return {name: after[name] if after["verdict"] in TAKEN else 0 for name in DONE}


def _counted(delivery: Delivery) -> dict[str, Any]:
    return {"verdict": delivery.verdict.value} | {name: getattr(delivery.counts, name) for name in COMPARED}


def _ledger(dock: Dock, feed: Feed) -> Sequence[Delivery]:
    return dock.store.ledger.deliveries(feed.slug, None)[::-1]


def _complete(dock: Dock, delivery: Delivery) -> bool:
    landed = landed_of(dock, delivery.id or 0)
    return landed.complete and (landed.announced is None or delivery.counts.read >= landed.announced)


def _and_withdraw(feed: Feed) -> str:
    return ", and withdraw every offer that came since" if feed.scope == "full" else ""
