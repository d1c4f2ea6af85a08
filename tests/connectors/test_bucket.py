"""The bucket connector on a real S3-compatible server: what it takes, what it remembers, how it fails."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from connectors.bucket import BucketConnector
from connectors.settings import BucketSettings
from offers.errors import FeedMisconfigured, Refused, Unreachable
from offers.feed import Limits
from offers.model import VerdictKind
from testing.servers.bucket_side import KEYS, LOCAL, SECRETS, BucketSide, bucket_side, error, feed
from testing.servers.http import Asked, Reply
from testing.servers.proxy import Proxy

ACCEPTED = VerdictKind.ACCEPTED
NO_KEYS = {"key": None, "secret": None, "token": None}


@pytest.fixture
def side(tmp_path: Path) -> Iterator[BucketSide]:
    with bucket_side("s3", tmp_path) as made:
        yield made


def names(connector: BucketConnector) -> list[str]:
    return [drop.name for drop in connector.collect()]


def take(connector: BucketConnector) -> list[str]:
    """A whole run: each drop is settled before the next is fetched."""
    taken = []
    for drop in connector.collect():
        connector.settle(drop, ACCEPTED)
        taken.append(drop.name)
    return taken


def test_objects_right_below_the_prefix_are_taken_oldest_first_and_unfinished_ones_are_not(side: BucketSide) -> None:
    for name in ("b.csv", "c.csv.part", "lisezmoi.txt", ".x.csv", "archive/2026/01/old.csv", "autre/d.csv"):
        side.leave(name, b"x")
    side.files.pipe_file(f"{side.root}-2/e.csv", b"x")
    side.files.pipe_file(f"{side.root}/", b"")
    assert names(side.open()) == ["b.csv"]
    page = _page("b.csv", "2026-03-01") + _page("a.csv", "2026-03-02") + _page("c.csv", "2026-03-01")
    listed = side.answering(lambda asked: Reply(body=_listing(page)))
    assert [one.name for one in listed.waiting()] == ["b.csv", "c.csv", "a.csv"]


def test_what_is_taken_after_midnight_in_paris_is_archived_under_the_month_of_paris(side: BucketSide) -> None:
    side.leave("a.csv", b"x")
    connector = side.open()
    connector.place = replace(connector.place, now=lambda: datetime(2026, 6, 30, 23, 30, tzinfo=UTC))
    assert take(connector) == ["a.csv"]
    assert set(side.archive()) == {"archive/2026/07/a.csv"}


def test_a_listing_of_several_pages_is_followed_to_its_end_or_to_the_cap(side: BucketSide) -> None:
    def answer(asked: Asked) -> Reply:
        if asked.query.get("continuation-token") == "more":
            return Reply(body=_listing(_page("b.csv")))
        return Reply(body=_listing(_page("a.csv"), "more"))

    assert [one.name for one in side.answering(answer).waiting()] == ["a.csv", "b.csv"]
    with pytest.raises(Refused, match=r"more than 1 objects \(`max_objects`\)"):
        list(side.answering(answer, max_objects=1).waiting())


def test_a_large_object_comes_whole_in_several_pieces(side: BucketSide, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("connectors.bucket._BLOCK", 1000)
    content = bytes(range(256)) * 20
    side.leave("a.csv", content)
    (drop,) = side.open().collect()
    assert drop.path.read_bytes() == content


def test_in_a_bucket_that_is_only_read_nothing_is_moved_nor_taken_twice(side: BucketSide) -> None:
    for number in range(5):
        side.leave(f"offres-{number}.csv", b"%d" % number)
    before = side.inbox()
    assert len(take(side.open(read_only=True))) == 5
    assert take(side.open(read_only=True)) == []
    assert (side.inbox(), side.archive()) == (before, {})
    side.leave("offres-2.csv", b"corrected")
    side.leave("late.csv", b"0")
    assert sorted(take(side.open(read_only=True))) == ["late.csv", "offres-2.csv"]
    assert take(side.open(read_only=True)) == []


def test_what_was_not_settled_is_taken_by_the_next_run(side: BucketSide) -> None:
    side.leave("a.csv", b"x")
    assert names(side.open(read_only=True)) == ["a.csv"]
    assert names(side.open(read_only=True)) == ["a.csv"]


def test_new_rules_take_anew_the_newest_of_a_full_feed_and_all_of_an_incremental_one(side: BucketSide) -> None:
    for name in ("a.csv", "b.csv", "c.csv"):
        side.leave(name, name.encode())
    for scope, again in (("full", ["c.csv"]), ("incremental", ["a.csv", "b.csv", "c.csv"])):
        settled = side.open(read_only=True)
        assert len(take(side.open(read_only=True, of=feed(settled.settings, scope=scope)))) in (1, 3)
        assert take(side.open(read_only=True, of=feed(settled.settings, scope=scope))) == []
        renamed = feed(settled.settings, scope=scope).model_copy(update={"title": f"Offres {scope}"})
        assert sorted(take(side.open(read_only=True, of=renamed))) == again


def test_of_whole_exports_left_every_night_the_newest_may_be_enough(side: BucketSide) -> None:
    side.leave("a.csv", b"old")
    side.leave("b.csv", b"new")
    assert take(side.open(read_only=True, newest_only=True)) == ["b.csv"]
    assert take(side.open(read_only=True, newest_only=True)) == []


def test_returns_to_a_bucket_that_is_only_read_wait_in_our_own_outbox(side: BucketSide) -> None:
    where = side.open(read_only=True).put("../retour.csv", b"x")
    assert Path(where) == side.home / "outbox" / "rivoire" / "offres" / "retour.csv"
    assert side.outbox() == {}


def test_a_missing_bucket_is_refused_and_says_which(side: BucketSide) -> None:
    with pytest.raises(Refused, match=r"s3://no-such-bucket-here/inbox says there is no such place.*Correct `url`"):
        list(side.open(url="s3://no-such-bucket-here/inbox").collect())


def test_an_object_over_the_feeds_limit_is_refused_before_it_is_fetched(side: BucketSide) -> None:
    side.leave("a.csv", b"x" * 100)
    with pytest.raises(Refused, match=r"100 bytes; expected at most 99 \(`limits.bytes`\)"):
        list(side.open(of=feed(limits=Limits(bytes=99))).collect())


# What breaks


class OneObject:
    """A store with one object, that breaks off its first answers or replaces the object once it was read."""

    def __init__(self, content: bytes, cuts: int = 0, replaced: bool = False, name: str = "a.csv") -> None:
        self.content, self.cuts, self.replaced, self.name = content, cuts, replaced, name
        self.tag = '"first"'

    def __call__(self, asked: Asked) -> Reply:
        if asked.query.get("list-type"):
            return Reply(body=_listing(_page(self.name, tag="first", size=len(self.content))))
        headers = {"ETag": self.tag, "Last-Modified": "Sun, 01 Mar 2026 00:00:00 GMT"}
        if asked.method == "HEAD":
            return Reply(body=self.content, headers=headers)
        if asked.headers.get("If-Match", self.tag) != self.tag:
            return error(412, "PreconditionFailed")
        first, _, last = asked.headers["Range"].removeprefix("bytes=").partition("-")
        body = self.content[int(first) : int(last) + 1]
        self.cuts -= 1
        if self.replaced:
            self.tag = '"second"'
        return Reply(206, body, headers, cut=len(body) // 2 if self.cuts >= 0 else None)


def test_a_transfer_that_breaks_goes_on_where_it_broke(side: BucketSide, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("connectors.bucket._BLOCK", 1000)
    store = OneObject(bytes(2500))
    asked: list[str] = []

    def answer(request: Asked) -> Reply:
        asked.extend([request.headers["Range"]] if "Range" in request.headers else [])
        store.cuts = int(len(asked) == 2)
        return store(request)

    (drop,) = side.answering(answer).collect()
    assert drop.path.read_bytes() == store.content
    assert asked == ["bytes=0-999", "bytes=1000-1999", "bytes=1000-1999", "bytes=2000-2499"]
    assert side.waited == [2.0]


def test_a_transfer_that_always_breaks_is_told_and_the_next_run_completes(side: BucketSide) -> None:
    side.leave("a.csv", b"x" * 600_000)
    told = pytest.raises(Unreachable, match=r"did not let us finish: .*, when asked to read a\.csv")
    with Proxy(side.port, cut_after=300_000, cuts=100) as flaky, told:
        list(side.open(port=flaky.port).collect())
    side.opened[-1].close()
    assert not list((side.home / "scratch").rglob("*.drop"))
    assert names(side.open()) == ["a.csv"]


@pytest.mark.parametrize("block", [1000, 8 << 20])
def test_an_object_replaced_while_it_is_read_is_not_taken(
    side: BucketSide, block: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether the store notices it at the next piece, or we at the end."""
    monkeypatch.setattr("connectors.bucket._BLOCK", block)
    with pytest.raises(Unreachable, match="replaced while it was read"):
        list(side.answering(OneObject(bytes(2500), replaced=True)).collect())
    assert side.waited == []


