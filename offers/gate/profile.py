"""The profile of one delivery: what the gate judges, what drift is read from, and, kept, the history of a feed.

A profile is small whatever the drop's size, holds no person's data, and goes to the database and back as JSON.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, fields
from datetime import date, datetime, timedelta
from statistics import median
from typing import Any

from offers.changes import OVER

WINDOW = 7
"""How many accepted deliveries make the history that a new one is compared with."""
REACH = timedelta(days=30)
"""How far back the best is looked for that a feed has slowly fallen from."""
LEARNING = 3
"""So many accepted deliveries a new feed is judged by absolute bounds only."""
QUANTILES = (0.0, 0.1, 0.5, 0.9, 1.0)
MEDIAN = 2
"""Which of QUANTILES is the median."""


@dataclass(frozen=True)
class ColumnProfile:
    """One of our columns as the partner sent it, before any repair; over the rows that no filter left aside.

    `headers`: the partner's headers that gave it. `null_share`: 0 to 1. `distinct`: values; estimated on 20 000 rows
    where there are more and they are long or mostly distinct. `lengths`: characters (bytes where texts are long) at
    QUANTILES; empty when all is missing. `shapes`: for dates and weeks, how they are written (`99/99/9999`) and the
    share of each. `sketch`: checksums of the first distinct values in alphabetical order, by which the same values are
    known again under another header.
    """

    headers: tuple[str, ...] = ()
    null_share: float = 0.0
    distinct: int = 0
    lengths: tuple[float, ...] = ()
    shapes: Mapping[str, float] = field(default_factory=dict)
    sketch: tuple[str, ...] = ()

    def overlap(self, other: ColumnProfile) -> float:
        """The share of the values of the smaller sketch that the other holds too, 0 to 1."""
        least = min(len(self.sketch), len(other.sketch))
        return len(set(self.sketch) & set(other.sketch)) / least if least else 0.0


@dataclass(frozen=True)
class Profile:
    """The figures of one delivery. Counts of lines and records; shares from 0 to 1; dates as ISO text.

    `created`, `updated`, `unchanged` and `withdrawn` are what loading would do; `standing` what stood before.
    `announced`: the source's control total, None where it gives none. `headers`: the drop's own, in order;
    `headers_added`, `headers_gone`, `headers_renamed` (old: new): since the last accepted delivery.
    `ignored_by` and `rejected_by`: lines by reason and by rule. `unknown`: by column, words that no lookup knows, and
    their lines. `words`: by filter column, its words and their lines, where they are few enough to be a vocabulary.
    `sectors`, `departments`, `weeks`: shares of the kept records. `newest`: the latest publication date among them,
    `newest_age` its days before the run (negative: to come). `seats`: their sum. `ends`: by day, how many of the kept
    end on it, by their own last day or their weeks; `ended` of them are over. What is over by its date is no loss:
    `standing`, `updated` and `withdrawn` are without it, and `usual` (the median of kept records over the last WINDOW
    accepted deliveries, None before the first) counts what of them is not over today. `over`: lines that say their
    offer is over and whose offer stood; `closed` of them closed it; `revived`: kept records that were over and are
    open anew. `remade`: records that change though their lines came just so before: by our own rules, and so no part of
    `updated`. `best`: the most that a delivery of the last thirty days kept, of what is not over today.
    """

    feed: str
    full: bool = True
    read: int = 0
    ignored: int = 0
    kept: int = 0
    rejected: int = 0
    repeated: int = 0
    standing: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    withdrawn: int = 0
    announced: int | None = None
    usual: float | None = None
    headers: tuple[str, ...] = ()
    headers_added: tuple[str, ...] = ()
    headers_gone: tuple[str, ...] = ()
    headers_renamed: Mapping[str, str] = field(default_factory=dict)
    ignored_by: Mapping[str, int] = field(default_factory=dict)
    rejected_by: Mapping[str, int] = field(default_factory=dict)
    unknown: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    words: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    columns: Mapping[str, ColumnProfile] = field(default_factory=dict)
    sectors: Mapping[str, float] = field(default_factory=dict)
    departments: Mapping[str, float] = field(default_factory=dict)
    weeks: Mapping[str, float] = field(default_factory=dict)
    newest: str | None = None
    newest_age: int | None = None
    seats: int = 0
    ends: Mapping[str, int] = field(default_factory=dict)
    ended: int = 0
    over: int = 0
    closed: int = 0
    revived: int = 0
    remade: int = 0
    best: int | None = None

    @property
    def meant(self) -> int:
        """Lines that no filter left aside."""
        return self.read - self.ignored

    @property
    def created_share(self) -> float:
        """New records, of what stood."""
        return _share(self.created, self.standing)

    @property
    def updated_share(self) -> float:
        """Records whose content would change, of what stood."""
        return _share(self.updated, self.standing)

    @property
    def remade_share(self) -> float:
        """Records that change by our own rules, of what stood."""
        return _share(self.remade, self.standing)

    @property
    def withdrawn_share(self) -> float:
        """Standing records that the drop lacks, of what stood."""
        return _share(self.withdrawn, self.standing)

    @property
    def rejected_share(self) -> float:
        """Lines refused, of those meant for us."""
        return _share(self.rejected, self.meant)

    @property
    def ignored_share(self) -> float:
        """Lines that a filter left aside, of all read."""
        return _share(self.ignored - self.ignored_by.get(OVER, 0), self.read)

    @property
    def repeated_share(self) -> float:
        """Lines whose reference another line carries too, of those meant for us."""
        return _share(self.repeated, self.meant)

    @property
    def known_share(self) -> float:
        """Kept records whose reference stood already, of all kept."""
        return _share(self.updated + self.remade + self.revived + self.unchanged, self.kept)

    @property
    def held(self) -> int:
        """Kept records that are not over."""
        return self.kept - self.ended

    @property
    def ratio_to_standing(self) -> float | None:
        """Kept records to those that stood; None where nothing did."""
        return self.held / self.standing if self.standing else None

    @property
    def ratio_to_usual(self) -> float | None:
        """Kept records to the median of the last seven accepted deliveries; None before the first."""
        return self.held / self.usual if self.usual else None

    def living(self, today: date) -> int:
        """How many of the kept are not over before this day."""
        return self.kept - sum(count for day, count in self.ends.items() if day < today.isoformat())

    def as_dict(self) -> dict[str, Any]:
        """Ready for JSON, the derived figures included, so that the history can be read by SQL alone."""
        return asdict(self) | {name: getattr(self, name) for name in DERIVED}

    @classmethod
    def from_dict(cls, said: Mapping[str, Any]) -> Profile:
        """From `as_dict`, also of an older or newer Quai: what is missing gets its default, what is unknown is left."""
        columns = {name: _known(ColumnProfile, one) for name, one in said.get("columns", {}).items()}
        whole: Profile = _known(cls, {**said, "columns": columns})
        return whole


DERIVED = (
    "created_share", "updated_share", "withdrawn_share", "rejected_share", "ignored_share", "repeated_share",
    "known_share", "ratio_to_standing", "ratio_to_usual",
)  # fmt: skip


@dataclass(frozen=True)
class Past:
    """One accepted delivery of the history: its number, when it was accepted, its drop's checksum, its profile."""

    delivery: int
    at: datetime
    sha256: str
    profile: Profile


def living(history: Iterable[Past], today: date, closed: int = 0) -> list[int]:
    """What each delivery of the history (newest first) kept and is not over today, by its date or its employer's word.

    `closed`: how many offers are being closed by their employer.
    """
    found = []
    for past in history:
        found.append(max(0, past.profile.living(today) - closed))
        closed += past.profile.closed
    return found


def usual(history: Iterable[Past], today: date, closed: int = 0) -> float | None:
    """The median of what is living of the history; None where it is empty."""
    kept = living(history, today, closed)
    return float(median(kept)) if kept else None


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0


def _known(kind: Any, said: Mapping[str, Any]) -> Any:
    names = {one.name for one in fields(kind)}
    return kind(**{k: tuple(v) if isinstance(v, list) else v for k, v in said.items() if k in names})
