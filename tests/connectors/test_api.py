from __future__ import annotations

import gzip
import json
import logging
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path

import pytest
from pydantic import ValidationError

from connectors.http.api import ApiConnector
from connectors.settings import ApiSettings
from connectors.source import Workspace
from offers.errors import CannotCollect, FeedMisconfigured, Refused, Unreachable
from offers.model import VerdictKind
from testing.servers.feeds import LOCAL, NOW, SECRETS, Turned, api, feed, only, records
from testing.servers.http import Asked, Reply, Server

ROWS = [{"id": n, "titre": f"Stage {n}"} for n in range(45)]
OFFSET = {"kind": "offset", "size": 20}


def by_offset(asked: Asked) -> Reply:
    start, size = int(asked.query.get("offset", 0)), int(asked.query.get("limit", 20))
    return Reply(json={"total": len(ROWS), "jobs": ROWS[start : start + size]})


def offset_feed(server: Server, home: Path, turned: Turned | None = None, **keys: object) -> ApiConnector:
    given = {"records": "jobs", "total": "total", "pagination": OFFSET, **keys}
    return api(server.url("/jobs"), home, turned, **given)


def failing(times: dict[int, list[Reply]]):
    """A server by offset that answers its n-th calls with faults first: {20: [Reply(500)]} fails once at offset 20."""

    def answer(asked: Asked) -> Reply:
        waiting = times.get(int(asked.query.get("offset", 0)), [])
        return waiting.pop(0) if waiting else by_offset(asked)

    return answer


def test_all_pages_become_one_drop_of_json_lines_in_order(tmp_path: Path) -> None:
    with Server(by_offset) as server:
        drop = only(offset_feed(server, tmp_path))
    assert records(drop) == ROWS
    assert (drop.name, drop.announced, drop.complete) == ("offres-20260302T040506Z.jsonl", 45, True)
    assert [asked.query["offset"] for asked in server.asked] == ["0", "20", "40"], "the total is reached: no more calls"


def test_the_same_answers_give_the_same_bytes_and_settling_clears_them(tmp_path: Path) -> None:
    with Server(by_offset) as server:
        connector = offset_feed(server, tmp_path)
        first = only(connector)
        held = first.path.read_bytes()
        connector.settle(first, VerdictKind.ACCEPTED)
        assert not first.path.exists()
        assert only(offset_feed(server, tmp_path)).path.read_bytes() == held


def test_numbers_keep_their_digits_and_keys_their_order(tmp_path: Path) -> None:
    raw = rb'[{"z": 48.10, "a": 1E5, "id": 1234567890123456789, "t": "1.5 \u00e9 \ud83d\ude00", "n": [1, {"m": -0.0}]}]'
    with Server(lambda asked: Reply(body=raw)) as server:
        text = only(api(server.url(), tmp_path)).path.read_text(encoding="utf-8")
    assert text == '{"z":48.10,"a":1E5,"id":1234567890123456789,"t":"1.5 é 😀","n":[1,{"m":-0.0}]}\n'


@pytest.mark.parametrize(
    ("page", "charset"), [("cp1252", "; charset=windows-1252"), ("utf-16", ""), ("utf-8", "; charset=iso-8859-1")]
)
def test_an_answer_is_read_in_the_encoding_that_its_server_says_unless_its_bytes_contradict_it(
    tmp_path: Path, page: str, charset: str
) -> None:
    body = '[{"t": "un été à l’atelier"}]'.encode(page)
    with Server(lambda asked: Reply(body=body, headers={"Content-Type": f"application/json{charset}"})) as server:
        assert only(api(server.url(), tmp_path)).path.read_bytes() == '{"t":"un été à l’atelier"}\n'.encode()


def test_a_byte_of_no_encoding_stays_in_its_line_for_the_reader_to_tell(tmp_path: Path) -> None:
    body = '[{"t": "été"}, {"t": "@t"}]'.encode().replace(b"@", b"\xe9")
    with Server(lambda asked: Reply(body=body)) as server:
        assert only(api(server.url(), tmp_path)).path.read_bytes() == '{"t":"été"}\n'.encode() + b'{"t":"\xe9t"}\n'


def test_half_a_surrogate_pair_stays_readable_json(tmp_path: Path) -> None:
    with Server(lambda asked: Reply(body=rb'[{"t": "\ud83d \u00e9", "x": 1.50}]')) as server:
        held = only(api(server.url(), tmp_path)).path.read_bytes()
    assert held == rb'{"t":"\ud83d \u00e9","x":1.50}' + b"\n"


