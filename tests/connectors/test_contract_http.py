"""The HTTP connectors keep the promises of every connector; what cannot be cleared is told by its ETag."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from connectors.api import ApiConnector
from connectors.download import DownloadConnector
from offers.model import VerdictKind
from testing.contract import FIRST, SECOND, ConnectorContract
from testing.servers.feeds import SECRETS, api, download, only
from testing.servers.http import Asked, Reply, Server

BEARER = {"kind": "bearer", "token": {"env": "TOKEN"}}


class HttpSide:
    secrets = (SECRETS["TOKEN"],)

    def __init__(self, home: Path, server: Server) -> None:
        self.home, self.server = home, server
        self.files: dict[str, bytes] = {}

    def leave(self, name: str, content: bytes) -> None:
        self.files = {name: content}

    def inbox(self) -> dict[str, bytes]:
        return dict(self.files)

    def archive(self) -> dict[str, bytes]:
        return {}

    def outbox(self) -> dict[str, bytes]:
        folder = self.home / "outbox" / "acme" / "offres"
        return {path.name: path.read_bytes() for path in folder.iterdir()}

    def attempts(self) -> int:
        return len(self.server.asked)


class DownloadSide(HttpSide):
    def answer(self, asked: Asked) -> Reply:
        if asked.path != "/offres":
            return Reply(int(asked.path.strip("/")))
        ((name, content),) = self.files.items()
        etag = f'"{hashlib.sha256(content).hexdigest()}"'
        if asked.headers.get("If-None-Match") == etag:
            return Reply(304)
        return Reply(body=content, headers={"ETag": etag, "Content-Disposition": f'attachment; filename="{name}"'})

    def open(self, path: str = "/offres") -> DownloadConnector:
        return download(self.server.url(path), self.home, attempts=3, auth=BEARER)

    def unreachable(self) -> DownloadConnector:
        self.server.asked.clear()
        return self.open("/503")

    def refusing(self) -> DownloadConnector:
        self.server.asked.clear()
        return self.open("/403")


class ApiSide(HttpSide):
    def answer(self, asked: Asked) -> Reply:
        if asked.path != "/offres":
            return Reply(int(asked.path.strip("/")))
        return Reply(json=[{"csv": content.decode()} for content in self.files.values()])

    def open(self, path: str = "/offres") -> ApiConnector:
        return api(self.server.url(path), self.home, attempts=3, auth=BEARER)

    def unreachable(self) -> ApiConnector:
        self.server.asked.clear()
        return self.open("/503")

    def refusing(self) -> ApiConnector:
        self.server.asked.clear()
        return self.open("/403")


@contextmanager
def side(kind: type[HttpSide], home: Path) -> Iterator[HttpSide]:
    with Server(lambda asked: Reply(500)) as server:
        made = kind(home, server)
        server.answer = made.answer  # type: ignore[attr-defined] # each side has its own
        yield made


class TestDownload(ConnectorContract):
    @pytest.fixture
    def rig(self, tmp_path: Path) -> Iterator[HttpSide]:
        with side(DownloadSide, tmp_path) as made:
            yield made

    def test_a_source_with_nothing_new_yields_nothing(self, rig: DownloadSide) -> None:
        rig.leave("offres.csv", FIRST)
        connector = rig.open()
        connector.settle(only(connector), VerdictKind.ACCEPTED)
        assert list(rig.open().collect()) == []

    @pytest.mark.parametrize("outcome", list(VerdictKind))
    def test_a_settled_drop_has_left_the_inbox_whole(self, rig: DownloadSide, outcome: VerdictKind) -> None:
        """The file stays where its partner has it; what is cleared is ours, and it is not fetched again."""
        rig.leave("offres.csv", FIRST)
        connector = rig.open()
        drop = only(connector)
        connector.settle(drop, outcome)
        assert not drop.path.exists()
        assert list(rig.open().collect()) == []

    def test_settling_never_overwrites(self, rig: DownloadSide) -> None:
        """Each version that the server shows is a drop, also one that it has shown before."""
        for content in (FIRST, SECOND, FIRST):
            rig.leave("offres.csv", content)
            connector = rig.open()
            drop = only(connector)
            assert drop.path.read_bytes() == content
            connector.settle(drop, VerdictKind.ACCEPTED)


class TestApi(ConnectorContract):
    @pytest.fixture
    def rig(self, tmp_path: Path) -> Iterator[HttpSide]:
        with side(ApiSide, tmp_path) as made:
            yield made

    def test_it_yields_drops_that_can_be_read_byte_for_byte(self, rig: ApiSide) -> None:
        rig.leave("offres.csv", b"1;Accueil")
        drop = only(rig.open())
        assert drop.path.read_bytes() == b'{"csv":"1;Accueil"}\n'
        assert drop.size == drop.path.stat().st_size

    def test_a_source_with_nothing_new_yields_nothing(self, rig: ApiSide) -> None:
        """An API that has no record says so in an empty drop: that is refused where it is read, not overlooked."""
        assert only(rig.open()).size == 0

    def test_collecting_moves_nothing_and_the_same_drop_is_offered_again(self, rig: ApiSide) -> None:
        rig.leave("offres.csv", FIRST)
        first = only(rig.open()).path.read_bytes()
        assert only(rig.open()).path.read_bytes() == first

    @pytest.mark.parametrize("outcome", list(VerdictKind))
    def test_a_settled_drop_has_left_the_inbox_whole(self, rig: ApiSide, outcome: VerdictKind) -> None:
        rig.leave("offres.csv", FIRST)
        connector = rig.open()
        drop = only(connector)
        connector.settle(drop, outcome)
        assert not drop.path.exists()

    def test_settling_never_overwrites(self, rig: ApiSide) -> None:
        pytest.skip("an API has no archive: the landing keeps each answer under its checksum")
