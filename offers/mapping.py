"""Partner headers to our columns: what the feed's mapping, filter, constants and lookups say, on whole columns.

Values stay the partner's: cleaning mends them later. Only what is mapped is taken, so that personal data nobody asked
for goes no further than the drop.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from offers.arrays import arrow, fold, matching, of_distinct, on_distinct, series, strings, without
from offers.cleaning.characters import PART, REPEAT
from offers.cleaning.nothing import WHOLE, is_nothing, nothing_in, whole
from offers.columns import BY_NAME, PLACE, Kind
from offers.feed import Feed, Filter
from offers.headers import PLACES_LEFT, Headers
from offers.model import CELL_COLUMNS, IGNORED_COLUMNS, TEXT, Batch, Mapped, text_frame
from offers.text import fold_word, plain, unaccented

PLACE_NUMBER = "#place"
"""The reader's own column, where a feed takes each place as an offer: the number of the place in its record."""
ONE = ("reference", *PLACE, "seats")
"""Columns of which several values are none: a rule refuses the line."""
WITH_MARKUP = (Kind.LINE, Kind.PROSE, Kind.CITY)


def map_columns(batch: Batch, feed: Feed) -> Mapped:
    """A batch in our columns: those of `feed.carried`, in the order of the record, for the rows no filter leaves aside.

    A mapped header that the drop lacks leaves its column empty and is a finding: `stop` where a required column then
    has nothing to come from. Raises nothing: what is wrong with a drop is a value.
    """
    headers = Headers(tuple(batch.frame.columns), feed)
    ignored = _ignored(batch.frame, feed.filter, headers)
    frame = batch.frame[~batch.frame.index.isin(ignored["line"])] if len(ignored) else batch.frame
    headers.rows = len(frame)
    cells = Cells(batch, frame.index)
    columns: dict[str, pd.Series[str]] = {}
    for column in feed.carried:
        if column in feed.constants:
            columns[column] = pd.Series(feed.constants[column], index=frame.index, dtype=TEXT)
        else:
            columns[column] = _column(frame, column, feed, headers, cells)
    if feed.places == "each" and PLACE_NUMBER in frame and "reference" in columns:
        columns["reference"] = _of_each_place(frame[PLACE_NUMBER], columns)
        headers.used(PLACE_NUMBER)
    if PLACES_LEFT in frame:
        headers.places_left(frame[PLACES_LEFT].dropna().astype("int64"))
    mapped = pd.DataFrame(columns, index=frame.index)
    return Mapped(mapped, headers.titles(), ignored, headers.conclude(), batch.sheets, tuple(cells.used))


def _column(frame: pd.DataFrame, column: str, feed: Feed, headers: Headers, cells: Cells) -> pd.Series[str]:
    source = feed.mapping[column]
    repeat = source.repeat if feed.format.of_elements else ""
    marked = BY_NAME[column].kind in WITH_MARKUP
    theirs = headers.of(column, source)
    texts = [_text(cells.of(column, frame[header]), repeat, marked) for header in theirs]
    if len(texts) > 1 and source.pattern is None:
        texts = [cells.saying(column, header, text) for header, text in zip(theirs, texts, strict=True)]
    if source.join is not None and len(texts) > 1:
        texts = [_joined(texts, source.join, marked)]
    if source.pattern is not None:
        given = _first_given(texts, frame.index).notna()
        texts = [_matched(text, source.pattern) for text in texts]
        headers.unmatched(column, source, int((given & _first_given(texts, frame.index).isna()).sum()))
        texts = [text.mask(text == "") for text in texts]
    value = _first_given(texts, frame.index)
    if repeat is None and column not in ONE:
        several = value.str.contains(REPEAT, regex=False, na=False)
        if several.any():  # none is worse than the other: all of them, and a finding
            headers.several(column, value.index[several].tolist())
            value = _text(value, ", ", marked)
    if column in feed.lookups and column != "sector":  # vocabularies answers for sectors, with their names and NAF
        ours = {fold_word(theirs): answer for theirs, answer in feed.lookup(column).items()}
        answers = fold(value).map(ours).astype("str")
        value = answers.where(answers.notna(), value)
    return value