def test_without_a_total_pages_are_asked_for_until_one_is_empty(tmp_path: Path) -> None:
    """A server that gives 15 where 20 were asked for must not be taken to be at its end."""

    def capped(asked: Asked) -> Reply:
        start = int(asked.query["offset"])
        return Reply(json=ROWS[start : start + 15])

    with Server(capped) as server:
        assert records(only(api(server.url(), tmp_path, pagination=OFFSET))) == ROWS
        calls = len(server.asked)
        only(api(server.url(), tmp_path, pagination={**OFFSET, "short_page_ends": True}))
    assert (calls, len(server.asked) - calls) == (4, 1)


def test_fewer_records_than_announced_are_given_with_the_announced_number(tmp_path: Path) -> None:
    def short(asked: Asked) -> Reply:
        start = int(asked.query["offset"])
        return Reply(json={"total": 60, "jobs": ROWS[start : start + 20]})

    with Server(short) as server:
        drop = only(offset_feed(server, tmp_path))
    assert (len(records(drop)), drop.announced) == (45, 60)


@pytest.mark.parametrize(
    ("header", "waited"),
    [("7", 7.0), (format_datetime(NOW.replace(second=36), usegmt=True), 30.0), (None, 1.0), ("soon", 1.0)],
)
def test_429_is_waited_for_as_the_server_says(tmp_path: Path, header: str | None, waited: float) -> None:
    busy = Reply(429, headers={"Retry-After": header} if header else {})
    with Server(failing({20: [busy]})) as server:
        turned = Turned()
        assert records(only(offset_feed(server, tmp_path, turned))) == ROWS
    assert turned.slept == [waited]


def test_a_wait_that_outlasts_the_deadline_is_not_begun(tmp_path: Path) -> None:
    with Server(lambda asked: Reply(429, headers={"Retry-After": "86400"})) as server:
        turned = Turned()
        with pytest.raises(Unreachable, match="no time to wait 86400 s more"):
            only(offset_feed(server, tmp_path, turned))
    assert turned.slept == []


def test_backoff_widens_and_is_drawn_from_its_whole_width(tmp_path: Path) -> None:
    with Server(lambda asked: Reply(503)) as server:
        turned = Turned(chance=0.5)
        with pytest.raises(Unreachable, match="answered 503"):
            only(offset_feed(server, tmp_path, turned, attempts=9))
    assert turned.slept == [0.5, 1, 2, 4, 8, 16, 30, 30]


def test_500_on_a_page_takes_nothing_and_the_next_run_completes(tmp_path: Path) -> None:
    rows = [{"id": n} for n in range(400)]

    def broken(asked: Asked) -> Reply:
        page = int(asked.query["page"])
        return Reply(500) if page == 7 else Reply(json=rows[20 * page - 20 : 20 * page])

    paging = {"kind": "page", "size_param": "size", "size": 20}
    with Server(broken) as server:
        with pytest.raises(Unreachable, match=r"page 7, answered 500.*Tried 5 times.*Nothing was taken"):
            only(api(server.url(), tmp_path, pagination=paging))
        assert not list((tmp_path / "scratch").rglob("*.jsonl"))
        server.answer = lambda asked: Reply(
            json=rows[20 * int(asked.query["page"]) - 20 : 20 * int(asked.query["page"])]
        )
        assert records(only(api(server.url(), tmp_path, pagination=paging))) == rows


@pytest.mark.parametrize(
    "fault",
    [
        Reply(hang_up=True),
        Reply(json={"jobs": ROWS}, cut=30),
        Reply(body=b'{"total": 45, "jobs": [{"id": 1}, {"i'),
        Reply(body=b"<!DOCTYPE html><html><body>Maintenance</body></html>"),
        Reply(body=b""),
        Reply(408),
        Reply(502),
    ],
    ids=["hangs up", "cut", "truncated JSON", "HTML", "empty", "408", "502"],
)
def test_a_passing_fault_is_asked_again_and_leaves_no_trace(tmp_path: Path, fault: Reply) -> None:
    with Server(failing({20: [fault]})) as server:
        turned = Turned()
        assert records(only(offset_feed(server, tmp_path, turned))) == ROWS
    assert len(turned.slept) == 1


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        (Reply(body=b"<html><body>Connexion</body></html>"), "an HTML page"),
        (Reply(body=b'[{"a": 1}, {'), "cut or broken"),
        (Reply(body=b"\xff\xfe["), "3 bytes of « "),
        (Reply(body=b"<?xml version='1.0'?><jobs/>"), "XML"),
    ],
)
def test_what_is_not_json_is_said_to_be_what_it_is(tmp_path: Path, reply: Reply, said: str) -> None:
    with Server(lambda asked: reply) as server, pytest.raises(Unreachable, match=said) as fault:
        only(api(server.url(), tmp_path, attempts=1))
    assert "acme/offres: 127.0.0.1, asked for page 1," in str(fault.value)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 451])
