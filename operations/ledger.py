"""What the ledger says, as rows for people and for other programs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from config.partners import Broken
from config.settings import read
from offers.errors import FeedMisconfigured
from offers.model import VerdictKind
from offers.sheets import placed
from operations.feeds import freshness, latest_first, the_partners
from operations.matters import BROKEN
from operations.orphans import ORPHANED, orphans_of
from operations.pledges import pledges_of
from operations.rows import as_row, plain_rows
from reports.harmless import csv_bytes
from story.dock import open_dock
from warehouse.ledger import FeedSummary


def feed_rows() -> tuple[list[dict[str, Any]], tuple[Broken, ...]]:
    """One row per feed, late ones first: schedule, freshness, last delivery, what stands, what was promised.

    Before them, as the ledger knows them, those of partners' files that are left out and those that no file names any
    more; and the files that are left out.
    """
    settings = read()
    partners = the_partners(settings)
    feeds = partners.feeds
    with open_dock(settings) as dock:
        known, now, gone = dock.store.ledger.feeds_summary(), dock.now(), orphans_of(dock, partners)
        pledges = pledges_of(dock, feeds)
    rows = []
    for slug, feed in feeds.items():
        summary = known.get(slug)
        kept = freshness(feed, summary.last_accepted_at if summary else None, now).as_dict()
        of_feed = {"title": feed.title, "schedule": feed.schedule, "scope": feed.scope}
        rows.append({"feed": slug, **of_feed, **_summed(summary), **kept, "fault": None, "pledge": pledges.get(slug)})
    unnamed = [
        (slug, BROKEN, one.sentence)
        for one in partners.broken
        for slug in [slug for slug in sorted(known) if one.concerns(slug)] or [one.file]
    ]
    unnamed += [(one.slug, ORPHANED, one.sentence) for one in gone]
    nothing = {"due": None, "late_minutes": 0, "pledge": None}
    before = [
        {"feed": slug, **dict.fromkeys(("title", "schedule", "scope")), **_summed(known.get(slug)), "freshness": state}
        | {**nothing, "fault": fault}
        for slug, state, fault in unnamed
    ]
    return [*before, *latest_first(rows)], partners.broken


def _summed(summary: FeedSummary | None) -> dict[str, Any]:
    accepted = summary.last_accepted_at if summary else None
    return {
        "last_delivery": summary.last.started_at.isoformat() if summary else None,
        "verdict": summary.last.verdict.value if summary else None,
        "last_accepted": accepted.isoformat() if accepted else None,
        "standing": summary.standing if summary else 0,
    }


def delivery_rows(feed: str | None, limit: int) -> list[dict[str, Any]]:
    """The newest deliveries first, of one feed or of all; `held` is where a quarantined one stands, else null."""
    with open_dock(read()) as dock:
        entries = dock.store.ledger.deliveries(feed, limit)
        held = dock.store.quarantine.of([entry.id for entry in entries if entry.id])
    states = {number: one.state for number, one in held.items()}
    return [{**as_row(entry), "held": states.get(entry.id or 0)} for entry in entries]


def rejection_rows(delivery: int, csv: Path | None = None) -> list[dict[str, Any]]:
    """Every rejection of a delivery by line; also written to `csv` (UTF-8 with BOM, defused) where one is named."""
    with open_dock(read()) as dock:
        found = dock.store.ledger.delivery(delivery)
        if found is None:
            raise FeedMisconfigured(f"no delivery {delivery} in the ledger. See `quai deliveries` for their numbers.")
        taken = found
        if found.verdict is VerdictKind.UNCHANGED:  # the same bytes again have no lines of their own in the ledger
            accepted = (d for d in dock.store.ledger.deliveries(found.feed, None) if d.verdict is VerdictKind.ACCEPTED)
            same = (d for d in accepted if (d.id or 0) < delivery and d.sha256 == found.sha256)
            taken = next(same, found)
        frame = placed(dock.store.ledger.rejections(taken.id or 0), taken.sheets)
    if csv is not None:
        csv.write_bytes(csv_bytes(frame))
    return plain_rows(frame)
