"""Freshness: a feed's promise, schedule and grace, against when it last delivered. Pure: the hour is an argument."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from offers.calendar import PARIS
from offers.errors import FeedMisconfigured
from offers.feed import Feed


class State(StrEnum):
    """How a feed keeps its promise; in the order in which people want to see them."""

    LATE = "late"
    NEVER = "never"
    FRESH = "fresh"
    BY_HAND = "by hand"


@dataclass(frozen=True)
class Freshness:
    """`due`: the last hour, its grace being over, at which a drop was due; `late_by`: how long it has been owed."""

    state: State
    due: datetime | None = None
    late_by: timedelta = timedelta(0)

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        due = self.due.isoformat() if self.due else None
        return {"freshness": self.state.value, "due": due, "late_minutes": int(self.late_by.total_seconds() // 60)}


def freshness(feed: Feed, last: datetime | None, now: datetime) -> Freshness:
    """How the feed stands; `last`: its last accepted delivery, the same bytes again being one, None before the first.

    A drop that comes up to `grace` before it is due counts as that day's. Late is counted from the first drop that is
    owed, not from the last. Raises FeedMisconfigured for a schedule that is no cron.
    """
    if feed.schedule is None:
        return Freshness(State.BY_HAND)
    due = last_due(feed.slug, feed.schedule, now - feed.grace)
    if last is None:
        return Freshness(State.NEVER, due)
    if last >= due - feed.grace:
        return Freshness(State.FRESH, due)
    return Freshness(State.LATE, due, now - next_due(feed.slug, feed.schedule, last + feed.grace))


def late_since(feed: Feed, last: datetime, now: datetime) -> datetime | None:
    """When a drop was due that has not come, `grace` being over; None where the feed is not late."""
    found = freshness(feed, last, now)
    return found.due if found.state is State.LATE else None


def last_due(slug: str, cron: str, before: datetime) -> datetime:
    """The last hour that the cron names before this one, in Paris. Raises FeedMisconfigured for what is no cron."""
    return _hour_of(slug, cron, before, backwards=True)


def next_due(slug: str, cron: str, after: datetime) -> datetime:
    """The next hour that the cron names after this one, in Paris."""
    return _hour_of(slug, cron, after, backwards=False)


def latest_first(rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows of `Freshness.as_dict` and a feed's name, late ones first."""
    order = [state.value for state in State]
    return sorted(rows, key=lambda row: (order.index(row["freshness"]), -row["late_minutes"], row["feed"]))


def _hour_of(slug: str, cron: str, at: datetime, *, backwards: bool) -> datetime:
    from cronsim import CronSim, CronSimError  # here, for what asks no schedule need not load it

    try:
        found: datetime = next(CronSim(cron, at.astimezone(PARIS), reverse=backwards))
    except (CronSimError, StopIteration) as fault:
        raise no_cron(slug, cron, fault) from fault
    return found


def no_cron(slug: str, cron: str | None, fault: Exception) -> FeedMisconfigured:
    """What to say of a `schedule` that cannot be read."""
    return FeedMisconfigured(
        f"{slug}: `schedule` is « {cron} », which is no cron expression ({fault}). Expected e.g. "
        '"10 2 * * *": minute, hour, day, month, weekday.'
    )
