"""The one door to secrets: each is read when it is used, and remembered only so that no log line shows it.

A secret lies in a variable, in the file that `<variable>_FILE` names, in a file, or in a Prefect block.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from offers.errors import FeedMisconfigured
from offers.feed import Feed, Secret
from offers.text import discreet

HIDDEN = "[hidden]"
LONGEST = 65_536
"""Bytes: a private key is a tenth of it, and what is longer is some other file."""
_SHORTEST = 4
_used: set[str] = set()
_blocks: list[Callable[[str], str]] = []


def resolve(secret: Secret) -> str:
    """The value of a named secret, read now. Raises FeedMisconfigured naming where it was looked for, never a value."""
    if secret.block:
        if not os.environ.get("PREFECT_API_URL") or not _blocks:
            raise FeedMisconfigured(
                f"the Prefect Secret block {secret.block} cannot be read, for PREFECT_API_URL is not set. Set it where "
                "Quai runs, or name the secret by `env` or `file`."
            )
        value = _blocks[-1](secret.block)
    elif secret.env:
        value = from_environment(secret.env)
    else:
        value = _of_file(secret.file or "", "a partner's file names it as a secret")
    remember(value)
    return value


def from_environment(name: str) -> str:
    """The value of the variable, or what is in the file that `<name>_FILE` names, as Docker and Kubernetes mount it."""
    value, named = os.environ.get(name, ""), os.environ.get(f"{name}_FILE", "")
    if value and named:
        raise FeedMisconfigured(f"the environment variables {name} and {name}_FILE are both set. Unset one of them.")
    if named:
        return _of_file(named, f"the environment variable {name}_FILE names it")
    if not value:
        raise FeedMisconfigured(
            f"the environment variable {name} is not set, and a partner's file names it as a secret. "
            f"Set {name}, or {name}_FILE to a file that holds it, where Quai runs; or correct the `env` key."
        )
    return value


def _of_file(path: str, why: str) -> str:
    try:
        with Path(path).open("rb") as held:
            content = held.read(LONGEST + 1)
        value = content.decode().rstrip("\r\n")
        seen = "cannot be read (it is no short text)" if len(content) > LONGEST else "" if value else "is empty"
    except (OSError, ValueError) as fault:
        seen = f"cannot be read ({getattr(fault, 'strerror', None) or 'it is no short text'})"
    if seen:  # outside the except: a decoding error holds what was read, and would be shown as the cause of ours
        raise FeedMisconfigured(f"the file {path} {seen}, and {why}. Mount it, or grant Quai's account to read it.")
    return value


def blocks_are_read_by(reader: Callable[[str], str]) -> None:
    """From now on secrets that name a Prefect block are asked of this; it raises FeedMisconfigured."""
    _blocks.append(reader)


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
        return
    if isinstance(value, BaseModel):
        value = [getattr(value, name) for name in type(value).model_fields]
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list | tuple) else ()
    for one in inner:
        yield from _within(one)
