"""Lines that are one offer, the same but for their reference or nearly: told in a sentence, a table row, a sheet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

import pandas as pd

from offers.changes import Copies, Group
from offers.sheets import named
from reports.returns.words import Words

NAMED = 12
"""Lines and references of one group named in a sentence; the CSV has a row for each."""
SHOWN = 100
"""Groups shown on the page."""


@dataclass(frozen=True)
class United:
    """The page's section: why, what to do, and the first groups as (lines, references, what they are online)."""

    note: str
    remedy: str
    rows: tuple[tuple[str, str, str], ...]
    groups: int


def sentence(group: Group, copies: Copies, words: Words) -> str:
    """« Lignes 12, 15 et 18 : une seule offre, 3 places. »"""
    key = "united_sentence_first" if copies.repeated == "keep_first" else "united_sentence"
    lines = words("united_lines", lines=_lines(group, copies, words))
    return words(key, lines=lines, seats=words.count(group.seats, "seat"))


def how_to_write(headers: Mapping[str, str], words: Words) -> str:
    """How to write the same otherwise, with the partner's own column of seats where there is one."""
    own = headers.get("seats")
    column = words("seats_column", column=own) if own else words("seats_column_missing")
    return words.typeset(words("united_remedy", column=column))


def united(copies: Copies, headers: Mapping[str, str], words: Words) -> United | None:
    """What the page says; None where no line was united with another."""
    if not copies.united:
        return None
    rows = tuple(
        (
            _lines(group, copies, words),
            _some(list(group.references[:NAMED]), len(group.references), "other_reference", words),
            words("united_effect", seats=words.count(group.seats, "seat")),
        )
        for group in islice(copies.groups(), SHOWN)
    )
    note = words.typeset(f"{words('united_note')} {words(f'united_{copies.repeated}')}")
    return United(note, how_to_write(headers, words), rows, int(copies.lines["first"].nunique()))


def each_line(copies: Copies, words: Words) -> pd.DataFrame:
    """The united lines: line, reference, first, seats (its own), seats_in_all and sentence (its group's)."""
    if not copies.united:
        return pd.DataFrame(columns=["line", "reference", "first", "seats", "seats_in_all", "sentence"])
    groups = list(copies.groups())
    sizes = [len(group.lines) for group in groups]
    told = pd.Series([sentence(group, copies, words) for group in groups], dtype="str")
    seats = pd.Series([group.seats for group in groups], dtype="int64")
    return copies.lines.assign(
        seats_in_all=seats.repeat(sizes).to_numpy(), sentence=told.repeat(sizes).reset_index(drop=True)
    )


def _lines(group: Group, copies: Copies, words: Words) -> str:
    return _some([named(line, copies.sheets) for line in group.lines[:NAMED]], len(group.lines), "other_line", words)


def _some(named: Sequence[str], total: int, noun: str, words: Words) -> str:
    """`12, 15 et 18`, or the first of many and how many more there are."""
    more = total - len(named)
    rest = [words.count(more, noun)] if more else []
    *before, last = [*named, *rest]
    return words("and").join([", ".join(before), last]) if before else last
