"""What a doctor concludes from what was seen: is this part of the installation sound, and if not, what to do. Pure."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from config.partners import Partners
from offers.calendar import minute_of
from offers.model import NOT_TAKEN, Delivery, VerdictKind
from operations.orphans import Orphan
from warehouse.locks import Holder

GIB = 2**30
SKEW, FAR_OFF = timedelta(seconds=5), timedelta(minutes=1)
LOW, FULL = 2 * GIB, GIB // 4
"""Bytes free under which a disk is worth a look, and under which a night may not fit."""

EXPAT = (2, 6, 0)
"""From here on one long token of XML costs no more than its length (CVE-2023-52425)."""
NEWER_PYTHON = "install a later patch of Python (3.11.9, 3.12.3 or any 3.13 have it), or the system's libexpat."
JUST_DEPLOYED, LONG_OVERDUE = timedelta(minutes=2), timedelta(minutes=15)
NOTHING_PLANNED = (
    "The Prefect server's scheduler does not work: read the errors of `prefect.server.services.scheduler` in the "
    "server's log (QUAI_HOME/prefect/server.log after `quai up`), install as locked, start the server again; one that "
    "was started with --no-services wants `prefect server services start` beside it."
)
NO_WORKER = (
    "No worker takes them: start one (`quai worker`, systemctl status quai-worker), or let a pool "
    "that is paused go on: prefect work-pool resume quai"
)


class Health(StrEnum):
    """How a part fares."""

    SOUND = "sound"
    LOOK = "look"
    FAULT = "fault"


@dataclass(frozen=True)
class Backlog:
    """What Prefect's server has before it. Of our deployments: how many are `active`, the `newest` one's birth, runs
    `planned` and `overdue`, since when; of all runs that are due and not done, how many are in each of `states`."""

    active: int
    newest: datetime | None
    planned: int
    overdue: int
    since: datetime | None
    states: Mapping[str, int]


@dataclass(frozen=True)
class Check:
    """One part of the installation: what was seen of it, and what to do, which is empty where it is sound."""

    part: str
    state: Health
    seen: str
    do: str = ""


def sound(part: str, seen: str) -> Check:
    """Nothing to do."""
    return Check(part, Health.SOUND, seen)


def fault(part: str, seen: str, do: str = "") -> Check:
    """Quai cannot work like this."""
    return Check(part, Health.FAULT, seen, do)


def look(part: str, seen: str, do: str) -> Check:
    """It works, and wants a look."""
    return Check(part, Health.LOOK, seen, do)


def exit_status(checks: Iterable[Check]) -> int:
    """0 all sound, 1 something wants a look, 2 a fault: a person must correct the installation."""
    states = {check.state for check in checks}
    return 2 if Health.FAULT in states else int(Health.LOOK in states)


def home(path: Path, scheduled: bool) -> Check:
    """Where inboxes and landing are; beside a Prefect server, workers must find them from any folder."""
    seen = f"QUAI_HOME is {path}"
    if path.is_absolute() or not scheduled:
        return sound("settings", seen)
    return look("settings", seen, "Name its whole path: a worker begins each run in a folder of its own.")


def migrated(found: str | None, head: str, where: str) -> Check:
    """The database's migration against ours."""
    if found == head:
        return sound("database", f"{where}, at migration {head}")
    if found is None:
        return look("database", f"{where} is empty", "Run `quai migrate`; any run does it too.")
    seen = f"{where}, at migration {found}; this Quai is made for {head}"
    if found > head:
        return fault("database", seen, "A newer Quai migrated it: install that version, or restore a backup.")
    return fault("database", seen, "Run `quai migrate`; any run does it too.")


def clock(ours: datetime, theirs: datetime) -> Check:
    """Our clock against the database's: schedules, lateness and expiry are told by it."""
    apart = abs(ours - theirs)
    seen = f"{apart.total_seconds():.1f} s apart from the database's"
    if apart <= SKEW:
        return sound("clock", seen)
    make = fault if apart > FAR_OFF else look
    return make("clock", seen, "Let both machines follow a time server (chrony, systemd-timesyncd).")


