"""What a person is known by, an address, a number or a name, and every way in which a text may spell it."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import unquote

from offers.cleaners.contacts import MASK
from offers.cleaners.identifiers import read_phone
from offers.errors import Declined
from offers.matching.normal import LINKING
from offers.text import fold_word

SHORTEST = 4
CUT = "…"
"""What ends a text that we shortened: the sign may be cut with it."""


@dataclass(frozen=True)
class Sign:
    """What one person is known by. `mark` is put in its place.

    The patterns are read without regard to case. `pattern` finds the sign in a text;
    `loose` in the normal form of matching, which has no punctuation; `near` in bytes, where first and last name may be
    fields of their own. `likely` and `likely_loose` are supersets without lookaround, for one fast pass of RE2 or of
    PostgreSQL, which takes minutes for what looks around.
    """

    kind: str
    pattern: str
    loose: str
    near: str
    likely: str
    likely_loose: str
    mark: str

    @cached_property
    def _texts(self) -> re.Pattern[str]:
        return re.compile(self.pattern, re.IGNORECASE)

    @cached_property
    def _bytes(self) -> re.Pattern[str]:
        return re.compile(f"{self.pattern}|{self.near}", re.IGNORECASE)

    @cached_property
    def _normal(self) -> re.Pattern[str]:
        return re.compile(f"{self.pattern}|{self.loose}", re.IGNORECASE)

    def masked(self, said: Any, *, normal: bool = False) -> Any:
        """A text, or what JSON holds (keys too), with the mark for each sign; `normal`: also in its normal form."""
        if isinstance(said, str):
            return (self._normal if normal else self._texts).sub(self.mark, said)
        if isinstance(said, dict):
            return {self.masked(name, normal=normal): self.masked(one, normal=normal) for name, one in said.items()}
        return [self.masked(one, normal=normal) for one in said] if isinstance(said, (list, tuple)) else said

    def stands_in(self, text: str) -> bool:
        """Whether a text of a file names the person, also behind the escapes of HTML, XML, JSON and web addresses."""
        return any(self._bytes.search(view) for view in unescaped(text))


_ESCAPE = re.compile(r"\\u([0-9a-fA-F]{4})")


def unescaped(text: str) -> Iterator[str]:
    """The text, and, where it bears escapes, what it means without them."""
    yield text
    if "&" in text:
        yield html.unescape(text)
    if "\\u" in text:
        yield _ESCAPE.sub(lambda found: chr(int(found[1], 16)), text).encode("utf-8", "replace").decode()
    if "%" in text:
        yield unquote(text)


def sign_of(who: str) -> Sign:
    """An e-mail address, a phone number in any form, or a whole name. Raises Declined for what is too short."""
    said = " ".join(unicodedata.normalize("NFC", who).split())
    if len(said) < SHORTEST:
        raise Declined(f"« {said} » is too short to be one person. Give an e-mail address, a number or a name.")
    if "@" in said:
        return _address(said)
    phone = read_phone(said)[0] or ""
    return _number(phone) if phone.startswith("+") else _name(said)


_LETTERS = r"A-Za-z0-9À-ÖØ-öø-ÿ"
_ESCAPED = r"(?<=%[0-9a-fA-F]{2})|(?<=\\[nrt])|(?<=&nbsp;)"
_COMBINING = "(?:[\u0300-\u036f]|%[cC][cCdD]%[0-9a-fA-F]{2})?"
_CODED = r"%(?:20|2[79a-fA-F]|28|3[aAbB]|5[fF])|%[cC]2%[aA]0|&nbsp;"
"""Signs between words as web addresses and HTML write them."""
_THIN = "\u00a0\u00ad\u2000-\u200b\u202f\u2060\ufeff"
"""Spaces that are no `\\s` to every engine, and what is no sign at all."""
_DASHES = "\u2010-\u2015\u2212"
_GAP = f"(?:[\\s{_THIN}{_DASHES}.,;:_+/|*\"'’´`ʼ«»()-]|{_CODED}|&#39;|&#x27;|\\\\[nrt]){{1,6}}"
_BETWEEN = f"(?:[\\s{_THIN}{_DASHES}·._/|()-]|{_CODED}){{0,3}}"
_WORDS = f"(?:{_GAP}|(?:[^{_LETTERS}]{{1,40}}[{_LETTERS}]{{1,40}}){{0,3}}[^{_LETTERS}]{{1,40}})"
"""Between a first name and a last name in bytes: other fields' names, or a second first name."""
_DROPPED = rf"[^a-z0-9]+(?:(?:{'|'.join(sorted(LINKING))})[^a-z0-9]+){{0,3}}"
"""Between words in the normal form of matching, which leaves some of them out."""
_SPECIAL = {
    "@": r"(?:@|%40|&#0*64;|&#x0*40;|&commat;|\\u0040)",
    ".": r"(?:\.|%2[eE])",
    "+": r"(?:\+|%2[bB])",
    "'": r"(?:['’]|&#39;|&#x27;|%27)",
}
_ENDINGS = r"(?:csv|tsv|txt|xlsx?|ods|xml|jsonl?|zip|gz|html|retour)(?![A-Za-z0-9])"
"""What follows an address in a file's name, and makes no other address of it."""
_JOINED = {
    "oe": r"œ|&oelig;|%[cC]5%9[23]",
    "ae": r"æ|&aelig;|%[cC]3%(?:86|[aA]6)",
    "ss": r"ß|&szlig;|%[cC]3%9[fF]",
}
"""Two letters that may be written as one."""
_BARRED = {"ø": "o", "ł": "l", "đ": "d"}
"""Letters that Unicode does not take apart."""
_ACCENTED: dict[str, str] = {}
for _code in range(0xC0, 0x180):
    _base = unicodedata.normalize("NFD", chr(_code))[0].lower()
    _ACCENTED[_base] = _ACCENTED.get(_base, "") + chr(_code)
