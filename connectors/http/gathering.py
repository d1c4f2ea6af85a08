"""All pages of an API as JSON lines in one file: in order, each once, counted against what the source announces."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import IO, Any
from urllib.parse import urljoin

from connectors.http.answers import Declined
from connectors.http.documents import NoList, digest, lines, parse, records_in
from connectors.http.paging import Page, Turn, total_of
from connectors.http.records import Details, Passed, joined
from connectors.http.settings import ApiSettings
from connectors.http.web import Request, Web
from offers.errors import Refused


@dataclass(frozen=True)
class Gathered:
    """Records written, the source's own count where it gives one, and why not all came ("": they did)."""

    count: int
    announced: int | None
    lacks: str


@dataclass(frozen=True)
class Part:
    """One pass over the pages: the parameters that tell it from the others, and what to call it in messages."""

    query: Mapping[str, str]
    name: str


@dataclass
class _Way:
    """How far one pass came: the marks it followed, the empty pages in a row, the records of the last page that was
    passed, and the number of the last that held any."""

    marks: set[str | int | None]
    empty: int = 0
    before: int = 0
    number: int = 0
    pages: int = 0

    def passes(self, count: int) -> None:
        """Take note of a page of so many records."""
        self.number, self.before = self.number + 1, count
        self.empty, self.pages = (0, self.number) if count else (self.empty + 1, self.pages)


