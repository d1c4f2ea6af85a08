"""A partner's API, described in TOML: all its pages become one drop of JSON lines, in order, or nothing is taken."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field, model_validator

from connectors.http.detail import Detail
from connectors.http.paging import NoPaging, Paging
from connectors.http.settings import Given, HttpSettings, Pace
from connectors.nested import ABOVE
from connectors.outbox import local_outbox, put_into
from connectors.scratch import clear, scratch
from connectors.source import ConnectorKind, Place, Waits
from offers.errors import FeedMisconfigured
from offers.feed import Feed
from offers.format import Strict
from offers.model import Drop, VerdictKind

if TYPE_CHECKING:
    from connectors.http.clock import Clock

_GLANCE = 20
"""Records that a run which only looks asks for."""
_FORMATS = {"iso": "%Y-%m-%dT%H:%M:%SZ", "date": "%Y-%m-%d"}


class Incremental(Strict):
    """Ask only for what changed since the last accepted delivery, less `overlap` seconds.

    `format` is iso, date, epoch, epoch_ms or a strftime pattern (in UTC); `template` puts it into a longer value, as in
    "updateDate:gt:{}". Before the first delivery the parameter is left out.
    """

    param: str = Field(min_length=1)
    format: str = "iso"
    template: str = Field(default="{}", pattern=r"\{\}")
    place: Literal["query", "body"] = Field(default="query", alias="in")
    overlap: float = Field(default=3600, ge=0)

    def value(self, since: datetime) -> str:
        """The parameter's value."""
        instant = since.astimezone(UTC) - timedelta(seconds=self.overlap)
        if self.format in ("epoch", "epoch_ms"):
            text = str(int(instant.timestamp() * (1000 if self.format == "epoch_ms" else 1)))
        else:
            text = instant.strftime(_FORMATS.get(self.format, self.format))
        return self.template.replace("{}", text)


class Split(Strict):
    """Go over all pages once for each value of a parameter, where one search does not reach far enough."""

    param: str = Field(min_length=1)
    values: tuple[str, ...] = Field(min_length=1)


class ApiSettings(HttpSettings):
    """The `[source]` of an API. `records` is the dotted path of the list in an answer ("" is the answer itself).

    `total` (a path) or `total_header` says where the source announces its number of records; fewer than announced
    withdraw nothing, and so does a total that no answer holds. `reach` is the most that one search can give. `json_api`
    puts what a record points at into it (`included`). `pace` holds for all calls, details included.
    """

    kind: Literal["api"] = "api"
    method: Literal["GET", "POST"] = "GET"
    query: dict[str, Given | bool | int | list[str]] = Field(default_factory=dict)
    body: dict[str, Any] | None = None
    records: str = ""
    pagination: Paging = NoPaging()
    detail: Detail | None = None
    incremental: Incremental | None = None
    split: Split | None = None
    total: str | None = None
    total_header: str | None = None
    reach: int | None = Field(default=None, ge=1)
    pace: Pace | None = None
    json_api: bool = False
    max_records: int = Field(default=600_000, ge=1)
    max_pages: int = Field(default=20_000, ge=1)

    @model_validator(mode="after")
    def _a_body_is_posted(self) -> ApiSettings:
        in_body = self.body is not None or getattr(self.pagination, "place", "") == "body"
        if in_body and self.method == "GET":
            raise ValueError('a body is sent with method = "POST" only')
        return self


class ApiConnector:
    """The connector of kind `api`; see `connectors.source.Connector` for what each method promises."""

    def __init__(self, feed: Feed, settings: ApiSettings, place: Place, clock: Clock | None = None) -> None:
        self.feed, self.settings, self.place, self._clock = feed, settings, place, clock
        if settings.incremental and feed.scope == "full":
            raise FeedMisconfigured(
                f'{feed.slug}: `source.incremental` asks only for what changed, and scope = "full" would withdraw the '
                'rest; say scope = "incremental" in the feed\'s TOML, or leave `source.incremental` out.'
            )

    def waiting(self) -> Iterator[Waits]:
        """Nothing is known of it before it is fetched."""
        return iter(())

    def collect(self) -> Iterator[Drop]:
        """One drop with every record of every page. Raises Unreachable or Refused: then nothing is taken.

        No record at all is a drop of a full feed, for its reader to refuse, and simply no news from an incremental one.
        """
        drop = self._fetched()
        if drop.size or self.feed.scope == "full":
            yield drop

    def _fetched(self) -> Drop:
        from connectors.http.clock import Clock
        from connectors.http.gathering import Gathering
        from connectors.http.web import Web

        settings, slug, now = self.settings, self.feed.slug, self.place.now()
        lines = settings.detail.concurrency if settings.detail else 1
        with (
            scratch(self.place.own, slug) as folder,
            closing(Web(slug, settings, self.place, self._clock or Clock(), settings.pace, lines)) as web,
        ):
            path = folder / f"{self.feed.name}-{now.astimezone(UTC):%Y%m%dT%H%M%SZ}.jsonl"
            query, body = self._asked(web.secrets.value)
            most = _GLANCE if self.place.glance else None
            with path.open("wb") as out:
                gathering = Gathering(web, settings, query, body, out, most, self._reference, self._climbs)
                gathered = gathering.all(self._parts())
            size, lacks = path.stat().st_size, gathered.lacks
            return Drop(slug, path.name, path, size, now, web.host, gathered.announced, not lacks, lacks)

    def put(self, name: str, content: bytes) -> str:
        """Into our own outbox: an API has none. Raises Unreachable."""
        return put_into(local_outbox(self.place.own, self.feed.slug), name, content, self.feed.slug)

    def close(self) -> None:
        """Nothing is held open between calls."""

    def settle(self, drop: Drop, outcome: VerdictKind) -> None:
        """Clear the scratch folder; the landing keeps the bytes."""
        clear(self.place.own / "scratch" / self.feed.slug)

    def _asked(self, value: Any) -> tuple[dict[str, Any], dict[str, Any] | None]:
        settings = self.settings
        query = {name: _text(value, given) for name, given in settings.query.items()}
        changed = settings.incremental
        since = self.place.since(self.feed.slug) if changed else None
        if changed is None or since is None:
            return query, settings.body
        said = {changed.param: changed.value(since)}
        if changed.place == "body":
            return query, {**(settings.body or {}), **said}
        return {**query, **said}, settings.body

    @property
    def _climbs(self) -> bool:
        """Whether the feed asks for what encloses its records."""
        return any(header.startswith(ABOVE) for source in self.feed.mapping.values() for header in source.headers)

    @property
    def _reference(self) -> tuple[str, ...]:
        """Where a record says which one it is."""
        source = self.feed.mapping.get("reference")
        return source.headers if source else ()

    def _parts(self) -> Any:
        from connectors.http.gathering import Part

        split = self.settings.split
        if split is None:
            return (Part({}, ""),)
        values = split.values[:1] if self.place.glance else split.values
        return tuple(Part({split.param: one}, f" of {split.param} {one}") for one in values)


def _text(value: Any, given: Any) -> Any:
    if isinstance(given, bool):
        return "true" if given else "false"
    return [str(one) for one in given] if isinstance(given, list) else value(given)


KIND = ConnectorKind(ApiSettings, ApiConnector)
