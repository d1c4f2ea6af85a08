from __future__ import annotations

import gzip
import hashlib
import logging
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pydantic import ValidationError

from connectors.http.download import DownloadConnector
from connectors.settings import DownloadSettings
from offers.errors import CannotCollect, Refused, Unreachable
from offers.feed import Secret
from offers.model import VerdictKind
from testing.servers.feeds import SECRETS, Turned, download, only
from testing.servers.http import Asked, Reply, Server

BODY = b"reference;titre\n" + b"".join(b"%d;Stage %d\n" % (n, n) for n in range(20_000))


def in_turn(*replies: Reply):
    """Answers with each reply once, and with the last for ever."""
    waiting = list(replies)
    return lambda asked: waiting.pop(0) if len(waiting) > 1 else waiting[0]


def test_a_file_becomes_a_drop_with_the_name_its_server_gives(tmp_path: Path) -> None:
    disposition = {"Content-Disposition": "attachment; filename*=UTF-8''offres%20d%C3%A9c.csv"}
    with Server(lambda asked: Reply(body=BODY, headers=disposition)) as server:
        drop = only(download(server.url("/export"), tmp_path))
    assert (drop.name, drop.path.read_bytes(), drop.size) == ("offres déc.csv", BODY, len(BODY))
    assert drop.origin == "127.0.0.1"


def test_without_a_given_name_the_last_part_of_the_address_names_the_drop(tmp_path: Path) -> None:
    with Server(lambda asked: Reply(body=BODY)) as server:
        assert only(download(server.url("/a/offres.csv?jour=1"), tmp_path)).name == "offres.csv"


@pytest.mark.parametrize(("said", "encoding"), [("text/csv; charset=ISO-8859-1", "iso-8859-1"), ("text/csv", None)])
def test_what_the_server_says_of_the_encoding_goes_with_the_drop(
    tmp_path: Path, said: str, encoding: str | None
) -> None:
    with Server(lambda asked: Reply(body=BODY, headers={"Content-Type": said})) as server:
        assert only(download(server.url("/offres.csv"), tmp_path)).encoding == encoding


@pytest.mark.parametrize("said", ['attachment; filename="../../etc/passwd"', 'attachment; filename="/etc/passwd"'])
def test_a_name_never_leaves_its_folder(tmp_path: Path, said: str) -> None:
    with Server(lambda asked: Reply(body=BODY, headers={"Content-Disposition": said})) as server:
        drop = only(download(server.url(), tmp_path))
    assert drop.name == "passwd"
    assert tmp_path in drop.path.parents


def test_a_secret_address_names_nothing_and_is_in_no_message_and_no_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with (
        caplog.at_level(logging.DEBUG),
        Server(in_turn(Reply(body=BODY), Reply(503), Reply(404, b"no /feeds/h4rdly-guessable here"))) as server,
    ):
        path = "/feeds/h4rdly-guessable/offres-h4rdly.csv"
        connector = download(Secret(env="FEED_URL"), tmp_path, attempts=1)
        object.__setattr__(connector.place, "secret", lambda _: server.url(path))
        assert only(connector).name == "offres.csv"
        for _ in range(2):
            with pytest.raises(CannotCollect) as fault:
                only(connector)
            assert "h4rdly" not in repr(fault.value)
            assert "127.0.0.1" in str(fault.value)
            assert fault.value.__cause__ is None
            assert fault.value.__context__ is None
    assert "h4rdly" not in caplog.text
    assert "h4rdly" not in repr(connector.settings)


def test_the_same_file_is_not_fetched_twice_once_it_is_settled(tmp_path: Path) -> None:
    def answer(asked: Asked) -> Reply:
        known = asked.headers.get("If-None-Match") == '"v1"'
        return Reply(304) if known else Reply(body=BODY, headers={"ETag": '"v1"'})

    with Server(answer) as server:
        first = download(server.url(), tmp_path)
        drop = only(first)
        assert only(download(server.url(), tmp_path)).size == drop.size, "not settled: it must be fetched again"
        first.settle(drop, VerdictKind.ACCEPTED)
        assert not drop.path.exists()
        assert list(download(server.url(), tmp_path).collect()) == []
        other_rules = download(server.url(), tmp_path, name="autre.csv")
        assert only(other_rules).size == drop.size, "the feed's rules changed: the same bytes are examined anew"


