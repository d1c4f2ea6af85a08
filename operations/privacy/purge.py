"""`quai purge`: say what is kept too long, take it away where asked to, look again, and write down what went.

Bytes of a drop lie in the landing, and beside it, on our own disk: moved-away files of a folder, and returns.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

from connectors.files import cut_once, return_names
from connectors.home import local_outbox
from connectors.settings import FolderSettings
from offers.calendar import day_of, minute_of
from offers.errors import Busy, CannotKeep, Declined
from offers.feed import Feed
from operations.checkup import FAR_OFF
from story.dock import Dock
from warehouse.care import Due, Old
from warehouse.landing import checksum_of

Told = dict[str, Any]
QUIET = timedelta(days=35)
"""Longer than that no place goes without a purge, be it one by hand each month."""
WRITTEN = "%Y%m%dT%H%M%SZ"
ENDINGS = (".retour.html", ".retour.csv", ".retour.xlsx", ".ack.json")


@dataclass(frozen=True)
class PurgePlan:
    """What is to go: drops by age or by delivery, what is said of their lines, and, by age alone, contacts."""

    at: datetime
    drops: Due
    lines: Due
    contacts: bool


@dataclass(frozen=True)
class Copy:
    """A file that holds what a drop held."""

    feed: str
    path: Path


@dataclass
class Went:
    """What is gone, and what could not be removed, each with the reason."""

    drops: list[Old] = field(default_factory=list)
    copies: list[Copy] = field(default_factory=list)
    left: list[dict[str, str]] = field(default_factory=list)


def by_age(dock: Dock, *, clock_is_right: bool = False) -> PurgePlan:
    """What this place's settings say.

    Raises Declined where our clock and the database's differ, and, unless a person says that it is right, where it is
    far from the last purge, or the last delivery: a clock that jumped would take everything away.
    """
    at, settings, theirs = dock.now(), dock.settings, dock.store.warehouse.clock()
    if abs(at - theirs) > FAR_OFF:
        raise Declined(
            f"this machine's clock says {minute_of(at)} in Paris, the database's {minute_of(theirs)}. What is "
            "kept too long is reckoned by it, so nothing was taken away. Let both follow a time server, see `quai "
            "doctor`; then run this again."
        )
    sign: datetime | None = None  # when this place was last seen purging, or, where it never was, taking a drop in
    if not clock_is_right:
        proofs = sorted((settings.home / "purges").glob("*.json"), reverse=True)
        # An erasure of one person is none.
        last = next((one.name for one in proofs if '"drops_before"' in one.read_text("utf-8")), None)
        if last is not None:
            sign = datetime.strptime(last[:16], WRITTEN).replace(tzinfo=UTC)
        elif newest := dock.store.ledger.deliveries(limit=1):
            sign = newest[0].finished_at
    if sign is not None and at - sign > QUIET:
        raise Declined(
            f"the clock says {day_of(at)}, and the last purge, or else delivery, was on {day_of(sign)}, more than "
            f"{QUIET.days} days ago. A clock that jumped would take everything away, so nothing was. If it is right, "
            "say so once: quai purge --yes --clock-is-right"
        )
    drops, lines = (timedelta(days=days) for days in (settings.keep_drops_days, settings.keep_rejects_days))
    return PurgePlan(at, Due(at - drops), Due(at - lines), contacts=True)


def of_deliveries(dock: Dock, deliveries: Sequence[int]) -> PurgePlan:
    """The bytes of these deliveries, whenever they came. Raises Declined where one waits, or is in no ledger."""
    unknown = [str(number) for number in deliveries if dock.store.ledger.delivery(number) is None]
    if unknown:
        raise Declined(f"no delivery {', '.join(unknown)} in the ledger. See `quai deliveries` for their numbers.")
    waits = dock.store.care.waiting(deliveries)
    if waits:
        raise Declined(
            f"the bytes of delivery {', '.join(map(str, waits))} wait in quarantine, and releasing them needs them. "
            "Discard it first: quai quarantine discard DELIVERY --reason …"
        )
    due = Due(dock.now(), tuple(deliveries))
    return PurgePlan(due.before, due, due, contacts=False)


def planned(dock: Dock, feeds: Mapping[str, Feed], plan: PurgePlan) -> Told:
    """What would go; nothing is touched."""
    old, unnamed = _held(dock, plan.drops, dock.landing.kept())
    return {"dry_run": True, **_told(plan, Went(old, [*_copies(dock, feeds, plan)], unnamed), _rows(dock, plan))}


def purge(dock: Dock, feeds: Mapping[str, Feed], plan: PurgePlan, *, nameless: bool = False) -> Told:
    """Take it away, and write what went into `<home>/purges`. Whatever is left is told, and goes with the next one.

    `nameless`: no file is named there, for its name may say who is to be forgotten.
    """
    went = Went(left=_held(dock, plan.drops, dock.landing.kept())[1])
    for copy in _copies(dock, feeds, plan):
        try:
            copy.path.unlink(missing_ok=True)
            went.copies.append(copy)
        except OSError as fault:
            went.left.append({"what": str(copy.path), "why": fault.strerror or type(fault).__name__})
    # Drops, each under its feed's lock and chosen again there: bytes that come once more in the meantime stay. The
    # landing is listed once: it is the ledger that says whether bytes came again.
    there = dock.landing.kept()
    for feed in sorted({old.feed for old in _held(dock, plan.drops, there)[0]}):
        try:
            with dock.store.lock(feed):
                for old in _held(dock, plan.drops, there)[0]:
                    if old.feed == feed and dock.landing.forget(old.sha256):
                        there -= {old.sha256}  # another feed may have left the same bytes
                        went.drops.append(old)
        except (Busy, CannotKeep) as fault:
            went.left.append({"what": f"drops of {feed}", "why": str(fault)})
    said = {"dry_run": False, **_told(plan, went, _rows(dock, plan, remove=True))}
    still = {
        "drops": len(_held(dock, plan.drops, dock.landing.kept())[0]),
        "copies": len([*_copies(dock, feeds, plan)]),
    }
    said["still_due"] = {**still, **_rows(dock, plan)}
    if nameless:
        said["drops"] = [{**old, "name": ""} for old in said["drops"]]
        said["copies"] = [{**copy, "path": str(Path(copy["path"]).parent)} for copy in said["copies"]]
    said["proof"] = str(write_down(dock, said))
    return said


def write_down(dock: Dock, said: Told) -> Path:
    """Keep what was done as a file of its own, never over another."""
    folder = dock.settings.home / "purges"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{dock.now().astimezone(UTC).strftime(WRITTEN)}-{uuid4().hex[:6]}.json"
    path.write_text(json.dumps(said, ensure_ascii=False, indent=1, default=str) + "\n", encoding="utf-8")
    return path


def _held(dock: Dock, due: Due, there: frozenset[str]) -> tuple[list[Old], list[dict[str, str]]]:
    """The due drops whose bytes are still `there`, in the landing, and bytes as old that no ledger knows; and, named
    and left for a person, those of which nothing says how old they are."""
    care, unnamed = dock.store.care, list[dict[str, str]]()
    found = [old for old in care.drops(due) if old.sha256 in there]
    if due.deliveries:
        return found, unnamed
    for checksum in sorted(there - care.known()):
        try:
            said = dock.landing.about(checksum)
        except CannotKeep as fault:
            unnamed.append({"what": f"bytes {checksum[:12]} of no delivery", "why": str(fault)})
            continue
        came = datetime.fromisoformat(said["arrived_at"])
        if came < due.before:
            found.append(Old(said["feed"], checksum, said["name"], said["size"], came))
    return found, unnamed


def _rows(dock: Dock, plan: PurgePlan, *, remove: bool = False) -> Told:
    contacts = dock.store.care.contacts(plan.at, remove=remove) if plan.contacts else {}
    return {"lines": dock.store.care.lines(plan.lines, remove=remove), "contacts": contacts}


def _told(plan: PurgePlan, went: Went, rows: Told) -> Told:
    return {
        "at": plan.at.isoformat(),
        "drops_before": plan.drops.before.isoformat(),
        "lines_before": plan.lines.before.isoformat(),
        "deliveries": list(plan.drops.deliveries),
        "drops": [{**vars(old), "last_came": old.last_came.isoformat()} for old in went.drops],
        "bytes": sum(old.size for old in went.drops),
        "copies": [{"feed": copy.feed, "path": str(copy.path)} for copy in went.copies],
        **rows,
        "left": went.left,
    }


def _copies(dock: Dock, feeds: Mapping[str, Feed], plan: PurgePlan) -> Iterator[Copy]:
    """Files put away before the plan's instant, and returns as old; of deliveries, those of their drops alone.

    A moved-away file counts only where its bytes are a drop's: a folder may hold others' files too. Its age is that of
    its inode, for the partner sets the other date. What lies on a partner's own server is the partner's.
    """
    drops, before = dock.store.care.drops(plan.drops), None if plan.drops.deliveries else plan.drops.before
    for feed in feeds.values():
        checksums = {old.sha256 for old in drops if old.feed == feed.slug}
        names = [f"{old.name}{end}" for old in drops if old.feed == feed.slug for end in ENDINGS]
        returns = {form for name in names for form in (*return_names(name), cut_once(name))}
        home, source, moved = dock.settings.home, feed.source, list[Path]()
        outbox = local_outbox(home, feed.slug)
        if isinstance(source, FolderSettings):
            folder = home / source.path
            moved, outbox = [folder / source.archive, folder / source.rejected], folder / source.outbox
        for path in (file for folder in moved for file in _files(folder)):
            if (before is None or _put_at(path) < before) and checksum_of(path) in checksums:
                yield Copy(feed.slug, path)
        for path in _files(outbox):
            own = path.name in returns
            if own if before is None else (own or path.name.endswith(ENDINGS)) and _put_at(path) < before:
                yield Copy(feed.slug, path)


def _files(folder: Path) -> list[Path]:
    try:
        if folder.is_symlink():
            return []  # nor is anything put through a link
        return sorted(path for path in folder.iterdir() if not path.is_symlink() and path.is_file())
    except (FileNotFoundError, NotADirectoryError, PermissionError):
        return []


def _put_at(path: Path) -> datetime:
    return datetime.fromtimestamp(path.stat().st_ctime, UTC)
