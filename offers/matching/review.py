"""Clerical review: which alike pairs wait for a person, what people decided, and where decisions contradict. Pure."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import pandas as pd

from offers.calendar import day_of
from offers.errors import Declined
from offers.text import fold_word

MOST = 3
"""Pairs of one offer that are worth a look: who fits fifty sites fits none that a person could tell."""
WAITING, LAPSED = "waiting", "lapsed"


def waiting(
    pairs: pd.DataFrame, cluster_a: np.ndarray, cluster_b: np.ndarray, decided: pd.DataFrame | None = None
) -> pd.DataFrame:
    """Those of judged pairs (PAIR_COLUMNS) that wait, the most alike first.

    `cluster_a` and `cluster_b`: the offer or cluster of each pair's sides. `decided`: pairs (a, b, in either order)
    that a person has answered.
    """
    open_pairs = pairs.assign(_one=np.minimum(cluster_a, cluster_b), _other=np.maximum(cluster_a, cluster_b))[
        cluster_a != cluster_b
    ]
    if decided is not None and len(decided):
        said = {tuple(sorted(pair)) for pair in zip(decided["a"].tolist(), decided["b"].tolist(), strict=True)}
        answered = [tuple(sorted(pair)) in said for pair in zip(open_pairs["a"], open_pairs["b"], strict=True)]
        open_pairs = open_pairs[~np.array(answered, bool)]
    best = open_pairs.sort_values(["score", "a", "b"], ascending=[False, True, True], kind="stable")
    best = best.drop_duplicates(["_one", "_other"])
    rank = np.maximum(best.groupby("_one").cumcount(), best.groupby("_other").cumcount())
    shown: pd.DataFrame = best[rank < MOST].drop(columns=["_one", "_other"])
    return shown


def to_review(pairs: pd.DataFrame, decided: pd.DataFrame, lapses_before: float) -> pd.DataFrame:
    """Those of alike pairs that nobody decided, the most alike first, with their `state`; those that lapsed come last.

    `pairs`: PAIR_COLUMNS, since (seconds of the epoch) and the offers of both sides, offer_a and offer_b. `decided`: a,
    b, same, offer_a, offer_b. Two offers that a person told apart are not asked about again by other records of theirs.
    """
    apart = _both(decided[~decided["same"].astype(bool)])
    asked = pairs[~_both(pairs).isin(apart)]
    old = (asked["since"] < lapses_before).to_numpy()
    one, other = (asked[name].to_numpy(np.int64) for name in ("offer_a", "offer_b"))
    fresh, late = (waiting(asked[when], one[when], other[when], decided) for when in (~old, old))
    late = late[~_both(late).isin(_both(fresh))]
    return pd.concat([fresh.assign(state=WAITING), late.assign(state=LAPSED)], ignore_index=True)


def _both(pairs: pd.DataFrame) -> pd.MultiIndex:
    """The two offers of each pair, the smaller id first."""
    one, other = pairs["offer_a"].to_numpy(np.int64), pairs["offer_b"].to_numpy(np.int64)
    return pd.MultiIndex.from_arrays([np.minimum(one, other), np.maximum(one, other)])


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
    def held(self) -> str:
        """What the two are held to be."""
        return "one offer" if self.same else "two offers"

    @property
    def pair_shown(self) -> str:
        """The two records, for people."""
        return f"{shown(self.a)} and {shown(self.b)}"

    @property
    def sentence(self) -> str:
        """What was decided, by whom and why."""
        return (
            f"{self.pair_shown} are {self.held} (decided by {self.by} on {day_of(self.at)}, because « {self.reason} »)"
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
        one = self.decision
        return f"{one.pair_shown} cannot be {one.held} as long as {said}. Decide that anew first."


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
        everything = [*kept, *taken]
        apart = {key for one in everything if not one.same and one.a[0] == one.b[0] for key in one.pair}
        things = {key: sketch.get(key, 0) for one in everything for key in one.pair}
        wholes = _Wholes({key: key if key in apart or not number else number for key, number in things.items()})
        for decision in kept:
            wholes.add(decision)
        before = len(refused)
        for decision in taken:
            if against := wholes.against(decision):
                refused[decision.pair] = Contradiction(decision, against)
            else:
                wholes.add(decision)
        if len(refused) == before:
            return taken, list(refused.values())


class _Wholes:
    """Things that decisions hold to be one offer, as sets that grow; and which sets they hold apart."""

    def __init__(self, thing: Mapping[Key, Hashable]) -> None:
        self._thing = thing
        self._whole: dict[Hashable, set[Hashable]] = {one: {one} for one in thing.values()}
        self._same: dict[Hashable, list[tuple[Hashable, LinkDecision]]] = defaultdict(list)
        self._apart: dict[Hashable, list[tuple[Hashable, LinkDecision]]] = defaultdict(list)

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
