"""What wants a person: drops that wait, feeds that fail or are late, findings that warn, pairs that nobody decided."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import takewhile

from config.partners import Broken, Partners
from offers.calendar import minute_of
from offers.errors import Declined, Unforeseen
from offers.feed import Feed
from offers.model import TAKEN, Delivery, Severity, VerdictKind
from operations.feeds import late_since
from operations.orphans import ORPHANED, orphans_of
from reports.ops import Matter, Sorted
from story.dock import Dock
from story.failures import FAILED, UNANSWERED, UNCLEARED, UNKEPT
from warehouse.alerts import Failure, Told

IN_A_ROW = 3
"""Runs without a drop that could be read, after which a person is told at once."""
NIGHT = timedelta(hours=24)
LOOKED_AT = 20
REPLAYED = (FAILED, UNANSWERED)
"""Faults of our own that a replay makes good."""
BROKEN = "broken"
"""A matter about a partner's file, whose name stands for a feed's."""
PAIRS = "duplicates"
"""What stands for a feed's name where a matter is about pairs of records, which may be of any feeds."""
DATABASE = "database"
"""The same, where it is about the database that all feeds share."""


def matters(dock: Dock, feeds: Mapping[str, Feed], broken: Iterable[Broken] = ()) -> list[Matter]:
    """All that wants a person now about these feeds and the partners' files that are left out, the worst first."""
    failures = dock.store.alerts.open_failures()
    found = [*_waiting(dock, feeds)]
    found += [Matter(one.file, BROKEN, " ".join(one.faults), one.sentence, "quai doctor") for one in broken]
    held = {matter.feed for matter in found}
    for slug, feed in feeds.items():
        recent = dock.store.ledger.deliveries(slug, LOOKED_AT)
        found += _of_feed(feed, recent, failures.get(slug, []), slug in held, dock.now())
    return sorted([*_let_down(dock), *found], key=lambda matter: matter.rank)


def all_matters(dock: Dock, feeds: Mapping[str, Feed], broken: Iterable[Broken] = ()) -> list[Matter]:
    """Those of the feeds, and after them what is about no single feed. It reads every pair that is alike: not at once
    after each delivery, but for the digest and for whoever asks."""
    of_no_file = (
        Matter(one.slug, ORPHANED, "", one.sentence, f"quai feeds retire {one.slug} --reason …")
        for one in orphans_of(dock, Partners(feeds, tuple(broken)))
    )
    found = [*matters(dock, feeds, broken), *_held(dock), *of_no_file, *_undecided(dock)]
    return sorted(found, key=lambda matter: matter.rank)


def known_and_new(dock: Dock, found: Sequence[Matter]) -> Sorted:
    """The matters as people know them: what was told is folded, what was acknowledged stays quiet until it changes."""
    told = dock.store.alerts.told()
    piles: dict[str, list[Matter]] = {"new": [], "folded": [], "acknowledged": []}
    for matter in found:
        known = told.get((matter.feed, matter.kind))
        same = known is not None and known.state == matter.state
        pile = "new" if known is None or not same else "acknowledged" if known.acknowledged_at else "folded"
        piles[pile].append(matter)
    return Sorted(*(tuple(piles[name]) for name in ("new", "folded", "acknowledged")))


def note_told(dock: Dock, new: Iterable[Matter]) -> None:
    """Remember that people know these."""
    for matter in new:
        told = Told(matter.feed, matter.kind, matter.state, matter.sentence, told_at=dock.now())
        dock.store.alerts.tell(told)


def forget_what_ended(dock: Dock, names: Collection[str], found: Sequence[Matter]) -> None:
    """Matters of these feeds and files that are over are told anew when they come back. `found`: all that there are."""
    alarms, still = dock.store.alerts, {(matter.feed, matter.kind) for matter in found}
    alarms.forget([key for key in alarms.told() if key not in still and key[0] in names])


