"""A file at an HTTPS address: fetched only when it is another one, whole or not at all, never past what was agreed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing
from email.message import Message
from typing import TYPE_CHECKING, Literal
from urllib.parse import unquote, urljoin, urlsplit

from connectors.files import plain_name
from connectors.home import clear, local_outbox, put_into, scratch
from connectors.http.settings import Given, HttpSettings
from connectors.source import ConnectorKind, Place, Waits
from offers.calendar import SchoolYear, day_of
from offers.feed import Feed, Secret
from offers.gate.staleness import day_named
from offers.model import Drop, VerdictKind

if TYPE_CHECKING:
    from connectors.http.clock import Clock
    from connectors.http.transfer import Memory, Validators
    from connectors.http.web import Web


class DownloadSettings(HttpSettings):
    """The `[source]` of a download. `name` is the drop's; by default what the server calls it, or the address does.

    `checksum` is the address of a sidecar with the file's SHA-256, whole or relative to `url` ("offres.csv.sha256").
    """

    kind: Literal["download"] = "download"
    name: str | None = None
    checksum: Given | None = None


class DownloadConnector:
    """The connector of kind `download`; see `connectors.source.Connector` for what each method promises."""

    def __init__(self, feed: Feed, settings: DownloadSettings, place: Place, clock: Clock | None = None) -> None:
        self.feed, self.settings, self.place, self._clock = feed, settings, place, clock
        self._fetched: tuple[Memory, Validators] | None = None

    def waiting(self) -> Iterator[Waits]:
        """Nothing is known of it before it is fetched."""
        return iter(())

    def collect(self) -> Iterator[Drop]:
        """The file, or nothing where the server says it is the one that was taken last. Raises Unreachable, Refused."""
        drop = self._fetch()
        if drop is not None:
            yield drop

    def put(self, name: str, content: bytes) -> str:
        """Into our own outbox: a download has none. Raises Unreachable."""
        return put_into(local_outbox(self.place.own, self.feed.slug), name, content, self.feed.slug)

    def close(self) -> None:
        """Nothing is held open between calls."""

    def settle(self, drop: Drop, outcome: VerdictKind) -> None:
        """Clear the scratch folder, and remember what the server calls this version of the file.

        Not before: a run that fails between fetching and the commit must fetch again.
        """
        clear(self.place.own / "scratch" / self.feed.slug)
        if self._fetched is not None:
            memory, validators = self._fetched
            memory.keep(validators)

    def _fetch(self) -> Drop | None:
        from connectors.http.clock import Clock, http_date
        from connectors.http.documents import charset
        from connectors.http.transfer import Memory, Transfer, Validators
        from connectors.http.web import Web

        slug, home, now = self.feed.slug, self.place.own, self.place.now()
        with (
            scratch(home, slug) as folder,
            closing(Web(slug, self.settings, self.place, self._clock or Clock())) as web,
        ):
            memory = Memory(self.place, self.feed, web.url, SchoolYear.at(day_of(now)))
            checksum = self.settings.checksum
            sidecar = None if checksum is None else urljoin(web.url, web.secrets.address(checksum))
            fetched = Transfer(web, folder / "drop.part", memory.read(), sidecar).run()
            if fetched is None:
                return None
            self._fetched = memory, Validators.of(fetched.headers)
            path = fetched.path.rename(folder / "drop")
            name = self._name(fetched.headers, web)
            dated = http_date(fetched.headers.get("Last-Modified", "")) or day_named(name)
            said = charset(fetched.headers.get("Content-Type", ""))
            return Drop(slug, name, path, path.stat().st_size, now, web.host, sent_at=dated, encoding=said)

    def _name(self, headers: Mapping[str, str], web: Web) -> str:
        said = Message()
        said["Content-Disposition"] = headers.get("Content-Disposition", "")
        # The last part of a secret address may be the secret.
        of_address = "" if isinstance(self.settings.url, Secret) else unquote(urlsplit(web.url).path)
        for name in (self.settings.name, said.get_filename(), of_address.rpartition("/")[2]):
            if name and web.secrets.hide(name) == name:
                return plain_name(name)
        return f"{self.feed.name}.{self.feed.format.kind}"


KIND = ConnectorKind(DownloadSettings, DownloadConnector)
