"""References that stand and that a drop seems to lack: named in a line that could not be read, or written otherwise.

A quote or a separator too many withdraws no offer (ADR 2). And a spreadsheet takes zeros off and puts `.0` on, an
export gains a prefix or changes case: all of the references would be withdrawn, and doubled. Pure.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass

import pandas as pd

from offers.cleaning.characters import REPEAT, UNCLEAR
from offers.feed import Feed
from offers.findings import finding_of
from offers.model import Batch, Finding, Severity

MOST = 1_000_000_000
"""Characters worth looking through: beyond, nothing at all is withdrawn while there are such lines."""


def named_in(batch: Batch, feed: Feed, missing: pd.Series[str]) -> frozenset[str]:
    """Those of the `missing` references that stand in the batch's torn text by themselves.

    All of them where that cannot be seen: the text is not at hand, or it does not hold the references as we know them.
    """
    if batch.malformed.empty or missing.empty:
        return frozenset()
    source = feed.mapping.get("reference")
    literal = source is not None and len(source.headers) == 1 and source.pattern is None and feed.places != "each"
    if not batch.torn or not literal or len(batch.torn) * len(missing) > MOST:
        return frozenset(missing)
    return _named(f" {batch.torn} {as_read(batch.torn)} ", missing)


def references_in(refused: pd.Series[str]) -> frozenset[str]:
    """The references of refused lines; one that gives several gives each."""
    return frozenset(one for text in refused for one in re.split(f"[{REPEAT}{UNCLEAR}]", text))


def elsewhere(refused: frozenset[str], feed: Feed, missing: pd.Series[str]) -> frozenset[str]:
    """Those of the `missing` that are places of a record of which a place was refused: it may be one of them."""
    if feed.places != "each" or not refused:
        return frozenset()
    records = {one.rpartition("@")[0] or one for one in refused}
    return frozenset(one for one in missing if one.rpartition("@")[0] in records)


def swallowed_by(batch: Batch, feed: Feed, missing: pd.Series[str]) -> frozenset[str]:
    """Those of the `missing` references that stand within a cell, on a line of it that reads like a row of its own.

    A stray quote opened the cell and another closed it lines later: no line is malformed, and whole rows are its text.
    """
    if missing.empty or "delimiter" not in batch.dialect or feed.mapping.get("reference") is None:
        return frozenset()
    cells = [
        cell for _, column in batch.frame.items() for cell in column[column.str.contains("\n", na=False, regex=False)]
    ]
    cut = max(1, (len(batch.frame.columns) - 1) // 2)
    rows = [line for cell in cells for line in cell.split("\n") if max(map(line.count, ";,\t|")) >= cut]
    return _named(f" {' '.join(rows)} ", missing) if rows else frozenset()


def _named(text: str, missing: pd.Series[str]) -> frozenset[str]:
    return frozenset(one for one in missing if one in text and re.search(rf"(?<!\w){re.escape(one)}(?!\w)", text))


def as_read(torn: str) -> str:
    """The text as a reader would have given it: JSON's escapes and CSV's doubled quotes undone, spaces run together."""
    plain = re.sub(r"\\u([0-9a-fA-F]{4})", lambda found: chr(int(found[1], 16)), torn)
    return " ".join(re.sub(r'\\([\\/"])', r"\1", plain).replace('""', '"').split())


def held_for_swallowed(feed: str, swallowed: frozenset[str]) -> tuple[Finding, ...]:
    """What stops a drop in which a cell holds whole rows: the text of one offer would go online as another's."""
    if not swallowed:
        return ()
    told = {"count": len(swallowed), "reference": min(swallowed)}
    return (finding_of("rows_within_a_cell", Severity.STOP, feed=feed, **told),)


