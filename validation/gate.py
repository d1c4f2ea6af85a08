"""The batch gate: nothing empty, cut, doubled or garbled passes unseen. It judges the profile, never the rows.

The gate stands before publication and withdrawal. One `stop` finding is enough to quarantine a drop; `warn` and `note`
findings travel with it to the ledger, the return and the digest. The expectations are built here, in pure modules;
Great Expectations judges them (`judge`), imported on the first judgement only. A check of a file has no history, and
must answer at once: it is held to the absolute bounds, without Great Expectations (`judge_absolutely`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from offers.model import Finding, Severity, Verdict, VerdictKind
from validation.absolute import ABSOLUTE
from validation.expectation import Builder, Case, Expectation
from validation.learned import STOPS
from validation.usual import WARNS

Judge = Callable[[tuple[Expectation, ...]], frozenset[str]]
"""From expectations to the names of those that do not hold."""


USUAL = {"references_repeated": "repeats_more"}
"""Warnings of earlier steps, and the expectation by which they are no news: once it is met, they are notes."""


EXPLAINED = {
    "references_rewritten": (
        "withdraws_too_much", "changes_too_much", "references_all_new", "withdraws_more", "creates_more",
    )
}  # fmt: skip
"""Findings of earlier steps that say why these would fail: what they guess (a drop that is cut off) would be false."""


def expectations(case: Case) -> tuple[Expectation, ...]:
    """All that is expected of this profile: absolute bounds, and beside them, once learned, those of its history."""
    return _built(case, (*ABSOLUTE, *STOPS, *WARNS) if case.learned else ABSOLUTE)


def by_great_expectations(expected: tuple[Expectation, ...]) -> frozenset[str]:
    """What Great Expectations finds not to hold."""
    from validation.gate_gx import failed  # 2 to 3 s to import, once per process, and never for a check

    return failed(expected)


def plainly(expected: tuple[Expectation, ...]) -> frozenset[str]:
    """The same without Great Expectations."""
    return frozenset(one.check for one in expected if not one.holds)


def judge(case: Case, earlier: Iterable[Finding] = (), by: Judge | None = None) -> Verdict:
    """The verdict on one batch; `earlier` are the findings of reading, mapping, cleaning and drift.

    While a feed learns there is no history to hold it to: the absolute bounds are compared at once, as for a check.
    """
    earlier = tuple(earlier)
    told = {check for finding in earlier for check in EXPLAINED.get(finding.check, ())}
    expected = tuple(one for one in expectations(case) if one.check not in told)
    failing = (by or (by_great_expectations if case.learned else plainly))(expected)
    met = {one.check for one in expected} - failing
    familiar = (_as_usual(finding) if USUAL.get(finding.check) in met else finding for finding in earlier)
    return _verdict(familiar, (one for one in expected if one.check in failing))


def judge_absolutely(case: Case, earlier: Iterable[Finding] = ()) -> Verdict:
    """The verdict by absolute bounds alone, as `quai check` gives it."""
    return _verdict(earlier, (one for one in _built(case, ABSOLUTE) if not one.holds))


def may_withdraw(announced: int | None, read: int, complete: bool) -> bool:
    """Whether absence means withdrawal: not when the source announced more records than came."""
    return complete and (announced is None or read >= announced)


def _built(case: Case, builders: Iterable[Builder]) -> tuple[Expectation, ...]:
    return tuple(one for build in builders if (one := build(case)) is not None)


def _as_usual(finding: Finding) -> Finding:
    return replace(finding, severity=Severity.NOTE) if finding.severity is Severity.WARN else finding


def _verdict(earlier: Iterable[Finding], failed: Iterable[Expectation]) -> Verdict:
    findings = (*earlier, *(one.finding() for one in failed))
    stopped = any(finding.severity is Severity.STOP for finding in findings)
    return Verdict(VerdictKind.QUARANTINED if stopped else VerdictKind.ACCEPTED, findings)
