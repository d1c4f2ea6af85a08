"""The conversation that both services share, on the HTTP sources' own Web: paced, patient, with an end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import NoReturn

from connectors.http.clock import Clock
from connectors.http.settings import HttpSettings, Pace
from connectors.http.web import Web
from connectors.source import Place
from offers.errors import FeedMisconfigured, Unreachable
from offers.feed import Secret

MOST = 50_000_000
"""Bytes of one answer, unpacked."""


@dataclass(frozen=True)
class Manner:
    """How patiently a service is asked; seconds. `deadline` bounds what one delivery spends on it."""

    connect_timeout: float = 5
    read_timeout: float = 30
    deadline: float = 300
    attempts: int = 3
    clock: Clock = field(default_factory=Clock)


def talk(name: str, url: str, now: Callable[[], datetime], manner: Manner, pace: Pace) -> Web:
    """A conversation with the service at this address, which the place itself named: it may be inside its network."""
    settings = HttpSettings(
        url=url,
        allow_private=True,
        allow_http=url.startswith("http://"),
        connect_timeout=manner.connect_timeout,
        read_timeout=manner.read_timeout,
        deadline=manner.deadline,
        attempts=manner.attempts,
    )
    return Web(name, settings, Place(Path(), _no_secret, now), manner.clock, pace)


def not_as_documented(web: Web, seen: str, expected: str) -> Unreachable:
    """The service answered, and not in its own shape: perhaps a page that says it is being repaired."""
    return Unreachable(f"{web.slug}: {web.host} answered with {seen}, expected {expected}.")


def _no_secret(secret: Secret) -> NoReturn:
    raise FeedMisconfigured(f"no outside service needs a secret, and {secret.where} was asked for")
