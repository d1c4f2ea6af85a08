"""Two sketches: the same offer, one for a person to look at, or distinct; and the rule that said so. Pure.

What decides, in order of weight: the site, the weeks, the employer, the job in the title; only then how like the texts
are. Why each threshold is what it is, and what each rule brings: docs/dedup.md.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from offers.matching import likeness
from offers.matching.answers import RULES, Answer, Rule
from offers.matching.pairs import DESCRIPTION, EMPLOYER, NONE, NUMBER, TITLE, Pairs, other_place_or_time

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
    return _told(pairs, score, all_pairs)


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
    told: np.ndarray = same_town[at] & texts
    return told


def _told(pairs: Pairs, score: np.ndarray, all_pairs: bool) -> pd.DataFrame:
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
