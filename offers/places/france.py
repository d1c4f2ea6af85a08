"""Where France lies, metropolitan and overseas, as boxes of WGS 84 degrees; and its three towns of arrondissements."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

BOXES = (
    (41.2, 51.2, -5.3, 9.7),  # metropolitan France and Corsica
    (15.7, 18.2, -63.3, -60.9),  # Guadeloupe, Saint-Martin, Saint-Barthélemy
    (14.2, 15.0, -61.4, -60.7),  # Martinique
    (2.0, 5.9, -54.7, -51.4),  # Guyane
    (-21.5, -20.7, 55.1, 55.9),  # La Réunion
    (-13.1, -12.5, 44.9, 45.4),  # Mayotte
    (46.6, 47.3, -56.6, -56.0),  # Saint-Pierre-et-Miquelon
    (-23.0, -19.0, 163.0, 168.5),  # Nouvelle-Calédonie
    (-28.0, -7.5, -155.0, -134.0),  # Polynésie française
    (-14.5, -13.0, -178.5, -175.9),  # Wallis-et-Futuna
)
"""Least and most latitude, least and most longitude. Collectivities with an académie of their own count too."""

EARTH_RADIUS_KM = 6371.0


def in_france(latitude: npt.NDArray[np.float64], longitude: npt.NDArray[np.float64]) -> npt.NDArray[np.bool_]:
    """True where a point, in degrees, lies in one of the boxes; NaN is nowhere."""
    inside = np.zeros(len(latitude), dtype=bool)
    for south, north, west, east in BOXES:
        inside |= (latitude >= south) & (latitude <= north) & (longitude >= west) & (longitude <= east)
    return inside


def distance_km(
    latitude: npt.NDArray[np.float64],
    longitude: npt.NDArray[np.float64],
    other_latitude: npt.NDArray[np.float64],
    other_longitude: npt.NDArray[np.float64],
) -> npt.NDArray[np.float64]:
    """Great-circle distance in kilometres between points in degrees; NaN where one is unknown."""
    a, b, c, d = map(np.radians, (latitude, longitude, other_latitude, other_longitude))
    with np.errstate(invalid="ignore"):  # an infinite degree is no place, and a rule of its own says so
        half = np.sin((c - a) / 2) ** 2 + np.cos(a) * np.cos(c) * np.sin((d - b) / 2) ** 2
        far = 2 * EARTH_RADIUS_KM * np.arcsin(np.sqrt(half))
    return np.asarray(far)


DIVIDED = {"paris": 20, "marseille": 16, "lyon": 9}
"""The towns of arrondissements, folded, and how many each has. The gazetteer holds each of these as a row."""


def commune_of(insee: str) -> str:
    """The commune of an INSEE code: that of Paris, Lyon or Marseille for their arrondissements."""
    for begins, town in (("751", "75056"), ("6938", "69123"), ("132", "13055")):
        if insee.startswith(begins) and len(insee) == 5:
            return town
    return insee
