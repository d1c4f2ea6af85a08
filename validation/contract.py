"""The row contract: all rules in one lazy pass of pandera, and every broken one as a rejection that the employer reads.

No check ever drops a row here: failures are mapped back to lines.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

import numpy as np
import pandas as pd
import pyarrow as pa

from offers.arrays import arrow, pc, repeated, series, strings
from offers.calendar import SchoolYear
from offers.cleaning.batch import canonical
from offers.cleaning.mending import RepairLog
from offers.cleaning.repairs import EMPTIED
from offers.cleaning.vocabularies import Reference
from offers.columns import BY_NAME, DECISIVE, Kind
from offers.feed import Feed
from offers.model import REJECTION_COLUMNS, TEXT, Checked, Cleaned, text_frame
from offers.wording import Language
from validation.rulebook import RULES
from validation.rulebook.refused import refuse_repairs
from validation.rulebook.rule import Agreed, Rule, body, placed, shown
from validation.schema import Broken, Rows, broken, combined, distinct, first_of_each_cell

ORDER = {name: at for at, name in enumerate(BY_NAME)}


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
        found = _asked_anew(frame, found, given, agreed)
    rejections = _rejections(found, frame, cleaned, headers, agreed)
    repairs = cleaned.repairs
    if ledger.parts:
        repairs = pd.concat([repairs, ledger.frame()]).sort_values("line", kind="stable", ignore_index=True)
    checked = Checked(frame.loc[~frame.index.isin(rejections["line"])], rejections, repairs)
    return refuse_repairs(checked, repairs, headers, feed, language)


def _asked_anew(frame: pd.DataFrame, found: Broken, given: Broken, agreed: Agreed) -> Broken:
    """What is broken once these cells are empty: the rules that look at their columns, asked of their rows alone."""
    columns = {RULES[rank].column for rank in given}
    asked = np.zeros(len(frame), bool)
    asked[np.concatenate(list(given.values()))] = True
    rows = np.flatnonzero(asked)
    again = {rank: rule for rank, rule in enumerate(RULES) if columns & set(rule.columns)}
    left = {rank: hit[~asked[hit]] if rank in again else hit for rank, hit in found.items()}
    for rank, hit in broken(frame.iloc[rows], again.values(), agreed).items():
        left[rank] = np.sort(np.concatenate([left.get(rank, hit[:0]), rows[hit]]))
    return first_of_each_cell(left, len(frame))


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