def _of_each_place(number: pd.Series[str], columns: Mapping[str, pd.Series[str]]) -> pd.Series[str]:
    """References that tell the places of one record apart: `V-1@69003-lyon`, by code and town, whatever their order.

    Places of one record with the same code and town are counted: `V-1@75011-paris-2`. Where that is too long for a
    reference, eight digits of its checksum stand for the place.
    """
    reference = columns["reference"]
    record = (number == "1").cumsum().to_numpy()
    parts = [fold(columns[name]) for name in ("postal_code", "city") if name in columns]
    place = _joined(parts, " ").str.replace(" ", "-") if parts else pd.Series(None, index=reference.index, dtype=TEXT)
    same = pd.DataFrame({"record": record, "place": place.fillna("")}, index=reference.index)
    again = same.groupby(["record", "place"]).cumcount() + 1
    suffix = "@" + place.fillna("")
    suffix = suffix.where(again == 1, suffix + "-" + again.astype("str"))
    one = ~reference.str.contains(REPEAT, regex=False, na=True)
    long = (reference + suffix).str.len() > (BY_NAME["reference"].most or 0)
    suffix = suffix.mask(long, suffix.map(lambda text: f"@{hashlib.sha256(text.encode()).hexdigest()[:8]}"))
    return reference.where(~one, reference + suffix).astype("str")


def _first_given(texts: list[pd.Series[str]], index: pd.Index[int]) -> pd.Series[str]:
    value = texts[0] if texts else pd.Series(None, index=index, dtype=TEXT)
    for other in texts[1:]:
        value = value.where(value.notna(), other)
    return value


def _blank(array: Any) -> Any:
    trimmed: Any = pc.utf8_trim_whitespace(array)
    return pc.equal(trimmed, pa.scalar("", pa.large_string()))


def _text(text: pd.Series[str], repeat: str | None, marked: bool = False) -> pd.Series[str]:
    """One column of the drop: blank is missing, and an element that comes several times is made one text.

    Where `repeat` is None, what differs stays apart.
    """
    array = arrow(text)
    if repeat != "" and pc.any(pc.match_substring(array, REPEAT)).as_py():
        array = pc.utf8_trim(pc.replace_substring_regex(array, rf"{REPEAT}[{REPEAT}\s]*", REPEAT), REPEAT)
        if repeat is None:
            # Each value of a record once: the same thing said twice is one thing.
            array = of_distinct(
                array,
                lambda texts: strings(
                    REPEAT.join(dict.fromkeys(map(str.strip, said.split(REPEAT)))) if REPEAT in said else said
                    for said in texts.to_pylist()
                ),
            )
        elif repeat == "first":
            array = pc.replace_substring_regex(array, f"(?s){REPEAT}.*", "")
        else:
            plain = pc.replace_substring(array, REPEAT, repeat)
            apart = pc.replace_substring(array, REPEAT, PART + repeat + PART)
            array = pc.if_else(_with_markup(array), apart, plain) if marked else plain
    # Looked for at the head first: trimming whole descriptions costs their copy.
    if pc.any(_blank(pc.utf8_slice_codeunits(array, 0, 4))).as_py():
        array = without(array, _blank(array))
    return series(array, text)


def _with_markup(array: Any) -> Any:
    return pc.fill_null(pc.match_substring(array, "<"), False)


def _joined(texts: list[pd.Series[str]], joiner: str, marked: bool = False) -> pd.Series[str]:
    parts = list(map(arrow, texts))
    whole = _put_together(parts, joiner)
    if marked and pc.any(_with_markup(whole)).as_py():
        whole = pc.if_else(_with_markup(whole), _put_together(parts, PART + joiner + PART), whole)
    return series(whole, texts[0])


def _put_together(parts: list[Any], joiner: str) -> Any:
    whole, *others = parts
    between = pa.scalar(joiner, pa.large_string())
    for other in others:  # two by two: null_handling="skip" loses the rows where every part is null (pyarrow 26)
        whole = pc.coalesce(pc.binary_join_element_wise(whole, other, between), whole, other)
    return whole


