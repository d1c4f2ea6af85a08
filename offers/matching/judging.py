"""Two sketches: the same offer, one for a person to look at, or distinct; and the rule that said so. Pure.

What decides, in order of weight: the site, the weeks, the employer, the job in the title; only then how like the texts
are. Why each threshold is what it is, and what each rule brings: docs/dedup.md.
"""

from __future__ import annotations

from enum import StrEnum

import numpy as np
import pandas as pd

from offers.matching import likeness

PAIR_COLUMNS = ("a", "b", "score", "description", "title", "employer", "answer", "rule")
"""Of judged pairs: positions of the two sketches, score and its three parts (0 to 100, NaN where a veto came first),
the answer and the rule that gave it."""


class Answer(StrEnum):
    """What is said of a pair."""

    SAME = "same"
    REVIEW = "review"
    DISTINCT = "distinct"


class Rule(StrEnum):
    """What made the answer so; the first that holds."""

    ROWS_KEPT_APART = "rows_kept_apart"
    OTHER_SIRET = "other_siret"
    OTHER_TOWN = "other_town"
    OTHER_WEEKS = "other_weeks"
    OTHER_STREET = "other_street"
    OTHER_EMPLOYER = "other_employer"
    OTHER_JOB = "other_job"
    UNLIKE = "unlike"
    NEARLY_LIKE = "nearly_like"
    SOME_WEEKS = "some_weeks"
    TWO_STREETS = "two_streets"
    LITTLE_SAID = "little_said"
    LIKE = "like"

    @property
    def answer(self) -> Answer:
        """What the rule says of a pair."""
        if self is Rule.LIKE:
            return Answer.SAME
        return Answer.REVIEW if self in _DOUBTS else Answer.DISTINCT


_DOUBTS = (Rule.NEARLY_LIKE, Rule.SOME_WEEKS, Rule.TWO_STREETS, Rule.LITTLE_SAID)
RULES = tuple(Rule)
"""Rules by number."""


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


SAME_FROM, REVIEW_FROM = 90.0, 80.0
WEIGHTS = np.array([0.45, 0.35, 0.20], np.float32)
"""Of description, title and employer in the score."""
EMPLOYER_FROM = 60.0
ONE_TEXT_FROM, ITS_TITLE_FROM = 92.0, 60.0
"""In one town, one text under two titles of which neither says another job is one offer."""
UNTITLED = 60.0
"""Likeness of two titles of which one says no job."""
LOWEST = float((REVIEW_FROM - 100 * (WEIGHTS[TITLE] + WEIGHTS[EMPLOYER])) / WEIGHTS[DESCRIPTION])
"""Under this likeness of descriptions no pair can reach REVIEW_FROM."""


def judge(sketches: pd.DataFrame, a: np.ndarray, b: np.ndarray, all_pairs: bool = False) -> pd.DataFrame:
    """PAIR_COLUMNS for pairs of positions in `sketches` (SKETCHED); distinct ones only where `all_pairs`."""
    pairs = Pairs(sketches, a, b)
    other_place_or_time(pairs)
    _other_street(pairs)
    _other_employer(pairs)
    _other_job(pairs)
    _described(pairs, 0.0 if all_pairs else LOWEST)
    score = pairs.parts @ WEIGHTS
    at = pairs.open
    alike = (score[at] >= SAME_FROM) | _one_text(pairs, at)
    pairs.say(Rule.UNLIKE, at, ~alike & (score[at] < REVIEW_FROM))
    pairs.say(Rule.NEARLY_LIKE, at, ~alike)
    at = pairs.open
    pairs.rule[at] = np.where(pairs.doubt[at] == NONE, NUMBER[Rule.LIKE], pairs.doubt[at])
    return _judged(pairs, score, all_pairs)


def _other_street(pairs: Pairs) -> None:
    """Two streets are two sites; under one SIRET somebody should look, for a head office's stands on many rows."""
    at = pairs.open
    elsewhere = likeness.other_street(*pairs.sides("street", at)).astype(bool)
    same_siret, _ = pairs.agree("siret")
    pairs.say(Rule.OTHER_STREET, at, elsewhere & ~same_siret[at])
    pairs.doubt[at[elsewhere]] = NUMBER[Rule.TWO_STREETS]


def _other_employer(pairs: Pairs) -> None:
    at = pairs.open
    pairs.parts[at, EMPLOYER] = likeness.employers(*pairs.sides("employer", at))
    pairs.say(Rule.OTHER_EMPLOYER, at, pairs.parts[at, EMPLOYER] < EMPLOYER_FROM)


def _other_job(pairs: Pairs) -> None:
    at = pairs.open
    one, other = pairs.sides("title", at)
    pairs.parts[at, TITLE] = np.where((one == "") ^ (other == ""), UNTITLED, likeness.titles(one, other))
    pairs.say(Rule.OTHER_JOB, at, likeness.other_job(one, other).astype(bool))
    pairs.say(Rule.UNLIKE, at, 100 * WEIGHTS[DESCRIPTION] + pairs.parts[at][:, 1:] @ WEIGHTS[1:] < REVIEW_FROM)


def _described(pairs: Pairs, cutoff: float) -> None:
    at = pairs.open
    pairs.parts[at, DESCRIPTION] = likeness.descriptions(*pairs.sides("description", at), cutoff)
    one, other = pairs.sides("title", at)
    untitled = at[(one == "") & (other == "")]
    # Where neither title says a job the text has to: it counts for both.
    pairs.parts[untitled, TITLE] = pairs.parts[untitled, DESCRIPTION]


def _one_text(pairs: Pairs, at: np.ndarray) -> np.ndarray:
    same_town, _ = pairs.agree("place")
    texts = (pairs.parts[at, DESCRIPTION] >= ONE_TEXT_FROM) & (pairs.parts[at, TITLE] >= ITS_TITLE_FROM)
    one_text: np.ndarray = same_town[at] & texts
    return one_text


def _judged(pairs: Pairs, score: np.ndarray, all_pairs: bool) -> pd.DataFrame:
    answers = np.array([rule.answer.value for rule in RULES], object)[pairs.rule]
    at = np.arange(len(answers)) if all_pairs else np.flatnonzero(answers != Answer.DISTINCT.value)
    columns = {
        "a": pairs.a[at],
        "b": pairs.b[at],
        "score": score[at],
        "description": pairs.parts[at, DESCRIPTION],
        "title": pairs.parts[at, TITLE],
        "employer": pairs.parts[at, EMPLOYER],
        "answer": answers[at],
        "rule": np.array([rule.value for rule in RULES], object)[pairs.rule[at]],
    }
    return pd.DataFrame(columns)
