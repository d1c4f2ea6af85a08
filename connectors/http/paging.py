"""How an API turns its pages: from one page, the changes to the request that asks for the next, or None at the end.

A page ends the run when `more` says so, when there is no next cursor or link, when it is empty though no `more` says
that it is not the last, or when it is a short one that reaches the total. A short page alone ends nothing unless
`short_page_ends` is said: servers cap pages below what was asked. Nor does a total alone: it may count one page, or be
of yesterday, so that one page more is asked for; and one below what came is no total.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from connectors.http.documents import at, digits
from offers.format import Strict

_NO = ("false", "no", "non", "0", "null", "none")
_NUMBER = re.compile(
    r"(?<![\d.,])(?:\d{1,3}([ .,'’_\u00a0\u2009\u202f])\d{3}(?:\1\d{3}){0,2}(?![\d.,])|\d{1,12}(?![.,]?\d))"
)
"""A whole number, in groups of three or not: 1 025, 1,025, 1.025, 1025."""
_LONGEST = 100
Where = Literal["query", "body", "header"]


@dataclass(frozen=True)
class Turn:
    """What asks for one page, beside the request that is common to all: parameters by place, or a whole address."""

    query: Mapping[str, str] = field(default_factory=dict)
    body: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    url: str | None = None
    mark: str | int | None = None


@dataclass(frozen=True)
class Page:
    """One answer as paging sees it: `count` records on it, `known` different ones up to and with it, `largest` on an
    earlier page (0: it is the first), `total` what the source announces."""

    document: Any
    headers: Mapping[str, str]
    count: int
    known: int
    total: int | None
    largest: int = 0

    @property
    def reached(self) -> bool:
        """Whether as many came as were announced, and no more."""
        return self.total is not None and self.known == self.total


def _is_last(page: Page, more: str | None) -> bool:
    """Whether a flag at this path says that there is no other page."""
    if more is None:
        return False
    flag = at(page.document, more)
    return not flag or str(flag).lower() in _NO


def _turn(place: Where, values: dict[str, Any], mark: str | int) -> Turn:
    if place == "body":
        return Turn(body=values, mark=mark)
    texts = {name: str(value) for name, value in values.items()}
    return Turn(query=texts, mark=mark) if place == "query" else Turn(headers=texts, mark=mark)


class _Told(Strict):
    """What paging shares where the server itself says how to go on."""

    @property
    def guesses(self) -> bool:
        """Whether a page may be asked for that the server never spoke of."""
        return False

    def first(self) -> Turn:
        """What asks for the first page: the feed's own address."""
        return Turn()

    def following(self, turn: Turn, page: Page) -> Turn | None:
        """What asks for the page after this one; None at the end."""
        return None


class NoPaging(_Told):
    """All in one answer."""

    kind: Literal["none"] = "none"


class _Counted(_Told):
    """What paging by number shares: `more` is the path of a flag that says whether there is another page."""

    by_page: ClassVar[bool] = False
    place: Where = Field(default="query", alias="in")
    more: str | None = None
    short_page_ends: bool = False

    @property
    def guesses(self) -> bool:
        """Whether a page may be asked for that the server never spoke of."""
        return self.more is None

    def first(self) -> Turn:
        """From the start that is said, or 0."""
        return self._from(getattr(self, "start", 0))

    def following(self, turn: Turn, page: Page) -> Turn | None:
        """From after what came, unless this was the last."""
        size = getattr(self, "size", None) or 0
        if self.more is not None:
            last = _is_last(page, self.more)
        else:
            short = page.count < (page.largest or size)
            unsaid = self.short_page_ends and page.total is None
            last = page.count == 0 or (page.reached and short) or (unsaid and page.count < size)
        # By the records that came, not by those that were asked for, unless none came.
        step = 1 if self.by_page else page.count or size
        return None if last else self._from(int(turn.mark or 0) + step)

    def _from(self, number: int) -> Turn:
        raise NotImplementedError


