"""What people decide of pairs of records, and where one decision contradicts the others. Pure."""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from offers.calendar import day_of
from offers.errors import Declined
from offers.text import fold_word

Key = tuple[str, str]
"""A record: its feed and its reference."""
ANSWERS = {
    "meme": True, "meme offre": True, "same": True, "oui": True, "yes": True,
    "different": False, "differents": False, "differente": False, "differentes": False, "non": False, "no": False,
}  # fmt: skip
"""What people write into an `answer` column, folded, and whether it means one offer."""


@dataclass(frozen=True)
class LinkDecision:
    """A person's answer for two records: one offer or two. `a` comes before `b` in order; see `of`."""

    a: Key
    b: Key
    same: bool
    by: str
    reason: str
    at: datetime

    @classmethod
    def of(cls, one: Key, other: Key, same: bool, by: str, reason: str, at: datetime) -> LinkDecision:
        """The decision with the keys in order. Raises Declined for a record and itself."""
        if one == other:
            raise Declined(f"{shown(one)}: a record is no pair with itself. Name two records. Nothing was changed.")
        return cls(min(one, other), max(one, other), same, by, reason, at)

    @property
    def pair(self) -> tuple[Key, Key]:
        """The two records."""
        return self.a, self.b

    @property
    def sentence(self) -> str:
        """What was decided, by whom and why."""
        held = "one offer" if self.same else "two offers"
        return (
            f"{shown(self.a)} and {shown(self.b)} are {held} (decided by {self.by} on {day_of(self.at)}, because "
            f"« {self.reason} »)"
        )


@dataclass(frozen=True)
class Contradiction:
    """A decision that contradicts others, and those others: together they cannot all hold."""

    decision: LinkDecision
    against: tuple[LinkDecision, ...]

    @property
    def sentence(self) -> str:
        """What stands in the way, and what to do."""
        said = "; ".join(other.sentence for other in self.against)
        held = "one offer" if self.decision.same else "two offers"
        return (
            f"{shown(self.decision.a)} and {shown(self.decision.b)} cannot be {held} as long as {said}. "
            "Decide that anew first."
        )


def shown(key: Key) -> str:
    """`laposte/offres:STG-1`."""
    return f"{key[0]}:{key[1]}"


def answer_of(text: str) -> bool | None:
    """True for « même », False for « différent », in French or English, whatever the case; None for other words."""
    return ANSWERS.get(fold_word(text))


def weigh(
    known: Sequence[LinkDecision], new: Sequence[LinkDecision], sketch: Mapping[Key, int]
) -> tuple[list[LinkDecision], list[Contradiction]]:
    """Those of new decisions that can stand beside each other and those known, in order; and those that cannot.

    A new one takes the place of a known one about the same two records. Records of one sketch (0 or absent: none) are
    one thing, unless a person told them apart.
    """
    refused: dict[tuple[Key, Key], Contradiction] = {}
    while True:
        taken = [decision for decision in new if decision.pair not in refused]
        again = {decision.pair for decision in taken}
        kept = [decision for decision in known if decision.pair not in again]
        found = _contradicting(kept, taken, sketch)
        if not found:
            return taken, list(refused.values())
        refused |= {one.decision.pair: one for one in found}


def _contradicting(
    kept: Iterable[LinkDecision], taken: Sequence[LinkDecision], sketch: Mapping[Key, int]
) -> list[Contradiction]:
    everything = [*kept, *taken]
    apart = {key for one in everything if not one.same and one.a[0] == one.b[0] for key in one.pair}
    wholes = _Wholes({key: _thing(key, sketch, apart) for one in everything for key in one.pair})
    for decision in kept:
        wholes.add(decision)
    found = []
    for decision in taken:
        against = wholes.against(decision)
        if against:
            found.append(Contradiction(decision, against))
        else:
            wholes.add(decision)
    return found


def _thing(key: Key, sketch: Mapping[Key, int], apart: set[Key]) -> Hashable:
    number = sketch.get(key, 0)
    return key if key in apart or not number else number


class _Wholes:
    """Things that decisions hold to be one offer, as sets that grow; and which sets they hold apart."""

    def __init__(self, thing: Mapping[Key, Hashable]) -> None:
        self._thing = thing
        self._whole: dict[Hashable, set[Hashable]] = {one: {one} for one in thing.values()}
        self._same: dict[Hashable, list[tuple[Hashable, LinkDecision]]] = {one: [] for one in thing.values()}
        self._apart: dict[Hashable, list[tuple[Hashable, LinkDecision]]] = {one: [] for one in thing.values()}

    def add(self, decision: LinkDecision) -> None:
        a, b = (self._thing[key] for key in decision.pair)
        said = self._same if decision.same else self._apart
        said[a].append((b, decision))
        said[b].append((a, decision))
        if decision.same and self._whole[a] is not self._whole[b]:
            small, large = sorted((self._whole[a], self._whole[b]), key=len)
            large |= small
            self._whole |= dict.fromkeys(small, large)

    def against(self, decision: LinkDecision) -> tuple[LinkDecision, ...]:
        """The decisions that this one cannot stand beside."""
        a, b = (self._thing[key] for key in decision.pair)
        if not decision.same:
            return self._path(a, b) if self._whole[a] is self._whole[b] else ()
        for one in self._whole[a]:
            for other, said in self._apart[one]:
                if self._whole[other] is self._whole[b]:
                    return (*self._path(a, one), said, *self._path(other, b))
        return ()

    def _path(self, start: Hashable, end: Hashable) -> tuple[LinkDecision, ...]:
        """The decisions by which one thing is held to be the other, the fewest."""
        reached: dict[Hashable, tuple[LinkDecision, ...]] = {start: ()}
        waiting = deque([start])
        while waiting and end not in reached:
            at = waiting.popleft()
            for other, decision in self._same[at]:
                if other not in reached:
                    reached[other] = (*reached[at], decision)
                    waiting.append(other)
        return reached.get(end, ())