def nameless(feed: str, lines: int, missing: pd.Series[str]) -> tuple[frozenset[str], tuple[Finding, ...]]:
    """What is spared for lines that were refused without a reference, and what is said of it.

    As long as no more is missing than there are such lines, each may be one of them: a rejected line withdraws nothing.
    """
    if missing.empty or len(missing) > lines:
        return frozenset(), ()
    told = {"feed": feed, "lines": lines, "count": len(missing), "reference": missing.min()}
    return frozenset(missing), (finding_of("nameless_lines_withdraw_nothing", Severity.NOTE, **told),)


def spared(batch: Batch, named: frozenset[str]) -> tuple[Finding, ...]:
    """What the ledger says of the standing offers that such lines keep."""
    if not named:
        return ()
    told = {"lines": batch.malformed["line"].nunique(), "count": len(named), "reference": min(named)}
    return (finding_of("torn_lines_withdraw_nothing", Severity.NOTE, **told),)


LOOKED_AT = 300
"""References of a drop that are held against those that stand."""
SAME = 0.5
"""From this share on, what matches in another form is no chance."""
SCIENTIFIC = "^-?[0-9]{1,3}(?:[.,][0-9]*[eE][+-]?|[eE][+-])[0-9]{1,3}$"
"""What a spreadsheet or a program makes of a long number; `75E12`, without sign or decimals, may be a reference."""
_DECIMALS = re.compile(r"[.,]0+$")
_ZEROS = re.compile(r"(?<!\d)0+(?=\d)")
_SIGNS = re.compile(r"[\W_]+")
_ROUNDED = re.compile(SCIENTIFIC)

Change = Callable[[str], str]


def _without_decimals(reference: str) -> str:
    return _DECIMALS.sub("", reference)


def _without_zeros(reference: str) -> str:
    return _ZEROS.sub("", _without_decimals(reference))


CHANGES: tuple[tuple[str, Change], ...] = (
    ("decimals", _without_decimals), ("zeros", _without_zeros), ("case", str.casefold),
    ("signs", lambda reference: _SIGNS.sub("", _without_zeros(reference.casefold()))),
)  # fmt: skip


@dataclass(frozen=True)
class Reformed:
    """How references changed (`decimals`, `zeros`, `case`, `signs`, `affix`, `scientific`), with one of them."""

    how: str
    now: str
    before: str


def reformed(said: Collection[str], standing: Collection[str]) -> Reformed | None:
    """What happened to the references `said`, if most of them are those that stand, written otherwise."""
    some = sorted(said)[:LOOKED_AT]
    rounded = [one for one in some if _ROUNDED.match(one)]
    if len(rounded) > SAME * len(some) and not any(_ROUNDED.match(one) for one in standing):
        return Reformed("scientific", rounded[0], min(standing, default=""))
    for how, change in CHANGES:
        known = {change(one): one for one in standing}
        pairs = [(one, known[change(one)]) for one in some if change(one) in known]
        if pairs and len(pairs) >= SAME * len(some) and all(one != other for one, other in pairs):
            return Reformed(how, *pairs[0])
    longer = _longer(some, set(standing), len(some))
    if longer is None:
        turned = _longer(sorted(standing)[: 10 * LOOKED_AT], set(some), min(len(some), len(standing)))
        return Reformed("affix", turned.before, turned.now) if turned else None
    return longer


def _longer(some: Iterable[str], known: Collection[str], count: int) -> Reformed | None:
    """One prefix, or one ending, was put on nearly all of them."""
    found: Counter[tuple[str, str]] = Counter()
    pairs: dict[tuple[str, str], tuple[str, str]] = {}
    for one in some:
        for at in range(1, len(one)):
            for affix, rest in (((one[:at], ""), one[at:]), (("", one[at:]), one[:at])):
                if rest in known:
                    found[affix] += 1
                    pairs.setdefault(affix, (one, rest))
    affix, times = found.most_common(1)[0] if found else (("", ""), 0)
    return Reformed("affix", *pairs[affix]) if times and times >= SAME * count else None
