"""One drop, examined: where each of its lines went. One type from the examination to the return."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial

import pandas as pd

from offers.changes import OVER_COLUMNS, Copies, nowhere
from offers.cleaning.contacts import erased_of, renamed, renamed_all
from offers.cleaning.repairs import told_of
from offers.feed import Feed
from offers.gate.missing import elsewhere, held_for_swallowed, named_in, nameless, spared, swallowed_by
from offers.model import (
    IGNORED_COLUMNS,
    REJECTION_COLUMNS,
    REPAIR_COLUMNS,
    REPEATED_COLUMNS,
    Batch,
    Changes,
    Counts,
    Finding,
    text_frame,
)
from offers.onboarding.form import as_sent


@dataclass(frozen=True)
class Examined:
    """Every line read is in exactly one of `ignored`, `rejections`, `repeated`, `kept`, `over`.

    The frames have the columns that `offers.model` names; `mapped` holds the partner's values in our columns, `kept`
    records, `headers` for each of our columns the partner's own. Until it is held against what stands (`against`), the
    lines of `over` (OVER_COLUMNS, by line) are in `ignored` too: nothing stands. `nameless` counts the lines refused
    that bear no reference. Without any argument: a drop of which nothing was read.
    """

    batch: Batch = field(default_factory=lambda: Batch(pd.DataFrame(), text_frame(REJECTION_COLUMNS)))
    headers: Mapping[str, str] = field(default_factory=dict)
    mapped: pd.DataFrame = field(default_factory=pd.DataFrame)
    kept: pd.DataFrame = field(default_factory=pd.DataFrame)
    ignored: pd.DataFrame = field(default_factory=partial(text_frame, IGNORED_COLUMNS))
    rejections: pd.DataFrame = field(default_factory=partial(text_frame, REJECTION_COLUMNS))
    repeated: pd.DataFrame = field(default_factory=partial(text_frame, REPEATED_COLUMNS))
    repairs: pd.DataFrame = field(default_factory=partial(text_frame, REPAIR_COLUMNS))
    over: pd.DataFrame = field(default_factory=partial(text_frame, OVER_COLUMNS))
    copies: Copies = field(default_factory=Copies)
    refused_references: frozenset[str] = frozenset()
    nameless: int = 0
    findings: tuple[Finding, ...] = ()

    def against(self, standing: pd.DataFrame, feed: Feed) -> Examined:
        """The same, knowing what stands: a line that says its offer is over is ignored only where none stands, and
        what stands and is named in a line that could not be cut is not missing. References that were erased come under
        their pseudonyms."""
        found = self
        said = pd.concat([frame["reference"] for frame in (self.kept, self.over, self.repeated)])
        if erased := erased_of({*said, *self.refused_references}, standing["reference"]):
            kept, over, repeated = (renamed(frame, erased) for frame in (self.kept, self.over, self.repeated))
            refused = renamed_all(self.refused_references, erased)
            found = replace(self, kept=kept, over=over, repeated=repeated, refused_references=refused)
        if feed.scope == "full":
            sent, refused = as_sent(self.batch.frame.columns, feed), found.refused_references
            stands = standing.loc[~standing["withdrawn"], "reference"]
            named = pd.concat([found.kept["reference"], found.over["reference"]])
            missing = stands[~stands.isin(named) & ~stands.isin(list(refused))]
            torn, swallowed = named_in(self.batch, sent, missing), swallowed_by(self.batch, sent, missing)
            torn |= elsewhere(refused, sent, missing)
            unnamed, told = nameless(feed.slug, self.nameless, missing[~missing.isin(list(torn | swallowed))])
            findings = (*self.findings, *spared(self.batch, torn), *held_for_swallowed(feed.slug, swallowed), *told)
            found = replace(found, refused_references=refused | torn | swallowed | unnamed, findings=findings)
        if found.over.empty:
            return found
        absent = nowhere(found.over, standing)
        filtered = found.ignored[~found.ignored["line"].isin(found.over.index)]
        ignored = pd.concat([filtered, absent], ignore_index=True)
        return replace(found, ignored=ignored, over=found.over.drop(absent["line"]))

    def closing(self, changes: Changes) -> Examined:
        """The same, knowing which of the lines of `over` close an offer: the others said so before."""
        closes = self.over.index.isin(self.over.index[:0] if changes.closed is None else changes.closed.index)
        return replace(self, over=self.over.assign(closes=closes))

    @property
    def rejected(self) -> int:
        """Lines refused, however many rules each broke."""
        return int(self.rejections["line"].nunique())

    @property
    def repaired(self) -> int:
        """Kept lines that bear at least one repair, not counting what only changed the writing."""
        told = told_of(self.repairs)
        return int(told.loc[told["line"].isin(self.kept.index), "line"].nunique())

    def counts(self, created: int, updated: int, unchanged: int, withdrawn: int = 0) -> Counts:
        """Where every line went, once it is known what the kept ones would do."""
        return Counts(
            read=self.batch.read,
            ignored=len(self.ignored),
            rejected=self.rejected,
            repeated=len(self.repeated),
            created=created,
            updated=updated,
            unchanged=unchanged,
            withdrawn=withdrawn,
            repaired=self.repaired,
        )
