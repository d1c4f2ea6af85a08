"""What breaks on the way in costs nothing but a retry: what stands is untouched, the next run completes, the message
says what to do, and no secret is in any log.

`docs/connectors.md` lists the faults and their tests; those of one connector alone are beside it.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from offers.errors import CannotCollect, CannotKeep, Refused, Unreachable
from offers.model import VerdictKind
from testing.database import copy_of_pattern
from testing.servers.http import Asked, Reply
from testing.sources import Api, Download, Sftp, Source, full_disk, opened
from testing.yard import Yard, offers, open_yard

NEXT = "next run"
CASES: list[tuple[str, str, type[CannotCollect], str]] = [
    ("sftp", "gone_before", Unreachable, "ask the partner whether the server is up"),
    ("sftp", "gone_during", Unreachable, NEXT),
    ("sftp", "truncated", Unreachable, "ask the partner to put the file there again"),
    ("sftp", "replaced", Unreachable, "the next run takes the new one"),
    ("sftp", "disk_full", Unreachable, "Free space"),
    ("sftp", "wrong_host_key", Refused, "Ask the partner, by another way"),
    ("sftp", "wrong_password", Refused, "asked once. Check the secrets"),
    ("download", "gone_before", Unreachable, NEXT),
    ("download", "gone_during", Unreachable, NEXT),
    ("download", "truncated", Unreachable, "broke off after .* the next run asks again"),
    ("download", "disk_full", Unreachable, "Free space"),
    ("download", "asked_to_wait", Unreachable, "429.*leaves no time to wait 7200 s"),
    ("download", "asked_to_slow_down", Unreachable, "429.*Tried 2 times.*next run"),
    ("download", "redirected_inside", Refused, "169.254.169.254.*Ask the partner, or correct `source`"),
    ("download", "wrong_password", Refused, "401"),
    ("api", "gone_before", Unreachable, NEXT),
    ("api", "gone_during", Unreachable, "page 7.*next run"),
    ("api", "truncated", Unreachable, "page 7.*next run"),
    ("api", "disk_full", Unreachable, "Free space"),
    ("api", "asked_to_wait", Unreachable, "429.*leaves no time to wait 7200 s"),
    ("api", "asked_to_slow_down", Unreachable, "429.*Tried 2 times.*next run"),
    ("api", "error_on_page_7", Unreachable, "page 7, answered 500.*next run"),
    ("api", "same_page_twice", Refused, "correct `source.pagination`, or ask the partner"),
    ("api", "not_json", Unreachable, "page 7, sent an HTML page.*next run"),
    ("api", "no_more_tokens", Refused, "401"),
    ("api", "redirected_inside", Refused, "169.254.169.254.*Ask the partner, or correct `source`"),
    ("bucket", "gone_before", Unreachable, "ask the partner whether the store is up"),
    ("bucket", "gone_during", Unreachable, NEXT),
    ("bucket", "disk_full", Unreachable, "Free space"),
    ("bucket", "asked_to_slow_down", Unreachable, "SlowDown.*next run"),
    ("bucket", "wrong_password", Refused, "asked once. Check the secrets"),
    ("bucket", "redirected_inside", Refused, "a cloud's metadata address"),
]

IN_CI = {
    "sftp": ("gone_during", "replaced", "wrong_host_key"),
    "download": ("gone_before", "truncated", "asked_to_wait", "redirected_inside", "wrong_password"),
    "api": ("gone_during", "error_on_page_7", "same_page_twice", "not_json", "no_more_tokens"),
    "bucket": ("gone_during", "disk_full", "asked_to_slow_down"),
}
"""Each fault by one way in; by every other at night, for the tests of each connector tell what it says of it."""


@contextmanager
def reached(kind: str, home: Path) -> Iterator[Source]:
    """One source, which we know how to ask, and ask again without a wait."""
    with pytest.MonkeyPatch.context() as patch, opened(kind, home) as made:
        patch.setattr("connectors.source._BACK_OFF", 0.0)
        patch.setattr("connectors.http.clock.FIRST_WAIT", 0.0)
        for name, value in {**made.secrets, "WRONG": "wr0ng-5ecret"}.items():
            patch.setenv(name, value)
        yield made


@pytest.fixture
def source(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Source]:
    with reached(request.param, tmp_path) as made:
        yield made


@pytest.fixture(scope="module")
def delivering(request, server: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Yard, Source]]:
    """A source from which twenty offers came; each fault strikes the next run."""
    home = tmp_path_factory.mktemp("yard")
    with reached(request.param, home) as source, copy_of_pattern(server) as url, open_yard(home, url) as yard:
        source.leave(offers(20))
        (first,) = yard.run(**source.changed())
        assert first.verdict is VerdictKind.ACCEPTED
        yield yard, source


def secrets(source: Source) -> list[str]:
    return [*source.secrets.values(), "wr0ng-5ecret", "at-5ecret"]


@pytest.mark.parametrize(
    ("delivering", "fault", "error", "said"),
    [
        pytest.param(*one, id=f"{one[0]}-{one[1]}", marks=() if one[1] in IN_CI[one[0]] else pytest.mark.nightly)
        for one in CASES
    ],
    indirect=["delivering"],
)
def test_what_stands_is_untouched_the_next_run_completes_and_the_message_says_what_to_do(
    delivering: tuple[Yard, Source], fault: str, error: type[CannotCollect], said: str, caplog: pytest.LogCaptureFixture
) -> None:
    yard, source = delivering
    caplog.set_level(logging.DEBUG)
    stood, deliveries = yard.standing(), len(yard.dock.store.ledger.deliveries())
    source.leave(offers(len(stood) + 1))
    with source.fault(fault) as changes, pytest.raises(error, match=f"(?s){said}") as told:
        yard.run(**source.changed(**changes))
    assert str(told.value).startswith("ateliers/offres: ")
    assert yard.standing() == stood
    assert len(yard.dock.store.ledger.deliveries()) == deliveries
    (again,) = yard.run(**source.changed())
    assert (again.verdict, again.counts.created, again.counts.withdrawn) == (VerdictKind.ACCEPTED, 1, 0)
    shown = f"{told.value!r} {told.value.__cause__!r} {caplog.text}"
    assert not [secret for secret in secrets(source) if secret in shown]


@pytest.mark.parametrize("source", ["sftp"], indirect=True)
def test_a_server_that_lets_nothing_be_moved_is_told_and_the_ledger_knows_the_drop_again(yard, source):
    source.leave(offers(3))
    with source.fault("gone_after"), pytest.raises(Refused, match="does not allow us to move"):
        yard.run(**source.changed())
    assert len(yard.standing()) == 3
    (again,) = yard.run(**source.changed())
    assert again.verdict is VerdictKind.UNCHANGED
    assert yard.run(**source.changed()) == []


@pytest.mark.parametrize("source", ["sftp"], indirect=True)
def test_a_wrong_password_is_tried_once_in_a_whole_run(yard: Yard, source: Sftp) -> None:
    with source.fault("wrong_password") as changes, pytest.raises(Refused):
        yard.run(**source.changed(**changes))
    assert source.side.server.passwords == ["wr0ng-5ecret"]  # type: ignore[union-attr] # it is the in-process server


@pytest.mark.parametrize("source", ["download", "api"], indirect=True)
@pytest.mark.parametrize("headers", [{}, {"Retry-After": "0"}])
def test_a_429_that_passes_is_no_fault(yard: Yard, source: Download | Api, headers: dict[str, str]) -> None:
    source.leave(offers(8))
    times = iter((Reply(429, headers=headers),))
    with source.going_wrong(lambda asked: next(times, None) if source.late(asked) else None):
        (delivery,) = yard.run(**source.changed())
    assert (delivery.verdict, delivery.counts.created) == (VerdictKind.ACCEPTED, 8)


@pytest.mark.parametrize("source", ["api"], indirect=True)
def test_a_token_that_expires_midway_is_renewed_and_every_record_comes_once(yard: Yard, source: Api) -> None:
    source.leave(offers(12))

    def expires(asked: Asked) -> Reply | None:
        if source.late(asked) and source.token == 1:
            source.token = 2
        return None

    with source.going_wrong(expires):
        (delivery,) = yard.run(**source.changed())
    assert (delivery.verdict, delivery.counts.read, delivery.counts.created) == (VerdictKind.ACCEPTED, 12, 12)


@pytest.mark.parametrize("source", ["api"], indirect=True)
def test_an_empty_page_before_all_that_was_announced_refuses_the_run_and_withdraws_nothing(yard, source):
    source.leave(offers(20))
    yard.run(**source.changed())

    def ends_early(asked: Asked) -> Reply | None:
        over = asked.path == "/offres" and int(asked.query["page"]) > 18
        return Reply(json={"jobs": [], "total": 20}) if over else None

    with source.going_wrong(ends_early), pytest.raises(Refused, match="20 were announced and 18 came"):
        yard.run(**source.changed())
    assert len(yard.standing()) == 20


@pytest.mark.parametrize("source", ["api"], indirect=True)
def test_an_agreed_total_that_is_gone_withdraws_nothing_and_is_a_finding(yard: Yard, source: Api) -> None:
    source.leave(offers(20))
    yard.run(**source.changed())

    def says_no_total(asked: Asked) -> Reply | None:
        if asked.path != "/offres":
            return None
        place = int(asked.query["page"]) - 1
        return Reply(json={"jobs": source.rows[:18][place : place + 1]})

    with source.going_wrong(says_no_total):
        (delivery,) = yard.run(**source.changed())
    assert (delivery.counts.read, delivery.counts.withdrawn) == (18, 0)
    (finding,) = [finding for finding in delivery.findings if finding.check == "came_in_part"]
    assert "no answer holds the total that was agreed (« total »)" in finding.sentence
    (whole,) = yard.run(**source.changed())
    assert whole.counts.withdrawn == 0


@pytest.mark.standing(3)
def test_a_full_disk_under_the_landing_leaves_the_drop_where_it_is(yard: Yard) -> None:
    path = yard.leave(offers(400))
    with full_disk(20_000), pytest.raises(CannotKeep, match="Free disk space"):
        yard.run()
    assert path.exists()
    assert len(yard.standing()) == 3
    (again,) = yard.run()
    assert again.counts.created == 397
