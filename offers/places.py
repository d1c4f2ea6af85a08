"""Postal code, INSEE code, commune, département and académie: what is certain is mended, and each mend recorded."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from offers.gazetteer import NOWHERE, Places, department_of
from offers.model import REPAIR_COLUMNS, Cleaned, text_frame
from offers.settling import bare_postal_code, settle
from offers.towns import town_key

__all__ = ["DERIVED", "PLACE_REPAIRS", "Places", "locate"]

DERIVED = ("insee_code", "department", "academy")

PLACE_REPAIRS: dict[str, tuple[str, str]] = {
    "official_spelling": (
        "La commune est écrite avec son orthographe officielle.",
        "The town is written in its official spelling.",
    ),
    "former_commune": (
        "C'est un nom ancien de la commune, ou celui d'une de ses parties : nous avons écrit son nom actuel.",
        "That is a former name of the commune, or a part's: its name of today is written.",
    ),
    "short_name": (
        "Le nom de la commune était abrégé ; une seule commune de ce code postal commence ainsi.",
        "The town's name was cut short; one commune only of that postal code begins so.",
    ),
    "brackets": (
        "La précision entre parenthèses a été retirée du nom de la commune.",
        "What stood in brackets was taken off the town's name.",
    ),
    "arrondissement": (
        "L'arrondissement est porté par le code postal ; la commune garde son nom.",
        "The arrondissement is told by the postal code; the town keeps its name.",
    ),
    "cedex": (
        "Un code CEDEX désigne une distribution du courrier, pas un lieu : nous avons écrit la commune et son code "
        "postal.",
        "A CEDEX code names a way of delivering post, not a place: the commune and its postal code are written.",
    ),
    "department_in_town": (
        "Le département a été retiré du nom de la commune.",
        "The département was taken off the town's name.",
    ),
    "postal_code_in_town": (
        "Le code postal et la commune étaient dans la même case : nous les avons séparés.",
        "Postal code and town were in one cell: they were taken apart.",
    ),
    "number_format": (
        "Le code postal a été remis en cinq chiffres, sans espace ni décimale.",
        "The postal code was put back into five digits, without spaces or decimals.",
    ),
    "lost_zero": (
        "Le zéro du début, retiré par le tableur, a été remis : la commune le confirme.",
        "The first zero, taken off by the spreadsheet, was put back: the town confirms it.",
    ),
    "insee_code_in_postal_column": (
        "C'était le code INSEE de la commune : nous avons écrit son code postal.",
        "That was the town's INSEE code: its postal code is written.",
    ),
    "corsican_code": (
        "2A et 2B sont des codes INSEE de Corse : nous avons écrit le code postal, qui commence par 20.",
        "2A and 2B are INSEE codes of Corsica: the postal code, which begins with 20, is written.",
    ),
    "town_in_department": (
        "Le code postal manquait ; la commune, dans le département indiqué, n'en a qu'un.",
        "The postal code was missing; the town, in the département given, has only one.",
    ),
    "main_postal_code": (
        "Ce code (INSEE ou CEDEX) désigne bien la commune, qui a plusieurs codes postaux : nous avons écrit le "
        "principal, vérifiez-le.",
        "That code (INSEE or CEDEX) is the town's, which has several postal codes: the main one is written, "
        "please check it.",
    ),
}
"""Each `why` of a repair here, as a sentence in French and in English."""


def locate(frame: pd.DataFrame, headers: Mapping[str, str], places: Places) -> Cleaned:
    """Mend `postal_code` and `city` where that is certain, and add `insee_code`, `department` and `academy`.

    `frame` holds our columns as text, `line` as index; `headers` gives for each of ours the partner's own header. A
    commune that is not certain leaves both columns as seen (but for the form of a five-digit number) and the three
    derived ones missing. Arrondissements: the city is `Paris`, as on the platform, and the INSEE code is the
    arrondissement's, 75114. Locating what was located changes nothing.
    """
    seen = pd.DataFrame({name: _column(frame, name) for name in ("postal_code", "city")}, index=frame.index)
    pair, distinct = _distinct_pairs(seen)
    settled = _settle_all(distinct, places)
    taken = settled.take(pair).set_axis(frame.index)
    columns = {name: taken[name] for name in ("postal_code", "city", *DERIVED) if name in frame or name in DERIVED}
    repairs = [_repairs(seen[name], taken, name, headers) for name in ("postal_code", "city")]
    found = pd.concat(repairs, ignore_index=True).sort_values(["line", "field"], kind="stable", ignore_index=True)
    return Cleaned(frame.assign(**columns), found)


def _column(frame: pd.DataFrame, name: str) -> pd.Series[str]:
    return frame[name] if name in frame else pd.Series(pd.NA, index=frame.index, dtype="str")


def _distinct_pairs(seen: pd.DataFrame) -> tuple[np.ndarray, pd.DataFrame]:
    """For each row the position of its pair, and the distinct pairs: 200 000 rows hold some 30 000."""
    postal, postal_words = pd.factorize(seen["postal_code"], use_na_sentinel=False)
    city, city_words = pd.factorize(seen["city"], use_na_sentinel=False)
    pair, kinds = pd.factorize(postal.astype("int64") * max(len(city_words), 1) + city)
    first, second = np.divmod(kinds, max(len(city_words), 1))
    words = {"postal_code": postal_words.take(first), "city": city_words.take(second)}
    return pair, pd.DataFrame(words).astype("str")


def _settle_all(pairs: pd.DataFrame, places: Places) -> pd.DataFrame:
    """For each distinct pair what its columns become, why, and what follows from them."""
    bare = _bare(pairs["postal_code"])
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


def _bare(postal_codes: pd.Series[str]) -> pd.Series[str]:
    codes, distinct = pd.factorize(postal_codes)
    words = np.array([*(bare_postal_code(str(word)) for word in distinct), None], dtype=object)
    return pd.Series(words[codes], dtype="str")


def _derived(rows: np.ndarray, places: Places) -> pd.DataFrame:
    """City and the derived columns of each row of the gazetteer; missing for NOWHERE."""
    distinct, at = np.unique(rows, return_inverse=True)
    insee = [None if row == NOWHERE else str(places.insee[row]) for row in distinct]
    departments = [None if code is None else department_of(code) for code in insee]
    table = pd.DataFrame(
        {
            "city": [None if row == NOWHERE else places.city[row] for row in distinct],
            "insee_code": insee,
            "department": departments,
            "academy": [None if d is None else places.academies.get(d) for d in departments],
        }
    )
    return table.astype("str").take(at).reset_index(drop=True)


def _repairs(seen: pd.Series[str], taken: pd.DataFrame, name: str, headers: Mapping[str, str]) -> pd.DataFrame:
    after = taken[name]
    changed = (after.fillna("") != seen.fillna("")).to_numpy(bool)
    if not changed.any():
        return text_frame(REPAIR_COLUMNS)
    repairs = pd.DataFrame(
        {
            "line": seen.index[changed],
            "field": name,
            "column": headers.get(name, name),
            "before": seen[changed].to_numpy(object),
            "after": after[changed].to_numpy(object),
            "why": taken.loc[changed, f"why_{name}"].to_numpy(object),
        }
    )
    return text_frame(REPAIR_COLUMNS, repairs)
