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
from functools import partial
from importlib.metadata import version
from typing import TYPE_CHECKING, Literal

from config.clock import Stages, Watch, unwatched
from config.logs import about, told
from connectors.source import Connector
from offers.calendar import SchoolYear, day_of
from offers.changes import closed_by_employer, compare
from offers.errors import LedAway, QuaiError, Unreadable
from offers.feed import Feed
from offers.gate.profile import Profile
from offers.gate.staleness import CLOCKS_APART, Sent, held_to_last_year, not_renewed, older
from offers.model import Changes, Counts, Delivery, Drop, Finding, Landed, Verdict, VerdictKind
from story.dock import Dock
from story.examine import Examined, examine
from story.failures import Cause, failed, not_read, seen, unanswered, withheld
from story.hand_back import hand_back
from story.judge import Before, weigh
from story.occasion import CAME, Occasion, must_be_as_shown, seen_before, settles, superseding
from validation.gate.judge import may_withdraw
from warehouse.loading import Lines
from warehouse.quarantine import Settled

if TYPE_CHECKING:
    import pandas as pd

_log = logging.getLogger(__name__)


def take(
    feed: Feed, drop: Drop, dock: Dock, connector: Connector, watch: Watch = unwatched, flow_run: str | None = None
) -> Delivery:
    """One drop, from its bytes to the employer's return."""
    started, timed = dock.now(), Stages(watch)
    with timed("keep"):
        landed, unkept = _kept(dock, drop)
    with timed("look up"):
        after = dock.store.ledger.newest(feed.slug)
    return carry_through(Attempt(feed, dock, landed, timed, started, flow_run, after=after, unkept=unkept), connector)


def _kept(dock: Dock, drop: Drop) -> tuple[Landed, Cause | None]:
    """The drop in the landing; or as it would lie there, and what nobody foresaw that kept it out."""
    try:
        return dock.landing.keep(drop), None
    except QuaiError:
        raise
    except Exception as fault:
        cause = seen(fault)
    return dock.landing.named(drop), cause


def take_again(
    feed: Feed, landed: Landed, dock: Dock, connector: Connector, occasion: Occasion, watch: Watch
) -> Delivery:
    """Bytes that the landing has kept, run once more through the same story under the rules of today."""
    after = dock.store.ledger.newest(feed.slug)
    return carry_through(Attempt(feed, dock, landed, Stages(watch), dock.now(), None, occasion, after), connector)


def carry_through(attempt: Attempt, connector: Connector) -> Delivery:
    """One attempt, from its decision to the employer's return."""
    feed, dock, timed = attempt.feed, attempt.dock, attempt.timed
    delivery, examined = attempt.carry_out()
    with about(feed=feed.slug, delivery=delivery.id, flow_run=delivery.flow_run):
        delivery = answered(attempt, connector, delivery, examined)
        delivery = replace(delivery, finished_at=dock.now(), stages=dict(timed.seconds))
        with timed("close"):
            dock.store.ledger.close(delivery)
        _log.info("%s: %s, %s", delivery.drop, delivery.verdict.value, told(delivery.counts))
    return delivery


