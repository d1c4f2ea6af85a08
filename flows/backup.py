"""`quai backup` and `quai restore`: the database first, then the landing, into a folder and out of it again.

In this order, because bytes are kept before any delivery tells of them, and never altered: whatever the dump names is
in the landing by the time that it is copied.
"""

from __future__ import annotations

import json
import shutil
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from config.settings import Settings
from flows.feeds import utc_now
from offers.errors import CannotKeep, Declined
from offers.model import Drop
from warehouse import dumping
from warehouse.engine import Warehouse, open_warehouse
from warehouse.landing import Landing
from warehouse.migrate import migrate, version
from warehouse.retention import Due, Retention

DUMP, SAID = "quai.dump", "backup.json"
Told = dict[str, Any]


def backup(settings: Settings, folder: Path, *, drops: bool = True) -> Told:
    """Write a backup into a folder that is new or empty. `drops` are left out where the landing is saved otherwise."""
    if folder.exists() and any(folder.iterdir()):
        raise Declined(f"{folder} is not empty: each backup is a folder of its own, so that old ones can be deleted.")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with open_warehouse(settings.database, settings.home) as warehouse:
        said: Told = {"at": utc_now().isoformat(), "migration": version(warehouse)}
        dumping.dump(warehouse, folder / DUMP)
        said["deliveries"] = dumping.deliveries(warehouse)
    said["drops"] = copy(Landing(settings.landing), Landing(str(folder / "landing"))) if drops else 0
    for name, where in (("partners", settings.partners), ("purges", settings.home / "purges")):
        if where.is_dir():
            shutil.copytree(where, folder / name)
    (folder / SAID).write_text(json.dumps(said, indent=1) + "\n", encoding="utf-8")
    return said


def restore(settings: Settings, folder: Path) -> Told:
    """Bring a backup back into an empty database, and its drops into the landing beside what is there.

    Partners' files are left alone: they are told where they lie. `missing` are drops young enough to be kept that the
    landing lacks.
    """
    if not (folder / SAID).is_file() or not (folder / DUMP).is_file():
        raise Declined(f"{folder} holds no whole backup: expected {DUMP}, and {SAID}, which is written last.")
    landing = Landing(settings.landing)
    with open_warehouse(settings.database, settings.home) as warehouse:
        dumping.restore(warehouse, folder / DUMP)
        migrate(warehouse)
        saved = folder / "landing"
        drops = copy(Landing(str(saved)), landing) if saved.is_dir() else 0
        if (folder / "purges").is_dir():
            shutil.copytree(folder / "purges", settings.home / "purges", dirs_exist_ok=True)
        missing = missing_of(warehouse, landing, utc_now() - timedelta(days=settings.keep_drops_days))
        held = dumping.deliveries(warehouse)
    return {"deliveries": held, "drops": drops, "missing": missing, "partners": str(folder / "partners")}


def copy(source: Landing, target: Landing) -> int:
    """Copy each drop that the target lacks; how many. Raises CannotKeep where bytes are not those of their checksum."""
    count = 0
    for checksum in sorted(source.kept() - target.kept()):
        try:
            path, said = source.fetch(checksum), source.about(checksum)
        except CannotKeep:
            if checksum in source.kept():
                raise
            continue  # purged since we looked
        arrived = datetime.fromisoformat(said["arrived_at"])
        drop = Drop(said["feed"], said["name"], path, path.stat().st_size, arrived, str(path))
        if target.keep(drop).sha256 != checksum:
            raise CannotKeep(f"{path}: these bytes are not those of their checksum. Take them from another backup.")
        count += 1
    return count


def missing_of(warehouse: Warehouse, landing: Landing, since: datetime) -> list[str]:
    """The drops that last came since then, by feed, name and checksum, and are not in the landing."""
    there = landing.kept()
    known = Retention(warehouse).drops(Due(utc_now()))
    lost = [old for old in known if old.last_came >= since and old.sha256 not in there]
    return [f"{old.feed} {old.name} {old.sha256[:12]}" for old in lost]