def test_a_refusal_is_not_retried_and_says_what_to_do(tmp_path: Path, status: int) -> None:
    with Server(lambda asked: Reply(status, b'{"error": "token tok-5ecret-7777 is no good"}')) as server:
        turned = Turned()
        auth = {"kind": "bearer", "token": {"env": "TOKEN"}}
        with pytest.raises(Refused, match=rf"answered {status} « .*\[hidden\]") as fault:
            only(api(server.url(), tmp_path, turned, auth=auth))
    assert (len(server.asked), turned.slept) == (1, [])
    assert "5ecret" not in str(fault.value)


def test_records_that_are_not_where_they_should_be_are_said_with_what_is_there(tmp_path: Path) -> None:
    with Server(by_offset) as server, pytest.raises(Refused, match=r"no `offers`.*found: total, jobs"):
        only(api(server.url(), tmp_path, records="offers"))


def test_a_path_goes_through_lists_and_brings_what_encloses_a_record_where_the_feed_asks(tmp_path: Path) -> None:
    page = {"items": [{"site": "A", "jobs": [{"id": 1}]}, {"site": "B"}, {"site": "C", "jobs": [{"id": 2}, {"id": 3}]}]}
    with Server(lambda asked: Reply(json=page)) as server:
        assert records(only(api(server.url("/j"), tmp_path, records="items.jobs"))) == [{"id": 1}, {"id": 2}, {"id": 3}]
        assert records(only(api(server.url("/j"), tmp_path, records="items[2].jobs"))) == [{"id": 2}, {"id": 3}]
        asking = api(server.url("/j"), tmp_path, reference="^.site", records="items.jobs")
        assert records(only(asking))[0] == {"id": 1, "^": {"site": "A", "^": {}}}
        with pytest.raises(Refused, match="no `posts`"):
            only(api(server.url("/j"), tmp_path, records="items.posts"))


def test_the_same_page_twice_is_an_error_and_not_a_loop(tmp_path: Path) -> None:
    with (
        Server(lambda asked: Reply(json={"jobs": ROWS[:20]})) as server,
        pytest.raises(Refused, match=r"page 2, sent the very records of page 1 again"),
    ):
        only(offset_feed(server, tmp_path))
    assert len(server.asked) == 2


def test_a_cursor_that_stays_is_an_error_and_not_a_loop(tmp_path: Path) -> None:
    count = iter(range(1000))
    paging = {"kind": "cursor", "path": "next", "param": "cursor"}
    with (
        Server(lambda asked: Reply(json={"jobs": [{"id": next(count)}], "next": "c1"})) as server,
        pytest.raises(Refused, match="followed before"),
    ):
        only(api(server.url(), tmp_path, records="jobs", pagination=paging))
    assert len(server.asked) == 2


def test_pages_without_end_end_at_the_cap(tmp_path: Path) -> None:
    count = iter(range(1000))
    paging = {"kind": "page"}
    with Server(lambda asked: Reply(json=[{"id": next(count)}])) as server, pytest.raises(Refused, match="max_pages"):
        only(api(server.url(), tmp_path, pagination=paging, max_pages=5))
    assert len(server.asked) == 5


def test_caps_on_records_bytes_and_nesting_hold(tmp_path: Path) -> None:
    with Server(by_offset) as server:
        with pytest.raises(Refused, match="max_records"):
            only(offset_feed(server, tmp_path, max_records=30))
        with pytest.raises(Refused, match="max_bytes"):
            only(offset_feed(server, tmp_path, max_bytes=1500))
    bomb = gzip.compress(b"[" + b" " * 20_000_000 + b"]")
    packed = Reply(body=bomb, headers={"Content-Encoding": "gzip"})
    with Server(lambda asked: packed) as server, pytest.raises(Refused, match="max_bytes"):
        only(api(server.url(), tmp_path, max_bytes=100_000))
    with Server(lambda asked: Reply(body=b"[" * 100_000)) as server, pytest.raises(Refused, match="nested too deeply"):
        only(api(server.url(), tmp_path))


