"""What the gate needs, put together: the profile of one delivery, its drift, and the verdict. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

import pandas as pd

from offers.cleaning.vocabularies import Reference
from offers.feed import Feed
from offers.gate import drift
from offers.gate.profile import Past, Profile, living
from offers.gate.profiling import Material, profile
from offers.model import Changes, Landed, Verdict
from story.examine import Examined
from validation.gate.case import Case
from validation.gate.judge import judge


@dataclass(frozen=True)
class Before:
    """What was there before this drop: the history (newest first), the feed's standing, and its last thirty days."""

    history: tuple[Past, ...]
    standing: pd.DataFrame
    month: tuple[Past, ...] = ()

    @property
    def references(self) -> pd.Series[str]:
        """The references that stand and are not over."""
        return self.standing.loc[~(self.standing["withdrawn"] | self.standing["over"]), "reference"]


def weigh(
    examined: Examined, changes: Changes, landed: Landed, feed: Feed, before: Before, reference: Reference, today: date
) -> tuple[Profile, Verdict]:
    """The profile of what was examined, and the gate's verdict on it with all findings so far."""
    stands = before.references
    material = Material(
        examined.batch,
        examined.mapped,
        examined.kept,
        examined.ignored,
        examined.rejections,
        examined.repeated,
        len(examined.over),
    )
    figures = profile(material, feed, changes, len(stands), landed.announced, today, before.history)
    figures = replace(figures, best=max(living(before.month, today, changes.closing), default=None))
    said = frozenset(examined.kept["reference"]) | examined.refused_references
    seen = drift.Seen(figures, before.history, feed, examined.batch.frame, stands, reference.sectors, said)
    successors = drift.renamed(seen)
    figures = replace(figures, headers_renamed=successors)
    again = bool(before.history) and before.history[0].sha256 == landed.sha256
    case = Case(figures, feed.limits, before.history, again, landed.sha256, landed.complete, landed.lacks, before.month)
    return figures, judge(case, (*examined.findings, *drift.findings(seen, successors)))
