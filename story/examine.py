"""The pure middle of the story: from the bytes of one drop to what is kept of it and why the rest is not.

`quai check` and `quai ingest` both walk through here, so what one says the other does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import pandas as pd

from config.clock import Stages
from connectors.reading import read
from offers import sheets
from offers.calendar import SchoolYear
from offers.changes import OVER_COLUMNS, are_over, fold_repeats, nowhere, outlived
from offers.cleaning.batch import clean
from offers.cleaning.contacts import erased_of, renamed, renamed_all
from offers.cleaning.repairs import told_of
from offers.cleaning.vocabularies import Reference
from offers.columns import REQUIRED
from offers.copies import Copies, find_copies
from offers.feed import Feed
from offers.gate.missing import elsewhere, held_for_swallowed, named_in, nameless, references_in, spared, swallowed_by
from offers.mapping import map_columns
from offers.model import REJECTION_COLUMNS, Batch, Changes, Checked, Cleaned, Counts, Finding, Severity
from offers.onboarding.form import as_sent, headers_of
from offers.wording import Language
from validation.contract import check
from validation.rulebook.malformed import malformed_told

NOTHING = pd.DataFrame({"reference": pd.Series(dtype="str"), "withdrawn": pd.Series(dtype="bool")})
Enrich = Callable[[Cleaned, Mapping[str, str]], Cleaned]


@dataclass(frozen=True)
class Examined:
    """One drop, examined: every line read is in exactly one of `ignored`, `rejections`, `repeated`, `kept`, `over`.

    Until it is held against what stands (`against`), the lines of `over` are in `ignored` too: nothing stands.
    """

    batch: Batch
    headers: Mapping[str, str]
    mapped: pd.DataFrame
    kept: pd.DataFrame
    ignored: pd.DataFrame
    rejections: pd.DataFrame
    repeated: pd.DataFrame
    repairs: pd.DataFrame
    copies: Copies
    refused_references: frozenset[str]
    findings: tuple[Finding, ...]
    over: pd.DataFrame
    feed: Feed
    nameless: int
    """Lines refused that bear no reference."""

    def against(self, standing: pd.DataFrame) -> Examined:
        """The same, knowing what stands: a line that says its offer is over is ignored only where none stands, and
        what stands and is named in a line that could not be cut is not missing. References that were erased come under
        their pseudonyms."""
        found = self._under_pseudonyms(standing["reference"])
        found = found._sparing(standing) if self.feed.scope == "full" else found
        return found._ended(standing) if len(self.over) else found

    def _under_pseudonyms(self, known: pd.Series[str]) -> Examined:
        said = pd.concat([frame["reference"] for frame in (self.kept, self.over, self.repeated)])
        erased = erased_of({*said, *self.refused_references}, known)
        if not erased:
            return self
        kept, over, repeated = (renamed(frame, erased) for frame in (self.kept, self.over, self.repeated))
        refused = renamed_all(self.refused_references, erased)
        return replace(self, kept=kept, over=over, repeated=repeated, refused_references=refused)

    def _sparing(self, standing: pd.DataFrame) -> Examined:
        stands = standing.loc[~standing["withdrawn"], "reference"]
        named = pd.concat([self.kept["reference"], self.over["reference"]])
        missing = stands[~stands.isin(named) & ~stands.isin(list(self.refused_references))]
        torn, swallowed = named_in(self.batch, self.feed, missing), swallowed_by(self.batch, self.feed, missing)
        torn |= elsewhere(self.refused_references, self.feed, missing)
        left = missing[~missing.isin(list(torn | swallowed))]
        unnamed, said = nameless(self.feed.slug, self.nameless, left)
        findings = (*self.findings, *spared(self.batch, torn), *held_for_swallowed(self.feed.slug, swallowed), *said)
        return replace(self, refused_references=self.refused_references | torn | swallowed | unnamed, findings=findings)

    def _ended(self, standing: pd.DataFrame) -> Examined:
        absent = nowhere(self.over, standing)
        filtered = self.ignored[~self.ignored["line"].isin(self.over.index)]
        return replace(
            self, ignored=pd.concat([filtered, absent], ignore_index=True), over=self.over.drop(absent["line"])
        )

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


def examine(
    path: Path,
    name: str,
    feed: Feed,
    reference: Reference,
    today: date,
    timed: Stages | None = None,
    language: Language = Language.FRENCH,
    enrich: Enrich | None = None,
    aside: Path | None = None,
    said: str | None = None,
) -> Examined:
    """Read, map, clean and check one drop; rejections are told in `language`.

    `enrich` asks outside services between cleaning and the contract; a check asks none, so it is None there. `aside` is
    where a copy of the batch may lie while it is read, `said` the encoding that the drop's server named.
    Raises Unreadable when the bytes are not what the feed says they are.
    """
    timed = timed or Stages()
    year = SchoolYear.at(today)
    wanted = headers_of(feed)
    with timed("read"):
        batch = read(path, name, feed.reading, feed.limits, said, aside=aside, headers=wanted)
    feed = as_sent(batch.frame.columns, feed)
    with timed("map"):
        mapped = map_columns(batch, feed)
    with timed("clean"):
        cleaned = clean(mapped, feed, reference, year)
    if enrich is not None:
        with timed("enrich"):
            cleaned = enrich(cleaned, mapped.headers)
    ends = are_over(cleaned.frame, today)
    held = replace(cleaned, frame=cleaned.frame[~ends]) if ends.any() else cleaned
    with timed("check"):
        checked = check(held, mapped.headers, feed, reference, year, language)
    taken = pd.concat([checked.kept, cleaned.frame[ends]]).sort_index() if ends.any() else checked.kept
    with timed("fold repeats"):
        kept, repeated = fold_repeats(taken, feed.same_reference)
    over = kept.loc[kept.index.isin(cleaned.frame.index[ends]), list(OVER_COLUMNS)]
    kept = kept.drop(over.index) if len(over) else kept
    with timed("find copies"):
        copies = find_copies(kept, feed.repeated)
    refused = cleaned.frame.loc[cleaned.frame.index.difference(taken.index), "reference"]
    over, again = outlived(over, refused.dropna())
    repeated = pd.concat([repeated, again], ignore_index=True) if len(again) else repeated
    refused = cleaned.frame.loc[cleaned.frame.index.difference(checked.kept.index), "reference"]
    unread = malformed_told(batch.malformed, language, feed.format.kind)
    told_twice = _repeat_findings(taken, repeated, batch.sheets, feed.limits.few)
    return Examined(
        batch=batch,
        headers=mapped.headers,
        mapped=mapped.frame,
        kept=kept,
        ignored=pd.concat([mapped.ignored, nowhere(over, NOTHING)], ignore_index=True) if len(over) else mapped.ignored,
        rejections=sheets.told(_all_rejections(unread, checked.rejections), batch.sheets),
        repeated=repeated,
        repairs=checked.repairs[~checked.repairs["line"].isin(cleaned.frame.index[ends])],
        copies=replace(copies, sheets=batch.sheets),
        refused_references=references_in(refused.dropna()),
        nameless=int(refused.isna().sum()),
        findings=(*batch.findings, *_felt(mapped.findings, checked, feed), *cleaned.findings, *told_twice),
        over=over,
        feed=feed,
    )


def _all_rejections(malformed: pd.DataFrame, rejections: pd.DataFrame) -> pd.DataFrame:
    both = [frame for frame in (malformed, rejections) if len(frame)]
    if not both:
        return rejections
    return pd.concat(both, ignore_index=True)[list(REJECTION_COLUMNS)].sort_values(
        "line", kind="stable", ignore_index=True
    )


def _felt(findings: tuple[Finding, ...], checked: Checked, feed: Feed) -> tuple[Finding, ...]:
    """The findings of mapping; that a required column is not mapped is none where others told it for each row."""
    lacking = [f"{name}_missing" for name in (*REQUIRED, *feed.require) if name not in feed.carried]
    if checked.rejections["rule"].isin(lacking).any():
        return findings
    return tuple(finding for finding in findings if finding.check != "required_column_not_mapped")


def _repeat_findings(taken: pd.DataFrame, repeated: pd.DataFrame, of: tuple[str, ...], few: int) -> tuple[Finding, ...]:
    """Lines that repeat a reference. Where most of a drop does, and says other offers with it, the drop stops: what is
    meant to tell offers apart tells none."""
    if repeated.empty:
        return ()
    said = taken.loc[taken["reference"].isin(repeated["reference"]), ["reference", "title"]].drop_duplicates()
    lost = len(said) - said["reference"].nunique()
    if lost > few and 2 * lost > len(taken):
        return (
            Finding(
                "references_fold_together",
                Severity.STOP,
                f"{lost} of {len(taken)} lines, such as « {repeated.iloc[0]['reference']} »",
                "a reference for each offer",
                f"{lost} of {len(taken)} lines bear the reference of another line, such as "
                f"« {repeated.iloc[0]['reference']} », and another title: taken so, they would be lost. A spreadsheet "
                "has probably rounded the references, or `reference` is mapped to a column that several offers share. "
                "Correct the mapping, or ask the partner for a reference for each offer.",
            ),
        )
    first = repeated.iloc[0]
    line, kept = (sheets.named(int(first[name]), of) for name in ("line", "kept_line"))
    return (
        Finding(
            "references_repeated",
            Severity.WARN,
            f"{len(repeated)} lines repeat a reference, the first on line {line} ({first['reference']})",
            "each reference once",
            f"{len(repeated)} lines carry a reference that another line of the same drop carries too (the first: line "
            f"{line}, « {first['reference']} », where line {kept} was kept). "
            "Ask the partner for one line per reference, or for a reference per offer.",
        ),
    )
