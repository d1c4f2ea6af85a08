"""What the three invented partners share: real towns, invented streets, SIRET that Luhn accepts, plain sentences."""

from __future__ import annotations

import csv
import io
import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from offers.calendar import SchoolYear

SEED = 2030

TOWNS = (
    ("01000", "Bourg-en-Bresse", 46.2052, 5.2255), ("06000", "Nice", 43.7102, 7.2620),
    ("07200", "Aubenas", 44.6199, 4.3900), ("07500", "Guilherand-Granges", 44.9330, 4.8740),
    ("08000", "Charleville-Mézières", 49.7624, 4.7266), ("10000", "Troyes", 48.2973, 4.0744),
    ("11000", "Carcassonne", 43.2130, 2.3491), ("13100", "Aix-en-Provence", 43.5297, 5.4474),
    ("14000", "Caen", 49.1829, -0.3707), ("16000", "Angoulême", 45.6484, 0.1562),
    ("17000", "La Rochelle", 46.1603, -1.1511), ("18000", "Bourges", 47.0810, 2.3988),
    ("19100", "Brive-la-Gaillarde", 45.1590, 1.5332), ("20000", "Ajaccio", 41.9192, 8.7386),
    ("20200", "Bastia", 42.6973, 9.4500), ("21000", "Dijon", 47.3220, 5.0415),
    ("22000", "Saint-Brieuc", 48.5141, -2.7658), ("24000", "Périgueux", 45.1840, 0.7211),
    ("25000", "Besançon", 47.2378, 6.0241), ("26000", "Valence", 44.9334, 4.8924),
    ("27000", "Évreux", 49.0270, 1.1510), ("28000", "Chartres", 48.4469, 1.4891),
    ("29000", "Quimper", 47.9960, -4.0970), ("29200", "Brest", 48.3904, -4.4861),
    ("30000", "Nîmes", 43.8367, 4.3601), ("31000", "Toulouse", 43.6047, 1.4442),
    ("33000", "Bordeaux", 44.8378, -0.5792), ("34000", "Montpellier", 43.6108, 3.8767),
    ("35000", "Rennes", 48.1173, -1.6778), ("36000", "Châteauroux", 46.8103, 1.6913),
    ("37000", "Tours", 47.3941, 0.6848), ("38000", "Grenoble", 45.1885, 5.7245),
    ("40000", "Mont-de-Marsan", 43.8904, -0.5005), ("41000", "Blois", 47.5861, 1.3359),
    ("42000", "Saint-Étienne", 45.4397, 4.3872), ("44000", "Nantes", 47.2184, -1.5536),
    ("45000", "Orléans", 47.9030, 1.9093), ("46000", "Cahors", 44.4475, 1.4419),
    ("49000", "Angers", 47.4784, -0.5632), ("51100", "Reims", 49.2583, 4.0317),
    ("53000", "Laval", 48.0705, -0.7734), ("54000", "Nancy", 48.6921, 6.1844),
    ("56000", "Vannes", 47.6582, -2.7608), ("57000", "Metz", 49.1193, 6.1757),
    ("58000", "Nevers", 46.9896, 3.1590), ("59000", "Lille", 50.6292, 3.0573),
    ("60000", "Beauvais", 49.4295, 2.0807), ("62000", "Arras", 50.2910, 2.7775),
    ("63000", "Clermont-Ferrand", 45.7772, 3.0870), ("64000", "Pau", 43.2951, -0.3708),
    ("65000", "Tarbes", 43.2328, 0.0781), ("66000", "Perpignan", 42.6887, 2.8948),
    ("67000", "Strasbourg", 48.5734, 7.7521), ("68100", "Mulhouse", 47.7508, 7.3359),
    ("72000", "Le Mans", 48.0061, 0.1996), ("73000", "Chambéry", 45.5646, 5.9178),
    ("74000", "Annecy", 45.8992, 6.1294), ("76600", "Le Havre", 49.4944, 0.1079),
    ("80000", "Amiens", 49.8941, 2.2958), ("83000", "Toulon", 43.1242, 5.9280),
    ("84000", "Avignon", 43.9493, 4.8055), ("86000", "Poitiers", 46.5802, 0.3404),
    ("87000", "Limoges", 45.8336, 1.2611), ("92800", "Puteaux", 48.8841, 2.2380),
)  # fmt: skip
"""Postal code, town in its official spelling, latitude and longitude of its centre (to a kilometre or so)."""

