"""Text made neat: white space, control characters, mojibake, words that mean nothing, Unicode form.

What is neat already is recognised by one pattern over the whole column; only the rest is taken in hand, value by value.
An Excel error (`#REF!`) is not neat text but a lost value: it stays as it is, and a rule refuses it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from functools import partial
from typing import Any

import ftfy
import pandas as pd
import pyarrow.compute as pc

from offers.cleaners.markup import to_text, unescaped
from offers.cleaners.mending import Ledger, Mend, arrow, longer, strings, unlike
from offers.nearest import plain

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
HOLLOW = '^(?:(?:null|NULL|undefined) |=")'
MOJIBAKE = re.compile("[ÃÂâÅÄÐÑðïÎ][\x80-\xbf€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ¿]|Ã\\s|Ã$|�")
CONTROL = re.compile("[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
NEW_LINE = re.compile("\r\n|[\n\r\v\f\x85\u2028\u2029]")
EXCEL_TEXT = re.compile(r'="([^"]*)"')
EMPTY_PREFIX = re.compile(r"(?:null|NULL|undefined)\s+(?=\S)")
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
    pattern = NEAT_PROSE if lines else NEAT_LINE if markup else NEAT_CODE
    todo = pc.or_(unlike(texts, pattern), _hollow(texts))
    return ledger.mend(values, partial(tidied, lines=lines, markup=markup), todo)


def _hollow(texts: Any) -> Any:
    words = pc.utf8_lower(pc.if_else(longer(texts, LONGEST_NOTHING), None, texts))
    empty = pc.is_in(words, value_set=strings([*NOTHING, *ACCENTED]))
    return pc.or_(empty, pc.fill_null(pc.match_substring_regex(texts, HOLLOW), False))


def tidied(text: str, *, lines: bool, markup: bool) -> Mend:
    """One value made neat, and the gravest fault found; repeated until nothing changes."""
    whys: set[str] = set()
    for _ in range(ROUNDS):
        before = text
        for why, step in STEPS[lines, markup]:
            after = step(text)
            if after != text:
                whys.add(why)
                text = after
        if text == before:
            break
    if plain(text) in NOTHING:
        return None, "placeholder"
    return text, next((why for why in GRAVITY if why in whys), None)


def unmojibaked(text: str) -> str:
    """`SociÃ©tÃ©` -> `Société`, by ftfy, and only where the text shows the signs."""
    return ftfy.fix_encoding(text) if MOJIBAKE.search(text) else text


def _without_control(text: str) -> str:
    return CONTROL.sub("", text)


def _composed(text: str) -> str:
    return unicodedata.normalize("NFC", text)


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _paragraphs(text: str) -> str:
    rows = [" ".join(row.split()) for row in NEW_LINE.split(text)]
    return re.sub("\n{3,}", "\n\n", "\n".join(rows)).strip("\n")


def _out_of_formula(text: str) -> str:
    found = EXCEL_TEXT.fullmatch(text)
    return found.group(1) if found else text


def _without_null(text: str) -> str:
    return EMPTY_PREFIX.sub("", text, count=1) if EMPTY_PREFIX.match(text) else text


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


STEPS = {(lines, markup): _chain(lines, markup) for lines in (True, False) for markup in (True, False)}
