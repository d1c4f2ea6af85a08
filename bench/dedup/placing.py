"""How partners write a town and a street: the ways that the feeds really have, for copies to differ by."""

from __future__ import annotations

import re
import unicodedata

import numpy as np
import pandas as pd

from bench.dedup.texts import tables
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
