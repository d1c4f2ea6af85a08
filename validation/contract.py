r"""The row contract: all rules as one pandera schema, and every broken one as a rejection that the employer reads.

    schema = contract(Agreed(feed, load(), SchoolYear.at(today)))
    print(*schema.columns["siret"].checks, *schema.checks, sep="\n")

shows it; `schema.validate(frame, lazy=True)` holds any frame of canonical text to it. A check is named by its rule, and
none ever drops a row: failures are mapped back to lines. References that repeat break nothing here: the lines are
counted as repeated.
"""

from __future__ import annotations

import copy
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pandera.pandas as pandera
import pyarrow as pa

from offers.arrays import arrow, pc, repeated, series, strings
from offers.calendar import SchoolYear
from offers.cleaning.batch import canonical
from offers.cleaning.mending import RepairLog
from offers.cleaning.repairs import EMPTIED
from offers.cleaning.vocabularies import Reference
from offers.columns import BY_NAME, COLUMNS, DECISIVE, Kind
from offers.feed import Feed
from offers.model import REJECTION_COLUMNS, TEXT, Checked, Cleaned, text_frame
from offers.wording import Language
from validation.rulebook import RULES
from validation.rulebook.refused import ORDER, refuse_repairs
from validation.rulebook.rule import Agreed, Holds, Rule, body, placed, shown

AS_IT_IS = (Kind.PROSE, Kind.REFERENCE)
"""Kinds whose values hardly repeat: finding the distinct ones would cost more than it saves."""

Rows = npt.NDArray[np.int64]
Broken = dict[int, Rows]
"""The rows (positions, ascending) that break each rule, by its place in RULES."""


def contract(agreed: Agreed, rules: Iterable[Rule] = RULES) -> pandera.DataFrameSchema:
    """The rules in force of those given: those on one column as checks of it, those on several as checks of the frame.

    Of the failures one case is shown with each check, for which rows broke it stands in its output.
    """
    alone: dict[str, list[pandera.Check]] = {}
    together, needed = [], set()
    for rule in rules:
        if not rule.in_force(agreed):
            continue
        if rule.on_missing:
            needed.add(rule.column)
        elif len(rule.columns) == 1:
            alone.setdefault(rule.column, []).append(_check(rule, agreed))
        else:
            together.append(_check(rule, agreed))
    columns = {
        column.name: pandera.Column(
            checks=alone.get(column.name),
            nullable=column.name not in needed,
            required=False,
            title=column.en,
            description=column.meaning_en,
        )
        for column in COLUMNS
        if column.name in alone or column.name in needed
    }
    return pandera.DataFrameSchema(columns, checks=together, name="offers")


def _check(rule: Rule, agreed: Agreed) -> pandera.Check:
    if isinstance(rule.holds, pandera.Check):
        check = copy.copy(rule.holds)
    elif len(rule.columns) == 1:
        check = pandera.Check(_hold, holds=rule.holds, agreed=agreed)
    else:
        check = pandera.Check(_hold, ignore_na=False, holds=rule.holds, agreed=agreed, columns=list(rule.columns))
    check.name, check.title, check.n_failure_cases = rule.name, rule.title[1], 1
    return check


def _hold(values: Any, *, holds: Holds, agreed: Agreed, columns: list[str] | None = None) -> pd.Series[bool]:
    return pd.Series(holds(values[columns] if columns else values, agreed), index=values.index)