def test_a_slow_drip_is_left_at_the_deadline_of_the_whole(tmp_path: Path) -> None:
    with Server(lambda asked: Reply(drip=True, length=False)) as server, pytest.raises(Unreachable, match="deadline"):
        only(api(server.url(), tmp_path, deadline=0.2))


def test_the_pace_bounds_the_calls_of_any_window(tmp_path: Path) -> None:
    with Server(by_offset) as server:
        turned = Turned()
        only(
            offset_feed(server, tmp_path, turned, pagination={**OFFSET, "size": 5}, pace={"calls": 4, "per": "minute"})
        )
    assert len(server.asked) == 10, "nine full pages, and whether there is another"
    assert turned.slept == [60, 60]


def test_no_secret_is_in_any_log_message_or_repr(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    auths = [
        {"kind": "basic", "user": {"env": "CLIENT"}, "password": {"env": "PASSWORD"}},
        {"kind": "bearer", "token": {"env": "TOKEN"}},
        {"kind": "api_key", "in": "query", "name": "key", "value": {"env": "PASSWORD"}},
        {"kind": "api_key", "in": "header", "name": "X-Key", "value": {"env": "TOKEN"}},
    ]
    echo = lambda asked: Reply(400, (asked.target + json.dumps(dict(asked.headers))).encode())  # noqa: E731 - one line says it
    shout = lambda asked: Reply(503, reason=f"{asked.target} {json.dumps(dict(asked.headers))}")  # noqa: E731 - likewise
    said = []
    with caplog.at_level(logging.DEBUG), Server(by_offset) as server:
        for auth in auths:
            connector = offset_feed(server, tmp_path, auth=auth, query={"client": {"env": "OLD"}})
            server.answer = by_offset
            assert records(only(connector)) == ROWS
            for fault in (echo, shout, lambda asked: Reply(hang_up=True)):
                server.answer = fault
                with pytest.raises(CannotCollect) as caught:
                    only(connector)
                assert (caught.value.__cause__, caught.value.__context__) == (None, None)
                said.append(repr(caught.value) + repr(connector.settings) + repr(connector.feed))
    text = caplog.text + "".join(said)
    assert "5ecret" not in text
    assert not any(value in text for value in SECRETS.values())
    assert any("5ecret" in asked.target for asked in server.asked), "the secrets were truly sent"


def test_an_incremental_parameter_comes_from_the_last_accepted_delivery(tmp_path: Path) -> None:
    def opened(since: datetime | None) -> ApiConnector:
        changed = {"param": "filter", "format": "date", "template": "updateDate:gt:{}", "overlap": 86400}
        settings = ApiSettings(url=server.url(), incremental=changed, records="jobs", **LOCAL)
        place = Workspace(tmp_path, lambda _: "", lambda: NOW, lambda slug: since if slug == "acme/offres" else None)
        return ApiConnector(feed(settings, scope="incremental"), settings, place, Turned().clock)

    with Server(by_offset) as server:
        only(opened(None))
        only(opened(datetime(2026, 3, 1, 4, tzinfo=UTC)))
    assert [asked.query.get("filter") for asked in server.asked] == [None, "updateDate:gt:2026-02-28"]


def test_no_news_from_an_incremental_source_is_no_drop(tmp_path: Path) -> None:
    with Server(lambda asked: Reply(json=[])) as server:
        settings = ApiSettings(url=server.url(), **LOCAL)
        place = Workspace(tmp_path, lambda _: "", lambda: NOW)
        for scope, drops in (("incremental", 0), ("full", 1)):
            connector = ApiConnector(feed(settings, scope=scope), settings, place, Turned().clock)
            assert len(list(connector.collect())) == drops


def test_an_incremental_source_may_not_withdraw(tmp_path: Path) -> None:
    with pytest.raises(FeedMisconfigured, match="scope"):
        api("https://api.example.org/jobs", tmp_path, incremental={"param": "since"})


def test_a_body_needs_post() -> None:
    with pytest.raises(ValidationError, match="POST"):
        ApiSettings(url="https://api.example.org/jobs", body={"limit": 20})
