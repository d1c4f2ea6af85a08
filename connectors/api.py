"""A partner's API, described in TOML: all its pages become one drop of JSON lines, in order, or nothing is taken."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC
from typing import TYPE_CHECKING, Any

from connectors.home import clear, local_outbox, put_into, scratch
from connectors.http.settings import ApiSettings
from connectors.nested import ABOVE
from connectors.source import ConnectorKind, Place, Waits
from offers.errors import FeedMisconfigured
from offers.feed import Feed
from offers.model import Drop, VerdictKind

if TYPE_CHECKING:
    from connectors.http.clock import Clock

_GLANCE = 20
"""Records that a run which only looks asks for."""


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
            mapping = self.feed.mapping
            reference = mapping["reference"].headers if "reference" in mapping else ()
            climbs = any(one.startswith(ABOVE) for source in mapping.values() for one in source.headers)
            with path.open("wb") as out:
                gathering = Gathering(web, settings, query, body, out, most, reference, climbs)
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
