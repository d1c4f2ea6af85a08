"""How a profile is computed: once per delivery, on whole columns, from what reading, cleaning and comparing left."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from hashlib import blake2b
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from offers.arrays import arrow, pc
from offers.calendar import friday_of
from offers.columns import BY_NAME, Kind
from offers.examined import Examined
from offers.feed import Feed
from offers.gate.profile import QUANTILES, ColumnProfile, Past, Profile, usual
from offers.model import Changes
from offers.text import plain

SKETCH = 32
LONG = 120
"""Bytes from which on the texts of a column count as long."""
SAMPLE = 20_000
"""Distinct values are estimated on so many rows, evenly spaced, where texts are long or most of them distinct."""
VOCABULARY = 200
FEW_WORDS = 12
"""More distinct words than VOCABULARY, or than FEW_WORDS and one to ten rows, are no vocabulary, and are not kept."""
WORD = 80
UNKNOWN_MOST = 50
UNKNOWN_RULES = {"sector_unknown": "sector"}
"""The rules that refuse a word for want of a lookup, and the column whose lookups lack it."""
SHAPED = (Kind.DATE, Kind.WEEKS)


def profile(
    examined: Examined,
    feed: Feed,
    changes: Changes,
    standing: int,
    announced: int | None,
    today: date,
    history: tuple[Past, ...] = (),
) -> Profile:
    """The profile of one delivery; `standing` counts what stands now, `history` is newest first."""
    kept, present = examined.kept, tuple(map(str, examined.batch.frame.columns))
    before = history[0].profile.headers if history else present
    published = pc.max(arrow(kept["published_on"])).as_py() if "published_on" in kept else None
    newest, ends = date.fromisoformat(published) if published else None, _ends(kept)
    ended = sum(count for day, count in ends.items() if day < today.isoformat())
    by_plain, columns = {plain(header): header for header in present}, {}
    for name, text in ((str(name), text) for name, text in examined.mapped.items()):
        asked = map(plain, feed.mapping[name].headers if name in feed.mapping else ())
        theirs = tuple(dict.fromkeys(by_plain[header] for header in asked if header in by_plain))
        columns[name] = column_profile(text, theirs, BY_NAME[name].kind in SHAPED)
    return Profile(
        feed=feed.slug,
        full=feed.scope == "full",
        read=examined.batch.read,
        ignored=len(examined.ignored),
        kept=len(kept),
        rejected=examined.rejected,
        repeated=len(examined.repeated),
        standing=standing,
        created=len(changes.created),
        updated=len(changes.updated) - changes.revived,
        unchanged=changes.unchanged - changes.closed_before,
        withdrawn=len(changes.withdrawn) - changes.lapsed,
        announced=announced,
        usual=usual(history, today, changes.closing),
        headers=present,
        headers_added=tuple(header for header in present if header not in before),
        headers_gone=tuple(header for header in before if header not in present),
        ignored_by=_counts(examined.ignored["reason"]),
        rejected_by=_counts(examined.rejections["rule"]),
        unknown=_unknown(examined.rejections),
        words=_words(examined.batch.frame, feed),
        columns=columns,
        sectors=_shares(kept, "sector"),
        departments=_shares(kept, "department"),
        weeks=_shares(kept, "weeks"),
        newest=newest.isoformat() if newest else None,
        newest_age=(today - newest).days if newest else None,
        seats=int(pc.sum(pc.cast(arrow(kept["seats"]), pa.int64())).as_py() or 0) if "seats" in kept else 0,
        ends=ends,
        ended=ended,
        over=len(examined.over),
        closed=changes.closing,
        revived=changes.revived,
    )


def column_profile(text: pd.Series[str], headers: tuple[str, ...] = (), shaped: bool = False) -> ColumnProfile:
    """One column of text. `headers`: the partner's, that gave it; `shaped`: say how it is written."""
    array = arrow(text)
    given = array.drop_null() if array.null_count else array
    if not len(given):
        return ColumnProfile(headers, 1.0 if len(array) else 0.0)
    long = given.nbytes / len(given) > LONG
    lengths = pc.binary_length(given) if long else pc.utf8_length(given)
    sample = given.take(pa.array(np.arange(0, len(given), -(-len(given) // SAMPLE)))) if len(given) > SAMPLE else given
    share = len(sample.dictionary_encode().dictionary) / len(sample)
    distinct = round(share * len(given))
    if sample is not given and not long and share <= 0.5:
        distinct = len(given.dictionary_encode().dictionary)
    # Alphabetical order, for a partial sort costs 5 ms where hashing 200 000 descriptions costs 250.
    least = given.take(pc.select_k_unstable(given, k=min(4 * SKETCH, len(given)), sort_keys=[("", "ascending")]))
    first = sorted(set(least.to_pylist()))[:SKETCH]
    return ColumnProfile(
        headers=headers,
        null_share=array.null_count / len(array),
        distinct=distinct,
        lengths=tuple(map(float, pc.quantile(lengths, q=list(QUANTILES)).to_pylist())),
        shapes=_shapes(given) if shaped else {},
        sketch=tuple(blake2b(value.encode(), digest_size=6).hexdigest() for value in first),
    )


def _shapes(given: Any) -> dict[str, float]:
    """`99/99/9999` for `03/02/2026`: how the values are written, the four most frequent ways."""
    coded = given.slice(0, SAMPLE).dictionary_encode()
    shapes = pc.replace_substring_regex(pc.replace_substring_regex(coded.dictionary, r"\d", "9"), r"\p{L}+", "a")
    counted = pc.value_counts(shapes.take(coded.indices)).to_pylist()
    total = sum(one["counts"] for one in counted)
    first = sorted(counted, key=lambda one: (-one["counts"], one["values"]))[:4]
    return {one["values"][:WORD]: round(one["counts"] / total, 4) for one in first}


def _counts(words: pd.Series[str]) -> dict[str, int]:
    return {str(word): int(count) for word, count in words.value_counts().items()}


def _shares(kept: pd.DataFrame, column: str) -> dict[str, float]:
    if column not in kept or kept.empty:
        return {}
    counted = pc.value_counts(arrow(kept[column]).dictionary_encode()).to_pylist()
    return {str(one["values"]): one["counts"] / len(kept) for one in counted if one["values"] is not None}


def _unknown(rejections: pd.DataFrame) -> dict[str, dict[str, int]]:
    refused = rejections[rejections["rule"].isin(list(UNKNOWN_RULES)) & rejections["value"].notna()]
    if refused.empty:
        return {}
    by_column = refused["value"].groupby(refused["rule"].map(UNKNOWN_RULES))
    most = {str(column): words.value_counts().head(UNKNOWN_MOST) for column, words in by_column}
    return {
        column: {str(word)[:WORD]: int(count) for word, count in counted.items()} for column, counted in most.items()
    }


def _words(frame: pd.DataFrame, feed: Feed) -> dict[str, dict[str, int]]:
    """The words of the columns that filters read; not of those that hold whole texts."""
    words: dict[str, dict[str, int]] = {}
    for header in sorted({header for one in feed.filter for header in one.columns if header in frame}):
        array = arrow(frame[header])
        if not len(array) or array.nbytes / len(array) > LONG:
            continue
        coded = array.dictionary_encode()
        if len(coded.dictionary) <= min(VOCABULARY, max(FEW_WORDS, len(array) / 10)):
            counted = pc.value_counts(coded).to_pylist()
            words[header] = {one["values"][:WORD]: one["counts"] for one in counted if one["values"]}
    return {header: counts for header, counts in words.items() if counts}


def _ends(kept: pd.DataFrame) -> dict[str, int]:
    """How many records end on each day: their own last day, or the Friday of their last week where it is earlier."""
    said = kept.reindex(columns=["expires_on", "weeks"])
    counted = said.groupby(["expires_on", "weeks"], dropna=False).size().reset_index()
    ends: dict[str, int] = {}
    for day, weeks, count in counted.itertuples(index=False):
        days = [day] if isinstance(day, str) else []
        days += [friday_of(weeks[-8:]).isoformat()] if isinstance(weeks, str) else []
        if days:
            ends[min(days)] = ends.get(min(days), 0) + int(count)
    return ends


def shift(one: Mapping[str, float], others: Iterable[Mapping[str, float]]) -> float:
    """How far shares lie from the mean of others: half the sum of the differences, 0 (alike) to 1 (nothing shared)."""
    several = list(others)
    names = {name for shares in (one, *several) for name in shares}
    mean = {name: sum(shares.get(name, 0.0) for shares in several) / len(several) for name in names} if several else {}
    return sum(abs(one.get(name, 0.0) - mean.get(name, 0.0)) for name in names) / 2 if several else 0.0
