"""What is planned: hours from the TOML, spread the same way each time, one deployment per feed."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from config.partners import load
from connectors import KINDS
from flows.deploy import HOUSE, _hours, flow_of, jittered, of_feed, plan
from offers.errors import FeedMisconfigured
from offers.feed import Feed
from offers.format import Format
from testing.yard import TOML

MODELS = {word: kind.settings for word, kind in KINDS.items()}


def feed(name: str = "offres", **given: Any) -> Feed:
    source = MODELS["folder"](path="inbox")
    return Feed(partner="ateliers", name=name, title="T", source=source, format=Format(kind="csv"), mapping={}, **given)


def minute_of(cron: str) -> int:
    return int(cron.split()[0])


def test_three_hundred_feeds_of_one_hour_do_not_start_at_once() -> None:
    crons = [jittered(feed(f"f{number}", schedule="0 5 * * *"))[0] for number in range(300)]
    assert max(Counter(crons).values()) <= 5
    assert {minute_of(cron) for cron in crons} >= set(range(10))
    assert all(cron.split()[1:5] == ["5", "*", "*", "*"] for cron in crons)


def test_a_feed_starts_at_the_same_second_whatever_other_feeds_there_are() -> None:
    assert jittered(feed(schedule="0 5 * * *")) == jittered(feed(schedule="0 5 * * *"))


@pytest.mark.parametrize(
    ("cron", "said"),
    [
        (f"{','.join(map(str, range(60)))} * * * * 14", "* * * * * +14 s"),
        ("0,15,30,45 * * * *", "*/15 * * * *"),
        ("7,22,37,52 3 * * 1", "7-59/15 3 * * 1"),
        ("3,33 * * * *", "3,33 * * * *"),
        ("0,10,20 6 * * *", "0,10,20 6 * * *"),
        ("*/15 * * * *", "*/15 * * * *"),
    ],
)
def test_minutes_at_equal_distances_are_told_as_a_step(cron: str, said: str) -> None:
    assert _hours(replace(HOUSE[0], crons=(cron,))) == said


def test_every_run_of_the_house_is_named() -> None:
    assert [one.full_name for one in HOUSE if flow_of(one).flow_run_name is None] == []


@pytest.mark.parametrize("schedule", ["59 23 * * *", "*/15 * * * *", "0,45 6 * * 1-5"])
def test_jitter_never_leaves_the_hour(schedule: str) -> None:
    for number in range(40):
        minutes = jittered(feed(f"f{number}", schedule=schedule, jitter="59m"))[0].split()[0]
        assert all(0 <= int(minute) <= 59 for minute in minutes.split(","))


def test_jitter_takes_no_more_than_half_of_the_grace() -> None:
    crons = [jittered(feed(f"f{n}", schedule="0 5 * * *", jitter="59m", grace="10m"))[0] for n in range(60)]
    assert max(map(minute_of, crons)) <= 5


def test_no_jitter_is_the_hour_itself() -> None:
    assert jittered(feed(schedule="0 5 * * *", jitter="0m")) == ("0 5 * * * 0",)


def test_a_watched_feed_has_no_hour_of_its_own_and_one_without_schedule_is_run_by_hand() -> None:
    assert of_feed(feed(schedule="0 5 * * *", every="5m")).crons == ()
    assert "run by hand" in of_feed(feed()).description


def test_each_feed_is_one_deployment_beside_those_of_the_house() -> None:
    first, *house = plan({"ateliers/offres": feed(schedule="0 5 * * *")})
    assert (first.full_name, first.parameters) == ("ingest/ateliers.offres", {"feed": "ateliers/offres"})
    assert first.tags == ("quai", "feed", "partner:ateliers", "source:folder")
    assert tuple(house) == HOUSE


def test_a_schedule_whose_fields_are_no_hour_is_told_as_it_is_planned() -> None:
    feeds = {name: feed(name, schedule="0 25 * * *") for name in ("a", "b")}
    with pytest.raises(FeedMisconfigured, match=r"ateliers/a.*\n.*ateliers/b"):
        plan(feeds)


@pytest.mark.parametrize(
    ("schedule", "said"),
    [
        (
            "0 10 2 * * *",
            r"ateliers\.toml: feeds\.offres\.schedule .*has 6 fields; expected are five fields, minute, hour",
        ),
        ("at dawn", "has 2 fields"),
    ],
)
def test_a_schedule_that_is_no_cron_of_five_fields_is_refused_as_the_file_is_read(tmp_path, schedule, said):
    (tmp_path / "ateliers.toml").write_text(
        TOML.replace('title = "Offres', f'schedule = "{schedule}"\ntitle = "Offres')
    )
    with pytest.raises(FeedMisconfigured, match=said):
        load(tmp_path, MODELS)


@pytest.mark.parametrize(("line", "said"), [('every = "10"', "number of minutes"), ('every = "2d"', "between")])
def test_a_span_that_cannot_be_is_refused(tmp_path: Path, line: str, said: str) -> None:
    (tmp_path / "ateliers.toml").write_text(TOML.replace('title = "Offres', f'{line}\ntitle = "Offres'))
    with pytest.raises(FeedMisconfigured, match=said):
        load(tmp_path, MODELS)


def test_a_watch_where_nothing_shows_what_waits_is_refused(tmp_path: Path) -> None:
    toml = TOML.replace('title = "Offres', 'every = "5m"\ntitle = "Offres').replace(
        'kind = "folder"\npath = "inbox"\nglob = "*.csv"', 'kind = "download"\nurl = "https://x.example/a.csv"'
    )
    (tmp_path / "ateliers.toml").write_text(toml)
    with pytest.raises(FeedMisconfigured, match=r"feeds\.offres\.every asks for looks"):
        load(tmp_path, MODELS)


def test_spans_are_read_as_written() -> None:
    assert (feed(every="5m").every, feed().jitter) == (timedelta(minutes=5), timedelta(minutes=10))
