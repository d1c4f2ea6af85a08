"""The row contract: all rules in one lazy pass of pandera, and every broken one as a rejection that the employer reads.

Pandera is given each column once, and for a rule on several columns one helper column: the number of the row's distinct
combination. Predicates see distinct values only. No check ever drops a row here: failures are mapped back to lines.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any, cast

import numpy as np
import numpy.typing as npt
import pandas as pd
import pandera.pandas as pa

from offers.arrays import arrow, series, strings
from offers.calendar import SchoolYear
from offers.cleaning.batch import canonical
from offers.cleaning.mending import Ledger
from offers.cleaning.repairs import EMPTIED
from offers.cleaning.vocabularies import Reference
from offers.columns import BY_NAME, DECISIVE, Column, Kind
from offers.feed import Feed
from offers.model import REJECTION_COLUMNS, Checked, Cleaned, text_frame
from offers.wording import Language
from validation.rulebook import RULES
from validation.rulebook.refused import refuse_repairs
from validation.rulebook.rule import Agreed, Mask, Rule, Value, body, prefix, shown

AS_IT_IS = (Kind.PROSE, Kind.REFERENCE)
"""Kinds whose values hardly repeat: finding the distinct ones would cost more than it saves."""

RANK = {id(rule): rank for rank, rule in enumerate(RULES)}
ORDER = {name: at for at, name in enumerate(BY_NAME)}
Broken = dict[int, list[int]]
"""The rows (positions) that break each rule, by its place in RULES."""
Codes = npt.NDArray[np.int64]


class Distinct:
    """The distinct values of columns, and of combinations of columns, each found once."""

    def __init__(self, frame: pd.DataFrame) -> None:
        self.frame = frame
        self._known: dict[tuple[str, ...], tuple[Codes, Any]] = {}

    def of(self, columns: tuple[str, ...]) -> tuple[Codes, Any]:
        """For each row the number of its value or combination, and these: a Series, or a frame; -1 is missing."""
        if columns not in self._known:
            self._known[columns] = self._one(columns[0]) if len(columns) == 1 else self._several(columns)
        return self._known[columns]

    def _one(self, name: str) -> tuple[Codes, Any]:
        codes, values = pd.factorize(self.frame[name])
        return codes.astype(np.int64), pd.Series(values, dtype="str", name=name)

    def _several(self, columns: tuple[str, ...]) -> tuple[Codes, Any]:
        combined = np.zeros(len(self.frame), dtype=np.int64)
        for name in columns:
            codes, values = self._one(name) if BY_NAME[name].kind in AS_IT_IS else self.of((name,))
            combined, _ = pd.factorize(combined * (len(values) + 1) + codes + 1)
        first = np.zeros(int(combined.max(initial=-1)) + 1, dtype=np.int64)
        first[combined[::-1]] = np.arange(len(combined) - 1, -1, -1)
        return combined.astype(np.int64), self.frame[list(columns)].iloc[first].reset_index(drop=True)


def check(
    cleaned: Cleaned,
    headers: Mapping[str, str],
    feed: Feed,
    reference: Reference,
    year: SchoolYear,
    language: Language = Language.FRENCH,
) -> Checked:
    """Hold every row of a cleaned frame (all of `offers.columns.NAMES`, unique index `line`) against every rule.

    Gives the rows that broke none, one rejection per broken cell (REJECTION_COLUMNS), by line, and the repairs that the
    feed takes. A broken cell of an optional column is emptied, which is a repair, and costs its row nothing.
    """
    agreed = Agreed(feed, reference, year, language)
    frame = cleaned.frame
    if not frame.index.is_unique:
        raise AssertionError("a batch is indexed by its lines, and each line once")
    rules = [rule for rule in RULES if rule.in_force(agreed)]
    broken, ledger = _broken(frame, rules, agreed), Ledger(headers, cleaned.sheets)
    while given := yielding(broken, agreed):
        frame = empty(frame, given, cleaned, ledger, agreed)
        broken = _asked_anew(frame, broken, given, rules, agreed)
    rejections = _rejections(broken, replace(cleaned, frame=frame), headers, agreed)
    repairs = cleaned.repairs
    if ledger.parts:
        repairs = pd.concat([repairs, ledger.frame()]).sort_values("line", kind="stable", ignore_index=True)
    checked = Checked(frame.loc[~frame.index.isin(rejections["line"])], rejections, repairs)
    return refuse_repairs(checked, repairs, headers, feed, language)


def _asked_anew(frame: pd.DataFrame, broken: Broken, given: Broken, rules: list[Rule], agreed: Agreed) -> Broken:
    """What is broken once these cells are empty: the rules that look at their columns, asked of their rows alone."""
    columns = {RULES[rank].column for rank in given}
    rows = np.unique(np.concatenate([np.array(hit, dtype=np.int64) for hit in given.values()]))
    again = [rule for rule in rules if columns & set(rule.columns)]
    left = without(broken, (RANK[id(rule)] for rule in again), rows)
    found = {rank: rows[hit].tolist() for rank, hit in _broken(frame.iloc[rows], again, agreed).items()}
    both = [(rank, row) for part in (left, found) for rank, hit in part.items() for row in hit]
    return _first_per_cell(pd.DataFrame(both, columns=["check", "index"]))


def _broken(frame: pd.DataFrame, rules: list[Rule], agreed: Agreed) -> dict[int, list[int]]:
    """The rows (positions) that break each rule (by rank), one rule per cell: the first in order."""
    distinct = Distinct(frame)
    sent = frame.notna().any()
    columns: dict[str, list[pa.Check]] = defaultdict(list)
    held: dict[str, Any] = {}
    for rule in rules:
        if len(rule.columns) == 1 and not (rule.on_missing or sent[rule.column]):
            continue  # most feeds send half of the columns, and a check of one that is not sent is as dear as another
        key = "+".join(rule.columns)
        held[key] = frame[rule.column].array if len(rule.columns) == 1 else distinct.of(rule.columns)[0]
        columns[key].append(pa.Check(_vectorised(rule, distinct, agreed), name=str(RANK[id(rule)]), ignore_na=False))
    table = pd.DataFrame(held)
    checks = {name: pa.Column(checks=found, nullable=True) for name, found in columns.items()}
    try:
        pa.DataFrameSchema(checks).validate(table, lazy=True)
    except pa.errors.SchemaErrors as errors:
        return _first_per_cell(errors.failure_cases)
    return {}


def _vectorised(rule: Rule, distinct: Distinct, agreed: Agreed) -> Callable[[pd.Series[Any]], pd.Series[bool]]:
    def holds(values: pd.Series[Any]) -> pd.Series[bool]:
        return pd.Series(_fine(rule, distinct, agreed), index=values.index)

    return holds


def _fine(rule: Rule, distinct: Distinct, agreed: Agreed) -> Mask:
    if rule.holds is None:
        return np.ones(len(distinct.frame), dtype=bool)
    if rule.on_missing or (len(rule.columns) == 1 and BY_NAME[rule.column].kind in AS_IT_IS):
        return rule.holds(distinct.frame[rule.column], agreed)
    codes, values = distinct.of(rule.columns)
    verdict = rule.holds(values, agreed)
    return np.append(verdict, True)[codes]  # the value of missing, which is code -1


def _first_per_cell(failures: pd.DataFrame) -> dict[int, list[int]]:
    ranks = failures["check"].astype(np.int64)
    cells = pd.DataFrame({"row": failures["index"].astype(np.int64), "rank": ranks})
    cells["column"] = ranks.map({rank: rule.column for rank, rule in enumerate(RULES)})
    cells = cells.sort_values("rank", kind="stable").drop_duplicates(["row", "column"])
    return {cast(int, rank): rows.tolist() for rank, rows in cells.groupby("rank")["row"]}


def _rejections(
    broken: dict[int, list[int]], cleaned: Cleaned, headers: Mapping[str, str], agreed: Agreed
) -> pd.DataFrame:
    if not broken:
        return text_frame(REJECTION_COLUMNS)
    told = [_told(RULES[rank], np.sort(np.array(rows)), cleaned, headers, agreed) for rank, rows in broken.items()]
    both = pd.concat(told, ignore_index=True)
    return both.take(np.lexsort((both["field"].map(ORDER), both["line"]))).reset_index(drop=True)


def _told(rule: Rule, rows: Codes, cleaned: Cleaned, headers: Mapping[str, str], agreed: Agreed) -> pd.DataFrame:
    """The rejections of one rule, column by column, for a drop may break it on each line; each value is told once."""
    header = headers.get(rule.column) or BY_NAME[rule.column].fr
    seen = _seen(rule.column, rows, cleaned)
    cells = list(zip(seen, zip(*(_at(cleaned.frame[name], rows) for name in rule.columns), strict=True), strict=True))
    words = {cell: body(rule, *cell, agreed, agreed.language) for cell in dict.fromkeys(cells)}
    kept = {value: shown(rule.column, value) for value in dict.fromkeys(seen)}
    lines = cleaned.frame.index[rows].tolist()
    told = {
        "line": lines,
        "field": rule.column,
        "column": header,
        "rule": rule.name,
        "value": [kept[value] for value in seen],
        "detail": [words[cell][0] or None for cell in cells],
        "sentence": [
            prefix(line, header, agreed.feed, agreed.language) + words[cell][1]
            for line, cell in zip(lines, cells, strict=True)
        ],
        "remedy": [words[cell][2] for cell in cells],
    }
    return text_frame(REJECTION_COLUMNS, told)


def _at(values: pd.Series[str], rows: Codes) -> list[Value]:
    """The values of some rows, None for missing."""
    return cast(list[Value], arrow(values.iloc[rows]).to_pylist())


def _seen(column: str, rows: Codes, cleaned: Cleaned) -> list[Value]:
    """What the partner wrote there, else what we made of it."""
    if cleaned.seen is None or column not in cleaned.seen:
        return _at(cleaned.frame[column], rows)
    return _at(cleaned.seen[column], cleaned.seen.index.get_indexer(cleaned.frame.index[rows]))


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
