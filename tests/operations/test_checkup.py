"""What the doctor concludes from what it saw: sound, a look, or a fault, and what to do."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from operations.checkup import (
    GIB,
    Backlog,
    Check,
    Health,
    clock,
    disk,
    exit_status,
    feed,
    home,
    inboxes,
    libraries,
    migrated,
    prefect,
    rights,
    scheduler,
    xml,
)

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(("seconds", "state"), [(0, "sound"), (-5, "sound"), (20, "look"), (-3600, "fault")])
def test_clocks_that_differ_are_told(seconds: int, state: str) -> None:
    assert clock(NOON, NOON + timedelta(seconds=seconds)).state == state


def test_a_missing_inbox_of_our_own_is_told_with_the_line_that_makes_it_and_a_mount_is_not_made(tmp_path: Path) -> None:
    there, own, mount = tmp_path / "inbox" / "orme", tmp_path / "inbox" / "les ateliers", Path("/nowhere/rivoire")
    there.mkdir(parents=True)
    assert [check.state for check in inboxes(tmp_path, [there])] == ["sound"]
    ours, others = inboxes(tmp_path, [there, own, mount])
    assert (ours.state, ours.do) == ("look", f"Make them: mkdir -p '{own}'")
    assert (others.seen, "mkdir" in others.do) == ("no folder at /nowhere/rivoire", False)
    assert not own.exists()


def test_what_every_user_may_read_wants_a_look_and_what_they_may_write_is_a_fault() -> None:
    closed, read, written = Path("/srv/quai"), Path("/srv/quai/landing"), Path("/etc/a key")
    assert [check.state for check in rights({closed: 0})] == ["sound"]
    for bits in (4, 5, 1):  # a folder that may be entered gives what lies in it under a name that is known
        (check,) = rights({closed: 0, read: bits})
        assert (check.state, check.do) == ("look", "Close it: chmod o-rwx /srv/quai/landing")
    (check,) = rights({closed: 0, written: 6})
    assert (check.state, check.do) == ("fault", "Close it: chmod o-rwx '/etc/a key'")


def test_an_xml_library_that_a_long_token_holds_up_is_named_with_its_python() -> None:
    assert xml((2, 6, 0), "3.12.3").state == "sound"
    old = xml((2, 5, 0), "3.12.2")
    assert (old.state, old.seen) == ("look", "expat 2.5.0, of Python 3.12.2; expected 2.6.0 or later")


@pytest.mark.parametrize(("free", "state"), [(50 * GIB, "sound"), (GIB, "look"), (1000, "fault")])
def test_a_disk_that_fills_is_told(free: int, state: str) -> None:
    assert disk("disk", "/srv", free).state == state


@pytest.mark.parametrize(
    ("server", "ours", "state"),
    [
        ("3.8.8", "3.8.8", "sound"),
        ("3.9.0", "3.8.8", "sound"),
        ("3.7.1", "3.8.8", "look"),
        ("2.20.0", "3.8.8", "fault"),
    ],
)
def test_a_prefect_server_may_be_newer_and_not_older(server: str, ours: str, state: str) -> None:
    assert prefect("quai.example", server, ours).state == state


@pytest.mark.parametrize(
    ("found", "do"), [("0005", ""), (None, "quai migrate"), ("0004", "quai migrate"), ("0009", "install that version")]
)
def test_a_database_behind_is_migrated_and_one_ahead_wants_its_own_quai(found: str | None, do: str) -> None:
    check = migrated(found, "0005", "db.example")
    assert (check.state is Health.SOUND) == (found == "0005")
    assert do in check.do


def test_a_database_that_is_still_empty_is_no_fault() -> None:
    assert migrated(None, "0005", "db.example").state is Health.LOOK
    assert migrated("0004", "0005", "db.example").state is Health.FAULT


def test_a_home_that_is_no_whole_path_wants_a_look_where_workers_run() -> None:
    asked = [(Path("var"), True), (Path("var"), False), (Path("/srv/quai"), True)]
    assert [home(path, scheduled).state for path, scheduled in asked] == ["look", "sound", "sound"]


@pytest.mark.parametrize(
    ("active", "planned", "age", "state"),
    [(8, 24, 60, "sound"), (8, 0, 60, "fault"), (8, 0, 1, "look"), (0, 0, 0, "look")],
)
def test_active_schedules_of_which_no_run_is_planned_are_a_fault(active, planned, age, state):
    schedules, _ = scheduler(backlog(active, planned, NOON - timedelta(minutes=age) if active else None), NOON)
    assert schedules.state == state
    assert (state == "fault") == ("prefect.server.services.scheduler" in schedules.do)


@pytest.mark.parametrize(("overdue", "minutes", "state"), [(0, 0, "sound"), (2, 5, "look"), (2, 16, "fault")])
def test_runs_that_no_worker_takes_are_told_with_their_hour(overdue: int, minutes: int, state: str) -> None:
    since = NOON - timedelta(minutes=minutes) if overdue else None
    _, workers = scheduler(Backlog(8, NOON, 24, overdue, since, {}), NOON)
    assert workers.state == state
    assert (state == "sound") == ("quai worker" not in workers.do)


def backlog(active: int, planned: int, newest: datetime | None) -> Backlog:
    return Backlog(active, newest, planned, 0, None, {})


def test_a_library_beyond_its_bounds_is_named_with_both_versions() -> None:
    wanted = ["fastapi>=0.139,<0.151", "typer>=0.16", 'mypy>=1; extra == "dev"']
    assert [c.state for c in libraries(wanted, {"fastapi": "0.140", "typer": "0.16"})] == [Health.SOUND]
    (check,) = libraries(wanted, {"fastapi": "0.155.0", "typer": "0.16"})
    assert check.seen == "fastapi 0.155.0; expected <0.151,>=0.139"
    assert "requirements.lock" in check.do


def test_a_feed_without_deliveries_wants_a_look() -> None:
    assert feed("laposte/offres", None, None).do == "Try its source: quai probe laposte/offres"


def test_the_worst_decides_the_exit_status() -> None:
    states = [Health.SOUND, Health.LOOK, Health.FAULT]
    assert [exit_status(Check("", state, "") for state in states[:count]) for count in (1, 2, 3)] == [0, 1, 2]
