"""Workbooks drawn cell by cell: values as a person reads them, rows as Excel numbers them."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from collections.abc import Mapping, Sequence

import pandas as pd
import pytest
import xlsxwriter

from connectors.formats.workbook import read_xlsx
from offers.errors import Unreadable
from offers.feed import Limits
from offers.format import Format
from offers.model import Batch

HEADERS = ["ref", "titre", "ville"]


def drawn(sheets: Mapping[str, Sequence[Sequence[object]]]) -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        day = book.add_format({"num_format": "dd/mm/yyyy"})
        for title, rows in sheets.items():
            sheet = book.add_worksheet(title)
            for at, row in enumerate(rows):
                for column, value in enumerate(row):
                    if isinstance(value, dt.date | dt.time):
                        sheet.write_datetime(at, column, value, day)
                    elif isinstance(value, str) and value.startswith("#"):
                        sheet.write_formula(at, column, "=NA()", None, value)
                    elif isinstance(value, str):
                        sheet.write_string(at, column, value) if value else None
                    else:
                        sheet.write(at, column, value)
    return out.getvalue()


def read(rows: Sequence[Sequence[object]], **how: object) -> Batch:
    return read_xlsx(drawn({"Feuil1": rows}), "offres.xlsx", Format(kind="xlsx", **how), Limits())


def rows(batch: Batch) -> dict[int, tuple[str | None, ...]]:
    return {
        int(line): tuple(None if pd.isna(cell) else cell for cell in row)
        for line, row in zip(batch.frame.index, batch.frame.itertuples(index=False), strict=True)
    }


def test_values_become_the_text_that_a_person_reads() -> None:
    batch = read(
        [
            ["a", "b", "c", "d"],
            [75001, 1.5, True, "01000"],
            [dt.date(2026, 6, 15), dt.datetime(2026, 6, 15, 9, 30), dt.time(9, 30), " x "],
            [98825.0, 73282932000074, False, "NA"],
        ]
    )
    assert rows(batch) == {
        2: ("75001", "1.5", "VRAI", "01000"),
        3: ("2026-06-15", "2026-06-15 09:30:00", "09:30", " x "),
        4: ("98825", "73282932000074", "FAUX", "NA"),
    }


@pytest.mark.parametrize("error", ["#REF!", "#N/A", "#DIV/0!", "#NAME?", "#VALUE!"])
def test_excel_errors_stay_as_text(error: str) -> None:
    assert rows(read([HEADERS, ["1", error, "Lyon"]])) == {2: ("1", error, "Lyon")}


def test_rows_keep_their_numbers_below_empty_ones_and_titles() -> None:
    batch = read(
        [[], ["", "Offres 2026"], [], ["", *HEADERS], ["", "1", "Atelier", "Lyon"], [], ["", "2", "Bureau", "Nantes"]]
    )
    assert rows(batch) == {5: ("1", "Atelier", "Lyon"), 7: ("2", "Bureau", "Nantes")}
    assert batch.dialect == {"sheet": "Feuil1", "header": "4"}
    assert [finding.check for finding in batch.findings] == ["lines_before_header"]


def test_a_total_at_the_foot_is_left_aside() -> None:
    batch = read([HEADERS, ["1", "Atelier", "Lyon"], ["Total", "", ""]])
    assert (batch.read, [finding.check for finding in batch.findings]) == (1, ["total_at_foot"])


@pytest.mark.parametrize(("foot", "counts"), [("(3 lignes)", 3), ("Total : 3 offres", 3), ("Nombre d'offres : 3", 3)])
@pytest.mark.parametrize("control", [True, False])
def test_what_a_sheets_foot_announces_is_held_against_its_rows(foot: str, counts: int, control: bool) -> None:
    for have in (2, 3):
        drawn = [HEADERS, *[[str(at), "Atelier", "Lyon"] for at in range(have)], [foot, "", ""]]
        found = [finding.check for finding in read(drawn, control=control).findings]
        assert found == ["total_at_foot"] + ["control_total_differs"] * (control and have != counts)


def test_a_total_beside_a_count_in_a_column_of_its_own_is_held_too() -> None:
    head, row = [*HEADERS, "Rue", "Places", "Lien"], ["1", "A", "Lyon", "1 rue Nay", "2", "x.fr"]
    books = [read([head, row, ["Nombre de lignes", said, "", "", "", ""]]) for said in ("1", "2")]
    checks = [[finding.check for finding in book.findings] for book in books]
    assert checks == [["total_at_foot"], ["total_at_foot", "control_total_differs"]]


def test_the_header_row_may_be_given() -> None:
    assert list(read([["a", "b"], ["un", "deux"], ["1", "2"]], header=2).frame.columns) == ["un", "deux"]


def test_a_nameless_column_is_called_by_its_place_in_the_sheet() -> None:
    batch = read([["", "ref", "", "ville"], ["", "1", "x", "Lyon"], ["", "2", "y", "Nice"]])
    assert list(batch.frame.columns) == ["ref", "colonne 3", "ville"]


def test_the_first_sheet_with_data_is_read_unless_one_is_named() -> None:
    data = drawn({"Notice": [], "Offres": [["a", "b"], ["1", "2"]], "Autre": [["x", "y"], ["3", "4"]]})
    assert read_xlsx(data, "o.xlsx", Format(kind="xlsx"), Limits()).dialect["sheet"] == "Offres"
    assert rows(read_xlsx(data, "o.xlsx", Format(kind="xlsx", sheet="Autre"), Limits())) == {2: ("3", "4")}
    with pytest.raises(Unreadable, match=r"no sheet « Stages » \(found: « Notice », « Offres », « Autre »\)"):
        read_xlsx(data, "o.xlsx", Format(kind="xlsx", sheet="Stages"), Limits())


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (drawn({"Vide": []}), "only empty sheets"),
        (b"ref;titre\n1;x\n", "plain text"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(50), r"old Office document"),
        (b"%PDF-1.4", "a PDF document"),
    ],
)
def test_what_is_no_workbook_with_offers_is_unreadable(data: bytes, says: str) -> None:
    with pytest.raises(Unreadable, match=says):
        read_xlsx(data, "o.xlsx", Format(kind="xlsx"), Limits())


def test_two_cells_at_the_corners_of_a_sheet_are_refused_before_they_fill_the_memory() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(drawn({"Feuil1": [HEADERS]}))) as source, zipfile.ZipFile(out, "w") as copy:
        for one in source.infolist():
            far = b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
            copy.writestr(one, source.read(one).replace(b"</sheetData>", far))
    with pytest.raises(Unreadable, match="1 048 576 rows by 16 384 columns"):
        read_xlsx(out.getvalue(), "o.xlsx", Format(kind="xlsx"), Limits())


def test_more_rows_than_the_limit_are_unreadable() -> None:
    data = drawn({"Feuil1": [HEADERS, *([str(at), "x", "y"] for at in range(3))]})
    with pytest.raises(Unreadable, match=r"3 rows.*limits\.rows"):
        read_xlsx(data, "o.xlsx", Format(kind="xlsx"), Limits(rows=2))
