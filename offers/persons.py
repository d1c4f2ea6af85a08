"""What a person is known by, an address, a number or a name, and every way in which a text may spell it."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import unquote

import phonenumbers

from offers.cleaning.contacts import MASK
from offers.cleaning.numbers import read_phone
from offers.errors import Declined
from offers.matching.sketches import LINKING
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

    def masked(self, said: Any, *, normal: bool = False) -> Any:
        """A text, or what JSON holds (keys too), with the mark for each sign; `normal`: also in its normal form."""
        if isinstance(said, str):
            parts, at = [], 0
            for start, end in self._spans(_either(self.pattern, self.loose if normal else ""), said):
                parts += [said[at:start], self.mark]
                at = end
            return "".join([*parts, said[at:]])
        if isinstance(said, dict):
            return {self.masked(name, normal=normal): self.masked(one, normal=normal) for name, one in said.items()}
        return [self.masked(one, normal=normal) for one in said] if isinstance(said, (list, tuple)) else said

    def _spans(self, pattern: re.Pattern[str], text: str) -> Iterator[tuple[int, int]]:
        at = 0
        while found := pattern.search(text, at):
            if self.kind == "name" and _two_people(found):
                at = found.start() + 1
                continue
            yield found.span()
            at = found.end()

    def stands_in(self, text: str) -> bool:
        """Whether a text of a file names the person, also behind the escapes of HTML, XML, JSON and web addresses."""
        return any(next(self._spans(_either(self.pattern, self.near), view), None) for view in unescaped(text))


@cache
def _either(pattern: str, other: str) -> re.Pattern[str]:
    return re.compile(f"{pattern}|{other}" if other else pattern, re.IGNORECASE)


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
    said = " ".join(unicodedata.normalize("NFKC", who).split())
    if len(said) < SHORTEST:
        raise Declined(f"« {said} » is too short to be one person. Give an e-mail address, a number or a name.")
    if "@" in said:
        return _address(said)
    phone = read_phone(said)[0] or ""
    return _number(phone) if phone.startswith("+") else _name(said)


_LETTERS = r"A-Za-z0-9À-ÖØ-öø-ÿĀ-ɏḀ-ỿ"
_ESCAPED = r"(?<=%[0-9a-fA-F]{2})|(?<=\\[nrt])|(?<=&nbsp;)"
_UNSEEN = "\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff"
"""What is no sign at all."""
_THIN = "\u00a0\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
"""Spaces that are no `\\s` to every engine."""
_COMBINING = f"(?:[\u0300-\u036f{_UNSEEN}]|%[cC][cCdD]%[0-9a-fA-F]{{2}}){{0,2}}"
_CODED = (
    r"%(?:20|2[0-9a-fA-F]|3[aAbB]|5[fF])|%[cC]2%[aAbB][0-9a-fA-F]|%[eE]2%80%[0-9a-fA-F]{2}"
    r"|&(?:nbsp|shy|middot|bull|[nm]dash|thinsp|e[nm]sp|quot|apos|[lr]squo|[lr]aquo|#[0-9]{1,5}|#x[0-9a-fA-F]{1,4});"
    r"|\\[nrt]"
)
"""Signs between words as web addresses, HTML and JSON write them."""
_TAG = r"</?(?!(?:tr|si|row|table:table-row)\b)[A-Za-z][^<>]{0,200}>|<!\[CDATA\[|\]\]>"
"""A tag, but one that ends a row of a table, or a text that a workbook's cells share."""
_DASHES = "\u2010-\u2015\u2212\ufe58\ufe63\uff0d"
_DOTS = "·•‣․‧∙⋅●▪◦・･．。｡"
_QUOTES = "\"'’‘‛´`ʼʹ′‵＇“”„«»"
_SIGN = rf"[\s{_THIN}{_UNSEEN}{_DASHES}{_DOTS}{_QUOTES}.,;:_+/|*()\[\]{{}}，；：／｜-]|{_CODED}"
_LABEL = r"(?:(?:pr[ée]nom|nom(?: de famille)?|(?:first|last|given|family|sur)[ _-]?name|name)[\s*]{0,3}[:=]\s{0,3})?"
_GAP = rf"(?:{_SIGN}|{_TAG}){{1,24}}{_LABEL}"
"""Between the words of a name."""
_ANOTHER = rf"[\s{_THIN}-]{{1,3}}(?-i:[A-ZÀ-ÖØ-Þ])[{_LETTERS}.]{{0,30}}[\s{_THIN}-]{{1,3}}"
_TAGS = rf"(?:\s{{0,40}}(?:{_TAG})){{1,6}}\s{{0,40}}"
_KEY = r"\s{0,40},\s{0,40}\"[^\"\n]{1,60}\"\s{0,8}:\s{0,8}"
_ATTRIBUTE = r"\s{1,40}[\w.:-]{1,60}\s{0,4}=\s{0,4}[\"']"
_FIELDS = (
    rf"(?:{_GAP}|{_ANOTHER}|{_TAGS}[^<>\n]{{1,80}}{_TAGS}"
    rf"|\"(?:{_KEY}(?:\"[^\"\n]{{0,80}}\"|[\w.+-]{{1,20}}))?{_KEY}\""
    rf"|[\"'](?:{_ATTRIBUTE}[^\"'\n]{{0,80}}[\"'])?{_ATTRIBUTE}"
    r"|&(?:amp;)?[\w.%-]{1,40}=|\"?[;\t|]\"?[^;\t|\n\"]{0,40}\"?[;\t|]\"?)"
)
"""Between a first name and a last name in bytes: a second first name, or fields of their own, next to each other or
with one between, in XML, JSON, a web address, CSV; not over the end of a line, where another's may begin."""
_DROPPED = rf"[^a-z0-9]+(?:(?:{'|'.join(sorted({*LINKING, 'at', 'arobase', 'dot', 'point'}))})[^a-z0-9]+){{0,3}}"
"""Between words in the normal form of matching, which leaves some of them out."""
_AROUND = rf"[\s{_THIN}{_UNSEEN}()\[\]{{}}<>]{{0,3}}"
_ASIDE = rf"[\s{_THIN}{_UNSEEN}{_DASHES}()\[\]{{}}<>_*-]{{1,6}}"
_SPECIAL = {
    "@": rf"(?:{_AROUND}(?:[@＠﹫]|%40|&#0*64;|&#x0*40;|&commat;|\\u0040){_AROUND}"
    rf"|{_ASIDE}(?:at|arobas?e?){_ASIDE}|[(\[{{<]\s?a\s?[)\]}}>])",
    ".": rf"(?:{_AROUND}(?:[.．。․]|%2[eE]|&#0*46;|&period;){_AROUND}|{_ASIDE}(?:dot|point){_ASIDE})",
    "+": r"(?:[+＋]|%2[bB]|&#0*43;|&plus;)",
    "-": rf"[-{_DASHES}]",
    "'": rf"(?:[{_QUOTES}]|&#0*39;|&#x0*27;|&apos;|%27)",
}
_ENDINGS = r"(?:csv|tsv|txt|xlsx?|ods|xml|jsonl?|zip|gz|html|retour)(?![A-Za-z0-9])"
"""What follows an address in a file's name, and makes no other address of it."""
_JOINED = {
    "oe": r"œ|&oelig;|%[cC]5%9[23]",
    "ae": r"æ|&aelig;|%[cC]3%(?:86|[aA]6)",
    "ss": r"ß|&szlig;|%[cC]3%9[fF]",
}
"""Two letters that may be written as one."""
_BARRED = {"ø": "o", "ł": "l", "đ": "d", "ı": "i"}
"""Letters that Unicode does not take apart."""
_SHAPES: dict[str, str] = {}
"""The other shapes of a letter or digit: with accents, full width, bold, circled, raised."""
for _code in (
    *range(0xB2, 0xBA), *range(0xC0, 0x250), *range(0x1E00, 0x1F00), *range(0x2070, 0x20A0), *range(0x2460, 0x2469),
    *range(0x24B6, 0x24EA), *range(0xFF10, 0xFF5B), *range(0x1D400, 0x1D800),
):  # fmt: skip
    _form = unicodedata.normalize("NFKD", chr(_code)).lower()
    _base, _marks = _form[:1], _form[1:]
    if _base.isascii() and _base.isalnum() and all(map(unicodedata.combining, _marks)):
        _SHAPES[_base] = _SHAPES.get(_base, "") + chr(_code)
