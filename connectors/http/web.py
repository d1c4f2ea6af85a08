"""One guarded conversation: a request, its redirects by hand, its credentials, its faults as our errors.

A feed leads to its hosts alone, by https, and the very address that was checked is the one connected to.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http.cookiejar import DefaultCookiePolicy
from typing import Any
from urllib.parse import SplitResult, parse_qsl, urljoin, urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

from connectors.addresses import resolve
from connectors.http.answers import chunks, refusal, unreachable
from connectors.http.clock import AskedToWait, Clock, Deadline, Pacer, Patience, retry_after
from connectors.http.credentials import Secrets, Signature, discreet
from connectors.settings import ClientCredentials, HttpSettings, Pace
from connectors.source import Workspace
from offers.errors import CannotCollect, Refused
from offers.text import quote

_PORTS = {"https": 443, "http": 80}
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
class HttpAnswer:
    """A whole answer."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Guard:
    """The hosts of one feed; `home` is the URL's own, the only one that is told any credentials."""

    def __init__(self, slug: str, url: str, settings: HttpSettings, also: tuple[str, ...] = ()) -> None:
        self.slug, self.settings = slug, settings
        self.home = _netloc(self.check_form(url))
        self._allowed = {self.home, *(_netloc(urlsplit(one)) for one in also)}
        self._allowed |= {host.lower() if ":" in host else f"{host.lower()}:443" for host in settings.hosts}
        if settings.allow_http:
            self._allowed |= {f"{host.lower()}:80" for host in settings.hosts if ":" not in host}

    def check_form(self, url: str) -> SplitResult:
        """The parts of an address that is whole, https where it must be, and free of user and password."""
        try:
            parts = urlsplit(url)
            netloc = _netloc(parts)
        except ValueError:
            netloc = ""
        if not netloc or parts.scheme not in _PORTS or parts.username is not None:
            raise self._refused("an address that is not plain http(s)", "https://host/path, without a password")
        if parts.scheme == "http" and not self.settings.allow_http:
            raise self._refused(f"{parts.hostname} without TLS (http://)", "https; or say allow_http = true")
        return parts

    def check(self, url: str) -> None:
        """Raise Refused where the feed may not lead to this address; its host is checked again when connected to."""
        netloc = _netloc(self.check_form(url))
        if netloc not in self._allowed:
            known = ", ".join(sorted(self._allowed))
            raise self._refused(netloc, f"one of the feed's hosts ({known}); if it is the partner's, add it to `hosts`")

    def is_home(self, url: str) -> bool:
        """Whether this address is of the URL's own host and scheme, and may be told credentials."""
        return _netloc(urlsplit(url)) == self.home

    def _refused(self, seen: str, expected: str) -> Refused:
        return Refused(
            f"{self.slug}: the source leads to {seen}; expected {expected}. Nothing was fetched from there. "
            "Ask the partner, or correct `source` in the feed's TOML."
        )


def _netloc(parts: SplitResult) -> str:
    if not parts.hostname:
        return ""
    return f"{parts.hostname.lower()}:{parts.port or _PORTS.get(parts.scheme, 0)}"


class PinnedAdapter(HTTPAdapter):
    """Connects to the addresses that `guard` has checked, and to no others, under the host's own name for TLS."""

    def __init__(self, guard: Guard, deadline: Deadline, connections: int) -> None:
        self._guard, self._deadline = guard, deadline
        super().__init__(pool_connections=4, pool_maxsize=connections, max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Give the manager pools whose connections are ours."""
        super().init_poolmanager(*args, **kwargs)
        ours = {"guard": self._guard, "deadline": self._deadline}
        plain = type("PinnedHTTP", (_Pinned, HTTPConnection), ours)
        secure = type("PinnedHTTPS", (_Pinned, HTTPSConnection), ours)
        self.poolmanager.pool_classes_by_scheme = {
            "http": type("PinnedHTTPPool", (HTTPConnectionPool,), {"ConnectionCls": plain}),
            "https": type("PinnedHTTPSPool", (HTTPSConnectionPool,), {"ConnectionCls": secure}),
        }


class _Pinned(HTTPConnection):
    """A connection that resolves once, checks, and connects to what was checked: no second answer of the DNS counts."""

    guard: Guard
    deadline: Deadline
    _handle: socket.socket | None = None

    def connect(self) -> None:
        """Connect; the deadline watches the handshake and then the connection."""
        try:
            super().connect()
        finally:
            if self._handle is not None:
                self.deadline.let_go(self._handle)
                self._handle = None
        if self.sock is not None:
            self.deadline.watch(self.sock)

    def _new_conn(self) -> socket.socket:
        fault: OSError = OSError("no address")
        timeout = self.timeout if isinstance(self.timeout, (int, float)) else None
        private, slug = self.guard.settings.allow_private, self.guard.slug
        for address in resolve(self.host, self.port or _PORTS["https"], allow_private=private, where=slug):
            try:
                sock = socket.create_connection((address, self.port), timeout)
                for option in self.socket_options or ():
                    sock.setsockopt(*option)
            except OSError as error:
                fault = error
                continue
            self._handle = self.deadline.hold(sock)
            return sock
        if isinstance(fault, TimeoutError):
            raise ConnectTimeoutError(self, "the connection timed out")
        raise NewConnectionError(self, fault.strerror or str(fault))


class Web:
    """A session with one partner's server, for one run. What it raises is Unreachable or Refused, without secrets.

    Close it when done: `with closing(Web(…)) as web`.
    """

    def __init__(
        self,
        slug: str,
        settings: HttpSettings,
        place: Workspace,
        clock: Clock,
        pace: Pace | None = None,
        lines: int = 1,
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

    def fetch(self, request: Request, most: int) -> HttpAnswer:
        """One whole answer of at most `most` bytes, asked for as patiently as the settings say."""
        return self.patience(lambda: self.fetch_once(request, most))

    def fetch_once(self, request: Request, most: int) -> HttpAnswer:
        """The same, asked for once."""
        with self.exchange(request) as response:
            body = b"".join(self.chunks(request, response, most))
            return HttpAnswer(response.status_code, response.headers, body)

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
                    if request.method != "GET" and response.status_code not in _KEEPS_METHOD:
                        raise Refused(
                            f"{self._who(request, request.url)} answered {response.status_code}: it leads a "
                            f"{request.method} elsewhere. Ask the partner for the address of today, and correct "
                            "`source.url`."
                        )
                    # The query is in the address that we were led to, or was not meant to follow.
                    there = urljoin(response.url, response.headers.get("Location", ""))
                    request = replace(request, url=there, query={})
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
        left, settings = max(0.001, self.deadline.left), self.settings
        fault: Exception
        try:
            response = self._session.request(
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
        except CannotCollect:
            raise
        except (requests.RequestException, OSError, ValueError) as error:
            fault = error
        else:
            return response, used
        # Raised here and not above: the cause holds the whole address, and would be shown with ours.
        self.deadline.check()
        raise unreachable(self._who(request, request.url), fault)

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
        try:
            said = b"".join(self.chunks(request, response, _SMALL)).decode("utf-8", "replace")
        except CannotCollect:
            said = ""
        raise refusal(who, status, self.secrets.hide(said))

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
