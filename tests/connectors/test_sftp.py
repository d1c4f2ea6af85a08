"""The SFTP connector against real servers on loopback: OpenSSH's sshd, and a library's in this process."""

from __future__ import annotations

import hashlib
import logging
import os
import random
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import asyncssh
import pytest
from pydantic import ValidationError

from connectors.settings import SftpSettings
from connectors.sftp import SftpConnector
from offers.errors import CannotCollect, FeedMisconfigured, Refused, Unreachable
from offers.feed import Limits, Secret
from offers.model import VerdictKind
from testing.servers.inprocess import InProcess
from testing.servers.openssh import SSHD
from testing.servers.sftp_side import NOW, PASSWORD, SftpSide, feed, sftp_side

OFFERS = b"reference;titre\n1;Accueil\n"
LONG = random.Random(3).randbytes(3_000_000)  # noqa: S311  invented bytes
BY_PASSWORD = {"key": None, "password": Secret(env="SFTP_PASSWORD")}
LOCK = "sesame"
OTHER_KEY = "SHA256:" + "A" * 43


@pytest.fixture(params=["openssh", "in-process"])
def side(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SftpSide]:
    if request.param == "openssh" and not SSHD:
        pytest.skip("sshd is not installed; the same test runs on the in-process server")
    with sftp_side(request.param, tmp_path) as partner:
        yield partner


@pytest.fixture
def lenient(tmp_path: Path) -> Iterator[tuple[SftpSide, InProcess]]:
    """The in-process server alone, for what sshd cannot do without root or does not do wrong."""
    with sftp_side("in-process", tmp_path) as partner:
        assert isinstance(partner.server, InProcess)
        yield partner, partner.server


def names(connector: SftpConnector) -> list[str]:
    return [drop.name for drop in connector.collect()]


def told(connector: SftpConnector, kind: type[CannotCollect]) -> str:
    with pytest.raises(kind) as seen:
        list(connector.collect())
    assert not isinstance(seen.value.__context__, asyncssh.Error), "what the library knew must not be in the traceback"
    return str(seen.value)


# Who is there, and who we are


def test_an_unknown_host_key_is_refused_with_the_one_seen_and_nothing_is_sent(side: SftpSide) -> None:
    message = told(side.open(host_key="unknown"), Refused)
    assert side.server.host_key in message
    assert "host_key" in message


def test_a_changed_host_key_is_refused_once_with_the_one_seen_and_the_one_expected(side: SftpSide) -> None:
    door = side.through()
    message = told(side.open(port=door.port, host_key=OTHER_KEY), Refused)
    assert side.server.host_key in message
    assert OTHER_KEY in message
    assert door.connections == 1


def test_while_a_key_is_being_changed_two_may_be_pinned(side: SftpSide) -> None:
    assert names(side.open(host_key=[OTHER_KEY, side.server.host_key])) == []


def test_a_wrong_key_is_refused_after_one_attempt(side: SftpSide) -> None:
    message = told(side.refusing(), Refused)
    assert side.attempts() == 1
    assert "wrong password or key" in message


def test_a_password_lets_us_in(lenient: tuple[SftpSide, InProcess]) -> None:
    side, server = lenient
    side.leave("offres.csv", OFFERS)
    assert names(side.open(**BY_PASSWORD)) == ["offres.csv"]
    assert server.passwords == [PASSWORD]


def test_a_wrong_password_is_offered_once_and_never_shown(
    lenient: tuple[SftpSide, InProcess], caplog: pytest.LogCaptureFixture
) -> None:
    side, server = lenient
    caplog.set_level(logging.DEBUG)
    message = told(side.open(**BY_PASSWORD, secrets={"SFTP_PASSWORD": "not the password"}), Refused)
    assert server.passwords == ["not the password"]
    assert server.connections == 1
    assert "not the password" not in message + caplog.text


