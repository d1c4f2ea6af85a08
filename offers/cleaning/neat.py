"""Text made neat: white space, control characters, mojibake, words that mean nothing, Unicode form; and its length.

What is neat already is recognised by one pattern over the whole column; only the rest is taken in hand, value by value.
An Excel error (`#REF!`) is not neat text but a lost value: it stays as it is, and a rule refuses it. Over-long prose is
shortened at the end of a sentence; the whole text is kept beside it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from offers.arrays import arrow, longer, matching, series, strings, unlike, without
from offers.cleaning.characters import BLANK, INVISIBLE, PART, unmojibaked, windows_1252
from offers.cleaning.markup import ENTITY, to_text, unescaped
from offers.cleaning.mending import Mend, RepairLog
from offers.cleaning.nothing import WHOLE, is_nothing, nothing_in, whole
from offers.columns import Kind
from offers.text import normalized

SIGNS = "!-%'-;=-~«»°ÀÁÆ-ÏÒ-ÿœŒ’‘“”…–—•"
"""All that neat prose is made of, but for `<` and `&` (markup), `€` and Â, Ã, Ä, Å, Ð, Ñ (how mojibake begins)."""

NEAT_LINE = f"^(?:[{SIGNS}]+(?: [{SIGNS}]+)*)?$"
NEAT_PROSE = f"^(?:[{SIGNS}]+(?:(?: |\\n\\n?)[{SIGNS}]+)*)?$"
NEAT_CODE = "^(?:[!-~À-ÁÆ-ÏÒ-ÿ]+(?: [!-~À-ÁÆ-ÏÒ-ÿ]+)*)?$"

HOLLOW_STARTS = ("null ", "NULL ", "undefined ", '="', "'")
HOLLOW = "^(?:(?:null|NULL|undefined) |=\"|')"
BLANK_LINES = re.compile("\n{3,}")
CLOSING = re.compile(r"'(?!\w)")
NOT_WHOLE = r"^\d+[.,]0*[1-9]"
"""What proves that a column holds fractions, so that its `1.0` is none of the whole numbers."""
EXCEL_TEXT = re.compile(r'\A="([^"]*)"\Z')
EMPTY_PREFIX = re.compile(r"\A(?:(?:null|NULL|undefined)\s+)+(?=\S)")
ROUNDS = 12

GRAVITY = (
    "mojibake", "windows_1252", "html_to_text", "entities", "placeholder", "null_prefix", "excel_text_formula",
    "excel_apostrophe", "control_characters", "unicode_form", "white_space",
)  # fmt: skip
"""Where several faults met in one value, the repair bears the gravest."""


def neat(
    values: pd.Series[str],
    ledger: RepairLog,
    kind: Kind,
    *,
    lines: bool = False,
    markup: bool = False,
    numbers: bool = False,
) -> pd.Series[str]:
    """The column without outer or doubled white space, control characters, mojibake and words for nothing.

    `lines` keeps paragraphs (at most one blank line), `markup` turns HTML and entities to plain text, `numbers`
    `1001.0` to `1001` where no value of the column is a fraction.
    """
    texts = arrow(values)
    pattern = NEAT[lines, markup].pattern
    if lines:
        todo = pc.or_(unlike(texts, pattern), _hollow(texts))
    else:
        coded = texts.dictionary_encode()
        odd = pc.or_(unlike(coded.dictionary, pattern), _hollow(coded.dictionary))
        numbers = numbers and not pc.any(matching(coded.dictionary, NOT_WHOLE)).as_py()
        odd = pc.or_(odd, matching(coded.dictionary, WHOLE)) if numbers else odd
        todo = pc.fill_null(odd.take(coded.indices), False)
    return ledger.mend(values, partial(tidied, kind=kind, lines=lines, markup=markup, numbers=numbers), todo)


def _hollow(texts: Any) -> Any:
    """True where a value may stand for nothing, or begins with a word or a sign that does."""
    return pc.or_(matching(texts, HOLLOW), pa.array(nothing_in(texts)))


def tidied(text: str, *, lines: bool, markup: bool, kind: Kind | None = None, numbers: bool = False) -> Mend:
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
    for _ in range(ROUNDS):
        before = text
        for why, step in STEPS[lines, markup]:
            after = step(text)
            if after != text:
                whys.add(why)
                text = after
        # Whether another round would change nothing is seen at once of most; the others find it out the long way.
        seen = text.replace("&", "+") if "&" in text and not ENTITY.search(text) else text
        if text == before or (NEAT[lines, markup].match(seen) and not text.startswith(HOLLOW_STARTS)):
            break
    if is_nothing(text, kind):
        return None, "placeholder"
    if numbers and (number := whole(text)) != text:
        return number, "number_form"
    return text, next((why for why in GRAVITY if why in whys), None)


def _paragraphs(text: str) -> str:
    rows = [" ".join(row.split()) for row in text.splitlines()]
    whole = "\n".join(rows).strip("\n")
    return BLANK_LINES.sub("\n\n", whole) if "\n\n\n" in whole else whole


def _without_apostrophe(text: str) -> str:
    """`'01234` -> `01234`: Excel's sign for text, which it shows nobody; « 'Forge' » and « 't Hof » stay."""
    if not text.startswith("'") or text[1:2].isspace() or text[2:3].isspace() or CLOSING.search(text, 1):
        return text
    return text[1:]


NEAT = {
    (lines, markup): re.compile(NEAT_PROSE if lines else NEAT_LINE if markup else NEAT_CODE)
    for lines in (True, False)
    for markup in (True, False)
}
STEPS: dict[tuple[bool, bool], tuple[tuple[str, Callable[[str], str]], ...]] = {
    (lines, markup): (
        ("mojibake", unmojibaked),
        ("windows_1252", windows_1252),
        *((("html_to_text", to_text), ("entities", unescaped)) if markup else ()),
        ("excel_text_formula", lambda text: EXCEL_TEXT.sub(r"\1", text)),
        ("excel_apostrophe", _without_apostrophe),
        ("control_characters", lambda text: BLANK.sub(" ", INVISIBLE.sub("", text))),
        ("unicode_form", partial(normalized, "NFC")),
        ("white_space", _paragraphs if lines else lambda text: " ".join(text.split())),
        *((("null_prefix", lambda text: EMPTY_PREFIX.sub("", text)),) if markup else ()),
    )
    for lines, markup in NEAT
}
"""By whether paragraphs stay and whether markup is read: the steps in their order, each with the repair that it is."""


SENTENCE_END = re.compile(
    r"(?:(?<![.!?…])(?<!\b[A-ZÀ-Ý])|(?<=\b[A-ZÀ-Ý][.!?…]))[.!?…]++[\"»”)]*+(?=\s|$)|(?<=\S)(?=\n)"
)
"""After an initial, a first dot ends nothing and a second one does."""
LEAST_SHARE = 0.5
"""A sentence that ends before this share of the limit would lose too much: the text is then cut between two words."""


def shortened(text: str, most: int) -> str:
    """At most `most` characters: up to the last whole sentence, else the last whole word and `…`; idempotent.

    A single word that is longer than the limit is cut inside: the limit is hard.
    """
    if len(text) <= most:
        return text
    ends = [found.end() for found in SENTENCE_END.finditer(text, 0, most + 1) if found.end() <= most]
    if ends and ends[-1] >= most * LEAST_SHARE:
        return text[: ends[-1]].rstrip()
    space = max(text.rfind(" ", 0, most), text.rfind("\n", 0, most))
    return text[: space if space > 0 else most - 1].rstrip(" \n,;:-–—(") + "…"


def shorten(values: pd.Series[str], most: int, ledger: RepairLog) -> tuple[pd.Series[str], pd.Series[str] | None]:
    """The column within its limit, and the whole texts of those that were shortened (None: none was)."""
    texts = arrow(values)
    long = longer(texts, most)
    rows = np.flatnonzero(np.asarray(long))
    if not len(rows):
        return values, None
    whole = texts.take(pa.array(rows))
    short = strings(shortened(text, most) for text in whole.to_pylist())
    ledger.note(str(values.name), values.index.to_numpy()[rows], whole, short, "shortened")
    full = series(without(texts, pc.invert(long)), values)
    return series(pc.replace_with_mask(texts, long, short), values), full
