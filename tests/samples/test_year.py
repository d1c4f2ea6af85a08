"""A fortnight as `make year` lives a whole year: its accidents, and an oracle that can fail."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from itertools import pairwise
from pathlib import Path

import pytest
from sqlalchemy import text

from config.clock import CLOCK
from config.settings import Settings
from samples.year import accidents, ours, theirs
from samples.year.accident import Accident
from samples.year.accidents import Happens, script
from samples.year.employers import DAY, Employer, cast, meant, placement_ends
from samples.year.oracle import Oracle
from samples.year.sides import sides
from samples.year.year import Lived, Year, begun, lived
from testing.database import copy_of_pattern, home_of_its_own

FIRST, DAYS, SEED = date(2026, 10, 20), 14, 7
"""Over the night in which half past two comes twice."""
LEARNED = 5
HAPPENS: tuple[tuple[int, int, Accident], ...] = (
    (LEARNED, 0, theirs.Truncated()),
    (LEARNED, 2, theirs.Broken()),
    (LEARNED + 2, 4, theirs.Garbled()),
    (LEARNED + 3, 1, ours.BrokenFile()),
    (LEARNED + 3, 0, ours.DamagedCopy()),
    (LEARNED + 4, 2, ours.Poisoned()),
    (LEARNED + 5, 0, theirs.OlderDrop()),
    (LEARNED + 6, 2, theirs.Torn()),
    (LEARNED + 6, 4, ours.FullDisk()),
    (LEARNED + 7, 0, theirs.Silent()),
)
"""Day, employer, accident."""
ONE = "(select min(offer) from offers)"


def employers() -> list[Employer]:
    return [replace(one, size=8) for one in cast(5, SEED)]


@pytest.fixture(scope="module")
def fortnight(server: Path) -> Iterator[tuple[Year, list[Lived]]]:
    with (
        home_of_its_own() as home,
        copy_of_pattern(server) as url,
        pytest.MonkeyPatch.context() as patch,
        sides(home, employers()) as there,
    ):
        for name, value in {CLOCK: str(home / "clock"), **there.secrets}.items():
            patch.setenv(name, value)
        settings = Settings.model_validate({"database_url": url, "home": home, "partners": home / "partners"})
        happens = [Happens(FIRST + at * DAY, there.employers[who], what) for at, who, what in HAPPENS]
        with begun(there, settings, FIRST, happens) as year:
            yield year, lived(year, FIRST, DAYS)


@pytest.mark.nightly
def test_each_day_shows_what_employers_mean_and_each_accident_is_named(fortnight: tuple[Year, list[Lived]]) -> None:
    _, days = fortnight
    assert [str(wrong) for day in days for wrong in day.wrong] == []
    assert sum(len(day.happened) for day in days) == len(HAPPENS)
    seen = {verdict for day in days for verdict in day.verdicts}
    assert seen >= {"accepted", "unchanged", "quarantined", "unreadable", "failed", "Unreachable", "FeedMisconfigured"}


@pytest.mark.nightly
@pytest.mark.parametrize(
    ("planted", "what"),
    [
        (f"update offer_ids set closed_at = instant() where id = {ONE}", "missing"),
        (f"update records set title = 'Autre chose' where offer_id = {ONE}", "says something else"),
        ("update deliveries set withdrawn = withdrawn + 1 where id = 1", "created less withdrawn is not what stands"),
    ],
)
def test_the_oracle_finds_a_fault_that_was_planted(fortnight, planted, what):
    year, days = fortnight
    with year.dock.store.warehouse.engine.connect() as connection:
        connection.execute(text(planted))
        found = [wrong.what for wrong in year.judged(days[-1].day, connection)]
        connection.rollback()
    assert found == [what]
    assert [*year.judged(days[-1].day)] == []


@pytest.mark.nightly
def test_the_oracle_finds_what_nobody_means_and_what_no_digest_names(fortnight: tuple[Year, list[Lived]]) -> None:
    year, days = fortnight
    day, one = days[-1].day, year.sides.employers[0]
    gone, *_ = year.oracle.held[one.feed]
    said = year.oracle.held[one.feed].pop(gone)
    assert [wrong.what for wrong in year.judged(day)] == ["online, and nobody means it"]
    year.oracle.held[one.feed][gone] = said
    found = year.named(day, [Happens(day, one, theirs.Truncated())])
    assert [(wrong.what, wrong.where) for wrong in found] == [("not in the digest", one.feed)]


def test_a_script_is_the_same_for_the_same_seed_and_leaves_each_employer_time() -> None:
    people, first = cast(20, 3), date(2026, 9, 1)
    told = script(people, first, 365, 3)
    assert told == script(people, first, 365, 3) != script(people, first, 365, 4)
    assert {type(one.accident) for one in told} == {theirs.NotRenewed, theirs.Eroded, *map(type, accidents.ALL)}
    for one in people:
        slow = (theirs.NotRenewed, theirs.Eroded)
        days = [each.day for each in told if each.employer == one and not isinstance(each.accident, slow)]
        assert all((after - before).days >= accidents.APART for before, after in pairwise(days))


def test_an_employer_means_less_than_all_its_offers_and_nothing_after_the_placement() -> None:
    one, oracle = cast(1, SEED)[0], Oracle()
    oracle.whole(one, date(2027, 6, 20))
    assert placement_ends(2027) == date(2027, 6, 25)
    assert 0 < len(meant(one, date(2027, 6, 20))) < one.size
    assert oracle.online(date(2027, 6, 25))
    assert not oracle.online(date(2027, 6, 26))
