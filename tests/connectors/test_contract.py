"""What every connector promises, kept by all of them: a folder, SFTP, buckets, downloads, APIs."""

from __future__ import annotations

import hashlib
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

import pytest

from connectors import KINDS
from connectors.folder import FolderConnector
from connectors.http.api import ApiConnector
from connectors.http.download import DownloadConnector
from connectors.settings import FolderSettings
from connectors.source import Connector, Workspace
from offers.errors import CannotCollect, Refused, Unreachable
from offers.model import Drop, VerdictKind
from testing.servers.bucket_side import BucketSide, bucket_side
from testing.servers.feeds import SECRETS, api, download, only
from testing.servers.http import Asked, Reply, Server
from testing.servers.openssh import SSHD
from testing.servers.sftp_side import NOW, YESTERDAY, SftpSide, feed, sftp_side

FIRST, SECOND = b"reference;titre\n1;Accueil\n", b"reference;titre\n1;Accueil\n2;Atelier\n"


class Rig(Protocol):
    """A partner's side that a test can arrange and look at; folders as {path inside: bytes}."""

    secrets: tuple[str, ...]

    def open(self) -> Connector: ...
    def leave(self, name: str, content: bytes) -> None: ...
    def inbox(self) -> dict[str, bytes]: ...
    def archive(self) -> dict[str, bytes]: ...
    def outbox(self) -> dict[str, bytes]: ...
    def unreachable(self) -> Connector: ...
    def refusing(self) -> Connector: ...
    def attempts(self) -> int | None:
        """How often the source was asked by `unreachable()` or `refusing()`; None where asking costs nothing."""
        ...


class ConnectorContract:
    """The promises. A source that cannot be cleared (a download, an API) overrides what does not hold for it."""

    def test_it_yields_drops_that_can_be_read_byte_for_byte(self, rig: Rig) -> None:
        rig.leave("offres.csv", FIRST)
        drops = list(rig.open().collect())
        assert [type(drop) for drop in drops] == [Drop]
        (drop,) = drops
        assert (drop.name, drop.size, drop.path.read_bytes()) == ("offres.csv", len(FIRST), FIRST)
        assert drop.arrived_at.tzinfo is not None
        assert drop.origin

    def test_a_source_with_nothing_new_yields_nothing(self, rig: Rig) -> None:
        assert list(rig.open().collect()) == []

    def test_collecting_moves_nothing_and_the_same_drop_is_offered_again(self, rig: Rig) -> None:
        rig.leave("offres.csv", FIRST)
        list(rig.open().collect())
        assert rig.inbox() == {"offres.csv": FIRST}
        assert [drop.name for drop in rig.open().collect()] == ["offres.csv"]

    @pytest.mark.parametrize("outcome", list(VerdictKind))
    def test_a_settled_drop_has_left_the_inbox_whole(self, rig: Rig, outcome: VerdictKind) -> None:
        rig.leave("offres.csv", FIRST)
        connector = rig.open()
        (drop,) = connector.collect()
        connector.settle(drop, outcome)
        assert rig.inbox() == {}
        assert list(rig.archive().values()) == [FIRST]

    def test_settling_never_overwrites(self, rig: Rig) -> None:
        for content in (FIRST, SECOND, FIRST):
            rig.leave("offres.csv", content)
            connector = rig.open()
            (drop,) = connector.collect()
            connector.settle(drop, VerdictKind.ACCEPTED)
        assert sorted(rig.archive().values()) == sorted([FIRST, SECOND, FIRST])

    def test_a_drop_replaced_after_it_was_read_stays_for_the_next_run(self, rig: Rig) -> None:
        rig.leave("offres.csv", FIRST)
        connector = rig.open()
        (drop,) = connector.collect()
        rig.leave("offres.csv", SECOND)
        connector.settle(drop, VerdictKind.ACCEPTED)
        assert rig.inbox() == {"offres.csv": SECOND}

    def test_what_is_put_appears_under_its_name_alone_and_replaces_the_older(self, rig: Rig) -> None:
        connector = rig.open()
        connector.put("offres.retour.csv", FIRST)
        where = connector.put("offres.retour.csv", SECOND)
        assert where.endswith("offres.retour.csv")
        assert rig.outbox() == {"offres.retour.csv": SECOND}

    def test_a_name_cannot_lead_out_of_the_outbox(self, rig: Rig) -> None:
        rig.open().put("../../offres.csv", FIRST)
        assert rig.outbox() == {"offres.csv": FIRST}

    def test_unreachable_is_retried_and_then_said(self, rig: Rig) -> None:
        with pytest.raises(Unreachable):
            list(rig.unreachable().collect())
        assert rig.attempts() in (None, 3)

    def test_refused_is_not_retried(self, rig: Rig) -> None:
        with pytest.raises(Refused):
            list(rig.refusing().collect())
        assert rig.attempts() in (None, 1)

    def test_it_is_silent_about_secrets(self, rig: Rig, caplog: pytest.LogCaptureFixture) -> None:
        caplog.set_level(logging.DEBUG)
        rig.leave("offres.csv", FIRST)
        said = []
        for connector in (rig.open(), rig.refusing(), rig.unreachable()):
            said.append(repr(connector) + repr(vars(connector)))
            try:
                said += [repr(drop) for drop in connector.collect()]
            except CannotCollect as fault:
                said.append(f"{fault!r} {fault.__cause__!r} {fault.__context__!r}")
        everything = "\n".join([*said, caplog.text])
        assert not [secret for secret in rig.secrets if secret in everything]


