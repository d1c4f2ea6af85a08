"""Promised and delivered as a workbook: a sheet of totals and of what is counted, one per axis, one of the days."""

from __future__ import annotations

import io
from dataclasses import asdict
from typing import Any

import pandas as pd
import xlsxwriter  # type: ignore[import-untyped]  # the library ships no types

from reports.pledged import COUNTED, SHARES, Report, table
from reports.words import Words

SHEETS = {"organisation": "Organisations", "sector": "Secteurs", "department": "Départements", "academy": "Académies"}


def xlsx(report: Report) -> bytes:
    """Numbers are numbers, with a thousands separator; what is not known is an empty cell."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"strings_to_formulas": False, "strings_to_urls": False, "in_memory": True}) as book:
        head = book.add_format({"bold": True, "bg_color": "#E8EDF3", "bottom": 1, "text_wrap": True, "valign": "top"})
        number, title = book.add_format({"num_format": "#,##0"}), book.add_format({"bold": True, "font_size": 13})
        wrap = book.add_format({"text_wrap": True, "valign": "top"})
        _summary(book.add_worksheet("Synthèse"), report, (title, wrap, number))
        for what in SHARES:
            _write(book.add_worksheet(SHEETS[what]), table(report, what), head, number)
        days = pd.DataFrame([*report.days], columns=["Jour", "Offres livrées", "Places livrées"])
        _write(book.add_worksheet("Dans le temps"), days.assign(Jour=days["Jour"].astype("str")), head, number)
    return out.getvalue()


def _summary(sheet: Any, report: Report, styles: tuple[Any, Any, Any]) -> None:
    title, wrap, number = styles
    offers, seats = report.promised
    total = asdict(report.total) if report.measured else {}
    rows: list[tuple[str, int | str | None]] = [
        ("Offres livrées", total.get("offers")), ("Places livrées", total.get("seats")),
        ("Offres promises par les organisations", offers), ("Places promises par les organisations", seats),
        ("Offres retirées avant le stage", total.get("withdrawn_offers")),
        ("Places retirées avant le stage", total.get("withdrawn_seats")),
    ]  # fmt: skip
    rows += [(f"Promesse nationale {one.school_year} (offres) : {one.source}", one.offers) for one in report.national]
    rows += [("Engagée, rien de livré", line.name) for line in report.nothing]
    rows += [("Engagée, livraisons non mesurées", line.name) for line in report.unknown]
    sheet.set_column(0, 0, 62)
    sheet.set_column(1, 1, 34)
    sheet.write_string(0, 0, f"Promis et livré, année scolaire {report.year.label}", title)
    sheet.write_string(1, 0, f"Établi le {Words('fr').instant(report.made_at)}", wrap)
    for at, (name, value) in enumerate(rows, start=3):
        sheet.write_string(at, 0, name, wrap)
        if isinstance(value, int):
            sheet.write_number(at, 1, value, number)
        else:
            sheet.write_string(at, 1, value or "–")
    for at, sentence in enumerate(COUNTED, start=len(rows) + 4):
        sheet.write_string(at, 0, sentence, wrap)


def _write(sheet: Any, frame: pd.DataFrame, head: Any, number: Any) -> None:
    for at, name in enumerate(frame.columns):
        text = isinstance(frame[name].dtype, pd.StringDtype)
        sheet.set_column(at, at, 34 if text and name not in ("Code", "Engagée en") else 12)
        sheet.write_string(0, at, str(name), head)
        for row, value in enumerate(frame[name].astype(object).tolist(), start=1):
            if pd.isna(value):
                continue
            if text:
                sheet.write_string(row, at, str(value))
            else:
                sheet.write_number(row, at, int(value), number)
    sheet.freeze_panes(1, 1)
    if len(frame):
        sheet.autofilter(0, 0, len(frame), len(frame.columns) - 1)
