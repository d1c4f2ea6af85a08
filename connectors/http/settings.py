"""The keys that every HTTP source may hold. Imports nothing heavy: partner files are read without `requests`."""

from __future__ import annotations

from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import Field, model_validator

from offers.feed import Secret
from offers.format import Strict

Given = str | Secret
"""A value written in the TOML, or a secret that is only named there: `{ env = "LAPOSTE_TOKEN" }`."""


class NoAuth(Strict):
    """The source is open."""

    kind: Literal["none"] = "none"


class Basic(Strict):
    """A user and a password; some APIs take their key as the user, and no password."""

    kind: Literal["basic"]
    user: Given
    password: Given = ""


class Bearer(Strict):
    """`Authorization: <scheme> <token>`."""

    kind: Literal["bearer"]
    token: Secret
    scheme: str = "Bearer"


class ApiKey(Strict):
    """A key in a header or in the query."""

    kind: Literal["api_key"]
    name: str = Field(min_length=1)
    value: Secret
    place: Literal["header", "query"] = Field(default="header", alias="in")
    prefix: str = ""


class ClientCredentials(Strict):
    """OAuth2 client credentials: a token is asked for, used until it expires, and renewed once on a 401.

    `send` says whether the client names itself in the form or by HTTP Basic; `extra` is added to the form.
    """

    kind: Literal["oauth2"]
    token_url: str
    client_id: Given
    client_secret: Secret
    scope: str | None = None
    send: Literal["form", "basic"] = "form"
    extra: dict[str, str] = Field(default_factory=dict)


Auth = Annotated[NoAuth | Basic | Bearer | ApiKey | ClientCredentials, Field(discriminator="kind")]


class Pace(Strict):
    """At most `calls` per second, minute or hour, retries included."""

    calls: int = Field(ge=1)
    per: Literal["second", "minute", "hour"] = "second"

    @property
    def seconds(self) -> float:
        """The length of the window."""
        return {"second": 1.0, "minute": 60.0, "hour": 3600.0}[self.per]


class HttpSettings(Strict):
    """How a server is reached. Time-outs and `deadline` (the whole run) are seconds, `max_bytes` counts unpacked bytes.

    `hosts` are the hosts, besides the URL's own, that redirects and next pages may lead to ("host" or "host:port").
    `allow_private` admits private and loopback addresses, `allow_http` a conversation without TLS.
    Credentials and headers go to the URL's own host alone.
    """

    url: Given
    headers: dict[str, Given] = Field(default_factory=dict)
    auth: Auth = NoAuth()
    hosts: tuple[str, ...] = ()
    allow_private: bool = False
    allow_http: bool = False
    connect_timeout: float = Field(default=10, gt=0, le=300)
    read_timeout: float = Field(default=60, gt=0, le=3600)
    deadline: float = Field(default=1800, gt=0)
    attempts: int = Field(default=5, ge=1, le=20)
    max_bytes: int = Field(default=500_000_000, ge=1)

    @model_validator(mode="after")
    def _addresses_arewhole_address(self) -> HttpSettings:
        if isinstance(self.url, str):
            whole_address("url", self.url, self.allow_http)
        if isinstance(self.auth, ClientCredentials):
            whole_address("auth.token_url", self.auth.token_url, self.allow_http)
        return self


def whole_address(key: str, url: str, allow_http: bool) -> None:
    """Raise ValueError where an address written in a TOML is not whole, not https, or holds a password."""
    parts = urlsplit(url)
    if not parts.hostname or parts.scheme not in ("https", "http"):
        raise ValueError(f'{key} must be a whole address, e.g. "https://jobs.example.org/offres.xml"')
    if parts.scheme == "http" and not allow_http:
        raise ValueError(f"{key} must be https://; say allow_http = true if the partner truly has no TLS")
    if parts.username or parts.password:
        raise ValueError(f'{key} holds a password; write auth = {{ kind = "basic", … }} with the secret in `env`')
