"""Where the placement is: postal code, town, coordinates."""

from __future__ import annotations

import numpy as np
import pandas as pd

from offers.columns import BY_NAME
from offers.places.gazetteer import distance_km, in_france
from validation.rulebook.rule import Agreed, Fields, Mask, Rule, Value, like, matching, numbers, one, sound

FIVE_DIGITS = "^[0-9]{5}$"
TOWNS_NAMED = 6
FAR_KM = 30.0


def _what(values: tuple[Value, ...], _agreed: Agreed) -> Fields:
    """« n'a que 4 chiffres », « a 6 chiffres », « n'est pas un nombre » — and the same in English."""
    code = values[0] or ""
    count = len(code)
    if not code.isdigit():
        return {
            "what_fr": "n'est pas un code de 5 chiffres",
            "what_en": "is not a code of 5 digits",
            "detail": "not digits",
        }
    less = count < 5
    return {
        "what_fr": f"n'a que {count} chiffre{'s' if count > 1 else ''}" if less else f"a {count} chiffres",
        "what_en": f"has {'only ' if less else ''}{count} digit{'s' if count > 1 else ''}",
        "detail": f"{count} digits",
    }


def _in_its_town(combinations: pd.DataFrame, agreed: Agreed) -> Mask:
    """Places give an INSEE code where town and postal code agree; without one, only a sound postal code can judge."""
    alone = combinations["city"].isna() | combinations["insee_code"].notna() | combinations["postal_code"].isna()
    judged = ~alone.to_numpy()
    judged[judged] = sound(combinations["postal_code"][judged], agreed.reference.places.is_postal_code)
    return ~judged


def _towns_of_code(values: tuple[Value, ...], agreed: Agreed) -> Fields:
    towns = agreed.reference.places.towns_of(values[1] or "")
    more = len(towns) - TOWNS_NAMED
    named = ", ".join(towns[:TOWNS_NAMED])
    return {
        "code": values[1] or "",
        "detail": ", ".join(towns),
        "towns_fr": named + (f" et {more} autre{'s' if more > 1 else ''}" if more > 0 else ""),
        "towns_en": named + (f" and {more} more" if more > 0 else ""),
    }


TOWN = (
    Rule(
        "postal_code_not_5_digits", ("postal_code",),
        ("Code postal qui n'a pas 5 chiffres", "A postal code that has not 5 digits"),
        ("« {value} » {what_fr}.", "“{value}” {what_en}."),
        ("Un code postal en a 5 (ex. 75001). Si Excel a retiré un zéro, mettez la colonne au format Texte.",
         "A postal code has 5 (e.g. 75001). If Excel dropped a zero, set the column to the Text format."),
        one("75001", "01000"), one("7500", "750011", "75 - Paris", "75O01"), matching(FIVE_DIGITS), _what,
    ),
    Rule(
        "postal_code_unknown", ("postal_code",),
        ("Code postal qui n'existe pas", "A postal code that does not exist"),
        ("« {value} » n'est le code postal d'aucune commune.", "“{value}” is the postal code of no commune."),
        ("Écrivez le code postal du lieu du stage. Un code CEDEX est celui d'une entreprise : donnez celui de la rue.",
         "Write the postal code of the placement. A CEDEX code is a company's own: give that of the street."),
        one("75001", "97410"), one("00000", "99999"),
        lambda values, agreed: sound(values, agreed.reference.places.is_postal_code) | ~like(values, FIVE_DIGITS),
    ),
    Rule(
        "city_not_of_postal_code", ("city", "postal_code", "insee_code"),
        ("Commune qui n'est pas de ce code postal", "A town that is not of that postal code"),
        ("« {value} » n'est pas une commune du code postal {code}.",
         "“{value}” is not a commune of postal code {code}."),
        ("Les communes du {code} : {towns_fr}. Corrigez la commune ou le code postal.",
         "The communes of {code}: {towns_en}. Correct the town or the postal code."),
        (("Paris", "75001", "75101"),), (("Lyon", "75001", None), ("Trifouillis", "01000", None)),
        _in_its_town, _towns_of_code,
    ),
)  # fmt: skip


