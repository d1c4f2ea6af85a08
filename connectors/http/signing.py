"""Credentials on a request, and the OAuth2 token behind them."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Callable

from connectors.http.clock import Clock
from connectors.http.discretion import Secrets
from connectors.http.settings import ApiKey, Auth, Basic, Bearer, ClientCredentials
from offers.errors import Refused

_EARLY = 30.0
"""Seconds before its end that a token is no longer used."""
AskToken = Callable[[dict[str, str], dict[str, str]], bytes]


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
        with self._lock:
            if not self._token or self._clock.now() >= self._ends:
                self._token, lasts = self._fresh(auth)
                self._ends = self._clock.now() + max(lasts - _EARLY, lasts / 2)
            return self._token

    def _fresh(self, auth: ClientCredentials) -> tuple[str, float]:
        who, secret = self._secrets.value(auth.client_id), self._secrets.value(auth.client_secret)
        form = {"grant_type": "client_credentials", **auth.extra}
        headers = {}
        if auth.scope is not None:
            form["scope"] = auth.scope
        if auth.send == "basic":
            headers["Authorization"] = basic(who, secret, self._secrets)
        else:
            form |= {"client_id": who, "client_secret": secret}
        token, lasts = _read(self._ask(form, headers))
        if not token:
            raise Refused(
                f"{self._slug}: the token's address answered without an `access_token`; expected one in a JSON object. "
                "Correct `source.auth.token_url`, or ask the partner."
            )
        self._secrets.remember(token)
        return token, lasts


def basic(user: str, password: str, secrets: Secrets) -> str:
    """The value of an Authorization header of the Basic scheme, itself remembered as a secret."""
    coded = base64.b64encode(f"{user}:{password}".encode()).decode()
    secrets.remember(coded)
    return f"Basic {coded}"


def _read(answer: bytes) -> tuple[str, float]:
    """The token and its life in seconds (an hour where the server does not say)."""
    try:
        said = json.loads(answer)
        return str(said["access_token"] or ""), float(said.get("expires_in") or 3600)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return "", 0.0
