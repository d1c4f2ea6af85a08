"""One guarded conversation: a request, its redirects by hand, its credentials, its faults as our errors."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http.cookiejar import DefaultCookiePolicy
from typing import Any
from urllib.parse import parse_qsl, urljoin, urlsplit

import requests

from connectors.http.answers import chunks, refusal, unreachable
from connectors.http.clock import AskedToWait, Clock, Deadline, Pacer, Patience, retry_after
from connectors.http.credentials import Secrets, Signature, discreet
from connectors.http.guard import Guard, PinnedAdapter
from connectors.http.settings import ClientCredentials, HttpSettings, Pace
from connectors.source import Place
from offers.errors import CannotCollect, Refused
from offers.text import quote

_MOST_REDIRECTS = 5
_MOVED = (301, 302, 303, 307, 308)
_KEEPS_METHOD = (307, 308)
_PASSING = (408, 425, 429)
_SMALL = 100_000
"""Bytes of an error's or a token's answer that are read at most."""


@dataclass(frozen=True)
class Request:
    """What to ask; `what` names it in messages (« page 7 », « the file »)."""

    what: str
    url: str
    method: str = "GET"
    query: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    form: Mapping[str, str] | None = None
    anonymous: bool = False


@dataclass(frozen=True)
class Answer:
    """A whole answer; `url` is where it came from after redirects."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    url: str


