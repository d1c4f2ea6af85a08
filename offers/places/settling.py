"""One doubtful pair of postal code and town: which commune it names, if that is certain, and what had to be mended.

Two witnesses must always agree: the town's name, and a code (postal, INSEE, CEDEX) or a département that the partner
wrote beside it. One witness alone settles nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from offers.places.gazetteer import NOWHERE, Places, department_of, departments_of_postal_code
from offers.places.towns import ARTICLES, TownReading, read_town, squashed

_NUMBER = re.compile(r"^(\d{4,5})(?:[.,]0+)?$")
_CORSICAN = re.compile(r"^2([ab])(\d{3})$")
SHORTEST, VAGUE = 4, ("saint", "sainte", "notre dame", "ville", "villeneuve")
"""A name cut short needs so many letters, and must not be a mere first word of many names."""
ALIKE = 3
"""First digits that a CEDEX code shares with the postal code of a town whose name is cut short."""


@dataclass(frozen=True)
class Commune:
    """A commune (row of the gazetteer), its postal code, and why each of the two columns had to change."""

    row: int
    postal_code: str
    postal_why: str
    city_why: str


def bare_postal_code(seen: str) -> str:
    """The code without what spreadsheets and hands add: `98825.0`, `F-75 014`, `2a004` -> `98825`, `75014`, `2A004`."""
    code = re.sub(r"[\s\u00a0\u202f]+", "", seen)
    code = re.sub(r"^(?:FR?|CP)[-.:]?(?=\d{5}$)", "", code, flags=re.IGNORECASE)
    number = _NUMBER.match(code)
    return number[1] if number else code.upper()


def settle(postal_code: str | None, city: str, places: Places) -> Commune | None:
    """The commune that both columns name, or None where they disagree or leave a doubt. `postal_code` is bare."""
    readings = read_town(city, places.department_words)
    for reading in readings:
        for code, why in _codes(postal_code, reading):
            found = _exact(code, why, reading, places)
            if found:
                return found
    for reading in readings:
        found = _near(postal_code, reading, places) if postal_code else _by_department(reading, places)
        if found:
            return found
    return None


def _codes(postal_code: str | None, reading: TownReading) -> Iterator[tuple[str, str]]:
    """The codes that the partner may have meant, each with the repair which that would be."""
    if postal_code is None:
        if reading.postal_code:
            yield reading.postal_code, "postal_code_in_town"
        return
    if postal_code.isdigit():
        yield (postal_code, "") if len(postal_code) == 5 else (f"0{postal_code}", "lost_zero")
    match = _CORSICAN.match(postal_code.lower())
    if match:
        yield postal_code, "corsican_code"
        yield f"20{match[2]}", "corsican_code"
    elif re.match(r"^\d{5}\D", postal_code):
        yield postal_code[:5], "postal_code_in_town"


def _exact(code: str, why: str, reading: TownReading, places: Places) -> Commune | None:
    """The town is of this postal code, or the code is the town's INSEE code, or its CEDEX."""
    if reading.district:
        return _district(code, why, reading, places)
    row = places.row(code, reading.key)
    if row != NOWHERE:
        return _named(row, code, why, reading, places)
    row = places.row_of_insee(code)
    if row != NOWHERE and reading.key in places.keys_of[row] and places.codes_of(row):
        known, why = places.codes_of(row), why or "insee_code_in_postal_column"
        main = max(known, key=lambda code: (len(code) - len(code.rstrip("0")), -int(code)))
        return _named(row, main, why if len(known) == 1 else "main_postal_code", reading, places)
    return _cedex(code, reading, places)


def _district(code: str, why: str, reading: TownReading, places: Places) -> Commune | None:
    """`PARIS 15` beside 75015, the town's own 75000, an INSEE code or a CEDEX code; beside 75014 it is doubt."""
    row = places.district[reading.key, reading.district or 0]
    own = places.codes_of(row)
    if code in own:  # the code says it already: but for a CEDEX, only the writing of the town changes
        written = reading if reading.cedex else replace(reading, why="official_spelling")
        return _named(row, code, why, written, places)
    named = places.row_of_insee(code)
    if named == row or (named != NOWHERE and places.key_today(named) == reading.key and not places.codes_of(named)):
        return _named(row, own[0], "insee_code_in_postal_column", reading, places)
    if code == f"{own[0][:2]}000" and not reading.cedex:
        return _named(row, own[0], "arrondissement", reading, places)
    if not _delivers_nowhere(code, places) or code[:2] != own[0][:2]:
        return None
    if named != NOWHERE and places.city[named].lower() == reading.key and not reading.cedex:
        return None  # the INSEE code of another arrondissement
    return _named(row, own[0], "cedex", reading, places)


def _delivers_nowhere(code: str, places: Places) -> bool:
    return re.fullmatch(r"\d{5}", code) is not None and not places.is_postal_code(code)


