"""Columns of text as Arrow arrays, and as numbers of their distinct values."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as arrow_compute

pc: Any = arrow_compute  # the published stubs do not know all of it
Texts = Any
"""A large_string array without nulls; the published stubs say too little of it to be of use."""


def texts_of(values: pd.Series[str]) -> Any:
    """The column as one large_string array; missing becomes ""."""
    whole: Any = pc.fill_null(pc.cast(pa.array(values, from_pandas=True), pa.large_string()), "")
    return whole.combine_chunks() if isinstance(whole, pa.ChunkedArray) else whole


def coded(texts: Any) -> tuple[np.ndarray, Any]:
    """For each text the number of its value (int32), and the distinct values (large_string)."""
    found = texts.dictionary_encode()
    return found.indices.to_numpy(), found.dictionary


def is_empty(texts: Any) -> np.ndarray:
    """Which texts are empty."""
    empty: np.ndarray = pc.equal(texts, "").to_numpy(zero_copy_only=False)
    return empty
