"""Invented feeds that live night by night, at the rates seen on real ones, and the faults that befall their drops."""

from __future__ import annotations

import csv
import io
import math
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta

from bench.generate import SENTENCES, TRADES
from offers.feed import Feed
from offers.format import Format

HEADER = (
    "identifiant", "titre", "description", "enseigne", "secteur", "rue", "code postal", "ville", "places", "semaines",
    "lien", "publiée le", "type",
)  # fmt: skip
MAPPING = {
    "reference": "identifiant", "title": "titre", "description": "description", "employer_name": "enseigne",
    "sector": "secteur", "street": "rue", "postal_code": "code postal", "city": "ville", "seats": "places",
    "weeks": "semaines", "permalink": "lien", "published_on": "publiée le",
}  # fmt: skip
FIRST_NIGHT = date(2025, 12, 1)
TITLES, DESCRIPTIONS = 0.076 / 15, 0.217 / 15
"""7.6 % of the titles and 21.7 % of the descriptions change in three weeks of fifteen nights."""
Row = dict[str, str]


def a_feed(number: int) -> Feed:
    """One partner's CSV; every other leaves jobs aside by a filter."""
    aside = ({"column": "type", "keep": ["Stage"], "reason": "not_a_placement"},) if number % 2 else ()
    return Feed.model_validate(
        {"partner": f"p{number:02d}", "name": "offres", "title": "Nuits", "source": None, "format": Format(kind="csv"),
         "mapping": MAPPING, "filter": aside, "day_first": True}
    )  # fmt: skip


@dataclass
class World:
    """One partner: her offers tonight, and how they change until tomorrow."""

    number: int
    communes: list[tuple[str, str]]
    seed: int = 1
    rows: list[Row] = field(default_factory=list)
    made: int = 0

    def __post_init__(self) -> None:
        self.pick = random.Random(self.seed * 1000 + self.number)
        self.town = self.pick.sample(self.communes, 60)
        self.trades = self.pick.sample(list(TRADES), self.pick.randint(2, len(TRADES)))
        self.refused = self.pick.choice((0.0, 0.01, 0.05))
        self.jump = self.pick.randint(10, 80)
        size = int(math.exp(self.pick.uniform(math.log(60), math.log(300))))
        self.rows = [self.offer(FIRST_NIGHT - timedelta(days=self.pick.randint(0, 60))) for _ in range(size)]

    def offer(self, day: date) -> Row:
        """A new offer of that day."""
        self.made += 1
        sector = self.pick.choice(self.trades)
        trade, (code, city) = self.pick.choice(TRADES[sector]), self.pick.choice(self.town)
        job = self.number % 2 and self.pick.random() < 0.3
        return {
            "identifiant": f"{self.number:02d}-{self.made:06d}", "titre": f"Découverte : {trade} à {city}",
            "description": f"Au {trade}.\n" + "\n".join(self.pick.sample(SENTENCES, k=self.pick.randint(3, 7))),
            "enseigne": f"Enseigne {self.made % 40}", "secteur": sector,
            "rue": f"{self.made % 190 + 1} rue de la République",
            "code postal": "9" if self.pick.random() < self.refused else code, "ville": city,
            "places": str(self.pick.randint(1, 5)),
            "semaines": self.pick.choice(("les deux", "semaine 1", "semaine 2")),
            "lien": f"https://www.p{self.number}.example/s/{self.made}", "publiée le": f"{day:%d/%m/%Y}",
            "type": "CDI" if job else "Stage",
        }  # fmt: skip

    def sleep(self, night: int) -> bytes:
        """The partner's work between two nights, and her drop after it."""
        day = FIRST_NIGHT + timedelta(days=night)
        if day.weekday() < 5:
            self._work(night, day)
        elif self.number % 3 == 0:
            self.pick.shuffle(self.rows)  # the same offers in other bytes; the others send the same file
        return as_csv(self.rows)

    def _work(self, night: int, day: date) -> None:
        swell = 1 + 1.5 * math.exp(-(((night - 40) / 14) ** 2))
        ebb = 1.5 if night > 62 else 1.0
        size = len(self.rows)
        gone = set(self.pick.sample(range(size), round(size * self.pick.uniform(0.01, 0.05) * ebb)))
        self.rows = [row for place, row in enumerate(self.rows) if place not in gone]
        for row in self.rows:
            if self.pick.random() < TITLES:
                row["titre"] += " !"
            if self.pick.random() < DESCRIPTIONS:
                row["description"] += f"\nMis à jour le {day:%d/%m}."
        new = round(size * self.pick.uniform(0.01, 0.05) * swell)
        if night == self.jump:  # a new brand joins the partner: sound, and seen once a season
            new += round(size * self.pick.uniform(0.15, 0.45))
        self.rows += [self.offer(day) for _ in range(new)]


def as_csv(rows: list[Row]) -> bytes:
    """The drop as the partner leaves it."""
    out = io.StringIO()
    writer = csv.DictWriter(out, HEADER, delimiter=";")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


def _cut(percent: int) -> Callable[[list[Row], World, list[bytes]], bytes]:
    return lambda rows, _world, _before: (whole := as_csv(rows))[: len(whole) * percent // 100]


def _each(change: Callable[[Row], Row]) -> Callable[[list[Row], World, list[bytes]], bytes]:
    return lambda rows, _world, _before: as_csv([change(row) for row in rows])


def _shifted(row: Row) -> Row:
    values = [row[name] for name in HEADER]
    return dict(zip(HEADER, [values[0], "", *values[1:-1]], strict=True))


def _renamed(row: Row, mark: str) -> Row:
    return {**row, "identifiant": f"{mark}{row['identifiant']}"}


def _swapped(row: Row) -> Row:
    day, month, year = row["publiée le"].split("/")
    return {**row, "publiée le": f"{month}/{day}/{year}"}


def _other(_rows: list[Row], world: World, _before: list[bytes]) -> bytes:
    return as_csv(World(world.number + 500, world.communes, world.seed).rows)


FAULTS: dict[str, Callable[[list[Row], World, list[bytes]], bytes]] = {
    **{f"truncated at {percent} %": _cut(percent) for percent in (20, 50, 80, 95)},
    "empty": lambda *_: b"",
    "header only": lambda *_: as_csv([]),
    "doubled": lambda rows, *_: as_csv(rows + rows),
    "doubled under new ids": lambda rows, *_: as_csv(rows + [_renamed(row, "n") for row in rows]),
    "another partner's file": _other,
    "yesterday's file": lambda _rows, _world, before: before[-1],
    "an older file": lambda _rows, _world, before: before[max(-4, -len(before))],
    "encoding lost": _each(lambda row: {key: text.encode("ascii", "replace").decode() for key, text in row.items()}),
    "encoding doubled": lambda rows, *_: as_csv(rows).decode("cp1252", "replace").encode(),
    "column shifted by one": _each(_shifted),
    "sector column blank": _each(lambda row: {**row, "secteur": ""}),
    "dates swapped": _each(_swapped),
    "ids all new": _each(lambda row: _renamed(row, "x")),
}
"""From tonight's rows, the partner and her drops so far to the faulty drop; under her own headers, the worst case."""
