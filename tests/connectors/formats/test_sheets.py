"""Workbooks of several sheets, and what lies beside the values of one: merged cells, formulas, links, hidden rows."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd
import pytest
import xlsxwriter

from connectors.formats import Hints
from connectors.formats.workbook import read_xlsx
from offers.errors import Unreadable
from offers.feed import Limits
from offers.format import Format
from offers.model import Batch
from offers.sheets import SPAN

HEADERS = ("ref", "titre", "ville", "lien")
WANTED = (frozenset(HEADERS),)
Draw = Callable[[Any, Any], object]


def drawn(*draws: Draw) -> bytes:
    """A workbook that each of these draws a part of: they are given the book and its first sheet."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_urls": False}) as book:
        sheet = book.add_worksheet("Offres")
        for draw in draws:
            draw(book, sheet)
    return out.getvalue()


def rows(*cells: tuple[object, ...], top: int = 0) -> Draw:
    def draw(_book: Any, sheet: Any) -> None:
        for at, row in enumerate(cells, start=top):
            for column, value in enumerate(row):
                sheet.write(at, column, value)

    return draw


TWO = rows(HEADERS, ("1", "Atelier", "Lyon"), ("2", "Bureau", "Nantes"))


def sheets(of: Mapping[str, tuple[tuple[object, ...], ...]], hidden: tuple[str, ...] = ()) -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        pages = {title: book.add_worksheet(title) for title in of}
        for title, page in pages.items():
            rows(*of[title])(book, page)
        next(page for title, page in pages.items() if title not in hidden).activate()
        for title in hidden:
            pages[title].hide()
    return out.getvalue()