for _letter, _base in _BARRED.items():
    _SHAPES[_base] += "".join(dict.fromkeys((_letter, _letter.upper()))) if _letter != "ı" else "ı"
_ENTITY = r"|&{base}(?:acute|grave|circ|uml|cedil|tilde);|&#x?[0-9a-fA-F]{{2,3}};|%[cC]3%[0-9a-fA-F]{{2}}"
_DIGITS = "0-9" + "".join(_SHAPES[str(digit)] for digit in range(10))
_BETWEEN = rf"(?:[^{_LETTERS}{_DIGITS}%&<\\]|{_CODED}|<[^<>]{{0,200}}>|[%&\\])"
"""What may stand between two digits of a number: no letter and no digit, however many blanks."""


def _two_people(found: re.Match[str]) -> bool:
    """Whether what looks like a name is the end of one person's and the beginning of the next one's in a list:
    « Paul Martin, Pierre Durand »; or the last cell of a row and the first of the next."""
    said, text = found.group(), found.string
    before, after = text[max(0, found.start() - 2) : found.start()], text[found.end() : found.end() + 2]
    if before[-1:] in _FIELD_ENDS and after[:1] in _FIELD_ENDS and _ROW_ENDS.search(said):
        return True
    between = len(before) == len(after) == 2 and before[0].isalpha() and before[1].isspace() and after[0].isspace()
    return between and after[1].isupper() and _LISTED.search(said) is not None


