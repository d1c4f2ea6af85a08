"""Run landed bytes again after a mapping or a rule was corrected: in order, under the same gate, rehearsed first.

What stands must end as the newest drop says. A full drop holds all that stands, so only the newest one is replayed,
with what came after it and was not taken; older ones would roll the feed back and forth before everyone's eyes.
Drops of an incremental feed each hold a part: all are replayed, and where two hold the same reference only the later.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import pandas as pd

from config.clock import Stages, Watch, unwatched
from offers.calendar import day_of
from offers.errors import Declined, QuaiError, Unreadable
from offers.examined import Examined
from offers.feed import Feed
from offers.model import TAKEN, Changes, Delivery, Landed, VerdictKind
from operations.feeds import known_feeds, the_feed
from operations.quarantine import landed_of
from operations.rows import as_row
from story.dock import Dock
from story.examine import examine
from story.ingest import Attempt, take_again
from story.occasion import DONE, Occasion
from validation.gate.judge import may_withdraw
from warehouse.engine import Warehouse
from warehouse.ledger import Accepted, Ledger
from warehouse.store import Store

COMPARED = ("created", "updated", "unchanged", "withdrawn", "rejected", "repaired")


@dataclass(frozen=True)
class ReplayPlan:
    """The deliveries to replay, in order, and those passed over because a later full drop holds all that stands."""

    feed: Feed
    run: tuple[Delivery, ...]
    passed_over: tuple[Delivery, ...] = ()


def of_delivery(dock: Dock, delivery: int, force: bool = False) -> ReplayPlan:
    """One delivery, the newest of its feed. Raises Declined for an older one, unless forced."""
    landed = landed_of(dock, delivery)
    feed = the_feed(dock.settings, landed.feed)
    chosen = dock.store.ledger.delivery(delivery)
    later = [d for d in _ledger(dock, feed) if (d.id or 0) > delivery and d.verdict in TAKEN]
    later = [d for d in later if d.sha256 != landed.sha256]
    if later and not force:
        withdraw = ", and withdraw every offer that came since" if feed.scope == "full" else ""
        raise Declined(
            f"delivery {delivery} ({feed.slug}, {landed.name}) is not the newest: {len(later)} other drops were taken "
            f"after it, the last as delivery {later[-1].id}. To run it again now would roll the feed back to what it "
            f"said then{withdraw}. Replay the newest (quai replay {later[-1].id}), or all in order "
            f"(quai replay --feed {feed.slug} --since DATE); --force does it all the same."
        )
    return ReplayPlan(feed, (chosen,) if chosen else ())


def since(dock: Dock, slug: str, day: date) -> ReplayPlan:
    """What came for a feed on or after a day (in Paris), up to its newest, as far as it is sound to run it again."""
    feed = the_feed(dock.settings, slug)
    came = [d for d in _ledger(dock, feed) if day_of(d.started_at) >= day]
    waiting = {held.delivery_id for held in dock.store.quarantine.waiting(slug)}
    came = [d for d in came if d.verdict is not VerdictKind.QUARANTINED or d.id in waiting]
    newest_of = {delivery.sha256: delivery.id for delivery in came}
    once = [d for d in came if newest_of[d.sha256] == d.id]
    start = 0
    for at, d in enumerate(once):
        if feed.scope == "full" and d.verdict in TAKEN:
            landed = landed_of(dock, d.id or 0)
            start = at if may_withdraw(landed.announced, d.counts.read, landed.complete) else start
    return ReplayPlan(feed, tuple(once[start:]), tuple(once[:start]))


def _ledger(dock: Dock, feed: Feed) -> Sequence[Delivery]:
    return dock.store.ledger.deliveries(feed.slug, None)[::-1]


def replay(dock: Dock, plan: ReplayPlan, watch: Watch = unwatched) -> list[dict[str, Any]]:
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


def rehearse(dock: Dock, plan: ReplayPlan, watch: Watch = unwatched) -> list[dict[str, Any]]:
    """What `replay` would do, a row per delivery, by the same story on a store that writes nothing.

    What is shown of each is remembered: a replay that would do more is refused.
    """
    dry = replace(dock, store=Rehearsal(dock.store.warehouse), asks_outside=False)
    rows = []
    for before, occasion in _occasions(dock, plan, watch):
        landed = landed_of(dock, before.id or 0)
        attempt = Attempt(plan.feed, dry, landed, Stages(watch), dock.now(), occasion=occasion)
        rows.append(_row(before, attempt.decide()[0]))
    for row in rows:
        after = row["after"]  # a drop that is not taken does nothing, whatever its counts say that a release would
        does = {name: after[name] if after["verdict"] in TAKEN else 0 for name in DONE}
        dock.store.foretold.show(row["replays"], does, dock.now())
    return rows


def _occasions(dock: Dock, plan: ReplayPlan, watch: Watch) -> list[tuple[Delivery, Occasion]]:
    """Each delivery with what later ones of the plan overtake in it."""
    overtaken: frozenset[str] = frozenset()
    found = []
    for at, before in enumerate(reversed(plan.run)):
        found.append((before, Occasion(replays=before.id, overtaken=overtaken)))
        if plan.feed.scope == "incremental" and at < len(plan.run) - 1:
            path, said = dock.landing.fetch(before.sha256), dock.landing.encoding(before.sha256)
            given = (path, before.drop, plan.feed, dock.reference, day_of(dock.now()), Stages(watch))
            with suppress(Unreadable):
                examined = examine(*given, aside=dock.aside, said=said)
                overtaken |= {*examined.kept["reference"], *examined.over["reference"]}
    return found[::-1]


def _row(before: Delivery, after: Delivery) -> dict[str, Any]:
    """The new delivery's row, with how the counts stood when the bytes were first run."""

    def counted(delivery: Delivery) -> dict[str, Any]:
        return {"verdict": delivery.verdict.value} | {name: getattr(delivery.counts, name) for name in COMPARED}

    return {**as_row(after), "replays": before.id, "before": counted(before), "after": counted(after)}


