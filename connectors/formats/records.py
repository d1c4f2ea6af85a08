"""What XML and JSON share: nested records flattened to dotted paths, repeats joined, and the bounds on all of it."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from connectors.formats import bounds
from connectors.formats.odd_bytes import readable
from connectors.formats.refusal import number, refusal
from offers.characters import as_seen
from offers.errors import Unreadable
from offers.thresholds import Limits

REPEAT = "\x1f"
"""Between the texts of an element that occurs several times in one record; the mapping resolves it."""
DEEPEST = 64
HALF = re.compile("[\ud800-\udfff]")


class Flat:
    """One record: a text for each path. What comes again is gathered, and joined once."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.texts: dict[str, str] = {}
        self._more: dict[str, list[str]] = {}

    def put(self, path: str, text: str) -> None:
        """Add a text at a path: alone, or after those already there. Nothing is added for an empty one.

        Raises Unreadable for a path, or a number of them, that no record of an offer has.
        """
        if not text:
            return
        if not path.isascii():
            path = HALF.sub("\ufffd", path)
        if path in self.texts:
            self._more.setdefault(path, []).append(text)
            return
        if len(path) > bounds.LONGEST_NAME:
            raise bounds.too_long(self.name, len(path))
        self.texts[path] = text
        if len(self.texts) > bounds.MOST_COLUMNS:
            raise bounds.too_wide(self.name, len(self.texts), " in one record")

    def whole(self) -> dict[str, str]:
        """The texts, those of one path joined by REPEAT."""
        for path, more in self._more.items():
            self.texts[path] = REPEAT.join([self.texts[path], *more])
        return self.texts

    @staticmethod
    def seen(key: str) -> str:
        """The key of an object without what nobody sees, as headers are."""
        return key if key.isascii() and key.isprintable() else as_seen(readable(key))

    def below(self, path: str, key: str) -> str:
        """The path of a key under another. Raises Unreadable where it is longer than any name."""
        path = f"{path}.{key}" if path else key
        if len(path) > bounds.LONGEST_NAME:
            raise bounds.too_long(self.name, len(path))
        return path


class Records:
    """The records of one drop as they are read; no more of them, and no more columns or cells, than are allowed."""

    def __init__(self, name: str, limits: Limits) -> None:
        self.name, self.limits = name, limits
        self.lines: list[int] = []
        self._flats: list[dict[str, str]] = []
        self._paths: dict[str, str] = {}

    def __len__(self) -> int:
        return len(self._flats)

    def add(self, line: int, flat: Flat) -> None:
        """Take one record. Raises Unreadable beyond a bound."""
        texts = flat.whole()
        self._flats.append(texts)
        self.lines.append(line)
        self._paths.update(texts)
        if len(self._flats) > self.limits.rows:
            raise too_many(self.name, self.limits)
        if len(self._paths) > bounds.MOST_COLUMNS:
            raise bounds.too_wide(self.name, len(self._paths), f" in {number(len(self._flats))} records")
        bounds.check_cells(self.name, len(self._flats), len(self._paths))

    def frame(self) -> pd.DataFrame:
        """All of them as text, one column per path in the order of first sight, indexed by their lines."""
        arrays = [_column([record.get(path) for record in self._flats]) for path in self._paths]
        names = list(self._paths)
        frame = pa.table(arrays, names=names).to_pandas() if names else pd.DataFrame(index=range(len(self)))
        frame.index = pd.Index(np.asarray(self.lines, np.int64), name="line")
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
