"""Look at a feed's source without touching it: what waits, its first records, and what our mapping makes of them.

Nothing is settled, moved, kept or entered in a ledger, and no database is needed. What a connector keeps for itself
lies in a folder of this look's own, so that a run of the same feed is not disturbed.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pandas as pd

from config.clock import Watch, unwatched, utc_now
from config.keyring import fault_of, resolve, secrets_of
from config.settings import read
from connectors import KINDS
from connectors.reading import read as read_drop
from connectors.source import Waits, Workspace
from offers.cleaning.contacts import PUBLIC_TEXTS, mask
from offers.columns import PERSONAL
from offers.errors import FeedMisconfigured
from offers.feed import Feed
from offers.mapping import map_columns
from offers.model import Finding, Mapped, Severity
from offers.onboarding.form import as_sent, headers_of
from offers.sheets import row_of
from operations.feeds import the_feed

MASK = "•••"
SHOWN = 3
"""Records whose mapping is shown."""


@dataclass(frozen=True)
class ProbedValue:
    """One value of one record: our column, the partner's header, her value; a person's data are masked."""

    ours: str
    theirs: str
    value: str | None


@dataclass(frozen=True)
class Probed:
    """What was seen: what would be taken, the first of it as it is read, and three records as they are mapped."""

    feed: str
    kind: str
    waiting: tuple[Waits, ...]
    first: str | None = None
    read: int = 0
    ignored: int = 0
    dialect: tuple[tuple[str, str], ...] = ()
    records: tuple[tuple[int, tuple[ProbedValue, ...]], ...] = ()
    findings: tuple[Finding, ...] = ()
    glance: bool = False

    @property
    def exit_status(self) -> int:
        """0: the source answers and its records can be mapped; 3: a required column has nothing to come from."""
        return 3 if any(finding.severity is Severity.STOP for finding in self.findings) else 0

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return {
            "feed": self.feed,
            "kind": self.kind,
            "waiting": [{"name": one.name, "size": one.size, "at": one.at.isoformat()} for one in self.waiting],
            "first": self.first,
            "read": self.read,
            "ignored": self.ignored,
            "dialect": dict(self.dialect),
            "records": [{"line": line, "values": [vars(one) for one in values]} for line, values in self.records],
            "findings": [finding.as_dict() for finding in self.findings],
        }


def probe(slug: str, watch: Watch = unwatched) -> Probed:
    """Look at a feed's source; a person's data are masked.

    Raises FeedMisconfigured with every secret that is missing by name, CannotCollect, Unreadable.
    """
    settings = read()
    feed = the_feed(settings, slug)
    faults = [said for secret in secrets_of(feed) if (said := fault_of(secret))]
    if faults:
        raise FeedMisconfigured(f"{feed.slug}: {' '.join(f'{said[:1].upper()}{said[1:]}' for said in faults)}")
    kind = str(feed.source.kind)
    with TemporaryDirectory(prefix="quai-probe-") as aside:
        place = Workspace(settings.home, resolve, utc_now, aside=Path(aside), glance=True)
        with closing(KINDS[kind].open(feed, feed.source, place)) as connector:
            watch("list")
            waiting = tuple(connector.waiting())
            watch("fetch the first")
            drop = next(iter(connector.collect()), None)
            if drop is None:
                return Probed(feed.slug, kind, waiting)
            watch("read")
            batch = read_drop(drop.path, drop.name, feed.reading, feed.limits, drop.encoding, headers=headers_of(feed))
    sent = as_sent(batch.frame.columns, feed)
    mapped = map_columns(batch, sent)
    lines = ((row_of(int(str(line)), mapped.sheets), row) for line, row in mapped.frame.head(SHOWN).iterrows())
    return Probed(
        feed=feed.slug,
        kind=kind,
        waiting=waiting or (Waits(drop.name, drop.size, drop.arrived_at),),
        first=drop.name,
        read=batch.read,
        ignored=len(mapped.ignored),
        dialect=tuple((str(key), str(value)) for key, value in batch.dialect.items()),
        records=tuple((line, tuple(_shown(row, mapped, sent))) for line, row in lines),
        findings=(*batch.findings, *mapped.findings),
        glance=kind == "api",
    )


def _shown(row: pd.Series[Any], mapped: Mapped, feed: Feed) -> Iterator[ProbedValue]:
    for ours in mapped.frame.columns:
        value = None if pd.isna(row[ours]) else str(row[ours])
        theirs = "(constant)" if ours in feed.constants else str(mapped.headers.get(ours, ""))
        if value and ours in PUBLIC_TEXTS:
            value = mask(value)
        yield ProbedValue(str(ours), theirs, MASK if value and ours in PERSONAL else value)
