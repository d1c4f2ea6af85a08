"""What would happen to each line of a file: the story's pure middle alone. No database, no Prefect, nothing kept."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pandas as pd

from config.clock import Stages, Watch, unwatched, utc_now
from config.settings import read
from config.tables import load as load_reference
from offers.calendar import day_of
from offers.copies import Copies
from offers.errors import Declined, Unreadable
from offers.feed import Feed
from offers.gate.profile import Profile
from offers.model import REJECTION_COLUMNS, REPAIR_COLUMNS, Counts, Delivery, Finding, Severity, VerdictKind, text_frame
from offers.sheets import placed, row_of
from offers.wording import Language
from operations.feeds import the_feed
from operations.rows import plain_rows
from story.examine import Examined, examine
from story.failures import not_read
from validation.gate.case import Case
from validation.gate.judge import judge

_ANSWER = 16_000_000
"""Bytes up to which a file may be an answer that somebody saved."""
TOLD = ["line", "sheet", "column", "rule", "value", "sentence"]


@dataclass(frozen=True)
class Outcome:
    """What a check found: counts, every rejection, findings that the gate would act on, lines that are copies."""

    feed: str
    read: int
    ignored: int
    kept: int
    rejected: int
    repeated: int
    repaired: int
    rejections: pd.DataFrame
    findings: tuple[Finding, ...]
    copies: Copies = field(default_factory=Copies)
    headers: Mapping[str, str] = field(default_factory=dict)
    report: str | None = None
    lang: Language = Language.FRENCH
    sheets: tuple[str, ...] = ()
    """Those of a workbook that were read."""
    over: tuple[int, ...] = ()
    """Lines whose last day is past; they are among the ignored, for nothing stands here."""
    rows: pd.DataFrame = field(default_factory=pd.DataFrame)
    """The kept rows in our columns, cleaned."""
    repairs: pd.DataFrame = field(default_factory=lambda: text_frame(REPAIR_COLUMNS))
    """What was mended, in every line."""

    @property
    def verdict(self) -> VerdictKind:
        """What the gate would say of a drop that was read."""
        stopped = any(finding.severity is Severity.STOP for finding in self.findings)
        return VerdictKind.QUARANTINED if stopped else VerdictKind.ACCEPTED

    @property
    def exit_status(self) -> int:
        """0: every row kept; 1: some rejected, or findings; 3: the drop would be quarantined or cannot be read."""
        if self.verdict is VerdictKind.QUARANTINED:
            return 3
        warned = any(finding.severity is Severity.WARN for finding in self.findings)
        return 1 if self.rejected or warned else 0

    def told(self, most: int | None = None) -> list[dict[str, Any]]:
        """Every rejection, or the first `most`, JSON-ready."""
        return plain_rows(placed(self.rejections.iloc[:most], self.sheets)[TOLD])

    def as_dict(self, rows: int = 0) -> dict[str, Any]:
        """The keys that other programs rely on, JSON-ready; with `rows`, so many of the kept ones, by line."""
        kept = placed(self.rows.head(rows).reset_index(names="line"), self.sheets)
        return {
            "feed": self.feed,
            "read": self.read,
            "ignored": self.ignored,
            "kept": self.kept,
            "rejected": self.rejected,
            "repeated": self.repeated,
            "repaired": self.repaired,
            "rejections": self.told(),
            "repairs": plain_rows(placed(self.repairs, self.sheets)),
            "copies": [group.as_dict(self.sheets) for group in self.copies.groups()],
            "over": [row_of(line, self.sheets) for line in self.over],
            "sheets": list(self.sheets),
            "findings": [finding.as_dict() for finding in self.findings],
            "report": self.report,
            **({"rows": plain_rows(kept)} if rows else {}),
        }


def check_file(
    slug: str, file: Path, watch: Watch = unwatched, lang: Language = Language.FRENCH
) -> tuple[Outcome, Examined | None]:
    """Check a file against a feed's rules as if it had just been dropped, with nothing standing."""
    if file.is_dir():
        raise Declined(f"{file} is a folder, not a file. Say --watch to check each file that comes into it.")
    if not file.is_file():
        raise Declined(f"no file at {file}. Check the path.")
    feed = _as_answered(the_feed(read(), slug), file)
    try:
        examined = examine(file, file.name, feed, load_reference(), day_of(utc_now()), Stages(watch), lang)
    except Unreadable as fault:
        return replace(_unreadable(feed, fault), lang=lang), None
    return replace(_outcome(feed, examined), lang=lang), examined


def _as_answered(feed: Feed, file: Path) -> Feed:
    """The feed that reads this file: an answer of an API, saved as it came, is one document and no JSON lines."""
    if getattr(feed.source, "kind", "") != "api" or file.stat().st_size > _ANSWER:
        return feed
    try:
        document = json.loads(file.read_bytes())
    except (ValueError, RecursionError):
        return feed
    records = getattr(feed.source, "records", "")
    if isinstance(document, dict) and not records:
        return feed
    format = feed.format.model_copy(update={"kind": "json", "records": records})
    return feed.model_copy(update={"format": format})


def _outcome(feed: Feed, examined: Examined) -> Outcome:
    counts = Profile(
        feed=feed.slug,
        read=examined.batch.read,
        ignored=len(examined.ignored),
        kept=len(examined.kept),
        rejected=examined.rejected,
        repeated=len(examined.repeated),
    )
    return Outcome(
        feed=feed.slug,
        read=examined.batch.read,
        ignored=len(examined.ignored),
        kept=len(examined.kept),
        rejected=examined.rejected,
        repeated=len(examined.repeated),
        repaired=examined.repaired,
        rejections=examined.rejections,
        findings=judge(Case(counts, feed.limits), examined.findings).findings,
        copies=examined.copies,
        headers=examined.headers,
        over=tuple(map(int, examined.over.index)),
        sheets=examined.batch.sheets,
        rows=examined.kept,
        repairs=examined.repairs,
    )


def with_return(outcome: Outcome, examined: Examined | None, file: Path, folder: Path) -> Outcome:
    """Write the return that the employer would get into a folder; gives the outcome with where its HTML lies."""
    from story.hand_back import into, told_to, write  # a check without a return does not wait for what draws it

    settings, now = read(), utc_now()
    stopped = any(finding.severity is Severity.STOP for finding in outcome.findings)
    verdict = (
        VerdictKind.UNREADABLE if examined is None else VerdictKind.QUARANTINED if stopped else VerdictKind.ACCEPTED
    )
    delivery = Delivery(
        feed=outcome.feed,
        drop=file.name,
        sha256=hashlib.sha256(file.read_bytes()).hexdigest(),
        verdict=verdict,
        counts=examined.counts(outcome.kept, 0, 0) if examined else Counts(),
        findings=outcome.findings,
        started_at=now,
        finished_at=now,
        fingerprint="",
        sheets=outcome.sheets,
    )
    told = replace(told_to(the_feed(settings, outcome.feed), delivery, examined, settings), lang=outcome.lang)
    told = replace(told, over=told.over.iloc[:0])  # they are ignored here, where nothing stands
    return replace(outcome, report=write(told, into(folder))[-1])


def _unreadable(feed: Feed, fault: Unreadable) -> Outcome:
    found = not_read(feed, fault)
    return Outcome(feed.slug, 0, 0, 0, 0, 0, 0, text_frame(REJECTION_COLUMNS), (found,))
