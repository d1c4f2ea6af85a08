"""What XML and JSON share: nested records flattened to dotted paths, repeats joined, and the bounds on all of it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from connectors.formats import bounds
from connectors.formats.encoding.spoiled import Decoded, readable, without_spoiled
from connectors.formats.records.sites import Sites
from connectors.formats.refusal import malformed, malformed_frame, refusal
from connectors.nested import ABOVE, OWN, Above, is_numbered, items, steps, texts
from offers.cleaning.characters import REPEAT, UNCLEAR, as_seen
from offers.errors import Unreadable
from offers.feed import Limits
from offers.findings import finding_of
from offers.format import Format, ReadingPlan
from offers.headers import PLACES_LEFT
from offers.mapping import PLACE_NUMBER
from offers.model import Batch, Finding, Severity
from offers.wording import number

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
        bounds.check_name(self.name, len(path))
        self.texts[path] = text
        if len(self.texts) > bounds.MOST_COLUMNS:
            bounds.check_headers(self.name, self.texts, " in one record")

    def whole(self) -> dict[str, str]:
        """The texts, those of one path joined by REPEAT."""
        for path, more in self._more.items():
            self.texts[path] = REPEAT.join([self.texts[path], *more])
        self._more = {}
        return self.texts


class Records:
    """The records of one drop as they are read; no more of them, and no more columns or cells, than are allowed.

    `size` is that of the drop: what many records share may take so much memory, and no more.
    """

    def __init__(self, name: str, limits: Limits, format: Format, size: int) -> None:
        self.name, self.limits, self.reading = name, limits, ReadingPlan.of(format)
        self.lines: list[int] = []
        self.refused: list[dict[str, object]] = []
        self._torn: list[str] = []
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

    @property
    def read(self) -> int:
        """Records met, taken or refused."""
        return len(self._flats) + len(self.refused)

    def add(self, line: int, record: Any, where: str, above: Above | None = None) -> None:
        """Take one record, an object: one row of the frame, or one for each of its places. Raises Unreadable."""
        found, others = self._sites.of(record)
        for at, site in enumerate(found, start=1):
            flat = self._flat(site.record, self._chosen, where)
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
            self.lines.append(self._line(line))
            self._flats.append(flat)
            self._above.append(above)
            self._paths.update(dict.fromkeys(flat))
            if len(self._paths) > bounds.MOST_COLUMNS:
                bounds.check_headers(self.name, self._paths, f" in {number(len(self._flats))} records")
            bounds.check_cells(self.name, len(self._flats), len(self._paths))

    def refuse(self, line: int, raw: str, rule: str, torn: str, **fields: object) -> None:
        """Leave one aside that cannot be taken; `torn` is its whole text. Raises Unreadable."""
        self.refused.append(malformed(self._line(line), raw, rule, **fields))
        self._torn.append(torn)

    def _line(self, line: int) -> int:
        """The number of what comes next: its own, or, where a record makes several rows, that of its row."""
        bounds.check_rows(self.name, self.read + 1, self.limits, "records", more=True)
        self._passed += 1
        return self._passed if self.reading.each else line

    def _flat(self, record: Any, chosen: Mapping[str, Any], where: str) -> dict[str, str]:
        flat = Flat(self.name)
        self._flatten(record, "", flat, 0, where)
        for header, path in chosen.items():
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
        elif isinstance(value, list) or self._is_list(value, path):
            for inner in items(value) or ():
                self._flatten(inner, path, flat, depth + 1, where)
        elif isinstance(value, dict):
            for key, inner in value.items():
                seen = key if key.isascii() and key.isprintable() else as_seen(readable(key))  # as headers are
                below = (path or OWN_TEXT) if key == OWN else f"{path}.{seen}" if path else seen
                bounds.check_name(self.name, len(below))
                self._flatten(inner, below, flat, depth + 1, where)

    def _is_list(self, value: Any, path: str) -> bool:
        """Whether an object stands for a list, and is not asked for by its numbers."""
        if not path or not is_numbered(value):
            return False
        below = f"{path}."
        asked = (one.removeprefix(below).split(".")[0] for one in self.reading.asked if one.startswith(below))
        if any(key in value for key in asked):
            return False
        self.say_numbered(path)
        return True

    def say_numbered(self, path: str) -> None:
        """Take note of an object that stood for a list."""
        self._numbered[path] = None

    def batch(self, decoded: Decoded, how: Mapping[str, str], *findings: Finding, by_line: bool = False) -> Batch:
        """All of them as text, one column per path in the order of first sight, indexed by their lines."""
        self._paths |= self._sites.named  # what only a place holds that is left out is no missing column
        arrays = {path: _column([record.get(path) for record in self._flats]) for path in self._paths}
        for header, column in self._enclosing():
            arrays[header] = _column(column)
        table = pa.table(list(arrays.values()), names=list(arrays)) if arrays else None
        frame = table.to_pandas() if table is not None else pd.DataFrame(index=range(len(self)))
        frame.index = pd.Index(np.asarray(self.lines, np.int64), name="line")
        told = [*decoded.findings, *findings]
        if self._numbered:
            told.append(finding_of("list_as_object", Severity.NOTE, drop=self.name, paths=list(self._numbered)))
        dialect = {"encoding": decoded.encoding, **how}
        batch = Batch(frame, malformed_frame(self.refused), dialect, tuple(told), "\n".join(self._torn))
        return without_spoiled(batch, decoded, by_line)

    def _enclosing(self) -> Iterator[tuple[str, list[str | None]]]:
        """The columns of what encloses the records, as far as they are asked for."""
        asked = [one for one in self.reading.asked if one.startswith(ABOVE) and one not in self._paths]
        if not (asked or self.reading.all_above):
            return
        chosen = {path: steps(path) for one in asked if "[" in (path := one.lstrip(ABOVE))}
        # The paths that there are, level by level upwards; each thing that encloses is made flat once.
        levels: list[dict[str, None]] = []
        here = {id(one): one for one in self._above if one is not None}
        while here:
            paths: dict[str, None] = {}
            for one in here.values():
                one.texts = self._flat(one.parts, chosen, "what encloses the records")
                paths.update(dict.fromkeys(one.texts))
                bounds.check_headers(self.name, paths, " in what encloses the records")
            levels.append(paths)
            here = {id(one.above): one.above for one in here.values() if one.above is not None}
        names = [f"{ABOVE * (at + 1)}{path}" for at, level in enumerate(levels) for path in level]
        for header in names if self.reading.all_above else dict.fromkeys(asked):
            path = header.lstrip(ABOVE)
            level = (len(header) - len(path)) // len(ABOVE) - 1
            # What holds nothing of its own, `<stages>`, is no level to `^.nom`.
            while level < len(levels) and path not in levels[level] and not levels[level]:
                level += 1
            column: list[str | None] = []
            for above in self._above:
                for _ in range(level):
                    above = above and above.above
                column.append(above.texts.get(path) if above else None)
            self._shared.add(sum(len(text) for text in column if text))
            if any(column):
                bounds.check_cells(self.name, len(self), len(self._paths) + len(names))
                yield header, column


def _column(texts: list[str | None]) -> Any:
    """The texts as a column; half a character, which JSON can escape, becomes U+FFFD, and `read` reports it."""
    try:
        return pa.array(texts, pa.large_string())
    except UnicodeEncodeError:
        return pa.array([text and HALF.sub("\ufffd", text) for text in texts], pa.large_string())


def too_deep(name: str, at: str) -> Unreadable:
    """Nesting that no offer needs and that exhausts whoever reads it."""
    remedy = "Ask the partner what they sent"
    return refusal(name, f"more than {DEEPEST} levels of nesting at {at}", f"at most {DEEPEST}", remedy)