def broken(frame: pd.DataFrame, rules: Iterable[Rule], agreed: Agreed) -> Broken:
    """The rows that break each of these rules; of a cell's, only the first rule that it breaks.

    A column is held against the contract value by value, several value combination by value combination: each once.
    """
    sent = frame.notna().any()
    together: dict[tuple[str, ...], list[Rule]] = {}
    for rule in rules:
        # Most feeds send half of the columns, and a check of one that is not sent is as dear as another.
        if rule.in_force(agreed) and (rule.on_missing or sent[rule.column]):
            together.setdefault(rule.columns, []).append(rule)
    whole = contract(agreed, [rule for asked in together.values() for rule in asked if len(rule.columns) == 1])
    found: Broken = {}
    numbered: dict[str, tuple[Rows, int]] = {}
    for columns, asked in together.items():
        if all(BY_NAME[name].kind in AS_IT_IS for name in columns):
            codes, values = np.arange(len(frame)), frame[list(columns)].reset_index(drop=True)
        else:
            numbered |= {name: distinct(frame[name]) for name in columns if name not in numbered}
            codes, first = combined([numbered[name] for name in columns])
            values = frame[list(columns)].iloc[first].reset_index(drop=True)
        held = whole.columns[columns[0]] if len(columns) == 1 else contract(agreed, asked)
        try:
            held.validate(values, lazy=True)
        except pandera.errors.SchemaErrors as errors:
            for error in errors.schema_errors:
                column = str(error.schema.name) if isinstance(error.schema, pandera.Column) else None
                if isinstance(error.check, pandera.Check):  # its output lacks the missing ones
                    fails, name = np.zeros(len(values), bool), str(error.check.name)
                    fails[error.check_output.index] = ~error.check_output.to_numpy(bool)
                else:
                    fails, name = values[str(column)].isna().to_numpy(), f"{column}_missing"
                found[RANK[column, name]] = np.flatnonzero(fails[codes])
    return first_of_each_cell(found, len(frame))


def distinct(values: pd.Series[str]) -> tuple[Rows, int]:
    """For each row the number of its value, missing being one, and how many there are."""
    codes, found = pd.factorize(values, use_na_sentinel=False)
    return codes.astype(np.int64), len(found)


def combined(columns: Sequence[tuple[Rows, int]]) -> tuple[Rows, Rows]:
    """For each row the number of its combination of values, and for each combination the first row that has it."""
    (codes, _), *others = columns
    for own, count in others:
        codes = pd.factorize(codes * count + own)[0].astype(np.int64)
    first = np.zeros(int(codes.max(initial=-1)) + 1, dtype=np.int64)
    first[codes[::-1]] = np.arange(len(codes) - 1, -1, -1)
    return codes, first


RANK: dict[tuple[str | None, str], int] = {
    (rule.column if len(rule.columns) == 1 else None, rule.name): rank for rank, rule in enumerate(RULES)
}


def first_of_each_cell(found: Broken, rows: int) -> Broken:
    """The same, with one rule for each cell of these so many rows: the first in the order of RULES."""
    told: dict[str, npt.NDArray[np.bool_]] = {}
    left: Broken = {}
    for rank in sorted(found):
        before = told.setdefault(RULES[rank].column, np.zeros(rows, bool))
        hit = found[rank][~before[found[rank]]]
        before[hit] = True
        if len(hit):
            left[rank] = hit
    return left


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
    found, ledger = broken(frame, RULES, agreed), RepairLog(headers, cleaned.sheets)
    while given := {rank: rows for rank, rows in found.items() if yields(RULES[rank], agreed)}:
        frame = empty(frame, given, cleaned, ledger, agreed)
        # The rules that look at the columns of these cells are asked anew, of their rows alone.
        columns = {RULES[rank].column for rank in given}
        asked = np.zeros(len(frame), bool)
        asked[np.concatenate(list(given.values()))] = True
        rows = np.flatnonzero(asked)
        again = {rank: rule for rank, rule in enumerate(RULES) if columns & set(rule.columns)}
        found = {rank: hit[~asked[hit]] if rank in again else hit for rank, hit in found.items()}
        for rank, hit in broken(frame.iloc[rows], again.values(), agreed).items():
            found[rank] = np.sort(np.concatenate([found.get(rank, hit[:0]), rows[hit]]))
        found = first_of_each_cell(found, len(frame))
    rejections = _rejections(found, frame, cleaned, headers, agreed)
    repairs = cleaned.repairs
    if ledger.parts:
        repairs = pd.concat([repairs, ledger.frame()]).sort_values("line", kind="stable", ignore_index=True)
    checked = Checked(frame.loc[~frame.index.isin(rejections["line"])], rejections, repairs)
    return refuse_repairs(checked, repairs, headers, feed, language)


