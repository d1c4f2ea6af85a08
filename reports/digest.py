"""What ops are told: one digest a night, worst first, each matter with the command to type. Pure rendering."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from offers.text import one_line

KINDS = (
    "unserved", "held", "broken", "failed", "quarantined", "failing", "late", "orphaned", "unreadable", "unreachable",
    "warned", "undecided",
)  # fmt: skip
"""What a matter can be about, the worst first."""
IMMEDIATE = frozenset({"unserved", "broken", "failed", "quarantined", "failing", "late"})
"""What does not wait for the night's digest."""


@dataclass(frozen=True)
class Matter:
    """One thing about one feed that wants a person. `state` changes when there is something new to say."""

    feed: str
    kind: str
    state: str
    sentence: str
    command: str

    def __post_init__(self) -> None:
        """No word of a drop makes a line of its own, nor a matter, nor a command to type."""
        for name in ("feed", "sentence", "command"):
            object.__setattr__(self, name, one_line(getattr(self, name)))

    @property
    def rank(self) -> tuple[int, str]:
        """Worst first, then by feed."""
        return KINDS.index(self.kind), self.feed

    def as_dict(self) -> dict[str, str]:
        """JSON-ready."""
        return {"feed": self.feed, "kind": self.kind, "sentence": self.sentence, "command": self.command}


@dataclass(frozen=True)
class Night:
    """What went well: feeds known, drops taken in the last day, and what they changed.

    `never`: the feeds of which nothing was ever accepted, which nobody can call sound. `torn`: by feed, the lines of
    drops taken that could not be cut into columns.
    `looked`: how many deliveries of the night Great Expectations held to the gate's table; `unmet`: how often one of
    them did not meet it, as the gate had said; `unsaid`: what of this the gate had not said (the limits of then).
    """

    day: date
    feeds: int
    taken: int
    created: int
    updated: int
    withdrawn: int
    never: tuple[str, ...] = ()
    torn: Mapping[str, int] = field(default_factory=dict)
    looked: int = 0
    unmet: int = 0
    unsaid: tuple[str, ...] = ()


@dataclass(frozen=True)
class Sorted:
    """Matters as people know them: `new` ones to be told, `folded` ones told before, `acknowledged` ones taken on."""

    new: tuple[Matter, ...] = ()
    folded: tuple[Matter, ...] = ()
    acknowledged: tuple[Matter, ...] = ()


def digest(night: Night, matters: Sorted) -> tuple[str, str]:
    """Title and body; the body is one line when nobody is needed."""
    numbers = f"{night.taken} drops taken, {night.created:,} offers created, {night.updated:,} updated, "
    numbers += f"{night.withdrawn:,} withdrawn{_torn(night)}{_looked(night)}"
    if not matters.new:
        nothing = "all sound" if is_sound(night, matters) else "nothing new"
        return f"Quai, {night.day}: {nothing}", f"{_sound(night, matters)}: {numbers}.{_rest(matters)}"
    told = [f"{at}. {matter_lines(matter)}" for at, matter in enumerate(_ranked(matters.new), start=1)]
    want = "1 matter wants a person" if len(told) == 1 else f"{len(told)} matters want a person"
    return f"Quai, {night.day}: {want}", "\n\n".join([*told, f"Otherwise: {numbers}.{_rest(matters)}"])


def is_sound(night: Night, matters: Sorted) -> bool:
    """Whether nobody is needed: nothing new, nothing told before, and every feed has delivered."""
    return not (matters.new or matters.folded or matters.acknowledged or night.never) and night.feeds > 0


def at_once(matters: Sequence[Matter]) -> tuple[str, str]:
    """Title and body of what does not wait for the digest."""
    ranked = _ranked(matters)
    named = ", ".join(dict.fromkeys(f"{matter.feed} {matter.kind}" for matter in ranked))
    return f"Quai: {named}", "\n\n".join(matter_lines(matter) for matter in ranked)


def matter_lines(matter: Matter) -> str:
    """The sentence, and under it what to type."""
    return f"[{matter.kind}] {matter.sentence}\n   {matter.command}"


def _ranked(matters: Sequence[Matter]) -> list[Matter]:
    return sorted(matters, key=lambda matter: matter.rank)


def _sound(night: Night, matters: Sorted) -> str:
    if not night.feeds:
        return "No feed is set up"
    if matters.folded or matters.acknowledged:
        said = f"{night.feeds} feeds"
    else:
        said = f"{night.feeds - len(night.never)} feeds sound" if night.never else f"All {night.feeds} feeds sound"
    return f"{said}, nothing ever accepted of {', '.join(night.never)}" if night.never else said


def _torn(night: Night) -> str:
    named = ", ".join(f"{count:,} of {feed}" for feed, count in sorted(night.torn.items()))
    return f". Lines that could not be cut into columns: {named}" if named else ""


def _looked(night: Night) -> str:
    if not night.looked:
        return ""
    said = [f"{night.unmet} unmet, as the gate said"] if night.unmet else []
    said += [f"unmet under today's limits, and not said then: {', '.join(night.unsaid)}"] if night.unsaid else []
    drops = "1 delivery" if night.looked == 1 else f"{night.looked} deliveries"
    return f". Great Expectations looked at {drops}: {'; '.join(said) or 'all met'}"


def _rest(matters: Sorted) -> str:
    said = ""
    if matters.folded:
        said += f" As told before: {_named(matters.folded)} (quai alerts list)."
    if matters.acknowledged:
        said += f" In hand: {_named(matters.acknowledged)}."
    return said


def _named(matters: Sequence[Matter]) -> str:
    return ", ".join(f"{matter.feed} {matter.kind}" for matter in _ranked(matters))