_FIELD_ENDS = (*';,|"', "\t")
_ROW_ENDS = re.compile(rf"[{_LETTERS}]\"?[\r\n]{{1,4}}\"?[{_LETTERS}]")
_LISTED = re.compile(rf"[,;:/|()<>\t\n*{_DOTS}，；：]|\s[-{_DASHES}]\s")


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
    base = unicodedata.normalize("NFKD", char)[0].lower()
    base = _BARRED.get(base, base)
    if base not in _SHAPES:
        return _SPECIAL.get(base, re.escape(char))
    letters = f"[{base}{base.upper() if base.isalpha() else ''}{_SHAPES[base]}]{_COMBINING}"
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
    least = min(len(atoms) - 1, max(5, said.index("@")))
    whole, cut, core = "".join(atoms), _cut_off(atoms, least), _in_normal_form([said])
    likely = "".join(atoms[:least])
    near = f"{left}{whole}{right}"
    return Sign("email", f"{left}(?:{whole}{right}|{cut})", _whole(core), near, likely, core, MASK["email"])


def _number(phone: str) -> Sign:
    parsed = phonenumbers.parse(phone)
    country, own = str(parsed.country_code), phone.removeprefix(f"+{parsed.country_code}")
    gap, any_gap = f"{_BETWEEN}{{0,12}}", f"{_BETWEEN.replace('{0,200}', '*')}*"
    digits = [f"[{digit}{_SHAPES[digit]}]" for digit in own]
    zero, of_country = f"[0{_SHAPES['0']}]{gap}", "".join(f"[{digit}{_SHAPES[digit]}]{gap}" for digit in country)
    trunk = rf"(?:(?:(?:[+＋]|%2[bB]){gap}|{zero}{zero})?{of_country}(?:{zero})?|{zero})"
    bare = r"|(?<!\d\.)" if len(digits) > 7 else ""  # 3.140506070 is a number of another kind
    left = rf"(?:(?<!\d)|(?<=%[0-9a-fA-F]{{2}}))(?:{trunk}{bare})"
    atoms = [digits[0], *(gap + digit for digit in digits[1:])]
    whole, cut = "".join(atoms), _cut_off(atoms, 7)
    near, likely = rf"{left}{whole}(?!\d)", any_gap.join(digits[:7])
    return Sign("phone", rf"{left}(?:{whole}(?!\d)|{cut})", near, near, likely, likely, MASK["phone"])


