"""The nouns of the house as frozen types; `docs/glossary.md` says what each means.

Frames travel inside them. A frame of text holds pandas `str` columns, and its index, named `line`, is the line (CSV),
row (XLSX) or record number (XML, JSON) in the drop; it is unique and kept to the end. Where several sheets were read,
offers.sheets says which sheet and row a line is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from offers.text import one_line

if TYPE_CHECKING:
    import pandas as pd

REJECTION_COLUMNS = ("line", "field", "column", "rule", "value", "detail", "sentence", "remedy")
MALFORMED_COLUMNS = ("line", "rule", "value", "fields")
"""What a reader says of a line that it cannot cut: the rule, the line's text, and the figures as a JSON object."""
REPAIR_COLUMNS = ("line", "field", "column", "before", "after", "why")
IGNORED_COLUMNS = ("line", "reason")
REPEATED_COLUMNS = ("line", "reference", "kept_line")
CELL_COLUMNS = ("line", "header", "before", "after", "why")
"""What a reader says of single cells, by the partner's own header; `why` is the code of a repair."""
TEXT = "str"


class VerdictKind(StrEnum):
    """What became of a drop as a whole."""

    ACCEPTED = "accepted"
    QUARANTINED = "quarantined"
    UNCHANGED = "unchanged"
    UNREADABLE = "unreadable"
    FAILED = "failed"


TAKEN = (VerdictKind.ACCEPTED, VerdictKind.UNCHANGED)
ENDED = "reader_ended"
"""The check of a drop whose reader took too much memory or time: tried again as one that failed is."""
NOT_TAKEN = (VerdictKind.FAILED, VerdictKind.QUARANTINED, VerdictKind.UNREADABLE)
"""Every verdict is in one of the two; of the latter, nothing is loaded and nothing withdrawn. The worst first."""


class Severity(StrEnum):
    """How grave a finding is: `stop` quarantines, `warn` asks for a look, `note` is for the record."""

    STOP = "stop"
    WARN = "warn"
    NOTE = "note"


@dataclass(frozen=True)
class Drop:
    """What a partner left, byte for byte, where a connector found it; `path` can be read now, once landed for good.

    `announced` is the source's own control total of records where it gives one; `complete` is False when a connector
    knows that it could not fetch everything, so that nothing may be withdrawn on its account; `lacks` then says why.
    `sent_at` is the sender's own date of it: when the file was last changed on his side; None where he gives none.
    `encoding` is what the server said that it is written in: a hint for whoever reads it.
    """

    feed: str
    name: str
    path: Path
    size: int
    arrived_at: datetime
    origin: str
    announced: int | None = None
    complete: bool = True
    lacks: str = ""
    sent_at: datetime | None = None
    encoding: str | None = None


@dataclass(frozen=True)
class Landed:
    """A drop whose bytes are kept under their checksum: `uri` finds them again, `sha256` is 64 hex digits."""

    feed: str
    name: str
    sha256: str
    size: int
    arrived_at: datetime
    uri: str
    announced: int | None = None
    complete: bool = True
    lacks: str = ""
    sent_at: datetime | None = None


@dataclass(frozen=True)
class Finding:
    """The result of one check on a batch as a whole; `sentence` says what was seen, what was expected, what to do.

    `fields`: what it is made of, ready for JSON (counts, names, lines, codes), from which it is worded for ops
    (offers.findings) and for the employer (reports.returns.findings). None: of a ledger from before it kept them.
    """

    check: str
    severity: Severity
    seen: str
    expected: str
    sentence: str
    fields: Mapping[str, Any] | None = field(default=None, hash=False)

    def __post_init__(self) -> None:
        """Whatever it quotes of a drop is quoted on one line."""
        for name in ("seen", "expected", "sentence", "fields"):
            object.__setattr__(self, name, _on_one_line(getattr(self, name)))

    def as_dict(self) -> dict[str, str]:
        """Text only, ready for JSON."""
        return {
            "check": self.check,
            "severity": self.severity.value,
            "seen": self.seen,
            "expected": self.expected,
            "sentence": self.sentence,
        }


def _on_one_line(said: Any) -> Any:
    if isinstance(said, str):
        return one_line(said)
    if isinstance(said, dict):
        return {name: _on_one_line(one) for name, one in said.items()}
    return [_on_one_line(one) for one in said] if isinstance(said, (list, tuple)) else said


@dataclass(frozen=True)
class Batch:
    """The text read from one drop: `frame` has the partner's own headers as columns and `line` as index.

    `malformed` holds the lines that could not be cut into columns (MALFORMED_COLUMNS); they are part of what was read,
    and their lines are not in `frame`. `torn` is their whole text, for an offer may be named in it. `read` is thus the
    number of records in the drop, blank lines and totals apart.
    `dialect` says how the bytes were understood (encoding, delimiter, sheet, header line).
    `sheets` are the names of the sheets of a workbook that were read, in the order of their lines (offers.sheets).
    `cells` (CELL_COLUMNS) is what the reader mended in single cells; `links` the same for cells that lead somewhere:
    the text that is shown, and the address behind it, which is taken where an address is meant.
    """

    frame: pd.DataFrame
    malformed: pd.DataFrame
    dialect: Mapping[str, str] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()
    torn: str = ""
    sheets: tuple[str, ...] = ()
    cells: pd.DataFrame | None = None
    links: pd.DataFrame | None = None

    @property
    def read(self) -> int:
        """Records in the drop, well formed or not."""
        return len(self.frame) + self.malformed["line"].nunique()


