"""Over-long prose is shortened at the end of a sentence; the whole text is kept beside it."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from offers.cleaners.mending import Ledger, arrow, longer, series, strings

SENTENCE_END = re.compile(
    r"(?:(?<![.!?…])(?<!\b[A-ZÀ-Ý])|(?<=\b[A-ZÀ-Ý][.!?…]))[.!?…]++[\"»”)]*+(?=\s|$)|(?<=\S)(?=\n)"
)
"""After an initial, a first dot ends nothing and a second one does."""
LEAST_SHARE = 0.5
"""A sentence that ends before this share of the limit would lose too much: the text is then cut between two words."""


def shortened(text: str, most: int) -> str:
    """At most `most` characters: up to the last whole sentence, else the last whole word and `…`; idempotent.

    A single word that is longer than the limit is cut inside: the limit is hard.
    """
    if len(text) <= most:
        return text
    ends = [found.end() for found in SENTENCE_END.finditer(text, 0, most + 1) if found.end() <= most]
    if ends and ends[-1] >= most * LEAST_SHARE:
        return text[: ends[-1]].rstrip()
    space = max(text.rfind(" ", 0, most), text.rfind("\n", 0, most))
    return text[: space if space > 0 else most - 1].rstrip(" \n,;:-–—(") + "…"


def shorten(values: pd.Series[str], most: int, ledger: Ledger) -> tuple[pd.Series[str], pd.Series[str] | None]:
    """The column within its limit, and the whole texts of those that were shortened (None: none was)."""
    texts = arrow(values)
    long = longer(texts, most)
    rows = np.flatnonzero(np.asarray(long))
    if not len(rows):
        return values, None
    whole = texts.take(pa.array(rows))
    short = strings(shortened(text, most) for text in whole.to_pylist())
    ledger.note(str(values.name), values.index.to_numpy()[rows], whole, short, "shortened")
    full = pc.if_else(long, texts, pa.scalar(None, pa.large_string()))
    return series(pc.replace_with_mask(texts, long, short), values), series(full, values)
