"""What a reader says of single cells, as what it means for our columns: repairs, and the addresses behind links."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from offers.cleaners.nothing import WHOLE, is_nothing, nothing_in, whole
from offers.columns import BY_NAME, Kind
from offers.model import CELL_COLUMNS, Batch, text_frame

_ADDRESSES = {Kind.URL: r"(?i)https?://\S+", Kind.EMAIL: r"(?i)mailto:[^@\s]+@[^@\s]+"}
"""What a link leads to that an address may be taken from, by the kind of the column that it is meant for."""
_ADDRESS_ITSELF = re.compile(r"(?i)\s*(?:https?://|www\.|[^\s@]+@)\S+\s*")


class Cells:
    """The cells of one batch of which its reader says something, as far as they feed our columns.

    `used` gathers for each of our columns what was said (CELL_COLUMNS) of the cells that it is made of.
    """

    def __init__(self, batch: Batch, lines: pd.Index[int]) -> None:
        self.mended, self.links = (_of(frame, lines) for frame in (batch.cells, batch.links))
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
        texts: Any = pa.array(values, pa.large_string(), from_pandas=True)
        texts = texts.combine_chunks() if isinstance(texts, pa.ChunkedArray) else texts
        odd = nothing_in(texts) | np.asarray(pc.fill_null(pc.match_substring_regex(texts, WHOLE), False))
        if not odd.any():
            return values
        kind, before = BY_NAME[column].kind, values[odd]
        after = before.map(lambda cell: None if is_nothing(cell, kind) else whole(cell), na_action="ignore").astype(
            "str"
        )
        why = np.where(after.isna(), "placeholder", "number_form")
        cells = {"line": before.index, "header": header, "before": before, "after": after, "why": why}
        changed = (after != before).to_numpy()
        self.used.append((column, pd.DataFrame(cells)[changed].reset_index(drop=True)))
        values = values.copy()
        values[odd] = after
        return values


def _of(frame: pd.DataFrame | None, lines: pd.Index[int]) -> pd.DataFrame:
    found = text_frame(CELL_COLUMNS) if frame is None else frame
    return found[found["line"].isin(lines)] if len(found) else found