def disk(part: str, path: str, free: int) -> Check:
    """Room under a path."""
    seen = f"{free / GIB:.1f} GiB free under {path}"
    if free >= LOW:
        return sound(part, seen)
    make = fault if free < FULL else look
    return make(part, seen, "Free space, or move QUAI_HOME or QUAI_LANDING; `quai purge` says what is due to go.")


def prefect(api: str, theirs: str, ours: str) -> Check:
    """The Prefect server's version against the library's: a server may be newer, not older, of one major version."""
    seen = f"{api}: Prefect {theirs}; this installation has {ours}"
    server, client = Version(theirs), Version(ours)
    if server.major != client.major:
        return fault("prefect", seen, f"Run a server of Prefect {client.major}.")
    if server.release[:2] < client.release[:2]:
        return look("prefect", seen, "Upgrade the server before its workers: a server may be newer, not older.")
    return sound("prefect", seen)


def guarded(api: str, open_to_all: bool) -> Check:
    """Whoever may ask the server can run any command as its workers' user, and read every Secret block."""
    if open_to_all:
        do = (
            "Give it a key (PREFECT_SERVER_API_AUTH_STRING), and the same to whatever asks it "
            "(PREFECT_API_AUTH_STRING): docs/operate.md, Install. That of `quai up`: quai down, then quai up."
        )
        return fault("prefect's door", f"{api} answers whoever asks, and runs any command for them", do)
    return sound("prefect's door", f"{api} answers those alone who know its key")


def scheduler(seen: Backlog, now: datetime) -> Iterator[Check]:
    """Whether the server plans runs of what is scheduled, and whether workers take those that are due."""
    said = f"{seen.active} active schedules, {seen.planned} runs planned"
    if not seen.active:
        yield look("schedules", "no schedule is active", "Schedule the feeds and the house: quai deploy")
    elif seen.planned:
        yield sound("schedules", said)
    elif seen.newest and now - seen.newest < JUST_DEPLOYED:
        yield look("schedules", f"{said}; deployed a moment ago", "Look again in a minute: quai doctor")
    else:
        yield fault("schedules", f"{said}: nothing will start by itself", NOTHING_PLANNED)
    if seen.since is None:
        yield sound("workers", "no run is overdue")
        return
    make = fault if now - seen.since > LONG_OVERDUE else look
    yield make(
        "workers", f"{seen.overdue} runs are overdue, the first since {minute_of(seen.since)} in Paris", NO_WORKER
    )


def libraries(wanted: Iterable[str], installed: Mapping[str, str]) -> Iterator[Check]:
    """What is installed against the bounds we state, which were chosen for what broke beyond them."""
    asked = [need for need in map(Requirement, wanted) if need.marker is None or need.marker.evaluate({"extra": ""})]
    wrong = [
        (need, found)
        for need in asked
        if (found := installed.get(canonicalize_name(need.name))) is None or found not in need.specifier
    ]
    if not wrong:
        yield sound("libraries", f"all {len(asked)} within their bounds")
    for need, found in wrong:
        seen = f"{need.name} {found or 'is missing'}; expected {need.specifier}"
        yield fault("libraries", seen, "Install as locked: pip install --require-hashes -r requirements.lock")


def partners(folder: str, found: Partners) -> Iterator[Check]:
    """The partners' files: one that is left out costs no other its turn; without any sound one nothing is taken in."""
    seen = f"{len(found.feeds)} feeds in {folder}"
    if found.feeds:
        yield sound("partners", seen)
    elif found.broken:
        yield fault("partners", f"{seen} without fault", "Correct the files that are named below.")
    else:
        yield look("partners", f"no feed in {folder}", "Write one: quai new-partner NAME --sample FILE")
    for one in found.broken:
        do = "Correct it; until then it is left out, and what stands of its feeds stays."
        yield look(f"partner file {one.file}", " ".join(one.faults), do)


