"""`quai doctor`: look at every part that a night needs, change none of it, and conclude what to do about each."""

from __future__ import annotations

import os
import platform
import pyexpat
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import datetime
from importlib.metadata import distributions, requires
from pathlib import Path

from packaging.utils import canonicalize_name

from config.clock import utc_now
from config.keyring import fault_of, secrets_of
from config.settings import Settings, read
from connectors.folder import what_else
from connectors.settings import FolderSettings
from offers.errors import CannotKeep, FeedMisconfigured, QuaiError
from offers.feed import Feed, Secret
from offers.model import Delivery
from operations import checkup
from operations.checkup import Check, fault, look, sound
from operations.feeds import the_partners
from operations.freshness import late_since
from operations.orphans import orphans
from warehouse.alerts import Alarms
from warehouse.engine import Warehouse, open_warehouse
from warehouse.landing import Landing
from warehouse.ledger import Ledger
from warehouse.matching.hiding import listed
from warehouse.metering import held_by_feed
from warehouse.migrate import version
from warehouse.quarantine import Quarantine
from warehouse.store import Store
from warehouse.tables import HEAD

Runs = Callable[[datetime], Iterable[Check]]
"""What looks at the Prefect server (`flows.backlog.looked_at`)."""
NEWEST, OTHERS = 10, 10
"""How many kept drops a doctor reads: the newest, and others at random."""


def diagnose(runs: Runs | None = None) -> list[Check]:
    """All parts, in the order in which a person would mend them; `runs`: None where no Prefect server is named."""
    checks = [*checkup.libraries(requires("quai") or [], _installed())]
    checks.append(checkup.xml(pyexpat.version_info, platform.python_version()))
    try:
        settings = read()
    except FeedMisconfigured as wrong:
        return [*checks, fault("settings", str(wrong))]
    checks.append(checkup.home(settings.home, bool(os.environ.get("PREFECT_API_URL"))))
    feeds, said = _partners(settings)
    folders = [settings.home / feed.source.path for feed in feeds.values() if isinstance(feed.source, FolderSettings)]
    said += [*checkup.inboxes(settings.home, folders), *checkup.left_alone(_never_taken(folders))]
    said += checkup.rights(_open_to_others(settings, feeds, folders))
    return [
        *checks,
        *said,
        *_storage(settings),
        *_prefect(runs),
        *_secrets(settings, feeds),
        *_database(settings, feeds),
    ]


def _installed() -> Mapping[str, str]:
    return {canonicalize_name(found.metadata["Name"]): found.version for found in distributions()}


def _partners(settings: Settings) -> tuple[Mapping[str, Feed], list[Check]]:
    try:
        partners = the_partners(settings)
    except FeedMisconfigured as wrong:
        return {}, [fault("partners", str(wrong))]
    return partners.feeds, [*checkup.partners(str(settings.partners), partners)]


def _never_taken(folders: Iterable[Path]) -> dict[Path, str]:
    found = dict[Path, str]()
    for folder in folders:
        with suppress(OSError):  # whether it is there, and may be read, another check says
            found |= {path: what for path in folder.iterdir() if (what := what_else(path.lstat()))}
    return found


def _open_to_others(settings: Settings, feeds: Mapping[str, Feed], inboxes: Iterable[Path]) -> dict[Path, int]:
    """What others may do to all that lies in QUAI_HOME but inboxes, to the landing, and to secrets in files.

    QUAI_HOME itself they may enter, for inboxes lie below it. What cannot be looked at is left out.
    """
    home = settings.home.absolute()
    apart = [path.absolute() for path in inboxes]
    ours = [path for path in _within(home) if not any(inbox.is_relative_to(path) for inbox in apart)]
    secrets = [Path(secret.file) for feed in feeds.values() for secret in secrets_of(feed) if secret.file]
    secrets += [Path(path) for name, path in os.environ.items() if name.startswith("QUAI_") and name.endswith("_FILE")]
    landing = [] if "://" in settings.landing else [Path(settings.landing).absolute()]
    seen = {path: bits for path in (home, *ours, *secrets, *landing) if (bits := _of_others(path)) is not None}
    return {path: bits & 6 if path == home else bits for path, bits in seen.items()}