class Web:
    """A session with one partner's server, for one run. What it raises is Unreachable or Refused, without secrets.

    Close it when done: `with closing(Web(…)) as web`.
    """

    def __init__(
        self, slug: str, settings: HttpSettings, place: Place, clock: Clock, pace: Pace | None = None, lines: int = 1
    ) -> None:
        self.slug, self.settings, self._place = slug, settings, place
        self.secrets = Secrets(place.secret)
        self.url = self.secrets.address(settings.url)
        self.host = urlsplit(self.url).hostname or ""
        also = (settings.auth.token_url,) if isinstance(settings.auth, ClientCredentials) else ()
        self._guard = Guard(slug, self.url, settings, also)
        self.deadline = Deadline(slug, settings.deadline, clock)
        self._pacer = Pacer(pace, clock, self.deadline)
        self.patience = Patience(settings.attempts, clock, self.deadline)
        self._signature = Signature(slug, settings.auth, self.secrets, clock, self._ask_token)
        self._session = _session(PinnedAdapter(self._guard, self.deadline, lines))

    def close(self) -> None:
        """Hang up."""
        self.deadline.close()
        self._session.close()

    def fetch(self, request: Request, most: int) -> Answer:
        """One whole answer of at most `most` bytes, asked for as patiently as the settings say."""
        return self.patience(lambda: self.fetch_once(request, most))

    def fetch_once(self, request: Request, most: int) -> Answer:
        """The same, asked for once."""
        with self.exchange(request) as response:
            body = b"".join(self.chunks(request, response, most))
            return Answer(response.status_code, response.headers, body, response.url)

    def chunks(self, request: Request, response: requests.Response, most: int) -> Iterator[bytes]:
        """The body of a response piece by piece, unpacked and capped."""
        return chunks(response, most, self.deadline, self._who(request, response.url))

    @contextmanager
    def exchange(self, request: Request) -> Iterator[requests.Response]:
        """A response of status 2xx or 304 whose body is not read yet; redirects are followed, each checked anew."""
        with discreet():
            response = self._signed(request)
            try:
                for _ in range(_MOST_REDIRECTS):
                    if response.status_code not in _MOVED:
                        break
                    request = self._moved(request, response)
                    response.close()
                    response = self._signed(request)
                self._judge(request, response)
                yield response
            finally:
                response.close()

    def _signed(self, request: Request) -> requests.Response:
        """Send it, with credentials where they may go; a 401 on a token is asked once more with a new one."""
        response, used = self._send(request)
        if response.status_code == 401 and used is not None and self._signature.renew(used):
            response.close()
            response, _ = self._send(request)
        return response

    def _send(self, request: Request) -> tuple[requests.Response, str | None]:
        self._guard.check(request.url)
        headers, query = {"Accept-Encoding": "gzip", **request.headers}, dict(request.query)
        used = None
        if self._guard.is_home(request.url) and not request.anonymous:
            signed = self._signature.headers()
            used = signed.get("Authorization")
            own = {name: self.secrets.value(given) for name, given in self.settings.headers.items()}
            there = {name for name, _ in parse_qsl(urlsplit(request.url).query)}
            keys = {name: value for name, value in self._signature.query().items() if name not in there}
            headers, query = {**headers, **own, **signed}, {**query, **keys}
        self._pacer.wait()
        fault: Exception
        try:
            return self._go(request, headers, query), used
        except CannotCollect:
            raise
        except (requests.RequestException, OSError, ValueError) as error:
            fault = error
        # Raised here and not above: the cause holds the whole address, and would be shown with ours.
        self.deadline.check()
        raise unreachable(self._who(request, request.url), fault)

    def _go(self, request: Request, headers: dict[str, str], query: dict[str, str]) -> requests.Response:
        settings = self.settings
        left = max(0.001, self.deadline.left)
        return self._session.request(
            request.method,
            request.url,
            params=query,
            headers=headers,
            json=request.body,
            data=request.form,
            timeout=(min(settings.connect_timeout, left), min(settings.read_timeout, left)),
            allow_redirects=False,
            stream=True,
        )

    def _moved(self, request: Request, response: requests.Response) -> Request:
        to = response.headers.get("Location", "")
        if request.method != "GET" and response.status_code not in _KEEPS_METHOD:
            raise Refused(
                f"{self._who(request, request.url)} answered {response.status_code}: it leads a {request.method} "
                "elsewhere. Ask the partner for the address of today, and correct `source.url`."
            )
        # The query is in the address that we were led to, or was not meant to follow.
        return replace(request, url=urljoin(response.url, to), query={})

    def _judge(self, request: Request, response: requests.Response) -> None:
        status = response.status_code
        if 200 <= status < 300 or status == 304:
            return
        who = self._who(request, response.url)
        if status in _MOVED:
            raise Refused(f"{who} led us from address to address, {_MOST_REDIRECTS} times over; expected an answer.")
        if status in _PASSING or status >= 500:
            wait = retry_after(response.headers.get("Retry-After"), self._place.now())
            reason = quote(self.secrets.hide(response.reason or "")) or "no reason given"
            raise AskedToWait(f"{who} answered {status} ({reason}).", wait)
        raise refusal(who, status, self.secrets.hide(self._said(request, response)))

    def _said(self, request: Request, response: requests.Response) -> str:
        try:
            return b"".join(self.chunks(request, response, _SMALL)).decode("utf-8", "replace")
        except CannotCollect:
            return ""

    def _ask_token(self, form: dict[str, str], headers: dict[str, str]) -> bytes:
        assert isinstance(self.settings.auth, ClientCredentials)  # noqa: S101 - only such an auth asks for tokens
        request = Request("a token", self.settings.auth.token_url, "POST", headers=headers, form=form, anonymous=True)
        return self.fetch_once(request, _SMALL).body

    def _who(self, request: Request, url: str) -> str:
        return f"{self.slug}: {urlsplit(url).hostname}, asked for {request.what},"


def _session(adapter: PinnedAdapter) -> requests.Session:
    session = requests.Session()
    # Neither a proxy nor a .netrc of the machine may come between a feed and the address that was checked.
    session.trust_env = False
    # Only what a place trusts is taken from its environment: a network of its own may have an authority of its own.
    session.verify = os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("SSL_CERT_FILE") or True
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    session.headers["User-Agent"] = "quai"
    # A cookie would make the answer to one page depend on another's.
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    return session
