"""Two records side by side, with the words that differ marked. Pure rendering."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import groupby
from typing import Any

from offers.text import fold_word

Words = tuple[tuple[str, bool], ...]
"""Runs of words, and whether the other side says something else there."""
BEGINNING = 500
"""Characters of a description that are shown: those that are compared."""
FIELDS = {
    "title": "title",
    "employer": "employer_name",
    "SIRET": "siret",
    "street": "street",
    "town": "town",
    "weeks": "weeks",
    "seats": "seats",
    "description": "description",
    "permalink": "permalink",
    "published": "published_on",
}
"""What is shown of a record, and the column that it is taken from."""


@dataclass(frozen=True)
class Line:
    """One field of two records."""

    name: str
    a: Words
    b: Words

    @property
    def differs(self) -> bool:
        """Whether anything is marked."""
        return any(marked for _, marked in (*self.a, *self.b))


def side_by_side(a: Mapping[str, Any], b: Mapping[str, Any]) -> list[Line]:
    """A line per field that one of two records says; case, accents and punctuation make no difference."""
    lines = []
    for name, column in FIELDS.items():
        one, other = ("" if side[column] is None else str(side[column]) for side in (a, b))
        if one or other:
            lines.append(Line(name, *marked(one[:BEGINNING], other[:BEGINNING])))
    return lines


def marked(one: str, other: str) -> tuple[Words, Words]:
    """Both texts as runs of words, each with whether the other lacks it at that place."""
    words, theirs = one.split(), other.split()
    plain, plain_theirs = [*map(fold_word, words)], [*map(fold_word, theirs)]
    matcher = SequenceMatcher(None, plain, plain_theirs, autojunk=False)
    same = {at for start, _, size in matcher.get_matching_blocks() for at in range(start, start + size)}
    same_there = {at for _, start, size in matcher.get_matching_blocks() for at in range(start, start + size)}
    return _runs(words, plain, same), _runs(theirs, plain_theirs, same_there)


def bracketed(words: Words) -> str:
    """`Découverte [de l'atelier]`: for where there is no colour."""
    return " ".join(f"[{run}]" if differs else run for run, differs in words)


def _runs(words: list[str], plain: list[str], same: set[int]) -> Words:
    differs = [at not in same and bool(plain[at]) for at in range(len(words))]
    runs = groupby(zip(words, differs, strict=True), key=lambda word: word[1])
    return tuple((" ".join(word for word, _ in run), marked) for marked, run in runs)
