"""How like two titles, employers, streets and descriptions are, 0 to 100 each; each pair of distinct values once.

The measures are rapidfuzz's: `ratio` is 100 x 2 x the longest common subsequence / both lengths; `token_sort_ratio` the
same over the words in order of the alphabet, `token_set_ratio` over what is common and what is not.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from rapidfuzz import fuzz
from rapidfuzz.distance import OSA
from rapidfuzz.process import cpdist

from offers.matching.normal import COMPARED

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
    return _on_distinct(one, other, lambda a, b: _beginnings(a, b, cutoff))


def other_street(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Whether two known streets are not the same: other numbers, or other names."""
    return _on_distinct(one, other, lambda a, b: np.fromiter(map(streets_apart, a, b), bool, len(a)))


def other_town(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Whether two known towns are not the same: neither name holds the other (`strasbourg`, `strasbourg ville`)."""
    return _on_distinct(one, other, lambda a, b: np.fromiter(map(towns_apart, a, b), bool, len(a)))


def other_job(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Whether each title has a word of its own that says another job: the exclusive tokens."""
    return _on_distinct(one, other, lambda a, b: np.fromiter(map(_jobs_apart, a, b), bool, len(a)))


def _on_distinct(one: Any, other: Any, measure: Callable[[np.ndarray, np.ndarray], np.ndarray]) -> np.ndarray:
    """Measure each pair of distinct values once; 200 000 pairs often hold a few thousand."""
    if not len(one):
        return np.empty(0)
    (left, a), (right, b) = _factorized(one), _factorized(other)
    codes, at = np.unique(left.astype(np.int64) * len(b) + right, return_inverse=True)
    first, second = np.divmod(codes, len(b))
    return measure(a[first], b[second])[at]


def _factorized(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    codes, distinct = pd.factorize(values)
    return codes, np.asarray(distinct, dtype=object)


def _compared(one: np.ndarray, other: np.ndarray, scorer: Any, cutoff: float = 0) -> np.ndarray:
    scores: np.ndarray = cpdist(one, other, scorer=scorer, score_cutoff=cutoff, workers=WORKERS, dtype=np.float32)
    return scores


def _beginnings(one: np.ndarray, other: np.ndarray, cutoff: float) -> np.ndarray:
    lengths = np.minimum(np.fromiter(map(len, one), int, len(one)), np.fromiter(map(len, other), int, len(other)))
    cut = np.where(lengths < CUT, COMPARED, lengths).tolist()
    begun = [text[:length] for text, length in zip(one, cut, strict=True)]
    others = [text[:length] for text, length in zip(other, cut, strict=True)]
    return _compared(begun, others, fuzz.ratio, cutoff)  # type: ignore[arg-type]  # cpdist takes any sequence


def towns_apart(one: str, other: str) -> bool:
    """Whether two towns in normal form, both known, are not one."""
    words, theirs = set(one.split()), set(other.split())
    return not (words <= theirs or theirs <= words)


def streets_apart(one: str, other: str) -> bool:
    """Whether two streets in normal form, both known, are not one."""
    number, _, name = _numbered(one)
    second, _, their = _numbered(other)
    if number and second and number != second:
        return True
    return bool(name and their) and fuzz.token_set_ratio(name, their) < 85


def _numbered(street: str) -> tuple[str, str, str]:
    first, between, rest = street.partition(" ")
    return (first, between, rest) if first[:1].isdigit() else ("", "", street)


def _jobs_apart(one: str, other: str) -> bool:
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
