"""Letters that were lost before a drop came: `�`, and the `?` that stands where an accent or a picture was.

A question mark is that of a question where it ends words, and a part of an address: what counts is one within a word,
one that begins a word, one that stands for « à », and a run of them that ends no question.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from offers.model import Finding, Severity
from offers.sheets import listed

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
        marked |= _lost(frame.iloc[:, at])
    lines = frame.index[marked].tolist()
    if not lines:
        return ()
    where = listed(lines[:_NAMED], sheets) + (", …" if len(lines) > _NAMED else "")
    sentence = (
        f"{len(lines)} records hold the sign \ufffd, or a ? within words, which stands for a character lost on the way "
        f"(at {where}). They are taken as they are: ask the partner to export in UTF-8, and to cut no text within a "
        "character."
    )
    return (Finding("character_lost", Severity.WARN, f"{len(lines)} records: {where}", "0 records", sentence),)


def _lost(texts: pd.Series[str]) -> Any:
    """True where a value holds one; a column without any of the signs is not looked at, nor one without question."""
    values: Any = pa.array(texts, pa.large_string(), from_pandas=True)
    values = values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values
    if not _holds_a_sign(memoryview(values.buffers()[2] or b"")):
        return np.zeros(len(values), bool)
    found = np.asarray(pc.fill_null(pc.match_substring_regex(values, ALWAYS), False)).copy()
    asking = np.flatnonzero(np.asarray(pc.fill_null(pc.match_substring(values, "?"), False)))
    if len(asking):
        found[asking] |= np.asarray(pc.match_substring_regex(values.take(pa.array(asking)), WITHIN))
    return found


def _holds_a_sign(data: memoryview) -> bool:
    """Whether the bytes of a column hold any, piece by piece; one that two pieces share is in both."""
    pieces = (bytes(data[at : at + _PIECE + 2]) for at in range(0, len(data), _PIECE))
    return any(sign in piece for piece in pieces for sign in _SIGNS)
