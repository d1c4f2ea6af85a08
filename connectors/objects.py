"""The library's file system for a feed's bucket: its own timeouts and addresses, nothing taken from elsewhere.

And what goes wrong with it, in our words: worth a retry or not, and what to do.
"""

from __future__ import annotations

import asyncio
import errno
import logging
import socket
from collections.abc import Iterator
from functools import partial
from typing import Any
from urllib.parse import urlsplit

import fsspec  # type: ignore[import-untyped]  # it has no annotations
from aiobotocore.session import AioSession  # type: ignore[import-untyped]  # it has no annotations
from aiohttp.abc import AbstractResolver, ResolveResult
from botocore.exceptions import (  # type: ignore[import-untyped]  # it has no annotations
    ClientError,
    CredentialRetrievalError,
    NoCredentialsError,
    PartialCredentialsError,
    ProfileNotFound,
)
from botocore.loaders import create_loader  # type: ignore[import-untyped]  # the same

from connectors.addresses import resolve
from connectors.settings import BucketSettings
from connectors.source import NotNow, Workspace
from offers.errors import CannotCollect, FeedMisconfigured, Refused, Unreachable
from offers.feed import Secret

_SERVICES = create_loader()
"""What the library knows of S3, read once for all sessions of a process: that takes four fifths of opening one."""
_PACKAGES = {"gs": "gcsfs", "az": "adlfs"}
# At DEBUG these tell whole requests, with the session token among their headers.
for _name in ("botocore", "aiobotocore", "s3fs", "fsspec", "aiohttp", "asyncio"):
    logging.getLogger(_name).setLevel(logging.WARNING)
_NO_CREDENTIALS = (NoCredentialsError, PartialCredentialsError, CredentialRetrievalError, ProfileNotFound)
_ELSEWHERE = getattr(errno, "EREMCHG", errno.ENOENT)


def file_system(settings: BucketSettings, place: Workspace, where: str) -> Any:
    """A file system of this feed's own, no other's cached one. Raises FeedMisconfigured, Refused, Unreachable."""
    if settings.protocol == "s3":
        words = _words_of_s3(settings, place, where)
    else:
        given = settings.options.items()
        words = {name: place.secret(one) if isinstance(one, Secret) else one for name, one in given}
    missing = ""
    try:
        opened = fsspec.filesystem(settings.protocol, skip_instance_cache=True, use_listings_cache=False, **words)
    except ImportError:
        missing = _PACKAGES.get(settings.protocol, "s3fs")
    else:
        if settings.protocol == "s3":
            opened.retries = 1  # attempts are ours to count
        return opened
    raise FeedMisconfigured(
        f"{where}: {settings.protocol}:// needs the Python package {missing}, which is not installed here. Install it, "
        "or ask the partner for s3://."
    )


def _words_of_s3(settings: BucketSettings, place: Workspace, where: str) -> dict[str, Any]:
    if settings.endpoint:  # a name is checked when it is resolved; an address written as such never is, by the library
        parts = urlsplit(settings.endpoint)
        port = parts.port or (443 if parts.scheme == "https" else 80)
        resolve(parts.hostname or "", port, allow_private=settings.allow_private, where=where)
    secret = {
        name: place.secret(named) if named else None
        for name, named in (("key", settings.key), ("secret", settings.secret), ("token", settings.token))
    }
    config: dict[str, Any] = {
        "connect_timeout": settings.connect_seconds,
        "read_timeout": settings.answer_seconds,
        "retries": {"mode": "standard", "total_max_attempts": 1},
        "proxies": {},  # a proxy of the environment would stand between us and the address that was checked
        "connector_args": {"resolver": CheckedResolver(where, settings.allow_private)},
        # Another server named in the environment, our own landing's for one, is not this partner's.
        "ignore_configured_endpoint_urls": not settings.from_environment,
    }
    if settings.endpoint:  # many servers know neither buckets in their name nor the newer checksums
        config |= {"s3": {"addressing_style": "path"}, "request_checksum_calculation": "when_required"}
        config |= {"response_checksum_validation": "when_required"}
    session = AioSession()
    session.register_component("data_loader", _SERVICES)
    return {
        **secret,
        "session": session,
        "anon": settings.anonymous,
        "endpoint_url": settings.endpoint,
        "client_kwargs": {"region_name": settings.region} if settings.region else {},
        "config_kwargs": config,
    }


