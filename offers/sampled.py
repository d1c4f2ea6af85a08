"""The values of one column of a sample, and what they look like: codes, towns, places, pairs of degrees."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from offers.lookups import Reference
from offers.text import fold_word
from offers.towns import read_town

MOST = 500
"""Distinct values of a column that are looked at: enough to know it by."""

PLACE = r"^\s*+(\d[\dABab]\d{3})\s++(?=\S)"
PLACE_CODE, PLACE_TOWN = r"^\s*+(\d[\dABab]\d{3})\b", r"^\s*+(?:\d[\dABab]\d{3}\s++)?(.*\S)"
PAIR_FIRST = r"^\s*(-?\d{1,3}[.,]\d+)\s*[,;|]\s*-?\d{1,3}[.,]\d+\s*$"
PAIR_SECOND = r"^\s*-?\d{1,3}[.,]\d+\s*[,;|]\s*(-?\d{1,3}[.,]\d+)\s*$"
REGIONS = frozenset(
    {
        "auvergne rhone alpes", "bourgogne franche comte", "bretagne", "centre val de loire", "corse", "grand est",
        "hauts de france", "ile de france", "normandie", "nouvelle aquitaine", "occitanie", "pays de la loire",
        "provence alpes cote d azur", "paca", "idf", "alsace", "aquitaine", "auvergne", "bourgogne", "centre",
        "champagne ardenne", "franche comte", "languedoc roussillon", "limousin", "lorraine", "midi pyrenees",
        "nord pas de calais", "picardie", "poitou charentes", "rhone alpes", "guadeloupe", "martinique", "guyane",
        "la reunion", "mayotte", "france", "france metropolitaine", "fr", "fra", "belgique", "be", "suisse", "ch",
        "luxembourg", "lu", "allemagne", "germany", "de", "espagne", "spain", "es", "italie", "italy", "it", "us",
        "usa", "united states", "uk", "gb", "united kingdom", "europe", "monde",
    }
)  # fmt: skip
"""Regions of France, of today and before 2016, and the countries that feeds of offers name, folded."""
_ORDINAL = re.compile(r"\s\d{1,2}\s?(?:er|eme|ème|e)\b.*", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True)
class Values:
    """The values of one column of a sample; every share is among those looked at, 0 where there are none."""

    texts: pd.Series[str]
    reference: Reference

    @cached_property
    def distinct(self) -> list[str]:
        """Trimmed distinct values, at most MOST, in the order of the sample."""
        return self.texts.dropna().str.strip().replace("", None).dropna().drop_duplicates().head(MOST).tolist()

    @property
    def filled(self) -> bool:
        """Whether there is any value at all."""
        return bool(self.distinct)

    def share(self, fits: Callable[[str], bool]) -> float:
        """The share of distinct values that fit."""
        return sum(map(fits, self.distinct)) / len(self.distinct) if self.distinct else 0.0

    @cached_property
    def length(self) -> float:
        """The mean length in characters."""
        return sum(map(len, self.distinct)) / len(self.distinct) if self.distinct else 0.0

    @cached_property
    def unique(self) -> bool:
        """Whether nearly every record has a value of its own; a real file repeats or lacks one here and there."""
        filled = self.texts.dropna()
        return len(filled) > 0.95 * len(self.texts) and filled.nunique() > 0.98 * len(filled)

    @cached_property
    def shared(self) -> bool:
        """Whether records share values, more than a real file repeats here and there."""
        filled = self.texts.dropna()
        return filled.nunique() < 0.98 * len(filled)

    @cached_property
    def region(self) -> bool:
        """Whether most are regions or countries, which are no towns and no streets though some are called alike."""
        return self.share(lambda text: fold_word(text) in REGIONS) >= 0.6

    @cached_property
    def town(self) -> float:
        """How many are towns of France."""
        return self.share(self._is_town)

    @cached_property
    def code(self) -> float:
        """How many are postal codes, or INSEE codes of towns."""
        return self.share(self.is_code)

    @cached_property
    def place(self) -> float:
        """How many are a code and a town after it: `83126 LA SEYNE SUR MER`."""
        return self.share(self._is_place)

    @cached_property
    def pair(self) -> float:
        """How many are a latitude and a longitude in one cell."""
        return self.share(lambda text: re.match(PAIR_FIRST, text) is not None)

    def _is_place(self, text: str) -> bool:
        found = re.match(PLACE, text)
        return found is not None and self.is_code(found.group(1))

    def is_code(self, text: str) -> bool:
        """A postal code that exists, or the INSEE code of a town; a lost zero and a decimal are forgiven."""
        plain = text.removesuffix(".0").rjust(5, "0").upper()
        places = self.reference.places
        return (
            len(plain) == 5
            and len(text) >= 4
            and (places.is_postal_code(plain) or places.row_of_insee(plain) >= 0 or _district(plain))
        )

    def _is_town(self, text: str) -> bool:
        if len(text) > 60 or any(sign.isdigit() for sign in text[:1]):
            return False
        places = self.reference.places
        readings = [
            *read_town(text, places.department_words),
            *read_town(_ORDINAL.sub("", text), places.department_words),
        ]
        return any(places.named(reading.key) for reading in readings)


def _district(code: str) -> bool:
    """The INSEE codes of the arrondissements of Paris, Lyon and Marseille."""
    return "75101" <= code <= "75120" or "69381" <= code <= "69389" or "13201" <= code <= "13216"
