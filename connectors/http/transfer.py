"""One file over HTTP: fetched only if it is another one, capped, taken up where it broke off, whole or not at all."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import requests

from connectors.files import digest_in
from connectors.home import Notebook
from connectors.http.answers import Declined, broken_off
from connectors.http.web import Request, Web
from connectors.source import Place
from offers.calendar import SchoolYear
from offers.errors import Refused, Unreachable
from offers.feed import Feed

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


class Memory:
    """One feed's validators in its notebook; of no use once the notebook is of another time."""

    def __init__(self, place: Place, feed: Feed, url: str, year: SchoolYear) -> None:
        self._notebook = Notebook(place, feed, year, url)

    def read(self) -> Validators:
        """What was kept, or nothing where it is missing, unreadable or of another time."""
        kept = self._notebook.read()
        if not self._notebook.current:
            return Validators()
        return Validators(str(kept.get("etag", "")), str(kept.get("last_modified", "")))

    def keep(self, validators: Validators) -> None:
        """Write them down. Raises Unreachable where that is impossible."""
        self._notebook.keep({"etag": validators.etag, "last_modified": validators.last_modified})


@dataclass(frozen=True)
class Fetched:
    """A whole file at `path`, and the headers it came with."""

    path: Path
    headers: Mapping[str, str]

    @property
    def sha256(self) -> str:
        """Its checksum, 64 hex digits."""
        with self.path.open("rb") as held:
            return hashlib.file_digest(held, "sha256").hexdigest()


class Transfer:
    """Fetches the feed's address into `part`, unless the server says that it is still the file of `known`.

    `checksum` is the address of a sidecar that holds the file's SHA-256, or None.
    """

    def __init__(self, web: Web, part: Path, known: Validators, checksum: str | None = None) -> None:
        self._web, self._part, self._known, self._checksum = web, part, known, checksum
        self._who = f"{web.slug}: {web.host}, asked for the file,"
        self._begun: Validators | None = None

    def run(self) -> Fetched | None:
        """The file, or None where the server has none newer. Raises Unreachable, Refused."""
        return self._web.patience(self._once)

    def _once(self) -> Fetched | None:
        held = self._held()
        request = Request("the file", self._web.url, headers=self._conditions(held))
        with self._exchange(request, held) as response:
            if response.status_code == 304 and not held:
                return None
            start, total = self._start(response, held)
            self._begun = None if "Content-Encoding" in response.headers else Validators.of(response.headers)
            self._receive(request, response, start)
            if total is not None and self._part.stat().st_size != total:
                raise broken_off(self._who, self._part.stat().st_size)
            fetched = Fetched(self._part, response.headers)
        self._begun = None
        self._verify(fetched)
        return fetched

    def _held(self) -> int:
        """Bytes of an earlier attempt that may be built upon."""
        if self._begun is None or not self._begun.of_range or not self._part.exists():
            return 0
        return self._part.stat().st_size

    def _conditions(self, held: int) -> dict[str, str]:
        if held and self._begun:
            # A packed answer has other offsets, so what is taken up again must come unpacked.
            return {"Range": f"bytes={held}-", "If-Range": self._begun.of_range, "Accept-Encoding": "identity"}
        return self._known.conditions

    @contextmanager
    def _exchange(self, request: Request, held: int) -> Iterator[requests.Response]:
        outside = False
        try:
            with self._web.exchange(request) as response:
                yield response
        except Declined as fault:
            outside = bool(held) and fault.status == 416
            if not outside:
                raise
        if outside:
            self._begun = None
            raise Unreachable(f"{self._who} has no more to give after {held} bytes of an answer that broke off.")

    def _start(self, response: requests.Response, held: int) -> tuple[int, int | None]:
        """Where the body begins in the file, and the size of the whole where it is said."""
        if response.status_code == 200:
            return 0, None
        said = _RANGE.match(response.headers.get("Content-Range", ""))
        if response.status_code == 206 and said and int(said.group(1)) == held:
            return held, None if said.group(2) == "*" else int(said.group(2))
        self._begun = None
        raise Unreachable(f"{self._who} answered {response.status_code} with a part that was not asked for.")

    def _receive(self, request: Request, response: requests.Response, start: int) -> None:
        most = self._web.settings.max_bytes - start
        with self._part.open("ab" if start else "wb") as out:
            for piece in self._web.chunks(request, response, most):
                out.write(piece)

    def _verify(self, fetched: Fetched) -> None:
        if self._checksum is None:
            return
        answer = self._web.fetch_once(Request("the checksum", self._checksum), _SMALL)
        expected = digest_in(answer.body.decode("ascii", "replace"))
        if expected is None:
            raise Refused(
                f"{self._who} and its checksum, which holds no SHA-256 (64 hex digits). Nothing was taken. "
                "Correct `source.checksum` in the feed's TOML, or ask the partner."
            )
        if expected != fetched.sha256:
            raise Unreachable(
                f"{self._who} sent bytes with the SHA-256 {fetched.sha256[:12]}…; expected {expected[:12]}… "
                "(`source.checksum`). It was probably replaced while it was read."
            )
