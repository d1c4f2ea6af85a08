"""The story of one drop on one page: keep, read, map, clean, check, compare, judge, publish or hold, hand back.

Plain calls: what touches the world is the dock's (landing, store, connector), and whoever opened it may have wrapped
these as Prefect tasks. A run killed between any two stages leaves the warehouse as before or as after, and the next
completes it: bytes are kept before anything reads them, the warehouse changes in one transaction, and the ledger, not
the move of a file, says what was taken.
"""

from __future__ import annotations

import hashlib
import logging
from dataclasses import dataclass, replace
from datetime import date, datetime
from importlib.metadata import version
from typing import Literal

from config.clock import Stages, Watch, unwatched
from config.logs import about, told
from connectors.source import Connector
from offers.calendar import SchoolYear, day_of
from offers.changes import closed_by_employer, compare
from offers.errors import LedAway, QuaiError, Unreadable
from offers.examined import Examined
from offers.feed import Feed
from offers.gate.profile import Profile
from offers.gate.staleness import CLOCKS_APART, Sent, held_to_last_year, not_renewed, older
from offers.model import Changes, Counts, Delivery, Drop, Finding, Landed, Verdict, VerdictKind
from story.dock import Dock
from story.examine import examine
from story.failures import Cause, failed, not_read, seen, unanswered, withheld
from story.hand_back import hand_back
from story.judge import Before, weigh
from story.occasion import CAME, Occasion, must_be_as_shown, seen_before, settles, superseding
from validation.gate.judge import may_withdraw
from warehouse.quarantine import Settlement

_log = logging.getLogger(__name__)


def take(
    feed: Feed, drop: Drop, dock: Dock, connector: Connector, watch: Watch = unwatched, flow_run: str | None = None
) -> Delivery:
    """One drop, from its bytes to the employer's return."""
    started, timed, unkept = dock.now(), Stages(watch), None
    with timed("keep"):
        try:
            landed = dock.landing.keep(drop)
        except QuaiError:
            raise
        except Exception as fault:
            landed, unkept = dock.landing.named(drop), seen(fault)
    with timed("look up"):
        after = dock.store.ledger.newest(feed.slug)
    return Attempt(feed, dock, landed, timed, started, flow_run, CAME, after, unkept).carry_through(connector)


def take_again(
    feed: Feed, landed: Landed, dock: Dock, connector: Connector, occasion: Occasion, watch: Watch
) -> Delivery:
    """Bytes that the landing has kept, run once more through the same story under the rules of today."""
    after = dock.store.ledger.newest(feed.slug)
    return Attempt(feed, dock, landed, Stages(watch), dock.now(), None, occasion, after).carry_through(connector)


