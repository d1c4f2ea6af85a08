"""The feeds of this place, and how each keeps its promise. Imports no database, so that `quai check` runs anywhere.

The promise is a feed's schedule and grace, against when it last delivered; the hour is always an argument.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any

from config.partners import Broken, Partners, open_feed, survey
from config.settings import Settings
from connectors import KINDS
from offers.calendar import PARIS
from offers.errors import FeedMisconfigured
from offers.feed import Feed

_SOURCES = {word: kind.settings for word, kind in KINDS.items()}
_log = logging.getLogger(__name__)


def the_partners(settings: Settings) -> Partners:
    """All sound feeds of the partners' folder, and the files that are left out. Raises FeedMisconfigured for none."""
    return survey(settings.partners, _SOURCES)


def known_feeds(settings: Settings) -> Mapping[str, Feed]:
    """All sound feeds by slug; the files that are left out are logged."""
    partners = the_partners(settings)
    for one in partners.broken:
        _log.warning("%s", one.sentence)
    return partners.feeds


def the_feed(settings: Settings, slug: str) -> Feed:
    """One feed, of its own file alone. Raises FeedMisconfigured with its faults, or with the nearest known slug."""
    return open_feed(settings.partners, slug, _SOURCES)


def partner_files(settings: Settings, folder: Path | None = None) -> list[dict[str, Any]]:
    """Every partner's file of a folder, by default this place's: its sound feeds, and a sentence for each fault.

    Raises FeedMisconfigured where there is no file at all.
    """
    found = survey(folder or settings.partners, _SOURCES)
    files = {f"{feed.partner}.toml" for feed in found.feeds.values()} | {one.file for one in found.broken}
    return [
        {
            "file": file,
            "feeds": [slug for slug, feed in found.feeds.items() if f"{feed.partner}.toml" == file],
            "faults": [fault for one in found.broken if one.file == file for fault in one.faults],
        }
        for file in sorted(files)
    ]


def partner_file_schema() -> dict[str, Any]:
    """The JSON Schema of a partner's file."""
    from config.schema import partner_schema  # here, for no run needs it

    return partner_schema(_SOURCES)


def of_broken(slug: str, broken: Iterable[Broken]) -> Broken | None:
    """The file that is left out, whole or with this feed of it; None where the feed is of no such file."""
    return next((one for one in broken if one.concerns(slug)), None)


class Punctuality(StrEnum):
    """How a feed keeps its promise; in the order in which people want to see them."""

    LATE = "late"
    NEVER = "never"
    FRESH = "fresh"
    BY_HAND = "by hand"


@dataclass(frozen=True)
class Freshness:
    """`due`: the last hour, its grace being over, at which a drop was due; `late_by`: how long it has been owed."""

    state: Punctuality
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
        return Freshness(Punctuality.BY_HAND)
    due = last_due(feed.slug, feed.schedule, now - feed.grace)
    if last is None:
        return Freshness(Punctuality.NEVER, due)
    if last >= due - feed.grace:
        return Freshness(Punctuality.FRESH, due)
    return Freshness(Punctuality.LATE, due, now - next_due(feed.slug, feed.schedule, last + feed.grace))


def late_since(feed: Feed, last: datetime, now: datetime) -> datetime | None:
    """When a drop was due that has not come, `grace` being over; None where the feed is not late."""
    found = freshness(feed, last, now)
    return found.due if found.state is Punctuality.LATE else None


def latest_first(rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows of `Freshness.as_dict` and a feed's name, late ones first."""
    order = [state.value for state in Punctuality]
    return sorted(rows, key=lambda row: (order.index(row["freshness"]), -row["late_minutes"], row["feed"]))


def last_due(slug: str, cron: str, before: datetime) -> datetime:
    """The last hour that the cron names before this one, in Paris. Raises FeedMisconfigured for what is no cron."""
    return _hour_of(slug, cron, before, backwards=True)


def next_due(slug: str, cron: str, after: datetime) -> datetime:
    """The next hour that the cron names after this one, in Paris."""
    return _hour_of(slug, cron, after, backwards=False)


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
