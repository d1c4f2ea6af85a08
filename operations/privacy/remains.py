"""The one list of files that may hold text of a drop, and what is done to each that names a person.

All that lies under QUAI_HOME is looked through, and what folder feeds keep elsewhere; what nobody thought of is under
OTHER. The bytes that the landing keeps have rules of their own (`operations.privacy.purge`).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from connectors.settings import FolderSettings
from offers.errors import Busy, CannotKeep
from offers.feed import Feed
from offers.persons import Sign
from operations.backup import SAID
from operations.privacy.sifting import Sifted, named, named_among, sift
from story.dock import Dock


class Deed(StrEnum):
    """What is done to a file that names the person."""

    WITH_DROPS = "deleted with --drops"
    DELETED = "deleted"
    MASKED = "masked"
    TOLD = "told, not touched"


@dataclass(frozen=True)
class DataFolder:
    """A folder or file below QUAI_HOME, what lies there, and what is done."""

    where: str
    what: str
    deed: Deed


LANDING = DataFolder("landing", "drops, byte for byte, and the name that each came with (masked)", Deed.WITH_DROPS)
MEMORY = DataFolder("landing/memory", "what became of the lines of last drops; all go, whoever it is", Deed.DELETED)
COPIES = ("archive", "rejected", "outbox")
OTHER = DataFolder("anything else", "exports, proofs, `failures.jsonl`, the log of a server of `quai up`", Deed.MASKED)
PLACES = (
    LANDING,
    MEMORY,
    DataFolder("outbox", "returns for employers", Deed.WITH_DROPS),
    DataFolder("inbox", "what partners left and no run has taken yet", Deed.TOLD),
    DataFolder("scratch", "what a run fetches", Deed.DELETED),
    DataFolder("data_docs", "pages on deliveries, drawn anew with the next", Deed.DELETED),
    DataFolder("state", "what is remembered of sources: names of their files", Deed.MASKED),
    DataFolder("partners", "the partners' files, which our own staff write", Deed.TOLD),
    OTHER,
)
NOT_SEARCHED = {
    "postgres": "the server's own files: dead rows and its write-ahead log, which it overwrites as it goes on",
    "Prefect's database": "its logs and artifacts bear no address and no number, but may bear a name; see who runs it",
    "backups": "of which each goes with its own age; they are told where they lie under QUAI_HOME",
    "the log of the machine": "what journald and the like keep; addresses and numbers are masked before they get there",
    "a partner's own server": "what lies in its folders is the partner's",
}


@dataclass
class Remains:
    """The files that name the person with what is to be done, kept drops by checksum, feeds whose memory does, and what
    was looked through."""

    files: list[tuple[Path, Deed]] = field(default_factory=list)
    drops: set[str] = field(default_factory=set)
    beside: set[str] = field(default_factory=set)
    unread: list[str] = field(default_factory=list)
    unread_drops: set[str] = field(default_factory=set)
    backups: set[Path] = field(default_factory=set)
    memories: set[str] = field(default_factory=set)
    searched: int = 0
    bytes: int = 0

    def add(self, sifted: Sifted) -> bool:
        """Count what was looked through; whether it names the person."""
        self.searched += 1
        self.bytes += sifted.bytes
        self.unread += sifted.unread
        return sifted.found


def remains_of(dock: Dock, feeds: Mapping[str, Feed], sign: Sign) -> Remains:
    """Look through every file there is."""
    found, home = Remains(), dock.settings.home
    for checksum in sorted(dock.landing.kept()):
        before = len(found.unread)
        try:
            with dock.landing.reading(checksum) as kept:
                if found.add(sift(kept, f"drop {checksum[:12]}", sign)):
                    found.drops.add(checksum)
            if named(json.dumps(dock.landing.about(checksum), ensure_ascii=False), sign):
                found.beside.add(checksum)
        except CannotKeep as fault:
            found.unread.append(str(fault))
        if len(found.unread) > before:
            found.unread_drops.add(checksum)
    _search_memories(dock, sign, found)
    for path, deed in _files(dock, feeds, found):
        shown = path.relative_to(home) if path.is_relative_to(home) else path
        try:
            with path.open("rb") as file:
                names = found.add(sift(file, str(shown), sign))
        except FileNotFoundError:
            continue  # gone in the meantime, as a run's own files are
        except OSError as fault:
            found.unread.append(f"{shown}: {fault.strerror or type(fault).__name__}")
            continue
        if names or named(path.name, sign):
            found.files.append((path, deed))
    return found


def _search_memories(dock: Dock, sign: Sign, found: Remains) -> None:
    for feed in dock.memories.kept():
        found.searched += 1
        memory = dock.memories.of(feed)
        if memory is None:
            found.unread.append(f"{MEMORY.where}/{feed}: not whole, and so not searched; any erasure takes it")
            continue
        found.bytes += sum(texts.nbytes for texts in memory.texts())
        if any(named_among(texts.to_pylist(), sign) for texts in memory.texts()):
            found.memories.add(feed)


def _files(dock: Dock, feeds: Mapping[str, Feed], found: Remains) -> Iterator[tuple[Path, Deed]]:
    home, landing = dock.settings.home, Path(dock.landing.root).absolute()
    folders = (feed.source for feed in feeds.values() if isinstance(feed.source, FolderSettings))
    inboxes = {(home / source.path).absolute(): source for source in folders}
    partners = dock.settings.partners.absolute()
    roots = [home, *(folder for folder in inboxes if not folder.is_relative_to(home.absolute()))]
    for root in roots:
        for path in _walk(root, {home / "postgres"} | ({landing} if dock.landing.local else set()), found):
            yield path, _deed(path.absolute(), home.absolute(), inboxes, partners)


def _walk(folder: Path, without: set[Path], found: Remains) -> Iterator[Path]:
    """The files below a folder, no link followed; a backup's are its own."""
    if folder in without or folder.absolute() in without:
        return
    if (folder / SAID).is_file():
        found.backups.add(folder)
        return
    try:
        entries = sorted(folder.iterdir())
    except FileNotFoundError:
        return
    except OSError as fault:
        found.unread.append(f"{folder}: {fault.strerror or type(fault).__name__}")
        return
    for path in entries:
        if path.is_symlink():
            continue
        if path.is_dir():
            yield from _walk(path, without, found)
        elif path.is_file():
            yield path


