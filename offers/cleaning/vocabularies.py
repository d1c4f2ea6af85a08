"""Closed vocabularies: partner words to our sectors, yes and no, and the pupils' grades.

An unknown word stays as it is seen, and a rule refuses it; none is ever guessed.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import pandas as pd

from offers.cleaning.mending import Mend
from offers.places.gazetteer import Places
from offers.pledges.organisations import NONE, Organisations
from offers.text import fold_word, plain

_NAF = re.compile(r"^(\d{2}) ?(\d{1,2}) ?([a-z])?$")


@dataclass(frozen=True)
class Reference:
    """The public tables that offers are held against.

    `sectors`: our code -> name (s1 … s51). `legacy`: the platform's former uuid -> code. `naf`: NAF code as `62.02A`
    -> code. `departments`: code -> name. `places`: the gazetteer, which also knows the académies. `organisations`:
    those that pledged.
    """

    sectors: Mapping[str, str]
    legacy: Mapping[str, str]
    naf: Mapping[str, str]
    departments: Mapping[str, str]
    places: Places
    organisations: Organisations = field(default=NONE)
    stamp: str = ""
    """A checksum of the tables; "" where nobody reckoned one."""

    @cached_property
    def sector_words(self) -> dict[str, str]:
        """Each way to name a sector without a partner's lookup -> its code; the ways are folded."""
        names = {_plain(name): code for code, name in self.sectors.items()}
        legacy = {fold_word(uuid): code for uuid, code in self.legacy.items()}
        return names | legacy | {code: code for code in self.sectors}

    @cached_property
    def naf_digits(self) -> dict[str, str]:
        """NAF digits, from the whole code down to the two-digit division -> the one sector of all codes beneath."""
        beneath: dict[str, set[str]] = {}
        for code, sector in self.naf.items():
            plain = code.replace(".", "").lower()
            for length in range(2, len(plain) + 1):
                beneath.setdefault(plain[:length], set()).add(sector)
        return {digits: next(iter(sectors)) for digits, sectors in beneath.items() if len(sectors) == 1}


def sector_codes(values: pd.Series[str], lookups: Mapping[str, str], reference: Reference) -> pd.Series[str]:
    """s1 … s51 from a code, a name, the legacy uuid, the partner's `lookups` (their word -> our code or name) or NAF.

    What none of them knows stays as seen, for the contract to refuse; missing stays missing. A partner's lookup wins,
    for it was agreed. Words are compared without case, accents and punctuation, and `&` is `et`.
    """
    agreed = {_plain(word): ours for word, ours in lookups.items()}

    def code(seen: str) -> str:
        word = _plain(agreed.get(_plain(seen), seen))
        return reference.sector_words.get(word) or naf_sector(word, reference) or seen

    return _on_words(values, code)


def naf_sector(value: str, reference: Reference) -> str | None:
    """The sector of a NAF code: `62.02A`, `6202A`, `62.02`, `6202`. Exact, else its division where all of it agrees.

    A code cut short (`62.02`) holds where every code beneath it has one sector. A division alone (`62`) is not taken
    for NAF: it could be anything.
    """
    match = _NAF.match(fold_word(value))
    if not match:
        return None
    division, group, letter = match.groups()
    known = reference.naf_digits
    return known.get(division + group + (letter or "")) or known.get(division)


def yes_no(values: pd.Series[str]) -> pd.Series[str]:
    """`true` or `false` from `VRAI `, `oui`, `X`, `✓`, `1`, `faux`, `non`, `0` …; an unknown word stays as seen."""

    def word(seen: str) -> str:
        plain = fold_word(seen) or seen.strip(" \ufe0f")
        return "true" if plain in YES else "false" if plain in NO else seen

    return _on_words(values, word)


def nearest_sectors(word: str, names: Iterable[str], count: int = 3) -> list[str]:
    """Of these names of sectors the ones most like `word`, the likest first, at most `count`; for suggestions only."""
    plain = {_plain(known): known for known in names}
    close = difflib.get_close_matches(_plain(word), list(plain), n=count, cutoff=0.5)
    return [plain[known] for known in close]


def _plain(word: str) -> str:
    """Folded, without the word `et`: `Hôtellerie & restauration` is `Hôtellerie, restauration`."""
    return " ".join(part for part in fold_word(word).split() if part != "et")


def _on_words(values: pd.Series[str], change: Callable[[str], str]) -> pd.Series[str]:
    return values.map({word: change(word) for word in values.dropna().unique()}, na_action="ignore").astype("str")


YES = frozenset({
    "vrai", "oui", "o", "x", "1", "true", "yes", "y", "t", "on", "✓", "✔", "✅", "☑",
    "public", "publique", "secteur public",
})  # fmt: skip
NO = frozenset({
    "faux", "non", "n", "0", "false", "no", "f", "off", "✗", "✘", "❌", "☐", "prive", "privee", "secteur prive",
})  # fmt: skip
AGREED = {"oui": "true", "non": "false", "true": "true", "false": "false"}
"""The words that we ask for: reading them is no repair."""


def read_agreed(text: str) -> Mend:
    """`Oui` -> `true`, `non` -> `false`; other words are left to the house's list of yes and no."""
    return AGREED.get(plain(text), text), None


IN_SCHOOL_ORDER = ("quatrieme", "troisieme", "seconde")
GRADE_WORDS = {
    "quatrieme": re.compile(r"\b(?:quatriemes?|4(?:e|eme|emes)?)\b"),
    "troisieme": re.compile(r"\b(?:troisiemes?|3(?:e|eme|emes)?)\b"),
    "seconde": re.compile(r"\b(?:secondes?|2(?:nde|de|ndes|des|nd|e|eme)?)\b"),
}
FILLERS = re.compile(
    r"\b(?:classes?|eleves?|niveaux?|de|des|en|la|les|et|ou|or|and|only|seulement|uniquement|generales?|technologiques?|gt|g|t"
    r"|lycee|college|lyceens?|collegiens?)\b"
)


def read_grades(text: str) -> Mend:
    """`Seconde GT`, `2nde`, `seconde_only`, `3e et 4e` -> the grades in school order, one space between."""
    left = re.sub(r"[^a-z0-9]+", " ", plain(text))
    found = []
    for grade in IN_SCHOOL_ORDER:
        left, times = GRADE_WORDS[grade].subn(" ", left)
        found += [grade] if times else []
    understood = found and not FILLERS.sub(" ", left).strip()
    return (" ".join(found) if understood else text), None
