"""What a connector is: it yields Drops, puts things into the partner's outbox, and clears up after the commit."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from pkgutil import resolve_name
from typing import Any, Protocol, TypeVar

from pydantic import BaseModel

from offers.errors import CannotCollect, Unreachable
from offers.feed import Feed, Secret
from offers.model import Drop, VerdictKind

T = TypeVar("T")
ATTEMPTS = 3
_BACK_OFF = 2.0
"""Seconds before the second attempt; four times as many before each further one."""
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Waits:
    """One file or answer that would be taken: its size in bytes where it is known beforehand."""

    name: str
    size: int | None
    at: datetime


class Connector(Protocol):
    """One way to reach a partner. Raises Unreachable (retry), Refused (do not) and nothing else of its own."""

    def waiting(self) -> Iterator[Waits]:
        """What `collect` would take, oldest first, without taking it; nothing where that is not known beforehand."""
        ...

    def collect(self) -> Iterator[Drop]:
        """The drops that wait, oldest first; each can be read at its `path` until it is settled."""
        ...

    def put(self, name: str, content: bytes) -> str:
        """Write into the feed's outbox as `.part`, then rename; returns where it is."""
        ...

    def settle(self, drop: Drop, outcome: VerdictKind) -> None:
        """After the commit: move the drop out of the inbox. The ledger, not this move, says what was taken."""
        ...

    def close(self) -> None:
        """Let go of whatever is held open; nothing else may be called after it."""
        ...


class Waiting:
    """The drops that wait, one at a time: each is taken in before the next is fetched, so that none is fetched in vain.

    A look that failed begins anew when it is retried; what was given before is settled then, or waits for the next run.
    """

    def __init__(self, connector: Connector) -> None:
        self._connector = connector
        self._drops: Iterator[Drop] | None = None
        self._given: set[tuple[str, datetime]] = set()

    def next(self) -> Drop | None:
        """The next drop, or None when no other waits."""
        if self._drops is None:
            self._drops = iter(self._connector.collect())
        try:
            drop = next((one for one in self._drops if (one.name, one.arrived_at) not in self._given), None)
        except CannotCollect:
            self._drops = None
            raise
        if drop is not None:
            self._given.add((drop.name, drop.arrived_at))
        return drop


@dataclass(frozen=True)
class Workspace:
    """Where a connector works: `home` resolves relative paths, `secret` gives a secret's value, `now` the time.

    `aside` is where it keeps what is ours (scratch, notebook, returns); None: below `home`. A run that only looks has
    its own, and `glance`: a few records are enough then.

    `since` gives the instant at which a feed's last accepted delivery began, for sources that are asked only for
    what is newer; None, the default, asks for all.

    `mark` names the ledger's last delivery of a feed, and `holds` says whether the ledger still has the one of a mark:
    what a notebook remembers counts only then, for a ledger may be an older one that was restored.
    """

    home: Path
    secret: Callable[[Secret], str]
    now: Callable[[], datetime]
    since: Callable[[str], datetime | None] = lambda _slug: None
    mark: Callable[[str], str] = lambda _slug: ""
    holds: Callable[[str, str], bool] = lambda _slug, _mark: True
    aside: Path | None = None
    glance: bool = False

    @property
    def own(self) -> Path:
        """The folder of what is ours."""
        return self.home if self.aside is None else self.aside


@dataclass(frozen=True)
class ConnectorKind:
    """One entry of KINDS: what its `[source]` table may hold, and `module:class` of its Connector.

    Named and not imported: a feed that is not fetched pays for no library of SSH, of HTTP or of stores.
    """

    settings: type[BaseModel]
    connector: str

    @property
    def open(self) -> Callable[[Feed, Any, Workspace], Connector]:
        """What opens it for a feed, its settings and a place."""
        found: Callable[[Feed, Any, Workspace], Connector] = resolve_name(self.connector)
        return found


class NotNow(Unreachable):
    """Another attempt in this run will not help, the next run may: our disk is full, a file is still being written."""


def attempted(do: Callable[[], T], wait: Callable[[float], None], between: Callable[[], None] = lambda: None) -> T:
    """What `do` gives; tried up to three times while it raises Unreachable, with `between` called after each fault."""
    for attempt in range(ATTEMPTS):
        if attempt:
            wait(_BACK_OFF * 4 ** (attempt - 1))
        try:
            return do()
        except NotNow:
            raise
        except Unreachable as fault:
            between()
            last = fault
            _log.warning("attempt %d of %d: %s", attempt + 1, ATTEMPTS, fault)
    raise last
