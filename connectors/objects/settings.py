"""What a partner's TOML says of a bucket. Imports no store's library: partner files are read without it."""

from __future__ import annotations

import re
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import Field, model_validator

from connectors.files import Globs
from connectors.http.settings import Given, whole_address
from offers.feed import Secret
from offers.format import Inbox, Strict

_URL = re.compile(r"^(s3|gs|az|memory)://[^/\s?#@:]+(/[^\s?#]*)?$|^file:///[^?#]*$")
Folder = Annotated[str, Field(min_length=1, pattern=r"^[^/].*[^/]$|^[^/]$")]


class BucketSettings(Strict):
    """The `[source]` of a bucket. `url` is the bucket and the prefix of the inbox; other folders are relative to it.

    One way in, for s3: `key` and `secret` (and `token`), or `from_environment` (the machine's own chain: AWS_…
    variables, ~/.aws, the machine's role), or `anonymous`. `options` are words for the libraries of gs:// and az://.
    With `read_only` nothing is moved or written there: what was settled is remembered by its ETag, and returns go to
    our own outbox. `newest_only` passes over all but the newest object, where each is a whole export.
    `endpoint` is an S3-compatible server's address. `allow_private` and `allow_http` are as for a download. Seconds.
    """

    kind: Literal["bucket"] = "bucket"
    url: str = Field(pattern=_URL.pattern)
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
    archive: Folder = "archive"
    rejected: Folder = "rejected"
    outbox: Folder = "outbox"
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
            whole_address("endpoint", self.endpoint, self.allow_http)
        return self

    @model_validator(mode="after")
    def _one_way_in(self) -> BucketSettings:
        if (self.key is None) != (self.secret is None) or (self.token and not self.key):
            raise ValueError("key and secret go together, and token with them")
        if self.protocol != "s3":
            if self.key:
                raise ValueError("key, secret and token are for s3:// alone; gs:// and az:// have `options`")
            if self.options and self.protocol not in ("gs", "az"):
                raise ValueError("options are for gs:// and az:// alone")
            return self
        if self.options:
            raise ValueError("options are for gs:// and az:// alone")
        if sum((self.key is not None, self.from_environment, self.anonymous)) != 1:
            raise ValueError(
                "needs one way in: key and secret, as named secrets, or from_environment = true, or anonymous = true"
            )
        return self