class Gathering:
    """One run over an API. Raises Unreachable or Refused as soon as it cannot be completed: half a list is no list.

    With `most`, a glance: so many records of the first page of each part, and their details, are enough. `enclosing`:
    each record holds what encloses it.
    """

    def __init__(
        self,
        web: Web,
        settings: ApiSettings,
        query: Mapping[str, Any],
        body: Any,
        out: IO[bytes],
        most: int | None = None,
        reference: tuple[str, ...] = (),
        enclosing: bool = False,
    ) -> None:
        self._web, self._settings, self._query, self._body, self._out = web, settings, query, body, out
        self._most, self._reference, self._enclosing = most, reference, enclosing
        self._lacks: list[str] = []
        self._details = Details(settings.detail, self._detail, web.slug) if settings.detail else None
        self._digests: dict[bytes, str] = {}
        self._lock, self._bytes, self._count, self._pages = threading.Lock(), 0, 0, 0

    def all(self, parts: tuple[Part, ...]) -> Gathered:
        """Write every record of every part."""
        announced: int | None = 0
        for part in parts:
            total = self._part(part)
            announced = None if total is None or announced is None else announced + total
        missing = self._details.missing if self._details else 0
        if missing > 1 and self._details and not self._details.found:
            raise Refused(
                f"{self._web.slug}: not one of {missing} records has its detail (404). Nothing was taken. "
                "Correct `source.detail.path` in the feed's TOML, or ask the partner what changed."
            )
        if missing:
            self._lacks.append(f"{missing} records came without their detail")
        return Gathered(self._count, announced, "; ".join(self._lacks))

    def _part(self, part: Part) -> int | None:
        paging, total = self._settings.pagination, None
        detail = self._settings.detail
        passed = Passed(self._reference, detail.path if detail else None, self._web.slug)
        turn: Turn | None = paging.first()
        way = _Way({turn.mark} if turn else set())
        for number in self._numbers(part):
            assert turn is not None  # noqa: S101 - the loop ends on the last turn
            what = f"page {number}{part.name}"
            whole = total is not None and passed.count == total
            answer = self._answer(self._request(turn, part, what), what, whole, number == 1)
            if answer is None:
                break
            document, headers, records = answer
            seen = self._total(document, headers)
            # The largest it ever said: some give it on the first page only, and offers may vanish while we read.
            total = max((one for one in (seen, total) if one is not None), default=None)
            self._check_reach(total, what)
            largest, earlier = passed.largest, passed.earlier(records, what)
            new = passed.new(records)
            if not new and whole:
                break  # the last page again
            self._write(records[: self._most], what, earlier)
            if self._most is not None:
                break
            page = Page(document, headers, len(records), passed.count, total, largest)
            turn = self._onward(turn, page, way, passed, new, what)
            if turn is None:
                break
        return total if self._most is not None else self._weighed(total, passed, part, way.pages)

    def _onward(self, turn: Turn, page: Page, way: _Way, passed: Passed, new: int, what: str) -> Turn | None:
        """What asks for the next page; None at the end. Raises Refused where the way there leads nowhere."""
        paging, before = self._settings.pagination, way.before
        following = paging.following(turn, page)
        way.passes(page.count)
        if following is None:
            if not page.count and paging.guesses and before >= passed.largest:
                self._refuse_early_end(page, passed.rows, what)
            return None
        again = following.mark in way.marks
        if page.reached and (again or way.empty > _MOST_EMPTY):
            return None
        if way.empty > _MOST_EMPTY:
            raise Refused(
                f"{self._who(what)} is the {way.empty}th empty page in a row and speaks of yet another; expected "
                "records, or the end. Nothing was taken. Correct `source.pagination`, or ask the partner."
            )
        if again:
            stays = following.mark == turn.mark and following.url is None
            if stays and not page.count and page.total is None:
                return None  # how Solr says that this was the last page
            if not (stays and new and page.total is not None and page.known < page.total):
                raise Refused(
                    f"{self._who(what)} gave a way to the next page that was followed before; expected a new one. "
                    "Nothing was taken. Correct `source.pagination`, or ask the partner."
                )
        way.marks.add(following.mark)
        return following

    def _answer(
        self, request: Request, what: str, whole: bool, first: bool
    ) -> tuple[Any, Mapping[str, str], list[Any]] | None:
        """A document, its headers and its records; None where it has none, and all that was announced has come."""
        try:
            document, headers = self._ask(request)
        except Declined as fault:
            if not whole or fault.status not in _NO_SUCH_PAGE:
                raise
            return None
        try:
            path, who = self._settings.records, self._who(what)
            records = [] if document is None else records_in(document, path, who, self._enclosing)
        except NoList:
            if not whole and not (first and self._total(document, headers) == 0):
                raise
            records = []
        return document, headers, joined(document, records) if self._settings.json_api else records

    def _total(self, document: Any, headers: Mapping[str, str]) -> int | None:
        return total_of(headers, document, self._settings.total, self._settings.total_header)

    def _refuse_early_end(self, page: Page, rows: int, what: str) -> None:
        """An empty page behind a full one is no end where more was announced: nothing else says that it is one."""
        if page.total is not None and rows < page.total:
            raise Refused(
                f"{self._who(what)} sent no record, though {page.total} were announced and {rows} came. Nothing was "
                "taken. Ask the partner; where that total counts something else, leave it out of the feed's TOML."
            )

    @property
    def _agreed(self) -> str | None:
        return self._settings.total or self._settings.total_header

    def _weighed(self, total: int | None, passed: Passed, part: Part, pages: int) -> int | None:
        """The total, if it is one; what was agreed and is missing is noted.

        Fewer rows than announced in all are told by the gate, which counts.
        """
        if total is not None and total == pages and passed.rows > total:
            self._lacks.append(f"the total that was agreed{part.name} (« {self._agreed} ») counts pages, not records")
            return None
        if self._agreed and total is None:
            self._lacks.append(f"no answer{part.name} holds the total that was agreed (« {self._agreed} »)")
        elif total is not None and passed.count < total and (passed.rows >= total or part.name):
            came = f"{passed.rows} records{part.name} came, {passed.count} of them different"
            self._lacks.append(f"{came}, and {total} were announced")
        return total

    def _numbers(self, part: Part) -> Iterator[int]:
        number = 0
        while True:
            self._pages, number = self._pages + 1, number + 1
            if self._pages > self._settings.max_pages:
                raise Refused(
                    f"{self._web.slug}: more than {self._settings.max_pages} pages{part.name} (`source.max_pages`). "
                    "Nothing was taken. Ask for larger pages, or raise it if the source really is that large."
                )
            yield number

    def _request(self, turn: Turn, part: Part, what: str) -> Request:
        body = {**(self._body or {}), **turn.body} if self._body is not None or turn.body else None
        query = {} if turn.url else {**self._query, **part.query, **turn.query}
        url = urljoin(self._web.url, turn.url) if turn.url else self._web.url
        return Request(what, url, self._settings.method, query, {**_ACCEPT, **turn.headers}, body)

    def _ask(self, request: Request) -> tuple[Any, Mapping[str, str]]:
        return self._web.patience(lambda: self._ask_once(request))

    def _ask_once(self, request: Request) -> tuple[Any, Mapping[str, str]]:
        answer = self._web.fetch_once(request, self._settings.max_bytes)
        with self._lock:
            self._bytes += len(answer.body)
        if self._bytes > self._settings.max_bytes:
            raise Refused(
                f"{self._who(request.what)} brings all answers together over {self._settings.max_bytes} bytes "
                "(`source.max_bytes`). Nothing was taken. If this is meant, raise the cap in the feed's TOML."
            )
        if answer.status == 204:
            return None, answer.headers
        return parse(answer.body, answer.headers.get("Content-Type", ""), self._who(request.what)), answer.headers

    def _detail(self, path: str, what: str) -> Any:
        try:
            return self._ask(Request(what, urljoin(self._web.url, path), headers=_ACCEPT))[0]
        except Declined as fault:
            if fault.gone:
                return None
            raise

    def _write(self, records: list[Any], what: str, earlier: str | None) -> None:
        block = lines(records, self._who(what))
        earlier = earlier or self._digests.setdefault(digest(block), what)
        if records and earlier != what:
            raise Refused(
                f"{self._who(what)} sent the very records of {earlier} again; expected others. Nothing was taken. "
                "The server probably ignores the paging parameters: correct `source.pagination`, or ask the partner."
            )
        self._count += len(records)
        if self._count > self._settings.max_records:
            raise Refused(
                f"{self._who(what)} brings more than {self._settings.max_records} records (`source.max_records`). "
                "Nothing was taken. If this is meant, raise it in the feed's TOML."
            )
        self._out.write(lines(self._details.complete(records), self._who(what)) if self._details else block)

    def _check_reach(self, total: int | None, what: str) -> None:
        reach = self._settings.reach
        if reach is not None and total is not None and total > reach:
            raise Refused(
                f"{self._who(what)} announces {total} records, and the API gives no more than {reach} to one search "
                "(`source.reach`). Nothing was taken. Narrow the query, or say `split` with a parameter and its values."
            )

    def _who(self, what: str) -> str:
        return f"{self._web.slug}: {self._web.host}, asked for {what},"


_MOST_EMPTY = 10
"""Empty pages in a row that are followed, where the server speaks of a next one."""
_NO_SUCH_PAGE = (400, 404, 410, 416, 422)
"""How servers answer who asks for a page beyond the last."""
_ACCEPT = {"Accept": "application/json"}