def acknowledge(
    dock: Dock, feeds: Mapping[str, Feed], feed: str, kind: str, by: str, broken: Iterable[Broken] = ()
) -> Matter:
    """Note that a person took a matter on. Raises Declined where there is none, naming those that there are."""
    found = all_matters(dock, feeds, broken)
    for matter in found:
        if (matter.feed, matter.kind) == (feed, kind):
            now = dock.now()
            taken_on = Told(feed, kind, matter.state, matter.sentence, acknowledged_at=now, acknowledged_by=by)
            dock.store.alerts.acknowledge(taken_on)
            return matter
    there = ", ".join(f"{matter.feed} {matter.kind}" for matter in found) or "none at all"
    raise Declined(f"nothing wants a person about {feed} {kind}. There is: {there}. See `quai alerts list`.")


def _let_down(dock: Dock) -> Iterator[Matter]:
    """Runs of this night that the database did not serve; told though they are over, for nothing could tell it then."""
    runs = dock.store.alerts.let_down(dock.now() - NIGHT)
    if runs:
        feeds = sorted({run.feed for run in runs})
        named = ", ".join(feeds[:5]) + (f" and {len(feeds) - 5} more" if len(feeds) > 5 else "")
        times = "1 run" if len(runs) == 1 else f"{len(runs)} runs"
        sentence = f"The database did not serve {times} ({named}), last at {minute_of(runs[0].at)}. {runs[0].sentence}"
        yield Matter(DATABASE, "unserved", runs[0].at.isoformat(), sentence, "quai doctor")


def _held(dock: Dock) -> Iterator[Matter]:
    """Sessions that hold a lock for long: a run that is frozen, or whose machine is gone."""
    held = dock.store.alerts.long_held()
    if held:
        sentence = f"A lock of the database is held for long by {' and by '.join(map(str, held))}. If that run is "
        sentence += "frozen, end it there; others wait for it."
        yield Matter(DATABASE, "held", " ".join(str(one.pid) for one in held), sentence, "quai doctor")


def _waiting(dock: Dock, feeds: Mapping[str, Feed]) -> Iterator[Matter]:
    held = [one for one in dock.store.quarantine.waiting() if one.feed in feeds]
    for newest in {one.feed: one for one in held}.values():
        entry = dock.store.ledger.delivery(newest.delivery_id)
        stops = [found for found in entry.findings if found.severity is Severity.STOP] if entry else []
        count = sum(one.feed == newest.feed for one in held)
        drops = "a drop waits" if count == 1 else f"{count} drops wait"
        sentence = f"{newest.feed}: {drops} in quarantine, since {minute_of(newest.held_at)} {newest.drop}. "
        sentence += stops[0].sentence if stops else ""
        state = " ".join(sorted({found.check for found in stops}))
        yield Matter(newest.feed, "quarantined", state, sentence, f"quai quarantine show {newest.delivery_id}")


def _of_feed(
    feed: Feed, recent: Sequence[Delivery], failures: Sequence[Failure], waits: bool, now: datetime
) -> Iterator[Matter]:
    came = [delivery for delivery in recent if delivery.releases is None and delivery.replays is None]
    answered = [delivery for delivery in came if delivery.verdict is not VerdictKind.FAILED]  # told by themselves
    unreadable = [*takewhile(lambda delivery: delivery.verdict is VerdictKind.UNREADABLE, answered)]
    times = len(failures) + len(unreadable)
    ours = False
    if times:
        ours = bool(failures) and failures[0].kind == Unforeseen.__name__
        yield _not_taken(feed, failures, unreadable, "failing" if times >= IN_A_ROW else "failed" if ours else None)
    broken = [] if ours else [*_broken_off(feed, recent, now)]
    yield from broken
    if not times:
        # A drop that waits, or broke us, is told as such; any other that was not accepted does not keep the promise,
        # unless a replay took its bytes later: the partner had sent them in time.
        made_good = {one.sha256 for one in recent if one.replays is not None and one.verdict in TAKEN}
        taken = [one for one in recent if one.replays is None and (one.verdict in TAKEN or one.sha256 in made_good)]
        kept = came if waits or broken else taken
        yield from _late(feed, kept, bool(kept) and bool(came) and came[0].started_at > kept[0].started_at, now)
    if came and came[0].verdict is VerdictKind.ACCEPTED and now - came[0].finished_at <= NIGHT:
        warnings = [one for one in came[0].findings if one.severity is Severity.WARN and one.check != UNANSWERED]
        if warnings:
            more = f" (and {len(warnings) - 1} more)" if len(warnings) > 1 else ""
            state = " ".join(sorted({one.check for one in warnings}))
            command = f"quai deliveries --feed {feed.slug} --limit 1 --json"
            yield Matter(feed.slug, "warned", state, f"{warnings[0].sentence}{more}", command)


