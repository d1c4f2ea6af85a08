"""What a partner's TOML says of an SFTP server. Knows no SSH: reading a TOML must not cost its library's import."""

from __future__ import annotations

import posixpath
import re
from typing import Annotated, Any, Literal

from pydantic import Field, field_validator, model_validator

from connectors.files import Globs, Rules
from offers.feed import Secret
from offers.format import Inbox, Strict

_FINGERPRINT = re.compile(r"^(SHA256:[A-Za-z0-9+/]{43}|unknown)$")
Seconds = Annotated[float, Field(gt=0)]


class SftpSettings(Strict):
    """The `[source]` of an SFTP feed. `path` is the inbox; the other folders are relative to it, or absolute.

    `host_key` is the fingerprint as `ssh-keygen -lf` writes it, or several while a key is being changed, or "unknown":
    then nothing is sent, and the message tells the fingerprint seen, to be compared with the partner's and pinned.
    `key`'s value is the path or the PEM text of a private key. `done_marker` and `sidecar` are endings after the whole
    name; with one of them a file waits until its companion is there. `allow_private`: the host lies in our own network.
    """

    kind: Literal["sftp"] = "sftp"
    host: str = Field(min_length=1)
    port: int = Field(default=22, ge=1, le=65535)
    user: str = Field(min_length=1)
    password: Secret | None = None
    key: Secret | None = None
    key_passphrase: Secret | None = None
    host_key: tuple[str, ...]
    path: str = Field(default=".", min_length=1)
    glob: Globs = ("*",)
    archive: str = Field(default="archive", min_length=1)
    rejected: str = Field(default="rejected", min_length=1)
    outbox: str = Field(default="outbox", min_length=1)
    min_age_seconds: float = Field(default=5.0, ge=0)
    look_again_seconds: float = Field(default=2.0, ge=0)
    done_marker: str | None = Field(default=None, pattern=r"^[^/]+$")
    sidecar: bool | str = False
    connect_seconds: Seconds = 15.0
    login_seconds: Seconds = 30.0
    answer_seconds: Seconds = 60.0
    transfer_seconds: Seconds = 3600.0
    allow_private: bool = False

    @field_validator("host_key", mode="before")
    @classmethod
    def _one_or_several(cls, value: Any) -> Any:
        return (value,) if isinstance(value, str) else value

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