def _within(folder: Path) -> list[Path]:
    with suppress(OSError):
        return [path for path in folder.iterdir() if not path.is_symlink()]
    return []


def _of_others(path: Path) -> int | None:
    """The last bits of its mode; 0 where others may not enter a folder above it, None where it cannot be looked at."""
    try:
        whole = path.resolve()
        return whole.stat().st_mode & 7 if all(above.stat().st_mode & 1 for above in whole.parents) else 0
    except (OSError, RuntimeError):  # a loop of links is the latter
        return None


def _storage(settings: Settings) -> Iterator[Check]:
    yield _room("disk", settings.home)
    try:
        landing = Landing(settings.landing, settings.home)
        landing.try_out()
    except (CannotKeep, FeedMisconfigured) as wrong:
        yield fault("landing", str(wrong))
        return
    yield sound("landing", f"{landing.root} can be written")
    yield from _sampled(landing)
    if landing.local:
        yield _room("landing's disk", Path(landing.root))


def _sampled(landing: Landing) -> Iterator[Check]:
    """Some kept drops against their checksums: the newest, which the next runs may need, and others at random."""
    chosen = landing.sample(NEWEST, OTHERS)
    damaged = []
    for checksum in chosen:
        try:
            landing.verify(checksum)
        except CannotKeep as wrong:
            damaged.append(fault("kept drops", str(wrong)))
    yield from damaged or [sound("kept drops", f"{len(chosen)} looked at, all are what their checksum says")]


def _room(part: str, path: Path) -> Check:
    there = next(above for above in (path.absolute(), *path.absolute().parents) if above.exists())
    return checkup.disk(part, str(path), shutil.disk_usage(there).free)


def _prefect(runs: Runs | None) -> Iterator[Check]:
    if runs is None:
        do = "Set it to the server's address, e.g. http://127.0.0.1:4200/api; `quai up` starts one."
        yield look("prefect", "PREFECT_API_URL is not set: runs are done here and now, without a flow run", do)
        return
    yield from runs(utc_now())


def _secrets(settings: Settings, feeds: Mapping[str, Feed]) -> Iterator[Check]:
    named: dict[Secret, list[str]] = {}
    for slug, feed in sorted(feeds.items()):
        for secret in secrets_of(feed):
            named.setdefault(secret, []).append(slug)
    for held in settings.alerts:
        if "://" not in held.get_secret_value():
            named.setdefault(Secret(env=held.get_secret_value()), []).append("QUAI_ALERTS")
    for secret, users in named.items():
        wrong, part = fault_of(secret), f"secret of {', '.join(users)}"
        yield fault(part, wrong) if wrong else sound(part, f"{secret.where} can be read")


def _database(settings: Settings, feeds: Mapping[str, Feed]) -> Iterator[Check]:
    try:
        with open_warehouse(settings.database, settings.home) as warehouse:
            yield checkup.clock(utc_now(), warehouse.clock())
            found = version(warehouse)
            yield checkup.migrated(found, HEAD, warehouse.where)
            if found == HEAD:
                Store(warehouse).try_out()
                yield sound("database", "a delivery can be entered (tried, and rolled back)")
                yield from (checkup.held(holder) for holder in Alarms(warehouse).long_held())
                yield from _deliveries(warehouse, feeds, utc_now())
                if feeds:
                    yield from map(checkup.orphaned, orphans(held_by_feed(warehouse), the_partners(settings)))
                yield from checkup.hidden(len(listed(warehouse)))
    except QuaiError as wrong:
        yield fault("database", str(wrong))


def _deliveries(warehouse: Warehouse, feeds: Mapping[str, Feed], now: datetime) -> Iterator[Check]:
    known = Ledger(warehouse).feeds_summary()
    waits = {held.delivery_id for held in Quarantine(warehouse).waiting()}
    for slug, feed in sorted(feeds.items()):
        last: Delivery | None = known[slug].last if slug in known else None
        accepted = known[slug].last_accepted_at if slug in known else None
        try:
            due = late_since(feed, accepted, now) if accepted else None
        except FeedMisconfigured as wrong:
            yield fault(f"feed {slug}", str(wrong))
            continue
        yield checkup.feed(slug, last, due, waits=last is not None and last.id in waits)