def test_a_key_may_be_a_path_and_locked(side: SftpSide, tmp_path: Path) -> None:
    side.leave("offres.csv", OFFERS)
    key = asyncssh.import_private_key(side.values["SFTP_KEY"])
    path = tmp_path / "id"
    path.write_bytes(key.export_private_key(passphrase=LOCK, rounds=50))
    secrets = {"SFTP_KEY": str(path), "PASSPHRASE": LOCK}
    assert names(side.open(secrets=secrets, key_passphrase=Secret(env="PASSPHRASE"))) == ["offres.csv"]


@pytest.mark.parametrize("value", ["/nowhere/id", "-----BEGIN PRIVATE KEY-----\nabc", "LOCKED"])
def test_a_key_that_cannot_be_read_is_a_misconfiguration_that_does_not_show_it(
    lenient: tuple[SftpSide, InProcess], value: str
) -> None:
    side, server = lenient
    if value == "LOCKED":
        value = asyncssh.generate_private_key("ssh-ed25519").export_private_key("pkcs8-pem", passphrase=LOCK).decode()
    with pytest.raises(FeedMisconfigured, match="key") as seen:
        list(side.open(secrets={"SFTP_KEY": value}).collect())
    assert value not in str(seen.value)
    assert server.connections == 0


def test_our_own_network_is_refused_unless_the_feed_says_so(side: SftpSide) -> None:
    door = side.through()
    assert "loopback" in told(side.open(port=door.port, allow_private=False), Refused)
    assert door.connections == 0


@pytest.mark.parametrize(
    ("wrong", "key"),
    [
        ({"host_key": "aa:bb:cc"}, "host_key"),
        ({"host_key": None}, "host_key"),
        ({"password": None, "key": None}, "password"),
        ({"password": "in the clear"}, "password"),
        ({"hots": "x"}, "hots"),
    ],
)
def test_settings_that_cannot_be_meant_are_refused(wrong: dict[str, object], key: str) -> None:
    right = {"host": "h.example", "user": "u", "host_key": OTHER_KEY, "key": {"env": "KEY"}}
    assert SftpSettings(**right).path == "."
    with pytest.raises(ValidationError, match=key):
        SftpSettings(**(right | wrong))


# Picking up


def test_two_looks_are_taken_and_a_file_that_grows_between_them_waits(side: SftpSide) -> None:
    side.leave("grows.csv", OFFERS)
    side.leave("whole.csv", OFFERS)
    connector = side.open()
    connector.wait = lambda seconds: side.leave("grows.csv", OFFERS * 2) and None  # type: ignore[assignment]  # a Path, unseen
    assert names(connector) == ["whole.csv"]


def test_nothing_is_waited_for_where_nothing_lies(side: SftpSide) -> None:
    side.leave("lisezmoi.txt", OFFERS)
    assert names(side.open()) == []
    assert side.waited == []


def test_a_marker_declares_a_file_whole_and_leaves_with_it(side: SftpSide) -> None:
    side.leave("offres.csv", OFFERS, at=NOW)
    side.leave("autres.csv", OFFERS)
    side.leave("offres.csv.done", b"")
    connector = side.open(done_marker=".done")
    (drop,) = connector.collect()
    assert (drop.name, side.waited) == ("offres.csv", [])
    connector.settle(drop, VerdictKind.ACCEPTED)
    assert set(side.inbox()) == {"autres.csv"}
    assert set(side.archive()) == {"2026/06/offres.csv", "2026/06/offres.csv.done"}


def test_what_is_taken_after_midnight_in_paris_is_archived_under_the_month_of_paris(
    lenient: tuple[SftpSide, InProcess],
) -> None:
    side, _ = lenient
    side.leave("offres.csv", OFFERS)
    connector = side.open()
    connector.place = replace(connector.place, now=lambda: datetime(2026, 6, 30, 23, 30, tzinfo=UTC))
    (drop,) = connector.collect()
    connector.settle(drop, VerdictKind.ACCEPTED)
    assert set(side.archive()) == {"2026/07/offres.csv"}


def test_a_sidecar_that_agrees_lets_a_file_in(side: SftpSide) -> None:
    side.leave("offres.csv", OFFERS)
    side.leave("offres.csv.sha256", f"{hashlib.sha256(OFFERS).hexdigest()}  offres.csv\n".encode())
    assert names(side.open(sidecar=True)) == ["offres.csv"]


