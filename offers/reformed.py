"""References that mean the same offers as before and are written otherwise: all of them would be withdrawn and doubled.

A spreadsheet takes zeros off and puts `.0` on, an export gains a prefix or changes case. Pure: two sets of references.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass

LOOKED_AT = 300
"""References of a drop that are held against those that stand."""
SAME = 0.5
"""From this share on, what matches in another form is no chance."""
SCIENTIFIC = r"^-?\d{1,3}(?:[.,]\d*[eE][+-]?|[eE][+-])\d{1,3}$"
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


def _bare(reference: str) -> str:
    return _SIGNS.sub("", _without_zeros(reference.casefold()))


CHANGES: tuple[tuple[str, Change], ...] = (
    ("decimals", _without_decimals), ("zeros", _without_zeros), ("case", str.casefold), ("signs", _bare),
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
    return _longer(some, set(standing), len(some)) or _shorter(some, standing)


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


def _shorter(some: list[str], standing: Collection[str]) -> Reformed | None:
    said = set(some)
    turned = _longer(sorted(standing)[: 10 * LOOKED_AT], said, min(len(some), len(standing)))
    return Reformed("affix", turned.before, turned.now) if turned else None
