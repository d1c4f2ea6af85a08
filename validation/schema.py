r"""The row contract as one pandera schema, made of COLUMNS and the rules, and the rows that break each of its checks.

    schema = contract(Agreed(feed, load(), SchoolYear.at(today)))
    print(*schema.columns["siret"].checks, *schema.checks, sep="\n")

shows it; `schema.validate(frame, lazy=True)` holds any frame of canonical text to it. A check is named by its rule.
References that repeat break nothing here: the lines are counted as repeated.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pandera.pandas as pa

from offers.columns import BY_NAME, COLUMNS, Kind
from validation.rulebook import RULES
from validation.rulebook.rule import Agreed, Holds, Rule

AS_IT_IS = (Kind.PROSE, Kind.REFERENCE)
"""Kinds whose values hardly repeat: finding the distinct ones would cost more than it saves."""

Rows = npt.NDArray[np.int64]
Broken = dict[int, Rows]
"""The rows (positions, ascending) that break each rule, by its place in RULES."""


def contract(agreed: Agreed, rules: Iterable[Rule] = RULES) -> pa.DataFrameSchema:
    """The rules in force of those given: those on one column as checks of it, those on several as checks of the frame.

    Of the failures one case is shown with each check, for which rows broke it stands in its output.
    """
    alone: dict[str, list[pa.Check]] = {}
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
        column.name: pa.Column(
            checks=alone.get(column.name),
            nullable=column.name not in needed,
            required=False,
            title=column.en,
            description=column.meaning_en,
        )
        for column in COLUMNS
        if column.name in alone or column.name in needed
    }
    return pa.DataFrameSchema(columns, checks=together, name="offers")


def _check(rule: Rule, agreed: Agreed) -> pa.Check:
    if isinstance(rule.holds, pa.Check):
        check = copy.copy(rule.holds)
    elif len(rule.columns) == 1:
        check = pa.Check(_hold, holds=rule.holds, agreed=agreed)
    else:
        check = pa.Check(_hold, ignore_na=False, holds=rule.holds, agreed=agreed, columns=list(rule.columns))
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
        except pa.errors.SchemaErrors as errors:
            for error in errors.schema_errors:
                column = str(error.schema.name) if isinstance(error.schema, pa.Column) else None
                if isinstance(error.check, pa.Check):  # its output lacks the missing ones
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