def _broken_off(feed: Feed, recent: Sequence[Delivery], now: datetime) -> Iterator[Matter]:
    """Faults of our own: told for a night, and as long as such bytes are neither taken nor overtaken."""
    ours = [
        (delivery, found)
        for at, delivery in enumerate(recent)
        for found in delivery.findings
        if found.check in (*REPLAYED, UNCLEARED, UNKEPT)
        and (now - delivery.finished_at <= NIGHT or not _mended(feed, delivery, recent[:at]))
    ]
    for delivery, found in ours[:1]:
        more = len({one.sha256 for one, _ in ours} - {delivery.sha256})
        others = f" So it went with {more} more drops." if more else ""
        aside = " aside" if "set aside" in found.sentence else ""
        command = f"quai replay {delivery.id}" if found.check in REPLAYED else f"quai ingest {feed.slug}"
        yield Matter(feed.slug, "failed", f"{found.seen}{aside}", f"{found.sentence}{others}", command)


def _mended(feed: Feed, broken: Delivery, later: Sequence[Delivery]) -> bool:
    """Whether its bytes went another way since, or a full drop was taken, which holds all that stands."""
    return any(
        one.verdict is not VerdictKind.FAILED
        and (one.sha256 == broken.sha256 or (feed.scope == "full" and one.verdict in TAKEN))
        for one in later
    )


def _late(feed: Feed, kept: Sequence[Delivery], refused: bool, now: datetime) -> Iterator[Matter]:
    due = late_since(feed, kept[0].started_at, now) if kept else None
    if due is not None:
        last = kept[0].started_at
        nothing, one = ("was accepted", "accepted drop") if refused else ("came", "drop")
        sentence = f"{feed.slug}: nothing {nothing} that was due at {minute_of(due)}; "
        sentence += f"the last {one} came at {minute_of(last)}. "
        sentence += "Ask the partner, or correct `schedule` or `grace` in its file."
        yield Matter(feed.slug, "late", last.isoformat(), sentence, f"quai ingest {feed.slug}")


def _undecided(dock: Dock) -> Iterator[Matter]:
    from operations.duplicates.review import (
        counted,  # here: it brings matching, which the other matters have no need of
    )

    count = counted(dock)["waiting"]
    if count:
        pairs = "1 pair of records waits" if count == 1 else f"{count:,} pairs of records wait"
        # Told again when there are ten times as many, not for every pair that comes or is answered.
        state = f"{len(str(count))} digits"
        yield Matter(PAIRS, "undecided", state, f"{pairs} for an answer: one offer, or two?", "quai duplicates list")


def _not_taken(feed: Feed, failures: Sequence[Failure], unreadable: Sequence[Delivery], worse: str | None) -> Matter:
    """One matter for a feed that takes nothing in, told by the last that was seen."""
    times = len(failures) + len(unreadable)
    by_failure = bool(failures) and not (unreadable and unreadable[0].finished_at > failures[0].at)
    last = failures[0].sentence if by_failure else unreadable[0].findings[0].sentence
    state = failures[0].kind if by_failure else "unreadable"
    row = f" {times} times in a row" if times > 1 else ""
    kind = worse or ("unreachable" if by_failure else "unreadable")
    command = f"quai ingest {feed.slug}" if by_failure else f"quai deliveries --feed {feed.slug}"
    return Matter(feed.slug, kind, state, f"{feed.slug} took nothing in{row}. {last}", command)
