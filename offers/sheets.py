"""Where a line of a workbook lies: Excel's own row, and the sheet it is of, where several were read.

A batch is indexed by lines that are each there once. Those of the first sheet that was read are Excel's rows; those of
the next begin at SPAN, of the third at twice SPAN, more than any sheet has rows: a line is told from every other, all
sort by sheet and row, and what is said of it is said of the row and the sheet's name. `sheets` are the names, in order.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from offers.text import quote

if TYPE_CHECKING:
    import pandas as pd

SPAN = 10_000_000
"""Of lines between the first of one sheet and the first of the next."""
OURS = ("Règles", "Listes", "À corriger", "To correct", "Lignes réunies", "United lines")
"""What our own templates and returns call their further sheets; they come back with the offers, and are none."""
_NAMED = {"Ligne": "Feuille «\u00a0{}\u00a0», ligne {}", "Line": "Sheet “{}”, line {}"}


def row_of(line: int, sheets: Sequence[str]) -> int:
    """The row as Excel numbers it; of a drop without sheets, the line itself."""
    return line % SPAN if sheets else line


def sheet_of(line: int, sheets: Sequence[str]) -> str | None:
    """The name of a line's sheet; None in a drop without sheets."""
    return sheets[line // SPAN] if sheets else None


def named(line: int, sheets: Sequence[str], shown: str = "") -> str:
    """`12`; where several sheets were read, `« Lyon » 12`. `shown` is how the row is written, else in plain digits."""
    row = shown or str(row_of(line, sheets))
    return row if len(sheets) < 2 else f"« {quote(str(sheet_of(line, sheets)))} » {row}"


def listed(lines: Sequence[int], sheets: Sequence[str] = (), most: int | None = None, more: str = ", …") -> str:
    """`12, 15, 18`, each with its sheet where there are several; `more` ends a list that was cut after `most`."""
    shown = ", ".join(named(line, sheets) for line in lines[:most])
    return shown + (more if most is not None and len(lines) > most else "")


def placed(frame: pd.DataFrame, sheets: Sequence[str]) -> pd.DataFrame:
    """A frame that tells of lines, in Excel's rows, with the column `sheet` beside `line` (and beside `kept_line`)."""
    import pandas as pd  # here, for whoever only names a line does not wait for it

    out = frame.copy()
    for name, beside in (("line", "sheet"), ("kept_line", "kept_sheet")):
        if name in out:
            lines = out[name].tolist()
            out[name] = pd.Series([row_of(line, sheets) for line in lines], index=out.index, dtype="int64")
            where = pd.Series([sheet_of(line, sheets) for line in lines], index=out.index, dtype="str")
            out.insert(list(out.columns).index(name) + 1, beside, where)
    return out


def told(frame: pd.DataFrame, sheets: Sequence[str]) -> pd.DataFrame:
    """Rejections whose sentences say the sheet where several were read: « Feuille « Lyon », ligne 12, colonne … »."""
    if len(sheets) < 2 or frame.empty:
        return frame
    pairs = zip(frame["line"].tolist(), frame["sentence"].tolist(), strict=True)
    said = []
    for line, sentence in pairs:
        word = sentence.partition(" ")[0]
        if word in _NAMED and sentence.startswith(f"{word} {line}"):
            where = _NAMED[word].format(quote(sheets[line // SPAN]), line % SPAN)
            sentence = where + sentence.removeprefix(f"{word} {line}")
        said.append(sentence)
    return frame.assign(sentence=said).astype({"sentence": "str"})
