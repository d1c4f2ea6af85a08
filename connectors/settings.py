"""What a partner's TOML says of a source, one class per kind; read without the libraries that reach the source."""

from __future__ import annotations

import os
import posixpath
import re
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import BeforeValidator, Field, field_validator, model_validator

from connectors.files import Globs, Rules, several
from connectors.http.paging import NoPaging, Paging
from offers.feed import Secret
from offers.format import Strict
from offers.inboxes import Inbox

Given = str | Secret
"""A value written in the TOML, or a secret that is only named there: `{ env = "LAPOSTE_TOKEN" }`."""
Text = Annotated[str, Field(min_length=1)]
Seconds = Annotated[float, Field(gt=0)]
Below = Annotated[str, Field(min_length=1, pattern=r"^[^/].*[^/]$|^[^/]$")]
"""A folder beside an inbox, no address of its own."""
_FINGERPRINT = re.compile(r"^(SHA256:[A-Za-z0-9+/]{43}|unknown)$")
_BUCKET = re.compile(r"^(s3|gs|az|memory)://[^/\s?#@:]+(/[^\s?#]*)?$|^file:///[^?#]*$")
_INSTANTS = {"iso": "%Y-%m-%dT%H:%M:%SZ", "date": "%Y-%m-%d"}


class FolderSettings(Strict):
    """The `[source]` of a folder. `path` is relative to Quai's home, the other folders to `path`."""

    kind: Literal["folder"] = "folder"
    path: Text
    glob: Globs = ("*",)
    archive: Text = "archive"
    rejected: Text = "rejected"
    outbox: Text = "outbox"

    @property
    def inbox(self) -> Inbox:
        """Whose files it takes."""
        return Inbox(("folder", os.path.normpath(self.path)), self.glob)


class SftpSettings(Strict):
    """The `[source]` of an SFTP feed. `path` is the inbox; the other folders are relative to it, or absolute.

    `host_key` is the fingerprint as `ssh-keygen -lf` writes it, or several while a key is being changed, or "unknown":
    then nothing is sent, and the message tells the fingerprint seen, to be compared with the partner's and pinned.
    `key`'s value is the path or the PEM text of a private key. `done_marker` and `sidecar` are endings after the whole
    name; with one of them a file waits until its companion is there. `allow_private`: the host lies in our own network.
    """

    kind: Literal["sftp"] = "sftp"
    host: Text
    port: int = Field(default=22, ge=1, le=65535)
    user: Text
    password: Secret | None = None
    key: Secret | None = None
    key_passphrase: Secret | None = None
    host_key: Annotated[tuple[str, ...], BeforeValidator(several)]
    path: Text = "."
    glob: Globs = ("*",)
    archive: Text = "archive"
    rejected: Text = "rejected"
    outbox: Text = "outbox"
    min_age_seconds: float = Field(default=5.0, ge=0)
    look_again_seconds: float = Field(default=2.0, ge=0)
    done_marker: str | None = Field(default=None, pattern=r"^[^/]+$")
    sidecar: bool | str = False
    connect_seconds: Seconds = 15.0
    login_seconds: Seconds = 30.0
    answer_seconds: Seconds = 60.0
    transfer_seconds: Seconds = 3600.0
    allow_private: bool = False

    @field_validator("host_key")
    @classmethod
    def _fingerprints(cls, keys: tuple[str, ...]) -> tuple[str, ...]:
        wrong = [key for key in keys if not _FINGERPRINT.match(key)]
        if wrong or not keys:
            raise ValueError(
                f"is « {', '.join(wrong)} »; expected the fingerprint as `ssh-keygen -lf` writes it, SHA256: and 43 "
                'characters, or "unknown" to be told the one that the server shows'
            )
        return keys

    @model_validator(mode="after")
    def _a_way_in(self) -> SftpSettings:
        if self.password is None and self.key is None:
            raise ValueError('needs `password` or `key`, a named secret: password = { env = "PARTNER_SFTP_PASSWORD" }')
        return self

    @property
    def inbox(self) -> Inbox:
        """Whose files it takes: the same path may be another folder for another user."""
        server = (self.host.lower(), str(self.port), self.user)
        return Inbox(("sftp", *server, posixpath.normpath(self.path)), self.glob)

    @property
    def rules(self) -> Rules:
        """How files are told ripe. A `.sha256` that stands beside a file is held against it even when not required."""
        ending = self.sidecar if isinstance(self.sidecar, str) else ".sha256"
        return Rules(self.glob, self.min_age_seconds, self.done_marker, ending, sidecar_required=bool(self.sidecar))


