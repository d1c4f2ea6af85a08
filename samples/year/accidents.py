"""The script of a year's accidents, by the seed. A new kind is a class in `theirs` or `ours` and its place in ALL."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from samples.year import ours, theirs
from samples.year.accident import Accident
from samples.year.employers import DAY, LARGE, Employer, Rhythm, school_year

LEARNED = 10
"""Days after which every daily feed has a history to be held to."""
ERODES = 30
"""Days before the nights on which an export begins to lose offers a few at a time."""
APART = 6
"""Days between two accidents of one employer."""
ALL: tuple[Accident, ...] = (
    theirs.Truncated(),
    theirs.HeaderOnly(),
    theirs.Garbled(),
    theirs.Unreadable(),
    theirs.SectorsBlank(),
    theirs.Torn(),
    theirs.Cut(),
    theirs.HungUp(),
    theirs.Broken(),
    theirs.Forbidden(),
    theirs.RedirectedInside(),
    theirs.NotJson(),
    theirs.Silent(),
    theirs.FolderGone(),
    theirs.FewerThanAnnounced(),
    theirs.OlderDrop(),
    ours.BrokenFile(),
    ours.StrangeFile(),
    ours.Poisoned(),
    ours.FullDisk(),
    ours.Restored(),
    ours.DamagedCopy(),
    ours.Renamed(),
    ours.DatabaseKilled(),
    ours.Frozen(),
    ours.WorkerKilled(),
    ours.ServerKilled(),
)


@dataclass(frozen=True)
class Happens:
    """One accident, to one employer, on one day."""

    day: date
    employer: Employer
    accident: Accident


def script(
    employers: Sequence[Employer], first: date, days: int, seed: int, all_of_them: Sequence[Accident] = ALL
) -> list[Happens]:
    """When what happens to whom, by the seed alone. Only to daily feeds, so that the next day puts it right."""
    rng, found = random.Random(f"{seed} accidents"), list[Happens]()
    daily = [employer for employer in employers if employer.rhythm is Rhythm.DAILY]
    free = {employer: LEARNED for employer in daily if employer.number != LARGE}
    wanted = [accident for accident in all_of_them for _ in range(accident.times)]
    rng.shuffle(wanted)
    for at, accident in zip(_days(days, len(wanted)), wanted, strict=True):
        able = [one for one, since in free.items() if one.access in accident.where and since <= at]
        if able:
            chosen = rng.choice(able)
            free[chosen] = at + APART
            found.append(Happens(first + timedelta(days=at), chosen, accident))
    eroded = [each for each in _erosion(daily, first) if each.day < first + days * DAY]
    return [*found, *eroded, *_school_years(employers, first, days)]


def _erosion(daily: Sequence[Employer], first: date) -> Iterator[Happens]:
    """Twenty nights of the large employer, each of which loses a little more: the last one too much. The next brings
    all of it back, which is as much out of the common."""
    for employer in daily:
        if employer.number == LARGE:
            for night in range(1, 20):
                yield Happens(first + (ERODES + night) * DAY, employer, theirs.Eroded(0.02 * night, told=False))
            yield Happens(first + (ERODES + 20) * DAY, employer, theirs.Eroded(0.45, told=True))
            yield Happens(first + (ERODES + 21) * DAY, employer, theirs.Eroded(0, told=True))


def _school_years(employers: Sequence[Employer], first: date, days: int) -> Iterator[Happens]:
    """From 1 July on each list is last year's until its employer renews it."""
    for employer in employers:
        due = [day for day in (first + timedelta(days=at) for at in range(days)) if employer.rhythm.holds(day)]
        for day in due:
            if (day.month, day.day) >= (7, 1) and school_year(employer, day) == day.year:
                yield Happens(day, employer, theirs.NOT_RENEWED)


def _days(days: int, count: int) -> Iterator[int]:
    """As many days, evenly over the year, none in the last three."""
    step = (days - LEARNED - 3) / max(count, 1)
    return (LEARNED + int(number * step) for number in range(count))
