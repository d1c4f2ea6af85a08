"""What the tests of the HTTP connectors share: a feed, a place, a clock that only moves when it is told to."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from connectors.http.api import ApiConnector
from connectors.http.clock import Clock
from connectors.http.download import DownloadConnector
from connectors.settings import ApiSettings, DownloadSettings
from connectors.source import Workspace
from offers.feed import Feed, Secret
from offers.format import Format
from offers.model import Drop

NOW = datetime(2026, 3, 2, 4, 5, 6, tzinfo=UTC)
LOCAL = {"allow_private": True, "allow_http": True}
SECRETS = {
    "TOKEN": "tok-5ecret-7777",
    "PASSWORD": "pass word/&5ecret",
    "CLIENT": "cli-5ecret-8888",
    "OLD": "old-5ecret-9999",
}


class Turned:
    """A clock that moves on by what was slept, and remembers it."""

    def __init__(self, chance: float = 1.0) -> None:
        self.time, self.slept, self._chance = 1000.0, list[float](), chance

    @property
    def clock(self) -> Clock:
        return Clock(now=lambda: self.time, sleep=self.sleep, chance=lambda: self._chance)

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.time += seconds


def place(home: Path, **secrets: str) -> Workspace:
    known = {**SECRETS, **secrets}
    return Workspace(home, lambda secret: known[str(secret.env)], lambda: NOW)


def feed(source: Any, kind: str = "api", **more: Any) -> Feed:
    format = Format(kind="jsonl") if kind == "api" else Format(kind="csv")
    said = {"partner": "acme", "name": "offres", "title": "Acme", "mapping": {}, **more}
    return Feed(source=source, format=format, **said)


def api(url: str | Secret, home: Path, turned: Turned | None = None, reference: str = "", **keys: Any) -> ApiConnector:
    settings = ApiSettings(**{"url": url, **LOCAL, **keys})
    mapping = {"reference": reference} if reference else {}
    return ApiConnector(feed(settings, mapping=mapping), settings, place(home), (turned or Turned()).clock)


def download(url: str | Secret, home: Path, turned: Turned | None = None, **keys: Any) -> DownloadConnector:
    settings = DownloadSettings(**{"url": url, **LOCAL, **keys})
    return DownloadConnector(feed(settings, "download"), settings, place(home), (turned or Turned()).clock)


def only(connector: ApiConnector | DownloadConnector) -> Drop:
    (drop,) = connector.collect()
    return drop


def records(drop: Drop) -> list[Any]:
    return [json.loads(line) for line in drop.path.read_text(encoding="utf-8").splitlines()]
