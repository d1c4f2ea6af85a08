"""Text made neat: white space, control characters, mojibake, words that mean nothing, Unicode form.

What is neat already is recognised by one pattern over the whole column; only the rest is taken in hand, value by value.
An Excel error (`#REF!`) is not neat text but a lost value: it stays as it is, and a rule refuses it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from typing import Any

import ftfy
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from offers.cleaners.markup import ENTITY, to_text, unescaped
from offers.cleaners.mending import Ledger, Mend, arrow, longer, strings, unlike
from offers.mapping import PART
from offers.nearest import normalized, plain

SIGNS = "!-%'-;=-~«»°ÀÁÆ-ÏÒ-ÿœŒ’‘“”…–—•"
"""All that neat prose is made of, but for `<` and `&` (markup), `€` and Â, Ã, Ä, Å, Ð, Ñ (how mojibake begins)."""

NEAT_LINE = f"^(?:[{SIGNS}]+(?: [{SIGNS}]+)*)?$"
NEAT_PROSE = f"^(?:[{SIGNS}]+(?:(?: |\\n\\n?)[{SIGNS}]+)*)?$"
NEAT_CODE = "^(?:[!-~À-ÁÆ-ÏÒ-ÿ]+(?: [!-~À-ÁÆ-ÏÒ-ÿ]+)*)?$"

NOTHING = frozenset({
    "null", "none", "nan", "nil", "undefined", "n/a", "na", "n.a.", "n.a", "nc", "n.c.", "n.c", "n/c", "nd", "n/d",
    "n.d.", "-", "--", "---", "–", "—", ".", "..", "...", "…", "_", "/", "//", "?", "??", "???", "neant", "vide",
    "(vide)", "inconnu", "inconnue", "nr", "n.r.", "tbd", "non renseigne", "non renseignee", "non communique",
    "non communiquee", "non precise", "non precisee", "sans objet", "",
})  # fmt: skip
"""Words that stand for a missing value, without case and accents; `0` and `x` mean something in some columns."""

ACCENTED = (
    "néant", "non renseigné", "non renseignée", "non communiqué", "non communiquée", "non précisé", "non précisée",
)  # fmt: skip

LONGEST_NOTHING = max(map(len, NOTHING)) + 2
HOLLOW_STARTS = ("null ", "NULL ", "undefined ", '="')
HOLLOW = '^(?:(?:null|NULL|undefined) |=")'
MOJIBAKE = re.compile("[ÃÂâÅÄÐÑðïÎ][\x80-\xbf€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ¿]|Ã\\s|Ã$|�")
CONTROL = re.compile("[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
BLANK_LINES = re.compile("\n{3,}")
EXCEL_TEXT = re.compile(r'="([^"]*)"')
EMPTY_PREFIX = re.compile(r"(?:(?:null|NULL|undefined)\s+)+(?=\S)")
ROUNDS = 12

GRAVITY = (
    "mojibake", "html_to_text", "entities", "placeholder", "null_prefix", "excel_text_formula",
    "control_characters", "unicode_form", "white_space",
)  # fmt: skip
"""Where several faults met in one value, the repair bears the gravest."""


def neat(values: pd.Series[str], ledger: Ledger, *, lines: bool = False, markup: bool = False) -> pd.Series[str]:
    """The column without outer or doubled white space, control characters, mojibake and empty words.

    `lines` keeps paragraphs (at most one blank line), `markup` turns HTML and entities to plain text.
    """
    texts = arrow(values)
    pattern = SETTLED[lines, markup].pattern
    if lines:
        todo = pc.or_(unlike(texts, pattern), _hollow(texts))
    else:
        coded = texts.dictionary_encode()
        odd = pc.or_(unlike(coded.dictionary, pattern), _hollow(coded.dictionary))
        todo = pc.fill_null(odd.take(coded.indices), False)
    return ledger.mend(values, partial(tidied, lines=lines, markup=markup), todo)


def _hollow(texts: Any) -> Any:
    """True where a value stands for nothing, or begins with a word that does."""
    hollow = np.asarray(pc.fill_null(pc.match_substring_regex(texts, HOLLOW), False)).copy()
    short = np.flatnonzero(~np.asarray(longer(texts, LONGEST_NOTHING)))
    words = pc.utf8_lower(texts.take(pa.array(short)))
    hollow[short] |= np.asarray(pc.is_in(words, value_set=strings([*NOTHING, *ACCENTED])))
    return pa.array(hollow)


def tidied(text: str, *, lines: bool, markup: bool) -> Mend:
    """One value made neat, and the gravest fault found; repeated until nothing changes.

    Of several parts that a feed joins, each becomes a text of its own, for the markup of one is none of the other's.
    """
    whys: set[str] = set()
    if PART in text:
        parts = text.split(PART)
        made = [tidied(part, lines=lines, markup=markup) for part in parts[::2]]
        whys = {why for _, why in made if why is not None}
        between = [*parts[1::2], ""]
        text = "".join((part or "") + joiner for (part, _), joiner in zip(made, between, strict=True))
        markup = False
    settled = partial(_settled, SETTLED[lines, markup])
    for _ in range(ROUNDS):
        before = text
        for why, step in STEPS[lines, markup]:
            after = step(text)
            if after != text:
                whys.add(why)
                text = after
        if text == before or settled(text):
            break
    if len(text) <= LONGEST_NOTHING and plain(text) in NOTHING:
        return None, "placeholder"
    return text, next((why for why in GRAVITY if why in whys), None)


def unmojibaked(text: str) -> str:
    """`SociÃ©tÃ©` -> `Société`, by ftfy, and only where the text shows the signs."""
    return ftfy.fix_encoding(text) if MOJIBAKE.search(text) else text


def _without_control(text: str) -> str:
    return CONTROL.sub("", text)


def _composed(text: str) -> str:
    return normalized("NFC", text)


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _paragraphs(text: str) -> str:
    rows = [" ".join(row.split()) for row in text.splitlines()]
    whole = "\n".join(rows).strip("\n")
    return BLANK_LINES.sub("\n\n", whole) if "\n\n\n" in whole else whole


def _out_of_formula(text: str) -> str:
    found = EXCEL_TEXT.fullmatch(text)
    return found.group(1) if found else text


def _without_null(text: str) -> str:
    return EMPTY_PREFIX.sub("", text, count=1) if EMPTY_PREFIX.match(text) else text


def _settled(neat: re.Pattern[str], text: str) -> bool:
    """Whether another round would change nothing, seen at once; `tidied` finds out the long way otherwise."""
    if "&" in text and not ENTITY.search(text):
        text = text.replace("&", "+")
    return neat.match(text) is not None and not text.startswith(HOLLOW_STARTS)


def _chain(lines: bool, markup: bool) -> tuple[tuple[str, Callable[[str], str]], ...]:
    plain_text = (("html_to_text", to_text), ("entities", unescaped)) if markup else ()
    return (
        ("mojibake", unmojibaked),
        *plain_text,
        ("excel_text_formula", _out_of_formula),
        ("control_characters", _without_control),
        ("unicode_form", _composed),
        ("white_space", _paragraphs if lines else _one_line),
        *((("null_prefix", _without_null),) if markup else ()),
    )


SETTLED = {
    (lines, markup): re.compile(NEAT_PROSE if lines else NEAT_LINE if markup else NEAT_CODE)
    for lines in (True, False)
    for markup in (True, False)
}
STEPS = {(lines, markup): _chain(lines, markup) for lines in (True, False) for markup in (True, False)}
