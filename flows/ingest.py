"""The story of one feed, one drop, on one page: collect, keep, examine, compare, judge, publish or hold, report.

Every step that touches the world goes through `step`, so that the same story runs plainly, under a progress bar, or as
Prefect tasks. A run killed between any two steps leaves the warehouse as before or as after, and the next completes it:
bytes are kept before anything reads them, the warehouse changes in one transaction, and the ledger, not the move of a
file, says what was taken.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import date, datetime
from importlib.metadata import version

from connectors.source import Connector
from flows.dock import Dock
from flows.examine import Examined, examine
from flows.hand_back import hand_back
from flows.steps import Step, Timed, plain
from offers.calendar import SchoolYear
from offers.changes import compare
from offers.errors import Unreadable
from offers.feed import Feed
from offers.model import Changes, Counts, Delivery, Drop, Finding, Landed, Severity, Verdict, VerdictKind
from validation.gate import Subject, judge, may_withdraw


@dataclass(frozen=True)
class Run:
    """One run of one feed: who runs it, with what, and how its steps are taken."""

    feed: Feed
    dock: Dock
    connector: Connector
    step: Step
    flow_run: str | None = None

    @property
    def today(self) -> date:
        """The day of the run, which decides the school year and what has expired."""
        return self.dock.now().date()

    @property
    def fingerprint(self) -> str:
        """Changes when the feed's TOML, Quai's version or the school year changes: then the same bytes are read anew."""
        said = f"{self.feed.model_dump_json()}|{version('quai')}|{SchoolYear.at(self.today).label}"
        return hashlib.sha256(said.encode()).hexdigest()[:16]


def ingest(
    feed: Feed, dock: Dock, step: Step = plain, drops: tuple[Drop, ...] | None = None, flow_run: str | None = None
) -> list[Delivery]:
    """Take in every drop that waits, oldest first (or just `drops`); one delivery each.

    Raises CannotCollect when the source does not give, Busy when another run of this feed is under way.
    """
    run = Run(feed, dock, dock.connector(feed), step, flow_run)
    with dock.store.lock(feed.slug):
        waiting = drops if drops is not None else step("collect", lambda: tuple(run.connector.collect()))
        return [take(run, drop) for drop in waiting]


def take(run: Run, drop: Drop) -> Delivery:
    """One drop, from its bytes to the employer's return."""
    started = run.dock.now()
    timed = Timed(run.step)
    landed = timed("keep", lambda: run.dock.landing.keep(drop))
    delivery, examined = _decide_and_apply(run, landed, started, timed)
    delivery = timed("report", lambda: hand_back(run.feed, run.dock, run.connector, delivery, examined))
    timed("settle", lambda: run.connector.settle(drop, delivery.verdict))
    return delivery


def _decide_and_apply(run: Run, landed: Landed, started: datetime, timed: Timed) -> tuple[Delivery, Examined | None]:
    store = run.dock.store
    last = timed("look up", lambda: store.last_accepted(run.feed.slug))
    if last is not None and (last.sha256, last.fingerprint) == (landed.sha256, run.fingerprint):
        return _note(run, landed, started, timed, VerdictKind.UNCHANGED, last.carried_over()), None
    try:
        path = timed("fetch", lambda: run.dock.landing.fetch(landed.sha256))
        examined = examine(path, landed.name, run.feed, run.dock.reference, run.today, timed)
    except Unreadable as fault:
        found = Finding("unreadable", Severity.STOP, "bytes that do not read", "what the feed says", str(fault))
        return _note(run, landed, started, timed, VerdictKind.UNREADABLE, Counts(), (found,)), None
    changes, verdict = _decide(run, landed, examined, timed)
    return _apply(run, landed, started, timed, examined, changes, verdict), examined


def _decide(run: Run, landed: Landed, examined: Examined, timed: Timed) -> tuple[Changes, Verdict]:
    standing = timed("standing", lambda: run.dock.store.standing(run.feed.slug))
    whole = run.feed.scope == "full" and may_withdraw(landed.announced, examined.batch.read, landed.complete)
    changes = timed("compare", lambda: compare(examined.kept, standing, whole, examined.refused_references))
    subject = Subject(
        feed=run.feed.slug,
        read=examined.batch.read,
        ignored=len(examined.ignored),
        rejected=examined.rejected,
        kept=len(examined.kept),
        standing=int((~standing["withdrawn"]).sum()),
        withdrawn=len(changes.withdrawn),
        announced=landed.announced,
        limits=run.feed.limits,
    )
    return changes, timed("judge", lambda: judge(subject, examined.findings))


def _apply(
    run: Run, landed: Landed, started: datetime, timed: Timed, examined: Examined, changes: Changes, verdict: Verdict
) -> Delivery:
    accepted = verdict.kind is VerdictKind.ACCEPTED
    counts = _counts(examined, changes, withdrawn=len(changes.withdrawn) if accepted else 0)
    delivery = _delivery(run, landed, started, timed, verdict.kind, counts, verdict.findings)
    store = run.dock.store
    lines = (examined.rejections, examined.repairs, examined.ignored, examined.repeated)
    if accepted:
        return timed("publish", lambda: store.publish(landed, delivery, changes, *lines))
    return timed("hold", lambda: store.hold(landed, delivery, *lines))


def _note(
    run: Run,
    landed: Landed,
    started: datetime,
    timed: Timed,
    kind: VerdictKind,
    counts: Counts,
    findings: tuple[Finding, ...] = (),
) -> Delivery:
    delivery = _delivery(run, landed, started, timed, kind, counts, findings)
    return timed("note", lambda: run.dock.store.note(landed, delivery))


def _delivery(
    run: Run,
    landed: Landed,
    started: datetime,
    timed: Timed,
    kind: VerdictKind,
    counts: Counts,
    findings: tuple[Finding, ...],
) -> Delivery:
    return Delivery(
        feed=run.feed.slug,
        drop=landed.name,
        sha256=landed.sha256,
        verdict=kind,
        counts=counts,
        findings=findings,
        started_at=started,
        finished_at=run.dock.now(),
        fingerprint=run.fingerprint,
        flow_run=run.flow_run,
        stages=dict(timed.stages),
    )


def _counts(examined: Examined, changes: Changes, withdrawn: int) -> Counts:
    return Counts(
        read=examined.batch.read,
        ignored=len(examined.ignored),
        rejected=examined.rejected,
        repeated=len(examined.repeated),
        created=len(changes.created),
        updated=len(changes.updated),
        unchanged=changes.unchanged,
        withdrawn=withdrawn,
        repaired=examined.repaired,
    )


def with_report(delivery: Delivery, report: str) -> Delivery:
    """The delivery with where its return lies."""
    return replace(delivery, report=report)
