"""The pure middle of the story: from the bytes of one drop to what is kept of it and why the rest is not.

`quai check` and `quai ingest` both walk through here, so what one says the other does.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pandas as pd

from config.clock import Stages
from connectors.reading import read
from offers import sheets
from offers.changes import OVER_COLUMNS, find_copies, fold_repeats, nowhere, outlived
from offers.cleaning.vocabularies import Reference
from offers.columns import REQUIRED
from offers.examined import Examined
from offers.feed import Feed
from offers.findings import finding_of
from offers.gate.missing import references_in
from offers.mapping import map_columns
from offers.model import REJECTION_COLUMNS, Checked, Finding, Severity
from offers.onboarding.form import as_sent, headers_of
from offers.wording import Language
from story.walk import Enrich, LineRules, Remembering, walk

NOTHING = pd.DataFrame({"reference": pd.Series(dtype="str"), "withdrawn": pd.Series(dtype="bool")})


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
    remembering: Remembering | None = None,
) -> Examined:
    """Read, map, clean and check one drop; rejections are told in `language`.

    `enrich` asks outside services between cleaning and the contract; a check asks none, so it is None there. `aside` is
    where a copy of the batch may lie while it is read, `said` the encoding that the drop's server named; `remembering`
    what the feed's memory holds, where lines may be gone by it (story.walk).
    Raises Unreadable when the bytes are not what the feed says they are.
    """
    timed = timed or Stages()
    with timed("read"):
        batch = read(path, name, feed.reading, feed.limits, said, aside=aside, headers=headers_of(feed))
    feed = as_sent(batch.frame.columns, feed)
    with timed("map"):
        mapped = map_columns(batch, feed)
    rules = LineRules(feed, reference, today, language, enrich)
    walked = walk(mapped, rules, timed, remembering)
    lines, checked = walked.lines, walked.checked
    ended = lines.index[walked.over]
    taken = pd.concat([checked.kept, lines.loc[ended]]).sort_index() if len(ended) else checked.kept
    with timed("fold repeats"):
        kept, repeated = fold_repeats(taken, feed.same_reference)
    over = kept.loc[kept.index.isin(ended), list(OVER_COLUMNS)]
    kept = kept.drop(over.index) if len(over) else kept
    with timed("find copies"):
        copies = replace(find_copies(kept, feed.repeated), sheets=batch.sheets)
    over, again = outlived(over, lines.loc[lines.index.difference(taken.index), "reference"].dropna())
    repeated = pd.concat([repeated, again], ignore_index=True) if len(again) else repeated
    refused = lines.loc[lines.index.difference(checked.kept.index), "reference"]
    both = [checked.rejections] if len(checked.rejections) else []
    if len(batch.malformed):
        from validation.rulebook.malformed import malformed_told  # here: most drops have none, and wait for no rule

        both.insert(0, malformed_told(batch.malformed, language, feed.format.kind))
    rejections = pd.concat(both, ignore_index=True)[list(REJECTION_COLUMNS)] if both else checked.rejections
    rejections = rejections.sort_values("line", kind="stable", ignore_index=True)
    findings = (*batch.findings, *_felt(mapped.findings, checked, feed), *walked.told)
    return Examined(
        batch=batch,
        headers=mapped.headers,
        mapped=mapped.frame,
        kept=kept,
        ignored=pd.concat([mapped.ignored, nowhere(over, NOTHING)], ignore_index=True) if len(over) else mapped.ignored,
        rejections=sheets.told(rejections, batch.sheets),
        repeated=repeated,
        repairs=checked.repairs,
        over=over,
        copies=copies,
        refused_references=references_in(refused.dropna()),
        nameless=int(refused.isna().sum()),
        findings=(*findings, *_repeat_findings(taken, repeated, batch.sheets, feed.limits.few)),
        content=walked.content,
        remember=walked.remember,
        same=walked.same,
    )


def _felt(findings: tuple[Finding, ...], checked: Checked, feed: Feed) -> tuple[Finding, ...]:
    """The findings of mapping; that a required column is not mapped is none where others told it for each row."""
    lacking = [f"{name}_missing" for name in (*REQUIRED, *feed.require) if name not in feed.carried]
    told = checked.rejections["rule"].isin(lacking).any()
    return tuple(finding for finding in findings if told or finding.check != "required_column_not_mapped")


def _repeat_findings(taken: pd.DataFrame, repeated: pd.DataFrame, of: tuple[str, ...], few: int) -> tuple[Finding, ...]:
    """Lines that repeat a reference. Where most of a drop does, and says other offers with it, the drop stops: what is
    meant to tell offers apart tells none."""
    if repeated.empty:
        return ()
    first, count = repeated.iloc[0], len(taken)
    reference = first["reference"]
    said = taken.loc[taken["reference"].isin(repeated["reference"]), ["reference", "title"]].drop_duplicates()
    lost = len(said) - said["reference"].nunique()
    if lost > few and 2 * lost > count:
        return (finding_of("references_fold_together", Severity.STOP, count=lost, of=count, reference=reference),)
    line, kept = (sheets.named(int(first[name]), of) for name in ("line", "kept_line"))
    told = {"count": len(repeated), "line": line, "reference": reference, "kept_line": kept}
    return (finding_of("references_repeated", Severity.WARN, **told),)