def changed(data: bytes, part: str, pattern: str, by: str) -> bytes:
    """The workbook with something in one of its parts written otherwise, as other programs than ours write it."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as book, zipfile.ZipFile(out, "w") as copy:
        for entry in book.namelist():
            text = book.read(entry)
            if entry == part:
                new, times = re.subn(pattern.encode(), by.encode(), text)
                assert times
                text = new
            copy.writestr(entry, text)
    return out.getvalue()


SHEET = "xl/worksheets/sheet1.xml"


def read(data: bytes, wanted: tuple[frozenset[str], ...] = WANTED, **how: object) -> Batch:
    return read_xlsx(data, "offres.xlsx", Format(kind="xlsx", **how), Limits(), Hints(headers=wanted))


def cells(batch: Batch) -> dict[int, tuple[str | None, ...]]:
    return {
        int(line): tuple(None if pd.isna(cell) else cell for cell in row)
        for line, row in zip(batch.frame.index, batch.frame.itertuples(index=False), strict=True)
    }


def said(frame: pd.DataFrame | None) -> list[tuple[Any, ...]]:
    assert frame is not None
    return list(frame.astype(object).where(frame.notna(), None).itertuples(index=False, name=None))


def found(batch: Batch) -> dict[str, tuple[str, str]]:
    return {one.check: (one.severity.value, one.seen) for one in batch.findings}


# Which sheets are read


def test_every_visible_sheet_that_bears_the_headers_is_read_each_with_its_own_rows() -> None:
    batch = read(
        sheets(
            {
                "Lyon": (HEADERS, ("1", "Atelier", "Lyon")),
                "Nantes": ((), ("Site de Nantes",), (), ("Ville", "RÉF", "titre"), ("Nantes", "2", "Bureau")),
                "Vide": (HEADERS,),
            }
        )
    )
    assert batch.sheets == ("Lyon", "Nantes", "Vide")
    assert cells(batch) == {2: ("1", "Atelier", "Lyon", None), SPAN + 5: ("2", "Bureau", "Nantes", None)}
    assert list(batch.frame.columns) == list(HEADERS)


def test_sheets_of_other_things_and_hidden_ones_are_left_aside_and_named() -> None:
    lists = (("Secteur", "Code"), ("Usinage", "s37"))
    help = (("Remplissez", "une ligne", "par offre"),)
    offers = {"Mode d’emploi": help, "Offres": (HEADERS, ("1", "Atelier", "Lyon"))}
    batch = read(sheets({"Paramètres": lists, **offers}, hidden=("Paramètres",)))
    assert batch.sheets == ("Offres",)
    assert found(batch) == {"sheets_left_aside": ("note", "« Paramètres » (hidden, 1 row), « Mode d’emploi » (1 row)")}


@pytest.mark.parametrize(("last", "differs"), [("2", False), ("3", False), ("4", True)])
def test_the_foot_of_the_last_sheet_counts_its_own_rows_or_those_of_all(last: str, differs: bool) -> None:
    head, rows = ("Réf", "Intitulé", "Ville"), [(str(at), "Atelier", "Lyon") for at in range(3)]
    batch = read(
        sheets({"Lyon": (head, rows[0], ("(1 lignes)",)), "Sète": (head, rows[1], rows[2], (f"({last} lignes)",))})
    )
    notes = [one.seen for one in batch.findings if one.check == "total_at_foot"]
    assert notes == ["row « Lyon » 3: (1 lignes)", f"row « Sète » 4: ({last} lignes)"]
    assert [one.seen for one in batch.findings if one.check == "control_total_differs"] == [
        "2 records read, 4 announced at line « Sète » 4"
    ] * differs


def test_a_hidden_sheet_of_offers_is_a_warning() -> None:
    of = {"Offres": (HEADERS, ("1", "a", "b")), "Nantes": (HEADERS, ("2", "c", "d"))}
    batch = read(sheets(of, hidden=("Nantes",)))
    assert list(batch.frame["ref"]) == ["1"]
    assert found(batch) == {"sheets_left_aside": ("warn", "« Nantes » (hidden, 1 row)")}


def test_a_very_hidden_sheet_is_hidden() -> None:
    book = sheets({"Offres": (HEADERS, ("1", "a", "b")), "Nantes": (HEADERS, ("2", "c", "d"))}, hidden=("Nantes",))
    batch = read(changed(book, "xl/workbook.xml", 'state="hidden"', 'state="veryHidden"'))
    assert list(batch.frame["ref"]) == ["1"]


def test_a_feed_may_name_its_sheets() -> None:
    book = sheets(
        {
            "Offres Lyon": (HEADERS, ("1", "a", "b")),
            "Archives": (HEADERS, ("2", "c", "d")),
            "OFFRES Nantes": (HEADERS, ("3", "e", "f")),
            "Offres cachées": (HEADERS, ("4", "g", "h")),
        },
        hidden=("Offres cachées",),
    )
    assert list(read(book, sheets=["Offres*"]).frame["ref"]) == ["1", "3"]
    assert list(read(book, sheets="Offres cachées").frame["ref"]) == ["4"]
    assert list(read(book, sheet="Archives").frame["ref"]) == ["2"]
    with pytest.raises(Unreadable, match=r"no visible sheet « Stage\* » \(found: « Offres Lyon », .*format.sheets"):
        read(book, sheets=["Stage*"])


def test_where_no_sheet_bears_any_of_the_headers_the_first_one_is_read() -> None:
    batch = read(sheets({"Un": (("a", "b"), ("1", "2")), "Deux": (("c", "d"), ("3", "4"))}))
    assert cells(batch) == {2: ("1", "2")}
    assert "sheets_left_aside" in found(batch)


def test_without_known_headers_sheets_that_look_as_the_first_are_read() -> None:
    same, other = (HEADERS, ("1", "a", "b")), (("Total", "Nombre"), ("3", "4"))
    assert read(sheets({"Un": same, "Deux": same, "Trois": other}), ()).sheets == ("Un", "Deux")


def test_rows_on_hidden_sheets_alone_are_no_offers() -> None:
    with pytest.raises(Unreadable, match="rows on hidden sheets alone"):
        read(sheets({"Vide": (), "Offres": (HEADERS, ("1", "a", "b"))}, hidden=("Offres",)))


def test_the_rows_of_all_sheets_count_against_the_limit() -> None:
    book = sheets(dict.fromkeys(("Un", "Deux"), (HEADERS, ("1", "a", "b"), ("2", "c", "d"))))
    with pytest.raises(Unreadable, match="4 rows; expected at most 3"):
        read_xlsx(book, "o.xlsx", Format(kind="xlsx"), Limits(rows=3), Hints(headers=WANTED))


# Merged cells


def test_a_merged_value_belongs_to_every_row_and_column_that_it_covers() -> None:
    def merge(_book: Any, sheet: Any) -> None:
        sheet.merge_range("C2:D3", "Lyon")

    batch = read(drawn(rows(HEADERS, ("1", "Atelier"), ("2", "Bureau")), merge))
    assert cells(batch) == {2: ("1", "Atelier", "Lyon", "Lyon"), 3: ("2", "Bureau", "Lyon", "Lyon")}
    assert sorted(said(batch.cells)) == [
        (2, "lien", None, "Lyon", "merged_cell"),
        (3, "lien", None, "Lyon", "merged_cell"),
        (3, "ville", None, "Lyon", "merged_cell"),
    ]


def test_a_merged_title_headers_headings_and_totals_are_no_data() -> None:
    def merge(_book: Any, sheet: Any) -> None:
        sheet.merge_range("A1:D1", "Nos offres")
        sheet.merge_range("C2:D2", "ville")
        sheet.merge_range("A4:D4", "Site de Nantes")
        sheet.merge_range("A6:C6", "Total : 2")
        sheet.merge_range("B8:B20", "jamais vu")

    batch = read(drawn(rows(HEADERS[:3], ("1", "Atelier", "Lyon"), (), ("2", "Bureau", "Nantes"), top=1), merge))
    assert cells(batch) == {
        3: ("1", "Atelier", "Lyon"),
        4: ("Site de Nantes", None, None),
        5: ("2", "Bureau", "Nantes"),
        6: ("Total : 2", None, None),
        8: (None, "jamais vu", None),
    }
    assert said(batch.cells) == []


def test_merged_ranges_one_over_the_other_end_somewhere() -> None:
    ranges = "".join(f'<mergeCell ref="B2:XFD{1_000_000 + n}"/>' for n in range(2000))
    book = changed(drawn(TWO), SHEET, "</sheetData>", f"</sheetData><mergeCells>{ranges}</mergeCells>")
    assert cells(read(book)) == {2: ("1", "Atelier", "Lyon", "Atelier"), 3: ("2", "Bureau", "Nantes", "Atelier")}


# Formulas, numbers, links


def formulas(value: str) -> bytes:
    """A book whose second row has a formula in `ville`, with what stands after it in the cell."""
    book = drawn(TWO, lambda _book, sheet: sheet.write_formula("C3", '=B2 & "x"', None, "calculé"))
    book = changed(book, SHEET, r'<c r="C3"( t="str")?><f>([^<]*)</f><v>calculé</v>', value)
    return changed(book, "xl/workbook.xml", ' fullCalcOnLoad="1"', "")


@pytest.mark.parametrize(
    "cell",
    [
        r'<c r="C3"><f>\2</f>',
        r'<c r="C3"><f>\2</f><v></v>',
        r'<c r="C3"><f>\2</f><v/>',
        r'<c r="C3" t="str"><f>\2</f>',
        r"<c r='C3'>\n <f ca='1'>\2</f>\n <v />\n",
    ],
)
def test_a_formula_without_a_value_is_told_as_such_and_never_empty(cell: str) -> None:
    batch = read(formulas(cell))
    assert cells(batch)[3] == ("2", "Bureau", '#FORMULE! =B2 & "x"', None)
    assert found(batch) == {"formulas_not_computed": ("warn", "1 cells of « ville »: 3")}


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        (r'<c r="C3" t="str"><f>\2</f><v></v>', None),
        (r'<c r="C3" t="str"><f>\2</f><v>Nantes</v>', "Nantes"),
        (r'<c r="C3"><f>\2</f><v>0</v>', "0"),
        (r'<c r="C3" t="e"><f>\2</f><v>#N/A</v>', "#N/A"),
    ],
)
def test_a_formula_with_a_value_is_that_value(cell: str, value: str | None) -> None:
    batch = read(formulas(cell))
    assert (cells(batch)[3][2], found(batch)) == (value, {})


def test_a_formula_shared_with_the_cell_above_has_no_text_of_its_own() -> None:
    assert cells(read(formulas(r'<c r="C3"><f t="shared" si="0"/>')))[3][2] == "#FORMULE! =…"


def test_zero_beside_a_formula_is_no_value_where_all_is_still_to_be_computed() -> None:
    batch = read(drawn(TWO, lambda _book, sheet: sheet.write_formula("C3", "=B2", None)))
    assert cells(batch)[3][2] == "#FORMULE! =B2"


def test_rows_and_columns_of_nothing_but_formulas_are_rows_and_columns() -> None:
    book = drawn(rows(HEADERS[:3], ("1", "Atelier", "Lyon")), lambda _b, s: s.write_formula("E5", "=A1", None))
    batch = read(book)
    assert cells(batch) == {2: ("1", "Atelier", "Lyon", None), 5: (None, None, None, "#FORMULE! =A1")}
    assert list(batch.frame.columns)[3] == "colonne 5"


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        (5e-05, "0.00005"), (0.1 + 0.2, "0.3"), (48.858370099999995, "48.8583701"), (-1.5, "-1.5"),
        (1e-20, f"0.{'0' * 19}1"),
        (73282932000074, "73282932000074"), (1234567890123456, "1234567890123456"), (3.0, "3"),
        (1234567890123450, "1.23456789012345E+15"), (1.5e300, "1.5E+300"), (123456789012345678, "1.23456789012346E+17"),
    ],
)  # fmt: skip
def test_numbers_have_the_digits_that_excel_keeps_and_no_exponent_but_where_digits_are_lost(
    number: float, shown: str
) -> None:
    book = changed(
        drawn(rows(HEADERS, ("1", 77)), TWO, rows(("1", 77), top=1)), SHEET, "<v>77</v>", f"<v>{number!r}</v>"
    )
    assert cells(read(book))[2][1] == shown


def test_a_format_of_zeros_shows_the_zeros_that_the_number_has_lost() -> None:
    def zeros(book: Any, sheet: Any) -> None:
        sheet.write_number("C2", 1000, book.add_format({"num_format": "00000"}))
        sheet.write_number("C3", 1000, book.add_format({"num_format": "0.00"}))

    assert [row[2] for row in cells(read(drawn(TWO, zeros))).values()] == ["01000", "1000"]


def test_days_count_from_1904_where_the_workbook_says_so() -> None:
    book = drawn(TWO, lambda b, s: s.write_number("C2", 44000, b.add_format({"num_format": "dd/mm/yyyy"})))
    book = changed(book, "xl/workbook.xml", "<workbookPr ", '<workbookPr date1904="1" ')
    assert cells(read(book))[2][2] == "2024-06-19"


def test_where_a_link_leads_is_told_beside_the_text_that_is_shown() -> None:
    def link(_book: Any, sheet: Any) -> None:
        sheet.write_url("D2", "https://exemple.fr/1?a=1&b=2", string="Voir l’offre")
        sheet.write_url("D3", "internal:'Offres'!A1", string="En haut")
        sheet.write_formula("C3", '=HYPERLINK("https://exemple.fr/2","Nantes")', None, "Nantes")

    batch = read(drawn(TWO, link))
    assert cells(batch)[2][3] == "Voir l’offre"
    assert sorted(said(batch.links)) == [
        (2, "lien", "Voir l’offre", "https://exemple.fr/1?a=1&b=2", "link_target"),
        (3, "ville", "Nantes", "https://exemple.fr/2", "link_target"),
    ]


# Rows that a person would not see, or would see crossed out


def test_hidden_rows_are_read_and_counted() -> None:
    batch = read(drawn(TWO, lambda _book, sheet: sheet.set_row(1, None, None, {"hidden": True})))
    assert len(batch.frame) == 2
    assert found(batch) == {"rows_hidden": ("warn", "1 rows: 2")}


def test_rows_that_are_struck_out_are_read_and_counted() -> None:
    def strike(book: Any, sheet: Any) -> None:
        line = book.add_format({"font_strikeout": True})
        sheet.write_row(1, 0, ("1", "Atelier", "Lyon"), line)
        sheet.write("B3", "Bureau", line)
        sheet.write_blank("D3", None, line)

    batch = read(drawn(TWO, strike))
    assert len(batch.frame) == 2
    assert found(batch) == {"rows_struck_out": ("warn", "1 rows: 2")}


def test_what_lies_beside_the_values_is_told_by_sheet() -> None:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        for name in ("Lyon", "Nantes"):
            TWO(book, page := book.add_worksheet(name))
        page.set_row(2, None, None, {"hidden": True})
    assert found(read(out.getvalue())) == {"rows_hidden": ("warn", "1 rows: « Nantes » 3")}


# How the workbook is packed


def test_backslashes_in_a_workbook_are_slashes() -> None:
    out = io.BytesIO()
    made = drawn(TWO, lambda _b, s: s.set_row(1, None, None, {"hidden": True}))
    with zipfile.ZipFile(io.BytesIO(made)) as book, zipfile.ZipFile(out, "w") as copy:
        for entry in book.namelist():
            copy.writestr(entry.replace("/", "\\"), book.read(entry))
    batch = read(out.getvalue())
    assert (len(batch.frame), list(found(batch))) == (2, ["rows_hidden"])


def test_a_prefix_before_every_element_is_no_other_workbook() -> None:
    book = drawn(
        TWO, lambda _b, s: s.write_formula("C3", "=B2", None), lambda _b, s: s.set_row(1, None, None, {"hidden": 1})
    )
    book = changed(book, SHEET, r"<(/?)(?=[a-zA-Z])", r"<\1x:")
    book = changed(book, SHEET, "xmlns=", "xmlns:x=")
    batch = read(book)
    assert cells(batch)[3] == ("2", "Bureau", "#FORMULE! =B2", None)
    assert sorted(found(batch)) == ["formulas_not_computed", "rows_hidden"]


def test_cells_that_do_not_say_where_they_are_are_found_by_counting() -> None:
    def beside(book: Any, sheet: Any) -> None:
        sheet.write_formula("C3", "=B2", None)
        sheet.set_row(1, None, None, {"hidden": True})
        sheet.write_number("D3", 7, book.add_format({"num_format": "000"}))

    placed = drawn(TWO, beside)
    counted = changed(placed, SHEET, r'<c r="[A-Z]+\d+"', "<c")
    unordered = changed(placed, SHEET, r'<c (r="[A-Z]+\d+") (s="\d+")', r"<c \2 \1")
    assert cells(read(counted)) == cells(read(unordered)) == cells(read(placed))
    assert cells(read(placed))[3] == ("2", "Bureau", "#FORMULE! =B2", "007")
    assert found(read(counted)) == found(read(unordered)) == found(read(placed))
