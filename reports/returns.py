"""The return to the employer: what became of every line of a drop, in the partner's own columns. Pure rendering.

Three forms of one `Return`: `html` to read, `xlsx` to correct and send back, `csv` for machines.
"""

from __future__ import annotations

from offers.sheets import placed
from reports.content import Return, visible
from reports.page import html
from reports.spreadsheet import csv_bytes
from reports.workbook import xlsx

__all__ = ["Return", "csv", "html", "xlsx"]

_CSV_COLUMNS = ("status", "line", "reference", "column", "received", "kept", "rule", "sentence", "remedy")


def csv(ret: Return) -> bytes:
    """One row per value or line that the return names, all of them; UTF-8 with BOM, semicolons, defused.

    The sheet stands before the line where several were read.
    """
    several = len(ret.sheets) > 1
    columns = ("status", "sheet", *_CSV_COLUMNS[1:]) if several else _CSV_COLUMNS
    rows = placed(ret.account, ret.sheets)[list(columns)].copy()
    for name in ("received", "kept"):
        rows[name] = rows[name].map(visible)
    return csv_bytes(rows.rename(columns={name: ret.words(f"csv_{name}") for name in columns}))
