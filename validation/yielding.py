"""An optional cell never costs an offer: one that breaks a rule is emptied, and the employer is told what was in it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd

from offers.arrays import arrow, series, strings
from offers.cleaning.batch import canonical
from offers.cleaning.mending import Ledger
from offers.cleaning.repairs import EMPTIED
from offers.columns import BY_NAME, DECISIVE, Column, Kind
from offers.model import Cleaned
from validation.rule import Agreed, Rule
from validation.rules import RULES, shown

Broken = dict[int, list[int]]
"""The rows (positions) that break each rule, by its place in RULES."""


def yields(rule: Rule, agreed: Agreed) -> bool:
    """Whether what breaks the rule is taken out of the offer. A column that the feed requires was agreed to hold, and a
    rule on the offer itself (the hours of a minor) is none on how a cell was written."""
    column = BY_NAME[rule.column]
    needed = column.required or column.name in agreed.feed.require or column.name in DECISIVE
    return not (needed or rule.of_offer)


def yielding(broken: Broken, agreed: Agreed) -> Broken:
    """What of this costs no line."""
    return {rank: rows for rank, rows in broken.items() if yields(RULES[rank], agreed)}


def empty(frame: pd.DataFrame, given: Broken, cleaned: Cleaned, ledger: Ledger, agreed: Agreed) -> pd.DataFrame:
    """The frame without these cells; each is written down, with what the partner wrote there."""
    changed = {}
    for name, rows in _by_column(given).items():
        column, at = BY_NAME[name], np.unique(rows)
        after = _instead(column, agreed)
        lines = frame.index.to_numpy()[at]
        theirs = frame if cleaned.seen is None or name not in cleaned.seen else cleaned.seen
        seen = strings(shown(name, text) for text in arrow(theirs[name].reindex(lines)).to_pylist())
        ledger.note(name, lines, seen, strings([after] * len(at)), EMPTIED[column.kind])
        values = frame[name].to_numpy(object, copy=True)
        values[at] = after
        changed[name] = series(strings(text if isinstance(text, str) else None for text in values), frame[name])
    frame = frame.assign(**changed)
    if "siret" in changed:
        known = agreed.reference.organisations.recognise(frame["employer_name"], frame["siret"])
        frame = frame.assign(organisation=known)
    return frame


def without(broken: Broken, ranks: Iterable[int], rows: np.ndarray) -> Broken:
    """What is broken, but for these rules in these rows: they are asked anew."""
    asked = set(ranks)
    return {rank: np.setdiff1d(hit, rows).tolist() if rank in asked else hit for rank, hit in broken.items()}


def _by_column(given: Broken) -> Mapping[str, list[int]]:
    found: dict[str, list[int]] = {}
    for rank, rows in given.items():
        found.setdefault(RULES[rank].column, []).extend(rows)
    return found


def _instead(column: Column, agreed: Agreed) -> str | None:
    """A yes or no is one of the two: what the feed says of an empty cell, else what the house does."""
    if column.kind is not Kind.YES_NO:
        return None
    source = agreed.feed.mapping.get(column.name)
    said = source.default if source and source.default else column.default
    return canonical(column.name, said or "", agreed.feed, agreed.reference, agreed.year)