def test_what_was_taken_on_30_june_is_fetched_again_once_it_is_july_in_paris(tmp_path: Path) -> None:
    def answer(asked: Asked) -> Reply:
        known = asked.headers.get("If-None-Match") == '"v1"'
        return Reply(304) if known else Reply(body=BODY, headers={"ETag": '"v1"'})

    def at(hour: int) -> DownloadConnector:
        connector = download(server.url(), tmp_path)
        connector.place = replace(connector.place, now=lambda: datetime(2026, 6, 30, hour, 30, tzinfo=UTC))
        return connector

    with Server(answer) as server:
        first = at(20)
        first.settle(only(first), VerdictKind.ACCEPTED)
        assert list(at(21).collect()) == []
        assert only(at(23)).size == len(BODY)


def test_a_date_serves_where_there_is_no_etag(tmp_path: Path) -> None:
    date = "Mon, 02 Mar 2026 01:00:00 GMT"

    def answer(asked: Asked) -> Reply:
        known = asked.headers.get("If-Modified-Since") == date
        return Reply(304) if known else Reply(body=BODY, headers={"Last-Modified": date})

    with Server(answer) as server:
        connector = download(server.url(), tmp_path)
        connector.settle(only(connector), VerdictKind.QUARANTINED)
        assert list(download(server.url(), tmp_path).collect()) == []


def ranged(body: bytes, etag: str = '"v1"', breaks: int = 1):
    """A server that takes up where it broke off, if the file is still the same."""
    left = [breaks]

    def answer(asked: Asked) -> Reply:
        start = 0
        headers = {"ETag": etag}
        if "Range" in asked.headers and asked.headers.get("If-Range") == etag:
            start = int(asked.headers["Range"].removeprefix("bytes=").rstrip("-"))
            headers["Content-Range"] = f"bytes {start}-{len(body) - 1}/{len(body)}"
        left[0] -= 1
        cut = 70_000 if left[0] >= 0 else None
        return Reply(206 if start else 200, body[start:], headers, cut=cut)

    return answer


def test_a_transfer_that_breaks_off_is_taken_up_where_it_broke(tmp_path: Path) -> None:
    with Server(ranged(BODY, breaks=2)) as server:
        turned = Turned()
        drop = only(download(server.url(), tmp_path, turned))
    assert drop.path.read_bytes() == BODY
    starts = [int(asked.headers.get("Range", "bytes=0-").strip("bytes=-")) for asked in server.asked]
    assert starts == sorted(starts)
    assert starts[0] == 0 < starts[1] < starts[2]
    assert len(turned.slept) == 2


def test_a_file_replaced_during_the_break_is_fetched_from_its_start(tmp_path: Path) -> None:
    new = BODY.replace(b"Stage", b"STAGE")
    first, then = ranged(BODY), ranged(new, '"v2"', breaks=0)
    with Server(lambda asked: (first if len(server.asked) == 1 else then)(asked)) as server:
        assert only(download(server.url(), tmp_path)).path.read_bytes() == new


def test_without_a_validator_a_broken_transfer_begins_again(tmp_path: Path) -> None:
    with Server(in_turn(Reply(body=BODY, cut=70_000), Reply(body=BODY))) as server:
        assert only(download(server.url(), tmp_path)).path.read_bytes() == BODY
    assert "Range" not in server.asked[1].headers


def test_a_transfer_that_never_ends_well_takes_nothing_and_the_next_run_completes(tmp_path: Path) -> None:
    with Server(lambda asked: Reply(body=BODY, cut=10)) as server:
        with pytest.raises(Unreachable, match=r"broke off after \d+ bytes.*Tried 3 times") as fault:
            only(download(server.url(), tmp_path, attempts=3))
        assert "acme/offres" in str(fault.value)
        assert not list((tmp_path / "scratch").rglob("*.*"))
        server.answer = lambda asked: Reply(body=BODY)
        assert only(download(server.url(), tmp_path)).size == len(BODY)


