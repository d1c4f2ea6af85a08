"""Which of the files listed are ripe to be taken: pure decisions, for a folder and a server alike.

No modification-time cursor: a late file with an old date is a file like any other, and whether its bytes were taken
before is for the ledger's checksum to say. Times here only tell whether a file may still be growing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from connectors.names import is_meant

_DIGEST = re.compile(r"(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])", re.IGNORECASE)


@dataclass(frozen=True)
class Entry:
    """A regular file as it was listed: bytes, and seconds since 1970 by its server's clock."""

    name: str
    size: int
    mtime: float


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
    names = {entry.name for entry in second}
    seen = wanted(second, rules)
    left = {entry.name: why for entry in seen if (why := _unripe(entry, before.get(entry.name), names, rules, now))}
    ripe = sorted((entry for entry in seen if entry.name not in left), key=lambda entry: (entry.mtime, entry.name))
    return Picked(tuple(ripe), left)


def companions(name: str, rules: Rules) -> tuple[str, ...]:
    """The names of the marker and the sidecar that may stand beside a file; the marker first."""
    return tuple(name + ending for ending in (rules.marker, rules.sidecar) if ending)


def digest_in(sidecar: str) -> str | None:
    """The SHA-256 (64 lower-case hex digits) in a sidecar's text, bare or as sha256sum or openssl write it, or None."""
    found = _DIGEST.search(sidecar)
    return found[0].lower() if found else None


def _unripe(entry: Entry, before: Entry | None, names: set[str], rules: Rules, now: float) -> str | None:
    if rules.marker is not None and entry.name + rules.marker not in names:
        return f"has no {rules.marker} beside it yet"
    if rules.sidecar_required and entry.name + rules.sidecar not in names:
        return f"has no {rules.sidecar} beside it yet"
    if entry.size == 0:
        return "is empty"
    if before is None:
        return "has just come"
    if before != entry:
        return f"still grows ({before.size} bytes, then {entry.size})"
    # A date in the future is a clock that runs ahead of ours, not youth; then the two looks decide.
    if not rules.declared and 0 <= now - entry.mtime < rules.min_age:
        return f"is younger than {rules.min_age:g} s"
    return None
