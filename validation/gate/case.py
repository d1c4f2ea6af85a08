"""What stands before the gate: the profile of one delivery, what it is compared with, and what one expectation is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from offers.calendar import day_of
from offers.feed import Limits
from offers.findings import WRITER, worded
from offers.gate.profile import LEARNING, WINDOW, Past, Profile
from offers.model import Finding, Severity

SINCE = "the last {deliveries:word} deliveries, since {since:day}"


@dataclass(frozen=True)
class Case:
    """One profile before the gate: the limits of its feed, and its history, newest first.

    `history` holds accepted deliveries only. `again`: these are the bytes of the last accepted drop, read under other
    rules, so that what changes is our doing. `complete`: all could be fetched; else `lacks` says why not, if known.
    `month`: all of the last thirty days, without their columns.
    """

    profile: Profile
    limits: Limits
    history: tuple[Past, ...] = ()
    again: bool = False
    sha256: str = ""
    complete: bool = True
    lacks: str = ""
    month: tuple[Past, ...] = ()

    @property
    def learned(self) -> bool:
        """Whether enough was accepted to know what is usual for this feed."""
        return len(self.history) >= LEARNING

    @property
    def past(self) -> tuple[Profile, ...]:
        """The profiles of the history, newest first."""
        return tuple(one.profile for one in self.history[:WINDOW])

    @property
    def since(self) -> dict[str, object]:
        """How many deliveries it is held to, and the day of the first of them; SINCE says it."""
        past = self.history[:WINDOW]
        return {"deliveries": len(past), "since": str(day_of(past[-1].at))} if past else {}

    def most(self, figure: str) -> float:
        """The largest that a figure of the profile was in the history."""
        return max(float(getattr(past, figure)) for past in self.past)

    def few(self, count: int, of: float) -> float:
        """The share that the limit's `few` make, so that a handful of records never stops a drop."""
        return min(1.0, self.limits.few / of) if of and count else 0.0


class Figure(NamedTuple):
    """One figure of a profile, and the bound that it is held to."""

    value: float
    bound: float


@dataclass(frozen=True, eq=False)
class Expectation:
    """One row of the gate's table: a figure, its bound, and what to say when it lies outside.

    `fires` says when, for docs/gate.md; `limit` is the key in Limits that moves the bound, or takes it away. `measure`
    gives None where there is nothing to hold the profile to. `seen`, `expected` and `sentence` are templates
    (offers.findings.Writer) of the profile's figures, `value`, `bound`, `limit`, those of SINCE and what `more` gives;
    what they name are the finding's fields. `{past}` is SINCE.
    `learned`: it is asked only where enough was accepted to know what is usual. `at_least`: the bound is a floor.
    """

    name: str
    severity: Severity
    fires: str
    limit: str
    measure: Callable[[Case], float | None]
    bound: Callable[[Case], float]
    seen: str
    expected: str
    sentence: str
    more: Callable[[Case], Mapping[str, object]] = lambda _case: {}
    at_least: bool = False
    learned: bool = True

    def figure(self, case: Case) -> Figure | None:
        """What is measured and the bound; None where it is not asked of this profile."""
        off = bool(self.limit) and getattr(case.limits, self.limit) is None
        if off or (self.learned and not case.learned) or (value := self.measure(case)) is None:
            return None
        return Figure(float(value), float(self.bound(case)))

    def holds(self, figure: Figure) -> bool:
        """Whether the figure lies within; Great Expectations must say the same of it."""
        return figure.value >= figure.bound if self.at_least else figure.value <= figure.bound

    def finding(self, case: Case, figure: Figure) -> Finding:
        """As the ledger has it."""
        limit = getattr(case.limits, self.limit) if self.limit else None
        known = {"limit": limit, **figure._asdict(), **case.since, **self.more(case)}
        said = [text.replace("{past}", SINCE) for text in (self.seen, self.expected, "{feed}: " + self.sentence)]
        names = sorted({name for text in said for _, name, _, _ in WRITER.parse(text) if name})
        fields = {name: known[name] if name in known else getattr(case.profile, name) for name in names}
        return worded(self.name, self.severity, said, fields)
