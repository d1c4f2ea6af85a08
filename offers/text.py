"""How words are compared everywhere: without case, accents or punctuation. Pure; whole columns on Arrow kernels."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from unicodedata import category

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from offers.nearest import normalized

LIGATURES = {"œ": "oe", "æ": "ae", "ß": "ss", "ø": "o", "ł": "l"}
"""Letters that Unicode does not take apart, so that dropping accents leaves them as they are."""


def fold(values: pd.Series[str]) -> pd.Series[str]:
    """Lower case, no accents, every run of other signs one space: `L'Haÿ-les-Roses` -> `l hay les roses`.

    Takes and gives a `str` Series with its index; missing stays missing. Folding the folded changes nothing.
    """
    return on_distinct(values, _fold)


def fold_word(value: str) -> str:
    """The same for one word, in plain Python: compiling Arrow's expressions would cost a millisecond each time."""
    plain = "".join(s for s in normalized("NFKD", value.lower()).lower() if not category(s).startswith("M"))
    for sign, letters in LIGATURES.items():
        plain = plain.replace(sign, letters)
    return " ".join("".join(s if s.isalnum() else " " for s in plain).split())


def on_distinct(values: pd.Series[str], change: Callable[[Any], Any]) -> pd.Series[str]:
    """Apply a change of an Arrow array of text (same length, nulls kept) to a column's distinct values only."""
    whole: Any = pa.array(values, pa.large_string(), from_pandas=True)
    if isinstance(whole, pa.ChunkedArray):  # so comes a column that was put together from several
        whole = whole.combine_chunks()
    coded = whole.dictionary_encode()
    text = change(coded.dictionary).take(coded.indices)
    return pd.Series(text.to_pandas().array, index=values.index, name=values.name, dtype="str")


def _fold(text: Any) -> Any:
    """Most words are ASCII already, and only the others need the two dear steps."""
    text = pc.utf8_lower(text)
    plain = pc.string_is_ascii(text)
    if not pc.all(plain).as_py():
        text = pc.replace_with_mask(text, pc.invert(plain), _unaccent(text.filter(pc.invert(plain))))
    return pc.utf8_trim(pc.replace_substring_regex(text, r"[^\p{L}\p{N}]+", " "), " ")


def _unaccent(text: Any) -> Any:
    kernels: Any = pc  # the published stubs do not know utf8_normalize
    text = kernels.utf8_lower(kernels.utf8_normalize(text, form="NFKD"))
    text = kernels.replace_substring_regex(text, r"\p{M}+", "")
    for sign, letters in LIGATURES.items():
        text = kernels.replace_substring(text, sign, letters)
    return text
