"""What would happen to each line of a file: the story's pure middle alone. No database, no Prefect, nothing kept."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from config.clock import Stages, Watch, unwatched, utc_now
from config.settings import read
from config.tables import load as load_reference
from connectors.files import plain_name
from offers.calendar import day_of
from offers.errors import Declined, Unreadable
from offers.examined import Examined
from offers.feed import Feed
from offers.gate.profile import Profile
from offers.model import NOT_TAKEN, Counts, Delivery, Finding, Severity, VerdictKind
from offers.sheets import placed, row_of
from offers.wording import Language
from operations.feeds import the_feed
from operations.rows import plain_rows
from story.examine import examine
from story.failures import not_read
from validation.gate.case import Case
from validation.gate.judge import judge

_ANSWER = 16_000_000
"""Bytes up to which a file may be an answer that somebody saved."""
TOLD = ["line", "sheet", "column", "rule", "value", "sentence"]
PAUSE = 1.0
"""Seconds between two looks at a folder that is watched."""
_UNFINISHED = (".part", ".tmp", ".filepart", ".crdownload", ".partial")
_OURS = ".retour."
_LOCK = ("~$", ".~lock", ".")


@dataclass(frozen=True)
class CheckResult:
    """What a check found: the drop examined, what the gate would say of it, and the findings that it would act on.

    `report`: where the return was written. Lines whose last day is past are among the ignored, for nothing stands here.
    """

    feed: Feed
    examined: Examined = field(default_factory=Examined)
    verdict: VerdictKind = VerdictKind.ACCEPTED
    findings: tuple[Finding, ...] = ()
    lang: Language = Language.FRENCH
    report: str | None = None

    @property
    def exit_status(self) -> int:
        """0: every row kept; 1: some rejected, or findings; 3: the drop would be quarantined or cannot be read."""
        if self.verdict in NOT_TAKEN:
            return 3
        warned = any(finding.severity is Severity.WARN for finding in self.findings)
        return 1 if self.examined.rejected or warned else 0

    def told(self, most: int | None = None) -> list[dict[str, Any]]:
        """Every rejection, or the first `most`, JSON-ready."""
        return plain_rows(placed(self.examined.rejections.iloc[:most], self.examined.batch.sheets)[TOLD])

    def as_dict(self, rows: int = 0) -> dict[str, Any]:
        """The keys that other programs rely on, JSON-ready; with `rows`, so many of the kept ones, by line."""
        found, sheets = self.examined, self.examined.batch.sheets
        kept = placed(found.kept.head(rows).reset_index(names="line"), sheets)
        return {
            "feed": self.feed.slug,
            "read": found.batch.read,
            "ignored": len(found.ignored),
            "kept": len(found.kept),
            "rejected": found.rejected,
            "repeated": len(found.repeated),
            "repaired": found.repaired,
            "rejections": self.told(),
            "repairs": plain_rows(placed(found.repairs, sheets)),
            "copies": [group.as_dict(sheets) for group in found.copies.groups()],
            "over": [row_of(int(line), sheets) for line in found.over.index],
            "sheets": list(sheets),
            "findings": [finding.as_dict() for finding in self.findings],
            "report": self.report,
            **({"rows": plain_rows(kept)} if rows else {}),
        }


def check_file(slug: str, file: Path, watch: Watch = unwatched, lang: Language = Language.FRENCH) -> CheckResult:
    """Check a file against a feed's rules as if it had just been dropped, with nothing standing."""
    if file.is_dir():
        raise Declined(f"{file} is a folder, not a file. Say --watch to check each file that comes into it.")
    if not file.is_file():
        raise Declined(f"no file at {file}. Check the path.")
    feed = the_feed(read(), slug)
    if getattr(feed.source, "kind", "") == "api" and file.stat().st_size <= _ANSWER:
        with suppress(ValueError, RecursionError):  # an API's answer, saved as it came, is one document, no JSON lines
            document, records = json.loads(file.read_bytes()), getattr(feed.source, "records", "")
            if records or not isinstance(document, dict):
                format = feed.format.model_copy(update={"kind": "json", "records": records})
                feed = feed.model_copy(update={"format": format})
    try:
        found = examine(file, plain_name(file.name), feed, load_reference(), day_of(utc_now()), Stages(watch), lang)
    except Unreadable as fault:
        return CheckResult(feed, verdict=VerdictKind.UNREADABLE, findings=(not_read(feed, fault),), lang=lang)
    counts = found.counts(len(found.kept), 0, 0)
    figures = {name: getattr(counts, name) for name in ("read", "ignored", "rejected", "repeated")}
    profile = Profile(feed=feed.slug, kept=len(found.kept), **figures)
    verdict = judge(Case(profile, feed.limits), found.findings)
    return CheckResult(feed, found, verdict.kind, verdict.findings, lang)


def with_return(outcome: CheckResult, file: Path, folder: Path) -> CheckResult:
    """Write the return that the employer would get into a folder; gives the outcome with where its HTML lies."""
    from story.hand_back import into, told_to, write  # a check without a return does not wait for what draws it

    settings, now, found = read(), utc_now(), outcome.examined
    delivery = Delivery(
        feed=outcome.feed.slug,
        drop=plain_name(file.name),
        sha256=hashlib.sha256(file.read_bytes()).hexdigest(),
        verdict=outcome.verdict,
        counts=Counts() if outcome.verdict is VerdictKind.UNREADABLE else found.counts(len(found.kept), 0, 0),
        findings=outcome.findings,
        started_at=now,
        finished_at=now,
        fingerprint="",
        sheets=found.batch.sheets,
    )
    shown = replace(found, over=found.over.iloc[:0])  # they are ignored here, where nothing stands
    told = replace(told_to(the_feed(settings, delivery.feed), delivery, shown, settings), lang=outcome.lang)
    return replace(outcome, report=write(told, into(folder))[-1])


def changed(place: Path, wait: Callable[[float], None]) -> Iterator[Path]:
    """Each file at `place` (a folder, or one file), those already there first, then whatever comes or changes.

    It looks every PAUSE seconds and never ends by itself; a file is given when two looks saw it the same. Unfinished
    uploads, Excel's lock files and our own returns are passed over.
    """
    before: dict[Path, tuple[int, int]] = {}
    given: dict[Path, tuple[int, int]] = {}
    first = True
    while True:
        now: dict[Path, tuple[int, int]] = {}
        for path in place.iterdir() if place.is_dir() else (place,):
            name = path.name
            try:
                seen = path.stat()
            except OSError:  # gone between the listing and the look
                continue
            passed_over = name.startswith(_LOCK) or name.lower().endswith(_UNFINISHED) or _OURS in name
            if path.is_file() and seen.st_size and not passed_over:
                now[path] = (seen.st_size, seen.st_mtime_ns)
        for path, stamp in sorted(now.items()):
            if given.get(path) != stamp and (first or before.get(path) == stamp):
                given[path] = stamp
                yield path
        before, first = now, False
        wait(PAUSE)
