"""Words compared as a person compares them, and the word that was probably meant, for messages. No frames: those are
offers.arrays'."""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import get_close_matches
from typing import Literal
from unicodedata import category, normalize

LIGATURES = {"œ": "oe", "æ": "ae", "ß": "ss", "ø": "o", "ł": "l"}
"""Letters that Unicode does not take apart, so that dropping accents leaves them as they are."""
_ACCENTS = re.compile("[\u0300-\u036f]")
_PIECE = re.compile(r".{200}[^\x00-\x7f]{0,200}|.+", re.DOTALL)
"""Up to the next ASCII sign, which no Unicode form joins to what stands before it."""


def normalized(form: Literal["NFC", "NFKD"], text: str) -> str:
    """A text in a Unicode form, piece by piece: thousands of accents on one letter would be sorted for minutes."""
    if text.isascii():
        return text
    return normalize(form, text) if len(text) <= 400 else "".join(normalize(form, one) for one in _PIECE.findall(text))


def unaccented(text: str) -> str:
    """A text without accents and curly apostrophes; case, punctuation and white space stay."""
    return text if text.isascii() else _ACCENTS.sub("", normalized("NFKD", text.replace("’", "'")))


def plain(word: str) -> str:
    """A word without case, accents, curly apostrophes and surplus white space; punctuation stays."""
    return " ".join(unaccented(word).casefold().split())


def fold_word(value: str) -> str:
    """`L'Haÿ-les-Roses` -> `l hay les roses`: lower case, no accents, every run of other signs one space.

    `offers.arrays.fold` does the same to a column; for one word, compiling Arrow's expressions costs a millisecond.
    """
    bare = "".join(s for s in normalized("NFKD", value.lower()).lower() if not category(s).startswith("M"))
    for sign, letters in LIGATURES.items():
        bare = bare.replace(sign, letters)
    return " ".join("".join(s if s.isalnum() else " " for s in bare).split())


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word most like this one, or None when none is near."""
    by_plain = {plain(name): name for name in known}
    near = get_close_matches(plain(word), by_plain, n=1, cutoff=0.6)
    return by_plain[near[0]] if near else None


def listed(words: Iterable[str], most: int = 30) -> str:
    """`a, b, c` for a sentence; what is beyond `most` is counted, not listed."""
    names = list(words)
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more
