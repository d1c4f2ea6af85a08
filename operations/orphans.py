"""Feeds of which something stands or waits, and that no partner's file names any more: named, renamed or retired.

Nothing ends such a feed by itself: its offers would stay online for ever, and hold back what their employer withdraws
under another name.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from config.partners import Partners
from connectors.home import clear, local_outbox, notebook_of
from offers.calendar import day_of
from offers.changes import withdrawing
from offers.errors import CannotKeep, Declined, FeedMisconfigured
from offers.examined import Examined
from offers.findings import finding_of
from offers.model import Counts, Delivery, Drop, Severity, VerdictKind
from offers.text import nearest
from operations.feeds import of_broken
from story.dock import Dock
from warehouse.ledger import RETIRED
from warehouse.metering import FeedGauges, held_by_feed
from warehouse.quarantine import Settlement

ORPHANED = "orphaned"
"""Of a matter, and what `quai feeds` says in place of a feed's freshness."""


@dataclass(frozen=True)
class Orphan:
    """A feed's slug, and what is held of it."""

    slug: str
    held: FeedGauges

    @property
    def seen(self) -> str:
        """What stands: `12 records stand, 1 drop waits in quarantine`."""
        held = self.held
        said = [f"{held.standing:,} {'record stands' if held.standing == 1 else 'records stand'}"]
        if held.waiting:
            said.append(f"{held.waiting} {'drop waits' if held.waiting == 1 else 'drops wait'} in quarantine")
        if held.failing:
            said.append(f"{held.failing} failed runs are open")
        return f"no partner's file names this feed any more; {', '.join(said)}, and nothing ends that by itself"

    @property
    def do(self) -> str:
        """The ways to go on."""
        return (
            f"If it goes on under another name: quai feeds rename {self.slug} NEW --reason …; if it is over: quai "
            f"feeds retire {self.slug} --reason …; if its table went by mistake, put it back."
        )

    @property
    def sentence(self) -> str:
        """Both."""
        return f"{self.slug}: {self.seen}. {self.do}"


def orphans(known: Mapping[str, FeedGauges], partners: Partners) -> tuple[Orphan, ...]:
    """Those of the feeds known to the warehouse that no file names; a feed of a file that is left out is none."""
    gone = (slug for slug in known if slug not in partners.feeds and of_broken(slug, partners.broken) is None)
    return tuple(Orphan(slug, known[slug]) for slug in gone)


def orphans_of(dock: Dock, partners: Partners) -> tuple[Orphan, ...]:
    """Those of this place."""
    return orphans(held_by_feed(dock.store.warehouse), partners)


def rename(dock: Dock, partners: Partners, old: str, new: str, by: str, reason: str, do: bool) -> dict[str, Any]:
    """Give all that is of an orphaned feed to one that a file names; its offers and their ids stay. Rehearsed unless
    `do`. Raises Declined where `old` is no orphan or `new` has records of its own, FeedMisconfigured for an unknown
    `new`, Busy when a run of either is on.
    """
    if new not in partners.feeds:
        near = nearest(new, partners.feeds)
        raise FeedMisconfigured(
            f"no feed is called « {new} »{f'; did you mean `{near}`?' if near else ''} Write its table first: what is "
            f"of {old} goes to a feed that a partner's file names."
        )
    _must_be_gone(dock, partners, old)
    when = str(day_of(dock.now()))
    said = finding_of("feed_renamed", Severity.NOTE, old=old, new=new, day=when, by=by, reason=reason)
    with ExitStack() as stack:
        for slug in sorted((old, new)):
            stack.enter_context(dock.store.lock(slug))
        moved = dock.store.rename(old, new, said, do)
        belongings = _move(dock, old, new) if do else _belongings(dock, old, new)
    return {
        "feed": old, "new": new, "dry_run": not do, "rows": moved, "files": [str(was) for was, _ in belongings],
        "by": by, "reason": reason,
    }  # fmt: skip


