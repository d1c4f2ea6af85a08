"""Closed vocabularies: yes or no, and the pupils' grades. An unknown word stays as it is, and a rule refuses it."""

from __future__ import annotations

import re

from offers.cleaners.mending import Mend
from offers.nearest import plain

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
