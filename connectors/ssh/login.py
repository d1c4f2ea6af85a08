"""Who we are, whom we expect at the other end, and what went wrong when we knocked."""

from __future__ import annotations

import logging
import socket
from collections.abc import Sequence
from dataclasses import dataclass, field

import asyncssh

from connectors.addresses import resolve
from connectors.settings import SftpSettings
from connectors.source import NotNow, Workspace
from offers.errors import CannotCollect, FeedMisconfigured, Refused, Unreachable

_CIPHERS = "^aes256-gcm@openssh.com,aes128-gcm@openssh.com"
"""Put first: on processors with AES twice as fast as the library's own first choice, and as sound."""
_KEEPALIVE = 15

# At INFO the library tells each connection's life; ours is told by the connector, with the feed's name.
logging.getLogger("asyncssh").setLevel(logging.WARNING)


@dataclass(frozen=True)
class Login:
    """What a connection needs. `addresses` are those of the host that were checked; `where` begins every message."""

    where: str
    settings: SftpSettings
    addresses: tuple[str, ...]
    password: str | None = field(default=None, repr=False)
    key: asyncssh.SSHKey | None = field(default=None, repr=False)

    @classmethod
    def of(cls, settings: SftpSettings, place: Workspace, where: str) -> Login:
        """The host resolved and its addresses checked, the secrets read.

        Raises Unreachable, Refused for an address that is not allowed, FeedMisconfigured for a secret that is missing.
        """
        key, password, locked = settings.key, settings.password, settings.key_passphrase
        known = read_key(place.secret(key), place.secret(locked) if locked else None, where) if key else None
        addresses = resolve(settings.host, settings.port, allow_private=settings.allow_private, where=where)
        return cls(where, settings, addresses, place.secret(password) if password else None, known)

    @property
    def server(self) -> str:
        """`host:port`, for messages."""
        return f"{self.settings.host}:{self.settings.port}"


def read_key(value: str, passphrase: str | None, where: str) -> asyncssh.SSHKey:
    """A private key from its PEM text or from its file's path. Raises FeedMisconfigured, never showing the value."""
    seen = "no private key, or a wrong key_passphrase"
    try:
        if "PRIVATE KEY" in value:
            return asyncssh.import_private_key(value.replace("\\n", "\n"), passphrase)
        return asyncssh.read_private_key(value, passphrase)
    except OSError as fault:
        seen = f"as a file: {fault.strerror}"
    except ValueError:  # asyncssh.KeyImportError and KeyEncryptionError are ValueErrors
        pass
    raise FeedMisconfigured(
        f"{where}: the secret that `key` names cannot be used ({seen}); expected the path of a private key or its PEM "
        "text. Correct the secret, and `key_passphrase` where the key is locked."
    )


async def connect(login: Login) -> asyncssh.SSHClientConnection:
    """A connection, logged in. Raises Refused for an unknown host key, or the library's errors for `explained`."""
    client, sock = _Client(login), None
    fault: OSError = ConnectionRefusedError("the host has no address")
    for address in login.addresses:  # the first that answers
        try:
            sock = socket.create_connection((address, login.settings.port), login.settings.connect_seconds)
            break
        except OSError as error:
            fault = error
    if sock is None:
        raise fault
    sock.setblocking(False)
    try:
        return await asyncssh.connect(
            host=login.settings.host,
            port=login.settings.port,
            sock=sock,
            client_factory=lambda: client,
            username=login.settings.user,
            client_keys=[login.key] if login.key is not None else None,
            known_hosts=([], [], []),  # none trusted unseen: the client asks _Client
            config=None,
            agent_path=None,
            gss_host=None,
            compression_algs=None,
            encryption_algs=_CIPHERS,
            login_timeout=login.settings.login_seconds,
            keepalive_interval=_KEEPALIVE,
        )
    except asyncssh.HostKeyNotVerifiable:
        seen = client.seen
    raise Refused(
        f"{login.where}: {login.server} shows the host key {seen or 'of an unknown kind'}; expected "
        f"{' or '.join(login.settings.host_key)}. Nothing was sent to it. Ask the partner, by another way than this "
        "server, which fingerprint is theirs; if it is this one, write it as `host_key` in the feed's source."
    )


def explained(fault: Exception, login: Login, doing: str) -> CannotCollect:
    """What to raise instead of an error of the library; `doing` is what we wanted (`to list inbox`)."""
    head, doing = f"{login.where}: {login.server}", _printable(doing)
    if isinstance(fault, asyncssh.PermissionDenied) or "authentication" in str(fault).lower():
        return Refused(
            f"{head} does not let « {login.settings.user} » in: wrong password or key, or an account that is closed. "
            "It was asked once. Check the secrets that the feed's source names, and with the partner that the account "
            "stands."
        )
    if isinstance(fault, asyncssh.SFTPPermissionDenied):
        return Refused(
            f"{head} does not allow us {doing}; expected the right to do so. Ask the partner to grant it to "
            f"« {login.settings.user} », or correct the folders in the feed's source."
        )
    if isinstance(fault, asyncssh.SFTPNoSuchFile) and doing.startswith("to read"):
        return NotNow(
            f"{head} no longer has the file that it listed, when asked {doing}. Nothing of it was taken. "
            "If the partner did not take it back, the next run finds it."
        )
    if isinstance(fault, asyncssh.SFTPNoSuchFile | asyncssh.SFTPNoSuchPath | asyncssh.SFTPNotADirectory):
        return Refused(
            f"{head} says there is no such file or folder when asked {doing}. Ask the partner to make it, or correct "
            "`path`, `archive`, `rejected` and `outbox` in the feed's source."
        )
    if isinstance(fault, asyncssh.KeyExchangeFailed | asyncssh.ProtocolNotSupported):
        return Refused(
            f"{head} and we have no cipher in common ({_said(fault)}). Ask the partner to bring their server's SSH up "
            "to date."
        )
    return Unreachable(
        f"{head} did not let us finish: {_said(fault)}, when asked {doing}. Nothing was changed. The next run tries "
        "again; if it stays so, ask the partner whether the server is up and lets this machine through."
    )


class _Client(asyncssh.SSHClient):
    """Checks the pinned host key, and offers the password exactly once: a second try could lock the account."""

    def __init__(self, login: Login) -> None:
        self.login, self._password = login, login.password
        self.seen: str | None = None

    def validate_host_public_key(self, host: str, addr: str, port: int, key: asyncssh.SSHKey) -> bool:
        self.seen = f"{key.get_fingerprint()} ({key.get_algorithm()})"
        return key.get_fingerprint() in self.login.settings.host_key

    def password_auth_requested(self) -> str | None:
        offered, self._password = self._password, None
        return offered

    def kbdint_auth_requested(self) -> str | None:
        return None if self._password is None else ""

    def kbdint_challenge_received(
        self, name: str, instructions: str, lang: str, prompts: Sequence[tuple[str, bool]]
    ) -> list[str] | None:
        if not prompts:
            return []
        offered, self._password = self._password, None
        return [offered] if offered is not None and len(prompts) == 1 else None


def _said(fault: Exception) -> str:
    if isinstance(fault, TimeoutError):
        return "no answer in time"
    text = fault.strerror if isinstance(fault, OSError) and fault.strerror else str(fault)
    return _printable(text)[:200] or type(fault).__name__


def _printable(text: str) -> str:  # what a server says must not forge a line of a log
    return "".join(letter if letter.isprintable() else " " for letter in text).strip()
