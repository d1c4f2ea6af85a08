"""Characters that came wrong, and letters that were lost on the way.

Nobody sees them, they are Windows-1252 in the place of controls, or UTF-8 read twice: values and headers lose the same
ones (`offers.cleaning.neat`, `as_seen`). Lost is what `�` stands for, or a `?` where an accent or a picture was. A
question mark is that of a question where it ends words, and a part of an address: what counts is one within a word,
one that begins a word, one that stands for « à », and a run of them that ends no question.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from contextlib import suppress
from typing import Final

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from offers.arrays import arrow, matching
from offers.findings import finding_of
from offers.model import Finding, Severity
from offers.sheets import listed

REPEAT = "\x1f"
"""The unit separator: the reader puts it between the texts of an element that a record holds several times."""
UNCLEAR = "\x1e"
"""The same, between the values of places that cannot be told apart: no `repeat` chooses among these."""
PART = "\x1c\x1d"
"""Around what a feed puts between texts, one of which may hold markup: cleaning makes each a text of its own."""
WINDOWS_1252: Final = {code: bytes([code]).decode("cp1252", "ignore") or chr(code) for code in range(0x80, 0xA0)}
"""What the WHATWG reads for U+0080 to U+009F: ISO 8859-1 has no letters there, and those who say it mean Windows."""
C1 = re.compile("[\x80-\x9f]")
INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x9f\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]"
    "|[\u200c\u200d](?=[\x00-\u024f]|\\Z)|(?<=[\x00-\u024f])[\u200c\u200d]"
)
"""Marks, directions and joiners; a joiner between signs of other scripts, or of one emoji, says something there."""
BLANK = re.compile("[\u2800\u3164\uffa0]")
"""Signs that are drawn as nothing."""
MOJIBAKE = re.compile(
    "[ÃÂâÅÄÐÑðïÎ][\x80-\xbf€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ¿]|Ã\\s|Ã$|\ufffd"
    "|√[\xa0-\xff†™ÄÅ∂∆π]|‚Ä|≈[ìí]|[├┬┼][\u2300-\u25ff\x80-ÿƒ]|[ÔΓ]Ç"
)
DOS = re.compile("[├┬┼]|[ÔΓ]Ç")
WITH_EURO = re.compile("(?<=[a-zà-ÿ])Ã[šŽ]")
PLAIN = re.compile(r"[ -~]*")


def windows_1252(text: str) -> str:
    """`L\\x92atelier` -> `L’atelier`; the five places that are empty in Windows-1252 stay, as controls."""
    return text.translate(WINDOWS_1252) if C1.search(text) else text


def unmojibaked(text: str) -> str:
    """`SociÃ©tÃ©`, `Soci├®t├®` -> `Société`, and only where the text shows the signs."""
    if not MOJIBAKE.search(text):
        return text
    import ftfy  # here, for the readers of clean files do without

    # Code pages that ftfy does not know: those of an old console, or the one with the euro.
    for page in ("cp850", "cp437") if DOS.search(text) else ("iso-8859-15",) if WITH_EURO.search(text) else ():
        with suppress(UnicodeError):
            return ftfy.fix_encoding(text.encode(page).decode("utf-8"))
    return ftfy.fix_encoding(text)


def as_seen(header: str) -> str:
    """A header without what nobody sees, its letters as meant: two that look the same are the same."""
    if PLAIN.fullmatch(header):
        return header.strip() if header.isspace() else header
    seen = INVISIBLE.sub("", windows_1252(unmojibaked(header)))
    return unicodedata.normalize("NFC", " ".join(BLANK.sub(" ", seen).split()))


_BEGINS, _ENDS = r"(?:^|[\s'’\"«(\[|;])", r"(?:$|[\s'’\"»).,;:!|\]])"
_A_WORD = r"(?:la|le|les|l|un|une|partir|faire|votre|notre|nos|son|sa|pied|temps|\d)"
WITHIN = "|".join(
    (
        rf"{_BEGINS}[\p{{L}}?-]*\?\p{{Ll}}[\p{{L}}?-]*{_ENDS}",  # Lyc?e, d?partement, ?tudes, l'?quipe
        rf"{_BEGINS}[\p{{Lu}}?-]*(?:\?\p{{Lu}}{{2}}|\p{{Lu}}{{2}}\?\p{{Lu}})[\p{{Lu}}?-]*{_ENDS}",  # LYC?E, ?COLE
        r"\p{Ll}it\?(?:,|[ ]\p{Ll})",  # activit? de plein air
        rf"[\p{{L}}\d] \? {_A_WORD}\b",  # Accueil ? la réception
        r"\?{4,}",
        r"(?:^|[.!…:)\n])[ ]?\?{2,3}(?:[\s\p{L}]|$)",  # ?? Rejoins-nous
    )
)
"""In RE2, which Arrow runs, in linear time."""
ALWAYS = r"[\x{fffd}¿]|\x1a\p{L}"
"""Signs that are put for what is lost and for nothing else: by Unicode, by Oracle, by mainframes."""
_SIGNS = tuple(sign.encode() for sign in "?\ufffd¿\x1a")
_PIECE = 1 << 22
_NAMED = 5


def lost_in(frame: pd.DataFrame, sheets: Sequence[str] = ()) -> tuple[Finding, ...]:
    """A finding where texts of the frame hold such signs, with their lines."""
    marked = np.zeros(len(frame), bool)
    for at in range(frame.shape[1]):
        values = arrow(frame.iloc[:, at])
        data = memoryview(values.buffers()[2] or b"")
        pieces = (bytes(data[at : at + _PIECE + 2]) for at in range(0, len(data), _PIECE))  # a sign of two is in both
        if not any(sign in piece for piece in pieces for sign in _SIGNS):
            continue  # a column without any of the signs is not looked at, nor one without question
        marked |= np.asarray(matching(values, ALWAYS))
        asking = np.flatnonzero(np.asarray(pc.fill_null(pc.match_substring(values, "?"), False)))
        if len(asking):
            marked[asking] |= np.asarray(pc.match_substring_regex(values.take(pa.array(asking)), WITHIN))
    lines = frame.index[marked].tolist()
    if not lines:
        return ()
    return (finding_of("character_lost", Severity.WARN, count=len(lines), lines=listed(lines, sheets, _NAMED)),)
