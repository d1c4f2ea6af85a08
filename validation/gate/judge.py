"""The batch gate: nothing empty, cut, doubled or garbled passes unseen. It judges the profile, never the rows.

The gate stands before publication and withdrawal. One `stop` finding is enough to quarantine a drop; `warn` and `note`
findings travel with it to the ledger, the return and the digest. What is asked is `validation.gate.table`; a check of
a file, and a feed that learns, have no history and are held to the absolute bounds alone. Great Expectations looks at
the night afterwards (`validation.gate.suites`), and never while a drop waits.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from offers.model import Finding, Severity, Verdict, VerdictKind
from validation.gate.case import Case, Expectation, Figure
from validation.gate.table import TABLE

USUAL = {"references_repeated": "repeats_more"}
"""Warnings of earlier steps, and the expectation by which they are no news: once it is met, they are notes."""

EXPLAINED = {"references_rewritten": ("withdraws_too_much", "changes_too_much")}
"""Findings of earlier steps that say why these would fail: what they guess (a drop that is cut off) would be false."""


def asked(case: Case, earlier: Iterable[str] = ()) -> dict[Expectation, Figure]:
    """All that is asked of this profile, with its figures, but for what earlier findings (their checks) explain."""
    explained = {name for check in earlier for name in EXPLAINED.get(check, ())}
    figures = {one: one.figure(case) for one in TABLE if one.name not in explained}
    return {one: figure for one, figure in figures.items() if figure is not None}


def judge(case: Case, earlier: Iterable[Finding] = ()) -> Verdict:
    """The verdict on one batch; `earlier` are the findings of reading, mapping, cleaning and drift."""
    earlier = tuple(earlier)
    figures = asked(case, (finding.check for finding in earlier))
    met = {one.name for one, figure in figures.items() if one.holds(figure)}
    familiar = [_as_usual(finding) if USUAL.get(finding.check) in met else finding for finding in earlier]
    outside = [one.finding(case, figure) for one, figure in figures.items() if not one.holds(figure)]
    stopped = any(finding.severity is Severity.STOP for finding in (*familiar, *outside))
    return Verdict(VerdictKind.QUARANTINED if stopped else VerdictKind.ACCEPTED, (*familiar, *outside))


def may_withdraw(announced: int | None, read: int, complete: bool) -> bool:
    """Whether absence means withdrawal: not when the source announced more records than came."""
    return complete and (announced is None or read >= announced)


def _as_usual(finding: Finding) -> Finding:
    return replace(finding, severity=Severity.NOTE) if finding.severity is Severity.WARN else finding
