"""What is to be scheduled: one deployment per feed, and those of the house. Pure: Prefect is asked nothing here."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from cronsim import CronSim, CronSimError

from offers.calendar import PARIS
from offers.errors import FeedMisconfigured
from offers.feed import Feed
from operations.freshness import no_cron

TIMEZONE = str(PARIS)
TAG = "quai"
FEED_TAG = "feed"
_ANY_DAY = datetime(2026, 1, 1)
"""Only the fields of a cron are read, never a date."""
_LAST_MINUTE = 59


@dataclass(frozen=True)
class Planned:
    """One deployment as it should be: `crons` are in Paris, seconds last; none where a look or a person starts it."""

    flow: str
    name: str
    entrypoint: str
    description: str
    crons: tuple[str, ...] = ()
    parameters: Mapping[str, Any] = field(default_factory=dict)
    tags: tuple[str, ...] = (TAG,)

    @property
    def full_name(self) -> str:
        """`ingest/laposte.offres`, as Prefect's command line wants it."""
        return f"{self.flow}/{self.name}"


HOUSE = (
    Planned("alerts", "house", "flows.runs.tell_alerts", "What does not wait for the digest.", ("*/15 * * * *",)),
    Planned("digest", "house", "flows.nightly.tell_night", "The night in one message, and a table.", ("30 7 * * *",)),
    Planned("close-expired", "house", "flows.hourly.close_expired", "Offers whose last day is over.", ("5 * * * *",)),
    Planned("purge", "house", "flows.nightly.purge_what_is_due", "What is kept too long goes.", ("30 5 * * *",)),
    Planned("data-docs", "house", "flows.data_docs.data_docs", "What the gate expected and saw.", ("45 6 * * *",)),
    Planned(
        "rebuild-duplicates",
        "house",
        "flows.rebuild_duplicates.rebuild_duplicates",
        "Would any record be in another offer if all were compared anew? Writes nothing.",
        ("0 4 * * 0",),
        {"dry_run": True},
    ),
)
"""What runs for no single feed. The digest comes when the night's feeds are in."""


def plan(feeds: Mapping[str, Feed]) -> tuple[Planned, ...]:
    """All deployments, the feeds' first. Raises FeedMisconfigured with every schedule that is no cron, at once."""
    planned, faults = [], []
    for slug in sorted(feeds):
        try:
            planned.append(of_feed(feeds[slug]))
        except FeedMisconfigured as fault:
            faults.append(str(fault))
    if faults:
        raise FeedMisconfigured("\n".join(faults))
    return (*planned, *HOUSE)


def of_feed(feed: Feed) -> Planned:
    """A feed's deployment. One that is watched has no hour of its own: what comes starts it."""
    spread = jittered(feed) if feed.schedule is not None else ()
    return Planned(
        flow="ingest",
        name=deployment_name(feed.slug),
        entrypoint="flows.runs.ingest_feed",
        description=f"{feed.title}: {_when(feed)}.",
        crons=() if feed.every else spread,
        parameters={"feed": feed.slug},
        tags=(TAG, FEED_TAG, partner_tag(feed.partner), f"source:{feed.source.kind}"),
    )


def deployment_name(slug: str) -> str:
    """`laposte.offres`: Prefect allows no slash in a name."""
    return slug.replace("/", ".")


def partner_tag(partner: str) -> str:
    """The tag of all deployments of one partner."""
    return f"partner:{partner}"


def jittered(feed: Feed) -> tuple[str, ...]:
    """The feed's cron, moved later by what its slug says: always the same, and another for each feed.

    It never leaves the hour, so that no day changes, nor half of `grace`, so that no jitter makes a feed late.
    """
    try:
        minutes = CronSim(feed.schedule or "", _ANY_DAY).minutes
    except CronSimError as fault:
        raise no_cron(feed.slug, feed.schedule, fault) from fault
    room = min(feed.jitter, feed.grace / 2, timedelta(minutes=_LAST_MINUTE - max(minutes), seconds=59))
    share = int.from_bytes(hashlib.sha256(feed.slug.encode()).digest()[:8]) / 2**64
    later, seconds = divmod(int(share * (room.total_seconds() + 1)), 60)
    rest = (feed.schedule or "").split()[1:]
    moved = ",".join(str(minute + later) for minute in sorted(minutes))
    return (f"{moved} {' '.join(rest)} {seconds}",)


def _when(feed: Feed) -> str:
    due = f"due at {feed.schedule} in Paris" if feed.schedule else "due at no hour"
    if feed.every:
        return f"{due}, looked at every {int(feed.every.total_seconds() // 60)} minutes by `quai watch` or `quai serve`"
    return due if feed.schedule else f"{due}: run by hand"
