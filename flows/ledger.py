"""What the ledger says, as rows for people and for other programs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from config.settings import read
from flows.dock import known_feeds, open_dock
from flows.rows import as_row
from offers.errors import FeedMisconfigured
from reports.spreadsheet import csv_bytes


def feed_rows() -> list[dict[str, Any]]:
    """One row per feed: schedule, last delivery, last accepted delivery, records standing."""
    settings = read()
    feeds = known_feeds(settings)
    with open_dock(settings) as dock:
        known = {row["feed"]: row for row in dock.store.feeds_summary()}
    return [
        {"feed": feed.slug, "title": feed.title, "schedule": feed.schedule, "scope": feed.scope, **known.get(slug, {})}
        for slug, feed in sorted(feeds.items())
    ]


def delivery_rows(feed: str | None, limit: int) -> list[dict[str, Any]]:
    """The newest deliveries first, of one feed or of all."""
    with open_dock(read()) as dock:
        return [as_row(delivery) for delivery in dock.store.deliveries(feed, limit)]


def rejection_rows(delivery: int, csv: Path | None = None) -> list[dict[str, Any]]:
    """Every rejection of a delivery by line; also written to `csv` (UTF-8 with BOM, defused) where one is named."""
    with open_dock(read()) as dock:
        if not dock.store.has_delivery(delivery):
            raise FeedMisconfigured(f"no delivery {delivery} in the ledger. See `quai deliveries` for their numbers.")
        frame = dock.store.rejections(delivery)
    if csv is not None:
        csv.write_bytes(csv_bytes(frame))
    return list(frame.astype(object).where(frame.notna(), None).to_dict("records"))
