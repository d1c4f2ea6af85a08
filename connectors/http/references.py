"""Which records came before, in one pass over an API's pages: known by their reference, for their bytes may differ."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

from connectors.http.documents import digest, lines
from connectors.http.paths import at, fill


class Passed:
    """The records of one pass, page by page.

    A record is known by what stands at the paths that its feed's reference is made of; where it holds none of them, by
    the address of its detail; else by all that it says. Rows of one page that share a reference are that many records:
    a list may well hold a line per site. Only on a later page are they the same ones again.
    """

    def __init__(self, reference: tuple[str, ...], detail: str | None, who: str) -> None:
        self._paths, self._detail, self._who = reference, detail, who
        self._known: set[Hashable] = set()
        self._pages: dict[Hashable, str] = {}
        self.count = self.rows = self.largest = 0

    def earlier(self, records: list[Any], what: str) -> str | None:
        """The page of before that held these very records, if any; takes note of this one."""
        page = tuple(map(self._name, records))
        found = self._pages.setdefault(page, what)
        return found if records and found != what else None

    def new(self, records: list[Any]) -> int:
        """How many of a page's records were on no page before; takes note of them."""
        names = [self._name(record) for record in records]
        new = sum(name not in self._known for name in names)
        self._known.update(names)
        self.count, self.rows = self.count + new, self.rows + len(records)
        self.largest = max(self.largest, len(records))
        return new

    def _name(self, record: Any) -> Hashable:
        said = tuple(str(_value(record, path)) for path in self._paths)
        if any(one not in ("None", "") for one in said):
            return said
        return (self._detail and fill(self._detail, record)) or digest(lines([record], self._who))


def _value(record: Any, path: str) -> Any:
    """What a mapping's dotted path names: a key as it stands, or a way down."""
    return record[path] if isinstance(record, dict) and path in record else at(record, path)
