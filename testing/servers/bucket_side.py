"""A partner's bucket for tests: an S3-compatible server on loopback, its objects, and our connector to them."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any
from uuid import uuid4

import fsspec  # type: ignore[import-untyped]  # the library ships no types

from connectors.bucket import BucketConnector
from connectors.settings import BucketSettings
from connectors.source import Workspace
from offers.feed import Feed, Secret
from offers.format import Format
from testing.servers.http import Asked, Reply, Server

NOW = datetime(2026, 6, 2, 4, 15, tzinfo=UTC)
SECRETS = {"KEY": "AKIA5ECRET5ECRET", "SECRET": "sec/5ecret+9999", "TOKEN": "tok-5ecret-7777"}
LOCAL = {"allow_private": True, "allow_http": True}
KEYS = {"key": Secret(env="KEY"), "secret": Secret(env="SECRET"), "token": Secret(env="TOKEN")}


@cache
def s3_port() -> int:
    """The port of one server for the whole process: each test has a bucket of its own in it."""
    from moto.server import ThreadedMotoServer  # here: it takes seconds to import, and few tests want it

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    return int(server.get_host_and_port()[1])


def files(port: int) -> Any:
    """The server's objects as its owner sees them."""
    url = f"http://127.0.0.1:{port}"
    return fsspec.filesystem("s3", key="owner", secret="owner", endpoint_url=url, use_listings_cache=False)  # noqa: S106  of no one


def feed(source: Any = None, **more: Any) -> Feed:
    return Feed(
        partner="rivoire", name="offres", title="Offres", source=source, format=Format(kind="csv"), mapping={}, **more
    )


def error(status: int, code: str) -> Reply:
    """A store's error as S3 words it; the text repeats what was sent, as some servers do."""
    said = f"<Error><Code>{code}</Code><Message>for {SECRETS['KEY']} {SECRETS['TOKEN']}</Message></Error>"
    return Reply(status, said.encode(), {"Content-Type": "application/xml"})


@dataclass
class BucketSide:
    """See `tests/connectors/test_contract.py` for what a rig offers; `files` sees all, `url` is the inbox."""

    home: Path
    url: str
    files: Any
    port: int
    misbehaving: Server
    waited: list[float] = field(default_factory=list)
    opened: list[BucketConnector] = field(default_factory=list)
    secrets: tuple[str, ...] = tuple(SECRETS.values())

    @property
    def root(self) -> str:
        return str(self.files._strip_protocol(self.url)).rstrip("/")

    def open(self, *, of: Feed | None = None, port: int | None = None, **settings: Any) -> BucketConnector:
        s3 = {**KEYS, **LOCAL, "endpoint": f"http://127.0.0.1:{port or self.port}"}
        given = {"url": self.url, "glob": "*.csv", **(s3 if self.url.startswith("s3") or port else {}), **settings}
        place = Workspace(self.home, lambda secret: SECRETS[str(secret.env)], lambda: NOW)
        made = BucketSettings(**given)
        connector = BucketConnector(of or feed(made), made, place, self.waited.append)
        self.opened.append(connector)
        return connector

    def leave(self, name: str, content: bytes) -> None:
        self.files.pipe_file(f"{self.root}/{name}", content)

    def inbox(self) -> dict[str, bytes]:
        return {name: content for name, content in self._all().items() if "/" not in name}

    def archive(self) -> dict[str, bytes]:
        return {name: content for name, content in self._all().items() if name.startswith(("archive/", "rejected/"))}

    def outbox(self) -> dict[str, bytes]:
        return {n.removeprefix("outbox/"): content for n, content in self._all().items() if n.startswith("outbox/")}

    def _all(self) -> dict[str, bytes]:
        return {path[len(self.root) + 1 :]: self.files.cat_file(path) for path in self.files.find(self.root)}

    def unreachable(self) -> BucketConnector:
        return self.answering(lambda asked: error(503, "SlowDown"))

    def refusing(self) -> BucketConnector:
        return self.answering(lambda asked: error(403, "InvalidAccessKeyId"))

    def answering(self, answer: Any, **settings: Any) -> BucketConnector:
        """A connector to a server that answers as the test says."""
        self.misbehaving.asked.clear()
        self.misbehaving.answer = answer
        return self.open(port=self.misbehaving.port, **{"url": "s3://acme/inbox/", **settings})

    def attempts(self) -> int:
        return len(self.misbehaving.asked)


@contextmanager
def bucket_side(protocol: str, home: Path) -> Iterator[BucketSide]:
    """A partner's bucket on `s3`, `memory` or `file`."""
    name = f"acme-{uuid4().hex[:12]}"
    with Server(_never) as server:
        if protocol == "s3":
            port = s3_port()
            owner = files(port)
            owner.mkdir(name)
            yield BucketSide(home, f"s3://{name}/inbox/", owner, port, server)
        elif protocol == "memory":
            yield BucketSide(home, f"memory://{name}/inbox", fsspec.filesystem("memory"), 0, server)
        else:
            (home / name).mkdir()
            yield BucketSide(home, f"file://{home / name}", fsspec.filesystem("file"), 0, server)


def _never(asked: Asked) -> Reply:
    return Reply(500)
