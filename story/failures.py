"""A fault that nobody foresaw, as a value: what kind, what it said, and where in our code it arose.

It is ours, never the sender's. Of its message one line is kept, cut short, without addresses, numbers and secrets: a
library may quote a drop's values, and the whole row that it was at.
"""

from __future__ import annotations

import logging
import traceback
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from config.logs import OURS, clean
from offers.errors import LedAway, ReaderEnded, Unreadable
from offers.feed import Feed
from offers.findings import finding_of
from offers.model import ENDED, Finding, Severity
from offers.text import quote

FAILED = "failed"
UNKEPT = "bytes_not_kept"
UNANSWERED = "return_not_written"
UNCLEARED = "inbox_not_cleared"
_ROOT = Path(__file__).resolve().parents[1]
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Cause:
    """`kind`: `OverflowError`; `said`: what it said; `place`: `offers/cleaners/dates.py:88`, the innermost of ours."""

    kind: str
    said: str
    place: str

    def __str__(self) -> str:
        said = f": {self.said}" if self.said else ""
        return f"{self.kind}{said}, at {self.place}"


def seen(fault: BaseException) -> Cause:
    """What is kept of it; the log has its way through the code too. Holds no frame, nor what a frame held."""
    said = quote(clean(next(iter(str(fault).strip().splitlines()), "")))
    frames = ((Path(frame.f_code.co_filename), line) for frame, line in traceback.walk_tb(fault.__traceback__))
    ours = [(path.relative_to(_ROOT), line) for path, line in frames if path.is_relative_to(_ROOT)]
    places = [f"{path.as_posix()}:{line}" for path, line in ours if path.parts[0] in OURS]
    cause = Cause(type(fault).__name__, said, places[-1] if places else "no line of ours")
    _log.error("a fault of our own: %s\n%s", cause, "".join(traceback.format_tb(fault.__traceback__)))
    return cause


def failed(feed: str, drop: str, cause: Cause, tried: int, tries: int, *, kept: bool = True) -> Finding:
    """What the ledger says of a drop that broke us the `tried`th time of at most `tries`, `kept` or before it was."""
    return _ours(FAILED if kept else UNKEPT, feed, drop, cause, tries=[tried, tries])


def uncleared(feed: str, drop: str, cause: Cause, delivery: int) -> Finding:
    """What the ledger says of a drop, entered as that delivery, that could not be moved out of the inbox."""
    return _ours(UNCLEARED, feed, drop, cause, delivery=delivery)


def _ours(check: str, feed: str, drop: str, cause: Cause, severity: Severity = Severity.STOP, **fields: Any) -> Finding:
    return finding_of(check, severity, feed=feed, drop=drop, **asdict(cause), **fields)


def not_read(feed: Feed, fault: Unreadable) -> Finding:
    """What the ledger says of a drop that is not what its feed says it is, or whose reader was ended."""
    check, kind = ENDED if isinstance(fault, ReaderEnded) else "unreadable", feed.format.kind
    return Finding(check, Severity.STOP, "unreadable bytes", kind, str(fault), {"format": kind, **fault.fields})


def unanswered(feed: str, drop: str, cause: Cause) -> Finding:
    """What the ledger says of a delivery whose sender could not be told of it."""
    return _ours(UNANSWERED, feed, drop, cause, Severity.WARN)


def withheld(drop: str, fault: LedAway) -> Finding:
    """What the ledger says of a delivery whose return would have gone where a link leads."""
    sentence = f"{drop}: {fault} Its sender was not told; then `quai replay` writes the return."
    return Finding(UNANSWERED, Severity.WARN, "a link", "a return in the outbox", sentence, {"drop": drop})
