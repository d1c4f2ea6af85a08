"""What a partner's TOML says of an HTTP source. Imports nothing heavy: partner files are read without `requests`."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import Field, model_validator

from connectors.http.paging import NoPaging, Paging
from offers.feed import Secret
from offers.format import Strict

Given = str | Secret
"""A value written in the TOML, or a secret that is only named there: `{ env = "LAPOSTE_TOKEN" }`."""
_FORMATS = {"iso": "%Y-%m-%dT%H:%M:%SZ", "date": "%Y-%m-%d"}


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
    def _addresses_are_whole(self) -> HttpSettings:
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


class Detail(Strict):
    """`path` is filled from the record ("postings/{id}") and read from the feed's address as a browser reads a link.

    A path that is one field alone ("{links.self}") may give a whole address. `records` is the path of the detail in its
    answer. It is put under the key `under`, or, where that is absent, its keys are laid over the record's own.
    `concurrency` calls run at a time.
    """

    path: str = Field(min_length=1)
    records: str = ""
    under: str | None = None
    concurrency: int = Field(default=4, ge=1, le=16)


class Incremental(Strict):
    """Ask only for what changed since the last accepted delivery, less `overlap` seconds.

    `format` is iso, date, epoch, epoch_ms or a strftime pattern (in UTC); `template` puts it into a longer value, as in
    "updateDate:gt:{}". Before the first delivery the parameter is left out.
    """

    param: str = Field(min_length=1)
    format: str = "iso"
    template: str = Field(default="{}", pattern=r"\{\}")
    place: Literal["query", "body"] = Field(default="query", alias="in")
    overlap: float = Field(default=3600, ge=0)

    def value(self, since: datetime) -> str:
        """The parameter's value."""
        instant = since.astimezone(UTC) - timedelta(seconds=self.overlap)
        if self.format in ("epoch", "epoch_ms"):
            text = str(int(instant.timestamp() * (1000 if self.format == "epoch_ms" else 1)))
        else:
            text = instant.strftime(_FORMATS.get(self.format, self.format))
        return self.template.replace("{}", text)


class Split(Strict):
    """Go over all pages once for each value of a parameter, where one search does not reach far enough."""

    param: str = Field(min_length=1)
    values: tuple[str, ...] = Field(min_length=1)


class ApiSettings(HttpSettings):
    """The `[source]` of an API. `records` is the dotted path of the list in an answer ("" is the answer itself).

    `total` (a path) or `total_header` says where the source announces its number of records; fewer than announced
    withdraw nothing, and so does a total that no answer holds. `reach` is the most that one search can give. `json_api`
    puts what a record points at into it (`included`). `pace` holds for all calls, details included.
    """

    kind: Literal["api"] = "api"
    method: Literal["GET", "POST"] = "GET"
    query: dict[str, Given | bool | int | list[str]] = Field(default_factory=dict)
    body: dict[str, Any] | None = None
    records: str = ""
    pagination: Paging = NoPaging()
    detail: Detail | None = None
    incremental: Incremental | None = None
    split: Split | None = None
    total: str | None = None
    total_header: str | None = None
    reach: int | None = Field(default=None, ge=1)
    pace: Pace | None = None
    json_api: bool = False
    max_records: int = Field(default=600_000, ge=1)
    max_pages: int = Field(default=20_000, ge=1)

    @model_validator(mode="after")
    def _a_body_is_posted(self) -> ApiSettings:
        in_body = self.body is not None or getattr(self.pagination, "place", "") == "body"
        if in_body and self.method == "GET":
            raise ValueError('a body is sent with method = "POST" only')
        return self
