"""The communes of France: found by postal code and town, by INSEE code, by name; and where France lies. Opens nothing.

A *row* here is the position of a commune, or of an arrondissement of Paris, Lyon or Marseille, in `Places.communes`.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Collection, Mapping
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from offers.places.towns import town_key
from offers.text import fold_word

NOWHERE = -1
DISTRICT_NAME = re.compile(r"^(\w+) (\d+)er? Arrondissement$")


class Places:
    """The gazetteer.

    `communes`: insee, name, population, postal_codes (separated by spaces; none for a town of arrondissements).
    `former`: insee (of today's commune), name (of what was merged into it, or of itself before).
    `departments`: code, name, academy. `centres`: insee, latitude, longitude, of some. `cedex`: code, insee, of some
    that go with the name of a quarter of several communes. All text; every commune once.
    """

    def __init__(
        self,
        communes: pd.DataFrame,
        former: pd.DataFrame,
        departments: pd.DataFrame,
        centres: pd.DataFrame | None = None,
        cedex: pd.DataFrame | None = None,
    ) -> None:
        self.communes = communes.reset_index(drop=True)
        self._former = former
        self._departments = departments
        self._centres = centres
        self._cedex = {} if cedex is None else dict(zip(cedex["code"], cedex["insee"], strict=True))
        self.insee: np.ndarray = self.communes["insee"].to_numpy(object)
        self._row_of_insee = {str(code): row for row, code in enumerate(self.insee)}
        self.names: np.ndarray = self.communes["name"].to_numpy(object)
        self._codes: np.ndarray = self.communes["postal_codes"].fillna("").to_numpy(object)
        self._of_code: dict[str, dict[str, int]] = {}
        # An arrondissement goes by its town's name: the platform writes Paris, and INSEE's code says which.
        self.district: dict[tuple[str, int], int] = {}
        self.city: np.ndarray = self.names.copy()
        for row, name in enumerate(self.names):
            match = DISTRICT_NAME.match(name) if "A" in name else None
            if match:
                self.city[row] = match[1]
                self.district[match[1].lower(), int(match[2])] = row
        self._index()

    def _index(self) -> None:
        """Each (postal code, key) -> row. Today's names win over former ones; a key of two communes is no one's."""
        today = len(self.insee)
        rows = pd.Index(self.insee).get_indexer(pd.Index(self._former["insee"]))
        known = rows != NOWHERE
        former = self._former["name"].to_numpy(object)[known]
        self._named = np.concatenate([np.arange(today), rows[known]])
        keys = town_key(pd.Series(np.concatenate([self.city, former]), dtype="str"))
        self._keys, words = pd.factorize(keys)
        self.key_index = pd.Index(words)
        lists = [codes.split() for codes in self._codes]
        counts = np.array([len(codes) for codes in lists])
        postal, codes = pd.factorize(pd.Series([code for codes in lists for code in codes], dtype="str"))
        self.postal_index = pd.Index(codes)
        self._postal_rows = pd.Series(np.repeat(np.arange(len(lists)), counts), index=postal).sort_index(kind="stable")
        starts = np.cumsum(counts) - counts
        times = counts[self._named]
        offset = np.arange(times.sum()) - np.repeat(np.cumsum(times) - times, times)
        pair = self._pair(postal[np.repeat(starts[self._named], times) + offset], np.repeat(self._keys, times))
        former_name = np.repeat(np.arange(len(self._named)) >= today, times)
        table = pd.DataFrame({"pair": pair, "former": former_name, "row": np.repeat(self._named, times)})
        table = table.drop_duplicates()
        claimed = table.duplicated(["pair", "former"], keep=False)  # by two communes of equal rank: it is neither's
        best = table.assign(claimed=claimed).sort_values(["pair", "former"]).drop_duplicates("pair")
        self._pairs: pd.Series[int] = best[~best["claimed"]].set_index("pair")["row"]

    def _pair(self, postal: Any, key: Any) -> Any:
        return np.asarray(postal, dtype="int64") * len(self.key_index) + key

    def rows(self, postal_codes: pd.Series[str], keys: pd.Series[str]) -> np.ndarray:
        """The row of each (postal code, town key), NOWHERE where there is none. Whole columns; any index."""
        postal = self.postal_index.get_indexer(pd.Index(postal_codes))
        key = self.key_index.get_indexer(pd.Index(keys))
        known = (postal != NOWHERE) & (key != NOWHERE)
        at = self._pairs.index.get_indexer(pd.Index(np.where(known, self._pair(postal, key), NOWHERE)))
        found: np.ndarray = np.where(at == NOWHERE, NOWHERE, self._pairs.to_numpy()[at])
        return found

    def row(self, postal_code: str, key: str) -> int:
        """The same for one pair."""
        return self.of_postal_code(postal_code).get(key, NOWHERE)

    def is_former(self, rows: np.ndarray, keys: pd.Series[str]) -> np.ndarray:
        """Whether these keys are not the names that these rows bear today. Whole columns; False for NOWHERE."""
        key = self.key_index.get_indexer(pd.Index(keys))
        former: np.ndarray = (rows != NOWHERE) & (self._keys[rows] != key)
        return former

    def is_postal_code(self, code: str) -> bool:
        """Whether post is delivered under this code; CEDEX codes, which name a customer and no place, are not known."""
        return code in self.postal_index

    def of_postal_code(self, code: str) -> dict[str, int]:
        """The keys of this postal code, former names included, each with its row."""
        if code not in self._of_code:
            self._of_code[code] = {}
            if code in self.postal_index:
                first = int(self._pair(self.postal_index.get_loc(code), 0))
                low, high = self._pairs.index.searchsorted([first, first + len(self.key_index)])
                found = self._pairs.iloc[low:high]
                keys = self.key_index[found.index.to_numpy() - first]
                self._of_code[code] = dict(zip(keys.tolist(), found.tolist(), strict=True))
        return self._of_code[code]

    def towns_of(self, postal_code: str) -> list[str]:
        """The official names of a postal code's communes, in alphabetical order; empty for an unknown code."""
        if postal_code not in self.postal_index:
            return []
        rows = self._postal_rows.loc[[self.postal_index.get_loc(postal_code)]]
        return sorted(self.names[rows.to_numpy()].tolist(), key=fold_word)

    def row_of_insee(self, code: str) -> int:
        """The row of an INSEE code, NOWHERE if it is none of today's."""
        return self._row_of_insee.get(code, NOWHERE)

    def row_of_cedex(self, code: str) -> int:
        """The row of a CEDEX code that is known, NOWHERE for the others."""
        return self.row_of_insee(self._cedex.get(code, ""))

    def codes_of(self, row: int) -> list[str]:
        """The postal codes of this row, in order."""
        return str(self._codes[row]).split()

    def population(self, row: int) -> int:
        """How many live there; 0 where it is not known."""
        told = self.communes["population"].iat[row]
        return int(told) if isinstance(told, str) and told else 0

    def key_today(self, row: int) -> str:
        """The key of the name that this row bears today."""
        return str(self.key_index[int(self._keys[row])])

    @cached_property
    def keys_of(self) -> Mapping[int, set[str]]:
        """By row, all keys that name this commune, today or formerly."""
        keys: dict[int, set[str]] = {}
        for row, word in zip(self._named.tolist(), self.key_index[self._keys].tolist(), strict=True):
            keys.setdefault(row, set()).add(word)
        return keys

    def named(self, key: str) -> list[int]:
        """The rows of all communes of France that bear this key, under today's name or a former one."""
        return self._rows_of_key.get(key, [])

    @cached_property
    def _rows_of_key(self) -> Mapping[str, list[int]]:
        rows: dict[str, list[int]] = {}
        words = self.key_index[self._keys].tolist()
        for row, word, codes in zip(self._named.tolist(), words, self._codes[self._named].tolist(), strict=True):
            if codes and row not in rows.setdefault(word, []):
                rows[word].append(row)
        return rows

    def begun(self, start: str, departments: Collection[str]) -> set[int]:
        """The rows in these départements of which a key begins with these words and goes on."""
        at = bisect_left(self._sorted_keys, f"{start} ")
        found: set[int] = set()
        while at < len(self._sorted_keys) and self._sorted_keys[at].startswith(f"{start} "):
            found.update(self.named(self._sorted_keys[at]))
            at += 1
        return {row for row in found if department_of(str(self.insee[row])) in departments}

    @cached_property
    def _sorted_keys(self) -> list[str]:
        return sorted(self._rows_of_key)

    def in_department(self, key: str, department: str) -> list[int]:
        """The same within a département; arrondissements, which share a name, are each a row."""
        return [row for row in self.named(key) if department_of(str(self.insee[row])) == department]

    def centres_of(self, insee_codes: pd.Series[str]) -> tuple[np.ndarray, np.ndarray]:
        """Latitude and longitude of each code's commune, in degrees; NaN where its centre is not known."""
        at = self._degrees.index.get_indexer(pd.Index(insee_codes))
        found = self._degrees.to_numpy()[at] if len(self._degrees) else np.full((len(at), 2), np.nan)
        found = np.where((at == NOWHERE)[:, None], np.nan, found)
        return found[:, 0], found[:, 1]

    @cached_property
    def _degrees(self) -> pd.DataFrame:
        if self._centres is None:
            return pd.DataFrame({"latitude": [], "longitude": []}, dtype="float64")
        return self._centres.set_index("insee")[["latitude", "longitude"]].astype("float64")

    @cached_property
    def department_words(self) -> dict[str, str]:
        """A département's folded name, or its code in small letters -> its code."""
        codes = [str(code) for code in self._departments["code"]]
        names = {fold_word(str(name)): code for name, code in zip(self._departments["name"], codes, strict=True)}
        return names | {code.lower(): code for code in codes}

    @cached_property
    def academies(self) -> dict[str, str]:
        """A département's code -> its academy."""
        return dict(zip(self._departments["code"].astype(str), self._departments["academy"].astype(str), strict=True))


def department_of(insee: str) -> str:
    """The département (or overseas collectivity) of an INSEE code: `75114`, `2A004`, `97411` -> `75`, `2A`, `974`."""
    return insee[:3] if insee.startswith(("97", "98")) else insee[:2]


def commune_of(insee: str) -> str:
    """The commune of an INSEE code: that of Paris, Lyon or Marseille for their arrondissements."""
    for begins, town in (("751", "75056"), ("6938", "69123"), ("132", "13055")):
        if insee.startswith(begins) and len(insee) == 5:
            return town
    return insee


def departments_of_postal_code(code: str) -> tuple[str, ...]:
    """The départements that a postal code's first digits name; Corsica's 20 is two of them.

    Saint-Barthélemy and Saint-Martin have Guadeloupe's postal codes, and La Réunion has CEDEX codes that begin like
    theirs.
    """
    if code.startswith("20"):
        return ("2A", "2B")
    if code.startswith(("971", "977", "978")):
        return ("971", "977", "978") if code.startswith("971") else ("974", "977", "978")
    return (department_of(code),)


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
"""Where France lies, in degrees (WGS 84): least and most latitude, least and most longitude. Collectivities with an
académie of their own count too."""

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