class BucketSettings(Strict):
    """The `[source]` of a bucket. `url` is the bucket and the prefix of the inbox; other folders are relative to it.

    One way in, for s3: `key` and `secret` (and `token`), or `from_environment` (the machine's own chain: AWS_…
    variables, ~/.aws, the machine's role), or `anonymous`. `options` are words for the libraries of gs:// and az://.
    With `read_only` nothing is moved or written there: what was settled is remembered by its ETag, and returns go to
    our own outbox. `newest_only` passes over all but the newest object, where each is a whole export.
    `endpoint` is an S3-compatible server's address. `allow_private` and `allow_http` are as for a download. Seconds.
    """

    kind: Literal["bucket"] = "bucket"
    url: str = Field(pattern=_BUCKET.pattern)
    glob: Globs = ("*",)
    endpoint: str | None = None
    region: str | None = None
    key: Secret | None = None
    secret: Secret | None = None
    token: Secret | None = None
    from_environment: bool = False
    anonymous: bool = False
    options: dict[str, Given | bool | int] = Field(default_factory=dict)
    read_only: bool = False
    newest_only: bool = False
    archive: Below = "archive"
    rejected: Below = "rejected"
    outbox: Below = "outbox"
    max_objects: int = Field(default=100_000, ge=1)
    connect_seconds: float = Field(default=10, gt=0, le=300)
    answer_seconds: float = Field(default=60, gt=0, le=3600)
    transfer_seconds: float = Field(default=3600, gt=0)
    allow_private: bool = False
    allow_http: bool = False

    @property
    def inbox(self) -> Inbox:
        """Whose objects it takes."""
        return Inbox(("bucket", self.endpoint or "", self.url.rstrip("/")), self.glob, cleared=not self.read_only)

    @property
    def protocol(self) -> str:
        """The word before `://`."""
        return self.url.partition(":")[0]

    @model_validator(mode="after")
    def _nothing_leads_elsewhere(self) -> BucketSettings:
        for value in (urlsplit(self.url).path, self.archive, self.rejected, self.outbox):
            if ".." in value.split("/"):
                raise ValueError("a path holds no `..`; write it whole")
        if self.endpoint is not None:
            if self.protocol != "s3":
                raise ValueError("endpoint is for s3:// alone")
            _whole_address("endpoint", self.endpoint, self.allow_http)
        return self

    @model_validator(mode="after")
    def _one_way_in(self) -> BucketSettings:
        if (self.key is None) != (self.secret is None) or (self.token and not self.key):
            raise ValueError("key and secret go together, and token with them")
        if self.options and self.protocol not in ("gs", "az"):
            raise ValueError("options are for gs:// and az:// alone")
        if self.protocol != "s3":
            if self.key:
                raise ValueError("key, secret and token are for s3:// alone; gs:// and az:// have `options`")
        elif sum((self.key is not None, self.from_environment, self.anonymous)) != 1:
            raise ValueError(
                "needs one way in: key and secret, as named secrets, or from_environment = true, or anonymous = true"
            )
        return self


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
    name: Text
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
            _whole_address("url", self.url, self.allow_http)
        if isinstance(self.auth, ClientCredentials):
            _whole_address("auth.token_url", self.auth.token_url, self.allow_http)
        return self


def _whole_address(key: str, url: str, allow_http: bool) -> None:
    parts = urlsplit(url)
    if not parts.hostname or parts.scheme not in ("https", "http"):
        raise ValueError(f'{key} must be a whole address, e.g. "https://jobs.example.org/offres.xml"')
    if parts.scheme == "http" and not allow_http:
        raise ValueError(f"{key} must be https://; say allow_http = true if the partner truly has no TLS")
    if parts.username or parts.password:
        raise ValueError(f'{key} holds a password; write auth = {{ kind = "basic", … }} with the secret in `env`')


class DownloadSettings(HttpSettings):
    """The `[source]` of a download. `name` is the drop's; by default what the server calls it, or the address does.

    `checksum` is the address of a sidecar with the file's SHA-256, whole or relative to `url` ("offres.csv.sha256").
    """

    kind: Literal["download"] = "download"
    name: str | None = None
    checksum: Given | None = None


class Detail(Strict):
    """`path` is filled from the record ("postings/{id}") and read from the feed's address as a browser reads a link.

    A path that is one field alone ("{links.self}") may give a whole address. `records` is the path of the detail in its
    answer. It is put under the key `under`, or, where that is absent, its keys are laid over the record's own.
    `concurrency` calls run at a time.
    """

    path: Text
    records: str = ""
    under: str | None = None
    concurrency: int = Field(default=4, ge=1, le=16)


class Incremental(Strict):
    """Ask only for what changed since the last accepted delivery, less `overlap` seconds.

    `format` is iso, date, epoch, epoch_ms or a strftime pattern (in UTC); `template` puts it into a longer value, as in
    "updateDate:gt:{}". Before the first delivery the parameter is left out.
    """

    param: Text
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
            text = instant.strftime(_INSTANTS.get(self.format, self.format))
        return self.template.replace("{}", text)


class Split(Strict):
    """Go over all pages once for each value of a parameter, where one search does not reach far enough."""

    param: Text
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
