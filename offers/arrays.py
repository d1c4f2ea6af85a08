"""Columns of text as Arrow arrays, and what is done to whole columns: folded, by distinct values, hashed. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from hashlib import sha256
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as arrow_compute

from offers.text import LIGATURES

pc: Any = arrow_compute  # the published stubs do not know all of it
Texts = Any
"""A large_string array; the published stubs say too little of it to be of use."""


def arrow(values: pd.Series[str]) -> Any:
    """The column as one Arrow array of large strings, without a copy where it is one already; missing is null."""
    found: Any = pa.array(values, from_pandas=True)
    if isinstance(found, pa.ChunkedArray):  # so comes a column that was put together from several
        found = found.combine_chunks()
    return found.cast(pa.large_string())


def texts_of(values: pd.Series[str]) -> Any:
    """The same; missing becomes ""."""
    return pc.fill_null(arrow(values), "")


def series(texts: Texts, like: pd.Series[str]) -> pd.Series[str]:
    """An Arrow array as a `str` column with the index and name of another."""
    return pd.Series(pd.array(texts, dtype="str"), index=like.index, name=like.name)


def strings(values: Iterable[str | None]) -> Any:
    """Text, None for missing, as an Arrow array of large strings."""
    return pa.array(list(values), pa.large_string())


def repeated(word: str, count: int) -> Any:
    """The same text so many times."""
    return pa.repeat(pa.scalar(word, pa.large_string()), count)


def column_of(frame: pd.DataFrame, name: str) -> pd.Series[str]:
    """A column of the frame; one without a single value where it has none of this name."""
    if name in frame:
        return frame[name]
    nothing: Any = pa.nulls(len(frame), pa.large_string())
    return pd.Series(pd.array(nothing, dtype="str"), index=frame.index, name=name)


def longer(texts: Texts, most: int) -> Any:
    """True where a value is there and has more than `most` characters."""
    return pc.fill_null(pc.greater(pc.utf8_length(texts), pa.scalar(most, pa.int64())), False)


def matching(texts: Texts, pattern: str) -> Any:
    """True where a value is there and matches; RE2 syntax, one pass over the bytes."""
    return pc.fill_null(pc.match_substring_regex(texts, pattern), False)


def without(texts: Texts, mask: Any) -> Any:
    """The texts, missing where the mask (of Arrow or numpy) is true."""
    return pc.if_else(pa.array(mask), pa.scalar(None, pa.large_string()), texts)


def at_rows(rows: npt.ArrayLike, count: int) -> np.ndarray:
    """A mask of `count` rows that is true at these positions."""
    mask = np.zeros(count, bool)
    mask[np.asarray(rows)] = True
    return mask


def rows_matching(texts: Texts, pattern: str) -> np.ndarray:
    """The positions of the values that match."""
    return np.flatnonzero(np.asarray(matching(texts, pattern)))


def unlike(texts: Texts, pattern: str) -> Any:
    """True where a value is there and does not match."""
    return pc.fill_null(pc.invert(pc.match_substring_regex(texts, pattern)), False)


def is_empty(texts: Texts) -> np.ndarray:
    """Which texts are empty."""
    empty: np.ndarray = pc.equal(texts, "").to_numpy(zero_copy_only=False)
    return empty


def coded(texts: Texts) -> tuple[np.ndarray, Texts]:
    """For each text the number of its value (int32), and the distinct values; no nulls."""
    found = texts.dictionary_encode()
    return found.indices.to_numpy(), found.dictionary


def of_distinct(texts: Texts, change: Callable[[Texts], Texts]) -> Texts:
    """The change of an array of text (same length, nulls kept), made to its distinct values only."""
    found = texts.dictionary_encode()
    return change(found.dictionary).take(found.indices)


def on_distinct(values: pd.Series[str], change: Callable[[Texts], Texts]) -> pd.Series[str]:
    """The same for a column."""
    return series(of_distinct(arrow(values), change), values)


def fold(values: pd.Series[str]) -> pd.Series[str]:
    """Lower case, no accents, every run of other signs one space: `L'Haÿ-les-Roses` -> `l hay les roses`.

    Takes and gives a `str` Series with its index; missing stays missing. Folding the folded changes nothing.
    """
    found = arrow(values).dictionary_encode()
    texts = pc.utf8_lower(found.dictionary)
    plain = pc.string_is_ascii(texts)
    if not pc.all(plain).as_py():  # most words are ASCII already, and only the others need the two dear steps
        bare = pc.utf8_lower(pc.utf8_normalize(texts.filter(pc.invert(plain)), form="NFKD"))
        bare = pc.replace_substring_regex(bare, r"\p{M}+", "")
        for sign, letters in LIGATURES.items():
            bare = pc.replace_substring(bare, sign, letters)
        texts = pc.replace_with_mask(texts, pc.invert(plain), bare)
    texts = pc.utf8_trim(pc.replace_substring_regex(texts, r"[^\p{L}\p{N}]+", " "), " ")
    return series(texts.take(found.indices), values)


_MISSING = "\x00"
_BETWEEN = pa.scalar("\x1f", pa.large_string())


def row_hash(frame: pd.DataFrame, names: Sequence[str], version: str) -> np.ndarray:
    """The first 8 bytes of SHA-256 over `version` and each row's columns, as int64, one per row.

    Columns that the frame lacks count as missing; any other column, and the index, count for nothing. Cleaned text
    holds no control character, so the marks between and instead of values are unmistakable. The result does not
    depend on the process, pandas, Arrow or the machine.
    """
    if frame.empty:
        return np.empty(0, dtype="int64")
    columns: list[Any] = [pa.scalar(version, pa.large_string())]
    for name in names:
        texts: Any = pa.scalar(_MISSING, pa.large_string())
        if name in frame.columns:  # in its chunks: nothing is copied
            texts = pc.fill_null(pa.array(frame[name], type=pa.large_string(), from_pandas=True), _MISSING)
        columns.append(texts)
    joined = pc.binary_join_element_wise(*columns, _BETWEEN)
    # One call of a C hash per record: measured 0.25 s for 200 000 records of 890 bytes, where hashing the distinct
    # values of each column took 1.0 s and pandas.util.hash_pandas_object, which promises no stability, 1.9 s.
    digests: list[bytes] = []
    chunks: list[Any] = joined.chunks if isinstance(joined, pa.ChunkedArray) else [joined]
    for chunk in chunks:
        _, offsets, data = chunk.buffers()
        ends = np.frombuffer(offsets, dtype="<i8")[chunk.offset : chunk.offset + len(chunk) + 1].tolist()
        view = memoryview(data)
        digests += [sha256(view[a:b]).digest()[:8] for a, b in pairwise(ends)]
    return np.frombuffer(b"".join(digests), dtype="<i8").astype("int64")
