"""A form for employers to fill: as CSV, or as a workbook with lists to choose from and a sheet of rules in French."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import xlsxwriter  # type: ignore[import-untyped]  # the library ships no types

from offers.columns import BY_NAME, Kind
from offers.onboarding.form import EXAMPLE_REFERENCE, Field, Form, limits
from reports.harmless import WORKBOOK

ROWS = 5000
"""Rows below the headers that are prepared: lists, messages. Rows beyond are read all the same."""

_TEXT = 49
"""Excel's own number for its Text format."""
_RULES = "Règles"
_LISTS = "Listes"
_TABLE = ("Colonne", "Obligatoire", "Ce qu’on y met", "Limites", "Exemple", "Ce qui est refusé")
_WIDTHS = (26, 12, 52, 44, 40, 60)
_INTRO = (
    "Une ligne par offre, sur la première feuille. Ne changez pas les en-têtes.",
    f"Remplacez la ligne d’exemple ou effacez-la : « {EXAMPLE_REFERENCE} » est refusée, pour n’être jamais publiée.",
    "Enregistrez, puis envoyez le fichier comme d’habitude : vous recevez un retour qui dit, ligne par ligne, ce qui a "
    "été pris et ce qui est à corriger.",
)
_TITLE, _MESSAGE = 32, 255
"""Characters that Excel shows above and in an input message."""


_HEAD = {"bold": True, "bottom": 1, "num_format": _TEXT, "text_wrap": True, "valign": "top"}
_GREY = {"italic": True, "font_color": "#5A6472"}
_STYLES: dict[str, dict[str, Any]] = {
    "required": {**_HEAD, "bg_color": "#CFE0F5"},
    "optional": {**_HEAD, "bg_color": "#EEF1F5"},
    "text": {"num_format": _TEXT},
    "number": {"num_format": "General"},
    "day": {"num_format": "yyyy-mm-dd"},
    "example": {**_GREY, "num_format": _TEXT},
    "example_day": {**_GREY, "num_format": "yyyy-mm-dd"},
    "wrap": {"text_wrap": True, "valign": "top", "num_format": _TEXT},
    "title": {"bold": True, "font_size": 13},
}
_OF_KIND = {Kind.INTEGER: "number", Kind.DECIMAL: "number", Kind.DATE: "day"}
_Styles = Mapping[str, Any]
"""_STYLES, as the workbook knows them."""


def as_csv(form: Form) -> bytes:
    """Headers and the example row, in the feed's own delimiter and encoding; else what Excel in France opens.

    Raises UnicodeEncodeError or LookupError where the feed's own encoding cannot hold the headers.
    """
    fixed = None if form.ours else form.feed.format
    out = io.StringIO(newline="")
    out.write("\r\n" * (form.header - 1))
    delimiter, quote = (fixed.delimiter, fixed.quote) if fixed else (None, None)
    writer = csv.writer(out, delimiter=delimiter or ";", quotechar=quote or '"', lineterminator="\r\n")
    writer.writerow([field.header for field in form.fields])
    writer.writerow([field.example for field in form.fields])
    return out.getvalue().encode((fixed.encoding if fixed else None) or "utf-8-sig")


def as_xlsx(form: Form, refusals: Mapping[str, Sequence[str]]) -> bytes:
    """The same as a workbook; `refusals` gives for each of our columns what is refused there, in French."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, WORKBOOK) as book:
        styles = {name: book.add_format(style) for name, style in _STYLES.items()}
        sheet = book.add_worksheet(form.sheet)
        rules = book.add_worksheet(_free(_RULES, form.sheet))
        lists = book.add_worksheet(_free(_LISTS, form.sheet))
        lists.hide()
        for at, field in enumerate(form.fields):
            _column(sheet, lists, form, at, field, styles)
        sheet.freeze_panes(form.header, 1)
        _rules_sheet(rules, form, refusals, styles)
    return out.getvalue()


def _free(name: str, taken: str) -> str:
    return name if name.casefold() != taken.casefold() else f"{name} (2)"


def _column(sheet: Any, lists: Any, form: Form, at: int, field: Field, styles: _Styles) -> None:
    """One column of the form. All is text, so that Excel keeps the zeros of codes, but for numbers and days."""
    head = form.header - 1
    width = min(max(len(field.header), len(field.example), 10), 44) + 2
    style = "text" if field.kind is None else _OF_KIND.get(field.kind, "text")
    sheet.set_column(at, at, width, styles[style])
    sheet.write_string(head, at, field.header, styles["required" if field.required else "optional"])
    if style == "day" and field.example:
        sheet.write_datetime(head + 1, at, date.fromisoformat(field.example), styles["example_day"])
    elif style == "number" and field.example:
        sheet.write_number(head + 1, at, float(field.example))
    elif field.example:
        sheet.write_string(head + 1, at, field.example, styles["example"])
    for row, word in enumerate(field.words):
        lists.write_string(row, at, word)
    sheet.data_validation(head + 1, at, head + ROWS, at, _asked(field, lists.get_name(), at))


def _asked(field: Field, lists: str, at: int) -> dict[str, Any]:
    """The input message of a column, and its list where it has words. Excel never stops her: the check tells more."""
    must = "Obligatoire." if field.required else "Facultatif."
    message = " ".join(filter(None, (must, _meaning(field), _limits(field))))
    asked: dict[str, Any] = {
        "validate": "any",
        "input_title": _clip(field.header, _TITLE),
        "input_message": _clip(message, _MESSAGE),
    }
    if field.words:
        letter = xlsxwriter.utility.xl_col_to_name(at)
        source = f"='{lists}'!${letter}$1:${letter}${len(field.words)}"
        stop = {"error_type": "warning", "error_title": "Hors de la liste", "error_message": "Garder ce mot ?"}
        asked |= {"validate": "list", "source": source, **(stop if field.closed else {"show_error": False})}
    return asked


def _clip(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"


def _meaning(field: Field) -> str:
    if not field.columns:
        words = ", ".join(f"« {word} »" for word in field.words)
        return f"Dit si l’offre est pour la seconde : {words}." if words else "Dit si l’offre est pour la seconde."
    return " ".join(dict.fromkeys(BY_NAME[name].meaning_fr for name in field.columns))


def _limits(field: Field) -> str:
    told = " ; ".join(dict.fromkeys(found for name in field.columns if (found := limits(BY_NAME[name])[0])))
    return told[:1].upper() + told[1:] + "." if told else ""


def _rules_sheet(sheet: Any, form: Form, refusals: Mapping[str, Sequence[str]], styles: _Styles) -> None:
    for row, line in enumerate(_INTRO):
        sheet.write_string(row, 0, line, styles["title"] if row == 0 else None)
    top = len(_INTRO) + 1
    for at, (name, width) in enumerate(zip(_TABLE, _WIDTHS, strict=True)):
        sheet.set_column(at, at, width)
        sheet.write_string(top, at, name, styles["required"])
    for row, field in enumerate(form.fields, start=top + 1):
        refused = dict.fromkeys(title for name in field.columns for title in refusals.get(name, ()))
        cells = (
            field.header, "oui" if field.required else "non", _meaning(field), _limits(field), field.example,
            " ; ".join(refused),
        )  # fmt: skip
        for at, cell in enumerate(cells):
            sheet.write_string(row, at, cell, styles["wrap"])
    sheet.freeze_panes(top + 1, 1)