def forecast(dock: Dock, watch: Watch = unwatched) -> list[dict[str, Any]]:
    """What the rules of today would do to every feed's last accepted drop, rehearsed; a row per feed, JSON-ready.

    Those whose drop would be held first, then by how many records and lines change. `changes` counts them, `rejected`
    and `repaired` are differences to when the bytes were last run. A feed that could not be rehearsed has a `reason`
    instead of figures, and `failed` where that is no matter of course.
    """
    kept = dock.landing.kept()
    rows = [_foretold(dock, feed, kept, watch) for _, feed in sorted(known_feeds(dock.settings).items())]
    return sorted(rows, key=lambda row: (row["reason"] is not None, not row["held"], -row["changes"], row["feed"]))


def would_change(rows: list[dict[str, Any]]) -> bool:
    """Whether a feed would be other than it is, or could not be rehearsed though its bytes are there."""
    return any(row["changes"] or row["held"] or row["failed"] for row in rows)


def _foretold(dock: Dock, feed: Feed, kept: frozenset[str], watch: Watch) -> dict[str, Any]:
    last = next((one for one in dock.store.ledger.deliveries(feed.slug, None) if one.verdict in TAKEN), None)
    before: dict[str, Any] = dict.fromkeys(COMPARED, 0)
    after, findings, reason, failed = before, [], None, False
    if last is None:
        reason = "nothing was ever taken from it"
    elif last.sha256 not in kept:
        reason = "its bytes are no longer kept: its next drop will tell"
    else:
        try:
            (row,) = rehearse(dock, ReplayPlan(feed, (last,)), watch)
            before, after, findings = row["before"], row["after"], row["findings"]
        except QuaiError as fault:
            reason, failed = str(fault), True
        except Exception as fault:  # of one feed: what the others would do is still to be said
            reason, failed = f"{type(fault).__name__}, a fault of Quai's own: report it", True
    figures = {name: after[name] for name in ("created", "updated", "withdrawn")}
    figures |= {name: after[name] - before[name] for name in ("rejected", "repaired")}
    return {
        "feed": feed.slug,
        "delivery": last.id if last else None,
        "drop": last.drop if last else None,
        "verdict": after.get("verdict"),
        "held": after.get("verdict") not in (None, *TAKEN),
        **figures,
        "changes": sum(map(abs, figures.values())),
        "findings": findings,
        "reason": reason,
        "failed": failed,
    }


class Foreseen(Ledger):
    """The ledger as it would be: what would be loaded changes only the standing that it remembers."""

    def __init__(self, warehouse: Warehouse) -> None:
        super().__init__(warehouse)
        self._standing: dict[str, pd.DataFrame] = {}
        self._accepted: dict[str, Accepted] = {}

    def standing(self, feed: str, today: date | None = None) -> pd.DataFrame:
        """What would stand by now."""
        if feed not in self._standing:
            self._standing[feed] = super().standing(feed, today)
        return self._standing[feed]

    def last_accepted(self, feed: str) -> Accepted | None:
        """The last that would be accepted by now."""
        return self._accepted.get(feed) or super().last_accepted(feed)

    def remember(self, accepted: Accepted, feed: str, changes: Changes) -> None:
        """What would stand from now on."""
        self._standing[feed] = standing_after(self.standing(feed), changes)
        self._accepted[feed] = accepted

    def close(self, delivery: Delivery) -> None:
        """Nothing."""


class Rehearsal(Store):
    """A store that writes nothing: the story runs on it to the end, and says what it would have done.

    It reads as the store does. Deliveries get the id 0, for they are in no ledger.
    """

    ledger: Foreseen

    def __init__(self, warehouse: Warehouse) -> None:
        super().__init__(warehouse)
        self.ledger = Foreseen(warehouse)

    def publish(self, landed: Landed, delivery: Delivery, changes: Changes, lines: Examined, **_said: Any) -> Delivery:
        """Remember what would stand."""
        said = (landed.announced, landed.complete)
        accepted = Accepted(0, delivery.sha256, delivery.fingerprint, delivery.started_at, *said)
        self.ledger.remember(accepted, delivery.feed, changes)
        return replace(delivery, id=0)

    def hold(self, landed: Landed, delivery: Delivery, lines: Examined, **_said: Any) -> Delivery:
        """Nothing."""
        return replace(delivery, id=0)

    def note(self, landed: Landed, delivery: Delivery, *_said: Any, **_more: Any) -> Delivery:
        """Nothing."""
        return replace(delivery, id=0)


def standing_after(standing: pd.DataFrame, changes: Changes) -> pd.DataFrame:
    """The standing once these changes are made: reference, content_hash, withdrawn, over."""
    new = pd.concat([changes.created, changes.updated])[["reference", "content_hash"]]
    new = new.assign(withdrawn=False, over=False)
    if changes.closed is not None:
        closed = changes.closed[["reference", "content_hash"]].assign(withdrawn=False, over=True)
        new = pd.concat([new, closed])
    old = standing[~standing["reference"].isin(new["reference"])]
    old = old.assign(withdrawn=old["withdrawn"] | old["reference"].isin(list(changes.withdrawn)))
    return pd.concat([old, new], ignore_index=True)
