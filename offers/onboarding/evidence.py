"""What the values of one column of a sample say on which of our columns it may be: shares of values that fit."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import pandas as pd
from stdnum.fr import siret as stdnum_siret

from offers.calendar import SchoolYear
from offers.cleaning.dates import read_date
from offers.cleaning.times import read_hours, read_weeks
from offers.cleaning.vocabularies import NO, YES, Reference, naf_sector, read_grades, sector_codes
from offers.onboarding.synonyms import outside
from offers.places.towns import read_town
from offers.text import fold_word

MOST = 500
"""Distinct values of a column that are looked at: enough to know it by."""

CODE_AND_TOWN = r"^\s*+(\d[\dABab]\d{3})\s++(?=\S)"
CODE_OF_BOTH, TOWN_OF_BOTH = r"^\s*+(\d[\dABab]\d{3})\b", r"^\s*+(?:\d[\dABab]\d{3}\s++)?(.*\S)"
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
        places, words = self.reference.places, self.reference.places.department_words

        def is_town(text: str) -> bool:
            if len(text) > 60 or any(sign.isdigit() for sign in text[:1]):
                return False
            readings = (*read_town(text, words), *read_town(_ORDINAL.sub("", text), words))
            return any(places.named(reading.key) for reading in readings)

        return self.share(is_town)

    @cached_property
    def code(self) -> float:
        """How many are postal codes, or INSEE codes of towns."""
        return self.share(self.is_code)

    @cached_property
    def code_and_town(self) -> float:
        """How many are a code and a town after it: `83126 LA SEYNE SUR MER`."""
        return self.share(lambda text: (found := re.match(CODE_AND_TOWN, text)) is not None and self.is_code(found[1]))

    def is_code(self, text: str) -> bool:
        """A postal code that exists, or the INSEE code of a town; a lost zero and a decimal are forgiven."""
        plain = text.removesuffix(".0").rjust(5, "0").upper()
        places = self.reference.places
        return len(plain) == 5 and len(text) >= 4 and (places.is_postal_code(plain) or places.row_of_insee(plain) >= 0)


_STREET = re.compile(
    r"^\d{1,4}\b|\b(rue|avenue|av|boulevard|bd|place|chemin|allee|impasse|route|quai|cours|square|zone|za|zi|parc)\b"
)
_WEB = re.compile(r"^(?:https?://|www\.)\S+$", re.IGNORECASE)
_MAIL = re.compile(r"^[^\s@]+@(?>[^\s@]+?\.)[^\s@]+$")
_NAF = re.compile(r"^\d{2}\.?\d{2}[A-Za-z]$")
_TOWN = re.compile(r"[^\W\d][^\d@/<>]{1,59}$")
_CODE = re.compile(r"(?=[A-Z -]{0,9}\d)[A-Z\d -]{3,10}$")
_DECIMAL = re.compile(r"-?\d+[.,]\d+$")
_SPACED = re.compile(r"[\s.]")


def fits(name: str, values: Values, year: SchoolYear) -> int | None:
    """How well values suit one of our columns, from -100 (they cannot be it) to 50; None where they say nothing."""
    if not values.distinct:
        return None
    return _JUDGES[name](values, year) if name in _JUDGES else 0


def foreign(name: str, values: Values) -> int:
    """How well values suit a column that is called plainly, were its records abroad: -20, or -100 where they cannot."""
    if name == "city" and not values.region:
        return -20 if values.share(lambda text: _TOWN.match(text) is not None) >= 0.8 else -100
    if name == "postal_code":
        return -20 if values.share(lambda text: _CODE.match(text) is not None) >= 0.8 else -100
    return -100


def tells_alone(name: str, header: str, values: Values) -> bool:
    """Whether a header that is called nothing of ours may be the column by its values: enough of them, and no rival.

    Identifiers hold figures; what a header calls a region, a country or a person's is none of ours.
    """
    if len(values.distinct) < 3 or outside("city", header):
        return False
    figures = values.share(lambda text: any(map(str.isdigit, text)) and not _DECIMAL.match(text))
    return name != "reference" or (figures >= 0.8 and values.length >= 2)


def _mostly(most: int, least: float, fits: Callable[[str], bool]) -> Callable[[Values, SchoolYear], int]:
    def judge(values: Values, _year: SchoolYear) -> int:
        share = values.share(fits)
        return round(most * share) if share >= least else -100

    return judge


def _reading(canonical: str, read: Callable[[str, SchoolYear], str | None]) -> Callable[[Values, SchoolYear], int]:
    def judge(values: Values, year: SchoolYear) -> int:
        share = values.share(lambda text: re.match(canonical, read(text, year) or "") is not None)
        return round(20 * share) if share >= 0.5 else -100

    return judge


def _number(least: float, most: float) -> Callable[[str], bool]:
    def within(text: str) -> bool:
        try:
            return least <= float(text.replace(",", ".")) <= most
        except ValueError:
            return False

    return within


def _date(text: str) -> bool:
    return re.match(r"\d{4}-\d{2}-\d{2}$", read_date(text, True)[0] or "") is not None


def _reference(values: Values, _year: SchoolYear) -> int:
    other = values.share(lambda text: _WEB.match(text) is not None or " " in text or _date(text))
    if values.length > 60 or other > 0.3 or values.shared:
        return -100
    return 30 if values.unique else -20


def _title(values: Values, _year: SchoolYear) -> int:
    worded = values.share(lambda text: " " in text or text.isalpha())
    if values.length > 150 or worded < 0.5 or values.town > 0.5:
        return -50
    return 15 if values.length >= 8 else 0


def known_sectors(values: Values) -> float:
    """How many are sectors already, by code, name or NAF."""
    words = pd.Series(values.distinct, dtype="str")
    codes = sector_codes(words, {}, values.reference)
    return float(codes.isin(list(values.reference.sectors)).mean()) if len(codes) else 0.0


def known_naf(values: Values) -> float:
    """How many are whole NAF codes, `62.02A` or `6202A`."""
    return values.share(lambda text: _NAF.match(text) is not None and naf_sector(text, values.reference) is not None)


_YES_NO = _mostly(15, 0.6, lambda text: fold_word(text) in YES | NO)
_ADDRESS = _mostly(35, 0.6, lambda text: _WEB.match(text) is not None)
_DAY = _mostly(25, 0.6, _date)
_JUDGES: dict[str, Callable[[Values, SchoolYear], int]] = {
    "reference": _reference,
    "title": _title,
    "description": lambda values, _: 30 if values.length > 100 else -40 if values.length < 30 else 0,
    "employer_name": lambda values, _: (
        -60 if values.length > 150 or values.share(lambda text: text.isdigit() or "@" in text) > 0.3 else 0
    ),
    "employer_website": _ADDRESS,
    "siret": _mostly(50, 0.5, lambda text: stdnum_siret.is_valid(_SPACED.sub("", text.removesuffix(".0")))),
    "is_public": _YES_NO,
    "sector": lambda values, _: (
        -60
        if values.length > 80 or (values.unique and len(values.distinct) > 20)
        else round(30 * known_sectors(values))
    ),
    "street": lambda values, _: (
        -100
        if values.length > 200 or values.code_and_town > 0.5 or values.region
        else round(30 * values.share(lambda text: _STREET.search(fold_word(text)) is not None))
    ),
    "postal_code": lambda values, _: round(45 * values.code) if values.code >= 0.5 else -100,
    "city": lambda values, _: round(40 * values.town) if values.town >= 0.3 and not values.region else -60,
    "latitude": _mostly(20, 0.7, _number(-90, 90)),
    "longitude": _mostly(20, 0.7, _number(-180, 180)),
    "seats": _mostly(15, 0.7, _number(0, 6000)),
    "grades": _reading(r"(?:seconde|troisieme|quatrieme)\b", lambda text, _: read_grades(text)[0]),
    "weeks": _reading(
        r"\d{4}-W\d\d", lambda text, year: year.weeks[0] if fold_word(text) in YES | NO else read_weeks(text, year)[0]
    ),
    "daily_hours": _reading("(?:mon|tue|wed|thu|fri)=", lambda text, _: read_hours(text)[0]),
    "handicap_accessible": _YES_NO,
    "qpv": _YES_NO,
    "permalink": _ADDRESS,
    "contact_email": _mostly(40, 0.6, lambda text: _MAIL.match(text) is not None),
    "contact_phone": _mostly(30, 0.4, lambda text: 9 <= sum(sign.isdigit() for sign in text) <= 14),
    "published_on": _DAY,
    "expires_on": _DAY,
}
