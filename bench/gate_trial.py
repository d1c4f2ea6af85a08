"""The gate's trial: invented feeds over ninety nights, faults among them.

Every drop goes from its bytes through reading, mapping, cleaning, the contract, the comparison, the profile, drift and
the gate, as in a run; only the warehouse is a frame in memory. A person releases a sound drop that is stopped the next
morning. At the end Great Expectations looks at all of it, as it does each night. Prints what was found, what was
missed, and what was cried over nothing.
"""

from __future__ import annotations

import hashlib
import random
import statistics
import tempfile
import time
from collections import Counter, defaultdict
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd

from bench import kit
from bench.nights import FAULTS, FIRST_NIGHT, World, a_feed
from config.tables import load
from offers.changes import compare
from offers.cleaning.vocabularies import Reference
from offers.errors import Unreadable
from offers.gate.profile import REACH, WINDOW, Past
from offers.model import Changes, Landed, Severity, VerdictKind
from story.examine import examine
from story.judge import Before, weigh
from validation.gate.case import Case
from validation.gate.night import Judged
from validation.gate.table import TABLE

INJECTED, SETTLED, TRIED_ON, HARM = 42, 6, 45, 0.20
"""Faults among the nights, from which night on, the night on which every fault is tried, and the share that is harm."""


@dataclass
class Night:
    """What became of one drop. `harm`: what it would have withdrawn or altered, of what stood."""

    feed: int
    night: int
    fault: str
    after: str
    verdict: str
    findings: list[tuple[str, str]]
    harm: float
    seconds: float
    delivery: int | None = None
    agreed: bool = True

    @property
    def stopped(self) -> bool:
        """Nothing of it was loaded."""
        return self.verdict != VerdictKind.ACCEPTED

    @property
    def warned(self) -> bool:
        """A person is asked to look, or it was stopped."""
        return self.stopped or any(severity == Severity.WARN for _, severity in self.findings)


class Trial:
    """One feed with its standing and its history, in memory."""

    def __init__(self, number: int, reference: Reference, seed: int) -> None:
        places = reference.places.communes.dropna(subset="postal_codes")
        codes = places["postal_codes"].str.split().str[0]
        self.world = World(number, list(zip(codes.tolist(), places["name"].tolist(), strict=True)), seed)
        self.feed, self.reference, self.number = a_feed(number), reference, number
        self.hashes: dict[str, int] = {}
        self.history: tuple[Past, ...] = ()
        self.month: tuple[Past, ...] = ()
        self.drops: list[bytes] = []
        self.judged: list[Judged] = []
        self.file = Path(tempfile.mkstemp(suffix=".csv")[1])

    def deliver(self, night: int, drop: bytes, fault: str, after: str = "", keep: bool = True) -> Night:
        """One drop through the story; taken in where it is accepted, unless it is only tried."""
        sha256 = hashlib.sha256(drop).hexdigest()
        if self.history and self.history[0].sha256 == sha256:
            return Night(self.number, night, fault, after, VerdictKind.UNCHANGED, [], 0.0, 0.0)
        self.file.write_bytes(drop)
        today = FIRST_NIGHT + timedelta(days=night)
        try:
            examined = examine(self.file, "offres.csv", self.feed, self.reference, today)
        except Unreadable as told:
            found = [("unreadable", str(told))]
            return Night(self.number, night, fault, after, VerdictKind.UNREADABLE, found, 0.0, 0.0)
        before = Before(self.history, self._standing(), self.month)
        examined = examined.against(before.standing, self.feed)
        changes = compare(examined.kept, before.standing, "full", examined.refused_references, examined.over)
        at = datetime(today.year, today.month, today.day, 3, tzinfo=UTC)
        landed = Landed(self.feed.slug, "offres.csv", sha256, len(drop), at, "")
        start = time.perf_counter()
        profile, verdict = weigh(examined, changes, landed, self.feed, before, self.reference, today)
        seconds = time.perf_counter() - start
        case = Case(profile, self.feed.limits, self.history, False, sha256, month=self.month)
        self.judged.append(Judged(len(self.judged), at, case, frozenset(one.check for one in verdict.findings)))
        released = not fault  # a person looks in the morning, and sees that the drop is sound
        if keep and (released or verdict.kind is VerdictKind.ACCEPTED):
            self._take(changes, Past(night, at, sha256, profile), drop)
        told_all = [(finding.check, finding.severity.value) for finding in verdict.findings]
        harm = profile.withdrawn_share + profile.updated_share
        return Night(self.number, night, fault, after, verdict.kind, told_all, harm, seconds, len(self.judged) - 1)

    def unlike(self) -> set[int]:
        """The deliveries of which Great Expectations says other than the table said."""
        import great_expectations as gx  # seconds, once in each process

        from validation.gate.suites import quiet, validate

        names, unmet = {row.name for row in TABLE}, defaultdict(set)
        for one in validate(quiet(gx.get_context(mode="ephemeral")), self.feed.slug, self.judged):
            unmet[one.delivery].add(one.check)
        return {one.delivery for one in self.judged if unmet[one.delivery] != one.found & names}

    def _standing(self) -> pd.DataFrame:
        frame = pd.DataFrame({"reference": list(self.hashes), "content_hash": list(self.hashes.values())})
        return frame.astype({"reference": "str", "content_hash": "int64"}).assign(withdrawn=False, over=False)

    def _take(self, changes: Changes, past: Past, drop: bytes) -> None:
        for frame in (changes.created, changes.updated):
            self.hashes |= dict(zip(frame["reference"], frame["content_hash"], strict=True))
        for gone in changes.withdrawn:
            del self.hashes[gone]
        self.history = (past, *self.history)[:WINDOW]
        self.month = tuple(one for one in (past, *self.month) if one.at >= past.at - REACH)
        self.drops.append(drop)