def number(name: str) -> Rule:
    """A coordinate that is no number of degrees."""
    return Rule(
        "coordinate_not_a_number", (name,),
        ("Coordonnée incomprise", "Coordinate not understood"),
        ("« {value} » n'est pas un nombre de degrés.", "“{value}” is not a number of degrees."),
        ("Écrivez des degrés décimaux (ex. {example}), ou laissez les deux coordonnées vides.",
         "Write decimal degrees (e.g. {example}), or leave both coordinates empty."),
        one("48.8534", "-21.1", "2"), one("48°51'12\"N", "4,8E+01", "nord"), matching(r"^-?[0-9]{1,3}(?:\.[0-9]+)?$"),
    )  # fmt: skip


def alone(name: str, other: str) -> Rule:
    """Half a point; the present one is blamed, for it is the cell that can be seen."""
    fr, en = BY_NAME[other].fr.lower(), BY_NAME[other].en.lower()
    return Rule(
        f"{name}_without_{other}", (name, other),
        ("Une coordonnée sans l'autre", "One coordinate without the other"),
        (f"« {{value}} » est donnée sans la {fr}.", f"“{{value}}” comes without the {en}."),
        ("Donnez les deux coordonnées, ou aucune.", "Give both coordinates, or neither."),
        (("48.8534", "2.3788") if name == "latitude" else ("2.3788", "48.8534"),),
        (("48.8534", None) if name == "latitude" else ("2.3788", None),),
        lambda both, _agreed: (both[name].isna() | both[other].notna()).to_numpy(),
    )  # fmt: skip


def _points(combinations: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    return numbers(combinations["latitude"]), numbers(combinations["longitude"])


def _inside(combinations: pd.DataFrame, _agreed: Agreed) -> Mask:
    latitude, longitude = _points(combinations)
    unknown = np.isnan(latitude) | np.isnan(longitude)
    return np.asarray(unknown | in_france(latitude, longitude))


def _distance(combinations: pd.DataFrame, agreed: Agreed) -> np.ndarray:
    return distance_km(*_points(combinations), *agreed.reference.places.centres_of(combinations["insee_code"]))


def _how_far(values: tuple[Value, ...], agreed: Agreed) -> Fields:
    one_row = pd.DataFrame([values], columns=["latitude", "longitude", "insee_code"], dtype="str")
    places = agreed.reference.places
    km = f"{_distance(one_row, agreed)[0]:.0f}"
    town = str(places.city[places.row_of_insee(values[2] or "")])
    return {**_point(values, agreed), "km": km, "town": town, "detail": f"{km} km"}


def _point(values: tuple[Value, ...], _agreed: Agreed) -> Fields:
    return {"point": f"{values[0]}, {values[1]}", "detail": f"{values[0]}, {values[1]}"}


COORDINATES = (
    number("latitude"),
    number("longitude"),
    alone("latitude", "longitude"),
    alone("longitude", "latitude"),
    Rule(
        "coordinates_outside_france", ("latitude", "longitude"),
        ("Coordonnées hors de France", "Coordinates outside France"),
        ("le point ({point}) n'est pas en France.", "the point ({point}) is not in France."),
        ("Vérifiez le point : latitude d'abord (41 à 51 en métropole), longitude ensuite ; ou laissez les deux vides.",
         "Check the point: latitude first (41 to 51 in metropolitan France), then longitude; or leave both empty."),
        (("48.8534", "2.3788"), ("-21.1", "55.5"), ("4.9", "-52.3")), (("40.4168", "-3.7038"), ("51.5", "-0.12")),
        _inside, _point,
    ),
    Rule(
        "coordinates_far_from_town", ("latitude", "longitude", "insee_code"),
        ("Coordonnées loin de la commune", "Coordinates far from the town"),
        ("le point ({point}) est à {km} km du centre de {town}.",
         "the point ({point}) is {km} km from the centre of {town}."),
        ("Vérifiez le point ou la commune (30 km au plus), ou laissez les deux coordonnées vides.",
         "Check the point or the town (30 km at most), or leave both coordinates empty."),
        (("48.8534", "2.3788", "75111"), ("48.8534", "2.3788", None), ("48.8534", None, "75111")),
        (("43.2965", "5.3698", "75111"), ("48.8534", "2.3788", "31555")),
        # Nothing is said where the commune is not settled, its centre is not known, or the point is not whole.
        lambda points, agreed: ~np.asarray(_distance(points, agreed) > FAR_KM), _how_far,
    ),
)  # fmt: skip

RULES: tuple[Rule, ...] = (*TOWN, *COORDINATES)
