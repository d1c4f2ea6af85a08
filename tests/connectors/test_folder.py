"""The folder connector: what it takes, what it leaves, and where it puts things after the commit."""

from __future__ import annotations

import errno
import os
import socket
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from connectors.folder import FolderConnector
from connectors.settings import FolderSettings
from connectors.source import Workspace
from offers.errors import CannotCollect, QuaiError, Refused, Unreachable
from offers.feed import Feed
from offers.format import Format
from offers.model import VerdictKind
from warehouse.landing import Landing

NOW = datetime(2026, 6, 1, 8, 0, tzinfo=UTC)
FEED = Feed(partner="rivoire", name="offres", title="Offres", source=None, format=Format(kind="csv"), mapping={})


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    (tmp_path / "inbox").mkdir()
    return tmp_path / "inbox"


def connector(inbox: Path, wait: Callable[[float], None] | None = None, **settings: Any) -> FolderConnector:
    def never(seconds: float) -> None:
        raise AssertionError(f"waited {seconds} s for nothing")

    place = Workspace(inbox.parent, lambda secret: str(secret.env), lambda: NOW)
    return FolderConnector(FEED, FolderSettings(path="inbox", **settings), place, wait or never)


def drop(inbox: Path, name: str, age: float = 60, content: bytes = b"x") -> Path:
    path = inbox / name
    path.write_bytes(content)
    instant = NOW.timestamp() - age
    os.utime(path, (instant, instant))
    return path


def names(connector: FolderConnector) -> list[str]:
    return [found.name for found in connector.collect()]


def test_files_come_oldest_first_then_by_name(inbox: Path) -> None:
    for name, age in [("b.csv", 60), ("a.csv", 60), ("old.csv", 90), ("new.csv", 30)]:
        drop(inbox, name, age)
    assert names(connector(inbox)) == ["old.csv", "a.csv", "b.csv", "new.csv"]


def test_a_drop_says_where_it_was_found_and_when(inbox: Path) -> None:
    path = drop(inbox, "offres.csv", 60, b"abc")
    (found,) = connector(inbox).collect()
    assert (found.feed, found.name, found.path, found.size) == ("rivoire/offres", "offres.csv", path, 3)
    assert (found.arrived_at.timestamp(), found.origin) == (NOW.timestamp() - 60, str(path))


def test_unfinished_hidden_and_lock_files_and_folders_stay(inbox: Path) -> None:
    for name in ["a.csv.part", "a.TMP", "a.filepart", "a.crdownload", ".hidden.csv", "~$a.xlsx"]:
        drop(inbox, name)
    (inbox / "archive").mkdir()
    drop(inbox / "archive", "done.csv")
    assert names(connector(inbox)) == []


def test_only_names_of_the_glob_are_taken_in_any_case(inbox: Path) -> None:
    for name in ["a.csv", "B.CSV", "c.xml"]:
        drop(inbox, name)
    assert sorted(names(connector(inbox, glob="*.csv"))) == ["B.CSV", "a.csv"]


