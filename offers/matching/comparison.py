"""Two sketches compared: how like they are, and whether they are the same offer, one for a person to see, or distinct.

What decides, in order of weight: the site, the weeks, the employer, the job in the title; only then how like the texts
are. Why each threshold is what it is, and what each rule brings: docs/dedup.md. The measures are rapidfuzz's, 0 to 100:
`ratio` is 100 x 2 x the longest common subsequence / both lengths; `token_sort_ratio` the same over the words in order
of the alphabet, `token_set_ratio` over what is common and what is not.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from itertools import product
from typing import Any

import numpy as np
import pandas as pd
from rapidfuzz import fuzz
from rapidfuzz.distance import OSA
from rapidfuzz.process import cpdist

from offers.matching.sketches import COMPARED

WORKERS = -1
"""Threads that compare; all cores."""
CUT = 150
"""A description of fewer characters was hardly cut off by an aggregator: it is compared with the whole of the other."""
CONTENT = 5
"""Letters from which on a title's word says what the job is."""
TYPO = 0.75
"""Two words of at least this similarity (1 less edits, swaps among them, over the longer word) are one, mistyped or in
two genders."""
UNKNOWN_EMPLOYER = 70.0
"""Likeness of two employers of which one is not given."""


def titles(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Likeness of titles in normal form (object arrays of str)."""
    return _on_distinct(one, other, lambda a, b: _compared(a, b, fuzz.token_sort_ratio))


def employers(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Likeness of employers in normal form; 70 where one is missing."""
    said = _on_distinct(one, other, lambda a, b: _compared(a, b, fuzz.token_set_ratio))
    return np.where((one == "") | (other == ""), UNKNOWN_EMPLOYER, said)


def descriptions(one: np.ndarray, other: np.ndarray, cutoff: float = 0) -> np.ndarray:
    """Likeness of two descriptions' beginnings, both cut to the shorter. What is under `cutoff` may be said to be 0."""

    def beginnings(left: np.ndarray, right: np.ndarray) -> np.ndarray:
        lengths = np.minimum(*(np.fromiter(map(len, side), int, len(side)) for side in (left, right)))
        cut = np.where(lengths < CUT, COMPARED, lengths).tolist()
        begun, others = ([text[:most] for text, most in zip(side, cut, strict=True)] for side in (left, right))
        return _compared(begun, others, fuzz.ratio, cutoff)

    return _on_distinct(one, other, beginnings)


def apart(test: Callable[[str, str], bool], one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Whether a test of two values (towns_apart, streets_apart, jobs_apart) holds each pair apart."""
    found = _on_distinct(one, other, lambda a, b: np.fromiter(map(test, a, b), bool, len(a)))
    return found.astype(bool)


def _on_distinct(one: Any, other: Any, measure: Callable[[np.ndarray, np.ndarray], np.ndarray]) -> np.ndarray:
    """Measure each pair of distinct values once; 200 000 pairs often hold a few thousand."""
    if not len(one):
        return np.empty(0)
    (left, a), (right, b) = pd.factorize(one), pd.factorize(other)
    codes, at = np.unique(left.astype(np.int64) * len(b) + right, return_inverse=True)
    first, second = np.divmod(codes, len(b))
    return measure(np.asarray(a, object)[first], np.asarray(b, object)[second])[at]


def _compared(one: Any, other: Any, scorer: Any, cutoff: float = 0) -> np.ndarray:
    scores: np.ndarray = cpdist(one, other, scorer=scorer, score_cutoff=cutoff, workers=WORKERS, dtype=np.float32)
    return scores


def towns_apart(one: str, other: str) -> bool:
    """Whether two known towns are not the same: neither name holds the other (`strasbourg`, `strasbourg ville`)."""
    words, theirs = set(one.split()), set(other.split())
    return not (words <= theirs or theirs <= words)


def streets_apart(one: str, other: str) -> bool:
    """Whether two known streets are not the same: other numbers, or other names."""
    (number, name), (second, their) = _numbered(one), _numbered(other)
    if number and second and number != second:
        return True
    return bool(name and their) and fuzz.token_set_ratio(name, their) < 85


def _numbered(street: str) -> tuple[str, str]:
    first, _, rest = street.partition(" ")
    return (first, rest) if first[:1].isdigit() else ("", street)


def jobs_apart(one: str, other: str) -> bool:
    """Whether each of two titles has a word of its own that says another job: the exclusive tokens."""
    words, theirs = one.split(), other.split()
    return _has_own(words, theirs) and _has_own(theirs, words)


def _has_own(words: list[str], theirs: list[str]) -> bool:
    return any(
        len(word) >= CONTENT and word not in theirs and not any(_typo(word, w) for w in theirs) for word in words
    )


def _typo(word: str, other: str) -> bool:
    if word.startswith(other) or other.startswith(word):  # a title cut off, a plural
        return min(len(word), len(other)) >= CONTENT
    return OSA.normalized_similarity(word, other, score_cutoff=TYPO) > 0


PAIR_COLUMNS = ("a", "b", "score", "description", "title", "employer", "answer", "rule")
"""Of judged pairs: positions of the two sketches, score and its three parts (0 to 100, NaN where a veto came first),
the answer and the rule that gave it."""


class Answer(StrEnum):
    """What is said of a pair."""

    SAME = "same"
    REVIEW = "review"
    DISTINCT = "distinct"


class MatchRule(StrEnum):
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
        if self is MatchRule.LIKE:
            return Answer.SAME
        return Answer.REVIEW if self in _DOUBTS else Answer.DISTINCT


_DOUBTS = (MatchRule.NEARLY_LIKE, MatchRule.SOME_WEEKS, MatchRule.TWO_STREETS, MatchRule.LITTLE_SAID)
RULES = tuple(MatchRule)
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

    def say(self, rule: MatchRule, at: np.ndarray, holds: np.ndarray) -> None:
        """Answer those of the pairs `at` for which the rule holds and that have no answer yet."""
        hit = at[holds]
        self.rule[hit[self.rule[hit] == NONE]] = NUMBER[rule]


def _place_and_time(pairs: Pairs) -> None:
    """Answer the pairs whose SIRET, town or weeks differ; doubt those whose weeks are in part the same, and those of
    which one says neither its town, only its département, nor its employer."""
    everything = np.arange(len(pairs.a))
    same_feed, _ = pairs.agree("feed")
    _, both_kept = pairs.agree("own_row")
    pairs.say(MatchRule.ROWS_KEPT_APART, everything, same_feed & both_kept)
    for name, rule in (
        ("siret", MatchRule.OTHER_SIRET),
        ("place", MatchRule.OTHER_TOWN),
        ("department", MatchRule.OTHER_TOWN),
    ):
        same, said = pairs.agree(name)
        pairs.say(rule, everything, said & ~same)
    coded, named, employed, departments = (pairs.agree(name)[1] for name in ("place", "town", "employer", "department"))
    pairs.doubt[~coded & ~named & ~employed & departments] = NUMBER[MatchRule.LITTLE_SAID]
    at = np.flatnonzero(~coded & named)  # a commune's name has several spellings: it counts only without INSEE's code
    pairs.say(MatchRule.OTHER_TOWN, at, apart(towns_apart, *pairs.sides("town", at)))
    shared = _weeks_shared(pairs)
    pairs.say(MatchRule.OTHER_WEEKS, everything, shared == 0)
    pairs.doubt[shared == 1] = NUMBER[MatchRule.SOME_WEEKS]


def _weeks_shared(pairs: Pairs) -> np.ndarray:
    """0: none, 1: some, or who knows, 2: all."""
    codes, distinct = pd.factorize(pairs.sketches["weeks"].to_numpy(object))
    weeks = [frozenset(str(text).split()) for text in distinct]
    if not any(weeks):  # adverts that are no placements: weeks are no part of what they are
        return np.full(len(pairs.a), 2, np.int8)
    shared = np.empty((len(weeks), len(weeks)), np.int8)
    for (at, one), (to, other) in product(enumerate(weeks), repeat=2):
        if one and other:
            shared[at, to] = 2 if one == other else bool(one & other)
        else:  # a post may be opened for each week anew: one unknown side says something only where the other is both
            shared[at, to] = 2 if len(one | other) > 1 else 1
    of_pairs: np.ndarray = shared[codes[pairs.a], codes[pairs.b]]
    return of_pairs


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
    _place_and_time(pairs)
    _street_employer_and_job(pairs)
    at = pairs.open
    pairs.parts[at, DESCRIPTION] = descriptions(*pairs.sides("description", at), 0.0 if all_pairs else LOWEST)
    one, other = pairs.sides("title", at)
    untitled = at[(one == "") & (other == "")]
    # Where neither title says a job the text has to: it counts for both.
    pairs.parts[untitled, TITLE] = pairs.parts[untitled, DESCRIPTION]
    score = pairs.parts @ WEIGHTS
    same_town, _ = pairs.agree("place")
    one_text = (pairs.parts[at, DESCRIPTION] >= ONE_TEXT_FROM) & (pairs.parts[at, TITLE] >= ITS_TITLE_FROM)
    alike = (score[at] >= SAME_FROM) | (same_town[at] & one_text)
    pairs.say(MatchRule.UNLIKE, at, ~alike & (score[at] < REVIEW_FROM))
    pairs.say(MatchRule.NEARLY_LIKE, at, ~alike)
    at = pairs.open
    pairs.rule[at] = np.where(pairs.doubt[at] == NONE, NUMBER[MatchRule.LIKE], pairs.doubt[at])
    answers = np.array([rule.answer.value for rule in RULES], object)[pairs.rule]
    at = np.arange(len(answers)) if all_pairs else np.flatnonzero(answers != Answer.DISTINCT.value)
    parts = {name: pairs.parts[at, n] for n, name in enumerate(("description", "title", "employer"))}
    rules = np.array([rule.value for rule in RULES], object)[pairs.rule[at]]
    return pd.DataFrame({"a": a[at], "b": b[at], "score": score[at], **parts, "answer": answers[at], "rule": rules})


def _street_employer_and_job(pairs: Pairs) -> None:
    """Two streets are two sites; under one SIRET somebody should look, for a head office's stands on many rows."""
    at = pairs.open
    elsewhere = apart(streets_apart, *pairs.sides("street", at))
    same_siret, _ = pairs.agree("siret")
    pairs.say(MatchRule.OTHER_STREET, at, elsewhere & ~same_siret[at])
    pairs.doubt[at[elsewhere]] = NUMBER[MatchRule.TWO_STREETS]
    at = pairs.open
    pairs.parts[at, EMPLOYER] = employers(*pairs.sides("employer", at))
    pairs.say(MatchRule.OTHER_EMPLOYER, at, pairs.parts[at, EMPLOYER] < EMPLOYER_FROM)
    at = pairs.open
    one, other = pairs.sides("title", at)
    pairs.parts[at, TITLE] = np.where((one == "") ^ (other == ""), UNTITLED, titles(one, other))
    pairs.say(MatchRule.OTHER_JOB, at, apart(jobs_apart, one, other))
    pairs.say(MatchRule.UNLIKE, at, 100 * WEIGHTS[DESCRIPTION] + pairs.parts[at][:, 1:] @ WEIGHTS[1:] < REVIEW_FROM)
