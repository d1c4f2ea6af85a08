"""What wants a person is told once, to a real server, without its address ever showing; the rest is one line."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import psycopg
import pytest
from pydantic import SecretStr

from offers.errors import CannotTell, Declined, FeedMisconfigured, Refused, Unreachable, WarehouseUnreachable
from offers.model import Decision
from operations.alerts import make, send, tell_at_once, watched
from operations.duplicates.review import Ruling, decide
from operations.feeds import late_since
from operations.ingest import ingest
from operations.matters import PAIRS, acknowledge, matters
from operations.quarantine import release
from reports.ops import Matter, Night, Sorted, is_sound
from story.dock import open_dock
from testing.pairing import NEAR, TEXT
from testing.yard import SLUG, Yard, offer, offers, table
from warehouse.locks import MATCHING

SECRET = "hush-hush-token"  # noqa: S105  # invented, and looked for in every log


@dataclass
class Ear:
    """A server that hears alerts, on loopback; it answers `status`."""

    url: str = ""
    status: int = 200
    heard: list[dict[str, Any]] = field(default_factory=list)


@pytest.fixture
def ear() -> Iterator[Ear]:
    ear = Ear()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            ear.heard.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(ear.status)
            self.end_headers()

        def log_message(self, *_said: Any) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    ear.url = f"json://127.0.0.1:{server.server_address[1]}/{SECRET}"
    yield ear
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def telling(yard: Yard, ear: Ear) -> Yard:
    """A yard whose alerts go to the ear."""
    settings = yard.dock.settings.model_copy(update={"alerts": (SecretStr(ear.url),)})
    yard.dock = replace(yard.dock, settings=settings)
    return yard


def kinds(yard: Yard) -> list[str]:
    return [matter.kind for matter in matters(yard.dock, {SLUG: yard.feed})]


def hold(yard: Yard) -> int:
    """Ten stand, and a drop of two waits."""
    return yard.take(offers(2)).id or 0


def fail(yard: Yard, sentence: str = "the server does not answer. Ask the partner.") -> None:
    """A run whose source does not give."""

    class Deaf:
        def collect(self) -> Iterator[Any]:
            raise Unreachable(f"{SLUG}: {sentence}")

        def close(self) -> None: ...

    deaf, dock = Deaf(), yard.dock
    yard.dock = replace_connector(dock, deaf)
    with pytest.raises(Unreachable):
        yard.run()
    yard.dock = dock


def replace_connector(dock: Any, connector: Any) -> Any:
    class Elsewhere(type(dock)):  # type: ignore[misc]  # the class is only known as it runs
        def connector(self, _feed: Any) -> Any:
            return connector

    return Elsewhere(**{name: getattr(dock, name) for name in dock.__dataclass_fields__})


@pytest.mark.standing(10)
def test_a_night_that_is_sound_is_one_line_and_names_no_command(yard: Yard) -> None:
    said = make(yard.dock, sending=False)
    assert said["title"] == "Quai, 2026-03-02: all sound"
    assert said["body"] == "All 1 feeds sound: 1 drops taken, 10 offers created, 0 updated, 0 withdrawn."


def test_only_a_night_without_any_matter_in_which_every_feed_delivers_is_sound() -> None:
    night, matter = Night(date(2026, 3, 2), 1, 1, 0, 0, 0), Matter(SLUG, "late", "", "late", "quai ingest")
    assert is_sound(night, Sorted())
    assert not any(is_sound(night, Sorted(**{pile: (matter,)})) for pile in ("new", "folded", "acknowledged"))
    assert not any(is_sound(other, Sorted()) for other in (replace(night, never=(SLUG,)), replace(night, feeds=0)))


def test_lines_that_could_not_be_cut_into_columns_are_counted_by_feed(yard: Yard) -> None:
    yard.take(table(offers(10)) + b"R011;a;b;c;d;e;f;g;h;i;j;k\r\n")
    assert make(yard.dock, sending=False)["body"].endswith(
        f"0 updated, 0 withdrawn. Lines that could not be cut into columns: 1 of {SLUG}."
    )


@pytest.mark.standing(10)
def test_a_stop_is_told_at_once_and_only_once(telling: Yard, ear: Ear) -> None:
    held = hold(telling)
    (told,) = ear.heard
    assert told["title"] == f"Quai: {SLUG} quarantined"
    assert "8 of the 10 standing records" in told["message"]
    assert f"quai quarantine show {held}" in told["message"]
    telling.take(offers(3))
    tell_at_once(telling.dock, {SLUG: telling.feed})
    assert len(ear.heard) == 1


@pytest.mark.standing(10)
def test_a_matter_that_changes_is_told_again(telling: Yard, ear: Ear) -> None:
    hold(telling)
    telling.take([])
    assert len(ear.heard) == 2
    assert "no record" in ear.heard[1]["message"]


@pytest.mark.standing(10)
def test_a_matter_that_ended_and_comes_back_is_told_again(telling: Yard, ear: Ear) -> None:
    hold(telling)
    telling.take(offers(10))
    telling.take(offers(2))
    assert len(ear.heard) == 2


@pytest.mark.standing(10)
def test_what_was_told_is_folded_in_the_digest_and_what_is_in_hand_stays_quiet(telling: Yard, ear: Ear) -> None:
    held = hold(telling)
    said = make(telling.dock, sending=True)
    assert said["new"] == []
    assert f"As told before: {SLUG} quarantined" in said["body"]
    acknowledge(telling.dock, {SLUG: telling.feed}, SLUG, "quarantined", "anne")
    said = make(telling.dock, sending=False)
    assert f"In hand: {SLUG} quarantined." in said["body"]
    telling.take([])
    assert "no record" in ear.heard[-1]["message"]
    decision = Decision(held, "anne", "confirmed", telling.at)
    assert release(telling.dock, decision).releases == held


@pytest.mark.standing(10)
def test_the_digest_tells_the_worst_first_with_the_command_to_type_and_is_sent(telling: Yard, ear: Ear) -> None:
    ear.status = 500
    hold(telling)
    ear.status, ear.heard = 200, []
    said = make(telling.dock, sending=True)
    assert said["sent"] is True
    (told,) = ear.heard
    assert told["title"] == "Quai, 2026-03-02: 1 matter wants a person"
    assert told["message"].startswith("1. [quarantined] ")
    assert make(telling.dock, sending=True)["new"] == []


@pytest.mark.standing(10)
def test_a_digest_that_is_only_looked_at_counts_as_told_to_nobody(telling: Yard, ear: Ear) -> None:
    ear.status = 500
    hold(telling)
    assert len(make(telling.dock, sending=False)["new"]) == 1
    assert len(make(telling.dock, sending=False)["new"]) == 1


def near(reference: str, text: str) -> dict[str, str]:
    """Of one workshop; two of these with texts that are nearly alike wait for a person."""
    return offer(reference, Intitulé="Usinage à l'atelier", Adresse="12 rue des Forges", Description=text)


def test_pairs_that_nobody_decided_are_told_once_in_the_digest(telling: Yard, ear: Ear) -> None:
    telling.take([*offers(10), near("A", TEXT), near("B", NEAR)])
    assert ear.heard == []
    said = make(telling.dock, sending=True)
    assert "[undecided] 1 pair of records waits for an answer: one offer, or two?" in said["body"]
    assert "quai duplicates list" in said["body"]
    telling.take([*offers(11), near("A", TEXT), near("B", NEAR)])
    said = make(telling.dock, sending=True)
    assert said["new"] == []
    assert "As told before: duplicates undecided" in said["body"]


def test_pairs_that_were_decided_are_told_of_no_more_and_new_ones_anew(telling: Yard, ear: Ear) -> None:
    telling.take([*offers(10), near("A", TEXT), near("B", NEAR)])
    make(telling.dock, sending=True)
    decide(telling.dock, f"{SLUG}:A", f"{SLUG}:B", Ruling(False, "anne", "two workshops"))
    assert make(telling.dock, sending=True)["new"] == []
    elsewhere = {"CP": "69001", "Adresse": "3 quai Saint-Vincent"}
    more = [near("C", TEXT) | elsewhere, near("D", NEAR) | elsewhere]
    telling.take([*offers(10), near("A", TEXT), near("B", NEAR), *more])
    assert [matter["kind"] for matter in make(telling.dock, sending=True)["new"]] == ["undecided"]


def test_pairs_that_wait_can_be_taken_on(yard: Yard) -> None:
    yard.take([*offers(10), near("A", TEXT), near("B", NEAR)])
    acknowledge(yard.dock, {SLUG: yard.feed}, PAIRS, "undecided", "anne")
    assert "In hand: duplicates undecided." in make(yard.dock, sending=False)["body"]


def test_warnings_wait_for_the_digest(telling: Yard, ear: Ear) -> None:
    telling.take([*offers(10), offer("R002")])
    assert kinds(telling) == ["warned"]
    assert ear.heard == []
    assert make(telling.dock, sending=True)["new"][0]["kind"] == "warned"


@pytest.mark.standing(3)
def test_a_run_that_took_nothing_in_is_written_down_and_the_third_in_a_row_is_told(telling: Yard, ear: Ear) -> None:
    for _ in range(2):
        fail(telling)
    (failure, _) = telling.dock.store.alerts.open_failures()[SLUG]
    assert (failure.kind, failure.at) == ("Unreachable", telling.at)
    assert "does not answer" in failure.sentence
    assert (kinds(telling), ear.heard) == (["unreachable"], [])
    fail(telling)
    assert kinds(telling) == ["failing"]
    assert "took nothing in 3 times in a row" in ear.heard[0]["message"]
    telling.run()
    assert kinds(telling) == []


def test_unreadable_drops_and_silent_servers_count_together(telling: Yard, ear: Ear) -> None:
    telling.take(b"<html>503</html>")
    assert kinds(telling) == ["unreadable"]
    fail(telling)
    telling.take(b"<html>504</html>")
    assert kinds(telling) == ["failing"]
    assert len(ear.heard) == 1


@pytest.mark.standing(10)
def test_an_alert_that_cannot_be_sent_fails_no_delivery_and_is_still_new(telling, ear, caplog):
    ear.status = 500
    assert hold(telling)
    assert "did not take the alert" in caplog.text
    ear.status = 200
    assert [matter.kind for matter in tell_at_once(telling.dock, {SLUG: telling.feed})] == ["quarantined"]


@pytest.mark.parametrize("status", [200, 500])
def test_no_address_shows_in_any_log_or_sentence(telling, ear, caplog, status):
    ear.status = status
    said = repr(telling.dock.settings)
    with caplog.at_level(logging.DEBUG):
        try:
            send(telling.dock.settings, "Quai", "all sound")
        except CannotTell as fault:
            said += str(fault)
    assert SECRET not in said + caplog.text
    assert len(ear.heard) >= 1


def test_an_address_that_is_none_is_refused_without_showing_it(telling: Yard) -> None:
    wrong = telling.dock.settings.model_copy(update={"alerts": (SecretStr(f"carrier-pigeon://{SECRET}"),)})
    with pytest.raises(FeedMisconfigured, match="address 1 is none that Apprise knows") as seen:
        send(wrong, "Quai", "all sound")
    assert SECRET not in str(seen.value)


def test_addresses_may_lie_in_variables_of_their_own(telling: Yard, ear: Ear, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPS_CHANNELS", f"{ear.url} {ear.url}/second")
    named = telling.dock.settings.model_copy(update={"alerts": (SecretStr("OPS_CHANNELS"),)})
    assert send(named, "Quai", "all sound") is True
    assert len(ear.heard) == 2


@pytest.mark.parametrize(
    ("last", "now", "late"),
    [
        ("2026-03-02 01:10", "2026-03-02 09:00", False),  # it came at ten past two in Paris, when it was due
        ("2026-03-01 01:10", "2026-03-02 02:30", False),  # yesterday's, and grace is not over
        ("2026-03-01 01:10", "2026-03-02 03:30", True),
        ("2026-03-02 00:30", "2026-03-02 09:00", False),  # taken by hand, a little early
        ("2026-03-28 01:10", "2026-03-29 03:30", True),  # 02:10 does not exist that night: it was due at three
        ("2026-03-29 01:05", "2026-03-29 09:00", False),
    ],
)
def test_a_feed_is_late_when_grace_is_over(yard: Yard, last: str, now: str, late: bool) -> None:
    feed = yard.feed.model_copy(update={"schedule": "10 2 * * *"})
    instants = (datetime.fromisoformat(said).replace(tzinfo=UTC) for said in (last, now))
    assert (late_since(feed, *instants) is not None) is late


def test_a_late_feed_is_told_once_until_something_comes(telling: Yard, ear: Ear) -> None:
    telling.feed = telling.feed.model_copy(update={"schedule": "0 7 * * *", "grace": timedelta(hours=1)})
    telling.take(offers(3))
    for _ in range(2):
        telling.at += timedelta(days=1, hours=3)
        tell_at_once(telling.dock, {SLUG: telling.feed})
    (told,) = ear.heard
    assert "nothing came that was due at 2026-03-03 07:00" in told["message"]
    telling.take(offers(4))
    assert kinds(telling) == []


def test_a_feed_that_never_delivered_is_not_late(yard: Yard) -> None:
    yard.feed = yard.feed.model_copy(update={"schedule": "0 7 * * *"})
    assert kinds(yard) == []


def test_a_schedule_that_is_no_cron_is_named(yard: Yard) -> None:
    with pytest.raises(FeedMisconfigured, match="« at dawn », which is no cron expression"):
        late_since(yard.feed.model_copy(update={"schedule": "at dawn"}), yard.at, yard.at)


@pytest.mark.standing(10)
def test_a_matter_that_is_none_cannot_be_taken_on(yard: Yard) -> None:
    hold(yard)
    with pytest.raises(Declined, match=f"There is: {SLUG} quarantined"):
        acknowledge(yard.dock, {SLUG: yard.feed}, SLUG, "late", "anne")


def test_the_door_to_apprise_is_opened_only_when_there_is_somebody_to_tell() -> None:
    import subprocess
    import sys

    program = "import sys, operations.ingest, operations.alerts; print(sorted({'apprise', 'cronsim'} & {*sys.modules}))"
    root = Path(__file__).resolve().parents[2]
    done = subprocess.run([sys.executable, "-c", program], cwd=root, capture_output=True, text=True)
    assert done.stdout.strip() == "[]"


def test_a_person_s_address_that_a_server_named_is_written_down_nowhere(yard: Yard) -> None:
    said = "ateliers/offres: the server says « ask lea.martin@example.fr »."
    with pytest.raises(Refused), watched(yard.feed, yard.dock):
        raise Refused(said)
    (failure,) = yard.dock.store.alerts.open_failures()[SLUG]
    assert "the server says" in failure.sentence
    assert "lea.martin" not in failure.sentence


def test_runs_that_the_database_let_down_are_told_once_it_answers_though_all_is_well_by_then(telling, ear):
    there = SecretStr("postgresql://quai:s3cret@127.0.0.1:1/quai")
    away = telling.dock.settings.model_copy(update={"database_url": there})
    for _ in range(2):
        with pytest.raises(WarehouseUnreachable), open_dock(away, lambda: telling.at, feed=SLUG):
            pass
    telling.leave(offers(3))
    telling.at += timedelta(hours=1)
    with open_dock(telling.dock.settings, lambda: telling.at) as dock:
        assert [one.kind for one in dock.store.alerts.open_failures()[SLUG]] == ["WarehouseUnreachable"] * 2
        ingest(telling.feed, dock)
        assert dock.store.alerts.open_failures() == {}
        (heard,) = ear.heard
        assert f"[unserved] The database did not serve 2 runs ({SLUG})" in heard["message"]
        assert "s3cret" not in heard["message"]
        assert [one["kind"] for one in make(dock, sending=False)["folded"]] == ["unserved"]
    assert not list(telling.home.glob("failures*"))


def test_a_database_that_breaks_off_within_a_run_counts_as_its_failure(yard: Yard) -> None:
    with pytest.raises(WarehouseUnreachable), watched(yard.feed, yard.dock):
        raise WarehouseUnreachable("it broke off")
    assert kinds(yard) == ["unserved", "unreachable"]
    assert "it broke off" in make(yard.dock, sending=False)["body"]


def test_a_line_of_the_kept_failures_that_was_cut_short_stops_nothing(yard: Yard) -> None:
    (yard.home / "failures.jsonl").write_text(
        '{"feed": "a/b", "at": "2026-03-02T05:00:00+00:00", "ki', encoding="utf-8"
    )
    with open_dock(yard.dock.settings, lambda: yard.at) as dock:
        assert dock.store.alerts.open_failures() == {}


def test_a_lock_that_is_held_for_long_is_a_matter_that_names_its_holder(yard: Yard, database_url: str) -> None:
    with psycopg.connect(database_url, application_name="quai laposte/offres 77@worker-2") as holder:
        holder.execute("select pg_advisory_xact_lock(%s)", [MATCHING])
        session = holder.info.backend_pid
        assert make(yard.dock, sending=False)["new"] == []
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("warehouse.locks.FROZEN", 0.0)
            (matter,) = make(yard.dock, sending=False)["new"]
    assert matter["kind"] == "held"
    assert f"laposte/offres 77@worker-2 (PostgreSQL session {session}, from" in matter["sentence"]


def test_no_feed_is_called_sound_of_which_nothing_was_ever_accepted(yard: Yard) -> None:
    said = make(yard.dock, sending=False)
    assert said["title"].endswith("nothing new")
    assert said["body"].startswith(f"0 feeds sound, nothing ever accepted of {SLUG}: ")