def test_links_pipes_and_loops_are_named_left_and_cost_no_other_file(
    inbox: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (inbox / "secret.csv").symlink_to(drop(tmp_path, "outside.csv"))
    (inbox / "gone.csv").symlink_to(inbox / "nothing.csv")
    (inbox / "loop.csv").symlink_to(inbox / "loop.csv")
    (inbox / "inside.csv").symlink_to(drop(inbox, "a.csv"))
    os.mkfifo(inbox / "pipe.csv")
    with closing(socket.socket(socket.AF_UNIX)) as listens:
        listens.bind(os.path.relpath(inbox / "s.csv"))
        assert names(connector(inbox)) == ["a.csv"]
    said = {record.getMessage().split(": ", 1)[1].partition(",")[0] for record in caplog.records}
    links = {f"{name}.csv is a link" for name in ("secret", "gone", "loop", "inside")}
    assert said == links | {f"{name}.csv is a pipe" for name in ("pipe", "s")}


def test_a_file_that_becomes_a_link_or_a_pipe_after_the_look_is_not_opened(inbox: Path, tmp_path: Path) -> None:
    secret = drop(tmp_path, "secret.csv", content=b"ours")
    landing = Landing(str(tmp_path / "landing"), tmp_path)
    for make in (lambda path: path.symlink_to(secret), os.mkfifo):
        path = drop(inbox, "a.csv", content=b"ours")
        here = connector(inbox)
        found = next(here.collect())
        path.unlink()
        make(path)
        with pytest.raises(QuaiError):
            landing.keep(found)
        here.settle(found, VerdictKind.ACCEPTED)
        assert not (inbox / "archive").exists()
        path.unlink()
    assert not landing.kept()


@pytest.mark.parametrize("name", ["outbox", "archive"])
def test_a_folder_of_the_inbox_that_became_a_link_gets_nothing(inbox: Path, tmp_path: Path, name: str) -> None:
    (elsewhere := tmp_path / "elsewhere").mkdir()
    (inbox / name).symlink_to(elsewhere)
    drop(inbox, "a.csv")
    here = connector(inbox)
    (found,) = here.collect()
    with pytest.raises(Refused, match=f"{name} leads through a link"):
        here.put("retour.csv", b"x") if name == "outbox" else here.settle(found, VerdictKind.ACCEPTED)
    assert not list(elsewhere.iterdir())


def test_a_return_is_written_over_a_link_and_not_through_it(inbox: Path, tmp_path: Path) -> None:
    outside = drop(tmp_path, "outside", content=b"ours")
    (inbox / "outbox").mkdir()
    for name in ("retour.csv", "retour.csv.part"):
        (inbox / "outbox" / name).symlink_to(outside)
    written = Path(connector(inbox).put("retour.csv", b"return"))
    assert (written.is_symlink(), written.read_bytes(), outside.read_bytes()) == (False, b"return", b"ours")


def test_a_file_that_grows_is_left_and_a_young_still_one_is_taken_after_one_wait_for_all(inbox: Path) -> None:
    growing, still = drop(inbox, "growing.csv", 0), drop(inbox, "still.csv", 1)
    vanishing = drop(inbox, "vanishing.csv", 1)
    waits: list[float] = []

    def wait(seconds: float) -> None:
        waits.append(seconds)
        drop(inbox, growing.name, 0, b"xy")
        vanishing.unlink()

    assert names(connector(inbox, wait)) == [still.name]
    assert len(waits) == 1
    assert waits[0] <= 0.3


def test_a_missing_folder_is_unreachable_and_says_which_key(inbox: Path) -> None:
    inbox.rmdir()
    with pytest.raises(Unreachable, match=r"no folder at .*inbox.*`source\.path`.* Make it: mkdir -p .*inbox;"):
        names(connector(inbox))
    assert not inbox.exists()


@pytest.mark.parametrize(
    ("outcome", "folder"),
    [
        (VerdictKind.ACCEPTED, "archive"),
        (VerdictKind.UNCHANGED, "archive"),
        (VerdictKind.QUARANTINED, "rejected"),
        (VerdictKind.UNREADABLE, "rejected"),
    ],
)
def test_a_settled_drop_moves_by_its_verdict(inbox: Path, outcome: VerdictKind, folder: str) -> None:
    path = drop(inbox, "offres.csv")
    here = connector(inbox)
    here.settle(next(here.collect()), outcome)
    assert not path.exists()
    assert (inbox / folder / "offres.csv").read_bytes() == b"x"


def test_nothing_in_the_archive_is_written_over(inbox: Path) -> None:
    here = connector(inbox)
    for content in (b"1", b"2", b"3"):
        drop(inbox, "offres.csv.gz", content=content)
        here.settle(next(here.collect()), VerdictKind.ACCEPTED)
    kept = {path.name: path.read_bytes() for path in (inbox / "archive").iterdir()}
    assert kept == {
        "offres.csv.gz": b"1",
        "offres-20260601T080000Z.csv.gz": b"2",
        "offres-20260601T080000Z-2.csv.gz": b"3",
    }


def test_a_disk_without_hard_links_gets_a_copy(inbox: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError("cross-device link")

    monkeypatch.setattr(os, "link", refuse)
    path = drop(inbox, "offres.csv", content=b"bytes")
    here = connector(inbox)
    here.settle(next(here.collect()), VerdictKind.ACCEPTED)
    assert (inbox / "archive" / "offres.csv").read_bytes() == b"bytes"
    assert not path.exists()


def test_a_drop_that_will_not_move_says_which(inbox: Path) -> None:
    path = drop(inbox, "offres.csv")
    here = connector(inbox)
    found = next(here.collect())
    path.unlink()
    with pytest.raises(CannotCollect, match=r"cannot move .*offres\.csv to .*archive"):
        here.settle(found, VerdictKind.ACCEPTED)


def test_a_disk_that_takes_no_long_names_gets_a_short_one_that_is_still_a_return(
    inbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.open

    def encrypting(path: str | Path, *rest: Any, **named: Any) -> int:
        if len(os.fsencode(path).rpartition(b"/")[2]) > 143:
            raise OSError(errno.ENAMETOOLONG, "File name too long")
        return real(path, *rest, **named)

    monkeypatch.setattr(os, "open", encrypting)
    written = Path(connector(inbox).put("x" * 170 + ".csv.retour.html", b"return"))
    assert (written.parent, written.read_bytes()) == (inbox / "outbox", b"return")
    assert written.name.endswith(".retour.html")


@pytest.mark.parametrize("name", ["../../retour.csv", "/etc/retour.csv", "a\\..\\retour.csv", "..retour\x00.csv"])
def test_a_name_never_leaves_the_outbox(inbox: Path, name: str) -> None:
    written = Path(connector(inbox).put(name, b"x"))
    assert written.parent == inbox / "outbox"
    assert written.name in ("retour.csv", "retour_.csv")


def test_several_patterns_may_be_meant(inbox: Path) -> None:
    for name in ("offres.csv", "offres.xlsx", "lisezmoi.txt"):
        drop(inbox, name)
    assert names(connector(inbox, glob=["*.csv", "*.xlsx"])) == ["offres.csv", "offres.xlsx"]


def test_a_name_with_control_characters_is_made_plain_and_settled_all_the_same(inbox: Path) -> None:
    path = drop(inbox, "offres\n2026.csv")
    here = connector(inbox)
    (found,) = here.collect()
    assert found.name == "offres_2026.csv"
    here.settle(found, VerdictKind.ACCEPTED)
    assert not path.exists()


def test_an_outbox_that_cannot_be_written_is_unreachable(inbox: Path) -> None:
    (inbox / "outbox").write_text("a file, not a folder")
    with pytest.raises(Unreachable, match=r"cannot write .*outbox"):
        connector(inbox).put("retour.csv", b"x")


def test_unknown_settings_are_refused() -> None:
    with pytest.raises(ValidationError, match="globb"):
        FolderSettings(path="x", globb="*.csv")  # type: ignore[call-arg]  # the fault under test
