"""Cells in which a workbook holds no value: a formula that was never computed, or the error that one ended in."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from offers.cleaners.mending import Ledger, arrow, series
from offers.columns import COLUMNS, DECISIVE
from offers.feed import Feed

NEVER_COMPUTED = "#FORMULE! "
"""What a reader puts before the text of a formula whose value the workbook does not hold."""
EXCEL_ERRORS = (
    r"^#(?:REF!|N/A|N/D|VALEUR!|VALUE!|NOM\?|NAME\?|DIV/0!|NUL!|NULL!|NOMBRE!|NUM!|SPILL!|PROPAGATION!|CALC!|CALCUL!"
    r"|CHAMP!|FIELD!|GETTING_DATA|CONNECT!|BLOCKED!|UNKNOWN!|#+)$"
)


def empty_unread(frame: pd.DataFrame, ledger: Ledger, feed: Feed) -> None:
    """Empty such cells, and write it down, but where a column is required or of DECISIVE: there a rule refuses them."""
    for column in COLUMNS:
        if column.derived or column.required or column.name in (*DECISIVE, *feed.require):
            continue
        values = frame[column.name]
        texts = arrow(values)
        if not pc.any(pc.starts_with(texts, "#")).as_py():
            continue
        for code, pattern in (("formula_not_computed", f"^{NEVER_COMPUTED}"), ("excel_error", EXCEL_ERRORS)):
            rows = np.flatnonzero(np.asarray(pc.fill_null(pc.match_substring_regex(texts, pattern), False)))
            before = pc.replace_substring(texts.take(pa.array(rows)), NEVER_COMPUTED, "")
            ledger.note(
                column.name, values.index.to_numpy()[rows], before, pa.nulls(len(rows), pa.large_string()), code
            )
            mask = np.zeros(len(texts), bool)
            mask[rows] = True
            texts = pc.if_else(pa.array(mask), pa.scalar(None, pa.large_string()), texts)
        frame[column.name] = series(texts, values)
