"""A call per record for what the list leaves out: a few at a time, results in the order of the list."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from itertools import islice
from typing import Any

from pydantic import Field

from connectors.http.paths import fill, look
from offers.errors import Refused
from offers.format import Strict


class Detail(Strict):
    """`path` is filled from the record ("postings/{id}") and read from the feed's address as a browser reads a link.

    A path that is one field alone ("{links.self}") may give a whole address. `records` is the path of the detail in its
    answer. It is put under the key `under`, or, where that is absent, its keys are laid over the record's own.
    `concurrency` calls run at a time.
    """

    path: str = Field(min_length=1)
    records: str = ""
    under: str | None = None
    concurrency: int = Field(default=4, ge=1, le=16)


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
            try:
                return list(self._in_order(pool, records))
            finally:
                pool.shutdown(wait=False, cancel_futures=True)

    def _in_order(self, pool: ThreadPoolExecutor, records: list[Any]) -> Iterator[Any]:
        # A window and not all at once: after a failure, no more calls are made than are already under way.
        waiting = iter(records)
        running = [self._begin(pool, one) for one in islice(waiting, 2 * self.detail.concurrency)]
        while running:
            record, found = running.pop(0).result()
            self.missing, self.found = self.missing + (found is None), self.found + (found is not None)
            yield record if found is None else self._merged(record, found)
            running += [self._begin(pool, one) for one in islice(waiting, 1)]

    def _begin(self, pool: ThreadPoolExecutor, record: Any) -> Any:
        return pool.submit(copy_context().run, self._one, record)

    def _one(self, record: Any) -> tuple[Any, Any]:
        path = fill(self.detail.path, record)
        if path is None:
            held = ", ".join(list(record)[:10]) if isinstance(record, dict) else type(record).__name__
            raise Refused(
                f"{self._slug}: a record has nothing for `{self.detail.path}` (`source.detail.path`; found: {held}). "
                "Correct the path in the feed's TOML, or ask the partner what changed."
            )
        answer = self._ask(path, "the detail of a record")
        found = None if answer is None else look(answer, self.detail.records)
        if answer is not None and not isinstance(found, dict):
            raise Refused(
                f"{self._slug}: the detail of a record holds no object at « {self.detail.records} »; expected one. "
                "Correct `source.detail.records` in the feed's TOML, or ask the partner what changed."
            )
        return record, found

    def _merged(self, record: Any, found: dict[str, Any]) -> Any:
        return {**record, self.detail.under: found} if self.detail.under else {**record, **found}
