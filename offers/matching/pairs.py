"""Pairs on their way to an answer, and what needs no likeness to be said of them: another site, town or week. Pure."""

from __future__ import annotations

import numpy as np
import pandas as pd

from offers.matching import likeness
from offers.matching.answers import RULES, Rule

NUMBER = {rule: np.int8(number) for number, rule in enumerate(RULES)}
NONE = -1
DESCRIPTION, TITLE, EMPLOYER = 0, 1, 2


class Pairs:
    """Pairs of positions `a` and `b` in `sketches` (SKETCHED).

    `rule` is the number of the rule that answered (NONE: not yet), `doubt` that of one which will have the pair looked
    at by a person, should it be alike; `parts` the likeness of descriptions, titles and employers (NaN: not compared).
    """

    def __init__(self, sketches: pd.DataFrame, a: np.ndarray, b: np.ndarray) -> None:
        self.sketches, self.a, self.b = sketches, a, b
        self.rule = np.full(len(a), NONE, np.int8)
        self.doubt = np.full(len(a), NONE, np.int8)
        self.parts = np.full((len(a), 3), np.nan, np.float32)
        self._columns: dict[str, np.ndarray] = {}

    @property
    def open(self) -> np.ndarray:
        """The pairs that have no answer yet."""
        return np.flatnonzero(self.rule == NONE)

    def sides(self, name: str, at: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """A column of both sketches of the pairs `at`."""
        if name not in self._columns:
            self._columns[name] = self.sketches[name].to_numpy(object)
        column = self._columns[name]
        return column[self.a[at]], column[self.b[at]]

    def agree(self, name: str) -> tuple[np.ndarray, np.ndarray]:
        """Of all pairs, whether both sides say the same in a column, and whether both say something."""
        codes, distinct = pd.factorize(self.sketches[name].to_numpy(object))
        known = (distinct != "")[codes] if len(distinct) else np.empty(0, bool)
        said = known[self.a] & known[self.b]
        return said & (codes[self.a] == codes[self.b]), said

    def say(self, rule: Rule, at: np.ndarray, holds: np.ndarray) -> None:
        """Answer those of the pairs `at` for which the rule holds and that have no answer yet."""
        hit = at[holds]
        self.rule[hit[self.rule[hit] == NONE]] = NUMBER[rule]


def other_place_or_time(pairs: Pairs) -> None:
    """Answer the pairs whose SIRET, town or weeks differ; doubt those whose weeks are in part the same, and those of
    which one says neither its town, only its département, nor its employer."""
    everything = np.arange(len(pairs.a))
    same_feed, _ = pairs.agree("feed")
    _, apart = pairs.agree("own_row")
    pairs.say(Rule.ROWS_KEPT_APART, everything, same_feed & apart)
    for name, rule in (("siret", Rule.OTHER_SIRET), ("place", Rule.OTHER_TOWN), ("department", Rule.OTHER_TOWN)):
        same, said = pairs.agree(name)
        pairs.say(rule, everything, said & ~same)
    _towns_by_name(pairs)
    shared = _weeks_shared(pairs)
    pairs.say(Rule.OTHER_WEEKS, everything, shared == 0)
    pairs.doubt[shared == 1] = NUMBER[Rule.SOME_WEEKS]


def _towns_by_name(pairs: Pairs) -> None:
    """A commune's name has several spellings, and counts only where an INSEE code is missing."""
    _, coded = pairs.agree("place")
    _, named = pairs.agree("town")
    _, employed = pairs.agree("employer")
    _, departments = pairs.agree("department")
    pairs.doubt[~coded & ~named & ~employed & departments] = NUMBER[Rule.LITTLE_SAID]
    at = np.flatnonzero(~coded & named)
    pairs.say(Rule.OTHER_TOWN, at, likeness.other_town(*pairs.sides("town", at)).astype(bool))


def _weeks_shared(pairs: Pairs) -> np.ndarray:
    """0: none, 1: some, or who knows, 2: all."""
    codes, distinct = pd.factorize(pairs.sketches["weeks"].to_numpy(object))
    weeks = [frozenset(str(text).split()) for text in distinct]
    if not any(weeks):  # adverts that are no placements: weeks are no part of what they are
        return np.full(len(pairs.a), 2, np.int8)
    said = [[_shared(one, other) for other in weeks] for one in weeks]
    shared: np.ndarray = np.array(said, np.int8)[codes[pairs.a], codes[pairs.b]]
    return shared


def _shared(one: frozenset[str], other: frozenset[str]) -> int:
    if one and other:
        return 2 if one == other else int(bool(one & other))
    # A post may be opened for each week anew: one unknown side says something only where the other is both weeks.
    return 2 if len(one | other) > 1 else 1
