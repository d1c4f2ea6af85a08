"""What a person sees before deciding: what releasing a drop would change, and two records side by side. Pure rendering.

The preview of a release is made when the drop is held, and stored with the delivery rather than made anew on demand: at
that moment both sides are at hand, it is what the gate judged, and it still explains the decision when the standing has
moved on or the bytes are purged. What the rules of today would make of the drop is said by `quai replay --dry-run`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import groupby
from typing import Any

import pandas as pd

from offers.columns import BY_NAME, NAMES, Kind
from offers.model import Changes
from offers.text import fold_word

EXAMPLES = 5
_TITLES = ("reference", "title", "city")
_LONGEST = 120
_NUMBERS = (Kind.DECIMAL, Kind.INTEGER)
PUBLIC = tuple(name for name in NAMES if not BY_NAME[name].personal)

Record = Mapping[str, str]


def needed(changes: Changes) -> list[str]:
    """The references whose standing content `preview` shows."""
    return [*changes.updated["reference"].head(EXAMPLES), *changes.withdrawn[:EXAMPLES]]


def preview(changes: Changes, stood: Mapping[str, Record]) -> dict[str, Any]:
    """Counts, and examples of each: who comes, what differs (before, after), who goes. JSON-ready, nothing personal.

    `stood`: what stands under the references of `needed`, canonical text by column.
    """
    return {
        "created": len(changes.created),
        "updated": len(changes.updated) + changes.closing,
        "unchanged": changes.unchanged,
        "withdrawn": len(changes.withdrawn),
        "examples": {
            "created": [_named(record) for record in _records(changes.created)],
            "updated": [_changed(record, stood.get(record["reference"], {})) for record in _records(changes.updated)],
            "withdrawn": [_named({"reference": gone, **stood.get(gone, {})}) for gone in changes.withdrawn[:EXAMPLES]],
        },
    }


def lines(said: Mapping[str, Any]) -> list[str]:
    """The preview as lines for a terminal; none where a delivery was held before previews were kept."""
    if not said:
        return []
    counts = ", ".join(f"{said[name]:,} {name}" for name in ("created", "updated", "unchanged", "withdrawn"))
    out = [f"Releasing it would mean, as of when it was held or a release was last refused: {counts}."]
    for what, examples in said["examples"].items():
        out += [f"  {what}: {_line(example)}" for example in examples]
        more = said[what] - len(examples)
        out += [f"  {what}: and {more:,} more"] if examples and more > 0 else []
    return out


def _line(example: Mapping[str, Any]) -> str:
    named = " · ".join(example[name] for name in _TITLES if name in example)
    pairs = ((name, *("(empty)" if one is None else f"« {one} »" for one in pair))
             for name, pair in example.get("changed", {}).items())  # fmt: skip
    changed = "; ".join(f"{name}: {before} → {after}" for name, before, after in pairs)
    return f"{named} ({changed})" if changed else named


def _records(frame: pd.DataFrame) -> list[dict[str, str]]:
    rows = frame.head(EXAMPLES)[[name for name in PUBLIC if name in frame.columns]].to_dict("records")
    return [{str(name): str(value) for name, value in row.items() if not pd.isna(value)} for row in rows]


def _named(record: Record) -> dict[str, Any]:
    return {name: _short(record[name]) for name in _TITLES if name in record}


def _changed(after: Record, before: Record) -> dict[str, Any]:
    if not before:
        return _named(after)
    both = ((name, before.get(name), after.get(name)) for name in PUBLIC)
    differ = {name: [_short(b), _short(a)] for name, b, a in both if not _same(name, b, a)}
    return {**_named(after), "changed": differ}


def _same(name: str, before: str | None, after: str | None) -> bool:
    if before is not None and after is not None and BY_NAME[name].kind in _NUMBERS:
        return float(before) == float(after)
    return before == after


def _short(value: str | None) -> str | None:
    return value if value is None or len(value) <= _LONGEST else value[: _LONGEST - 1] + "…"


Runs = tuple[tuple[str, bool], ...]
"""Runs of words, and whether the other side says something else there."""
BEGINNING = 500
"""Characters of a description that are shown: those that are compared."""
FIELDS = {
    "title": "title", "employer": "employer_name", "SIRET": "siret", "street": "street", "town": "town",
    "weeks": "weeks", "seats": "seats", "description": "description", "permalink": "permalink",
    "published": "published_on",
}  # fmt: skip
"""What is shown of a record, and the column that it is taken from."""


@dataclass(frozen=True)
class FieldPair:
    """One field of two records."""

    name: str
    a: Runs
    b: Runs

    @property
    def differs(self) -> bool:
        """Whether anything is marked."""
        return any(marked for _, marked in (*self.a, *self.b))


def side_by_side(a: Mapping[str, Any], b: Mapping[str, Any]) -> list[FieldPair]:
    """A line per field that one of two records says; case, accents and punctuation make no difference."""
    told = []
    for name, column in FIELDS.items():
        one, other = ("" if side[column] is None else str(side[column]) for side in (a, b))
        if one or other:
            told.append(FieldPair(name, *marked(one[:BEGINNING], other[:BEGINNING])))
    return told


def marked(one: str, other: str) -> tuple[Runs, Runs]:
    """Both texts as runs of words, each with whether the other lacks it at that place."""
    sides = one.split(), other.split()
    plain, theirs = ([*map(fold_word, words)] for words in sides)
    blocks = SequenceMatcher(None, plain, theirs, autojunk=False).get_matching_blocks()
    same = {at for start, _, size in blocks for at in range(start, start + size)}
    same_there = {at for _, start, size in blocks for at in range(start, start + size)}
    return _runs(sides[0], plain, same), _runs(sides[1], theirs, same_there)


def _runs(words: list[str], plain: list[str], same: set[int]) -> Runs:
    differs = [at not in same and bool(plain[at]) for at in range(len(words))]
    runs = groupby(zip(words, differs, strict=True), key=lambda word: word[1])
    return tuple((" ".join(word for word, _ in run), marked) for marked, run in runs)


def bracketed(runs: Runs) -> str:
    """`Découverte [de l'atelier]`: for where there is no colour."""
    return " ".join(f"[{run}]" if differs else run for run, differs in runs)
