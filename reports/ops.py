"""What ops are told: the digest of a night, worst first, and Markdown beside a flow run. Pure rendering."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

from offers.calendar import day_of
from offers.model import Delivery
from offers.quoting import one_line
from offers.sheets import named as at_line

if TYPE_CHECKING:
    import pandas as pd

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
        return {name: getattr(self, name) for name in ("feed", "kind", "sentence", "command")}


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


FIRST = 10
"""Rejections told beside a flow run."""
GONE = 200
"""Drops that a purge took away, named beside its run; all are in its proof."""
COUNTS = ("read", "ignored", "rejected", "repeated", "created", "updated", "unchanged", "withdrawn", "repaired")
_MARKS = re.compile(r"([\\`*_\[\]|<>])")


def digest(night: Night, matters: Sorted) -> tuple[str, str]:
    """Title and body; the body is one line when nobody is needed."""
    numbers = f"{night.taken} drops taken, {night.created:,} offers created, {night.updated:,} updated, "
    numbers += f"{night.withdrawn:,} withdrawn"
    if torn := ", ".join(f"{count:,} of {feed}" for feed, count in sorted(night.torn.items())):
        numbers += f". Lines that could not be cut into columns: {torn}"
    if night.looked:
        met = [f"{night.unmet} unmet, as the gate said"] if night.unmet else []
        met += [f"unmet under today's limits, and not said then: {', '.join(night.unsaid)}"] if night.unsaid else []
        drops = "1 delivery" if night.looked == 1 else f"{night.looked} deliveries"
        numbers += f". Great Expectations looked at {drops}: {'; '.join(met) or 'all met'}"
    rest = f" As told before: {_named(matters.folded)} (quai alerts list)." if matters.folded else ""
    rest += f" In hand: {_named(matters.acknowledged)}." if matters.acknowledged else ""
    if not matters.new:
        nothing = "all sound" if is_sound(night, matters) else "nothing new"
        return f"Quai, {night.day}: {nothing}", f"{_sound(night, matters)}: {numbers}.{rest}"
    told = [f"{at}. {matter_lines(matter)}" for at, matter in enumerate(_ranked(matters.new), start=1)]
    want = "1 matter wants a person" if len(told) == 1 else f"{len(told)} matters want a person"
    return f"Quai, {night.day}: {want}", "\n\n".join([*told, f"Otherwise: {numbers}.{rest}"])


def is_sound(night: Night, matters: Sorted) -> bool:
    """Whether nobody is needed: nothing new, nothing told before, and every feed has delivered."""
    return not (matters.new or matters.folded or matters.acknowledged or night.never) and night.feeds > 0


def _sound(night: Night, matters: Sorted) -> str:
    if not night.feeds:
        return "No feed is set up"
    if matters.folded or matters.acknowledged:
        said = f"{night.feeds} feeds"
    else:
        said = f"{night.feeds - len(night.never)} feeds sound" if night.never else f"All {night.feeds} feeds sound"
    return f"{said}, nothing ever accepted of {', '.join(night.never)}" if night.never else said


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


def _named(matters: Sequence[Matter]) -> str:
    return ", ".join(f"{matter.feed} {matter.kind}" for matter in _ranked(matters))


def plain(text: str) -> str:
    """Markdown of the text, on one line, and nothing in it a tag, a link, code, emphasis or the end of a cell."""
    return _MARKS.sub(r"\\\1", one_line(text))


def markdown(delivery: Delivery, rejections: pd.DataFrame, link: str | None = None) -> str:
    """Counts, findings, the first rejections and a link to the return; `rejections` has REJECTION_COLUMNS.

    Lists, not tables: Prefect's pages cut a cell off at the edge, and wrap a list.
    """
    written = f"Return: [{plain(link.rpartition('/')[2])}](<{link}>)" if link else "No return was written."
    counts = [f"{getattr(delivery.counts, name):,}" for name in COUNTS]
    parts = [
        f"# {delivery.feed}: {delivery.verdict.value}",
        f"{plain(delivery.drop)}, delivery {delivery.id}, {delivery.seconds:.1f} s. {written}",
        "\n".join(f"| {' | '.join(cells)} |" for cells in (COUNTS, ["---"] * len(COUNTS), counts)),
    ]
    if delivery.findings:
        told = [f"- **{one.severity.value}** `{one.check}`: {plain(one.sentence)}" for one in delivery.findings]
        parts += ["## Findings", "\n".join(told)]
    if len(rejections):
        first = rejections.head(FIRST)[["line", "column", "rule", "sentence"]].itertuples(index=False)
        told = [
            f"- line {plain(at_line(line, delivery.sheets))}, {plain(str(column))}, `{rule}`: {plain(why)}"
            for line, column, rule, why in first
        ]
        parts += [f"## The first of {len(rejections):,} rejections", "\n".join(told)]
    return "\n\n".join(parts) + "\n"


def purge_title(said: dict[str, Any]) -> str:
    """`3 drops, 12 copies and returns, 40 rows gone; 1 left`."""
    left = f"; {len(said['left'])} left" if said["left"] else ""
    rows = sum(said["lines"].values()) + sum(said["contacts"].values())  # emptied or taken away
    return f"{len(said['drops']):,} drops, {len(said['copies']):,} copies and returns, {rows:,} rows gone{left}"


def purge_page(said: dict[str, Any]) -> str:
    """Markdown: what went, what could not be removed and why, and where the proof lies."""
    counted = {"drops, bytes": said["bytes"], "copies and returns": len(said["copies"])}
    counted |= {f"lines: {name}": count for name, count in said["lines"].items()}
    counted |= {f"contacts: {name}": count for name, count in said["contacts"].items()}
    told = [
        f"# {purge_title(said)}",
        "",
        f"Drops last come before {day_of(said['drops_before'])}. The proof: `{said['proof']}`.",
        "",
    ]
    told += ["| what | gone |", "|---|---:|", *(f"| {name} | {count:,} |" for name, count in counted.items())]
    if said["drops"]:
        told += ["", "| feed | drop | SHA-256 |", "|---|---|---|"]
        told += [f"| {one['feed']} | {plain(one['name'])} | {one['sha256'][:12]} |" for one in said["drops"][:GONE]]
    more = len(said["drops"]) - GONE
    told += [f"\n{more:,} more are in the proof."] if more > 0 else []
    told += [f"\n- **left**: {one['what']}: {one['why']}" for one in said["left"]]
    return "\n".join(told) + "\n"