for _letter, _base in _BARRED.items():
    _ACCENTED[_base] += _letter + _letter.upper()
_ENTITY = r"|&{base}(?:acute|grave|circ|uml|cedil|tilde);|&#x?[0-9a-fA-F]{{2,3}};|%[cC]3%[0-9a-fA-F]{{2}}"


def _atoms(text: str) -> list[str]:
    """A pattern for each character: letters with and without accents, special ones as web addresses write them too;
    two letters that may be written as one are one."""
    for one, two in (("œ", "oe"), ("Œ", "oe"), ("æ", "ae"), ("Æ", "ae"), ("ß", "ss"), ("ẞ", "ss")):
        text = text.replace(one, two)
    parts = re.split(f"({'|'.join(_JOINED)})", text, flags=re.IGNORECASE)
    return [
        atom
        for part in parts
        for atom in (
            [f"(?:{_atom(part[0])}{_atom(part[1])}|{_JOINED[part.lower()]})"]
            if part.lower() in _JOINED
            else map(_atom, part)
        )
    ]


def _atom(char: str) -> str:
    base = unicodedata.normalize("NFD", char)[0].lower()
    base = _BARRED.get(base, base)
    if base not in _ACCENTED or not base.isascii():
        return _SPECIAL.get(char, re.escape(char))
    letters = f"[{base}{base.upper()}{_ACCENTED[base]}]{_COMBINING}"
    return f"(?:{letters}{_ENTITY.format(base=base) if base in 'aceinouy' else ''})"


def _cut_off(atoms: Sequence[str], least: int) -> str:
    """The beginning, of `least` characters or more, where our own shortening cut the rest off."""
    rest = ""
    for atom in reversed(atoms[least:-1]):
        rest = f"(?:{atom}{rest})?"
    return f"{''.join(atoms[:least])}{rest}{CUT}"


def _address(said: str) -> Sign:
    atoms = _atoms(said)
    left = (
        rf"(?:(?<![{_LETTERS}])(?<![{_LETTERS}][._+-])|{_ESCAPED})"  # a dot or a dash may stand before it, as in a list
    )
    right = rf"(?![A-Za-z0-9])(?!\.(?!{_ENDINGS})[A-Za-z0-9])"
    whole, cut = "".join(atoms), _cut_off(atoms, min(len(atoms) - 1, max(5, said.index("@"))))
    either, near = f"{left}(?:{whole}{right}|{cut})", f"{left}{whole}{right}"
    core = _in_normal_form(said)
    return Sign("email", either, _whole(core), near, f"{whole}|{cut}", core, MASK["email"])


def _number(phone: str) -> Sign:
    french = phone.startswith("+33")
    digits = list(phone[3:] if french else phone[1:])
    before = (
        rf"(?:(?:\+|%2[bB]|00)?33{_BETWEEN}(?:(?:\(|%28)0(?:\)|%29){_BETWEEN})?0?|0)?{_BETWEEN}"
        if french
        else r"(?:\+|00)?"
    )
    atoms = [digits[0], *(_BETWEEN + digit for digit in digits[1:])]
    left = r"(?:(?<!\d)(?<!\d\.)|(?<=%[0-9a-fA-F]{2}))" + before
    whole, cut = "".join(atoms), _cut_off(atoms, 7)
    near = rf"{left}{whole}(?!\d)"
    return Sign("phone", rf"{left}(?:{whole}(?!\d)|{cut})", near, near, f"{whole}|{cut}", whole, MASK["phone"])


def _name(said: str) -> Sign:
    words = [word for word in re.split(r"[\s\-'’.,]+", said) if word]
    orders = [words[n:] + words[:n] for n in range(len(words))]
    left, right = rf"(?:(?<![{_LETTERS}])|{_ESCAPED})", rf"(?![{_LETTERS}])"

    def spelled(gap: str) -> str:
        return "(?:" + "|".join(gap.join("".join(_atoms(word)) for word in order) for order in orders) + ")"

    pattern, likely = f"{left}{spelled(_GAP)}{right}", "".join(_atoms(max(words, key=len)))
    if len(words) > 1:
        atoms = [*_atoms(words[0]), *(part for word in words[1:] for part in (_GAP, *_atoms(word)))]
        cut = _cut_off(atoms, len(words[0]) + 2)
        pattern, likely = f"{pattern}|{left}{cut}", f"{likely}|{cut}"
    near = f"{left}{spelled(_WORDS)}{right}"
    loose = "|".join(_in_normal_form(" ".join(order)) for order in orders)
    return Sign("name", pattern, _whole(loose), near, likely, loose, "[nom masqué]")


def _in_normal_form(said: str) -> str:
    words = [word for word in re.split(r"[^a-z0-9]+", fold_word(said)) if word]
    told = [word for word in words if word not in LINKING]
    return _DROPPED.join(told if len(told) > 1 else words)


def _whole(core: str) -> str:
    return rf"(?<![a-z0-9])(?:{core})(?![a-z0-9])"
