"""How feeds keep their promise, and how offers end on time."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from offers.calendar import PARIS
from offers.feed import Feed
from offers.model import Decision, VerdictKind
from operations.feeds import Punctuality, freshness, last_due, latest_first, next_due
from operations.matters import matters
from operations.offers import close_what_expired
from testing.yard import SLUG, Yard, offer, offers


@pytest.fixture
def daily(yard: Yard) -> Feed:
    return yard.feed.model_copy(update={"schedule": "10 2 * * *"})


def at(said: str) -> datetime:
    return datetime.fromisoformat(said).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("last", "now", "state", "late_by"),
    [
        ("2026-03-02 01:10", "2026-03-02 09:00", Punctuality.FRESH, timedelta(0)),
        ("2026-03-01 01:10", "2026-03-02 03:20", Punctuality.LATE, timedelta(hours=2, minutes=10)),
        ("2026-02-27 01:10", "2026-03-02 03:20", Punctuality.LATE, timedelta(days=2, hours=2, minutes=10)),
        (None, "2026-03-02 03:30", Punctuality.NEVER, timedelta(0)),
    ],
)
def test_a_feed_is_as_late_as_the_first_drop_that_it_owes(daily, last, now, state, late_by):
    found = freshness(daily, at(last) if last else None, at(now))
    assert (found.state, found.late_by) == (state, late_by)


def test_a_feed_without_a_schedule_promises_nothing(yard: Yard) -> None:
    assert freshness(yard.feed, None, yard.at).state is Punctuality.BY_HAND


def test_late_feeds_come_first_and_the_latest_of_them_before_the_others(daily: Feed) -> None:
    now = at("2026-03-05 09:00")
    lasts = {"a": at("2026-03-05 01:10"), "b": at("2026-03-03 01:10"), "c": None, "d": at("2026-03-01 01:10")}
    rows = [{"feed": name, **freshness(daily, last, now).as_dict()} for name, last in lasts.items()]
    assert [row["feed"] for row in latest_first(rows)] == ["d", "b", "c", "a"]


def test_a_drop_that_was_refused_for_good_does_not_keep_the_promise(yard: Yard, daily: Feed) -> None:
    from operations.quarantine import discard

    yard.take(offers(10))
    yard.at += timedelta(days=1)
    held = yard.take(offers(2))
    assert held.verdict is VerdictKind.QUARANTINED
    assert [one.kind for one in matters(yard.dock, {SLUG: daily})] == ["quarantined"]
    discard(yard.dock, Decision(held.id or 0, "anne", "cut off", yard.at))
    (late,) = matters(yard.dock, {SLUG: daily})
    assert late.kind == "late"
    assert "nothing was accepted that was due at 2026-03-03 02:10" in late.sentence


def expiring(yard: Yard, day: str) -> None:
    until = yard.feed.mapping["title"].model_copy(update={"headers": ("Type",)})
    yard.feed = yard.feed.model_copy(update={"mapping": {**yard.feed.mapping, "expires_on": until}})
    yard.take([offer("R001", Type=day), offer("R002", Type="2026-05-05")])


def closed(yard: Yard) -> list[bool]:
    with yard.dock.store.warehouse.transaction() as connection:
        return [row[0] for row in connection.exec_driver_sql("select closed_at is not null from offer_ids order by id")]


def test_offers_are_closed_once_their_last_day_in_paris_is_over(yard: Yard) -> None:
    expiring(yard, "2026-03-04")
    yard.at = at("2026-03-04 22:59")
    assert close_what_expired(yard.dock) == 0
    yard.at = at("2026-03-04 23:01")
    assert close_what_expired(yard.dock) == 1
    assert closed(yard) == [True, False]
    assert close_what_expired(yard.dock) == 0


def test_an_offer_whose_day_is_put_off_opens_again(yard: Yard) -> None:
    expiring(yard, "2026-03-04")
    yard.at = at("2026-03-05 06:00")
    close_what_expired(yard.dock)
    yard.take([offer("R001", Type="2026-04-04"), offer("R002", Type="2026-05-05")])
    assert closed(yard) == [False, False]


def test_feeds_are_shown_with_how_late_they_are(yard, monkeypatch, capsys):
    from cli import app

    toml = yard.home / "partners" / "ateliers.toml"
    said = toml.read_text(encoding="utf-8").replace('title = "Offres', 'schedule = "0 7 * * *"\ntitle = "Offres')
    toml.write_text(said, encoding="utf-8")
    yard.take(offers(3))
    secret = yard.dock.settings.database_url
    assert secret is not None
    place = {"HOME": yard.home, "PARTNERS": toml.parent, "DATABASE_URL": secret.get_secret_value()}
    for name, value in place.items():
        monkeypatch.setenv(f"QUAI_{name}", str(value))
    app(["feeds", "--json"], standalone_mode=False)
    (row,) = json.loads(capsys.readouterr().out)["feeds"]
    assert row["freshness"] == "late"
    app(["feeds"], standalone_mode=False)
    assert "late by" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("eve", "hours"),
    [
        ("2026-10-24", ["25 02:30+02:00", "26 02:30+01:00", "27 02:30+01:00"]),  # twice half past two: the first
        ("2027-03-27", ["28 03:00+02:00", "29 02:30+02:00", "30 02:30+02:00"]),  # none: as soon as the gap is over
    ],
)
def test_a_drop_is_due_once_in_the_nights_in_which_the_clocks_change(eve: str, hours: list[str]) -> None:
    half_past_two = "30 2 * * *"
    start = datetime.fromisoformat(f"{eve} 12:00").replace(tzinfo=PARIS)
    after = [start]
    for _ in hours:
        after.append(next_due(SLUG, half_past_two, after[-1]))
    assert [f"{due:%d %H:%M}{due:%z}"[:11] + ":00" for due in after[1:]] == hours
    before = [start + timedelta(days=3)]
    for _ in hours:
        before.append(last_due(SLUG, half_past_two, before[-1]))
    assert before[:0:-1] == after[1:]


@pytest.mark.parametrize("night", ["2026-10-25", "2027-03-28"])
def test_a_drop_of_the_night_in_which_the_clocks_change_is_fresh_and_its_absence_late(yard: Yard, night: str) -> None:
    feed = yard.feed.model_copy(update={"schedule": "30 2 * * *", "grace": timedelta(hours=2)})
    morning = datetime.fromisoformat(f"{night} 07:00").replace(tzinfo=PARIS)
    came, before = morning.replace(hour=3, minute=5), morning.replace(hour=3, minute=5) - timedelta(days=1)
    assert freshness(feed, came, morning).state is Punctuality.FRESH
    assert freshness(feed, before, morning).state is Punctuality.LATE
    assert freshness(feed, before, morning.replace(hour=1)).state is Punctuality.FRESH
