"""Characters that came wrong: nobody sees them, they are Windows-1252 in the place of controls, or UTF-8 read twice.

Values and headers lose the same ones (`offers.cleaners.text`, `as_seen`).
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

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

    pages = ("cp850", "cp437") if DOS.search(text) else ("iso-8859-15",) if WITH_EURO.search(text) else ()
    return ftfy.fix_encoding(next((found for page in pages if (found := _as_utf8(text, page))), text))


def _as_utf8(text: str, page: str) -> str | None:
    """UTF-8 that was read as a code page which ftfy does not know: that of an old console, or the one with the euro."""
    try:
        return text.encode(page).decode("utf-8")
    except UnicodeError:
        return None


def as_seen(header: str) -> str:
    """A header without what nobody sees, its letters as meant: two that look the same are the same."""
    if PLAIN.fullmatch(header):
        return header.strip() if header.isspace() else header
    seen = INVISIBLE.sub("", windows_1252(unmojibaked(header)))
    return unicodedata.normalize("NFC", " ".join(BLANK.sub(" ", seen).split()))
