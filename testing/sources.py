"""The yard's feed behind each way of reaching it, on a real local server that can be made to fail, and be mended."""

from __future__ import annotations

import resource
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Any

from connectors import KINDS
from offers.format import Format
from testing.servers.bucket_side import SECRETS as BUCKET_SECRETS
from testing.servers.bucket_side import BucketSide, bucket_side, error
from testing.servers.http import Asked, Reply, Server
from testing.servers.proxy import Proxy
from testing.servers.sftp_side import PASSWORD, SftpSide, sftp_side
from testing.yard import offer, table

Rows = list[dict[str, str]]
Fault = AbstractContextManager[Mapping[str, Any]]
LOCAL = {"allow_private": True, "allow_http": True, "attempts": 2, "deadline": 30}
PAD = [offer(f"X{number:03d}", Type="CDI", Description="Autre chose. " * 60) for number in range(200)]
"""Records that the feed's filter leaves aside: a drop of 200 kB breaks in its middle."""


class Source:
    """One way of reaching the feed. `fault` gives what is to be said otherwise in the settings while it lasts."""

    format = Format(kind="csv")
    secrets: Mapping[str, str]

    def leave(self, rows: Rows) -> None:
        """The partner leaves these offers."""
        raise NotImplementedError

    def given(self) -> dict[str, Any]:
        """The feed's `[source]`."""
        raise NotImplementedError

    def fault(self, name: str) -> Fault:
        """While it lasts, the source fails in this way."""
        made: Callable[[], Fault] = getattr(self, name)
        return made()

    def changed(self, **other: Any) -> dict[str, Any]:
        """What a run of the yard's feed is told."""
        given = {**self.given(), **other}
        return {"source": KINDS[given["kind"]].settings.model_validate(given), "format": self.format}

    def disk_full(self) -> Fault:
        return full_disk()


class Sftp(Source):
    def __init__(self, side: SftpSide) -> None:
        self.side = side
        self.secrets = {"SFTP_PASSWORD": PASSWORD}

    def leave(self, rows: Rows) -> None:
        self.side.leave("offres.csv", table(rows + PAD))

    def given(self) -> dict[str, Any]:
        return {
            "kind": "sftp", "host": "127.0.0.1", "port": self.side.server.port, "user": self.side.server.user,
            "password": {"env": "SFTP_PASSWORD"}, "host_key": self.side.server.host_key, "path": "inbox",
            "glob": "*.csv", "allow_private": True, "look_again_seconds": 0,
        }  # fmt: skip

    def gone_before(self) -> Fault:
        return nullcontext({"port": closed_port()})

    @contextmanager
    def gone_during(self) -> Iterator[Mapping[str, Any]]:
        with Proxy(self.side.server.port, cut_after=100_000, cuts=100) as flaky:
            yield {"port": flaky.port}

    @contextmanager
    def gone_after(self) -> Iterator[Mapping[str, Any]]:
        """The drop is taken; then the server lets nothing be moved."""
        self.side.server.may_rename = False  # type: ignore[union-attr] # it is the in-process server
        yield {}
        self.side.server.may_rename = True  # type: ignore[union-attr] # the same

    @contextmanager
    def truncated(self) -> Iterator[Mapping[str, Any]]:
        self.side.server.ends_at = 100_000  # type: ignore[union-attr] # the same
        yield {}
        self.side.server.ends_at = None  # type: ignore[union-attr] # the same

    @contextmanager
    def replaced(self) -> Iterator[Mapping[str, Any]]:
        path = self.side.root / "inbox" / "offres.csv"
        whole = path.read_bytes()

        def replace() -> None:
            self.side.leave("nouveau", whole[:-100]).replace(path)

        with Proxy(self.side.server.port, at=(100_000, replace)) as slow:
            yield {"port": slow.port}
        self.side.leave("offres.csv", whole)

    def wrong_host_key(self) -> Fault:
        return nullcontext({"host_key": "SHA256:" + "A" * 43})

    def wrong_password(self) -> Fault:
        return nullcontext({"password": {"env": "WRONG"}})


class Http(Source):
    """A download or an API: `wrong` is asked first, and answers what it will."""

    def __init__(self, server: Server) -> None:
        self.server, self.rows, self.token = server, list[dict[str, str]](), 0
        self.wrong: Callable[[Asked], Reply | None] = lambda asked: None
        self.secrets = {"CLIENT_SECRET": "cli-5ecret-8888", "API_TOKEN": "tok-5ecret-7777"}
        server.answer = self.answer

    def leave(self, rows: Rows) -> None:
        self.rows = rows

    def answer(self, asked: Asked) -> Reply:
        return self.wrong(asked) or self.right(asked)

    def right(self, asked: Asked) -> Reply:
        raise NotImplementedError

    @contextmanager
    def going_wrong(self, wrong: Callable[[Asked], Reply | None]) -> Iterator[Mapping[str, Any]]:
        """While it lasts, some requests are answered otherwise."""
        self.wrong = wrong
        yield {}
        self.wrong = lambda asked: None

    def gone_before(self) -> Fault:
        return nullcontext({"url": f"http://127.0.0.1:{closed_port()}/offres"})

    def gone_during(self) -> Fault:
        return self.going_wrong(lambda asked: Reply(hang_up=True) if self.late(asked) else None)

    def truncated(self) -> Fault:
        return self.going_wrong(lambda asked: _cut(self.right(asked)) if self.late(asked) else None)

    def late(self, asked: Asked) -> bool:
        """Whether this is where a fault in the middle strikes."""
        return asked.path == "/offres"

    def asked_to_wait(self) -> Fault:
        return self.going_wrong(lambda asked: Reply(429, headers={"Retry-After": "7200"}) if self.late(asked) else None)

    def asked_to_slow_down(self) -> Fault:
        return self.going_wrong(lambda asked: Reply(429) if self.late(asked) else None)

    def redirected_inside(self) -> Fault:
        there = {"Location": "http://169.254.169.254/latest/meta-data/"}
        return self.going_wrong(lambda asked: Reply(302, headers=there) if self.late(asked) else None)

    def wrong_password(self) -> Fault:
        said = f"the token {self.secrets['API_TOKEN']} is not known".encode()
        return self.going_wrong(lambda asked: Reply(401, said) if self.late(asked) else None)


