"""Files that partners leave: which of them a feed means, which are ripe to be taken, and what we call them ourselves.

Pure decisions, for a folder and a server alike. No modification-time cursor: a late file with an old date is a file
like any other, and whether its bytes were taken before is for the ledger's checksum to say. Times here only tell
whether a file may still be growing.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

UNFINISHED = (".part", ".tmp", ".filepart", ".crdownload", ".partial", ".uploading")
"""Endings that transfer programs give to a file that is still on its way."""
_HIDDEN = (".", "~$")
_LONGEST, _FILE, _RETURNS = 180, 255, (250, 130)
"""Bytes of UTF-8: what file systems take less what we append (`.retour.xlsx.part`); what most of them take; and of a
return, `.part` aside, what these take, and those that encrypt names."""
_ENDINGS = re.compile(r"(?:\.[^.]{1,9}){1,2}$")
_DIGEST = re.compile(r"(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])", re.IGNORECASE)


def several(value: Any) -> Any:
    """A text alone as the only one of several."""
    return (value,) if isinstance(value, str) else value


Globs = Annotated[
    tuple[Annotated[str, Field(min_length=1)], ...], BeforeValidator(several), Field(default=("*",), min_length=1)
]
"""One pattern or several, `glob = ["*.csv", "*.xlsx"]`: a file is meant that matches any of them."""


def is_meant(name: str, globs: tuple[str, ...], companions: tuple[str, ...] = ()) -> bool:
    """Whether the feed means a file: in any case, but not if hidden, unfinished or with an ending of `companions`."""
    name = name.lower()
    endings = (*UNFINISHED, *(ending.lower() for ending in companions))
    if name.startswith(_HIDDEN) or name.endswith(endings):
        return False
    return any(fnmatchcase(name, glob.lower()) for glob in globs)


def plain_name(name: str, most: int = _LONGEST) -> str:
    """A file name without folders, control characters or undecodable bytes, fit for ledgers, logs and our own disk.

    One of more than `most` bytes is cut before its endings, and marked, so that others cut alike are not the same.
    """
    last = name.replace("\\", "/").rpartition("/")[2]
    plain = "".join(letter if letter.isprintable() else "_" for letter in last).strip().lstrip(".")
    if len(plain.encode()) <= most:
        return plain or "unnamed"
    found = _ENDINGS.search(plain)
    ending = found.group() if found else ""
    mark = f"~{hashlib.sha256(plain.encode()).hexdigest()[:8]}{ending}"
    return _cut(plain.removesuffix(ending), most - len(mark.encode())) + mark


def return_names(name: str) -> tuple[str, ...]:
    """What a return may be called in an outbox: where the file system takes no name as long as that, the second."""
    return tuple(dict.fromkeys(plain_name(name, most) for most in _RETURNS))


def cut_once(name: str) -> str:
    """What a return of a long name was called until Quai 0.1: such files lie in outboxes still."""
    stem, _, ending = name.rpartition(".")
    return f"{_cut(stem, _LONGEST - len(ending.encode()) - 1)}.{ending}"


def free_names(name: str, stamp: str) -> Iterator[str]:
    """The name itself, then names beside it for when it is taken: `offres-20260601T041500Z.csv`, `…Z-2.csv`."""
    yield name
    found = _ENDINGS.search(name)
    ending = found.group() if found else ""
    stem = _cut(name.removesuffix(ending), _FILE - len(f"-{stamp}-999{ending}".encode("utf-8", "surrogatepass")))
    yield f"{stem}-{stamp}{ending}"
    for count in range(2, 1000):
        yield f"{stem}-{stamp}-{count}{ending}"


def _cut(text: str, most: int) -> str:
    whole = text.encode("utf-8", "surrogatepass")
    return text if len(whole) <= most else whole[:most].decode("utf-8", "ignore")


@dataclass(frozen=True)
class Entry:
    """A regular file or an object as it was listed: bytes, seconds since 1970 by its server's clock, its version."""

    name: str
    size: int
    mtime: float
    tag: str = ""

    def __str__(self) -> str:
        return f"{self.size} bytes, {self.tag or self.at.isoformat()}"

    @property
    def at(self) -> datetime:
        """When it was last changed, by its server's clock."""
        return datetime.fromtimestamp(self.mtime, UTC)


@dataclass(frozen=True)
class Rules:
    """How a feed's files are told ripe. `marker` and `sidecar` are endings after the whole name (`offres.csv.done`).

    A sidecar holds the SHA-256 of its file; with `sidecar_required` a file without one waits.
    """

    glob: tuple[str, ...] = ("*",)
    min_age: float = 0.0
    marker: str | None = None
    sidecar: str = ".sha256"
    sidecar_required: bool = False

    @property
    def declared(self) -> bool:
        """Whether the partner says when a file is whole, so that nothing has to be guessed from its age."""
        return self.marker is not None or self.sidecar_required


@dataclass(frozen=True)
class Picked:
    """`ripe`, oldest first, and for each file that is `left` for the next run, why."""

    ripe: tuple[Entry, ...]
    left: Mapping[str, str] = field(default_factory=dict)


def wanted(listed: Iterable[Entry], rules: Rules) -> tuple[Entry, ...]:
    """The files that the feed means: by its globs (case does not count), not hidden, not partial, no companions."""
    beside = tuple(ending for ending in (rules.marker, rules.sidecar) if ending)
    return tuple(entry for entry in listed if is_meant(entry.name, rules.glob, beside))


def pick(first: Iterable[Entry], second: Iterable[Entry], rules: Rules, now: float) -> Picked:
    """What is ripe after two looks at the same folder; `now` in seconds since 1970 by our clock."""
    before = {entry.name: entry for entry in first}
    second = tuple(second)
    names, seen, left = {entry.name for entry in second}, wanted(second, rules), dict[str, str]()
    for entry in seen:
        was = before.get(entry.name)
        if rules.marker is not None and entry.name + rules.marker not in names:
            left[entry.name] = f"has no {rules.marker} beside it yet"
        elif rules.sidecar_required and entry.name + rules.sidecar not in names:
            left[entry.name] = f"has no {rules.sidecar} beside it yet"
        elif entry.size == 0:
            left[entry.name] = "is empty"
        elif was is None:
            left[entry.name] = "has just come"
        elif was != entry:
            left[entry.name] = f"still grows ({was.size} bytes, then {entry.size})"
        # A date in the future is a clock that runs ahead of ours, not youth; then the two looks decide.
        elif not rules.declared and 0 <= now - entry.mtime < rules.min_age:
            left[entry.name] = f"is younger than {rules.min_age:g} s"
    ripe = sorted((entry for entry in seen if entry.name not in left), key=lambda entry: (entry.mtime, entry.name))
    return Picked(tuple(ripe), left)


def companions(name: str, rules: Rules) -> tuple[str, ...]:
    """The names of the marker and the sidecar that may stand beside a file; the marker first."""
    return tuple(name + ending for ending in (rules.marker, rules.sidecar) if ending)


def digest_in(sidecar: str) -> str | None:
    """The SHA-256 (64 lower-case hex digits) in a sidecar's text, bare or as sha256sum or openssl write it, or None."""
    found = _DIGEST.search(sidecar)
    return found[0].lower() if found else None
