"""Cells that a spreadsheet may take for a formula are made harmless; we send back what strangers wrote."""

from __future__ import annotations

import csv
import io

import pandas as pd

from offers.quoting import visible

_DANGEROUS = r"^[=+\-@\t\r\n\x00＝＋－＠]"
_NUMBER = r"^[+-]?\d+(?:[.,]\d+)?$"


def defuse(values: pd.Series[str]) -> pd.Series[str]:
    """Text with a leading apostrophe where it would open a formula; a plain number such as -12,5 is left alone.

    Source: OWASP, "CSV Injection" (the signs, tab, CR, LF and the full-width signs), and ASVS 1.2.10.
    """
    risky = values.str.contains(_DANGEROUS, regex=True, na=False) & ~values.str.contains(_NUMBER, regex=True, na=False)
    return values.mask(risky, "'" + values)


def csv_bytes(rows: pd.DataFrame) -> bytes:
    """A table as CSV that Excel in France opens by double click: semicolons, UTF-8 with a BOM, CRLF.

    Text is defused, its control characters visible.
    """
    safe = rows.copy()
    for name in safe.columns[~safe.dtypes.eq("int64")]:
        said = safe[name].astype("str").str.replace("\r\n", "\n", regex=False)
        safe[name] = defuse(said.map(visible, na_action="ignore").astype("str"))
    out = io.StringIO(newline="")
    safe.to_csv(out, sep=";", index=False, lineterminator="\r\n", quoting=csv.QUOTE_MINIMAL)
    return out.getvalue().encode("utf-8-sig")
