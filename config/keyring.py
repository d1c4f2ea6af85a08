"""The one door to secrets: each is read when it is used, and remembered only so that no log line shows it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Any

from pydantic import BaseModel

from config import secret as places
from offers.errors import FeedMisconfigured
from offers.feed import Feed, Secret
from offers.text import discreet

HIDDEN = "[hidden]"
_SHORTEST = 4
_used: set[str] = set()
_blocks: list[Callable[[str], str]] = []


def resolve(secret: Secret) -> str:
    """The value of a named secret, read now. Raises FeedMisconfigured naming where it was looked for, never a value."""
    value = _of_block(secret.block) if secret.block else places.resolve(secret)
    remember(value)
    return value


def remember(value: str) -> None:
    """Keep this out of every text that `hide` sees; a key of several lines by each of its lines."""
    _used.update(part for part in (value, *value.splitlines()) if len(part) >= _SHORTEST)


def hide(text: str) -> str:
    """The text with every secret that this process has used struck out, longest first, and what addresses tell."""
    for value in sorted(_used, key=len, reverse=True):
        text = text.replace(value, HIDDEN)
    return discreet(text)


def secrets_of(feed: Feed) -> tuple[Secret, ...]:
    """Every secret that a feed's source names, however deep, once each."""
    return tuple(dict.fromkeys(_within(feed.source)))


def missing(feed: Feed) -> list[str]:
    """Why secrets of this feed cannot be read, a sentence each; none where all can."""
    return [said for secret in secrets_of(feed) if (said := fault_of(secret))]


def fault_of(secret: Secret) -> str | None:
    """Why this secret cannot be read; None where it can."""
    try:
        resolve(secret)
    except FeedMisconfigured as fault:
        return str(fault)
    return None


def _within(value: Any) -> Iterator[Secret]:
    if isinstance(value, Secret):
        yield value
    elif isinstance(value, BaseModel):
        yield from _within([getattr(value, name) for name in type(value).model_fields])
    elif isinstance(value, dict):
        yield from _within(list(value.values()))
    elif isinstance(value, list | tuple):
        for one in value:
            yield from _within(one)


def _of_block(name: str) -> str:
    if not os.environ.get("PREFECT_API_URL") or not _blocks:
        raise FeedMisconfigured(
            f"the Prefect Secret block {name} cannot be read, for PREFECT_API_URL is not set. Set it where Quai "
            "runs, or name the secret by `env` or `file`."
        )
    return _blocks[-1](name)


def blocks_are_read_by(reader: Callable[[str], str]) -> None:
    """From now on secrets that name a Prefect block are asked of this; it raises FeedMisconfigured."""
    _blocks.append(reader)
