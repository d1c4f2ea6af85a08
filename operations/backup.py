"""`quai backup` and `quai restore`: the database first, then the landing, into a folder and out of it again.

In this order, because bytes are kept before any delivery tells of them, and never altered: whatever the dump names is
in the landing by the time that it is copied.
"""

from __future__ import annotations

import json
import shutil
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from config.clock import utc_now
from config.settings import Settings
from config.tables import load
from offers.errors import CannotKeep, Declined
from offers.model import Drop
from warehouse import migrate as dumping
from warehouse.care import Due
from warehouse.engine import Warehouse, open_warehouse
from warehouse.landing import Landing
from warehouse.migrate import migrate, version
from warehouse.readers import furnish
from warehouse.store import Store

DUMP, SAID = "quai.dump", "backup.json"
Told = dict[str, Any]


@dataclass
class Copied:
    """How many drops were copied, and the sentence of each that could not be: its own bytes are damaged."""

    drops: int = 0
    damaged: list[str] = field(default_factory=list)


def backup(settings: Settings, folder: Path, *, drops: bool = True) -> Told:
    """Write a backup into a folder that is new or empty. `drops` are left out where the landing is saved otherwise.

    Drops whose kept copy is `damaged`, or `missing` though young enough to be kept, are named; all others are saved.
    """
    if folder.exists() and any(folder.iterdir()):
        raise Declined(f"{folder} is not empty: each backup is a folder of its own, so that old ones can be deleted.")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with open_warehouse(settings.database, settings.home) as warehouse:
        said: Told = {"at": utc_now().isoformat(), "migration": version(warehouse)}
        dumping.dump(warehouse, folder / DUMP)
        said["deliveries"] = dumping.deliveries(warehouse)
        copied, landing = Copied(), Landing(settings.landing, settings.home)
        if drops:
            copied = copy(landing, Landing(str(folder / "landing"), settings.home))
        since = utc_now() - timedelta(days=settings.keep_drops_days)
        said |= {"drops": copied.drops, "damaged": copied.damaged}
        said["missing"] = missing_of(warehouse, landing, settings.home, since) if drops else []
    for name, where in (("partners", settings.partners), ("purges", settings.home / "purges")):
        if where.is_dir():
            shutil.copytree(where, folder / name)
    (folder / SAID).write_text(json.dumps(said, indent=1) + "\n", encoding="utf-8")
    return said


def restore(settings: Settings, folder: Path) -> Told:
    """Bring a backup back into an empty database, and its drops into the landing beside what is there.

    The drops first: where that breaks off, the database is empty still, and a second try begins anew. Partners' files
    are left alone: they are told where they lie. `missing` are drops young enough to be kept that the landing lacks,
    `damaged` those of the backup that are no longer what their checksum says.
    """
    if not (folder / SAID).is_file() or not (folder / DUMP).is_file():
        raise Declined(f"{folder} holds no whole backup: expected {DUMP}, and {SAID}, which is written last.")
    landing = Landing(settings.landing, settings.home)
    with open_warehouse(settings.database, settings.home) as warehouse:
        dumping.must_be_empty(warehouse)
        saved = folder / "landing"
        copied = copy(Landing(str(saved), settings.home), landing) if saved.is_dir() else Copied()
        dumping.restore(warehouse, folder / DUMP)
        migrate(warehouse)
        furnish(warehouse, load(), anew=True)  # a dump holds no grants
        if (folder / "purges").is_dir():
            shutil.copytree(folder / "purges", settings.home / "purges", dirs_exist_ok=True)
        missing = missing_of(warehouse, landing, settings.home, utc_now() - timedelta(days=settings.keep_drops_days))
        held = dumping.deliveries(warehouse)
    told = {"deliveries": held, "drops": copied.drops, "missing": missing, "damaged": copied.damaged}
    return told | {"partners": str(folder / "partners")}


def copy(source: Landing, target: Landing) -> Copied:
    """Copy each drop that the target lacks, or holds damaged. A damaged one of the source stops no other."""
    copied, there = Copied(), target.kept()
    for checksum in sorted(source.kept()):
        if checksum in there:
            with suppress(CannotKeep):
                target.verify(checksum)
                continue
        try:
            path, said = source.fetch(checksum), source.about(checksum)
        except CannotKeep as fault:
            if checksum in source.kept():  # or else purged since we looked
                copied.damaged.append(str(fault))
            continue
        arrived = datetime.fromisoformat(said["arrived_at"])
        target.keep(Drop(said["feed"], said["name"], path, path.stat().st_size, arrived, str(path)))
        copied.drops += 1
    return copied


def missing_of(warehouse: Warehouse, landing: Landing, home: Path, since: datetime) -> list[str]:
    """The drops that last came since then, by feed, name and checksum, and are not in the landing, though nobody took
    them away on purpose."""
    there, purged = landing.kept(), taken_away(home)
    known = Store(warehouse).care.drops(Due(utc_now()))
    lost = [old for old in known if old.last_came >= since and old.sha256 not in there]
    return [
        f"{old.feed} {old.name} {old.sha256[:12]}"
        for old in lost
        if old.sha256 not in purged or old.last_came > purged[old.sha256]
    ]


def taken_away(home: Path) -> dict[str, datetime]:
    """When the bytes of each drop, by checksum, were last purged: what the proofs of purges and erasures say."""
    found: dict[str, datetime] = {}
    for proof in sorted((home / "purges").glob("*.json")):  # named by the clock
        try:
            said = json.loads(proof.read_text(encoding="utf-8"))
        except ValueError:  # one that was cut off says nothing: its drops are named as missing
            continue
        for part in (said, said.get("purge") or {}):
            found |= {drop["sha256"]: datetime.fromisoformat(part["at"]) for drop in part.get("drops", ())}
    return found