def test_a_sidecar_that_disagrees_stops_the_feed_and_says_that_it_may_still_be_written(side: SftpSide) -> None:
    side.leave("offres.csv", OFFERS)
    side.leave("offres.csv.sha256", ("0" * 64).encode())
    message = told(side.open(), Unreachable)
    assert "offres.csv.sha256 says 000" in message
    assert "still being written" in message
    assert side.inbox().keys() == {"offres.csv", "offres.csv.sha256"}


def test_a_link_and_a_folder_are_not_taken(side: SftpSide) -> None:
    (side.root / "inbox" / "folder.csv").mkdir()
    (side.root / "inbox" / "link.csv").symlink_to("/etc/hostname")
    assert names(side.open()) == []


def test_a_name_that_is_not_utf_8_is_taken_and_settled(side: SftpSide) -> None:
    raw = os.fsencode(side.root / "inbox") + b"/\xe9t\xe9.csv"
    Path(os.fsdecode(raw)).write_bytes(OFFERS)
    os.utime(raw, (0, 0))
    connector = side.open()
    (drop,) = connector.collect()
    assert drop.name == "_t_.csv"
    connector.settle(drop, VerdictKind.ACCEPTED)
    assert side.inbox() == {}


def test_a_missing_inbox_is_refused_and_says_which(side: SftpSide) -> None:
    message = told(side.open(path="boite"), Refused)
    assert "boite" in message
    assert side.waited == []