@dataclass(frozen=True)
class Mapped:
    """A batch in our columns, still the partner's values; `headers` gives for each of ours the partner's own header.

    `cells`: by our column, what was mended (CELL_COLUMNS) in the cells that it comes from: by the reader, or because
    they are put together with others and say nothing.
    """

    frame: pd.DataFrame
    headers: Mapping[str, str]
    ignored: pd.DataFrame
    findings: tuple[Finding, ...] = ()
    sheets: tuple[str, ...] = ()
    cells: tuple[tuple[str, pd.DataFrame], ...] = ()


@dataclass(frozen=True)
class Cleaned:
    """A frame in our columns with certain faults mended, and every mend recorded (REPAIR_COLUMNS).

    `seen` holds the partner's own values in our columns, by line, so that a rejection shows what she wrote.
    `sheets`: see Batch.
    """

    frame: pd.DataFrame
    repairs: pd.DataFrame
    findings: tuple[Finding, ...] = ()
    seen: pd.DataFrame | None = None
    sheets: tuple[str, ...] = ()


@dataclass(frozen=True)
class Checked:
    """Rows that broke no rule, the rejections of those that did (REJECTION_COLUMNS), and the repairs that count."""

    kept: pd.DataFrame
    rejections: pd.DataFrame
    repairs: pd.DataFrame


@dataclass(frozen=True)
class Changes:
    """What a load will do. `created` and `updated` are record frames, `withdrawn` a list of references.

    `closed`: reference, expires_on and content_hash of offers that stand and that their employer says are over (None:
    there are none); `closed_before` of the unchanged lines say so again. `revived` of the updated and `lapsed` of the
    withdrawn were over by their date already.
    """

    created: pd.DataFrame
    updated: pd.DataFrame
    unchanged: int
    withdrawn: tuple[str, ...]
    closed: pd.DataFrame | None = None
    revived: int = 0
    lapsed: int = 0
    closed_before: int = 0

    @property
    def closing(self) -> int:
        """How many offers their employer closes; in the sums they are updated."""
        return 0 if self.closed is None else len(self.closed)

    @property
    def touching(self) -> int:
        """How many lines change something."""
        return len(self.created) + len(self.updated) + self.closing


@dataclass(frozen=True)
class Verdict:
    """The judgement on one batch, with the findings that made it so."""

    kind: VerdictKind
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True)
class Counts:
    """Where every line of a drop went: read = ignored + rejected + repeated + created + updated + unchanged.

    `repaired` (kept lines that bear a repair) and `withdrawn` stand beside the sum. In a quarantined delivery,
    created, updated and unchanged say what releasing would do with the lines; `withdrawn` is 0, for nothing is.
    """

    read: int = 0
    ignored: int = 0
    rejected: int = 0
    repeated: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    withdrawn: int = 0
    repaired: int = 0
    linked: int = 0
    review: int = 0

    def __post_init__(self) -> None:
        parts = self.ignored + self.rejected + self.repeated + self.created + self.updated + self.unchanged
        if self.read != parts:
            raise AssertionError(f"the sums do not hold: read {self.read}, accounted for {parts} ({self})")


@dataclass(frozen=True)
class Decision:
    """What a person decided about a delivery that waits in quarantine: who, when, and why."""

    delivery: int
    by: str
    reason: str
    at: datetime


@dataclass(frozen=True)
class Delivery:
    """The ledger line of one attempt at one drop.

    `releases` is the quarantined delivery whose bytes this one let through, `replays` the one whose bytes it re-ran.
    `sheets` are those of a workbook that were read: by them a line is a row of a sheet (offers.sheets).
    """

    feed: str
    drop: str
    sha256: str
    verdict: VerdictKind
    counts: Counts
    findings: tuple[Finding, ...]
    started_at: datetime
    finished_at: datetime
    fingerprint: str
    flow_run: str | None = None
    stages: Mapping[str, float] = field(default_factory=dict)
    id: int | None = None
    report: str | None = None
    releases: int | None = None
    replays: int | None = None
    sheets: tuple[str, ...] = ()

    @property
    def seconds(self) -> float:
        """Wall time from the first look at the drop to the commit."""
        return round((self.finished_at - self.started_at).total_seconds(), 3)


def text_frame(columns: tuple[str, ...], rows: Any = None) -> pd.DataFrame:
    """A frame of text with these columns; `line` and `kept_line`, where they occur, are whole numbers."""
    return _empty(columns).copy() if rows is None or (isinstance(rows, list) and not rows) else _typed(columns, rows)


def _typed(columns: tuple[str, ...], rows: Any) -> pd.DataFrame:
    import pandas as pd  # here, so that whoever only needs the nouns (the command line) does not wait for it

    frame = pd.DataFrame(rows, columns=list(columns))
    kinds = {name: "int64" if name in ("line", "kept_line") else TEXT for name in columns}
    typed: pd.DataFrame = frame.astype(kinds)
    return typed


@cache
def _empty(columns: tuple[str, ...]) -> pd.DataFrame:
    """Of nothing to tell, which is the most frequent: a column costs more than a copy of them all."""
    return _typed(columns, [])