def _deed(path: Path, home: Path, inboxes: Mapping[Path, FolderSettings], partners: Path) -> Deed:
    for folder, source in inboxes.items():
        if path.is_relative_to(folder):
            own = {source.archive, source.rejected, source.outbox}
            return Deed.WITH_DROPS if path.relative_to(folder).parts[0] in own else Deed.TOLD
    if path.is_relative_to(partners):
        return Deed.TOLD
    parts = path.relative_to(home).parts
    if parts[0] == "inbox":  # of a feed that no partner's file names
        return Deed.WITH_DROPS if {*COPIES} & {*parts[1:-1]} else Deed.TOLD
    return next((place.deed for place in PLACES if place.where == parts[0]), OTHER.deed)


def clear(dock: Dock, found: Remains, sign: Sign, *, drops: bool) -> list[dict[str, str]]:
    """Do to each file what its place says; what is left, with the reason. The landing's drops go by
    `operations.privacy.purge`, but for bytes that no ledger knows."""
    left = _in_landing_cleared(dock, found, sign, drops)
    try:
        dock.memories.forget(dock.memories.kept())
    except CannotKeep as fault:
        left.append({"what": MEMORY.where, "why": sign.masked(str(fault))})
    for path, deed in found.files:
        shown = sign.masked(str(path))
        if deed is Deed.TOLD or (deed is Deed.WITH_DROPS and not drops):
            left.append({"what": shown, "why": deed.value})
            continue
        try:
            if not _cleared(path, sign, deed):
                left.append({"what": shown, "why": "no text that can be masked: look at it, and delete it"})
        except OSError as fault:
            left.append({"what": shown, "why": fault.strerror or type(fault).__name__})
    return left


def _in_landing_cleared(dock: Dock, found: Remains, sign: Sign, drops: bool) -> list[dict[str, str]]:
    left = []
    unknown = found.drops - dock.store.care.known() if drops else set()
    for checksum in sorted(found.beside | unknown):
        if checksum not in dock.landing.kept():
            continue
        try:
            said = dock.landing.about(checksum)
            with dock.store.lock(said["feed"]):
                if checksum not in unknown:
                    dock.landing.describe(checksum, sign.masked(said))
                elif checksum not in dock.store.care.known():  # or else a run has just taken it
                    dock.landing.forget(checksum)
        except (Busy, CannotKeep) as fault:
            left.append({"what": f"drop {checksum[:12]}", "why": sign.masked(str(fault))})
    return left


def _cleared(path: Path, sign: Sign, deed: Deed) -> bool:
    """Whether the file names nobody any more."""
    if deed in (Deed.DELETED, Deed.WITH_DROPS):
        path.unlink(missing_ok=True)
        return True
    content = path.read_bytes()
    masked = _masked(content, path.suffix, sign)
    if masked is None:  # no text
        return False
    if masked != content:
        with path.open("r+b") as file:  # in place: a server may have its log open
            file.write(masked)
            file.truncate()
    if sign.masked(path.name) != path.name:
        path = path.rename(path.with_name(sign.masked(path.name)))
    with path.open("rb") as file:
        return not sift(file, path.name, sign).found


def _masked(content: bytes, suffix: str, sign: Sign) -> bytes | None:
    """The text with the mark in it, JSON by its values; None where it is no text."""
    for encoding in ("utf-8", "cp1252"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" in text:
            return None
        said: str = sign.masked(text)
        with suppress(ValueError):  # no JSON after all: as any text
            if suffix == ".json":
                said = json.dumps(sign.masked(json.loads(text)), ensure_ascii=False, indent=1) + "\n"
            elif suffix == ".jsonl":
                lines = (json.loads(line) for line in text.splitlines())
                said = "".join(json.dumps(sign.masked(line), ensure_ascii=False) + "\n" for line in lines)
        return said.encode(encoding, "replace")
    return None
