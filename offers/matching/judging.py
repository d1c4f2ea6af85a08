"""Two sketches: the same offer, one for a person to look at, or distinct; and the rule that said so. Pure.

What decides, in order of weight: the site, the weeks, the employer, the job in the title; only then how like the texts
are. Thresholds and what each brings: docs/dedup.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import pandas as pd

from offers.matching import likeness

SAME_FROM, REVIEW_FROM = 90.0, 80.0
OF_DESCRIPTION, OF_TITLE, OF_EMPLOYER = 0.45, 0.35, 0.20
EMPLOYER_FROM = 60.0
LOWEST = (REVIEW_FROM - 100 * (OF_TITLE + OF_EMPLOYER)) / OF_DESCRIPTION
"""Under this likeness of descriptions no pair can reach REVIEW_FROM."""
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
    LIKE = "like"
    NEARLY_LIKE = "nearly_like"
    SOME_WEEKS = "some_weeks"
    AMBIGUOUS = "ambiguous"
    DECIDED = "decided"


RULES = tuple(Rule)
_NUMBER = {rule: np.int8(number) for number, rule in enumerate(RULES)}


@dataclass
class _Pairs:
    """Pairs on their way to an answer: `rule` is -1 as long as none was given."""

    sketches: pd.DataFrame
    a: np.ndarray
    b: np.ndarray

    def __post_init__(self) -> None:
        self.rule = np.full(len(self.a), -1, np.int8)
        self.parts = np.full((len(self.a), 3), np.nan, np.float32)
        self._columns: dict[str, np.ndarray] = {}

    def sides(self, name: str, at: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """A column of both sketches of the pairs `at`."""
        column = self._columns.setdefault(name, self.sketches[name].to_numpy(object))
        return column[self.a[at]], column[self.b[at]]

    def codes(self, name: str) -> tuple[np.ndarray, np.ndarray, int]:
        """The column of all pairs as numbers, and the number of "" (-1 where none is empty)."""
        codes, distinct = pd.factorize(self.sketches[name].to_numpy(object))
        empty = np.flatnonzero(distinct == "")
        return codes[self.a], codes[self.b], int(empty[0]) if len(empty) else -1

    def undecided(self) -> np.ndarray:
        return np.flatnonzero(self.rule < 0)

    def veto(self, at: np.ndarray, holds: np.ndarray, rule: Rule) -> None:
        hit = at[holds]
        self.rule[hit[self.rule[hit] < 0]] = _NUMBER[rule]


def judge(sketches: pd.DataFrame, a: np.ndarray, b: np.ndarray, all_pairs: bool = False) -> pd.DataFrame:
    """PAIR_COLUMNS for pairs of positions in `sketches` (SKETCHED); distinct ones only where `all_pairs`."""
    pairs = _Pairs(sketches, a, b)
    same_siret, some_weeks = _site_and_weeks(pairs)
    _texts(pairs, same_siret, cutoff=0 if all_pairs else LOWEST)
    score = pairs.parts @ np.array([OF_DESCRIPTION, OF_TITLE, OF_EMPLOYER], np.float32)
    at = pairs.undecided()
    pairs.veto(at, score[at] < REVIEW_FROM, Rule.UNLIKE)
    at = pairs.undecided()
    pairs.veto(at, score[at] < SAME_FROM, Rule.NEARLY_LIKE)
    at = pairs.undecided()
    pairs.veto(at, some_weeks[at], Rule.SOME_WEEKS)
    pairs.veto(at, ~some_weeks[at], Rule.LIKE)
    return _told(pairs, score, all_pairs)


def _site_and_weeks(pairs: _Pairs) -> tuple[np.ndarray, np.ndarray]:
    """The vetoes that need no text; gives where both have one SIRET, and where the weeks are in part the same."""
    everything = np.arange(len(pairs.a))
    feed, other, _ = pairs.codes("feed")
    row, own, none = pairs.codes("own_row")
    pairs.veto(everything, (feed == other) & (row != none) & (own != none), Rule.ROWS_KEPT_APART)
    one, two, none = pairs.codes("siret")
    pairs.veto(everything, (one != two) & (one != none) & (two != none), Rule.OTHER_SIRET)
    same_siret = (one == two) & (one != none)
    for name in ("place", "department"):
        one, two, none = pairs.codes(name)
        pairs.veto(everything, (one != two) & (one != none) & (two != none), Rule.OTHER_TOWN)
    shared = _weeks_shared(pairs)
    pairs.veto(everything, shared == 0, Rule.OTHER_WEEKS)
    return same_siret, shared == 1


def _weeks_shared(pairs: _Pairs) -> np.ndarray:
    """0: none, 1: some, 2: all, or one of them unknown."""
    codes, distinct = pd.factorize(pairs.sketches["weeks"].to_numpy(object))
    weeks = [frozenset(str(text).split()) for text in distinct]
    said = [[2 if not (w and v) or w == v else int(bool(w & v)) for v in weeks] for w in weeks]
    shared: np.ndarray = np.array(said, np.int8).reshape(len(weeks), len(weeks))[codes[pairs.a], codes[pairs.b]]
    return shared


def _texts(pairs: _Pairs, same_siret: np.ndarray, cutoff: float) -> None:
    """The vetoes and likenesses that look at texts, the cheap ones first; each only where nothing is said yet."""
    at = pairs.undecided()
    at = at[~same_siret[at]]
    pairs.veto(at, likeness.other_street(*pairs.sides("street", at)).astype(bool), Rule.OTHER_STREET)
    at = pairs.undecided()
    pairs.parts[at, 2] = likeness.employers(*pairs.sides("employer", at))
    pairs.veto(at, pairs.parts[at, 2] < EMPLOYER_FROM, Rule.OTHER_EMPLOYER)
    at = pairs.undecided()
    pairs.parts[at, 1] = likeness.titles(*pairs.sides("title", at))
    at = at[pairs.parts[at, 1] < 100]
    pairs.veto(at, likeness.other_job(*pairs.sides("title", at)).astype(bool), Rule.OTHER_JOB)
    at = pairs.undecided()
    best = 100 * OF_DESCRIPTION + pairs.parts[at, 1] * OF_TITLE + pairs.parts[at, 2] * OF_EMPLOYER
    pairs.veto(at, best < REVIEW_FROM, Rule.UNLIKE)
    at = pairs.undecided()
    pairs.parts[at, 0] = likeness.descriptions(*pairs.sides("description", at), cutoff)


_ANSWERS = dict.fromkeys(RULES, Answer.DISTINCT) | {
    Rule.LIKE: Answer.SAME, Rule.NEARLY_LIKE: Answer.REVIEW, Rule.SOME_WEEKS: Answer.REVIEW,
}  # fmt: skip


def _told(pairs: _Pairs, score: np.ndarray, all_pairs: bool) -> pd.DataFrame:
    answers = np.array([_ANSWERS[rule].value for rule in RULES], object)[pairs.rule]
    at = np.arange(len(answers)) if all_pairs else np.flatnonzero(answers != Answer.DISTINCT.value)
    columns = {
        "a": pairs.a[at],
        "b": pairs.b[at],
        "score": score[at],
        "description": pairs.parts[at, 0],
        "title": pairs.parts[at, 1],
        "employer": pairs.parts[at, 2],
        "answer": answers[at],
        "rule": np.array([rule.value for rule in RULES], object)[pairs.rule[at]],
    }
    return pd.DataFrame(columns)
