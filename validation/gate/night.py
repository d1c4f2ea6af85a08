"""The deliveries of the last days as they were judged, and what Great Expectations then found of them. Pure.

Great Expectations itself is `validation.gate.suites`: it is handed the frame, and leaves its results in a folder.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

import pandas as pd

from offers.feed import Limits
from offers.gate.profile import REACH, WINDOW, Past
from offers.model import Finding
from validation.gate.case import Case, Expectation
from validation.gate.judge import asked
from validation.gate.table import TABLE

PART = "came_in_part"
UNMET = "unmet.json"


@dataclass(frozen=True)
class Judged:
    """One delivery as it was judged: its number, when, the case it was, and the checks of all that was found."""

    delivery: int
    at: datetime
    case: Case
    found: frozenset[str] = frozenset()


@dataclass(frozen=True, order=True)
class Unmet:
    """An expectation that Great Expectations finds a delivery not to meet; `known`: it is a finding in the ledger."""

    feed: str
    delivery: int
    check: str
    known: bool


def judged(
    deliveries: Iterable[tuple[Past, bool]],
    limits: Mapping[str, Limits],
    findings: Mapping[int, Collection[Finding]],
) -> list[Judged]:
    """Each delivery (oldest first; whether it was accepted) under today's limits of its feed, with its own history.

    `findings`: by delivery, what the ledger has; it says whether all came.
    """
    accepted: dict[str, tuple[Past, ...]] = {}
    cases = []
    for past, was_accepted in deliveries:
        slug, said = past.profile.feed, {one.check: one for one in findings.get(past.delivery, ())}
        before = accepted.get(slug, ())
        case = Case(
            past.profile,
            limits.get(slug, Limits()),
            before[:WINDOW],
            again=bool(before) and before[0].sha256 == past.sha256,
            sha256=past.sha256,
            complete=PART not in said,
            lacks=said[PART].seen if PART in said else "",
            month=tuple(one for one in before if one.at >= past.at - REACH),
        )
        cases.append(Judged(past.delivery, past.at, case, frozenset(said)))
        if was_accepted:
            accepted[slug] = (past, *before)
    return cases


def frame(several: Sequence[Judged]) -> pd.DataFrame:
    """The profiles of one feed: a row per delivery; each figure and its bound, missing where that is not asked."""
    rows = []
    for one in several:
        figures = asked(one.case, one.found)
        bounds = {bound_of(row): figure.bound for row, figure in figures.items()}
        rows.append({key(row): figure.value for row, figure in figures.items()} | bounds)
    names = [name for row in TABLE for name in (key(row), bound_of(row))]
    found = pd.DataFrame(rows, columns=names, dtype="float64")
    return found.assign(delivery=[one.delivery for one in several])


def key(row: Expectation) -> str:
    """The column of a row's figures; two rows may share a name, and differ in severity then."""
    return f"{row.name} ({row.severity.value})"


def bound_of(row: Expectation) -> str:
    """The column of its bounds."""
    return f"{key(row)}, {'at least' if row.at_least else 'at most'}"


def keep(folder: Path, several: Iterable[Judged], unmet: Iterable[Unmet]) -> None:
    """Write down which deliveries were looked at, and what they do not meet."""
    kept = {"deliveries": [one.delivery for one in several], "unmet": [asdict(one) for one in unmet]}
    (folder / UNMET).write_text(json.dumps(kept), encoding="utf-8")


def kept(folder: Path, deliveries: Collection[int]) -> tuple[int, tuple[Unmet, ...]]:
    """How many of these deliveries Great Expectations has looked at, and what they do not meet."""
    if not (folder / UNMET).is_file():
        return 0, ()
    said = json.loads((folder / UNMET).read_text(encoding="utf-8"))
    unmet = tuple(Unmet(**one) for one in said["unmet"] if one["delivery"] in deliveries)
    return len(set(deliveries) & set(said["deliveries"])), unmet
