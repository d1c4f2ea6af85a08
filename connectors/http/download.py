"""A file at an HTTPS address: fetched only when it is another one, whole or not at all, never past what was agreed.

What broke off is taken up where it did, as long as the server says that it is still the same file.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import asdict, dataclass
from email.message import Message
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit

import requests

from connectors.files import digest_in, plain_name
from connectors.home import Notebook, scratch
from connectors.http.answers import StatusError, broken_off
from connectors.http.clock import Clock, http_date
from connectors.http.documents import charset
from connectors.http.web import Request, Web
from connectors.inbox import NoInbox
from connectors.settings import DownloadSettings
from offers.calendar import SchoolYear, day_of
from offers.errors import Refused, Unreachable
from offers.feed import Secret
from offers.gate.staleness import day_named
from offers.model import Drop, VerdictKind

_RANGE = re.compile(r"bytes (\d+)-\d*/(\d+|\*)")
_SMALL = 100_000


@dataclass(frozen=True)
class Validators:
    """The two headers by which a server knows its own file again; either may be missing."""

    etag: str = ""
    last_modified: str = ""

    @classmethod
    def of(cls, headers: Mapping[str, str]) -> Validators:
        """As an answer states them."""
        return cls(headers.get("ETag", ""), headers.get("Last-Modified", ""))

    @property
    def conditions(self) -> dict[str, str]:
        """The headers that ask for the file only if it is another one."""
        asked = {"If-None-Match": self.etag, "If-Modified-Since": "" if self.etag else self.last_modified}
        return {name: value for name, value in asked.items() if value}

    @property
    def of_range(self) -> str:
        """What may stand in If-Range: a strong ETag, or else a date; empty where neither is there."""
        return self.etag if self.etag and not self.etag.startswith("W/") else ("" if self.etag else self.last_modified)


class DownloadConnector(NoInbox):
    """The connector of kind `download`; see `connectors.source.Connector` for what each method promises."""

    settings: DownloadSettings
    _fetched: tuple[Notebook, Validators] | None = None

    def collect(self) -> Iterator[Drop]:
        """The file, or nothing where the server says it is the one that was taken last. Raises Unreachable, Refused."""
        slug, now, checksum = self.feed.slug, self.place.now(), self.settings.checksum
        with (
            scratch(self.place.own, slug) as folder,
            closing(Web(slug, self.settings, self.place, self._clock or Clock())) as web,
        ):
            notebook = Notebook(self.place, self.feed, SchoolYear.at(day_of(now)), web.url)
            kept = notebook.read()
            known = Validators(*(str(kept.get(name, "")) for name in ("etag", "last_modified")))
            sidecar = None if checksum is None else urljoin(web.url, web.secrets.address(checksum))
            transfer = Download(web, folder / "drop.part", known if notebook.current else Validators(), sidecar)
            headers = web.patience(transfer.once)
            if headers is None:
                return
            self._fetched = notebook, Validators.of(headers)
            path, named = transfer.part.rename(folder / "drop"), Message()
            named["Content-Disposition"] = headers.get("Content-Disposition", "")
            # The last part of a secret address may be the secret.
            of_address = "" if isinstance(self.settings.url, Secret) else unquote(urlsplit(web.url).path)
            names = (self.settings.name, named.get_filename(), of_address.rpartition("/")[2])
            open_ones = (plain_name(one) for one in names if one and web.secrets.hide(one) == one)
            name = next(open_ones, f"{self.feed.name}.{self.feed.format.kind}")
            dated = http_date(headers.get("Last-Modified", "")) or day_named(name)
            said = charset(headers.get("Content-Type", ""))
            drop = Drop(slug, name, path, path.stat().st_size, now, web.host, sent_at=dated, encoding=said)
        yield drop

    def settle(self, drop: Drop, outcome: VerdictKind) -> None:
        """Clear the scratch folder, and remember what the server calls this version of the file.

        Not before: a run that fails between fetching and the commit must fetch again.
        """
        super().settle(drop, outcome)
        if self._fetched is not None:
            notebook, validators = self._fetched
            notebook.keep(asdict(validators))


class Download:
    """Fetches the feed's address into `part`, unless the server says that it is still the file of `known`.

    `checksum` is the address of a sidecar that holds the file's SHA-256, or None.
    """

    def __init__(self, web: Web, part: Path, known: Validators, checksum: str | None) -> None:
        self.part, self._web, self._known, self._checksum = part, web, known, checksum
        self._who = f"{web.slug}: {web.host}, asked for the file,"
        self._begun: Validators | None = None

    def once(self) -> Mapping[str, str] | None:
        """The headers of the whole file, or None where the server has none newer. Raises Unreachable, Refused."""
        begun, held, conditions = self._begun, 0, self._known.conditions
        if begun is not None and begun.of_range and self.part.exists():
            held = self.part.stat().st_size
        if held and begun:
            # A packed answer has other offsets, so what is taken up again must come unpacked.
            conditions = {"Range": f"bytes={held}-", "If-Range": begun.of_range, "Accept-Encoding": "identity"}
        request = Request("the file", self._web.url, headers=conditions)
        try:
            with self._web.exchange(request) as response:
                if response.status_code == 304 and not held:
                    return None
                self._receive(request, response, held)
        except StatusError as fault:
            if not held or fault.status != 416:
                raise
            self._begun = None
            raise Unreachable(
                f"{self._who} has no more to give after {held} bytes of an answer that broke off."
            ) from None
        self._begun = None
        self._verify()
        return response.headers

    def _receive(self, request: Request, response: requests.Response, held: int) -> None:
        """The body, behind what is there already where the server goes on from it."""
        start, total = 0, "*"
        if response.status_code != 200:
            said = _RANGE.match(response.headers.get("Content-Range", ""))
            if response.status_code != 206 or not said or int(said[1]) != held:
                self._begun = None
                raise Unreachable(f"{self._who} answered {response.status_code} with a part that was not asked for.")
            start, total = held, said[2]
        self._begun = None if "Content-Encoding" in response.headers else Validators.of(response.headers)
        with self.part.open("ab" if start else "wb") as out:
            for piece in self._web.chunks(request, response, self._web.settings.max_bytes - start):
                out.write(piece)
        if total != "*" and self.part.stat().st_size != int(total):
            raise broken_off(self._who, self.part.stat().st_size)

    def _verify(self) -> None:
        if self._checksum is None:
            return
        answer = self._web.fetch_once(Request("the checksum", self._checksum), _SMALL)
        expected = digest_in(answer.body.decode("ascii", "replace"))
        if expected is None:
            raise Refused(
                f"{self._who} and its checksum, which holds no SHA-256 (64 hex digits). Nothing was taken. "
                "Correct `source.checksum` in the feed's TOML, or ask the partner."
            )
        with self.part.open("rb") as held:
            seen = hashlib.file_digest(held, "sha256").hexdigest()
        if expected != seen:
            raise Unreachable(
                f"{self._who} sent bytes with the SHA-256 {seen[:12]}…; expected {expected[:12]}… "
                "(`source.checksum`). It was probably replaced while it was read."
            )