def _rejections(
    found: Broken, frame: pd.DataFrame, cleaned: Cleaned, headers: Mapping[str, str], agreed: Agreed
) -> pd.DataFrame:
    """Whole columns at once, for a drop may break a rule on each line; each cell that occurs is put into words once."""
    parts = []
    for rule, rows in ((RULES[rank], rows) for rank, rows in found.items()):
        header, lines = headers.get(rule.column) or BY_NAME[rule.column].fr, frame.index.to_numpy()[rows]
        values = [_sent(rule.column, lines, frame, cleaned), *(frame[name].iloc[rows] for name in rule.columns)]
        codes, first = combined([distinct(column) for column in values])
        cells = list(zip(*(arrow(column.iloc[first]).to_pylist() for column in values), strict=True))
        worded = [body(rule, seen, tuple(ours), agreed, agreed.language) for seen, *ours in cells]
        numbers, each = pa.array(lines, pa.int64()), pa.array(codes)
        details, sentences, remedies = (
            strings(part or None for part in told).take(each) for told in zip(*worded, strict=True)
        )
        before, after, nothing = (
            pa.scalar(part, pa.large_string()) for part in (*placed(header, agreed.feed, agreed.language), "")
        )
        words = {
            "line": numbers,
            "field": repeated(rule.column, len(rows)),
            "column": repeated(header, len(rows)),
            "rule": repeated(rule.name, len(rows)),
            "value": strings(shown(rule.column, seen) for seen, *_ in cells).take(each),
            "detail": details,
            "sentence": pc.binary_join_element_wise(before, numbers.cast(pa.large_string()), after, sentences, nothing),
            "remedy": remedies,
        }
        parts.append(pa.table(words).select(REJECTION_COLUMNS))
    if not parts:
        return text_frame(REJECTION_COLUMNS)
    both = pa.concat_tables(parts)
    order = pc.index_in(both["field"], pa.array(ORDER, pa.large_string()))
    told = both.take(np.lexsort((order.to_numpy(), both["line"].to_numpy()))).to_pandas()
    return told.astype({name: TEXT for name in REJECTION_COLUMNS if name != "line"})


def _sent(column: str, lines: Rows, frame: pd.DataFrame, cleaned: Cleaned) -> pd.Series[str]:
    """What the partner wrote there, else what we made of it."""
    theirs = frame if cleaned.seen is None or column not in cleaned.seen else cleaned.seen
    return theirs[column].reindex(lines)


def yields(rule: Rule, agreed: Agreed) -> bool:
    """Whether what breaks the rule is taken out of the offer. A column that the feed requires was agreed to hold, and a
    rule on the offer itself (the hours of a minor) is none on how a cell was written."""
    column = BY_NAME[rule.column]
    needed = column.required or column.name in agreed.feed.require or column.name in DECISIVE
    return not (needed or rule.of_offer)


def empty(frame: pd.DataFrame, given: Broken, cleaned: Cleaned, ledger: RepairLog, agreed: Agreed) -> pd.DataFrame:
    """The frame without these cells; each is written down, with what the partner wrote there."""
    changed = {}
    by_column: dict[str, list[Rows]] = defaultdict(list)
    for rank, rows in given.items():
        by_column[RULES[rank].column].append(rows)
    for name, several in by_column.items():
        column, at = BY_NAME[name], np.sort(np.concatenate(several))  # a cell breaks one rule
        after = None
        if column.kind is Kind.YES_NO:  # one of the two: what the feed says of an empty cell, else what the house does
            source = agreed.feed.mapping.get(name)
            said = source.default if source and source.default else column.default
            after = canonical(name, said or "", agreed.feed, agreed.reference, agreed.year)
        lines = frame.index.to_numpy()[at]
        seen = strings(shown(name, text) for text in arrow(_sent(name, lines, frame, cleaned)).to_pylist())
        ledger.note(name, lines, seen, strings([after] * len(at)), EMPTIED[column.kind])
        emptied = np.zeros(len(frame), bool)
        emptied[at] = True
        values = pc.if_else(emptied, pa.scalar(after, pa.large_string()), arrow(frame[name]))
        changed[name] = series(values, frame[name])
    frame = frame.assign(**changed)
    if "siret" in changed:
        known = agreed.reference.organisations.recognise(frame["employer_name"], frame["siret"])
        frame = frame.assign(organisation=known)
    return frame
