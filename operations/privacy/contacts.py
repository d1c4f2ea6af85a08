"""What is held of one person, to be given to them or erased: in the database, in kept drops, in all files of the place.

Where text of a drop can lie is said once: warehouse.traces for columns, operations.privacy.remains for files.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from offers.feed import Feed
from offers.persons import sign_of
from operations.privacy.purge import of_deliveries, planned, purge, write_down
from operations.privacy.remains import MEMORY, NOT_SEARCHED, Remains, clear, remains_of
from story.dock import Dock
from warehouse.persons import Searched
from warehouse.traces import Act

Told = dict[str, Any]
_DELIVERIES = ("delivery_id", "first_delivery_id", "superseded_by")


@dataclass(frozen=True)
class PersonalData:
    """What names one person: rows, files, and the drops that the landing keeps (those that may count as well)."""

    rows: Searched
    files: Remains
    drops: tuple[Told, ...]

    @property
    def searched(self) -> Told:
        """How much was looked through."""
        return {
            "tables": len(self.rows.rows),
            "columns": self.rows.columns,
            "rows": sum(self.rows.rows.values()),
            "values": self.rows.values,
            "files": self.files.searched,
            "bytes": self.files.bytes,
        }

    @property
    def columns(self) -> dict[str, int]:
        """How many values name the person, by table and column; only those that are theirs."""
        return dict(Counter(f"{one.table}.{name}" for one in self.rows.theirs for name in one.columns))

    @property
    def ours(self) -> dict[str, int]:
        """The same of what stays: names of our own staff, and words of ours."""
        return dict(Counter(f"{one.table}.{name}" for one in self.rows.found if not one.theirs for name in one.columns))

    @property
    def feeds(self) -> frozenset[str]:
        """The feeds whose rows name the person."""
        return frozenset(one.row["feed"] for one in self.rows.theirs if one.row.get("feed"))

    @property
    def not_searched(self) -> list[str]:
        """What could not be looked through, and may name them."""
        backups = (f"the backup {folder}, which may name them" for folder in sorted(self.files.backups))
        return [*self.files.unread, *backups]


def held_of(dock: Dock, feeds: Mapping[str, Feed], who: str, named_by: frozenset[str] = frozenset()) -> PersonalData:
    """All that names the person, and each kept drop that does or may: by its bytes, by the rows that came of it, or as
    it cannot be read and is of a feed that names them, or that did (`named_by`)."""
    persons, sign = dock.store.persons, sign_of(who)
    rows, files = persons.search(sign), remains_of(dock, feeds, sign)
    numbers = {one.row[name] for one in rows.theirs for name in _DELIVERIES if one.row.get(name)}
    concerned = named_by | PersonalData(rows, files, ()).feeds
    unread = {one["sha256"] for one in persons.deliveries(files.unread_drops) if one["feed"] in concerned}
    checksums = (files.drops | persons.checksums(numbers) | unread) & dock.landing.kept()
    drops = [{**one, "last_came": one["last_came"].isoformat()} for one in persons.deliveries(checksums)]
    return PersonalData(rows, files, tuple(drops))


def export(dock: Dock, feeds: Mapping[str, Feed], who: str) -> Told:
    """What the person is given; JSON-ready."""
    return {"who": who, "at": dock.now().isoformat(), **_told(held_of(dock, feeds, who))}


def _told(held: PersonalData) -> Told:
    return {
        "rows": [one.as_dict() for one in held.rows.theirs],
        "columns": held.columns,
        "drops": list(held.drops),
        "files": [{"path": str(path), "deed": deed.value} for path, deed in held.files.files]
        + [{"path": f"{MEMORY.where}/{feed}", "deed": MEMORY.deed.value} for feed in sorted(held.files.memories)],
        "ours": held.ours,
        "searched": held.searched,
        "not_searched": held.not_searched,
        "never_searched": list(NOT_SEARCHED),
    }


def what_erasure_would_do(dock: Dock, feeds: Mapping[str, Feed], who: str, *, drops: bool) -> Told:
    """What `erase` would change; nothing is touched. Raises Declined where a drop waits in quarantine."""
    held = held_of(dock, feeds, who)
    numbers = [one["delivery"] for one in held.drops] if drops else []
    purged = planned(dock, feeds, of_deliveries(dock, numbers)) if numbers else None
    return {"dry_run": True, "who": who, **_told(held), "purge": purged}


def erase(dock: Dock, feeds: Mapping[str, Feed], who: str, *, drops: bool, by: str, reason: str) -> Told:
    """Erase the person, and, where asked for, the drops that name them; written down without saying who it was.

    What is said to be left is what a second look at everything finds, not what was meant to be done.
    """
    sign, persons, held = sign_of(who), dock.store.persons, held_of(dock, feeds, who)
    numbers = [one["delivery"] for one in held.drops]
    plan = of_deliveries(dock, numbers) if drops and numbers else None  # refused before anything is changed
    # First, for it finds returns by the names of their drops.
    purged = purge(dock, feeds, plan, nameless=True) if plan else None
    changed = persons.erase(sign, dock.now())
    dock.store.warehouse.vacuum(changed)
    left = clear(dock, remains_of(dock, feeds, sign) if plan else held.files, sign, drops=drops)
    after = held_of(dock, feeds, who, held.feeds)
    said = {
        "what": "erasure of one person",
        "at": dock.now().isoformat(),
        "by": by,
        "reason": reason,
        "feeds": sorted(held.feeds),
        "rows": changed,
        "columns": held.columns,
        "texts": sum(bool(one.acts - {Act.CONTACT}) for one in held.rows.theirs),
        "files": len(held.files.files) + len(held.files.memories),
        "still_found": len(after.rows.theirs),
        "still_columns": after.columns,
        "still_files": [str(path) for path, _ in after.files.files] + sorted(after.files.memories),
        "drops_kept": [one["delivery"] for one in after.drops],
        "ours": after.ours,
        "left": left,
        "searched": after.searched,
        "not_searched": after.not_searched,
        "never_searched": list(NOT_SEARCHED),
        "purge": purged,
    }
    return {**sign.masked(said), "proof": str(write_down(dock, sign.masked(said)))}
