"""Which old code page a French text is in, where nothing says so: its letters, and what stands around them, decide.

Each sign outside ASCII is weighed under each page: « cœur » is French and « c½ur » is not, an apostrophe stands between
letters and an ellipsis does not, no capital follows a small letter. Windows-1252 is the answer in doubt.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from offers.cleaning.characters import windows_1252

PAGES = ("cp1252", "iso-8859-15", "cp858", "mac_roman")
"""What French office software has written without saying so: Windows, Unix with the euro, MS-DOS, old Macs."""
_SMALL = {
    "é": 9, "è": 8, "à": 8, "ê": 7, "ç": 7, "ô": 6, "î": 6, "û": 6, "â": 6, "ù": 5, "ë": 5, "ï": 5, "œ": 8, "ü": 2,
    "ö": 1, "ä": 1, "ñ": 1, "æ": -1,
}  # fmt: skip
_CAPITAL = {"É": 8, "À": 6, "È": 6, "Ê": 6, "Ç": 6, "Î": 5, "Ô": 5, "Â": 5, "Œ": 6, "Û": 4, "Ë": 4, "Ï": 4, "Ù": 3}
_FIRST = {"É": 8, "À": 4, "Œ": 6, "Ç": 4, "Ê": 6, "Î": 6, "Â": 4, "Ô": 2, "È": 0}
"""Capitals that begin a word in small letters."""
_FOREIGN, _NEVER, _ODD = -2, -8, -4
_FAVOUR = 3
"""What Windows-1252 is given, for it is by far the most frequent."""
_SAID = 12
"""What a page is given that somebody named: a server, or the document itself."""
_CLEAR = 4
_LEAST_SIGNS, _WORST = 8, -3
_WITH_A_GRAVE = re.compile(r"(?:^|[^a-zà-ÿ])(?:voi|d[eé]|ce|ho|pi)?l$|d.j$|ç$", re.IGNORECASE)
"""What stands before the `à` that ends a word: là, voilà, delà, déjà, çà."""


@dataclass(frozen=True)
class PageGuess:
    """The page that fits best, and whether nothing else came near; None for bytes that are no French in any."""

    page: str
    clear: bool


def guess(sample: bytes, said: str | None = None) -> PageGuess | None:
    """The page of lines with accents; `said` is one that is favoured, for somebody named it."""
    known = dict.fromkeys((*PAGES, *((said,) if said else ())))
    texts = {page: windows_1252(sample.decode(page, "replace")) for page in known}
    marks = {page: weight(text) for page, text in texts.items()}
    signs = len(sample) - len(sample.translate(None, bytes(range(128, 256))))
    if signs >= _LEAST_SIGNS and max(marks.values()) < _WORST * signs:
        return None
    marks["cp1252"] += _FAVOUR
    if said:
        marks[said] += _SAID
    best = max(marks, key=lambda page: marks[page])
    others = [marks[page] for page in known if texts[page] != texts[best]]
    return PageGuess(best, marks[best] > 0 and marks[best] >= max(others, default=0) + _CLEAR)


def weight(text: str) -> int:
    """How French the signs outside ASCII are where they stand, each counting the same."""
    padded = f"\n{text}\n"
    return sum(_weight(padded, at) for at, sign in enumerate(padded) if sign > "\x7f")


def _weight(text: str, at: int) -> int:
    before, sign, after = text[at - 1], text[at], text[at + 1]
    if min(before, after) > "\x7f" and (before + sign + after).isalpha():  # no French word has three in a row
        return _NEVER
    if sign in _SMALL:
        if after.isupper() or (before.isupper() and text[at - 2].isupper()):
            return -6
        inside, ends = before.isalpha(), not after.isalpha()
        fits = {
            "à": ends and (not inside or _WITH_A_GRAVE.search(text[max(0, at - 8) : at]) is not None),
            "ù": ends and before in "oO",
            "ç": after in "aouâôAOU",
            "œ": not ends,
            "é": inside or not ends,
            "û": inside,
            "ë": before in "aeiouAEIOU",
            "ï": before in "aeouAEOU",
            "â": not ends and before not in "aeiouAEIOU",
        }.get(sign, not ends)
        return _SMALL[sign] if fits else _ODD
    if sign in _CAPITAL:
        if before.islower():
            return _NEVER
        if after.islower():
            return _ODD if before.isupper() else _FIRST.get(sign, _ODD)
        # An À stands alone or ends a word of capitals; the others stand beside capitals.
        fits = not after.isupper() if sign == "À" else after.isupper() or before.isupper()
        return _CAPITAL[sign] if fits else _ODD
    if sign.isalpha() and sign <= "ž":
        return _NEVER if before.islower() and sign.isupper() else _FOREIGN - 2 * sign.isupper()
    weigh = _SIGNS.get(sign)
    return weigh(before, after) if weigh else _NEVER


def _opens(sign: str) -> bool:
    return sign.isspace() or sign in "(«[/;,\"'"


_SIGNS: dict[str, Callable[[str, str], int]] = {
    "’": lambda before, after: 8 if (before + after).isalpha() else 1 if before.isalnum() or after.isalnum() else _ODD,
    "€": lambda before, after: (
        6 if before.isdigit() or before.isspace() or (before in "kKM" and not after.isalnum()) else _ODD
    ),
    "\xa0": lambda before, after: 4 if after in ";:!?»%€" or before in "«°" or (before + after).isdigit() else 1,
    "«": lambda before, _after: 6 if _opens(before) else _ODD,
    "»": lambda _before, after: _ODD if after.isalnum() else 6,
    "”": lambda before, after: _ODD if after.isalnum() or before.isspace() else 3,
    "…": lambda before, after: -5 if after.isalnum() else 4 if before.isalnum() else -1,
    "×": lambda before, after: 1 if before.isdigit() or (before + after).isspace() else _ODD,
    **dict.fromkeys(
        "“‘", lambda before, after: 3 if _opens(before) and (after == "\xa0" or not after.isspace()) else _ODD
    ),
    **dict.fromkeys(
        "–—", lambda before, after: 5 if (_opens(before) or before.isdigit()) and not after.isalpha() else -3
    ),
    **dict.fromkeys(
        "•·", lambda before, after: 4 if (_opens(before) and after.isspace()) or (before + after).isalpha() else _ODD
    ),
    **dict.fromkeys("°º", lambda before, _after: 5 if before in "nN" or before.isdigit() else -3),
    **dict.fromkeys("²³", lambda before, _after: 4 if before == "m" else -2),
    **dict.fromkeys("½¼¾", lambda before, after: _NEVER if before.isalpha() or after.isalpha() else 2),
    **dict.fromkeys("®©™§µ±", lambda before, after: -5 if before.isalnum() and after.isalnum() else 1),
}
"""Signs that are no letter, by what stands before and after them: 8 to 1 where they stand as they do in French."""
