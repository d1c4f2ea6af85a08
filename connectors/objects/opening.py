"""The library's file system for a feed's bucket: its own timeouts and addresses, nothing taken from elsewhere."""

from __future__ import annotations

import logging
from typing import Any
from urllib.parse import urlsplit

import fsspec  # type: ignore[import-untyped]  # it has no annotations

from connectors.addresses import resolve
from connectors.objects.settings import BucketSettings
from connectors.source import Place
from offers.errors import FeedMisconfigured
from offers.feed import Secret

_PACKAGES = {"gs": "gcsfs", "az": "adlfs"}

# At DEBUG these tell whole requests, with the session token among their headers.
for _name in ("botocore", "aiobotocore", "s3fs", "fsspec", "aiohttp", "asyncio"):
    logging.getLogger(_name).setLevel(logging.WARNING)


def file_system(settings: BucketSettings, place: Place, where: str) -> Any:
    """A file system of this feed's own, no other's cached one. Raises FeedMisconfigured, Refused, Unreachable."""
    words = _words_of_s3(settings, place, where) if settings.protocol == "s3" else _options(settings, place)
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


def _options(settings: BucketSettings, place: Place) -> dict[str, Any]:
    return {
        name: place.secret(given) if isinstance(given, Secret) else given for name, given in settings.options.items()
    }


def _words_of_s3(settings: BucketSettings, place: Place, where: str) -> dict[str, Any]:
    from connectors.objects.dialing import CheckedResolver

    _check_endpoint(settings, where)
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
    return {
        **secret,
        "anon": settings.anonymous,
        "endpoint_url": settings.endpoint,
        "client_kwargs": {"region_name": settings.region} if settings.region else {},
        "config_kwargs": config,
    }


def _check_endpoint(settings: BucketSettings, where: str) -> None:
    """A name is checked when it is resolved; an address written as such never is, by the library."""
    if settings.endpoint:
        parts = urlsplit(settings.endpoint)
        port = parts.port or (443 if parts.scheme == "https" else 80)
        resolve(parts.hostname or "", port, allow_private=settings.allow_private, where=where)
