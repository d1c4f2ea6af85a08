"""Where a feed may lead us: allowed hosts, https, and the very address that was checked is the one connected to."""

from __future__ import annotations

import socket
from typing import Any
from urllib.parse import SplitResult, urlsplit

from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

from connectors.addresses import resolve
from connectors.http.clock import Deadline
from connectors.http.settings import HttpSettings
from offers.errors import Refused

_PORTS = {"https": 443, "http": 80}


class Guard:
    """The hosts of one feed; `home` is the URL's own, the only one that is told any credentials."""

    def __init__(self, slug: str, url: str, settings: HttpSettings, also: tuple[str, ...] = ()) -> None:
        self._slug, self._settings = slug, settings
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
        if parts.scheme == "http" and not self._settings.allow_http:
            raise self._refused(f"{parts.hostname} without TLS (http://)", "https; or say allow_http = true")
        return parts

    def check(self, url: str) -> None:
        """Raise Refused where the feed may not lead to this address; its host is checked again when connected to."""
        netloc = _netloc(self.check_form(url))
        if netloc not in self._allowed:
            known = ", ".join(sorted(self._allowed))
            raise self._refused(netloc, f"one of the feed's hosts ({known}); if it is the partner's, add it to `hosts`")

    def is_home(self, url: str) -> bool:
        """Whether this address is of the URL's own host, scheme-wise no weaker, and may be told credentials."""
        return _netloc(urlsplit(url)) == self.home

    def addresses(self, host: str, port: int) -> tuple[str, ...]:
        """The addresses of a host, resolved now and checked. Raises Refused, Unreachable."""
        return resolve(host, port, allow_private=self._settings.allow_private, where=self._slug)

    def _refused(self, seen: str, expected: str) -> Refused:
        return Refused(
            f"{self._slug}: the source leads to {seen}; expected {expected}. Nothing was fetched from there. "
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
        for address in self.guard.addresses(self.host, self.port or _PORTS["https"]):
            try:
                sock = self._connect_to(address)
            except OSError as error:
                fault = error
                continue
            self._handle = self.deadline.hold(sock)
            return sock
        if isinstance(fault, TimeoutError):
            raise ConnectTimeoutError(self, "the connection timed out")
        raise NewConnectionError(self, fault.strerror or str(fault))

    def _connect_to(self, address: str) -> socket.socket:
        timeout = self.timeout if isinstance(self.timeout, (int, float)) else None
        sock = socket.create_connection((address, self.port), timeout)
        for option in self.socket_options or ():
            sock.setsockopt(*option)
        return sock