def test_a_store_that_never_says_a_word_is_given_up(side: BucketSide) -> None:
    with Proxy(side.port, silent=True) as hung:
        with pytest.raises(Unreachable, match="when asked to list it"):
            list(side.open(port=hung.port, answer_seconds=0.1).collect())
        assert hung.connections == 3


def test_a_store_that_is_gone_is_tried_three_times_and_then_told(side: BucketSide) -> None:
    with Proxy(side.port) as proxy:
        gone = proxy.port
    with pytest.raises(Unreachable, match="ask the partner whether the store is up"):
        list(side.open(port=gone).collect())
    assert side.waited == [2.0, 8.0]


def test_a_full_disk_on_our_side_is_said_at_once_and_the_next_run_completes(
    side: BucketSide, monkeypatch: pytest.MonkeyPatch
) -> None:
    side.leave("a.csv", b"x" * 1000)
    connector = side.open()
    path = connector._folder.path / "0.drop"
    path.symlink_to("/dev/full")
    with pytest.raises(Unreachable, match=r"cannot write to .*No space left.*QUAI_HOME"):
        list(connector.collect())
    assert side.waited == []
    assert names(side.open()) == ["a.csv"]


def test_rights_to_read_alone_are_told_when_a_drop_will_not_move_and_nothing_is_lost(
    side: BucketSide, monkeypatch: pytest.MonkeyPatch
) -> None:
    side.leave("a.csv", b"x")
    connector = side.open()
    (drop,) = connector.collect()

    def forbidden(*_: Any, **__: Any) -> None:
        raise PermissionError("Access Denied")

    monkeypatch.setattr(connector._files, "rm_file", forbidden)
    with pytest.raises(Refused, match=r"does not allow us to move a\.csv to archive/2026/06.*read_only = true"):
        connector.settle(drop, ACCEPTED)
    assert side.inbox() == {"a.csv": b"x"}


