"""The return as a workbook: the partner's own rows as sent, refused ones on top, to be corrected and sent back."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain, count
from typing import Any

import pandas as pd
import xlsxwriter  # type: ignore[import-untyped]  # the library ships no types

from offers.sheets import SPAN, row_of
from reports.harmless import MOST_CHARACTERS, WORKBOOK, write_table
from reports.returns.content import MOST_CELLS, Return, bare, own_headers, united_lines

MOST_ROWS = 1_048_575
"""Below a header; a limit of Excel itself. Source: Microsoft, "Excel specifications"."""

_COMMENTED = 20_000
"""More comments make Excel slow to open; later faulty cells are coloured, and explained on the second sheet."""
_TEXT = {"num_format": "@", "valign": "top"}
_STYLES: dict[str, dict[str, Any]] = {
    "head": {"bold": True, "bg_color": "#E8EDF3", "bottom": 1, **_TEXT},
    "text": _TEXT,
    "refused": {"bg_color": "#FDF3F1", **_TEXT},
    "faulty": {"bg_color": "#F6B8AE", "border": 1, "border_color": "#B3362B", **_TEXT},
    "title": {"bold": True, "font_size": 13},
    "wrap": {"text_wrap": True, **_TEXT},
}
_Styles = Mapping[str, Any]
"""Those, as the workbook knows them."""


def xlsx(ret: Return) -> bytes:
    """Her rows in her columns and order, as text; what is wrong is coloured, commented and listed on a sheet beside.

    Where several sheets were read her rows are on as many, under the names that she gave them.

    Raises ValueError where the batch is unknown: see `Return.has_workbook`.
    """
    if ret.batch is None:
        place = f"{ret.delivery.feed}, {ret.delivery.drop}"
        raise ValueError(f"{place}: the rows as sent are not known, so no workbook can be drawn of them")
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, WORKBOOK) as book:
        styles = {name: book.add_format(style) for name, style in _STYLES.items()}
        parts = {title: order(ret, part) for title, part in _parts(ret, ret.batch).items()}
        for title, rows in parts.items():
            sheet = book.add_worksheet(title)
            _write_rows(sheet, ret, rows, styles)
            _mark(sheet, ret, rows, styles)
        # Sheets of ours step aside where hers bear their names.
        _write_faults(book.add_worksheet(_title(ret.words("to_correct"), parts)), ret, ret.batch, parts, styles)
        if ret.copies.united:
            _write_united(book.add_worksheet(_title(ret.words("sheet_united"), parts)), ret, styles)
    return out.getvalue()


def _parts(ret: Return, batch: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Her rows by the sheet that they are to be on; of a column, only where its sheet has something in it."""
    if len(ret.sheets) < 2:
        return {ret.sheet or ret.words("sheet_rows"): batch}
    empty = batch.isna().all()
    parts: dict[str, pd.DataFrame] = {}
    for at, name in enumerate(ret.sheets):
        part = batch[batch.index // SPAN == at]
        if len(part):
            parts[_title(name, parts)] = part.loc[:, part.notna().any() | empty]
    return parts


def _title(name: str, taken: Iterable[str]) -> str:
    """A name that Excel allows: a workbook made elsewhere may have longer ones, and signs that Excel has not."""
    title = re.sub(r"[\[\]:*?/\\]", " ", name)[:31].strip("' ") or "1"
    known = {one.casefold() for one in taken}
    ends = (f" ({number})" for number in count(2))
    tried = chain([title], (title[: 31 - len(end)] + end for end in ends))
    return next(one for one in tried if one.casefold() not in known)


def order(ret: Return, batch: pd.DataFrame) -> pd.DataFrame:
    """Refused rows first, then (where the workbook is whole) the rest, each in the order of the file.

    Rows that bear the reference of a refused one travel with it: which of them wins depends on their order.
    """
    refused = batch.index.isin(ret.rejections["line"])
    references = ret.references.reindex(batch.index)
    refused |= references.isin(references[refused].dropna().unique()).to_numpy()
    if not ret.workbook_is_whole:
        return batch[refused].head(MOST_ROWS - ret.header_row + 1)
    return pd.concat([batch[refused], batch[~refused]])


def _write_rows(sheet: Any, ret: Return, rows: pd.DataFrame, styles: _Styles) -> None:
    head = ret.header_row - 1
    refused = rows.index.isin(ret.rejections["line"])
    for at, name in enumerate(rows.columns):
        values = rows[name].fillna("")
        longest = int(values.str.len().head(200).max()) if len(rows) else 0
        sheet.set_column(at, at, min(max(len(str(name)), longest, 8), 48) + 2, styles["text"])
        sheet.write_string(head, at, str(name), styles["head"])
        texts = values.str.slice(0, MOST_CHARACTERS).tolist()
        for row, (value, bad) in enumerate(zip(texts, refused, strict=True), start=head + 1):
            if value or bad:
                sheet.write_string(row, at, value, styles["refused" if bad else "text"])
    sheet.freeze_panes(head + 1, 0)


def _mark(sheet: Any, ret: Return, rows: pd.DataFrame, styles: _Styles) -> None:
    """Colour and comment each faulty cell; a fault of a column that is not there is told on the row's first cell."""
    row_of = {line: at for at, line in enumerate(rows.index, start=ret.header_row)}
    column_of = {str(name): at for at, name in enumerate(rows.columns)}
    notes: dict[tuple[int, int], list[str]] = {}
    faults = ret.rejections[["line", "column", "sentence", "remedy"]].fillna("")
    for line, column, sentence, remedy in faults.itertuples(index=False):
        if line in row_of:
            own = own_headers(str(column), rows)
            place = (row_of[line], column_of[own[0]] if own else 0)
            notes.setdefault(place, []).append(f"{bare(str(sentence))}\n{remedy}".strip())
    filled = rows.fillna("")
    for at, name in enumerate(rows.columns):
        for row in filled[name].str.len().gt(MOST_CHARACTERS).to_numpy().nonzero()[0].tolist():
            notes.setdefault((row + ret.header_row, at), []).append(ret.words("too_long_cell"))
    for number, ((row, at), said) in enumerate(sorted(notes.items())):
        text = str(filled.iat[row - ret.header_row, at])[:MOST_CHARACTERS]
        write = sheet.write_string if text else sheet.write_blank
        write(row, at, text, styles["faulty"])
        if number < _COMMENTED:
            note = "\n\n".join(dict.fromkeys(said))[:MOST_CHARACTERS]
            sheet.write_comment(row, at, note, {"author": "Quai", "x_scale": 2.6, "y_scale": 1 + len(note) / 160})


def _write_faults(
    sheet: Any, ret: Return, batch: pd.DataFrame, parts: Mapping[str, pd.DataFrame], styles: _Styles
) -> None:
    """The faults grouped by column and rule, then each with its row on her sheet here and its line in the drop."""
    w = ret.words
    missing = len(batch) - sum(map(len, parts.values()))
    malformed = ret.rejections.loc[~ret.rejections["line"].isin(batch.index), "line"].nunique()
    intro = w("sheets_intro" if ret.sheets[1:] else "sheet_intro")
    notices = [w("sheet_part", lines=w.count(missing, "line")) if missing else intro]
    notices += [w("sheet_not_here", lines=w.count(malformed, "line"))] if malformed else []
    here = {
        line: (title, str(at))
        for title, rows in parts.items()
        for at, line in enumerate(rows.index.tolist(), start=ret.header_row + 1)
    }
    told = ret.account[ret.account["status"] == w("status_refused")]
    told = told.sort_values(["column", "rule", "line"], kind="stable")
    columns = {
        "csv_column": (told["column"], 22),
        "csv_sentence": (told["sentence"].map(bare), 60),
        "csv_remedy": (told["remedy"], 60),
        "csv_sheet": ([here.get(line, ("–",))[0] for line in told["line"]], 22),
        "sheet_row": ([here.get(line, ("", "–"))[1] for line in told["line"]], 12),
        "sheet_line": ([str(row_of(line, ret.sheets)) for line in told["line"].tolist()], 12),
        "csv_reference": (told["reference"], 22),
        "csv_received": (told["received"], 40),
    }
    if len(parts) < 2:
        del columns["csv_sheet"]
    table = pd.DataFrame({w(key): values for key, (values, _) in columns.items()})
    widths = [width for _, width in columns.values()]
    _write_told(sheet, [(notice, styles["title"]) for notice in notices], table, widths, styles)


def _write_united(sheet: Any, ret: Return, styles: _Styles) -> None:
    """The lines that are one offer together, a row each, offer by offer."""
    w = ret.words
    lines = united_lines(ret.copies, w)
    told = {"first": "sheet_united_first", "line": "sheet_line", "reference": "csv_reference", "seats": "sheet_seats",
            "seats_in_all": "sheet_seats_in_all"}  # fmt: skip
    most = MOST_CELLS // len(told)
    part = w("sheet_united_part", shown=ret.lang.number(most), total=ret.lang.number(len(lines)))
    said = [w("united_note"), w(f"united_{ret.copies.repeated}"), w.how_to_write(ret.headers)]
    said += [part] if len(lines) > most else []
    shown = lines.head(most)[list(told)]
    shown = shown.assign(**{name: [ret.at(line) for line in shown[name]] for name in ("first", "line")})
    table = shown.rename(columns={name: w(key) for name, key in told.items()})
    notices = [(w("united"), styles["title"]), *((one, styles["text"]) for one in said)]
    _write_told(sheet, notices, table, (16, 22, 22, 20, 20), styles)


def _write_told(
    sheet: Any, notices: Sequence[tuple[str, Any]], table: pd.DataFrame, widths: Sequence[int], styles: _Styles
) -> None:
    for at, (notice, style) in enumerate(notices):
        sheet.write_string(at, 0, notice, style)
    write_table(sheet, table, widths, styles["head"], styles["wrap"], top=len(notices) + 1)
    sheet.freeze_panes(len(notices) + 2, 0)