def answered(attempt: Attempt, connector: Connector, delivery: Delivery, examined: Examined | None) -> Delivery:
    """With its return handed back, or with a finding that says which fault of ours kept it: what was decided stands."""
    feed, dock = attempt.feed, attempt.dock
    try:
        with attempt.timed("report"):
            return hand_back(feed, dock, connector, delivery, examined)
    except LedAway as fault:
        found = withheld(delivery.drop, fault)
    except QuaiError:
        raise
    except Exception as fault:
        found = unanswered(feed.slug, delivery.drop, seen(fault))
    return replace(delivery, findings=(*delivery.findings, found))


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
    flow_run: str | None
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

    def carry_out(self) -> tuple[Delivery, Examined | None]:
        """As `decide_and_apply`; a drop that breaks us in a way that nobody foresaw is entered as failed.

        It costs no other drop its turn. What was foreseen (any QuaiError, such as a lost database) is raised.
        """
        try:
            if self.unkept is None:
                return self.decide_and_apply()
            cause = self.unkept
        except QuaiError:
            raise
        except Exception as fault:
            cause = seen(fault)
        feed, kept = self.feed, self.unkept is None
        tried = self.dock.store.ledger.tries(feed.slug, self.landed.sha256, self.fingerprint) + 1
        found = failed(feed.slug, self.landed.name, cause, tried, feed.limits.tries, kept=kept)
        return self._note(VerdictKind.FAILED, Counts(), (found,)), None

    def decide_and_apply(self) -> tuple[Delivery, Examined | None]:
        """The delivery, committed, and what was examined to decide it (None when nothing needed to be)."""
        with self.timed("look up"):
            last = self.dock.store.ledger.last_accepted(self.feed.slug)
        if last is not None and last.again(self.landed, self.fingerprint):
            return self._note(VerdictKind.UNCHANGED, self._carried_over(last.id)), None
        try:
            with self.timed("fetch"):
                path = self.dock.landing.fetch(self.landed.sha256)
            known, outside = self.dock.reference, self.dock.outside(self.feed)
            name, aside, said = self.landed.name, self.dock.aside, self.dock.landing.encoding(self.landed.sha256)
            examined = examine(
                path, name, self.feed, known, self.today, self.timed, enrich=outside, aside=aside, said=said
            )
        except Unreadable as fault:
            return self._note(VerdictKind.UNREADABLE, Counts(), (not_read(self.feed, fault),)), None
        with self.timed("standing"):
            standing = self.dock.store.ledger.standing(self.feed.slug, self.today)
        examined = examined.against(standing)
        changes, profile, verdict = self._decide(examined, standing)
        return self._apply(examined, changes, profile, verdict), examined.closing(changes)

    def _whole(self, read: int) -> bool:
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
        feed, landed, year = self.feed, self.landed, SchoolYear.at(self.today)
        found: tuple[Finding, ...] = ()
        if held_to_last_year(feed, year):
            taken = self.dock.store.ledger.taken_before(feed.slug, landed.sha256, year.turned)
            found = not_renewed(feed, year, examined.mapped, examined.kept, taken) if taken else ()
        until = self.started + CLOCKS_APART if feed.scope == "incremental" else None
        last = self.dock.store.ledger.last_sent(feed.slug, until) if self.occasion is CAME else None
        if last is None:
            return found
        drop = Sent(landed.sha256, landed.name, landed.sent_at)
        if last.is_to_come(self.started):
            return found
        return (*found, *older(feed, drop, last, len(changes.updated) + changes.closing))

    def _decide(self, examined: Examined, standing: pd.DataFrame) -> tuple[Changes, Profile, Verdict]:
        scope: Literal["full", "incremental"] = "full" if self._whole(examined.batch.read) else "incremental"
        with self.timed("compare"):
            changes = compare(examined.kept, standing, scope, examined.refused_references, examined.over)
        changes = self.occasion.spare(changes)
        store, feed = self.dock.store, self.feed.slug
        with self.timed("history"):
            before = Before(store.ledger.history(feed), standing, store.ledger.month(feed, self.started))
        examined = replace(examined, findings=(*examined.findings, *self._stale(examined, changes)))
        known = self.dock.reference
        with self.timed("judge"):
            profile, verdict = weigh(examined, changes, self.landed, self.feed, before, known, self.today)
        return changes, profile, verdict

    def _apply(self, examined: Examined, changes: Changes, profile: Profile, verdict: Verdict) -> Delivery:
        verdict = self.occasion.past(verdict)
        accepted = verdict.kind is VerdictKind.ACCEPTED
        if accepted:
            must_be_as_shown(self.dock, self.feed.slug, self.occasion, changes)
        settled = settles(self.dock, self.landed, self.occasion, accepted, self._whole(examined.batch.read))
        if not accepted:
            settled = replace(settled, preview=seen_before(self.dock, self.feed.slug, changes))
        withdrawn = len(changes.withdrawn) if accepted else 0
        updated = len(changes.updated) + changes.closing
        counts = examined.counts(len(changes.created), updated, changes.unchanged, withdrawn)
        findings = (*verdict.findings, *superseding(self.feed.slug, settled))
        findings += closed_by_employer(self.feed.slug, changes, examined.batch.sheets) if accepted else ()
        delivery = replace(self._delivery(verdict.kind, counts, findings), sheets=examined.batch.sheets)
        lines = Lines(examined.rejections, examined.repairs, examined.ignored, examined.repeated)
        enter = partial(self.dock.store.hold, self.landed, delivery)
        if accepted:
            enter = partial(self.dock.store.publish, self.landed, delivery, changes, terms=self.feed.terms)
        with self.timed("publish" if accepted else "hold"):
            return enter(lines, headers=examined.headers, profile=profile, settled=settled, after=self.after)

    def _note(self, kind: VerdictKind, counts: Counts, findings: tuple[Finding, ...] = ()) -> Delivery:
        settled = Settled()
        if kind is VerdictKind.UNCHANGED:
            settled = settles(self.dock, self.landed, self.occasion, True, self._whole(counts.read))
        delivery = self._delivery(kind, counts, (*findings, *superseding(self.feed.slug, settled)))
        with self.timed("note"):
            return self.dock.store.note(self.landed, delivery, settled, self.after)

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
