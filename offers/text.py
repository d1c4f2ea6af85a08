"""How words are compared everywhere: without case, accents or punctuation. Pure; whole columns on Arrow kernels."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from typing import Any
from unicodedata import combining

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

LIGATURES = {"œ": "oe", "æ": "ae", "ß": "ss", "ø": "o", "ł": "l"}
"""Letters that Unicode does not take apart, so that dropping accents leaves them as they are."""


def fold(values: pd.Series[str]) -> pd.Series[str]:
    """Lower case, no accents, every run of other signs one space: `L'Haÿ-les-Roses` -> `l hay les roses`.

    Takes and gives a `str` Series with its index; missing stays missing. Folding the folded changes nothing.
    """
    return on_distinct(values, _fold)


def fold_word(value: str) -> str:
    """The same for one word, in plain Python: compiling Arrow's expressions would cost a millisecond each time."""
    plain = "".join(s for s in unicodedata.normalize("NFKD", value.lower()).lower() if not combining(s))
    for sign, letters in LIGATURES.items():
        plain = plain.replace(sign, letters)
    return " ".join("".join(s if s.isalnum() else " " for s in plain).split())


def on_distinct(values: pd.Series[str], change: Callable[[Any], Any]) -> pd.Series[str]:
    """Apply a change of an Arrow array of text (same length, nulls kept) to a column's distinct values only."""
    codes, distinct = pd.factorize(values)
    changed = change(pa.array(distinct, pa.large_string(), from_pandas=True))
    text = pc.take(changed, pa.array(codes, mask=codes < 0))
    return pd.Series(text.to_pandas().array, index=values.index, name=values.name, dtype="str")


def _fold(text: Any) -> Any:
    text = pc.utf8_lower(pc.utf8_normalize(pc.utf8_lower(text), form="NFKD"))
    text = pc.replace_substring_regex(text, r"\p{M}+", "")
    for sign, letters in LIGATURES.items():
        text = pc.replace_substring(text, sign, letters)
    return pc.utf8_trim(pc.replace_substring_regex(text, r"[^\p{L}\p{N}]+", " "), " ")
