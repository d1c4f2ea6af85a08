"""Who we are: secrets, and the OAuth2 token behind them, put on a request and struck out of all that is said of it."""

from __future__ import annotations

import base64
import json
import logging
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from urllib.parse import quote, quote_plus, urlsplit

from connectors.http.clock import Clock
from connectors.settings import ApiKey, Auth, Basic, Bearer, ClientCredentials, Given
from offers.errors import Refused
from offers.feed import Secret
from offers.text import discreet as without_secrets

_ours: ContextVar[bool] = ContextVar("a conversation of ours", default=False)
_TALKERS = ("urllib3", "urllib3.connection", "urllib3.connectionpool", "urllib3.response", "urllib3.util.retry")
_SHORTEST = 4
_TELLING = 6
HIDDEN = "[hidden]"
_EARLY = 30.0
"""Seconds before its end that a token is no longer used."""
AskToken = Callable[[dict[str, str], dict[str, str]], bytes]


class Secrets:
    """Gives the values of secrets, remembers each, and takes them out of any text that is to be shown."""

    def __init__(self, resolve: Callable[[Secret], str]) -> None:
        self._resolve = resolve
        self._known: set[str] = set()

    def __repr__(self) -> str:
        return f"Secrets({len(self._known)} known)"

    def value(self, given: Given) -> str:
        """What is written, or the secret's value, which is remembered."""
        if not isinstance(given, Secret):
            return given
        value = self._resolve(given)
        self.remember(value)
        return value

    def address(self, given: Given) -> str:
        """The same for an address: of a secret one, path and query are secrets too, and the host is not."""
        value = self.value(given)
        if isinstance(given, Secret):
            parts = urlsplit(value)
            steps = [step for step in re.split(r"[/?&=]", f"{parts.path}?{parts.query}") if len(step) >= _TELLING]
            self.remember(parts.path, parts.query, *steps)
        return value

    def remember(self, *values: str) -> None:
        """Keep these out of every text, in each form that HTTP gives them."""
        for value in values:
            coded = base64.b64encode(value.encode()).decode()
            forms = {value, quote(value), quote(value, safe=""), quote_plus(value), coded}
            self._known |= {form for form in forms if len(form) >= _SHORTEST}

    def hide(self, text: str) -> str:
        """The text with every known secret struck out, longest first, and what addresses in it tell."""
        for value in sorted(self._known, key=len, reverse=True):
            text = text.replace(value, HIDDEN)
        return without_secrets(text)


@contextmanager
def discreet() -> Iterator[None]:
    """Inside, urllib3 logs nothing at any level: its lines hold whole addresses. Other users of it are not touched."""
    before = _ours.set(True)
    try:
        yield
    finally:
        _ours.reset(before)


for _name in _TALKERS:
    logging.getLogger(_name).addFilter(lambda _record: not _ours.get())


class Signature:
    """Headers and query parameters that say who we are; `ask` posts a form (and headers) to the token's address."""

    def __init__(self, slug: str, auth: Auth, secrets: Secrets, clock: Clock, ask: AskToken) -> None:
        self._slug, self._auth, self._secrets, self._clock, self._ask = slug, auth, secrets, clock, ask
        self._lock = threading.Lock()
        self._token, self._ends = "", float("-inf")

    def headers(self) -> dict[str, str]:
        """The headers of a request to the feed's own host."""
        auth, value = self._auth, self._secrets.value
        if isinstance(auth, Basic):
            return {"Authorization": basic(value(auth.user), value(auth.password), self._secrets)}
        if isinstance(auth, Bearer):
            return {"Authorization": f"{auth.scheme} {value(auth.token)}"}
        if isinstance(auth, ApiKey) and auth.place == "header":
            return {auth.name: auth.prefix + value(auth.value)}
        if isinstance(auth, ClientCredentials):
            return {"Authorization": f"Bearer {self._current(auth)}"}
        return {}

    def query(self) -> dict[str, str]:
        """The query parameters of such a request."""
        auth = self._auth
        if isinstance(auth, ApiKey) and auth.place == "query":
            return {auth.name: auth.prefix + self._secrets.value(auth.value)}
        return {}

    def renew(self, refused: str | None) -> bool:
        """Forget a token that was just refused; False where there is none to renew, or it was new already."""
        with self._lock:
            if not isinstance(self._auth, ClientCredentials) or not self._token:
                return False
            if refused == f"Bearer {self._token}":
                self._token = ""
            return True

    def _current(self, auth: ClientCredentials) -> str:
        """The token that is held, or a new one; it lasts an hour where the server does not say how long."""
        with self._lock:
            if self._token and self._clock.now() < self._ends:
                return self._token
            who, secret = self._secrets.value(auth.client_id), self._secrets.value(auth.client_secret)
            form = {"grant_type": "client_credentials", **auth.extra}
            headers = {}
            if auth.scope is not None:
                form["scope"] = auth.scope
            if auth.send == "basic":
                headers["Authorization"] = basic(who, secret, self._secrets)
            else:
                form |= {"client_id": who, "client_secret": secret}
            try:
                said = json.loads(self._ask(form, headers))
                token, lasts = str(said["access_token"] or ""), float(said.get("expires_in") or 3600)
            except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
                token, lasts = "", 0.0
            if not token:
                raise Refused(
                    f"{self._slug}: the token's address answered without an `access_token`; expected one in a JSON "
                    "object. Correct `source.auth.token_url`, or ask the partner."
                )
            self._secrets.remember(token)
            self._token, self._ends = token, self._clock.now() + max(lasts - _EARLY, lasts / 2)
            return token


def basic(user: str, password: str, secrets: Secrets) -> str:
    """The value of an Authorization header of the Basic scheme, itself remembered as a secret."""
    coded = base64.b64encode(f"{user}:{password}".encode()).decode()
    secrets.remember(coded)
    return f"Basic {coded}"
