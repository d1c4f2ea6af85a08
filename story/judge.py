"""What the gate needs, put together: the profile of one delivery, its drift, and the verdict. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

import pandas as pd

from offers.cleaning.vocabularies import Reference
from offers.examined import Examined
from offers.feed import Feed
from offers.gate import drift
from offers.gate.profile import Past, Profile, living
from offers.gate.profiling import profile
from offers.model import Changes, Landed, Verdict
from validation.gate.case import Case
from validation.gate.judge import judge


@dataclass(frozen=True)
class Before:
    """What was there before this drop: the history (newest first), the feed's standing, and its last thirty days."""

    history: tuple[Past, ...]
    standing: pd.DataFrame
    month: tuple[Past, ...] = ()


def weigh(
    examined: Examined, changes: Changes, landed: Landed, feed: Feed, before: Before, reference: Reference, today: date
) -> tuple[Profile, Verdict]:
    """The profile of what was examined, and the gate's verdict on it with all findings so far."""
    history, standing = before.history, before.standing
    stands = standing.loc[~(standing["withdrawn"] | standing["over"]), "reference"]
    figures = profile(examined, feed, changes, len(stands), landed.announced, today, history)
    figures = replace(figures, best=max(living(before.month, today, changes.closing), default=None))
    said = examined.kept["reference"], examined.refused_references
    seen = drift.DriftCase(figures, history, feed, examined.batch.frame, stands, reference.sectors, *said)
    successors = drift.renamed(seen)
    figures = replace(figures, headers_renamed=successors)
    again = bool(history) and history[0].sha256 == landed.sha256
    case = Case(figures, feed.limits, history, again, landed.sha256, landed.complete, landed.lacks, before.month)
    return figures, judge(case, (*examined.findings, *drift.findings(seen, successors)))