def _matched(text: pd.Series[str], pattern: str) -> pd.Series[str]:
    """What the group matched: missing where the pattern found nothing, "" where it found that there is nothing."""
    search = re.compile(pattern).search

    def found_in_each(value: str) -> str | None:
        hits = [hit for one in value.split(REPEAT) if (hit := search(one))]
        return REPEAT.join(dict.fromkeys((hit.group(1) or "").strip() for hit in hits)) if hits else None

    return on_distinct(text, lambda values: strings(map(found_in_each, values.to_pylist())))


def _ignored(frame: pd.DataFrame, filters: Iterable[Filter], headers: Headers) -> pd.DataFrame:
    """The rows that do not pass a filter. An empty cell is no word that is kept, and no word that is dropped."""
    reason = pd.Series(None, index=frame.index, dtype=TEXT)
    for one in filters:
        left = reason.isna().to_numpy()
        rows = frame.loc[left, headers.of_filter(one, int(left.sum()))]
        texts = [_text(rows[header], " ") for header in rows]
        text = _joined(texts, " ") if len(texts) > 1 else _first_given(texts, rows.index)
        words = one.keep or one.drop
        if words is not None:
            hit = fold(text).isin([fold_word(word) for word in words]).to_numpy()
        else:
            search = re.compile(unaccented(one.keep_matching or one.drop_matching or ""), re.IGNORECASE).search
            codes, distinct = pd.factorize(text)
            hit = np.array([*(search(plain(value)) is not None for value in distinct), False], bool)[codes]
        reason[rows.index[~hit if one.keeps else hit]] = one.reason
    aside = reason[reason.notna()]
    return text_frame(IGNORED_COLUMNS, {"line": aside.index.to_numpy(), "reason": aside.to_numpy()})


_ADDRESSES = {Kind.URL: r"(?i)https?://\S+", Kind.EMAIL: r"(?i)mailto:[^@\s]+@[^@\s]+"}
"""What a link leads to that an address may be taken from, by the kind of the column that it is meant for."""
_ADDRESS_ITSELF = re.compile(r"(?i)\s*(?:https?://|www\.|[^\s@]+@)\S+\s*")


class Cells:
    """The cells of one batch of which its reader says something, as far as they feed our columns.

    `used` gathers for each of our columns what was said (CELL_COLUMNS) of the cells that it is made of.
    """

    def __init__(self, batch: Batch, lines: pd.Index[int]) -> None:
        said = (text_frame(CELL_COLUMNS) if frame is None else frame for frame in (batch.cells, batch.links))
        self.mended, self.links = (frame[frame["line"].isin(lines)] if len(frame) else frame for frame in said)
        self.used: list[tuple[str, pd.DataFrame]] = []

    def of(self, column: str, values: pd.Series[str]) -> pd.Series[str]:
        """The cells that one of our columns is made of: where an address is meant, that which a link leads to."""
        header = str(values.name)
        if len(self.mended):
            self.used.append((column, self.mended[self.mended["header"] == header]))
        kind = BY_NAME[column].kind
        if kind not in _ADDRESSES or self.links.empty:
            return values
        led = self.links[(self.links["header"] == header) & self.links["after"].str.fullmatch(_ADDRESSES[kind])]
        shown = values.loc[led["line"]].fillna("")
        led = led[~shown.str.fullmatch(_ADDRESS_ITSELF).to_numpy()]
        if led.empty:
            return values
        self.used.append((column, led))
        values = values.copy()
        values.loc[led["line"]] = led["after"].str.replace(r"(?i)^mailto:([^?]+).*", r"\1", regex=True).to_numpy()
        return values

    def saying(self, column: str, header: str, values: pd.Series[str]) -> pd.Series[str]:
        """One of several cells that make a value: none where it says that there is nothing, `12` where it is `12.0`."""
        texts = arrow(values)
        odd = nothing_in(texts) | np.asarray(matching(texts, WHOLE))
        if not odd.any():
            return values
        kind, before = BY_NAME[column].kind, values[odd]
        after = before.map(lambda cell: None if is_nothing(cell, kind) else whole(cell), na_action="ignore")
        after = after.astype("str")
        why = np.where(after.isna(), "placeholder", "number_form")
        cells = {"line": before.index, "header": header, "before": before, "after": after, "why": why}
        changed = (after != before).to_numpy()
        self.used.append((column, pd.DataFrame(cells)[changed].reset_index(drop=True)))
        values = values.copy()
        values[odd] = after
        return values
