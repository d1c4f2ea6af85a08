"""What XML and JSON share: nested records flattened to dotted paths, repeats joined, and the bounds on all of it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from connectors.formats import bounds
from connectors.formats.encoding.spoiled import readable
from connectors.formats.records.sites import Sites
from connectors.formats.refusal import number, refusal
from connectors.nested import ABOVE, OWN, Above, is_numbered, items, steps, texts
from offers.cleaning.characters import REPEAT, UNCLEAR, as_seen
from offers.errors import Unreadable
from offers.feed import Limits
from offers.format import Format, Reading
from offers.headers import PLACES_LEFT
from offers.mapping import PLACE_NUMBER
from offers.model import Finding, Severity

DEEPEST = 64
HALF = re.compile("[\ud800-\udfff]")
OWN_TEXT = "#text"
"""The path of text that stands directly in an XML record."""
_ENDS_IT = str.maketrans({REPEAT: "\x1c"})


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
        if REPEAT in text:
            text = text.translate(_ENDS_IT)
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
        self._more = {}
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
    """The records of one drop as they are read; no more of them, and no more columns or cells, than are allowed.

    `size` is that of the drop: what many records share may take so much memory, and no more.
    """

    def __init__(self, name: str, limits: Limits, format: Format, size: int) -> None:
        self.name, self.limits, self.reading = name, limits, Reading.of(format)
        self.lines: list[int] = []
        self._shared = bounds.Shared(name, size)
        self._sites = Sites(self.reading)
        self._chosen = {one: steps(one) for one in self.reading.asked if "[" in one and not one.startswith(ABOVE)}
        self._flats: list[dict[str, str]] = []
        self._above: list[Above | None] = []
        self._paths: dict[str, None] = {}
        self._passed = 0
        self._numbered: dict[str, None] = {}

    def __len__(self) -> int:
        return len(self._flats)

    def add(self, line: int, record: Any, where: str, above: Above | None = None) -> None:
        """Take one record, an object: one row of the frame, or one for each of its places. Raises Unreadable."""
        found, others = self._sites.of(record)
        for at, site in enumerate(found, start=1):
            flat = self._flat(site.record, where)
            for header in site.elsewhere:
                flat.pop(header, None)
            for header in site.unclear:
                if header in flat:
                    flat[header] = flat[header].replace(REPEAT, UNCLEAR)
            if self.reading.each:
                flat[PLACE_NUMBER] = str(at)
            elif others:
                flat[PLACES_LEFT] = str(others)
            if at > 1:
                self._shared.add(sum(map(len, flat.values())))
            self._take(self.line(line), flat, above)

    def line(self, line: int) -> int:
        """The number of what comes next: its own, or, where a record makes several rows, that of its row."""
        self._passed += 1
        return self._passed if self.reading.each else line

    def _take(self, line: int, flat: dict[str, str], above: Above | None) -> None:
        self._flats.append(flat)
        self._above.append(above)
        self.lines.append(line)
        self._paths.update(dict.fromkeys(flat))
        if len(self._flats) > self.limits.rows:
            raise too_many(self.name, self.limits)
        if len(self._paths) > bounds.MOST_COLUMNS:
            raise bounds.too_wide(self.name, len(self._paths), f" in {number(len(self._flats))} records")
        bounds.check_cells(self.name, len(self._flats), len(self._paths))

    def _flat(self, record: Any, where: str) -> dict[str, str]:
        flat = Flat(self.name)
        self._flatten(record, "", flat, 0, where)
        for header, path in self._chosen.items():
            if header not in flat.texts:
                for text in texts(record, path):
                    flat.put(header, text)
        return flat.whole()

    def _flatten(self, value: Any, path: str, flat: Flat, depth: int, where: str) -> None:
        if isinstance(value, str):
            flat.put(path, value)
        elif isinstance(value, bool):
            flat.put(path, "true" if value else "false")
        elif depth >= DEEPEST and value:
            raise too_deep(self.name, where)
        elif (held := self._items(value, path)) is not None:
            for inner in held:
                self._flatten(inner, path, flat, depth + 1, where)
        elif isinstance(value, dict):
            for key, inner in value.items():
                below = (path or OWN_TEXT) if key == OWN else flat.below(path, flat.seen(key))
                self._flatten(inner, below, flat, depth + 1, where)

    def _items(self, value: Any, path: str) -> list[Any] | None:
        if isinstance(value, dict) and (not path or not is_numbered(value) or self._asked_by_number(value, path)):
            return None
        if isinstance(value, dict):
            self.say_numbered(path)
        return items(value)

    def _asked_by_number(self, value: Mapping[str, Any], path: str) -> bool:
        below = f"{path}."
        asked = (one.removeprefix(below).split(".")[0] for one in self.reading.asked if one.startswith(below))
        return any(key in value for key in asked)

    def say_numbered(self, path: str) -> None:
        """Take note of an object that stood for a list."""
        self._numbered[path] = None

    def frame(self) -> pd.DataFrame:
        """All of them as text, one column per path in the order of first sight, indexed by their lines."""
        self._paths |= self._sites.named  # what only a place holds that is left out is no missing column
        arrays = {path: _column([record.get(path) for record in self._flats]) for path in self._paths}
        for header, column in self._enclosing():
            arrays[header] = _column(column)
        table = pa.table(list(arrays.values()), names=list(arrays)) if arrays else None
        frame = table.to_pandas() if table is not None else pd.DataFrame(index=range(len(self)))
        frame.index = pd.Index(np.asarray(self.lines, np.int64), name="line")
        return frame

    def _enclosing(self) -> Iterator[tuple[str, list[str | None]]]:
        """The columns of what encloses the records, as far as they are asked for."""
        asked = [one for one in self.reading.asked if one.startswith(ABOVE) and one not in self._paths]
        if not (asked or self.reading.all_above):
            return
        levels = self._levels(asked)
        names = [f"{ABOVE * (at + 1)}{path}" for at, level in enumerate(levels) for path in level]
        for header in names if self.reading.all_above else dict.fromkeys(asked):
            level, path = _resolved(header, levels)
            column = [_at_level(above, level).get(path) for above in self._above]
            self._shared.add(sum(len(text) for text in column if text))
            if any(column):
                bounds.check_cells(self.name, len(self), len(self._paths) + len(names))
                yield header, column

    def _levels(self, asked: list[str]) -> list[dict[str, None]]:
        """The paths that there are, level by level upwards; each thing that encloses is made flat once."""
        chosen = {path: steps(path) for one in asked if "[" in (path := one.lstrip(ABOVE))}
        levels: list[dict[str, None]] = []
        here = {id(one): one for one in self._above if one is not None}
        while here:
            level: dict[str, None] = {}
            for one in here.values():
                flat = Flat(self.name)
                self._flatten(one.parts, "", flat, 0, "what encloses the records")
                for header, way in chosen.items():
                    for text in texts(one.parts, way):
                        flat.put(header, text)
                one.texts = flat.whole()
                level.update(dict.fromkeys(one.texts))
                if len(level) > bounds.MOST_COLUMNS:
                    raise bounds.too_wide(self.name, len(level), " in what encloses the records")
            levels.append(level)
            here = {id(one.above): one.above for one in here.values() if one.above is not None}
        return levels

    def findings(self) -> tuple[Finding, ...]:
        """What was not as it should be, and was read all the same."""
        if not self._numbered:
            return ()
        where = ", ".join(f"`{path}`" if path else "the document" for path in self._numbered)
        sentence = (
            f"{self.name}: an object keyed by numbers stands at {where} where a list should be; it is read as that "
            "list. In PHP, array_values() before json_encode() gives a list."
        )
        seen = f"an object keyed by numbers at {where}"
        return (Finding("list_as_object", Severity.NOTE, seen, "a list", sentence),)


def _resolved(header: str, levels: list[dict[str, None]]) -> tuple[int, str]:
    """The level (from 0) and path that `^.nom` means; what holds nothing of its own, `<stages>`, is no level there."""
    path = header.lstrip(ABOVE)
    level = (len(header) - len(path)) // len(ABOVE) - 1
    while level < len(levels) and path not in levels[level] and not levels[level]:
        level += 1
    return level, path


def _at_level(above: Above | None, level: int) -> Mapping[str, str]:
    while above is not None and level:
        above, level = above.above, level - 1
    return above.texts if above is not None else {}


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
