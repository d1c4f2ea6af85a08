"""What is made of an API's records: joined with what they point at, completed by a call each, known from those before.

JSON:API lets a record only point (`relationships`) at what stands in the answer's `included`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Hashable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from itertools import islice
from typing import Any

from connectors.http.documents import at, digest, fill, lines
from connectors.settings import Detail
from offers.errors import Refused


def joined(document: Any, records: list[Any]) -> list[Any]:
    """The records with `included.<relationship>`: the attributes of what it points at, one or a list of them."""
    included = document.get("included") if isinstance(document, dict) else None
    if not isinstance(included, list):
        return records
    known = {_key(one): one.get("attributes") for one in included if isinstance(one, dict)}

    def pointed(relationship: Any) -> Any:
        data = relationship.get("data") if isinstance(relationship, dict) else None
        if isinstance(data, dict):
            return known.get(_key(data))
        return [known[_key(one)] for one in data or () if isinstance(one, dict) and _key(one) in known]

    found = []
    for record in records:
        related = record.get("relationships") if isinstance(record, dict) else None
        if isinstance(related, dict) and known:
            held = {name: value for name, one in related.items() if (value := pointed(one))}
            record = {**record, "included": held}
        found.append(record)
    return found


def _key(one: dict[str, Any]) -> tuple[str, str]:
    return str(one.get("type")), str(one.get("id"))


Ask = Callable[[str, str], Any]
"""Path or address, and what to call it in messages, to a document; None where there is nothing there (404, 410)."""


class Details:
    """Completes the records of a run; `missing` counts those whose detail was gone: they stay as they were."""

    def __init__(self, detail: Detail, ask: Ask, slug: str) -> None:
        self.detail, self._ask, self._slug = detail, ask, slug
        self.missing = self.found = 0

    def complete(self, records: list[Any]) -> list[Any]:
        """The records of one page with their details, in order."""
        with ThreadPoolExecutor(self.detail.concurrency, thread_name_prefix="detail") as pool:

            def begin(record: Any) -> Any:
                return pool.submit(copy_context().run, self._one, record)

            try:
                # A window and not all at once: after a failure, no more calls are made than are already under way.
                waiting, done = iter(records), list[Any]()
                running = deque(begin(one) for one in islice(waiting, 2 * self.detail.concurrency))
                while running:
                    record, found = running.popleft().result()
                    self.missing, self.found = self.missing + (found is None), self.found + (found is not None)
                    if found is not None:
                        record = {**record, **({self.detail.under: found} if self.detail.under else found)}
                    done.append(record)
                    running.extend(begin(one) for one in islice(waiting, 1))
                return done
            finally:
                pool.shutdown(wait=False, cancel_futures=True)

    def _one(self, record: Any) -> tuple[Any, Any]:
        path = fill(self.detail.path, record)
        if path is None:
            held = ", ".join(list(record)[:10]) if isinstance(record, dict) else type(record).__name__
            raise Refused(
                f"{self._slug}: a record has nothing for `{self.detail.path}` (`source.detail.path`; found: {held}). "
                "Correct the path in the feed's TOML, or ask the partner what changed."
            )
        answer = self._ask(path, "the detail of a record")
        found = None if answer is None else at(answer, self.detail.records)
        if answer is not None and not isinstance(found, dict):
            raise Refused(
                f"{self._slug}: the detail of a record holds no object at « {self.detail.records} »; expected one. "
                "Correct `source.detail.records` in the feed's TOML, or ask the partner what changed."
            )
        return record, found


class Passed:
    """The records of one pass, page by page: how many came, how many different ones, the largest page.

    `marks` are those by which its pages were asked for, `before` the records of the last one, `empty` the pages without
    any in a row, `pages` the number of the last with some.
    A record is known by what stands at the paths that its feed's reference is made of; where it holds none of them, by
    the address of its detail; else by all that it says. Rows of one page that share a reference are that many records:
    a list may well hold a line per site. Only on a later page are they the same ones again.
    """

    def __init__(self, reference: tuple[str, ...], detail: str | None, who: str) -> None:
        self._paths, self._detail, self._who = reference, detail, who
        self._known: set[Hashable] = set()
        self._seen: dict[Hashable, str] = {}
        self.marks = set[str | int | None]()
        self.count = self.rows = self.largest = self.before = self.empty = self.pages = self._turned = 0

    def earlier(self, records: list[Any], what: str) -> str | None:
        """The page of before that held these very records, if any; takes note of this one."""
        page = tuple(map(self._name, records))
        found = self._seen.setdefault(page, what)
        return found if records and found != what else None

    def new(self, records: list[Any]) -> int:
        """How many of a page's records were on no page before; takes note of them."""
        names = [self._name(record) for record in records]
        new = sum(name not in self._known for name in names)
        self._known.update(names)
        self.count, self.rows = self.count + new, self.rows + len(records)
        self.largest = max(self.largest, len(records))
        return new

    def turn(self, mark: str | int | None, count: int) -> None:
        """Take note of how a page of so many records was asked for."""
        self.marks.add(mark)
        self._turned, self.before = self._turned + 1, count
        self.empty, self.pages = (0, self._turned) if count else (self.empty + 1, self.pages)

    def _name(self, record: Any) -> Hashable:
        keys = record if isinstance(record, dict) else {}  # a path is a key as it stands, or a way down
        said = tuple(str(keys[path] if path in keys else at(record, path)) for path in self._paths)
        if any(one not in ("None", "") for one in said):
            return said
        return (self._detail and fill(self._detail, record)) or digest(lines([record], self._who))
