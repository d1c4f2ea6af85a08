"""Words: compared as a person compares them, the one that was probably meant, and how words from outside are quoted.

Whoever sends a drop chooses its headers, keys, names and cells. Quoted raw, a newline in one makes whole lines of a
digest, an escape sequence moves a terminal's cursor, and 60 kB of it hide everything else. All that people read is made
of types that pass through here: findings, matters, errors, log lines, artifacts, rows of a terminal. No frames: those
are offers.arrays'.
"""

from __future__ import annotations

import json
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


SHORT, LONG = 200, 4_000
"""Characters that are quoted of one word; and of a whole sentence, whose end, what to do next, is kept."""
_PICTURES = {code: chr(0x2400 + code) for code in range(0x20) if chr(code) not in "\t\n"} | {0x7F: "␡"}
# C1 holds a terminal's short escapes; of the rest, what turns the order of letters round, what has no width and hides
# in a word, and what is no character.
_UNSEEN = (
    "\u0080-\u009f\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff"
    "\U000e0000-\U000e007f"
)
_CONTROL = re.compile(f"[\x00-\x08\x0b-\x1f\x7f{_UNSEEN}]")
_CODES = re.compile(f"[{_UNSEEN}]")
_CODES_IN_UTF_8 = (
    re.compile(rb"\xc2[\x80-\x9f]"),
    re.compile(rb"\xd8\x9c"),
    re.compile(rb"\xe1\xa0\x8e"),
    re.compile(rb"\xe2\x80[\x8b-\x8f\xa8-\xae]"),
    re.compile(rb"\xe2\x81[\xa0-\xaf]"),
    re.compile(rb"\xef\xbb\xbf"),
    re.compile(rb"\xef\xbf[\xb9-\xbb]"),
    re.compile(rb"\xf3\xa0[\x80\x81]"),
)
"""The same; each search knows how what it looks for begins, which is four times as fast."""
_PARAMETER = re.compile(r"([?&;])([\w.-]{1,80}+)=[^\s&#;\"'<>«»]++")
_TELLING = re.compile(
    r"passw|pwd|secret|token|api_?key|signature|credential|(?:^|[_.-])(?:key|pass|sig|auth)$", re.IGNORECASE
)
_PORT = r"(?!(?:[\w-]{1,63}\.[\w.-]{1,200}|localhost|\[[0-9A-Fa-f:.]{2,45}\]):\d{1,5}+[^\w@])"
"""A host and its port, after which an address may hold an `@` and no password."""
_LOGIN = re.compile(rf"(://{_PORT}[^\s/:]{{0,200}}:)(?:[^\s\"'<>«»]{{1,500}}|\S{{1,500}}?)@")


def discreet(text: str) -> str:
    """Without what an address in it says after `?password=`, `&token=` and the like, or between `user:` and `@`."""
    if "=" in text:
        text = _PARAMETER.sub(lambda it: f"{it[1]}{it[2]}=[hidden]" if _TELLING.search(it[2]) else it[0], text)
    return _LOGIN.sub(r"\1[hidden]@", text) if "://" in text else text


def visible(text: str) -> str:
    """Control characters but tab and newline as the signs that stand for them (`␛`, `\\u202e`)."""
    if not _CONTROL.search(text):
        return text
    return escaped(text.translate(_PICTURES))


def escaped(text: str) -> str:
    """What ASCII has no control for, as JSON escapes it: whatever reads JSON gets it back."""
    return _CODES.sub(lambda found: json.dumps(found[0])[1:-1], text)


def wants_escapes(utf_8: bytes) -> bool:
    """Whether `escaped` would change this text."""
    return any(code.search(utf_8) for code in _CODES_IN_UTF_8)


def one_line(text: str, most: int = LONG) -> str:
    """On one line, its control characters visible; of more than `most` characters the middle is left out."""
    flat = visible(" ".join(text.split()))
    if len(flat) <= most:
        return flat
    tail = most // 4
    return f"{flat[: most - tail - 1]}…{flat[-tail:]}"


def quote(text: str, most: int = SHORT) -> str:
    """A word for a sentence: on one line, its control characters visible, at most `most` characters of it."""
    flat = visible(" ".join(text[: 8 * most].split()))
    return flat if len(flat) <= most and len(text) <= 8 * most else flat[: most - 1].rstrip() + "…"
