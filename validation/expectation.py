"""What one expectation is, and the case that all of them are built from. Pure: Great Expectations only judges them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from offers.calendar import PARIS
from offers.feed import Limits
from offers.gate.profile import LEARNING, WINDOW, Past, Profile
from offers.model import Finding, Severity

_WORDS = ("no", "one", "two", "three", "four", "five", "six", "seven")


@dataclass(frozen=True)
class Expectation:
    """One figure and its bounds, with what to say when it lies outside. `check` is its name, in the ledger too."""

    check: str
    severity: Severity
    value: float
    at_least: float | None
    at_most: float | None
    seen: str
    expected: str
    sentence: str

    @property
    def holds(self) -> bool:
        """What Great Expectations must say of it; a test and the trial compare both."""
        return (self.at_least is None or self.value >= self.at_least) and (
            self.at_most is None or self.value <= self.at_most
        )

    def finding(self) -> Finding:
        """As the ledger has it."""
        return Finding(self.check, self.severity, self.seen, self.expected, self.sentence)


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
    sha256: str = field(default="")
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
    def since(self) -> str:
        """`the last seven deliveries, since 12 February 2026`."""
        count, first = len(self.past), self.history[:WINDOW][-1].at.astimezone(PARIS)
        return f"the last {_WORDS[count]} deliveries, since {first.day} {first:%B %Y}"

    def so_many(self, count: int, of: float) -> float:
        """The share that the limit's `few` make, so that a handful of records never stops a drop."""
        return min(1.0, self.limits.few / of) if of and count else 0.0


Builder = Callable[[Case], Expectation | None]


def number(value: float) -> str:
    """`1 950`."""
    return f"{value:,.0f}".replace(",", " ")


def held(values: list[float]) -> str:
    """`held 1 950 to 2 020`, or `held 1 950` where it never varied."""
    low, high = min(values), max(values)
    return f"held {number(low)}" if number(low) == number(high) else f"held {number(low)} to {number(high)}"


def percent(share: float) -> str:
    """`7 %`, and `0.4 %` where it is little."""
    return f"{share:.1%}".replace("%", " %") if 0 < abs(share) < 0.01 else f"{share:.0%}".replace("%", " %")
