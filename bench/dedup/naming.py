"""What sites and employers are called, their SIRET, street, town and postal code, in the ways that feeds really write
them, and through which feeds they come."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from random import Random

import numpy as np
import pandas as pd

from bench.dedup.texts import sectors, tables
from bench.dedup.world import CHAIN, FRANCHISE, MIX, REGIONAL, SMALL, World
from offers.places.gazetteer import DISTRICT_NAME

FORMS = 8
"""Ways to write a town, the official one (0) included."""
_SAINT = re.compile(r"\bSAINT(E?)\b")


def city_forms(towns: pd.DataFrame) -> np.ndarray:
    """Towns x FORMS, text. `towns`: name, city, department. Arrondissements have forms of their own."""
    rows = zip(towns["name"], towns["city"], towns["department"], strict=True)
    return np.array([_forms(name, city, department) for name, city, department in rows], dtype=object)


def _forms(name: str, city: str, department: str) -> list[str]:
    bare = unaccented(city).upper().replace("-", " ")
    district = DISTRICT_NAME.match(name)
    if district:
        town, number = district[1], int(district[2])
        ordinal = "1er" if number == 1 else f"{number}e"
        plain = (town, town.upper(), f"{town} {ordinal}", f"{town} {ordinal} Arrondissement", f"{town} ({department})")
        numbered = f"{bare} {number:02d}"
        return [*plain, numbered, f"{department} - {numbered}", f"{bare} CEDEX {number:02d}"]
    short = _SAINT.sub(lambda saint: f"ST{saint[1]}", bare)
    return [city, city.upper(), bare, short, f"{department} - {bare}", f"{city} ({department})", f"{bare} CEDEX",
            city.replace("-", " ")]  # fmt: skip


def unaccented(text: str) -> str:
    """Without accents, ligatures apart."""
    plain = text.replace("Œ", "OE").replace("œ", "oe")
    return "".join(letter for letter in unicodedata.normalize("NFD", plain) if not unicodedata.combining(letter))


def streets(site: pd.DataFrame, rng: np.random.Generator) -> list[str]:
    """A street per site, no two alike among one network's sites in one town. `site`: network, place."""
    kinds, names = tables()["streets"]["kinds"], tables()["streets"]["names"]
    count = len(site)
    number = 1 + (rng.random(count) ** 2 * 180).astype("int64")
    kind, name = rng.integers(len(kinds), size=count), rng.integers(len(names), size=count)
    table = site[["network", "place"]].assign(number=number, kind=kind, name=name)
    while (same := table.duplicated().to_numpy()).any():
        table.loc[same, "number"] = rng.integers(200, 900, size=int(same.sum()))
    rows = zip(table["number"], table["kind"], table["name"], strict=True)
    return [f"{at} {kinds[one]} {names[other]}" for at, one, other in rows]


SHORT = {"rue": "r.", "avenue": "av.", "boulevard": "bd", "place": "pl.", "chemin": "ch.", "route": "rte",
         "allée": "all.", "impasse": "imp.", "square": "sq."}  # fmt: skip
_STREET = re.compile(r"^(\d+) (\S+) (.*)$")


def street_form(street: str, form: int) -> str:
    """The street in one of six other ways of writing."""
    match = _STREET.match(street)
    if not match:
        return street
    number, kind, name = match.groups()
    short = SHORT.get(kind, kind)
    return (
        f"{number}, {kind} {name}",
        f"{number} {short} {name}",
        unaccented(f"{number} {kind} {name}").upper(),
        unaccented(f"{number} {short.rstrip('.')} {name}").upper().replace("-", " "),
        f"{number} {kind} {name.replace('-', ' ')}",
        f"{number}, {short} {name.lower()}",
    )[form % 6]


MISSING = None
REFORMAT, CROSS = 3, 5