_PARTICLES = frozenset(
    re.findall("[a-z]+", "d da de del della den der des di do dos du el l la le les mac mc o saint san st ste van von")
)
_INNER = re.compile(r"(?<=[a-zà-ÿ])(?=[A-ZÀ-Þ])|(?<=^[DLO])(?=[A-ZÀ-Þ][a-zà-ÿ])")
"""Where a name is written as one that others write apart: OBrien, McDonald."""
_ELIDED = rf"(?:[{_QUOTES}]|&#0*39;|&#x0*27;|&apos;|&[lr]squo;|%27)?"


def _word(word: str) -> list[str]:
    atoms = _atoms(word)
    if len(word) > 3 and word[0].lower() in "dlo":
        atoms[0] += _ELIDED
    return atoms


def _name(said: str) -> Sign:
    # The words of a name; those together between which there may be nothing: O'Brien, Jean-Pierre, Le Goff.
    groups, open_ended = list[list[str]](), False
    for token in re.split(r"[\s.,;:]+", _INNER.sub("'", said)):
        if words := [word for word in re.split(rf"[\-{_DASHES}{_QUOTES}]+", token) if word]:
            groups[-1:] = [[*groups[-1], *words]] if open_ended else [*groups[-1:], words]
            open_ended = words[-1].lower() in _PARTICLES
    if not groups:
        raise Declined(f"« {said} » is no name. Give an e-mail address, a number or a name.")
    orders = [groups[n:] + groups[:n] for n in range(len(groups))]
    left, right = rf"(?:(?<![{_LETTERS}])|{_ESCAPED})", rf"(?![{_LETTERS}])"
    inner = f"(?:{_GAP})?"

    def together(group: list[str]) -> str:
        return inner.join("".join(_word(word)) for word in group)

    def spelled(gap: str) -> str:
        return "(?:" + "|".join(gap.join(map(together, order)) for order in orders) + ")"

    words = [word for group in groups for word in group]
    pattern, likely = f"{left}{spelled(_GAP)}{right}", "".join(_word(max(words, key=len)))
    if len(words) > 1:
        atoms, tight = _word(words[0]), len(groups[0])
        for number, word in enumerate(words[1:], 1):
            atoms += [inner if number < tight else _GAP, *_word(word)]
        pattern = f"{pattern}|{left}{_cut_off(atoms, len(_word(words[0])) + 2)}"
        likely = f"{likely}|{''.join(_word(words[0]))}[^{CUT}]*{CUT}"
    near = f"{left}{spelled(_FIELDS)}{right}"
    loose = "|".join(_in_normal_form([" ".join(group) for group in order]) for order in orders)
    return Sign("name", pattern, _whole(loose), near, likely, loose, "[nom masqué]")


def _in_normal_form(groups: Sequence[str]) -> str:
    """Words that matching leaves out may be missing; those of one group may be one word."""
    words = [[word for word in re.split(r"[^a-z0-9]+", fold_word(group)) if word] for group in groups]
    bare = sum(word not in LINKING for group in words for word in group) < 2
    told = []
    for group in words:
        said, before = list[str](), ""
        for word in group:
            if word in LINKING and not bare:
                before += f"(?:{word}[^a-z0-9]*)?"
            else:
                said.append(before + word)
                before = ""
        told.append(f"(?:{_DROPPED})?".join(said))
    return _DROPPED.join(filter(None, told))


def _whole(core: str) -> str:
    return rf"(?<![a-z0-9])(?:{core})(?![a-z0-9])"
