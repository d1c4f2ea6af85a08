"""What XML and JSON share: nested records flattened to dotted paths, repeats joined, and the limit on their number."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from connectors.formats.refusal import number, refusal
from offers.errors import Unreadable
from offers.thresholds import Limits

REPEAT = "\x1f"
"""Between the texts of an element that occurs several times in one record; the mapping resolves it."""
DEEPEST = 64
HALF = re.compile("[\ud800-\udfff]")
Flat = dict[str, str]


def put(flat: Flat, path: str, text: str) -> None:
    """Add a text at a path: alone, or after those already there. Nothing is added for an empty one."""
    path = HALF.sub("\ufffd", path)
    if text:
        flat[path] = f"{flat[path]}{REPEAT}{text}" if path in flat else text


def to_frame(records: Sequence[Flat], lines: Sequence[int]) -> pd.DataFrame:
    """Records as a frame of text, one column per path in the order of first sight, indexed by `lines`."""
    paths = list(dict.fromkeys(path for record in records for path in record))
    arrays = [_column([record.get(path) for record in records]) for path in paths]
    frame = pa.table(arrays, names=paths).to_pandas() if paths else pd.DataFrame(index=range(len(records)))
    frame.index = pd.Index(np.asarray(lines, np.int64), name="line")
    return frame


def _column(texts: list[str | None]) -> Any:
    """The texts as a column; half a character, which JSON can escape, becomes U+FFFD, and `read` reports it."""
    try:
        return pa.array(texts, pa.large_string())
    except UnicodeEncodeError:
        return pa.array([text and HALF.sub("\ufffd", text) for text in texts], pa.large_string())


def too_many(name: str, limits: Limits) -> Unreadable:
    """More records than the feed may bring."""
    remedy = "Ask the partner whether this is meant; if so, raise `limits.rows` in the feed's TOML"
    seen = f"more than {number(limits.rows)} records"
    return refusal(name, seen, f"at most {number(limits.rows)} (`limits.rows`)", remedy)


def too_deep(name: str, at: str) -> Unreadable:
    """Nesting that no offer needs and that exhausts whoever reads it."""
    remedy = "Ask the partner what they sent"
    return refusal(name, f"more than {DEEPEST} levels of nesting at {at}", f"at most {DEEPEST}", remedy)
