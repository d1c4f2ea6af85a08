"""Words compared as a person compares them, and the word that was probably meant, for messages."""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import get_close_matches
from typing import Literal
from unicodedata import normalize

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