def test_an_object_that_comes_during_the_move_is_not_removed(side: BucketSide, monkeypatch: pytest.MonkeyPatch) -> None:
    side.leave("a.csv", b"x")
    connector = side.open()
    (drop,) = connector.collect()
    copy = connector._files.cp_file

    def slow(source: str, target: str) -> None:
        copy(source, target)
        side.leave("a.csv", b"newer")

    monkeypatch.setattr(connector._files, "cp_file", slow)
    connector.settle(drop, ACCEPTED)
    assert side.inbox() == {"a.csv": b"newer"}


def test_an_object_that_its_partner_took_back_is_no_fault_of_the_run(side: BucketSide) -> None:
    side.leave("a.csv", b"x")
    connector = side.open()
    (drop,) = connector.collect()
    side.files.rm_file(f"{side.root}/a.csv")
    connector.settle(drop, ACCEPTED)
    assert side.archive() == {}


# Who we are, and where we go


def test_one_way_in_is_sent_and_no_other(side: BucketSide, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "ENVIRONMENT")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "environment")

    def signed(**ways: Any) -> str:
        list(side.answering(lambda asked: Reply(body=_listing("")), **ways).collect())
        return side.misbehaving.asked[0].headers.get("Authorization", "")

    assert f"Credential={SECRETS['KEY']}/" in signed()
    assert "Credential=ENVIRONMENT/" in signed(**NO_KEYS, from_environment=True)
    assert signed(**NO_KEYS, anonymous=True) == ""