class _Numbered(_Counted):
    """`param` counts from `start`; `size_param` and `size` are sent where both are said."""

    param: str = "page"
    start: int = Field(default=1, ge=0)
    size_param: str | None = None
    size: int | None = Field(default=None, ge=1)

    def _from(self, number: int) -> Turn:
        sized = {self.size_param: self.size} if self.size_param and self.size else {}
        return _turn(self.place, {self.param: number, **sized}, number)


class PageNumber(_Numbered):
    """`?page=1&size=100`: `param` counts pages from `start`; `size_param` and `size` are sent where both are said."""

    by_page = True
    kind: Literal["page"]


class Offset(_Numbered):
    """`?offset=0&limit=100`: moves on by the records that came, not by those that were asked for, unless none came."""

    kind: Literal["offset"]
    param: str = "offset"
    start: int = Field(default=0, ge=0)
    size_param: str | None = "limit"
    size: int = Field(default=100, ge=1)


class ContentRange(_Counted):
    """`?range=0-149`, or a `Range` header with `unit`: as an offset, but both ends are said."""

    kind: Literal["content_range"]
    param: str = "range"
    unit: str = ""
    size: int = Field(default=150, ge=1)

    def _from(self, number: int) -> Turn:
        return _turn(self.place, {self.param: f"{self.unit}{number}-{number + self.size - 1}"}, number)


class Cursor(_Told):
    """The next page's cursor stands in the body at `path`, and is sent back as `param`."""

    kind: Literal["cursor"]
    path: str
    param: str
    place: Where = Field(default="query", alias="in")
    more: str | None = None

    def following(self, turn: Turn, page: Page) -> Turn | None:
        """With the cursor of this page, where it holds one."""
        cursor = at(page.document, self.path)
        if cursor in (None, "", False) or _is_last(page, self.more):
            return None
        return _turn(self.place, {self.param: cursor}, str(cursor))


class NextLink(_Told):
    """The address of the next page stands in the body at `path`."""

    kind: Literal["next_link"]
    path: str
    more: str | None = None

    def following(self, turn: Turn, page: Page) -> Turn | None:
        """The address this page gives."""
        link = at(page.document, self.path)
        if not isinstance(link, str) or not link or _is_last(page, self.more):
            return None
        return Turn(url=link, mark=link)


class LinkHeader(_Told):
    """The address of the next page stands in the `Link` header under `rel`."""

    kind: Literal["link_header"]
    rel: str = "next"

    def following(self, turn: Turn, page: Page) -> Turn | None:
        """The address the header gives."""
        from requests.utils import parse_header_links  # here, so that partner files are read without it

        links: list[dict[str, str]] = parse_header_links(page.headers.get("Link", ""))
        link = next((one["url"] for one in links if self.rel in one.get("rel", "").split()), None)
        return Turn(url=link, mark=link) if link else None


Paging = Annotated[
    NoPaging | PageNumber | Offset | ContentRange | Cursor | NextLink | LinkHeader, Field(discriminator="kind")
]


def total_of(headers: Mapping[str, str], document: Any, path: str | None, header: str | None) -> int | None:
    """The source's own count of records: at `path` in the body, or in a header (`Content-Range: offres 0-149/9981`).

    "1 025" and "1,025" are their number, as is "1025 offers"; "10 of 1025" is none. Where a count is agreed, an answer
    without a document (204) and without a number says that there is nothing: 0.
    """
    said = at(document, path) if path else (headers.get(header) if header else None)
    if said is None and document is None and (path or header):
        return 0
    if isinstance(said, bool) or not isinstance(said, (int, str)):
        return None
    text = digits(str(said)).rpartition("/")[2][:_LONGEST]
    numbers = ["".join(filter(str.isdecimal, found[0])) for found in _NUMBER.finditer(text)]
    return int(numbers[0]) if len(numbers) == 1 else None
