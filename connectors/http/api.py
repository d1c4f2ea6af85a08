"""A partner's API, described in TOML: all its pages become one drop of JSON lines, in order, or nothing is taken.

Each page is taken once, and what came is counted against what the source announces.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC
from typing import IO, Any
from urllib.parse import urljoin

from connectors.home import scratch
from connectors.http.answers import StatusError
from connectors.http.clock import Clock
from connectors.http.details import Details, Passed, joined
from connectors.http.documents import NoList, digest, lines, parse, records_in
from connectors.http.paging import Page, Turn, total_of
from connectors.http.web import Request, Web
from connectors.inbox import NoInbox
from connectors.nested import ABOVE
from connectors.settings import ApiSettings
from connectors.source import Workspace
from offers.errors import FeedMisconfigured, Refused
from offers.feed import Feed
from offers.model import Drop

_GLANCE = 20
"""Records that a run which only looks asks for."""
_MOST_EMPTY = 10
"""Empty pages in a row that are followed, where the server speaks of a next one."""
_NO_SUCH_PAGE = (400, 404, 410, 416, 422)
"""How servers answer who asks for a page beyond the last."""
_ACCEPT = {"Accept": "application/json"}


class ApiConnector(NoInbox):
    """The connector of kind `api`; see `connectors.source.Connector` for what each method promises."""

    settings: ApiSettings

    def __init__(self, feed: Feed, settings: ApiSettings, place: Workspace, clock: Clock | None = None) -> None:
        super().__init__(feed, settings, place, clock)
        if settings.incremental and feed.scope == "full":
            raise FeedMisconfigured(
                f'{feed.slug}: `source.incremental` asks only for what changed, and scope = "full" would withdraw the '
                'rest; say scope = "incremental" in the feed\'s TOML, or leave `source.incremental` out.'
            )

    def collect(self) -> Iterator[Drop]:
        """One drop with every record of every page. Raises Unreachable or Refused: then nothing is taken.

        No record at all is a drop of a full feed, for its reader to refuse, and simply no news from an incremental one.
        """
        settings, slug, now = self.settings, self.feed.slug, self.place.now()
        at_a_time = settings.detail.concurrency if settings.detail else 1
        with (
            scratch(self.place.own, slug) as folder,
            closing(Web(slug, settings, self.place, self._clock or Clock(), settings.pace, at_a_time)) as web,
        ):
            path = folder / f"{self.feed.name}-{now.astimezone(UTC):%Y%m%dT%H%M%SZ}.jsonl"
            with path.open("wb") as out:
                announced, lacks = Gathering(web, self.feed, settings, self.place, out).all()
        size = path.stat().st_size
        if size or self.feed.scope == "full":
            yield Drop(slug, path.name, path, size, now, web.host, announced, not lacks, lacks)


@dataclass(frozen=True)
class _Part:
    """One pass over the pages: the parameters that tell it from the others, and what to call it in messages."""

    query: Mapping[str, str]
    name: str


class Gathering:
    """One run over an API. Raises Unreachable or Refused as soon as it cannot be completed: half a list is no list.

    At a glance, some records of the first page of the first part, and their details, are enough.
    """

    def __init__(self, web: Web, feed: Feed, settings: ApiSettings, place: Workspace, out: IO[bytes]) -> None:
        self._web, self._settings, self._out = web, settings, out
        self._most = _GLANCE if place.glance else None
        self._query, self._body = dict[str, Any](), settings.body  # what is common to all pages
        for name, given in settings.query.items():
            if isinstance(given, bool):
                self._query[name] = "true" if given else "false"
            elif isinstance(given, list):
                self._query[name] = list(map(str, given))
            else:
                self._query[name] = given if isinstance(given, int) else web.secrets.value(given)
        changed = settings.incremental
        since = place.since(feed.slug) if changed else None
        if changed is not None and since is not None:
            said = {changed.param: changed.value(since)}
            if changed.place == "body":
                self._body = {**(self._body or {}), **said}
            else:
                self._query |= said
        self._reference = feed.mapping["reference"].headers if "reference" in feed.mapping else ()
        self._enclosing = any(one.startswith(ABOVE) for source in feed.mapping.values() for one in source.headers)
        self._lacks: list[str] = []
        self._details = Details(settings.detail, self._detail, web.slug) if settings.detail else None
        self._digests: dict[bytes, str] = {}
        self._lock, self._bytes, self._count, self._pages = threading.Lock(), 0, 0, 0

    def all(self) -> tuple[int | None, str]:
        """Write every record of every part; gives the source's own count, and why not all came ("": they did)."""
        split = self._settings.split
        parts = [_Part({split.param: one}, f" of {split.param} {one}") for one in split.values] if split else []
        totals = [self._part(part) for part in (parts or [_Part({}, "")])[: self._most and 1]]
        missing = self._details.missing if self._details else 0
        if missing > 1 and self._details and not self._details.found:
            raise Refused(
                f"{self._web.slug}: not one of {missing} records has its detail (404). Nothing was taken. "
                "Correct `source.detail.path` in the feed's TOML, or ask the partner what changed."
            )
        if missing:
            self._lacks.append(f"{missing} records came without their detail")
        known = [one for one in totals if one is not None]
        return (sum(known) if len(known) == len(totals) else None), "; ".join(self._lacks)

    def _part(self, part: _Part) -> int | None:
        detail = self._settings.detail
        passed = Passed(self._reference, detail.path if detail else None, self._web.slug)
        turn: Turn | None = self._settings.pagination.first()
        total, number = None, 0
        while turn is not None:
            number += 1
            what = f"page {number}{part.name}"
            whole = total is not None and passed.count == total
            answer = self._answer(turn, part, what, whole, number == 1)
            if answer is None:
                break
            document, headers, records = answer
            seen = self._total(document, headers)
            # The largest it ever said: some give it on the first page only, and offers may vanish while we read.
            total = max((one for one in (seen, total) if one is not None), default=None)
            reach = self._settings.reach
            if reach is not None and total is not None and total > reach:
                raise Refused(
                    f"{self._who(what)} announces {total} records, and the API gives no more than {reach} to one "
                    "search (`source.reach`). Nothing was taken. Narrow the query, or say `split` with a parameter "
                    "and its values."
                )
            largest, earlier = passed.largest, passed.earlier(records, what)
            new = passed.new(records)
            if not new and whole:
                break  # the last page again
            self._write(records[: self._most], what, earlier)
            if self._most is not None:
                return total
            page = Page(document, headers, len(records), passed.count, total, largest)
            turn = self._onward(turn, page, passed, new, what)
        return self._weighed(total, passed, part)

    def _answer(
        self, turn: Turn, part: _Part, what: str, whole: bool, first: bool
    ) -> tuple[Any, Mapping[str, str], list[Any]] | None:
        """A document, its headers and its records; None where it has none, and all that was announced has come."""
        settings, self._pages = self._settings, self._pages + 1
        if self._pages > settings.max_pages:
            raise Refused(
                f"{self._web.slug}: more than {settings.max_pages} pages{part.name} (`source.max_pages`). "
                "Nothing was taken. Ask for larger pages, or raise it if the source really is that large."
            )
        body = {**(self._body or {}), **turn.body} if self._body is not None or turn.body else None
        query = {} if turn.url else {**self._query, **part.query, **turn.query}
        url = urljoin(self._web.url, turn.url) if turn.url else self._web.url
        try:
            document, headers = self._ask(Request(what, url, settings.method, query, {**_ACCEPT, **turn.headers}, body))
        except StatusError as fault:
            if not whole or fault.status not in _NO_SUCH_PAGE:
                raise
            return None
        try:
            path, who = settings.records, self._who(what)
            records = [] if document is None else records_in(document, path, who, self._enclosing)
        except NoList:
            if not whole and not (first and self._total(document, headers) == 0):
                raise
            records = []
        return document, headers, joined(document, records) if settings.json_api else records

    def _ask(self, request: Request) -> tuple[Any, Mapping[str, str]]:
        def once() -> tuple[Any, Mapping[str, str]]:
            who, most = self._who(request.what), self._settings.max_bytes
            answer = self._web.fetch_once(request, most)
            with self._lock:
                self._bytes += len(answer.body)
            if self._bytes > most:
                raise Refused(
                    f"{who} brings all answers together over {most} bytes (`source.max_bytes`). Nothing was taken. If "
                    "this is meant, raise the cap in the feed's TOML."
                )
            if answer.status == 204:
                return None, answer.headers
            return parse(answer.body, answer.headers.get("Content-Type", ""), who), answer.headers

        return self._web.patience(once)

    def _detail(self, path: str, what: str) -> Any:
        try:
            return self._ask(Request(what, urljoin(self._web.url, path), headers=_ACCEPT))[0]
        except StatusError as fault:
            if fault.gone:
                return None
            raise

    def _total(self, document: Any, headers: Mapping[str, str]) -> int | None:
        return total_of(headers, document, self._settings.total, self._settings.total_header)

    def _write(self, records: list[Any], what: str, earlier: str | None) -> None:
        who, most = self._who(what), self._settings.max_records
        block = lines(records, who)
        earlier = earlier or self._digests.setdefault(digest(block), what)
        if records and earlier != what:
            raise Refused(
                f"{who} sent the very records of {earlier} again; expected others. Nothing was taken. "
                "The server probably ignores the paging parameters: correct `source.pagination`, or ask the partner."
            )
        self._count += len(records)
        if self._count > most:
            raise Refused(
                f"{who} brings more than {most} records (`source.max_records`). Nothing was taken. If this is meant, "
                "raise it in the feed's TOML."
            )
        self._out.write(lines(self._details.complete(records), who) if self._details else block)

    def _onward(self, turn: Turn, page: Page, passed: Passed, new: int, what: str) -> Turn | None:
        """What asks for the next page; None at the end. Raises Refused where the way there leads nowhere."""
        paging, before, who = self._settings.pagination, passed.before, self._who(what)
        following = paging.following(turn, page)
        passed.turn(turn.mark, page.count)
        if following is None:
            # An empty page behind a full one is no end where more was announced: nothing else says that it is one.
            guessed = not page.count and paging.guesses and before >= passed.largest
            if guessed and page.total is not None and passed.rows < page.total:
                raise Refused(
                    f"{who} sent no record, though {page.total} were announced and {passed.rows} came. Nothing was "
                    "taken. Ask the partner; where that total counts something else, leave it out of the feed's TOML."
                )
            return None
        again = following.mark in passed.marks
        if page.reached and (again or passed.empty > _MOST_EMPTY):
            return None
        if passed.empty > _MOST_EMPTY:
            raise Refused(
                f"{who} is the {passed.empty}th empty page in a row and speaks of yet another; expected "
                "records, or the end. Nothing was taken. Correct `source.pagination`, or ask the partner."
            )
        stays = again and following.mark == turn.mark and following.url is None
        if stays and not page.count and page.total is None:
            return None  # how Solr says that this was the last page
        if again and not (stays and new and page.total is not None and page.known < page.total):
            raise Refused(
                f"{who} gave a way to the next page that was followed before; expected a new one. "
                "Nothing was taken. Correct `source.pagination`, or ask the partner."
            )
        return following

    def _weighed(self, total: int | None, passed: Passed, part: _Part) -> int | None:
        """The total, if it is one; what was agreed and is missing is noted.

        Fewer rows than announced in all are told by the gate, which counts.
        """
        agreed = self._settings.total or self._settings.total_header
        if total is not None and total == passed.pages and passed.rows > total:
            self._lacks.append(f"the total that was agreed{part.name} (« {agreed} ») counts pages, not records")
            return None
        if agreed and total is None:
            self._lacks.append(f"no answer{part.name} holds the total that was agreed (« {agreed} »)")
        elif total is not None and passed.count < total and (passed.rows >= total or part.name):
            came = f"{passed.rows} records{part.name} came, {passed.count} of them different"
            self._lacks.append(f"{came}, and {total} were announced")
        return total

    def _who(self, what: str) -> str:
        return f"{self._web.slug}: {self._web.host}, asked for {what},"