def one_feed(task: tuple[int, int, int, dict[int, str], bool]) -> list[dict[str, Any]]:
    """Every night of one feed; `faults` by night."""
    number, nights, seed, faults, tried = task
    trial, told, after = Trial(number, load(), seed), [], ""
    for night in range(nights):
        drop = trial.world.sleep(night)
        if tried and night == TRIED_ON:
            told += [
                trial.deliver(night, make(trial.world.rows, trial.world, trial.drops), f"tried: {kind}", keep=False)
                for kind, make in FAULTS.items()
            ]
        kind = faults.get(night, "")
        if kind:
            drop = FAULTS[kind](trial.world.rows, trial.world, trial.drops)
        one = trial.deliver(night, drop, kind, after)
        told.append(one)
        if one.verdict != VerdictKind.UNCHANGED:  # the first drop that is judged puts right what the fault had done
            after = kind if kind and not one.stopped else ""
    trial.file.unlink()
    unlike = trial.unlike()
    return [asdict(one) | {"agreed": one.delivery not in unlike} for one in told]


def main() -> None:
    """Run it and print the figures."""
    said = kit.parser(__doc__, feeds=60, nights=90, seed=1, workers=2, tried=3).parse_args()
    pick = random.Random(said.seed)
    faults: dict[int, dict[int, str]] = defaultdict(dict)
    for kind in (list(FAULTS) * 3)[:INJECTED]:
        faults[pick.randrange(said.feeds)][pick.randrange(SETTLED, said.nights)] = kind
    tasks = [(n, said.nights, said.seed, faults[n], n % said.tried == 0) for n in range(said.feeds)]
    start = time.perf_counter()
    with ProcessPoolExecutor(said.workers) as pool:
        nights = [Night(**one) for told in pool.map(one_feed, tasks) for one in told]
    report(nights, said.nights)
    print(f"\n{time.perf_counter() - start:.0f} s in all")


def report(nights: list[Night], count: int) -> None:
    """What was found, what was missed, and what was cried over nothing."""
    sound = [one for one in nights if not one.fault and not one.after]
    unchanged = sum(one.verdict == VerdictKind.UNCHANGED for one in sound)
    print(f"{len(sound)} sound deliveries, {unchanged} of them unchanged")
    stops = [one for one in sound if one.stopped and one.verdict != VerdictKind.UNCHANGED]
    mended = [one for one in nights if one.after and not one.fault and one.warned]
    print(f"drops told of because they undid a fault that was let in: {len(mended)}", _why(mended))
    print(f"false stops: {len(stops)}, {1000 * len(stops) / len(sound):.2f} in 1 000", _why(stops))
    warned = [one for one in sound if one.warned and one.verdict == VerdictKind.ACCEPTED]
    print(f"sound deliveries with a warning: {len(warned)}, {len(warned) / count:.2f} a night", _why(warned))
    judged = sorted(one.seconds for one in nights if one.seconds)
    print(f"the gate took {judged[len(judged) // 2]:.3f} s (median), {judged[int(len(judged) * 0.99)]:.3f} s (99 %)")
    print(f"Great Expectations and the table agreed on {sum(one.agreed for one in nights)} of {len(nights)}")
    for title in ("injected", "tried"):
        _table(title, [one for one in nights if one.fault and one.fault.startswith("tried") == (title == "tried")])


def _table(title: str, chosen: list[Night]) -> None:
    harmful = [one for one in chosen if one.harm > HARM or one.verdict == VerdictKind.UNREADABLE]
    missed = [one for one in harmful if not one.stopped]
    print(f"\n{title}: {len(chosen)} faults, {sum(one.warned for one in chosen)} found; {len(harmful)} unreadable, or")
    print(f"would have withdrawn or altered more than {HARM:.0%}; {len(missed)} of these missed", _why(missed))
    kinds: dict[str, list[Night]] = defaultdict(list)
    for one in chosen:
        kinds[one.fault.removeprefix("tried: ")].append(one)
    print(f"{'fault':26}{'drops':>6}{'stopped':>9}{'warned':>8}{'silent':>8}  harm (median)  by")
    for kind, same in kinds.items():
        stopped = sum(one.stopped for one in same)
        silent = sum(not one.warned for one in same)
        told = f"{kind:26}{len(same):6}{stopped:9}{len(same) - stopped - silent:8}{silent:8}"
        print(f"{told}  {statistics.median(one.harm for one in same):13.0%}  {_why(same)}")


def _why(nights: list[Night]) -> str:
    counted = Counter(check for one in nights for check, severity in one.findings if severity != Severity.NOTE)
    unchanged = sum(one.verdict == VerdictKind.UNCHANGED and bool(one.fault) for one in nights)
    said = counted.most_common(4) + ([("unchanged", unchanged)] if unchanged else [])
    return ", ".join(f"{check} {count}" for check, count in said)


if __name__ == "__main__":
    main()