@pytest.mark.parametrize("server", ["openssh", "in-process"])
class TestSftp(ConnectorContract):
    @pytest.fixture
    def rig(self, server: str, tmp_path: Path) -> Iterator[SftpSide]:
        if server == "openssh" and not SSHD:
            pytest.skip("sshd is not installed; the same tests run on the in-process server")
        with sftp_side(server, tmp_path) as side:
            yield side


class FolderSide:
    secrets = ()

    def __init__(self, home: Path) -> None:
        self.home = home
        (home / "inbox").mkdir()

    def open(self, path: str = "inbox") -> FolderConnector:
        place = Workspace(self.home, lambda secret: str(secret.env), lambda: NOW)
        return FolderConnector(feed(), FolderSettings(path=path, glob="*.csv"), place, lambda seconds: None)

    def leave(self, name: str, content: bytes) -> None:
        path = self.home / "inbox" / name
        path.write_bytes(content)
        os.utime(path, (YESTERDAY.timestamp(), YESTERDAY.timestamp()))

    def inbox(self) -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in (self.home / "inbox").iterdir() if path.is_file()}

    def archive(self) -> dict[str, bytes]:
        return _below(self.home / "inbox" / "archive") | _below(self.home / "inbox" / "rejected")

    def outbox(self) -> dict[str, bytes]:
        return _below(self.home / "inbox" / "outbox")

    def unreachable(self) -> FolderConnector:
        return self.open("not-mounted")

    def refusing(self) -> FolderConnector:
        (self.home / "a-file").touch()
        return self.open("a-file")

    def attempts(self) -> None:
        return None


class TestFolder(ConnectorContract):
    @pytest.fixture
    def rig(self, tmp_path: Path) -> FolderSide:
        return FolderSide(tmp_path)


def _below(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


@pytest.mark.parametrize("kind", ["s3", "memory", "file"])
class TestBucket(ConnectorContract):
    @pytest.fixture
    def rig(self, kind: str, tmp_path: Path) -> Iterator[BucketSide]:
        with bucket_side(kind, tmp_path) as side:
            yield side


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

    def open(self, path: str = "/offres") -> Connector:
        raise NotImplementedError

    def unreachable(self) -> Connector:
        self.server.asked.clear()
        return self.open("/503")

    def refusing(self) -> Connector:
        self.server.asked.clear()
        return self.open("/403")

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


class ApiSide(HttpSide):
    def answer(self, asked: Asked) -> Reply:
        if asked.path != "/offres":
            return Reply(int(asked.path.strip("/")))
        return Reply(json=[{"csv": content.decode()} for content in self.files.values()])

    def open(self, path: str = "/offres") -> ApiConnector:
        return api(self.server.url(path), self.home, attempts=3, auth=BEARER)


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


IN_A_TOML: dict[str, dict[str, object]] = {
    "folder": {"path": "inbox"},
    "sftp": {"host": "sftp.example.org", "user": "quai", "password": {"env": "P"}, "host_key": "unknown"},
    "bucket": {"url": "memory://nowhere"},
    "download": {"url": "https://jobs.example.org/offres.csv"},
    "api": {"url": "https://jobs.example.org/jobs"},
}


@pytest.mark.parametrize("kind", KINDS)
def test_the_word_in_a_toml_opens_its_connector(kind: str, tmp_path: Path) -> None:
    settings = KINDS[kind].settings.model_validate({"kind": kind, **IN_A_TOML[kind]})
    opened = KINDS[kind].open(feed(), settings, Workspace(tmp_path, lambda secret: str(secret.env), lambda: NOW))
    assert type(opened).__name__ == f"{kind.capitalize()}Connector"
