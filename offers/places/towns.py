"""How partners write a town: `ST MALO`, `PARIS CEDEX 08`, `LYON 3EME`, `31 - TOULOUSE`, `Puteaux, Hauts-de-Seine`.

Two steps. `town_key` brings a whole column to a form in which spellings of one town agree. `read_town` takes one value
apart further (post office words, département, postal code), and is meant for the few values whose key found nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import pandas as pd
import pyarrow as pa

from offers.arrays import arrow, fold, pc, series
from offers.text import fold_word

ABBREVIATIONS = {
    "st": "saint",
    "ste": "sainte",
    "sts": "saints",
    "stes": "saintes",
    "lez": "les",
    "mt": "mont",
    "ss": "sous",
    "fd": "ferrand",
    "pce": "provence",
}
"""Words of folded text. `lès` and `lez` both mean *near*, and partners write either."""
SLASHES = ((r"(?i)\bs/s\b", "sous "), (r"(?i)\bs/", "sur "))
DIVIDED = {"paris": 20, "marseille": 16, "lyon": 9}
"""The towns of arrondissements, folded, and how many each has. The gazetteer holds each of these as a row."""
ARTICLES = ("l", "la", "le", "les")

_DISTRICT = re.compile(
    r"^(?P<town>paris|marseille|lyon) (?P<cedex>cedex )?(?P<number>\d{1,2}) ?(?:er|ere|e|eme|ieme|nd|nde|st)?"
    r"(?P<word> (?:arr|arrt|ardt|arrond|arrondissement))?(?P<office> cedex)?$"
)
_CEDEX = re.compile(
    r"(?:(?: messag)? ?\b(?:cedex|cdx)(?:(?: n)? ?\d{1,2})?(?: (?:bp|cs|tsa) ?\d{1,6})?|(?<=\bdefense) \d{1,2})$"
)
_POST_FIRST = re.compile(r"^(?:(?:bp|cs|tsa) ?\d{1,6} |(?:cedex|cdx)(?: ?\d{1,2})? )+")
_NUMERALS = re.findall("[ivx]+", "i ii iii iv v vi vii viii ix x xi xii xiii xiv xv xvi xvii xviii xix xx")
_ROMAN = re.compile(rf"(?<=^paris) ({'|'.join(sorted(_NUMERALS, key=len, reverse=True))})(?=(?:e|er|eme)?\b)")
_QUARTER = re.compile(r"(?<=\S)(?<!^paris) la defense$")
"""Of three communes, one of which may stand before it."""
_CODE_IN_TOWN = re.compile(r"^(?P<before>\d{5}) (?P<town>\D.*)$|^(?P<name>.*\D) (?P<after>\d{5})$")
_DEPARTMENT_FIRST = re.compile(r"^(?P<code>\d{2,3}|2[ab]) (?P<town>\D{2}.*)$")
_DEPARTMENT_LAST = re.compile(r"^(?P<town>.*\D) (?P<code>\d{2,3}|2[ab])$")
_BRACKETS = re.compile(r"^(?P<town>[^()]*[^()\s])\s*+\((?P<inside>[^()]*)\)?\s*$")


@dataclass(frozen=True)
class TownReading:
    """One way to read a town: its key, and what else the partner wrote with it. `why` names the repair it needs."""

    key: str
    why: str = "official_spelling"
    district: int | None = None
    cedex: bool = False
    department: str | None = None
    postal_code: str | None = None


def town_key(values: pd.Series[str]) -> pd.Series[str]:
    """The form in which spellings of one town agree: `ST-MALO` and `Saint-Malo` -> `saint malo`. Missing stays so."""
    found = arrow(values).dictionary_encode()
    text = found.dictionary
    if pc.any(pc.match_substring(text, "/")).as_py():
        for pattern, words in SLASHES:
            text = pc.replace_substring_regex(text, pattern, words)
    text = arrow(fold(pd.Series(pd.array(text, dtype="str"))))
    # Twice the spaces, so that literal replacement, which is ten times faster than a pattern, sees neighbours too.
    nothing, space = (pa.scalar(sign, pa.large_string()) for sign in ("", " "))
    text = pc.binary_join_element_wise(nothing, pc.replace_substring(text, " ", "  "), nothing, space)
    for short, whole in ABBREVIATIONS.items():
        text = pc.replace_substring(text, f" {short} ", f" {whole} ")
    text = pc.utf8_trim(pc.replace_substring(text, "  ", " "), " ")
    return series(text.take(found.indices), values)


def key_of(town: str) -> str:
    """The same for one town."""
    for pattern, words in SLASHES:
        town = re.sub(pattern, words, town, flags=re.ASCII)  # where a word ends is ASCII's to say, as in Arrow
    return " ".join(ABBREVIATIONS.get(word, word) for word in fold_word(town).split())


def read_town(town: str, departments: Mapping[str, str]) -> list[TownReading]:
    """The readings of one value, the most literal first; `departments` gives a folded name its code.

    `departments` also holds the codes themselves, as `31` -> `31`. No reading is judged here: that a reading names a
    commune of the postal code is for the caller to see.
    """
    literal = TownReading(key_of(town))
    found = [literal, *_districts(literal)]
    river = key_of(town.replace("/", " sur "))  # `CHALON/SAONE`, `CHALON S SAONE` -> `chalon sur saone`
    found += [TownReading(one) for one in (river, re.sub(r"\bs\b", "sur", river)) if one != literal.key]
    if literal.key.endswith(" france"):  # `ST ETIENNE FRANCE`
        found.append(TownReading(literal.key.removesuffix(" france")))
    trimmed = [*_without_department(town, literal.key, departments)]
    if match := _CODE_IN_TOWN.match(literal.key):
        code, name = match["before"] or match["after"], match["town"] or match["name"]
        trimmed.append(TownReading(name, "postal_code_in_town", postal_code=code))
    for reading in trimmed:
        found += [reading, *_districts(reading)]
    for reading in list(found):
        bare = _POST_FIRST.sub("", _CEDEX.sub("", reading.key)).strip()
        posts = [key for key in (bare, _QUARTER.sub("", bare)) if key not in ("", reading.key)]
        found += [replace(reading, key=key, why="cedex", cedex=True) for key in posts]
    for reading in list(found):  # `Pouzin (Le)` and `TEIL LE` -> `le pouzin`
        *words, last = reading.key.split() or [""]
        if words and last in ARTICLES:
            found.append(replace(reading, key=" ".join([last, *words])))
    return list(dict.fromkeys(found))


def squashed(key: str) -> set[str]:
    """A key without spaces, with and without its article: what `L ISLE ADAM`, `LISLE ADAM` and `ISLE-ADAM` share."""
    words = key.split()
    rest = words[1:] if len(words) > 1 and words[0] in ARTICLES else words
    return {"".join(words), "".join(rest)}


def _districts(reading: TownReading) -> Iterator[TownReading]:
    match = _DISTRICT.match(_ROMAN.sub(lambda found: f" {_NUMERALS.index(found[1]) + 1}", reading.key))
    if match and 1 <= int(match["number"]) <= DIVIDED[match["town"]]:
        cedex = bool(match["cedex"] or match["office"])
        yield replace(reading, key=match["town"], why="arrondissement", district=int(match["number"]), cedex=cedex)


def _without_department(town: str, key: str, departments: Mapping[str, str]) -> Iterator[TownReading]:
    """`31 - TOULOUSE`, `Toulouse (31)`, `Puteaux, Hauts-de-Seine`, `La Seyne-sur-Mer, Var (83)`, `ALES (GARD)`."""
    for match in filter(None, (_DEPARTMENT_FIRST.match(key), _DEPARTMENT_LAST.match(key))):
        if match["code"] in departments:
            reading = TownReading(match["town"], "department_in_town", department=departments[match["code"]])
            yield reading
            # `la seyne sur mer var`, once `(83)` is off: the name must be that of the code.
            words = reading.key.split()
            cuts = (cut for cut in range(1, len(words)) if departments.get(" ".join(words[cut:])) == reading.department)
            if cut := next(cuts, 0):
                yield replace(reading, key=" ".join(words[:cut]))
    words = key.split()
    for cut in range(1, len(words)):  # `FORT DE FRANCE MARTINIQUE`, `ST DENIS DE LA REUNION`
        name, before = " ".join(words[cut:]), " ".join(words[: cut - (words[cut - 1] == "de")])
        if before and name in departments and not name[0].isdigit():
            yield TownReading(before, "department_in_town", department=departments[name])
    head, comma, tail = town.rpartition(",")
    if comma and key_of(head) and key_of(tail) in departments:
        yield TownReading(key_of(head), "department_in_town", department=departments[key_of(tail)])
    brackets = _BRACKETS.match(town)
    if brackets and key_of(brackets["town"]):
        inside = key_of(brackets["inside"])
        yield TownReading(key_of(brackets["town"]), "brackets", department=departments.get(inside))
        yield from _districts(TownReading(f"{key_of(brackets['town'])} {inside}"))