def retire(dock: Dock, partners: Partners, slug: str, by: str, reason: str, do: bool) -> dict[str, Any]:
    """Withdraw all that stands of an orphaned feed, as an accepted delivery, and let none of its drops wait. Rehearsed
    unless `do`. Raises Declined where it is no orphan, Busy when a run of it is on.
    """
    held = _must_be_gone(dock, partners, slug)
    said: dict[str, Any] = {"feed": slug, "dry_run": not do, "delivery": None}
    said |= {"withdrawn": held.standing, "waiting": held.waiting, "by": by, "reason": reason}
    if not do:
        return said
    with dock.store.lock(slug):
        delivery = _withdraw_all(dock, slug, by, reason)
        alarms = dock.store.alerts
        alarms.recovered(slug, dock.now())
        alarms.forget(list(alarms.told(slug)))
        # With it a source would be asked for news alone, should the feed come back.
        notebook_of(dock.settings.home, slug).unlink(missing_ok=True)
        clear(dock.settings.home / "scratch" / slug)
    return {**said, "delivery": delivery.id, "withdrawn": delivery.counts.withdrawn}


def _must_be_gone(dock: Dock, partners: Partners, slug: str) -> FeedGauges:
    if slug in partners.feeds:
        raise Declined(
            f"{slug} is in its partner's file, and would deliver again. Take its table out first, or keep it. Nothing "
            "was changed."
        )
    broken = of_broken(slug, partners.broken)
    if broken is not None:
        raise Declined(f"{slug} may be in {broken.file}, which holds a fault: correct that first. Nothing was changed.")
    known = held_by_feed(dock.store.warehouse)
    if slug not in known:
        there = ", ".join(orphan.slug for orphan in orphans(known, partners)) or "none"
        raise Declined(
            f"nothing stands or waits of a feed {slug}. Feeds that no file names: {there}. Nothing was changed."
        )
    return known[slug]


def _withdraw_all(dock: Dock, slug: str, by: str, reason: str) -> Delivery:
    """A delivery as any other: its bytes are the decision itself."""
    now, after, standing = dock.now(), dock.store.ledger.newest(slug), dock.store.ledger.standing(slug)
    gone = tuple(standing.loc[~standing["withdrawn"], "reference"])
    waiting = tuple(one.delivery_id for one in dock.store.quarantine.waiting(slug))
    with tempfile.TemporaryDirectory(prefix="quai-retire-") as folder:
        path, why = Path(folder) / "retired.json", {"retired": slug, "by": by, "reason": reason, "at": now.isoformat()}
        path.write_text(json.dumps(why, ensure_ascii=False), encoding="utf-8")
        landed = dock.landing.keep(Drop(slug, path.name, path, path.stat().st_size, dock.now(), "quai feeds retire"))
    said = finding_of("feed_retired", Severity.NOTE, feed=slug, by=by, reason=reason, withdrawn=len(gone))
    delivery = Delivery(
        feed=slug,
        drop=landed.name,
        sha256=landed.sha256,
        verdict=VerdictKind.ACCEPTED,
        counts=Counts(withdrawn=len(gone)),
        findings=(said,),
        started_at=now,
        finished_at=dock.now(),
        fingerprint=RETIRED,
    )
    terms, settled = dock.store.ledger.terms(slug), Settlement(supersedes=waiting)
    return dock.store.publish(
        landed, delivery, withdrawing(gone), Examined(), terms=terms, settled=settled, after=after
    )


def _belongings(dock: Dock, old: str, new: str) -> list[tuple[Path, Path]]:
    """What lies under a feed's slug on our own disk, and where it goes; what the other has already stays."""
    home = dock.settings.home
    pairs = [(notebook_of(home, old), notebook_of(home, new)), (local_outbox(home, old), local_outbox(home, new))]
    return [(was, now) for was, now in pairs if was.exists() and not now.exists()]


def _move(dock: Dock, old: str, new: str) -> list[tuple[Path, Path]]:
    """After the commit: files, and what the landing notes beside the bytes. Done again, it goes on where it ended."""
    moved = _belongings(dock, old, new)
    for was, now in moved:
        now.parent.mkdir(parents=True, exist_ok=True)
        was.rename(now)
        dock.store.ledger.reports_moved(new, str(was), str(now))
    clear(dock.settings.home / "scratch" / old)
    for checksum in dock.store.ledger.checksums(new):
        try:
            dock.landing.rename(checksum, old, new)
        except CannotKeep:
            continue  # purged, or damaged: doctor says so
    return moved