def test_without_credentials_in_the_environment_nothing_is_asked(
    side: BucketSide, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("HOME", str(tmp_path))
    with pytest.raises(Refused, match="no credentials were found in this machine's environment"):
        list(side.answering(lambda asked: Reply(500), **NO_KEYS, from_environment=True).collect())
    assert side.misbehaving.asked == []


@pytest.mark.parametrize(
    ("endpoint", "kind"),
    [
        ("http://127.0.0.1:9000", "a loopback address"),
        ("http://localhost:9000", "a loopback address"),
        ("http://10.0.0.7", "a private address"),
        ("http://169.254.169.254", "a cloud's metadata address"),
    ],
)
def test_a_store_inside_our_network_is_refused_unless_the_feed_says_so(
    side: BucketSide, endpoint: str, kind: str
) -> None:
    with pytest.raises(Refused, match=kind):
        list(side.open(endpoint=endpoint, allow_private="metadata" in kind).collect())


def test_a_name_that_changes_after_it_was_checked_gains_nothing(
    side: BucketSide, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is resolved again when it is connected to, and checked again there."""

    def other(*_: Any, **__: Any) -> None:
        raise Refused("acme: the name leads inside now")

    connector = side.open(endpoint=f"http://localhost:{side.port}")
    assert connector._files
    monkeypatch.setattr("connectors.objects.resolve", other)
    with pytest.raises(Refused, match="leads inside now"):
        list(connector.collect())


def test_a_proxy_of_the_environment_is_not_asked(side: BucketSide, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    side.leave("a.csv", b"x")
    assert names(side.open()) == ["a.csv"]


def test_a_bucket_of_another_region_is_said_to_lie_elsewhere(side: BucketSide) -> None:
    moved = replace(error(301, "PermanentRedirect"), headers={"x-amz-bucket-region": "eu-west-9"})
    with pytest.raises(Refused, match="Correct `region` or `endpoint`"):
        list(side.answering(lambda asked: moved).collect())


def test_a_name_that_would_lead_elsewhere_is_made_plain(side: BucketSide) -> None:
    (drop,) = side.answering(OneObject(b"x", name="a\\..\\b&#10;.csv")).collect()
    assert drop.name == "b_.csv"
    assert drop.path.is_relative_to(side.home)


def test_a_link_on_a_disk_is_not_followed(side: BucketSide, tmp_path: Path) -> None:
    (tmp_path / "inbox").mkdir()
    (tmp_path / "private").write_bytes(b"ours")
    (tmp_path / "inbox" / "a.csv").symlink_to(tmp_path / "private")
    assert names(side.open(url=f"file://{tmp_path}/inbox", endpoint=None, **NO_KEYS)) == []


def test_a_store_whose_library_is_not_here_is_a_misconfiguration_that_names_it(side: BucketSide) -> None:
    with pytest.raises(FeedMisconfigured, match="needs the Python package gcsfs"):
        list(side.open(url="gs://acme/inbox", endpoint=None, **NO_KEYS).collect())


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"url": "s3://acme/../other"}, "no `..`"),
        ({"url": "http://acme/inbox"}, "url"),
        ({"url": "s3://key:secret@acme/inbox"}, "url"),
        ({"url": "simplecache::s3://acme"}, "url"),
        ({"archive": "../archive"}, "no `..`"),
        ({"archive": "/archive"}, "archive"),
        ({"endpoint": "http://s3.example.org", "allow_http": False}, "allow_http"),
        ({"endpoint": "https://me:pass@s3.example.org"}, "password"),
        (NO_KEYS, "one way in"),
        ({"anonymous": True}, "one way in"),
        ({"secret": None}, "go together"),
        ({"options": {"endpoint_url": "http://10.0.0.1"}}, "options"),
        ({"url": "memory://acme"}, "for s3:// alone"),
    ],
)
def test_settings_that_cannot_be_meant_are_refused(wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        BucketSettings.model_validate({"url": "s3://acme/inbox", **KEYS, **LOCAL, **wrong})


def test_settings_name_their_secrets_and_hold_none() -> None:
    shown = repr(BucketSettings.model_validate({"url": "s3://acme/inbox", **KEYS}))
    assert "Secret(env='KEY'" in shown
    assert not [value for value in SECRETS.values() if value in shown]


def _listing(contents: str, more: str = "") -> bytes:
    token = f"<IsTruncated>true</IsTruncated><NextContinuationToken>{more}</NextContinuationToken>" if more else ""
    return (
        '<?xml version="1.0"?><ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">'
        f"<Name>acme</Name>{token}{contents}</ListBucketResult>"
    ).encode()


def _page(name: str, day: str = "2026-03-01", tag: str = "x", size: int = 1) -> str:
    return (
        f"<Contents><Key>inbox/{name}</Key><LastModified>{day}T00:00:00.000Z</LastModified>"
        f"<ETag>&quot;{tag}&quot;</ETag><Size>{size}</Size></Contents>"
    )
