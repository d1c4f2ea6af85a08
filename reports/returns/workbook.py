"""The return as a workbook: the partner's own rows as sent, refused ones on top, to be corrected and sent back."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import chain, count
from typing import Any

import pandas as pd
import xlsxwriter  # type: ignore[import-untyped]  # the library ships no types

from offers.sheets import SPAN, row_of
from reports.returns.content import MOST_CELLS, Return, bare, own_headers, reference_column
from reports.returns.united import each_line, how_to_write

MOST_ROWS = 1_048_575
MOST_CHARACTERS = 32_767
"""Limits of Excel itself: rows below a header, characters in a cell. Source: Microsoft, "Excel specifications"."""

_COMMENTED = 20_000
"""More comments make Excel slow to open; later faulty cells are coloured, and explained on the second sheet."""


@dataclass(frozen=True)
class _Styles:
    head: Any
    text: Any
    refused: Any
    faulty: Any
    title: Any
    wrap: Any


def xlsx(ret: Return) -> bytes:
    """Her rows in her columns and order, as text; what is wrong is coloured, commented and listed on a sheet beside.

    Where several sheets were read her rows are on as many, under the names that she gave them.

    Raises ValueError where the batch is unknown: see `Return.has_workbook`.
    """
    sent = ret.batch.frame
    if not len(sent.columns):
        raise ValueError(f"{ret.slug}, {ret.drop}: the rows as sent are not known, so no workbook can be drawn of them")
    out = io.BytesIO()
    # Strings stay strings: nothing a stranger wrote may become a formula, a link or a number.
    plain = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "in_memory": True}
    with xlsxwriter.Workbook(out, plain) as book:
        styles = _styles(book)
        parts = {title: order(ret, part) for title, part in _parts(ret, sent).items()}
        for title, rows in parts.items():
            sheet = book.add_worksheet(title)
            _write_rows(sheet, ret, rows, styles)
            _mark(sheet, ret, rows, styles)
        _write_faults(book.add_worksheet(_beside(ret, "sheet_faults", parts)), ret, parts, styles)
        if ret.copies.united:
            _write_united(book.add_worksheet(_beside(ret, "sheet_united", parts)), ret, styles)
    return out.getvalue()


def _parts(ret: Return, batch: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Her rows by the sheet that they are to be on; of a column, only where its sheet has something in it."""
    if len(ret.sheets) < 2:
        return {ret.sheet or ret.words("sheet_rows"): batch}
    of_sheet = [batch[batch.index // SPAN == at] for at in range(len(ret.sheets))]
    empty = batch.isna().all()
    parts: dict[str, pd.DataFrame] = {}
    for name, part in zip(ret.sheets, of_sheet, strict=True):
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
    known = reference_column(ret)
    if known is not None:
        references = known.reindex(batch.index)
        refused |= references.isin(references[refused].dropna().unique()).to_numpy()
    if not ret.workbook_is_whole:
        return batch[refused].head(MOST_ROWS - ret.header_row + 1)
    return pd.concat([batch[refused], batch[~refused]])


def _styles(book: Any) -> _Styles:
    text = {"num_format": "@", "valign": "top"}
    return _Styles(
        head=book.add_format({"bold": True, "bg_color": "#E8EDF3", "bottom": 1, **text}),
        text=book.add_format(text),
        refused=book.add_format({"bg_color": "#FDF3F1", **text}),
        faulty=book.add_format({"bg_color": "#F6B8AE", "border": 1, "border_color": "#B3362B", **text}),
        title=book.add_format({"bold": True, "font_size": 13}),
        wrap=book.add_format({"text_wrap": True, **text}),
    )


def _write_rows(sheet: Any, ret: Return, rows: pd.DataFrame, styles: _Styles) -> None:
    head = ret.header_row - 1
    for at, name in enumerate(rows.columns):
        longest = rows[name].fillna("").str.len().head(200).max()
        width = min(max(len(str(name)), int(longest) if len(rows) else 0, 8), 48) + 2
        sheet.set_column(at, at, width, styles.text)
        sheet.write_string(head, at, str(name), styles.head)
    refused = rows.index.isin(ret.rejections["line"])
    columns = [rows[name].fillna("").str.slice(0, MOST_CHARACTERS).tolist() for name in rows.columns]
    for at, texts in enumerate(columns):
        for row, (value, bad) in enumerate(zip(texts, refused, strict=True), start=head + 1):
            if value or bad:
                sheet.write_string(row, at, value, styles.refused if bad else styles.text)
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
    for place in _too_long(rows, ret.header_row):
        notes.setdefault(place, []).append(ret.words("too_long_cell"))
    filled = rows.fillna("")
    for number, ((row, at), said) in enumerate(sorted(notes.items())):
        text = str(filled.iat[row - ret.header_row, at])[:MOST_CHARACTERS]
        sheet.write_string(row, at, text, styles.faulty) if text else sheet.write_blank(row, at, None, styles.faulty)
        if number < _COMMENTED:
            note = "\n\n".join(dict.fromkeys(said))[:MOST_CHARACTERS]
            sheet.write_comment(row, at, note, {"author": "Quai", "x_scale": 2.6, "y_scale": 1 + len(note) / 160})


def _too_long(rows: pd.DataFrame, header_row: int) -> list[tuple[int, int]]:
    places = []
    for at, name in enumerate(rows.columns):
        long = rows[name].fillna("").str.len().gt(MOST_CHARACTERS).to_numpy().nonzero()[0]
        places += [(int(row) + header_row, at) for row in long]
    return places


def _beside(ret: Return, key: str, hers: Iterable[str]) -> str:
    """The name of a sheet of ours, which steps aside where hers bears it."""
    return _title(ret.words(key), hers)


def _write_faults(sheet: Any, ret: Return, parts: Mapping[str, pd.DataFrame], styles: _Styles) -> None:
    """The faults grouped by column and rule, then each with its row on her sheet here and its line in the drop."""
    notices = [(notice, styles.title) for notice in _notices(ret, sum(map(len, parts.values())))]
    faults, widths = _faults(ret, parts), (22, 60, 60, 12, 12, 22, 40)
    _write_table(sheet, notices, faults, widths if len(parts) < 2 else (*widths[:3], 22, *widths[3:]), styles)


def _write_united(sheet: Any, ret: Return, styles: _Styles) -> None:
    """The lines that are one offer together, a row each, offer by offer."""
    w = ret.words
    lines = each_line(ret.copies, w)
    told = {"first": "sheet_united_first", "line": "sheet_line", "reference": "csv_reference", "seats": "sheet_seats",
            "seats_in_all": "sheet_seats_in_all"}  # fmt: skip
    most = MOST_CELLS // len(told)
    part = w("sheet_united_part", shown=w.number(most), total=w.number(len(lines)))
    said = [w("united_note"), w(f"united_{ret.copies.repeated}"), how_to_write(ret.headers, w)]
    said += [part] if len(lines) > most else []
    shown = lines.head(most)[list(told)]
    shown = shown.assign(**{name: [ret.at(line) for line in shown[name]] for name in ("first", "line")})
    table = shown.rename(columns={name: w(key) for name, key in told.items()})
    notices = [(w("united"), styles.title), *((one, styles.text) for one in said)]
    _write_table(sheet, notices, table, (16, 22, 22, 20, 20), styles)


def _write_table(
    sheet: Any, notices: list[tuple[str, Any]], table: pd.DataFrame, widths: tuple[int, ...], styles: _Styles
) -> None:
    for at, (notice, style) in enumerate(notices):
        sheet.write_string(at, 0, notice, style)
    at = len(notices)
    for column, (name, width) in enumerate(zip(table.columns, widths, strict=True)):
        sheet.set_column(column, column, width)
        sheet.write_string(at + 1, column, str(name), styles.head)
        for row, value in enumerate(table[name].tolist(), start=at + 2):
            sheet.write_string(row, column, str(value)[:MOST_CHARACTERS], styles.wrap)
    if len(table):
        sheet.autofilter(at + 1, 0, at + 1 + len(table), len(table.columns) - 1)
    sheet.freeze_panes(at + 2, 0)


def _notices(ret: Return, rows: int) -> list[str]:
    w = ret.words
    malformed = ret.rejections.loc[~ret.rejections["line"].isin(ret.batch.frame.index), "line"].nunique()
    missing = len(ret.batch.frame) - rows
    told = [
        w("sheet_part", lines=w.count(missing, "line"))
        if missing
        else w("sheets_intro" if ret.sheets[1:] else "sheet_intro")
    ]
    told += [w("sheet_not_here", lines=w.count(malformed, "line"))] if malformed else []
    return told


def _faults(ret: Return, parts: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    w = ret.words
    here = {
        line: (title, str(at))
        for title, rows in parts.items()
        for at, line in enumerate(rows.index.tolist(), start=ret.header_row + 1)
    }
    told = ret.account
    told = told[told["status"] == w("status_refused")].sort_values(["column", "rule", "line"], kind="stable")
    return pd.DataFrame(
        {
            w("csv_column"): told["column"],
            w("csv_sentence"): told["sentence"].map(bare),
            w("csv_remedy"): told["remedy"],
            **({w("csv_sheet"): [here.get(line, ("–",))[0] for line in told["line"]]} if len(parts) > 1 else {}),
            w("sheet_row"): [here.get(line, ("", "–"))[1] for line in told["line"]],
            w("sheet_line"): [str(row_of(line, ret.sheets)) for line in told["line"].tolist()],
            w("csv_reference"): told["reference"],
            w("csv_received"): told["received"],
        }
    )