@dataclass(frozen=True)
class Feeds:
    """The feeds by name with the trust of each, and each network's own as a position."""

    name: np.ndarray
    trust: np.ndarray
    own: np.ndarray

    def of(self, network: np.ndarray, kind: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """Feed and trust of each record: its network's own, or where a copy was found."""
        draw, count = rng.random(len(network)), len(network)
        by_trust = {trust: np.flatnonzero(self.trust == trust) for trust in ("ats", "multiposter", "aggregator")}
        some = {trust: at[rng.integers(len(at), size=count)] for trust, at in by_trust.items()}
        through = np.where(rng.random(count) < 0.5, some["multiposter"], some["aggregator"])
        elsewhere = np.where(rng.random(count) < 0.5, some["multiposter"], some["ats"])
        feed = self.own[network]
        feed = np.where((kind >= REFORMAT) & (kind < CROSS) & (draw < MIX.elsewhere), elsewhere, feed)
        feed = np.where(kind == CROSS, through, feed)
        return self.name[feed], self.trust[feed]


@dataclass(frozen=True)
class Names:
    """By site: employer, siret, street, postal_code. By network: brand, city_form. By offer: seats, published."""

    brand: np.ndarray
    employer: np.ndarray
    siret: np.ndarray
    street: np.ndarray
    postal_code: np.ndarray
    city_form: np.ndarray
    seats: np.ndarray
    published: np.ndarray
    feeds: Feeds


def name_all(world: World, rng: np.random.Generator) -> Names:
    """Names for the whole world."""
    pick = Random(int(rng.integers(1 << 62)))
    networks, sites, towns = world.networks, world.sites, world.towns
    style = networks["style"].to_numpy()
    brand = np.array([_brand(*row, pick) for row in zip(style, networks["sector"], strict=True)], dtype=object)
    network, count = sites["network"].to_numpy(), len(sites)
    city = towns["city"].to_numpy(object)[sites["place"]]
    way = rng.integers(6, size=len(networks))[network]
    rows = zip(style[network], brand[network], city, way, strict=True)
    employer = np.array([_called(*row, pick) for row in rows], dtype=object)
    codes = towns["postal_codes"].str.split().to_numpy(object)[sites["place"]]
    drawn = rng.random(count)
    postal = np.array([some[int(at * len(some))] for some, at in zip(codes, drawn, strict=True)], dtype=object)
    offers = len(world.offers)
    seats = np.minimum(rng.geometric(0.5, offers), 12).astype(str).astype(object)
    city_form = np.where(rng.random(len(networks)) < 0.75, 0, rng.integers(1, 4, len(networks)))
    return Names(brand, employer, _sirets(world, rng), np.array(streets(sites, rng), dtype=object), postal,
                 city_form, seats, rng.integers(0, 120, size=offers), _feeds(style, brand, rng))  # fmt: skip


def _brand(style: int, sector: int, pick: Random) -> str:
    names, known = tables()["names"], tables()["sectors"][sectors()[sector]]
    if style == SMALL:
        family = pick.choice(names["family"]) + (f"-{pick.choice(names['family'])}" if pick.random() < 0.25 else "")
        return f"{pick.choice(known['small'])} {family}{pick.choice(names['tail']) if pick.random() < 0.5 else ''}"
    made = pick.choice(names["first"]) + (pick.choice("aeio") + pick.choice("rlnvt") if pick.random() < 0.4 else "")
    return f"{pick.choice(known['network'])} {made}{pick.choice(names['last'])}".strip()


def _called(style: int, brand: str, city: str, way: int, pick: Random) -> str:
    """What a record of this site calls its employer; `way` is the network's house style."""
    if style == FRANCHISE:
        return f"SARL {pick.choice(tables()['names']['family'])}" if pick.random() < 0.2 else f"{brand} {city}"
    if style in (CHAIN, REGIONAL):
        return (brand, brand, brand, f"{brand} {city}", f"{brand.upper()} FRANCE", f"{brand} SAS")[way]
    return brand


def _sirets(world: World, rng: np.random.Generator) -> np.ndarray:
    """A SIRET that passes Luhn for each site; missing where its employer sends none."""
    sites, networks = world.sites, world.networks
    network, employer = sites["network"].to_numpy(), sites["employer"].to_numpy()
    siren = rng.permutation(900_000_000 // 271)[: len(networks) + len(sites)].astype("int64") * 271 + 100_000_000
    office = np.arange(len(sites)) - np.searchsorted(network, network) + 1
    style = networks["style"].to_numpy()
    head = (style == CHAIN) & (rng.random(len(networks)) < MIX.head_office_siret)
    office = np.where(head[network] | (style[network] == FRANCHISE), 1, office)
    body = siren[employer] * 10_000 + office
    siret = with_key(body).astype(str).astype(object)
    siret[(rng.random(len(networks)) < MIX.no_siret)[network]] = MISSING
    return siret


def with_key(body: np.ndarray) -> np.ndarray:
    """13-digit numbers -> the 14-digit numbers that start with them and pass Luhn."""
    total = np.zeros(len(body), dtype="int64")
    for place in range(13):
        value = body // 10**place % 10 * (1 + (place % 2 == 0))
        total += value - 9 * (value > 9)
    whole: np.ndarray = body * 10 + -total % 10
    return whole


def _feeds(style: np.ndarray, brand: np.ndarray, rng: np.random.Generator) -> Feeds:
    """A large employer's own feed or an ATS; small employers come through an ATS, a multiposter or an aggregator."""
    shared = tables()["feeds"]
    name = [one for trust in ("ats", "multiposter", "aggregator") for one in shared[trust]]
    trust = [trust for trust in ("ats", "multiposter", "aggregator") for _ in shared[trust]]
    ends = np.cumsum([len(shared[trust]) for trust in ("ats", "multiposter", "aggregator")])
    draw, at = rng.random(len(style)), rng.random(len(style))
    limits = np.where((style == SMALL)[:, None], [0.45, 0.9, 1.0], [1.0, 1.0, 1.0])
    group = (draw[:, None] >= limits).sum(axis=1)
    start = np.r_[0, ends][group]
    own = start + (at * (ends[group] - start)).astype("int64")
    direct = np.flatnonzero((style != SMALL) & (rng.random(len(style)) < np.where(style == REGIONAL, 0.3, 0.65)))
    own[direct] = len(name) + np.arange(len(direct))
    names = [f"{unaccented(one).lower().replace(' ', '-')}-{at}/offres" for at, one in enumerate(brand[direct])]
    return Feeds(np.array(name + names, dtype=object), np.array(trust + ["employer"] * len(names), dtype=object), own)