def test_a_packed_answer_is_unpacked_and_a_packed_file_is_left_as_it_is(tmp_path: Path) -> None:
    packed = gzip.compress(BODY)
    with Server(lambda asked: Reply(body=packed, headers={"Content-Encoding": "gzip"})) as server:
        assert only(download(server.url(), tmp_path)).path.read_bytes() == BODY
    with Server(lambda asked: Reply(body=packed)) as server:
        assert only(download(server.url("/offres.csv.gz"), tmp_path)).path.read_bytes() == packed


def test_a_packed_answer_cut_where_no_length_is_said_is_not_taken_for_whole(tmp_path: Path) -> None:
    packed = gzip.compress(BODY)
    reply = Reply(body=packed[: len(packed) // 2], headers={"Content-Encoding": "gzip"}, length=False)
    with Server(lambda asked: reply) as server, pytest.raises(Unreachable, match="broke off"):
        only(download(server.url(), tmp_path, attempts=1))


def test_a_bomb_in_the_packing_is_stopped_at_the_cap(tmp_path: Path) -> None:
    bomb = gzip.compress(b"0" * 50_000_000)
    with (
        Server(lambda asked: Reply(body=bomb, headers={"Content-Encoding": "gzip"})) as server,
        pytest.raises(Refused, match="more than 1000000 bytes unpacked"),
    ):
        only(download(server.url(), tmp_path, max_bytes=1_000_000))
    assert len(server.asked) == 1, "a cap is not retried"


def test_a_file_over_the_cap_is_refused_before_it_fills_the_disk(tmp_path: Path) -> None:
    with Server(lambda asked: Reply(body=BODY)) as server, pytest.raises(Refused, match="max_bytes"):
        only(download(server.url(), tmp_path, max_bytes=1000))
    assert not (tmp_path / "scratch" / "acme" / "offres").exists()


def test_a_redirect_within_the_host_is_followed(tmp_path: Path) -> None:
    def answer(asked: Asked) -> Reply:
        return Reply(302, headers={"Location": "/ici.csv"}) if asked.path == "/" else Reply(body=BODY)

    with Server(answer) as server:
        assert only(download(server.url(), tmp_path)).size == len(BODY)


@pytest.mark.parametrize(
    "location", ["http://169.254.169.254/latest/meta-data/", "https://ailleurs.example/x", "ftp://a/"]
)
def test_a_redirect_to_a_host_that_was_not_agreed_is_refused(tmp_path: Path, location: str) -> None:
    with (
        Server(lambda asked: Reply(302, headers={"Location": location})) as server,
        pytest.raises(Refused, match="leads to"),
    ):
        only(download(server.url(), tmp_path))
    assert len(server.asked) == 1


def test_the_metadata_address_is_refused_even_to_a_feed_that_allows_it_by_name(tmp_path: Path) -> None:
    reply = Reply(302, headers={"Location": "http://169.254.169.254/latest/meta-data/"})
    with Server(lambda asked: reply) as server, pytest.raises(Refused, match="metadata"):
        only(download(server.url(), tmp_path, hosts=("169.254.169.254",)))


def test_a_private_address_is_refused_unless_the_feed_says_so(tmp_path: Path) -> None:
    with Server(lambda asked: Reply(body=BODY)) as server, pytest.raises(Refused, match="allow_private"):
        only(download(server.url(), tmp_path, allow_private=False))
    assert server.connections == 0


def test_the_address_that_was_checked_is_the_one_connected_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that stands for a public address when checked and for loopback a moment later gains nothing."""
    import socket

    answers, real = [], socket.getaddrinfo

    def rebinding(host: str, port: int, *rest: object, **more: object) -> list[object]:
        if host != "partner.example":
            return real(host, port, *rest, **more)  # type: ignore[arg-type,return-value]
        answers.append(host)
        address = "203.0.113.9" if len(answers) == 1 else "127.0.0.1"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

    tried = []

    def connect(address: tuple[str, int], *rest: object, **more: object) -> socket.socket:
        tried.append(address[0])
        raise OSError(101, "no route in this test")

    monkeypatch.setattr(socket, "getaddrinfo", rebinding)
    monkeypatch.setattr(socket, "create_connection", connect)
    monkeypatch.setattr("ipaddress.IPv4Address.is_global", property(lambda self: not self.is_loopback))
    with pytest.raises(Unreachable):
        only(download("http://partner.example:8080/x", tmp_path, attempts=1, allow_private=False))
    assert (len(answers), tried) == (1, ["203.0.113.9"])


def test_credentials_do_not_follow_a_redirect_to_another_host(tmp_path: Path) -> None:
    with Server(lambda asked: Reply(body=BODY)) as other:
        reply = Reply(302, headers={"Location": other.url("/offres.csv")})
        with Server(lambda asked: reply) as server:
            auth = {"kind": "bearer", "token": {"env": "TOKEN"}}
            headers = {"X-Partner": {"env": "CLIENT"}}
            keys = {"auth": auth, "headers": headers, "hosts": (f"127.0.0.1:{other.port}",)}
            assert only(download(server.url(), tmp_path, **keys)).size == len(BODY)
    assert server.asked[0].headers["Authorization"] == f"Bearer {SECRETS['TOKEN']}"
    assert server.asked[0].headers["X-Partner"] == SECRETS["CLIENT"]
    assert not {"Authorization", "X-Partner"} & set(other.asked[0].headers)


def test_redirects_in_a_circle_end(tmp_path: Path) -> None:
    with (
        Server(lambda asked: Reply(302, headers={"Location": "/"})) as server,
        pytest.raises(Refused, match="address to address"),
    ):
        only(download(server.url(), tmp_path))
    assert len(server.asked) == 6


def test_a_checksum_is_compared_and_a_file_replaced_while_it_is_read_is_read_again(tmp_path: Path) -> None:
    digest = hashlib.sha256(BODY).hexdigest()
    bodies = in_turn(Reply(body=BODY[:-1]), Reply(body=BODY))

    def answer(asked: Asked) -> Reply:
        return Reply(body=f"{digest}  offres.csv\n".encode()) if asked.path.endswith(".sha256") else bodies(asked)

    with Server(answer) as server:
        drop = only(download(server.url("/d/offres.csv"), tmp_path, checksum="offres.csv.sha256"))
    assert drop.path.read_bytes() == BODY
    assert [asked.path for asked in server.asked] == ["/d/offres.csv", "/d/offres.csv.sha256"] * 2


def test_a_file_that_is_not_its_checksum_is_never_taken(tmp_path: Path) -> None:
    def answer(asked: Asked) -> Reply:
        return Reply(body=b"0" * 64 if asked.path.endswith(".sha256") else BODY)

    with Server(answer) as server, pytest.raises(Unreachable, match=r"source\.checksum"):
        only(download(server.url("/o.csv"), tmp_path, checksum="o.csv.sha256", attempts=2))


def test_a_server_that_drips_is_left_at_the_deadline(tmp_path: Path) -> None:
    with Server(lambda asked: Reply(drip=True, length=False)) as server, pytest.raises(Unreachable, match="deadline"):
        only(download(server.url(), tmp_path, deadline=0.2, attempts=1))


def test_a_server_that_says_nothing_is_left_after_the_read_timeout(tmp_path: Path) -> None:
    from testing.servers.proxy import Proxy

    with (
        Server(lambda asked: Reply(body=BODY)) as server,
        Proxy(server.port, silent=True) as hung,
        pytest.raises(Unreachable, match="did not answer in time"),
    ):
        only(download(f"http://127.0.0.1:{hung.port}/", tmp_path, read_timeout=0.1, attempts=1))


def test_a_server_that_is_gone_is_worth_a_retry(tmp_path: Path) -> None:
    with Server(lambda asked: Reply(body=BODY)) as server:
        pass
    turned = Turned()
    with pytest.raises(Unreachable, match="Tried 5 times"):
        only(download(server.url(), tmp_path, turned))
    assert turned.slept == [1, 2, 4, 8], "full jitter at its widest"


def test_a_disk_that_is_full_says_so_and_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "scratch").write_text("a file where the folder should be")
    with Server(lambda asked: Reply(body=BODY)) as server, pytest.raises(Unreachable, match="cannot keep"):
        only(download(server.url(), tmp_path))


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("http://jobs.example.org/x", "must be https"),
        ("jobs.example.org/x", "whole address"),
        ("https://me:pw@jobs.example.org/x", "holds a password"),
    ],
)
def test_an_address_that_is_not_safe_is_refused_in_the_toml(url: str, said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        DownloadSettings(url=url)