def test_a_folder_of_too_many_files_is_refused_before_it_fills_our_memory(
    side: SftpSide, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("connectors.ssh.session.MOST_ENTRIES", 2)
    for name in ("a.csv", "b.csv", "c.txt"):
        side.leave(name, OFFERS)
    assert "holds more than 2 files. Ask the partner to tidy it" in told(side.open(), Refused)


def test_a_file_over_the_feeds_limit_is_refused_before_it_is_fetched(side: SftpSide) -> None:
    side.leave("offres.csv", OFFERS)
    message = told(side.open(of=feed(limits=Limits(bytes=10))), Refused)
    assert "limits.bytes" in message


# Faults on the way


def test_one_connection_serves_a_whole_run(side: SftpSide) -> None:
    for name in ("a.csv", "b.csv"):
        side.leave(name, OFFERS)
    door = side.through()
    connector = side.open(port=door.port)
    for drop in connector.collect():
        connector.put(f"{drop.name}.retour.csv", OFFERS)
        connector.settle(drop, VerdictKind.ACCEPTED)
    assert door.connections == 1
    assert side.inbox() == {}


def test_a_server_that_is_gone_is_tried_three_times_and_then_told(side: SftpSide) -> None:
    port = side.server.port
    side.server.stop()
    message = told(side.open(port=port), Unreachable)
    assert f"127.0.0.1:{port}" in message
    assert side.waited == [2.0, 8.0]


def test_a_server_that_never_says_a_word_is_given_up(side: SftpSide) -> None:
    door = side.through(silent=True)
    assert "Login timeout" in told(side.open(port=door.port, login_seconds=0.05), Unreachable)
    assert door.connections == 3


def test_a_download_that_breaks_goes_on_where_it_broke(side: SftpSide, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "connectors")
    side.leave("offres.csv", LONG)
    door = side.through(cut_after=2_000_000, abrupt=False)
    (drop,) = side.open(port=door.port).collect()
    assert drop.path.read_bytes() == LONG
    assert door.connections == 2
    assert "goes on at byte" in caplog.text


def test_a_download_that_always_breaks_is_told_and_the_next_run_completes(side: SftpSide) -> None:
    side.leave("offres.csv", LONG)
    door = side.through(cut_after=100_000, cuts=99)
    told(side.open(port=door.port), Unreachable)
    assert side.inbox() == {"offres.csv": LONG}
    assert names(side.open()) == ["offres.csv"]


def test_a_server_that_goes_silent_during_a_download_is_given_up(side: SftpSide) -> None:
    side.leave("offres.csv", LONG)
    door = side.through(mute_after=100_000)
    assert "no answer in time" in told(side.open(port=door.port, answer_seconds=0.3), Unreachable)
    assert door.connections == 3


def test_a_server_gone_after_the_download_is_told_by_the_move_and_nothing_is_lost(side: SftpSide) -> None:
    side.leave("offres.csv", OFFERS)
    connector = side.open()
    (drop,) = connector.collect()
    side.server.stop()
    with pytest.raises(Unreachable):
        connector.settle(drop, VerdictKind.ACCEPTED)
    assert side.inbox() == {"offres.csv": OFFERS}


def test_a_connection_lost_between_two_steps_is_opened_anew(side: SftpSide) -> None:
    side.leave("offres.csv", OFFERS)
    door = side.through()
    connector = side.open(port=door.port)
    (drop,) = connector.collect()
    door.cut()
    connector.settle(drop, VerdictKind.ACCEPTED)
    assert side.inbox() == {}
    assert door.connections == 2


def test_a_file_replaced_while_it_is_read_is_not_taken_and_the_next_run_takes_the_new_one(side: SftpSide) -> None:
    side.leave("offres.csv", LONG)

    def replace() -> None:
        side.leave("nouveau", OFFERS, at=NOW).replace(side.root / "inbox" / "offres.csv")

    door = side.through(at=(1_000_000, replace))
    message = told(side.open(port=door.port), Unreachable)
    assert "replaced while it was read" in message
    assert door.connections == 1
    (drop,) = side.open(min_age_seconds=0).collect()
    assert drop.path.read_bytes() == OFFERS


def test_a_file_truncated_while_it_is_read_is_not_taken(side: SftpSide) -> None:
    path = side.leave("offres.csv", LONG)
    door = side.through(at=(1_000_000, lambda: os.truncate(path, 10)))
    assert "replaced while it was read" in told(side.open(port=door.port), Unreachable)


def test_a_server_that_ends_a_file_early_is_not_believed(lenient: tuple[SftpSide, InProcess]) -> None:
    side, server = lenient
    server.ends_at = 1_000_000
    side.leave("offres.csv", LONG)
    assert "ended after 1000000 of the 3000000 bytes" in told(side.open(), Unreachable)


def test_a_full_disk_on_our_side_is_said_at_once_and_the_next_run_completes(side: SftpSide) -> None:
    side.leave("offres.csv", LONG)
    door = side.through()
    with at_most_bytes_per_file(1_000_000):
        message = told(side.open(port=door.port), Unreachable)
    assert "cannot write to" in message
    assert "Free space" in message
    assert door.connections == 1
    assert side.inbox() == {"offres.csv": LONG}
    assert names(side.open()) == ["offres.csv"]


@contextmanager
def at_most_bytes_per_file(limit: int) -> Iterator[None]:
    """As on a disk that is full: the system itself refuses to write on."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_file_taken_back_after_it_was_listed_is_left_to_the_next_run(side: SftpSide) -> None:
    for name in ("a.csv", "b.csv"):
        side.leave(name, OFFERS)
    drops = side.open().collect()
    assert next(drops).name == "a.csv"
    (side.root / "inbox" / "b.csv").unlink()
    with pytest.raises(Unreachable, match=r"no longer has the file .* inbox/b\.csv"):
        next(drops)


# After the commit


def test_what_was_accepted_lies_under_year_and_month_and_what_was_not_under_rejected(side: SftpSide) -> None:
    for name in ("a.csv", "b.csv"):
        side.leave(name, OFFERS)
    connector = side.open()
    first, second = connector.collect()
    connector.settle(first, VerdictKind.ACCEPTED)
    connector.settle(second, VerdictKind.UNREADABLE)
    inbox = side.root / "inbox"
    assert (inbox / "archive/2026/06/a.csv").read_bytes() == OFFERS
    assert (inbox / "rejected/b.csv").read_bytes() == OFFERS


def test_a_second_file_of_a_name_is_archived_beside_the_first(side: SftpSide) -> None:
    for content in (OFFERS, OFFERS * 2):
        side.leave("offres.csv", content)
        connector = side.open()
        (drop,) = connector.collect()
        connector.settle(drop, VerdictKind.ACCEPTED)
    assert side.archive() == {"2026/06/offres.csv": OFFERS, "2026/06/offres-20260602T041500Z.csv": OFFERS * 2}


def test_the_other_folders_may_lie_beside_the_inbox(side: SftpSide) -> None:
    side.leave("offres.csv", OFFERS)
    connector = side.open(archive="../traite", outbox="../retours")
    (drop,) = connector.collect()
    connector.settle(drop, VerdictKind.ACCEPTED)
    assert connector.put("offres.retour.csv", OFFERS).endswith("/retours/offres.retour.csv")
    assert (side.root / "traite/2026/06/offres.csv").exists()
    assert (side.root / "retours/offres.retour.csv").read_bytes() == OFFERS


def test_a_server_without_posix_rename_gets_its_returns_replaced_all_the_same(
    lenient: tuple[SftpSide, InProcess],
) -> None:
    side, server = lenient
    server.posix_rename = False
    connector = side.open()
    for content in (OFFERS, OFFERS * 2):
        connector.put("offres.retour.csv", content)
    assert side.outbox() == {"offres.retour.csv": OFFERS * 2}


def test_a_move_that_is_not_allowed_is_refused_and_said(lenient: tuple[SftpSide, InProcess]) -> None:
    side, server = lenient
    side.leave("offres.csv", OFFERS)
    connector = side.open()
    (drop,) = connector.collect()
    server.may_rename = False
    with pytest.raises(Refused, match=r"to move inbox/offres\.csv to inbox/archive/2026/06"):
        connector.settle(drop, VerdictKind.ACCEPTED)
    assert side.inbox() == {"offres.csv": OFFERS}


def test_a_put_that_breaks_leaves_the_older_return_whole(side: SftpSide) -> None:
    connector = side.open()
    connector.put("offres.retour.csv", OFFERS)
    side.server.stop()
    with pytest.raises(Unreachable):
        connector.put("offres.retour.csv", LONG)
    assert side.outbox() == {"offres.retour.csv": OFFERS}


def test_nothing_is_left_in_the_scratch_folder_when_it_is_closed(side: SftpSide) -> None:
    side.leave("offres.csv", OFFERS)
    connector = side.open()
    (drop,) = connector.collect()
    assert drop.path.is_relative_to(side.home)
    connector.close()
    assert [path for path in (side.home / "scratch").rglob("*") if path.is_file()] == []


def test_what_a_killed_run_left_behind_is_removed_after_a_day(side: SftpSide) -> None:
    side.leave("offres.csv", OFFERS)
    scratch = side.home / "scratch/rivoire/offres"
    for name, age in (("old", 90_000), ("young", 3_000)):
        (scratch / name).mkdir(parents=True)
        os.utime(scratch / name, (NOW.timestamp() - age,) * 2)
    names(side.open())
    assert not (scratch / "old").exists()
    assert (scratch / "young").exists()


def test_two_names_that_look_alike_once_made_plain_are_settled_each_for_itself(side: SftpSide) -> None:
    folder = os.fsencode(side.root / "inbox")
    for raw, content in ((b"/\xe9.csv", OFFERS), (b"/\xe8.csv", LONG)):
        Path(os.fsdecode(folder + raw)).write_bytes(content)
        os.utime(folder + raw, (0, 0))
    connector = side.open()
    drops = list(connector.collect())
    assert [drop.name for drop in drops] == ["_.csv", "_.csv"]
    for drop in drops:
        connector.settle(drop, VerdictKind.ACCEPTED)
    assert sorted(map(len, side.archive().values())) == sorted([len(OFFERS), len(LONG)])


def test_a_drop_says_where_it_was_found_and_when_without_the_user(side: SftpSide) -> None:
    side.leave("offres.csv", OFFERS, at=datetime(2026, 5, 31, 20, 0, tzinfo=UTC))
    (drop,) = side.open().collect()
    assert drop.origin == f"sftp://127.0.0.1:{side.server.port}/inbox/offres.csv"
    assert drop.arrived_at == datetime(2026, 5, 31, 20, 0, tzinfo=UTC)
