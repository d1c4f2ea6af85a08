"""How a mender of single values is run over a whole column, and how what it changed is written down.

A mender takes one value and gives `(text, why)`: the new text (None: missing), and the code of the repair, or None
where an agreed form was merely read (`semaine 1` is what we ask for, not a fault). Only values that are not canonical
yet are looked at, each distinct one once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from offers.arrays import arrow, longer, repeated, series, strings, unlike
from offers.cleaning.characters import PART
from offers.columns import PERSONAL
from offers.model import REPAIR_COLUMNS, TEXT, text_frame

Lines = npt.NDArray[np.int64]
Mend = tuple[str | None, str | None]
Mender = Callable[[str], Mend]

LONGEST = 2000
"""Characters up to which a code, a number, a date or an address is read: beyond, it stays, and a rule refuses it."""
EXCERPT = 500
"""Characters of a long text that a repair shows; the whole is in the drop, and the record."""


class RepairLog:
    """The repairs of one batch as they are made; `headers` gives the partner's name of each column."""

    def __init__(self, headers: Mapping[str, str], sheets: tuple[str, ...] = ()) -> None:
        self.headers, self.sheets = headers, sheets
        self.parts: list[pa.Table] = []

    def note(self, field: str, lines: Lines, before: Any, after: Any, why: Any | str) -> None:
        """Write down one repair per line; `why` is one code for all, or one each."""
        count = len(lines)
        if not count:
            return
        whys = repeated(why, count) if isinstance(why, str) else why
        names = [repeated(name, count) for name in (field, self.headers.get(field, field))]
        shown = [hidden(before), hidden(after)] if field in PERSONAL else [_excerpt(before), _excerpt(after)]
        parts = [pa.array(lines, pa.int64()), *names, *shown, whys]
        self.parts.append(pa.Table.from_arrays(parts, names=list(REPAIR_COLUMNS)))

    def frame(self) -> pd.DataFrame:
        """All repairs (REPAIR_COLUMNS), by line."""
        if not self.parts:
            return text_frame(REPAIR_COLUMNS)
        found = pa.concat_tables(self.parts).to_pandas()
        frame = found.astype({name: TEXT for name in REPAIR_COLUMNS if name != "line"})
        return frame.sort_values("line", kind="stable", ignore_index=True)

    def mend(self, values: pd.Series[str], mender: Mender, canonical: Any) -> pd.Series[str]:
        """Run a mender over the values that are not canonical, nor too long to be what they should.

        `canonical` is a pattern, or a mask of those to mend, whatever their length.
        """
        texts = arrow(values)
        wanted = canonical
        if isinstance(canonical, str):
            wanted = pc.and_(unlike(texts, canonical), pc.invert(longer(texts, LONGEST)))
        rows = np.flatnonzero(np.asarray(wanted))
        if not len(rows):
            return values
        old = texts.take(pa.array(rows))
        codes, distinct = pd.factorize(old.to_numpy(zero_copy_only=False))
        mends = [mender(text) for text in distinct]
        take = pa.array(codes)
        new = strings(text for text, _ in mends).take(take)
        whys = strings(why for _, why in mends).take(take)
        self._note_changes(str(values.name), values.index.to_numpy()[rows], old, new, whys)
        return series(pc.replace_with_mask(texts, wanted, new), values)

    def replace(self, before: pd.Series[str], after: pd.Series[str], why: str) -> pd.Series[str]:
        """Take a column that was changed as a whole, and note each value that differs."""
        old, new = arrow(before), arrow(after)
        self._note_changes(str(before.name), before.index.to_numpy(), old, new, repeated(why, len(old)))
        return after

    def _note_changes(self, field: str, lines: Lines, old: Any, new: Any, whys: Any) -> None:
        same = pc.fill_null(pc.equal(old, new), pc.and_(pc.is_null(old), pc.is_null(new)))
        noted = pc.and_(pc.invert(same), pc.is_valid(whys))
        self.note(field, lines[np.asarray(noted)], old.filter(noted), new.filter(noted), whys.filter(noted))


def masked_contact(text: str) -> str:
    """`jean.dupont@exemple.fr` -> `j…@…`, `01 40 50 60 70` -> `0…`: its owner recognises it, nobody else does."""
    return f"{text[:1]}…@…" if "@" in text else f"{text[:1]}…"


def hidden(texts: Any) -> Any:
    """Personal values as `masked_contact` shows them; missing stays missing."""
    return strings(None if text is None else masked_contact(text) for text in texts.to_pylist())


def _excerpt(texts: Any) -> Any:
    if pc.any(pc.match_substring(texts, PART)).as_py():
        texts = pc.replace_substring(texts, PART, "")
    long = longer(texts, EXCERPT)
    if not pc.any(long).as_py():
        return texts
    cut = pc.binary_join_element_wise(
        pc.utf8_slice_codeunits(texts, 0, EXCERPT - 1), *(pa.scalar(part, pa.large_string()) for part in ("…", ""))
    )
    return pc.if_else(long, cut, texts)
