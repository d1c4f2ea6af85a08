"""What strangers wrote, made harmless in each form that we write: a CSV, a workbook, HTML."""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from offers.arrays import arrow, pc, series, strings
from offers.text import visible

if TYPE_CHECKING:
    import jinja2
    from jinja2.bccache import Bucket

_DANGEROUS = r"^[=+\-@\t\r\n\x00＝＋－＠]"
_NUMBER = r"^[+-]?\d+(?:[.,]\d+)?$"

WORKBOOK = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "in_memory": True}
"""How xlsxwriter opens one: strings stay strings; nothing a stranger wrote becomes a formula, a link or a number."""
MOST_CHARACTERS = 32_767
"""In a cell; a limit of Excel itself. Source: Microsoft, "Excel specifications"."""


def defuse(values: pd.Series[str]) -> pd.Series[str]:
    """Text with a leading apostrophe where it would open a formula; a plain number such as -12,5 is left alone.

    Source: OWASP, "CSV Injection" (the signs, tab, CR, LF and the full-width signs), and ASVS 1.2.10.
    """
    risky = values.str.contains(_DANGEROUS, regex=True, na=False) & ~values.str.contains(_NUMBER, regex=True, na=False)
    return values.mask(risky, "'" + values)


_ODD = "[^\t\n -~\u00a0-\u017f\u2010-\u2027\u20ac]"
"""RE2: what no French sentence holds. Most columns have none of it, and then no value is looked at by itself."""


def on_odd(values: pd.Series[str], change: Callable[[str], str]) -> pd.Series[str]:
    """The change made to the values that hold a sign out of the ordinary, control characters among them."""
    texts = arrow(values)
    odd = pc.fill_null(pc.match_substring_regex(texts, _ODD), False)
    if not pc.any(odd).as_py():
        return values
    return series(pc.replace_with_mask(texts, odd, strings(map(change, texts.filter(odd).to_pylist()))), values)


def csv_bytes(rows: pd.DataFrame) -> bytes:
    """A table as CSV that Excel in France opens by double click: semicolons, UTF-8 with a BOM, CRLF.

    Text is defused, its control characters visible.
    """
    safe = rows.copy()
    for name in safe.columns[~safe.dtypes.eq("int64")]:
        said = safe[name].astype("str").str.replace("\r\n", "\n", regex=False)
        safe[name] = defuse(on_odd(said, visible))
    out = io.StringIO(newline="")
    safe.to_csv(out, sep=";", index=False, lineterminator="\r\n", quoting=csv.QUOTE_MINIMAL)
    return out.getvalue().encode("utf-8-sig")


def write_table(
    sheet: Any, table: pd.DataFrame, widths: Sequence[int], head: Any, body: Any, number: Any = None, top: int = 0
) -> None:
    """A table on a sheet of xlsxwriter's, to be sorted and filtered, its headers on row `top`.

    All is text but for numbers where they have a format; what is missing is an empty cell.
    """
    for at, (name, width) in enumerate(zip(table.columns, widths, strict=True)):
        sheet.set_column(at, at, width)
        sheet.write_string(top, at, str(name), head)
        for row, value in enumerate(table[name].astype(object).tolist(), start=top + 1):
            if number is not None and isinstance(value, int):
                sheet.write_number(row, at, value, number)
            elif not pd.isna(value):
                sheet.write_string(row, at, str(value)[:MOST_CHARACTERS], body)
    if len(table):
        sheet.autofilter(top, 0, top + len(table), len(table.columns) - 1)


def environment(**more: Any) -> jinja2.Environment:
    """What renders the templates, each beside its module: all is escaped, and a name that nobody gave is an error.

    `more` are settings of jinja2.Environment. Templates are kept as they were compiled, beside our modules' own: to
    compile one takes longer than to draw a page.
    """
    import jinja2  # here: whoever only writes a table draws no page

    class Compiled(jinja2.FileSystemBytecodeCache):
        def dump_bytecode(self, bucket: Bucket) -> None:
            with suppress(OSError):  # where it may not be written, it is compiled each time
                super().dump_bytecode(bucket)

    made_by = sha256(repr((version("quai"), version("jinja2"), sorted(more))).encode()).hexdigest()[:12]
    kept = Compiled(str(Path(__file__).parent / "__pycache__"), f"template-{made_by}-%s.cache")
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        bytecode_cache=None if sys.dont_write_bytecode else kept,
        **more,
    )
