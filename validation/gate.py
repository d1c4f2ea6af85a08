"""The batch gate: nothing empty, cut or garbled passes unseen. A first, simple form: absolute bounds, no history.

The gate stands before publication and withdrawal. One `stop` finding is enough to quarantine a drop; `warn` and `note`
findings travel with it to the ledger, the return and the digest.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from offers.feed import Limits
from offers.model import Finding, Severity, Verdict, VerdictKind


@dataclass(frozen=True)
class Subject:
    """What the gate judges: the counts of one batch beside what stands. Lines, records and shares, never values."""

    feed: str
    read: int
    rejected: int
    kept: int
    standing: int
    withdrawn: int
    announced: int | None
    limits: Limits


def judge(subject: Subject, earlier: tuple[Finding, ...] = ()) -> Verdict:
    """The verdict on one batch; `earlier` are the findings of reading, mapping and cleaning."""
    findings = (*earlier, *(found for check in CHECKS if (found := check(subject)) is not None))
    stopped = any(finding.severity is Severity.STOP for finding in findings)
    return Verdict(VerdictKind.QUARANTINED if stopped else VerdictKind.ACCEPTED, findings)


def may_withdraw(announced: int | None, read: int, complete: bool) -> bool:
    """Whether absence means withdrawal: not when the source announced more records than came."""
    return complete and (announced is None or read >= announced)


def _empty(s: Subject) -> Finding | None:
    if s.read > 0:
        return None
    return Finding(
        "drop_is_empty",
        Severity.STOP,
        "0 records",
        "at least 1 record",
        f"{s.feed}: the drop holds no record (expected at least one; {s.standing} stand). Nothing was withdrawn. "
        "Ask the partner for the file again, or discard it if the feed really is empty.",
    )


def _nothing_usable(s: Subject) -> Finding | None:
    if s.rejected == 0 or s.kept > 0:
        return None
    return Finding(
        "nothing_usable",
        Severity.STOP,
        f"{s.rejected} of {s.read} lines rejected, none kept",
        "at least 1 line kept",
        f"{s.feed}: every line meant for us was rejected ({s.rejected} of {s.read} read; expected at least one kept). "
        "Read the return: either the file is garbled, or the mapping no longer fits it.",
    )


def _withdraws_too_much(s: Subject) -> Finding | None:
    share = s.withdrawn / s.standing if s.standing else 0.0
    if share <= s.limits.withdrawn_share:
        return None
    return Finding(
        "withdraws_too_much",
        Severity.STOP,
        f"{s.withdrawn} of {s.standing} standing records would be withdrawn ({share:.0%})",
        f"at most {s.limits.withdrawn_share:.0%}",
        f"{s.feed}: {s.withdrawn} of the {s.standing} standing records are missing from this drop ({share:.0%}; "
        f"expected at most {s.limits.withdrawn_share:.0%}). It is probably cut off. Nothing was withdrawn: ask the "
        "partner to send it whole, or raise `limits.withdrawn_share` if so many offers really ended.",
    )


def _fewer_than_announced(s: Subject) -> Finding | None:
    if s.announced is None or s.read >= s.announced:
        return None
    return Finding(
        "fewer_than_announced",
        Severity.WARN,
        f"{s.read} records",
        f"{s.announced} records announced by the source",
        f"{s.feed}: the source announced {s.announced} records and {s.read} came. What came was taken; nothing was "
        "withdrawn on the strength of what is missing.",
    )


CHECKS: tuple[Callable[[Subject], Finding | None], ...] = (
    _empty,
    _nothing_usable,
    _withdraws_too_much,
    _fewer_than_announced,
)
