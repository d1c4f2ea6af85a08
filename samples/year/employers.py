"""The invented employers of a year, and what each of them means to be online on each day. Knows nothing of Quai.

An employer's offers of one school year are drawn once, from the seed: when each appears, when it is given up, when its
wording and its seats change, and, where the employer writes them, its own last day.
"""

from __future__ import annotations

import calendar
import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from functools import lru_cache

from samples.invented import STREETS, TOWNS

TRADES = (
    ("s35", "Découverte de la mécanique", "Tu verras démonter, contrôler et remonter une pompe."),
    ("s28", "Découverte du commerce", "Tu aideras à préparer et à tenir un rayon."),
    ("s13", "Découverte de la communication", "Tu prépareras avec l'équipe une page de son journal."),
    ("s14", "Découverte du recrutement", "Tu assisteras à l'accueil des nouveaux venus."),
)
DAY = timedelta(days=1)
LARGE, MANY = 4, 100
"""The number of the one employer that has many offers, and how many: the loss of a few is no matter there."""


class Access(StrEnum):
    """How an employer's drops reach us: the words of `source.kind`."""

    FOLDER = "folder"
    SFTP = "sftp"
    DOWNLOAD = "download"
    API = "api"


class Rhythm(StrEnum):
    """On which days a drop is due: cron's last field."""

    DAILY = "*"
    WORKDAYS = "1-5"
    MONDAYS = "1"

    def holds(self, day: date) -> bool:
        """Whether a drop is due on this day."""
        last = {"*": 7, "1-5": 5, "1": 1}[self.value]
        return day.isoweekday() <= last


@dataclass(frozen=True)
class Employer:
    """One partner with one feed, `offres`; `dated` ones write the last day of each offer, `renews` is a day of July."""

    number: int
    access: Access
    rhythm: Rhythm
    size: int
    dated: bool
    renews: int
    seed: int

    @property
    def slug(self) -> str:
        """The partner's."""
        return f"{self.access}-{self.number:02d}"

    @property
    def feed(self) -> str:
        """The feed's slug."""
        return f"{self.slug}/offres"

    @property
    def name(self) -> str:
        """As its offers bear it."""
        return f"Maison {STREETS[self.number % len(STREETS)].split()[-1]} {self.number}"


def placement_ends(year: int) -> date:
    """The last Friday of June."""
    return max(
        day
        for day in calendar.Calendar().itermonthdates(year, 6)
        if day.month == 6 and day.weekday() == calendar.FRIDAY
    )


@dataclass(frozen=True)
class Offer:
    """What an employer means of one offer on one day; `last_day` is None where it holds until the placement."""

    reference: str
    title: str
    description: str
    sector: str
    seats: int
    street: str
    postal_code: str
    city: str
    year: int
    last_day: date | None = None

    @property
    def weeks(self) -> tuple[str, str]:
        """The two weeks of its placement, as ISO writes them."""
        last = placement_ends(self.year).isocalendar()
        return f"{last.year}-W{last.week - 1}", f"{last.year}-W{last.week}"


@dataclass(frozen=True)
class _Life:
    offer: Offer
    appears: date
    given_up: date | None
    reworded: date | None
    more_seats: date | None


def cast(count: int, seed: int) -> list[Employer]:
    """As many employers: every way in and every rhythm in turn, a third of them with dates of their own."""
    rng = random.Random(f"{seed} cast")
    ways, rhythms = list(Access), (Rhythm.DAILY, Rhythm.WORKDAYS, Rhythm.DAILY, Rhythm.MONDAYS, Rhythm.DAILY)
    return [
        Employer(at, ways[at % 4], rhythms[at % 5], size, at % 3 == 0, rng.randint(1, 12), seed)
        for at in range(count)
        for size in (max(rng.randint(20, 32), MANY * (at == LARGE)),)
    ]


def meant(employer: Employer, day: date) -> dict[str, Offer]:
    """What the employer means to be online on this day, by reference."""
    lives = _lives(employer, school_year(employer, day))
    return {life.offer.reference: _on(life, day) for life in lives if _stands(life, day)}


def listed(employer: Employer, day: date) -> list[Offer]:
    """The lines of its list on this day: what it means, and for a week those that its own dates say are over."""
    lives = _lives(employer, school_year(employer, day))
    week = timedelta(days=7)
    over = [
        one for one in lives if one.offer.last_day is not None and one.offer.last_day < day <= one.offer.last_day + week
    ]
    kept = [one for one in over if one.appears <= day and (one.given_up is None or day < one.given_up)]
    return [*meant(employer, day).values(), *(_on(one, day) for one in kept)]


def school_year(employer: Employer, day: date) -> int:
    """The year of the June that the employer's list is for: it renews it in July, a little after the year turns."""
    return day.year + 1 if (day.month, day.day) >= (7, employer.renews) else day.year


def _stands(life: _Life, day: date) -> bool:
    last = life.offer.last_day
    over = (life.given_up is not None and day >= life.given_up) or (last is not None and day > last)
    return life.appears <= day and not over


def _on(life: _Life, day: date) -> Offer:
    offer = life.offer
    words = " Le repas de midi est offert." if life.reworded is not None and day >= life.reworded else ""
    seats = offer.seats + 1 if life.more_seats is not None and day >= life.more_seats else offer.seats
    return Offer(**{**vars(offer), "description": offer.description + words, "seats": seats})


@lru_cache(maxsize=100)
def _lives(employer: Employer, ends: int) -> tuple[_Life, ...]:
    rng = random.Random(f"{employer.seed} {employer.number} {ends}")
    return tuple(_life(employer, ends, number, rng) for number in range(employer.size))


def _life(employer: Employer, ends: int, number: int, rng: random.Random) -> _Life:
    begins = date(ends - 1, 7, 1)
    chosen: Mapping[str, date | None] = {
        "appears": begins if rng.random() < 0.7 else begins + rng.randint(70, 240) * DAY,
        "given_up": date(ends, 1, 8) + rng.randint(0, 140) * DAY if rng.random() < 0.2 else None,
        "reworded": begins + rng.randint(80, 300) * DAY if rng.random() < 0.4 else None,
        "more_seats": begins + rng.randint(80, 300) * DAY if rng.random() < 0.3 else None,
    }
    last = date(ends, 2, 15) + rng.randint(0, 100) * DAY if employer.dated and rng.random() < 0.4 else None
    return _Life(_offer(employer, ends, number, rng, last), **chosen)  # type: ignore[arg-type]  # the four dates


def _offer(employer: Employer, ends: int, number: int, rng: random.Random, last: date | None) -> Offer:
    sector, title, task = TRADES[(number + ends) % len(TRADES)]
    code, town, *_ = TOWNS[(employer.number * 7 + number) % len(TOWNS)]
    return Offer(
        reference=f"{employer.slug.upper()}-{ends % 100}-{number:03d}",
        title=title,
        description=f"{task} Deux semaines dans l'équipe {employer.number}-{number} de {ends}.",
        sector=sector,
        seats=rng.randint(1, 3),
        street=f"{number + 1} {STREETS[employer.number % len(STREETS)]}",
        postal_code=code,
        city=town,
        year=ends,
        last_day=last,
    )