def inboxes(home: Path, folders: Iterable[Path]) -> Iterator[Check]:
    """The folders that feeds take from. None is made here: an empty one in a mount's place would lie."""
    wanted = sorted(set(folders))
    gone = [path for path in wanted if not path.is_dir()]
    own = [shlex.quote(str(path)) for path in gone if path.is_relative_to(home)]
    others = [shlex.quote(str(path)) for path in gone if not path.is_relative_to(home)]
    if own:
        yield look("inboxes", f"no folder at {', '.join(own)}", f"Make them: mkdir -p {' '.join(own)}")
    if others:
        yield look("inboxes", f"no folder at {', '.join(others)}", "Mount it, or correct `source.path` in its TOML.")
    if wanted and not gone:
        yield sound("inboxes", f"all {len(wanted)} folders are there")


def rights(open_to_others: Mapping[Path, int]) -> Iterator[Check]:
    """What every user of this machine may do to our folders, files and secrets: the bits of a mode (4 read, 2 write).

    A drop, a return and a log hold what persons wrote, and a secret lets in.
    """
    for path, bits in sorted(open_to_others.items()):
        do = f"Close it: chmod o-rwx {shlex.quote(str(path))}"
        if bits & 2:
            yield fault("rights", f"every user of this machine may write {path}", do)
        elif bits:
            yield look("rights", f"every user of this machine may read {path}", do)
    if not any(open_to_others.values()):
        yield sound("rights", f"{len(open_to_others)} folders and files are closed to other users")


def left_alone(others: Mapping[Path, str]) -> Iterator[Check]:
    """What lies in an inbox and is never taken: links, pipes, devices."""
    for path, what in sorted(others.items()):
        do = "Ask the partner for the file itself, and remove this."
        yield look("inboxes", f"{shlex.quote(str(path))} is {what}, and is never taken", do)


def xml(expat: tuple[int, int, int], python: str) -> Check:
    """The library that reads XML from strangers, which comes with Python."""
    seen = f"expat {'.'.join(map(str, expat))}, of Python {python}"
    if expat >= EXPAT:
        return sound("xml", seen)
    newer = f"{'.'.join(map(str, EXPAT))} or later"
    return look("xml", f"{seen}; expected {newer}", f"A small file can hold it up for long: {NEWER_PYTHON}")


def held(holder: Holder) -> Check:
    """A lock that one session holds for long."""
    do = f"If it is frozen or gone, end it there, or here: select pg_terminate_backend({holder.pid})"
    return look("locks", f"held by {holder}, silent for {holder.silent:.0f} s", do)


def orphaned(one: Orphan) -> Check:
    """A feed that stands or waits, and that no partner's file names any more."""
    return look(f"feed {one.slug}", one.seen, one.do)


def feed(slug: str, last: Delivery | None, due: datetime | None, *, waits: bool = True) -> Check:
    """A feed's last delivery; `due`: when a drop should have come that has not, None where the feed is not late.

    `waits`: a quarantined one still waits for a person.
    """
    part = f"feed {slug}"
    if last is None:
        return look(part, "nothing was ever delivered", f"Try its source: quai probe {slug}")
    seen = f"delivery {last.id} at {minute_of(last.finished_at)} in Paris, {last.verdict}"
    held = last.verdict is VerdictKind.QUARANTINED
    if held and waits:
        return look(part, seen, f"Release or discard it: quai quarantine list --feed {slug}")
    if last.verdict in NOT_TAKEN and not held:
        return look(part, seen, f"Read its findings: quai deliveries --feed {slug} --limit 1 --json")
    if due is not None:
        return look(part, f"{seen}; late since {minute_of(due)}", f"Ask the partner, or run it: quai ingest {slug}")
    return sound(part, seen)