def _cedex(code: str, reading: TownReading, places: Places) -> Commune | None:
    """A code that delivers to no place, be it another's INSEE code, with a town alone of its name in that département.

    The State itself leaves the word CEDEX out: 67083 Strasbourg, where 67083 is also Dambach's INSEE code.
    """
    rows = _bearers(reading.key, code, places) if _delivers_nowhere(code, places) else []
    if len(rows) > 1 and places.row_of_cedex(code) in rows:
        rows = [places.row_of_cedex(code)]
    if len(rows) != 1:
        return None
    # A greater commune of the département is called so and more, as Marcy-l'Étoile is beside Marcy: where the great
    # have CEDEX codes, it may be meant; or any, where the name fits but for its article.
    others = places.begun(reading.key, departments_of_postal_code(code)) - {rows[0]}
    turned = reading.key not in places.keys_of[rows[0]]
    if any(turned or places.population(other) > places.population(rows[0]) for other in others):
        return None
    nearest = _nearest(rows[0], code, places)
    why = "cedex" if len(places.codes_of(rows[0])) == 1 else "main_postal_code"
    return _named(rows[0], nearest, why, reading, places)


def _nearest(row: int, code: str, places: Places) -> str:
    return max(places.codes_of(row), key=lambda known: (_shared(known, code), known.endswith("0"), -int(known)))


def _cedex_cut_short(code: str, reading: TownReading, places: Places) -> Commune | None:
    """`LE PUY CEDEX`, 43003: one commune of the département begins so, and its postal code like the CEDEX code."""
    if not reading.cedex or len(reading.key) < SHORTEST or reading.key in VAGUE or _bearers(reading.key, code, places):
        return None
    begun = places.begun(reading.key, departments_of_postal_code(code))
    if len(begun) != 1 or _shared(nearest := _nearest(min(begun), code, places), code) < ALIKE:
        return None
    why = "cedex" if len(places.codes_of(min(begun))) == 1 else "main_postal_code"
    return _checked(Commune(min(begun), nearest, why, "short_name"), reading, places)


def _bearers(key: str, postal_code: str, places: Places) -> list[int]:
    """The communes of the code's département, or whose post begins so, that bear the name; where none does, those that
    do but for an article."""
    article, _, rest = key.partition(" ")
    turned = [f"{one} {key}" for one in ARTICLES] + [rest] * (article in ARTICLES)
    start, departments = department_of(postal_code), departments_of_postal_code(postal_code)

    def near(row: int) -> bool:
        here = department_of(str(places.insee[row])) in departments
        return here or any(code.startswith(start) for code in places.codes_of(row))

    for keys in ([key], turned):
        rows = {row for one in keys for row in places.named(one) if near(row)}
        if rows:
            return sorted(rows)
        if key in VAGUE:
            break
    return []


def _by_department(reading: TownReading, places: Places) -> Commune | None:
    """No postal code, but the town names its département and has one postal code only: `Puteaux, Hauts-de-Seine`."""
    if reading.department is None:
        return None
    rows = places.in_department(reading.key, reading.department)
    if len(rows) != 1 or len(places.codes_of(rows[0])) != 1:
        return None
    return _named(rows[0], places.codes_of(rows[0])[0], "town_in_department", reading, places)


def _near(postal_code: str, reading: TownReading, places: Places) -> Commune | None:
    """The one commune of this postal code that the name can mean, its article or its end left out."""
    keys = places.of_postal_code(postal_code) if reading.district is None else {}
    plain = squashed(reading.key)
    alike = {row for key, row in keys.items() if reading.key and not plain.isdisjoint(squashed(key))}
    if len(alike) == 1:
        return _named(alike.pop(), postal_code, "", reading, places)
    # `LA RIVIERE ST LOUIS`: two names of one commune, one after the other.
    begins = {key: row for key, row in keys.items() if reading.key.startswith(f"{key} ")}
    both = {row for key, row in begins.items() if reading.key.removeprefix(f"{key} ") in places.keys_of[row]}
    if len(both) == 1:
        return _named(both.pop(), postal_code, "", reading, places)
    if not keys and re.fullmatch(r"\d{5}", postal_code):
        return _cedex_cut_short(postal_code, reading, places)
    if len(reading.key) < SHORTEST or reading.key in VAGUE:
        return None
    begun = {row for key, row in keys.items() if key.startswith(f"{reading.key} ")}
    # A name that another commune nearby bears as it stands is that commune's, with a wrong postal code.
    bearers = [row for d in departments_of_postal_code(postal_code) for row in places.in_department(reading.key, d)]
    if len(begun) != 1 or bearers:
        return None
    return _checked(Commune(begun.pop(), postal_code, "", "short_name"), reading, places)


def _named(row: int, postal_code: str, postal_why: str, reading: TownReading, places: Places) -> Commune | None:
    why = reading.why
    if why == "official_spelling" and squashed(reading.key).isdisjoint(squashed(places.key_today(row))):
        why = "former_commune"
    return _checked(Commune(row, postal_code, postal_why, why), reading, places)


def _checked(settled: Commune, reading: TownReading, places: Places) -> Commune | None:
    """A département or postal code written into the town must not contradict what was found."""
    here = department_of(str(places.insee[settled.row]))
    if reading.department not in (None, here):
        return None
    written = reading.postal_code
    if written not in (None, settled.postal_code, places.insee[settled.row]) and written in places.postal_index:
        return None
    return settled


def _shared(one: str, other: str) -> int:
    return next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), len(one))