@dataclass(frozen=True)
class Attempt:
    """One attempt at one landed drop: what it is made with, and what it decides.

    `after`: the feed's newest delivery when it began; None for a rehearsal. Where another was entered when it comes to
    write, it raises Overtaken. `unkept`: what broke us before the bytes were kept.
    """

    feed: Feed
    dock: Dock
    landed: Landed
    timed: Stages
    started: datetime
    flow_run: str | None = None
    occasion: Occasion = CAME
    after: int | None = None
    unkept: Cause | None = None

    @property
    def today(self) -> date:
        """The day of the run in Paris, which decides the school year and what has expired."""
        return day_of(self.started)

    @property
    def fingerprint(self) -> str:
        """Changes with the feed's TOML, Quai's version or the school year: then the same bytes are examined anew."""
        said = f"{self.feed.model_dump_json()}|{version('quai')}|{SchoolYear.at(self.today).label}"
        return hashlib.sha256(said.encode()).hexdigest()[:16]

    def carry_through(self, connector: Connector) -> Delivery:
        """From the decision to the employer's return; a fault of ours that keeps the return undoes no decision."""
        delivery, examined = self.decide()
        with about(feed=self.feed.slug, delivery=delivery.id, flow_run=delivery.flow_run):
            untold: tuple[Finding, ...] = ()
            try:
                with self.timed("report"):
                    delivery = hand_back(self.feed, self.dock, connector, delivery, examined)
            except LedAway as fault:
                untold = (withheld(delivery.drop, fault),)
            except QuaiError:
                raise
            except Exception as fault:
                untold = (unanswered(self.feed.slug, delivery.drop, seen(fault)),)
            delivery = replace(delivery, findings=(*delivery.findings, *untold), finished_at=self.dock.now())
            delivery = replace(delivery, stages=dict(self.timed.seconds))
            with self.timed("close"):
                self.dock.store.ledger.close(delivery)
            _log.info("%s: %s, %s", delivery.drop, delivery.verdict.value, told(delivery.counts))
        return delivery

    def decide(self) -> tuple[Delivery, Examined]:
        """The delivery, committed, and what was examined to decide it.

        A drop that breaks us in a way that nobody foresaw is entered as failed, and costs no other its turn. What was
        foreseen (any QuaiError, such as a lost database) is raised.
        """
        cause = self.unkept
        if cause is None:
            try:
                return self._decided()
            except QuaiError:
                raise
            except Exception as fault:
                cause = seen(fault)
        feed = self.feed
        tried = self.dock.store.ledger.tries(feed.slug, self.landed.sha256, self.fingerprint) + 1
        found = failed(feed.slug, self.landed.name, cause, tried, feed.limits.tries, kept=self.unkept is None)
        return self._note(VerdictKind.FAILED, Counts(), (found,)), Examined()

    def _decided(self) -> tuple[Delivery, Examined]:
        feed, store, timed = self.feed, self.dock.store, self.timed
        with timed("look up"):
            last = store.ledger.last_accepted(feed.slug)
        if last is not None and last.again(self.landed, self.fingerprint):
            return self._note(VerdictKind.UNCHANGED, self._carried_over(last.id)), Examined()
        try:
            landing, sha256 = self.dock.landing, self.landed.sha256
            with timed("fetch"):
                path = landing.fetch(sha256)
            examined = examine(
                path, self.landed.name, feed, self.dock.reference, self.today, timed, enrich=self.dock.outside(feed),
                aside=self.dock.aside, said=landing.encoding(sha256),
            )  # fmt: skip
        except Unreadable as fault:
            return self._note(VerdictKind.UNREADABLE, Counts(), (not_read(feed, fault),)), Examined()
        with timed("standing"):
            standing = store.ledger.standing(feed.slug, self.today)
        examined = examined.against(standing, feed)
        with timed("compare"):
            scope: Literal["full", "incremental"] = "full" if self._is_whole(examined.batch.read) else "incremental"
            changes = compare(examined.kept, standing, scope, examined.refused_references, examined.over)
        changes = self.occasion.spare(changes)
        with timed("history"):
            before = Before(store.ledger.history(feed.slug), standing, store.ledger.month(feed.slug, self.started))
        examined = replace(examined, findings=(*examined.findings, *self._stale(examined, changes)))
        with timed("judge"):
            known = self.dock.reference
            profile, verdict = weigh(examined, changes, self.landed, feed, before, known, self.today)
        return self._publish_or_hold(examined, changes, profile, verdict), examined.closing(changes)

    def _publish_or_hold(self, examined: Examined, changes: Changes, profile: Profile, verdict: Verdict) -> Delivery:
        dock, feed, landed = self.dock, self.feed, self.landed
        verdict = self.occasion.past(verdict)
        accepted = verdict.kind is VerdictKind.ACCEPTED
        if accepted:
            must_be_as_shown(dock, feed.slug, self.occasion, changes)
        settled = settles(dock, landed, self.occasion, accepted, self._is_whole(examined.batch.read))
        if not accepted:
            settled = replace(settled, preview=seen_before(dock, feed.slug, changes))
        updated, withdrawn = len(changes.updated) + changes.closing, len(changes.withdrawn) if accepted else 0
        counts = examined.counts(len(changes.created), updated, changes.unchanged, withdrawn)
        findings = (*verdict.findings, *superseding(feed.slug, settled))
        findings += closed_by_employer(feed.slug, changes, examined.batch.sheets) if accepted else ()
        delivery = replace(self._delivery(verdict.kind, counts, findings), sheets=examined.batch.sheets)
        if accepted:
            with self.timed("publish"):
                return dock.store.publish(
                    landed, delivery, changes, examined, terms=feed.terms, profile=profile, settled=settled,
                    after=self.after,
                )  # fmt: skip
        with self.timed("hold"):
            return dock.store.hold(landed, delivery, examined, profile=profile, settled=settled, after=self.after)

    def _note(self, kind: VerdictKind, counts: Counts, findings: tuple[Finding, ...] = ()) -> Delivery:
        settled = Settlement()
        if kind is VerdictKind.UNCHANGED:
            settled = settles(self.dock, self.landed, self.occasion, True, self._is_whole(counts.read))
        delivery = self._delivery(kind, counts, (*findings, *superseding(self.feed.slug, settled)))
        with self.timed("note"):
            return self.dock.store.note(self.landed, delivery, settled, self.after)

    def _is_whole(self, read: int) -> bool:
        """Whether the drop, of so many records, holds all that stands, so that absence from it means something."""
        return self.feed.scope == "full" and may_withdraw(self.landed.announced, read, self.landed.complete)

    def _carried_over(self, delivery: int) -> Counts:
        """Where the same lines went when their bytes were taken: all that was kept is unchanged now."""
        taken = self.dock.store.ledger.delivery(delivery)
        if taken is None:
            raise AssertionError(f"delivery {delivery} was accepted and is not in the ledger")
        was = taken.counts
        kept = was.created + was.updated + was.unchanged
        return replace(was, created=0, updated=0, unchanged=kept, withdrawn=0)

    def _stale(self, examined: Examined, changes: Changes) -> tuple[Finding, ...]:
        """What is said of last year's bytes, and, where no person runs them, of a drop dated before the last taken."""
        feed, landed, store, year = self.feed, self.landed, self.dock.store, SchoolYear.at(self.today)
        found: tuple[Finding, ...] = ()
        if held_to_last_year(feed, year):
            taken = store.ledger.taken_before(feed.slug, landed.sha256, year.turned)
            found = not_renewed(feed, year, examined.mapped, examined.kept, taken) if taken else ()
        until = self.started + CLOCKS_APART if feed.scope == "incremental" else None
        last = store.ledger.last_sent(feed.slug, until) if self.occasion is CAME else None
        if last is None or last.is_to_come(self.started):
            return found
        drop = Sent(landed.sha256, landed.name, landed.sent_at)
        return (*found, *older(feed, drop, last, len(changes.updated) + changes.closing))

    def _delivery(self, kind: VerdictKind, counts: Counts, findings: tuple[Finding, ...]) -> Delivery:
        return Delivery(
            feed=self.feed.slug,
            drop=self.landed.name,
            sha256=self.landed.sha256,
            verdict=kind,
            counts=counts,
            findings=findings,
            started_at=self.started,
            finished_at=self.dock.now(),
            fingerprint=self.fingerprint,
            flow_run=self.flow_run,
            stages=dict(self.timed.seconds),
            releases=self.occasion.released.delivery if self.occasion.released else None,
            replays=self.occasion.replays,
        )
