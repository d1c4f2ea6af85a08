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
from operations.feeds import late_since, the_partners
from operations.orphans import orphans
from warehouse.engine import open_warehouse
from warehouse.landing import Landing
from warehouse.metering import held_by_feed
from warehouse.migrate import HEAD, version
from warehouse.store import Store

Runs = Callable[[datetime], Iterable[Check]]
"""What looks at the Prefect server (`flows.server.looked_at`)."""
NEWEST, OTHERS = 10, 10
"""How many kept drops a doctor reads: the newest, and others at random."""


def diagnose(runs: Runs | None = None) -> list[Check]:
    """All parts, in the order in which a person would mend them; `runs`: None where no Prefect server is named."""
    installed: dict[str, str] = {canonicalize_name(found.metadata["Name"]): found.version for found in distributions()}
    checks = [*checkup.libraries(requires("quai") or [], installed)]
    checks.append(checkup.xml(pyexpat.version_info, platform.python_version()))
    try:
        settings = read()
    except FeedMisconfigured as wrong:
        return [*checks, fault("settings", str(wrong))]
    checks.append(checkup.home(settings.home, bool(os.environ.get("PREFECT_API_URL"))))
    feeds: Mapping[str, Feed] = {}
    try:
        partners = the_partners(settings)
        feeds = partners.feeds
        checks += checkup.partners(str(settings.partners), partners)
    except FeedMisconfigured as wrong:
        checks.append(fault("partners", str(wrong)))
    folders = [settings.home / feed.source.path for feed in feeds.values() if isinstance(feed.source, FolderSettings)]
    others = dict[Path, str]()
    for folder in folders:
        with suppress(OSError):  # whether it is there, and may be read, another check says
            others |= {path: what for path in folder.iterdir() if (what := what_else(path.lstat()))}
    checks += [*checkup.inboxes(settings.home, folders), *checkup.left_alone(others)]
    checks += [*checkup.rights(_open_to_others(settings, feeds, folders)), *_storage(settings)]
    if runs is not None:
        checks += runs(utc_now())
    else:
        do = "Set it to the server's address, e.g. http://127.0.0.1:4200/api; `quai up` starts one."
        seen = "PREFECT_API_URL is not set: runs are done here and now, without a flow run"
        checks.append(look("prefect", seen, do))
    return [*checks, *_secrets(settings, feeds), *_database(settings, feeds)]


def _open_to_others(settings: Settings, feeds: Mapping[str, Feed], inboxes: Iterable[Path]) -> dict[Path, int]:
    """What others may do to all that lies in QUAI_HOME but inboxes, to the landing, and to secrets in files.

    QUAI_HOME itself they may enter, for inboxes lie below it. What cannot be looked at is left out.
    """
    home = settings.home.absolute()
    apart = [path.absolute() for path in inboxes]
    ours: list[Path] = []
    with suppress(OSError):
        below = [path for path in home.iterdir() if not path.is_symlink()]
        ours = [path for path in below if not any(inbox.is_relative_to(path) for inbox in apart)]
    secrets = [Path(secret.file) for feed in feeds.values() for secret in secrets_of(feed) if secret.file]
    secrets += [Path(path) for name, path in os.environ.items() if name.startswith("QUAI_") and name.endswith("_FILE")]
    landing = [] if "://" in settings.landing else [Path(settings.landing).absolute()]
    seen: dict[Path, int] = {}
    for path in (home, *ours, *secrets, *landing):
        with suppress(OSError, RuntimeError):  # a loop of links is the latter
            whole = path.resolve()
            bits = whole.stat().st_mode & (6 if path == home else 7)
            seen[path] = bits if all(above.stat().st_mode & 1 for above in whole.parents) else 0  # they may not enter
    return seen


def _storage(settings: Settings) -> Iterator[Check]:
    yield _room("disk", settings.home)
    try:
        landing = Landing(settings.landing, settings.home)
        landing.try_out()
    except (CannotKeep, FeedMisconfigured) as wrong:
        yield fault("landing", str(wrong))
        return
    yield sound("landing", f"{landing.root} can be written")
    chosen, damaged = landing.sample(NEWEST, OTHERS), []
    for checksum in chosen:
        try:
            landing.verify(checksum)
        except CannotKeep as wrong:
            damaged.append(fault("kept drops", str(wrong)))
    yield from damaged or [sound("kept drops", f"{len(chosen)} looked at, all are what their checksum says")]
    if landing.local:
        yield _room("landing's disk", Path(landing.root))


def _room(part: str, path: Path) -> Check:
    there = next(above for above in (path.absolute(), *path.absolute().parents) if above.exists())
    return checkup.disk(part, str(path), shutil.disk_usage(there).free)


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
                store = Store(warehouse)
                store.try_out()
                yield sound("database", "a delivery can be entered (tried, and rolled back)")
                yield from (checkup.held(holder) for holder in store.alerts.long_held())
                yield from _deliveries(store, feeds, utc_now())
                if feeds:
                    yield from map(checkup.orphaned, orphans(held_by_feed(warehouse), the_partners(settings)))
                if hidden := len(store.matching.hidden()):  # a note, for nobody else would look for them
                    seen = f"{hidden} are hidden from the view by a person: quai offers list --hidden"
                    yield sound("hidden offers", seen)
    except QuaiError as wrong:
        yield fault("database", str(wrong))


def _deliveries(store: Store, feeds: Mapping[str, Feed], now: datetime) -> Iterator[Check]:
    known = store.ledger.feeds_summary()
    waits = {held.delivery_id for held in store.quarantine.waiting()}
    for slug, feed in sorted(feeds.items()):
        last: Delivery | None = known[slug].last if slug in known else None
        accepted = known[slug].last_accepted_at if slug in known else None
        try:
            due = late_since(feed, accepted, now) if accepted else None
        except FeedMisconfigured as wrong:
            yield fault(f"feed {slug}", str(wrong))
            continue
        yield checkup.feed(slug, last, due, waits=last is not None and last.id in waits)
