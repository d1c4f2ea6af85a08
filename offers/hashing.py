"""A row's columns as one 64-bit number that depends on nothing but their texts. Pure; whole columns."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as arrow_compute

pc: Any = arrow_compute  # the published stubs do not know all of it
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
    begin = pa.scalar(version, pa.large_string())
    joined = pc.binary_join_element_wise(begin, *(_texts(frame, name) for name in names), _BETWEEN)
    chunks = joined.chunks if isinstance(joined, pa.ChunkedArray) else [joined]
    digests = b"".join(_digests(chunk) for chunk in chunks)
    return np.frombuffer(digests, dtype="<i8").astype("int64")


def _texts(frame: pd.DataFrame, name: str) -> Any:
    if name not in frame.columns:
        return pa.scalar(_MISSING, pa.large_string())
    texts: Any = pa.array(frame[name], type=pa.large_string(), from_pandas=True)
    return pc.fill_null(texts, _MISSING)


def _digests(chunk: Any) -> bytes:
    # One call of a C hash per record: measured 0.25 s for 200 000 records of 890 bytes, where hashing the distinct
    # values of each column took 1.0 s and pandas.util.hash_pandas_object, which promises no stability, 1.9 s.
    _, offsets, data = chunk.buffers()
    ends = np.frombuffer(offsets, dtype="<i8")[chunk.offset : chunk.offset + len(chunk) + 1].tolist()
    view = memoryview(data)
    return b"".join([sha256(view[a:b]).digest()[:8] for a, b in pairwise(ends)])
