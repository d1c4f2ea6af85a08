"""Postal code, INSEE code, commune, département and académie: what is certain is mended, and each mend recorded.

A street that holds another town's name and postal code is told: two places in one offer, of which one is wrong.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import numpy as np
import pandas as pd

from offers.arrays import arrow, column_of, matching
from offers.findings import finding_of
from offers.model import REPAIR_COLUMNS, Cleaned, Finding, Severity, text_frame
from offers.places.gazetteer import NOWHERE, Places, department_of
from offers.places.settling import bare_postal_code, settle
from offers.places.towns import key_of, town_key
from offers.sheets import listed

DERIVED = ("insee_code", "department", "academy")


def locate(frame: pd.DataFrame, headers: Mapping[str, str], places: Places) -> Cleaned:
    """Mend `postal_code` and `city` where that is certain, and add `insee_code`, `department` and `academy`.

    `frame` holds our columns as text, `line` as index; `headers` gives for each of ours the partner's own header. A
    commune that is not certain leaves both columns as seen (but for the form of a five-digit number) and the three
    derived ones missing. Arrondissements: the city is `Paris`, as on the platform, and the INSEE code is the
    arrondissement's, 75114. Locating what was located changes nothing.
    """
    seen = pd.DataFrame({name: column_of(frame, name) for name in ("postal_code", "city")}, index=frame.index)
    # Each distinct pair once: 200 000 rows hold some 30 000.
    postal, postal_words = pd.factorize(seen["postal_code"], use_na_sentinel=False)
    city, city_words = pd.factorize(seen["city"], use_na_sentinel=False)
    pair, kinds = pd.factorize(postal.astype("int64") * max(len(city_words), 1) + city)
    first, second = np.divmod(kinds, max(len(city_words), 1))
    words = {"postal_code": postal_words.take(first), "city": city_words.take(second)}
    settled = _settle_all(pd.DataFrame(words).astype("str"), places)
    taken = settled.take(pair).set_axis(frame.index)
    columns = {name: taken[name] for name in ("postal_code", "city", *DERIVED) if name in frame or name in DERIVED}
    repairs = []
    for name in ("postal_code", "city"):
        changed = (taken[name].fillna("") != seen[name].fillna("")).to_numpy(bool)
        told = {
            "line": frame.index[changed],
            "field": name,
            "column": headers.get(name, name),
            "before": seen.loc[changed, name].to_numpy(object),
            "after": taken.loc[changed, name].to_numpy(object),
            "why": taken.loc[changed, f"why_{name}"].to_numpy(object),
        }
        repairs.append(text_frame(REPAIR_COLUMNS, pd.DataFrame(told)))
    found = pd.concat(repairs, ignore_index=True).sort_values(["line", "field"], kind="stable", ignore_index=True)
    return Cleaned(frame.assign(**columns), found)


def _settle_all(pairs: pd.DataFrame, places: Places) -> pd.DataFrame:
    """For each distinct pair what its columns become, why, and what follows from them."""
    number, distinct = pd.factorize(pairs["postal_code"])
    words = np.array([*(bare_postal_code(str(word)) for word in distinct), None], dtype=object)
    bare = pd.Series(words[number], dtype="str")
    keys = town_key(pairs["city"])
    rows = places.rows(bare, keys)
    codes, postal_why = bare.to_numpy(object).copy(), np.full(len(pairs), "number_format", dtype=object)
    city_why = np.where(places.is_former(rows, keys), "former_commune", "official_spelling")
    city_why = city_why.astype(object)
    cities = pairs["city"].to_numpy(object)
    for at in np.flatnonzero((rows == NOWHERE) & pairs["city"].notna().to_numpy()):
        found = settle(codes[at] if isinstance(codes[at], str) else None, cities[at], places)
        if found:
            rows[at], codes[at], city_why[at] = found.row, found.postal_code, found.city_why
            postal_why[at] = found.postal_why or "number_format"
    settled = _derived(rows, places)
    settled["city"] = settled["city"].where(rows != NOWHERE, pairs["city"])
    # Five digits are a certain form even where the town is not known; anything else stays as the partner sees it.
    kept = (rows != NOWHERE) | bare.str.fullmatch(r"\d{5}", na=False).to_numpy(bool)
    settled["postal_code"] = pd.Series(codes, dtype="str").where(kept, pairs["postal_code"])
    return settled.assign(why_postal_code=postal_why, why_city=city_why).astype("str")


def _derived(rows: np.ndarray, places: Places) -> pd.DataFrame:
    """City and the derived columns of each row of the gazetteer; missing for NOWHERE."""
    distinct, at = np.unique(rows, return_inverse=True)
    told: list[tuple[str | None, ...]] = []
    for row in distinct:
        if row == NOWHERE:
            told.append((None,) * 4)
        else:
            insee, department = str(places.insee[row]), department_of(str(places.insee[row]))
            told.append((places.city[row], insee, department, places.academies.get(department)))
    table = pd.DataFrame(told, columns=["city", *DERIVED], dtype="str")
    return table.take(at).reset_index(drop=True)


_CODED = r"(?:^|[^0-9])[0-9]{5}(?:[^0-9]|$)"
"""RE2: one pass finds the rows worth a closer look."""
_CODE = re.compile(r"(?<!\d)\d{5}(?!\d)")
_FIRST_LINES, _SHORTEST = 5, 4


def streets_elsewhere(frame: pd.DataFrame, headers: Mapping[str, str], places: Places) -> list[Finding]:
    """A finding where streets hold a postal code and, with it, the name of a town that is not the offer's own.

    `frame`: located rows, with `street` and `insee_code`. Nothing is changed: which of the two is right, nobody knows.
    """
    likely = np.asarray(matching(arrow(frame["street"]), _CODED))
    likely &= frame["insee_code"].notna().to_numpy(bool)
    rows = frame.loc[likely, ["street", "insee_code"]]
    told = zip(rows.index, rows["street"], rows["insee_code"], strict=True)
    there = [(line, town) for line, street, insee in told if (town := elsewhere(street, insee, places))]
    if not there:
        return []
    header, shown = headers.get("street", "street"), listed([line for line, _ in there], (), _FIRST_LINES, "…")
    fields = {"header": header, "count": len(there), "lines": shown, "example": there[0][1]}
    return [finding_of("street_in_another_town", Severity.WARN, **fields)]


def elsewhere(street: str, insee: str, places: Places) -> str:
    """`50100 Cherbourg-en-Cotentin`, where the street names it and the offer is not there; "" for most streets."""
    own, said = places.row_of_insee(insee), f" {key_of(street)} "
    for code in _CODE.findall(street):
        keys = places.of_postal_code(code).items()
        there = {row for key, row in keys if len(key) >= _SHORTEST and f" {key} " in said}
        if there and own not in there:
            return f"{code} {places.city[min(there)]}"
    return ""