class Download(Http):
    def right(self, asked: Asked) -> Reply:
        return Reply(body=table(self.rows + PAD), headers={"ETag": f'"{len(self.rows)}"'})

    def given(self) -> dict[str, Any]:
        auth = {"kind": "bearer", "token": {"env": "API_TOKEN"}}
        return {"kind": "download", "url": self.server.url("/offres"), "name": "offres.csv", "auth": auth, **LOCAL}


class Api(Http):
    """Pages of one record each, behind a token that a secret buys."""

    format = Format(kind="jsonl")

    def right(self, asked: Asked) -> Reply:
        if asked.path == "/token":
            self.token += 1
            return Reply(json={"access_token": f"at-5ecret-{self.token:04d}", "expires_in": 3600})
        if asked.headers["Authorization"] != f"Bearer at-5ecret-{self.token:04d}":
            return Reply(401)
        place = int(asked.query["page"]) - 1
        return Reply(json={"jobs": self.rows[place : place + 1], "total": len(self.rows)})

    def given(self) -> dict[str, Any]:
        auth = {
            "kind": "oauth2", "token_url": self.server.url("/token"), "client_id": "quai",
            "client_secret": {"env": "CLIENT_SECRET"},
        }  # fmt: skip
        return {
            "kind": "api", "url": self.server.url("/offres"), "records": "jobs", "total": "total", "auth": auth,
            "pagination": {"kind": "page", "param": "page"}, **LOCAL,
        }  # fmt: skip

    def late(self, asked: Asked) -> bool:
        return asked.query.get("page") == "7"

    def disk_full(self) -> Fault:
        return full_disk(4_000)

    def error_on_page_7(self) -> Fault:
        return self.going_wrong(lambda asked: Reply(500) if self.late(asked) else None)

    def same_page_twice(self) -> Fault:
        def again(asked: Asked) -> Reply | None:
            return Reply(json={"jobs": self.rows[:1], "total": len(self.rows)}) if self.late(asked) else None

        return self.going_wrong(again)

    def not_json(self) -> Fault:
        return self.going_wrong(lambda asked: Reply(body=b"<html>maintenance</html>") if self.late(asked) else None)

    def no_more_tokens(self) -> Fault:
        return self.going_wrong(lambda asked: Reply(401) if asked.path == "/token" or self.late(asked) else None)


class Bucket(Source):
    def __init__(self, side: BucketSide) -> None:
        self.side, self.secrets = side, BUCKET_SECRETS

    def leave(self, rows: Rows) -> None:
        self.side.leave("offres.csv", table(rows + PAD))

    def given(self) -> dict[str, Any]:
        keys = {name: {"env": name.upper()} for name in ("key", "secret", "token")}
        local = {"allow_private": True, "allow_http": True}
        return {"kind": "bucket", "url": self.side.url, "glob": "*.csv", **self._at(self.side.port), **keys, **local}

    def _at(self, port: int) -> dict[str, Any]:
        return {"endpoint": f"http://127.0.0.1:{port}"}

    def gone_before(self) -> Fault:
        return nullcontext(self._at(closed_port()))

    @contextmanager
    def gone_during(self) -> Iterator[Mapping[str, Any]]:
        with Proxy(self.side.port, cut_after=100_000, cuts=100) as flaky:
            yield self._at(flaky.port)

    def _answering(self, status: int, code: str) -> Fault:
        self.side.misbehaving.answer = lambda asked: error(status, code)
        return nullcontext(self._at(self.side.misbehaving.port))

    def asked_to_slow_down(self) -> Fault:
        return self._answering(503, "SlowDown")

    def wrong_password(self) -> Fault:
        return self._answering(403, "InvalidAccessKeyId")

    def redirected_inside(self) -> Fault:
        return nullcontext({"endpoint": "http://169.254.169.254"})


@contextmanager
def opened(kind: str, tmp: Path) -> Iterator[Source]:
    """One source, its server running."""
    if kind == "sftp":
        with sftp_side("in-process", tmp / "sftp") as side:
            yield Sftp(side)
    elif kind == "bucket":
        with bucket_side("s3", tmp) as bucket:
            yield Bucket(bucket)
    else:
        with Server(lambda asked: Reply(500)) as server:
            yield Download(server) if kind == "download" else Api(server)


@contextmanager
def full_disk(limit: int = 50_000) -> Iterator[Mapping[str, Any]]:
    """The system itself refuses to write a file on beyond `limit` bytes, as on a disk that is full."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, hard))
    try:
        yield {}
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def closed_port() -> int:
    """A port at which nobody listens."""
    with Proxy(0) as gone:
        return gone.port


def _cut(reply: Reply) -> Reply:
    return Reply(reply.status, reply.body, {}, reply.json, cut=50)
