"""Secrets, read at the last moment: a variable, the file that `<variable>_FILE` names, or a file. Never kept here."""

from __future__ import annotations

import os
from pathlib import Path

from offers.errors import FeedMisconfigured
from offers.feed import Secret

LONGEST = 65_536
"""Bytes: a private key is a tenth of it, and what is longer is some other file."""


def resolve(secret: Secret) -> str:
    """The value of a secret in the environment or in a file. Raises FeedMisconfigured naming the place, no value."""
    if secret.env:
        return from_environment(secret.env)
    if secret.file:
        return _of_file(secret.file, "a partner's file names it as a secret")
    raise FeedMisconfigured(f"{secret.where} is named as a secret, and only a run that knows Prefect can read it.")


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
        value = _whole(path).rstrip("\r\n")
        seen = "" if value else "is empty"
    except (OSError, ValueError) as fault:
        seen = f"cannot be read ({getattr(fault, 'strerror', None) or 'it is no short text'})"
    if seen:  # outside the except: a decoding error holds what was read, and would be shown as the cause of ours
        raise FeedMisconfigured(f"the file {path} {seen}, and {why}. Mount it, or grant Quai's account to read it.")
    return value


def _whole(path: str) -> str:
    with Path(path).open("rb") as held:
        content = held.read(LONGEST + 1)
    if len(content) > LONGEST:
        raise ValueError
    return content.decode()