STREETS = (
    "rue des Forges", "avenue de la Gare", "boulevard Victor-Hugo", "rue du Moulin", "place du Marché",
    "avenue Jean-Jaurès", "rue de la République", "chemin des Vignes", "allée des Tilleuls", "rue Pasteur",
    "quai du Port", "route de la Plaine", "rue des Écoles", "impasse du Lavoir", "avenue du Stade",
)  # fmt: skip

FIRST_NAMES = ("Camille", "Dominique", "Claude", "Sacha", "Morgan", "Alix", "Charlie", "Louison", "Eden", "Maxime")
LAST_NAMES = ("Exemple", "Modèle", "Fictif", "Factice", "Inventé", "Démonstration")


@dataclass(frozen=True)
class Site:
    """An invented site in a real town; a plain number for its rank."""

    rank: int
    street: str
    postal_code: str
    city: str
    latitude: str
    longitude: str
    siret: str


def sites(count: int, company: int, rng: random.Random) -> list[Site]:
    """As many sites of one invented company, town after town, each with its own street and SIRET."""
    return [
        Site(
            rank=rank,
            street=f"{rng.randint(1, 120)} {STREETS[(rank * 7 + rank // len(TOWNS)) % len(STREETS)]}",
            postal_code=TOWNS[rank % len(TOWNS)][0],
            city=TOWNS[rank % len(TOWNS)][1],
            latitude=f"{TOWNS[rank % len(TOWNS)][2] + rng.uniform(-0.01, 0.01):.4f}",
            longitude=f"{TOWNS[rank % len(TOWNS)][3] + rng.uniform(-0.01, 0.01):.4f}",
            siret=siret(company, rank + 1),
        )
        for rank in range(count)
    ]


def siret(company: int, establishment: int) -> str:
    """A SIRET that Luhn accepts, of a SIREN above any that INSEE has given: 99 and six digits of the company."""
    siren = _with_luhn(f"99{company:06d}")
    return _with_luhn(f"{siren}{establishment:04d}")


def _with_luhn(digits: str) -> str:
    doubled = (int(digit) * (2 - at % 2) for at, digit in enumerate(reversed(digits)))
    return digits + str(-sum(n // 10 + n % 10 for n in doubled) % 10)


@dataclass(frozen=True)
class Dates:
    """The days that an offer of one school year bears; the same on every day of it, so that a file stays the same."""

    year: SchoolYear

    @classmethod
    def at(cls, today: date) -> Dates:
        """Those of the school year that a day belongs to."""
        return cls(SchoolYear.at(today))

    def published(self, days: int) -> date:
        """A day of the spring before the school year began, and so never one to come."""
        return date.fromordinal(date(self.year.ends - 1, 6, 30).toordinal() - days % 90)

    @property
    def expires(self) -> date:
        """The last day of the school year."""
        return date(self.year.ends, 6, 30)

    @property
    def long_gone(self) -> date:
        """A day on which no offer of this school year can still hold."""
        return date(self.year.ends - 1, 6, 20)


def as_csv(rows: Iterable[Mapping[str, str]], header: Sequence[str]) -> bytes:
    """The rows as a partner's plain CSV: semicolons, UTF-8, CRLF."""
    out = io.StringIO()
    writer = csv.DictWriter(out, header, delimiter=";")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


def sentences(rng: random.Random, *pools: tuple[str, ...]) -> str:
    """One sentence of each pool."""
    return " ".join(rng.choice(pool) for pool in pools)