class CheckedResolver(AbstractResolver):
    """Resolves names for the store's HTTP client; raises Refused for an address that the feed does not allow."""

    def __init__(self, where: str, allow_private: bool) -> None:
        self._where, self._allow_private = where, allow_private

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """The allowed addresses of a host."""
        checked = partial(resolve, host, port, allow_private=self._allow_private, where=self._where)
        addresses = await asyncio.get_running_loop().run_in_executor(None, checked)
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=port,
                family=socket.AF_INET6 if ":" in address else socket.AF_INET,
                proto=0,
                flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
            )
            for address in addresses
        ]

    async def close(self) -> None:
        """Nothing is held open."""


def explained(fault: Exception, head: str, doing: str) -> CannotCollect:
    """What to raise instead of an error of the library. `head` is the feed and the store, `doing` what we wanted.

    Nothing of what the server said is repeated but its code: its sentences may hold what we sent.
    """
    chain = list(_chain(fault))
    ours = next((one for one in chain if isinstance(one, CannotCollect)), None)
    if ours is not None:
        return ours
    said, number, gone = _said(fault, chain), getattr(fault, "errno", None), isinstance(fault, FileNotFoundError)
    if any(isinstance(one, _NO_CREDENTIALS) for one in chain):
        return Refused(
            f"{head}: no credentials were found in this machine's environment when asked {doing}. Set "
            "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or name `key` and `secret` in the feed's source."
        )
    if isinstance(fault, PermissionError):
        return Refused(
            f"{head} does not allow us {doing} ({said}): wrong key, or a right that is missing. It was asked once. "
            "Check the secrets that the feed's source names, and with the partner which rights were granted (where it "
            "is only to be read, say read_only = true)."
        )
    if said == "PreconditionFailed" or type(fault).__name__ == "FileExpired":
        return NotNow(
            f"{head}: it was replaced while it was read. Nothing of it was taken; the next run takes the new one."
        )
    if gone and said != "NoSuchBucket" and doing.startswith("to read"):
        return NotNow(
            f"{head} no longer has what it listed, when asked {doing}. Nothing of it was taken. If the partner did not "
            "take it back, the next run finds it."
        )
    if gone:
        return Refused(f"{head} says there is no such place when asked {doing}. Correct `url` in the feed's source.")
    if number == _ELSEWHERE:
        return Refused(f"{head} lies elsewhere ({said}). Correct `region` or `endpoint` in the feed's source.")
    if isinstance(fault, ValueError | TypeError) or number in (errno.EINVAL, errno.EPERM):
        return Refused(f"{head} does not take what we ask, {doing} ({said}). Correct `url`, `region` or `endpoint`.")
    return Unreachable(
        f"{head} did not let us finish: {said}, when asked {doing}. Nothing was changed. The next run tries again; if "
        "it stays so, ask the partner whether the store is up and lets this machine through."
    )


def _chain(fault: BaseException | None) -> Iterator[BaseException]:
    seen = set[int]()
    while fault is not None and id(fault) not in seen:
        seen.add(id(fault))
        yield fault
        wrapped = getattr(fault, "kwargs", None)
        inner = wrapped.get("error") if isinstance(wrapped, dict) else None
        fault = inner if isinstance(inner, BaseException) else (fault.__cause__ or fault.__context__)


def _said(fault: Exception, chain: list[BaseException]) -> str:
    """The server's code, or what kind of error it is."""
    for one in chain:
        code = str(one.response.get("Error", {}).get("Code", "")) if isinstance(one, ClientError) else ""
        if code.isalnum() and len(code) < 40:
            return code
    if isinstance(fault, TimeoutError):
        return "no answer in time"
    number = getattr(fault, "errno", None)
    return errno.errorcode.get(number, type(fault).__name__) if number else type(fault).__name__
