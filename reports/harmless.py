"""What strangers wrote, made harmless in each form that we write: a cell of a spreadsheet, Markdown, HTML."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path
from typing import Any

import jinja2
import pandas as pd

from offers.text import one_line, visible

_DANGEROUS = r"^[=+\-@\t\r\n\x00＝＋－＠]"
_NUMBER = r"^[+-]?\d+(?:[.,]\d+)?$"
_MARKS = re.compile(r"([\\`*_\[\]|<>])")


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


def plain(text: str) -> str:
    """Markdown of the text, on one line, and nothing in it a tag, a link, code, emphasis or the end of a cell."""
    return _MARKS.sub(r"\\\1", one_line(text))


def environment(**more: Any) -> jinja2.Environment:
    """What renders the templates, each beside its module: all is escaped, and a name that nobody gave is an error.

    `more` are settings of jinja2.Environment.
    """
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        **more,
    )
