"""Small files that would kill or hang who trusts them: each kind, and the figure that bounds it."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

import pytest
import xlsxwriter

from connectors.formats import Hints, bounds, workbook
from connectors.formats.bounds import LONGEST_HEAD, LONGEST_NAME, MOST_COLUMNS, TooHeavy
from connectors.formats.delimited.cutting import _SPARE
from connectors.formats.delimited.dialect import LineReader
from connectors.formats.encoding import _SAMPLE, _accented, decode
from connectors.formats.workbook import read_xlsx
from connectors.formats.xml import _PIECE, _Growing
from connectors.reading import read
from offers.cleaning.characters import REPEAT
from offers.errors import Unreadable
from offers.feed import Limits
from offers.format import Format

XML, JSON, JSONL, CSV = Format(kind="xml", record="o"), Format(kind="json"), Format(kind="jsonl"), Format(kind="csv")
OVER = MOST_COLUMNS + 1
LONG = "k" * (LONGEST_NAME + 1)


def frame(folder: Path, data: bytes, format: Format):
    path = folder / "drop"
    path.write_bytes(data)
    return read(path, "offres", format, Limits()).frame


def own_tags(count: int) -> bytes:
    return f"<a>{''.join(f'<o><t{n}>x</t{n}></o>' for n in range(count))}</a>".encode()


def packed(packing: int) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", packing) as archive:
        archive.writestr("offres.csv", b"ref\n1\n")
    return out.getvalue()


@pytest.mark.parametrize(
    ("format", "data", "says"),
    [
        (CSV, packed(zipfile.ZIP_BZIP2), "neither stored nor deflated"),
        (CSV, packed(zipfile.ZIP_LZMA), "neither stored nor deflated"),
        (XML, own_tags(OVER), f"2 001 columns in 2 001 records; expected at most {MOST_COLUMNS // 1000} 000"),
        (JSON, json.dumps([{f"k{n}": 1} for n in range(OVER)]).encode(), "2 001 columns in 2 001 records"),
        (JSON, json.dumps({f"k{n}": 1 for n in range(OVER)}).encode(), "2 001 columns in one record"),
        (JSONL, "\n".join(f'{{"k{n}": 1}}' for n in range(OVER)).encode(), "2 001 columns in 2 001 records"),
        (XML, f"<a><o {' '.join(f'a{n}={chr(34)}x{chr(34)}' for n in range(OVER))}/></a>".encode(), "2 001 columns"),
        (XML, f"<a>{''.join(f'<t{n}/>' for n in range(2 * OVER))}</a>".encode(), "as tags and attributes"),
        (XML, f"<a><o><{LONG}>x</{LONG}></o></a>".encode(), "the name of a column in 2 001 characters"),
        (JSON, json.dumps([{LONG: "x"}]).encode(), "the name of a column in 2 001 characters"),
        (JSON, json.dumps([{"a" * 1500: {"b" * 1500: "x"}}]).encode(), "the name of a column in 3 001 characters"),
        (CSV, f"{LONG};b\n1;2\n".encode(), "the name of a column in 2 001 characters"),
        (CSV, b";".join(b"c%d" % n for n in range(OVER)) + b"\n1;2\n", "2 001 columns"),
        (CSV, b"a" * LONGEST_HEAD + b";b\n1;2\n", "a first line of more than 262 144 bytes"),
    ],
)  # fmt: skip
def test_what_no_list_of_offers_holds_is_refused(tmp_path, format, data, says):
    with pytest.raises(Unreadable, match=says):
        frame(tmp_path, data, format)


@pytest.mark.parametrize(
    ("format", "data"),
    [
        (CSV, b"a;b\n" + b"1;2\n" * 6),
        (CSV, b"a;b\n" + b'1;"2\n' + b"1;2\n" * 6),
        (JSON, json.dumps([{"a": 1, "b": 2}] * 6).encode()),
        (XML, f"<r>{'<o><a>1</a><b>2</b></o>' * 6}</r>".encode()),
    ],
)
def test_rows_times_columns_are_bounded(tmp_path, monkeypatch, format, data):
    assert len(frame(tmp_path, data, format)) >= 6
    monkeypatch.setattr(bounds, "MOST_CELLS", 11)
    with pytest.raises(Unreadable, match="6 rows by 2 columns; expected at most 11 cells"):
        frame(tmp_path, data, format)


@pytest.mark.parametrize(
    ("format", "data"),
    [(XML, f"<a><o>{'<t>x</t>' * 20_000}</o></a>".encode()), (JSON, json.dumps([{"t": ["x"] * 20_000}]).encode())],
)
def test_an_element_that_repeats_is_gathered_and_joined_once(tmp_path, format, data):
    assert frame(tmp_path, data, format)["t"].tolist() == [REPEAT.join(["x"] * 20_000)]


def test_a_tag_that_is_never_whole_is_fed_in_pieces_that_double():
    document, pieces = _Growing(b"a" * 50 * _PIECE), []
    while piece := document.read(16):
        pieces.append(len(piece) // _PIECE)
    assert pieces == [1, 2, 4, 8, 16, 19]
    document.seek(0)
    document.some = True
    assert len(document.read()) == _PIECE


def test_accents_are_looked_for_by_the_byte_and_only_until_they_are_a_sample():
    capitals = b"R1;ACCUEIL DES CLIENTS ET MISE EN RAYON;1\n" * 1000
    data = capitals + "RX;ÉTÉ À LA FERME;2\r".encode("cp1252") + capitals + "DÉJÀ".encode("cp1252")
    assert _accented(data).decode("cp1252") == "RX;ÉTÉ À LA FERME;2\nDÉJÀ"
    assert decode(data, "offres.csv", None).encoding == "cp1252"
    assert len(_accented(b"\xe9" * 9 * _SAMPLE)) < 2 * _SAMPLE


def test_a_line_that_is_read_again_counts_all_its_characters():
    lines = LineReader(["ab\n", "cdef\n"])
    lines.stop = 2
    assert (list(lines), lines.read) == (["ab\n", "cdef\n"], 8)
    lines.at = 0
    assert (list(lines), lines.read) == (["ab\n", "cdef\n"], 16)
    assert _SPARE < 2_000_000


def book(*texts: str, times: int = 1) -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as made:
        sheet = made.add_worksheet()
        for row in range(times + 1):
            sheet.write_row(row, 0, texts if row else ["ref"] * len(texts))
    return out.getvalue()


def test_cells_that_share_a_long_text_are_counted_each(monkeypatch):
    data = book("x" * 9_000, times=999)
    assert len(read_xlsx(data, "offres.xlsx", Format(kind="xlsx"), Limits()).frame) == 999
    monkeypatch.setattr(workbook, "MOST_SHARED", 1_000_000)
    with pytest.raises(Unreadable, match=r"share texts of [89] .* bytes, each counting them; expected at most 200"):
        read_xlsx(data, "offres.xlsx", Format(kind="xlsx"), Limits())


def test_a_sheet_of_many_cells_is_left_to_another_process(monkeypatch):
    data = book("a", "b", times=9)
    monkeypatch.setattr(workbook, "CELLS_HERE", 19)
    with pytest.raises(TooHeavy):
        read_xlsx(data, "offres.xlsx", Format(kind="xlsx"), Limits(), Hints(here=10**6))
    with pytest.raises(TooHeavy):
        read_xlsx(data, "offres.xlsx", Format(kind="xlsx"), Limits(), Hints(here=100))
    assert len(read_xlsx(data, "offres.xlsx", Format(kind="xlsx"), Limits()).frame) == 9


@pytest.mark.parametrize(
    ("sheet", "extent"),
    [
        (b'<c r="B7"><v>1</v></c><c r="C9"/>', (7, 2)),
        (b"<x:c s='1' r = 'D2' t=\"n\"><x:v>1</x:v></x:c>", (2, 4)),
        (b'<c x=">" r="XFD3"><v>1</v></c>', (3, 16_384)),
        (b'<row r="5"><c><v>1</v></c><c><v>1</v></c></row>', (7, 2)),
        (b'<c r="A1" ' * 9, (0, 0)),
    ],
)
def test_a_sheet_is_as_large_as_its_farthest_cell_that_holds_something(sheet, extent):
    assert workbook._extent(sheet) == extent
