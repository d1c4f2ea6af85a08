"""Workbooks that are no .xlsx: .xls and .ods are read, what is neither is named for what it is."""

from __future__ import annotations

import io
import re
import struct
import zipfile
from pathlib import Path

import pytest

from connectors.formats import Hints
from connectors.formats.bounds import TooHeavy
from connectors.formats.workbook import read_xlsx
from connectors.reading import read
from offers.errors import Unreadable
from offers.feed import Limits
from offers.format import Format
from offers.model import Severity
from offers.wording import Language
from reports.returns.words import Words
from story.failures import not_read

XLSX = Format(kind="xlsx")
SECTOR = 512


def _entry(name: str, kind: int, start: int, size: int, child: int = -1) -> bytes:
    text = name.encode("utf-16-le")
    head = text.ljust(64, b"\0") + struct.pack("<HBBiii", len(text) + 2, kind, 1, -1, -1, child)
    return head + bytes(36) + struct.pack("<iQ", start, size)


def old_office(stream: str, content: bytes) -> bytes:
    """An old Office document of one stream: a header, its table of sectors, its directory, the stream."""
    content = content.ljust(max(4096, -(-len(content) // SECTOR) * SECTOR), b"\0")
    chain = [*range(3, 2 + len(content) // SECTOR), -2]
    table = struct.pack("<128i", *[-3, -2, *chain, *[-1] * (126 - len(chain))])
    folder = _entry("Root Entry", 5, -2, 0, child=1) + _entry(stream, 2, 2, len(content))
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    head += struct.pack("<iiiiiiiii", 0, 1, 1, 0, 4096, -2, 0, -2, 0) + struct.pack("<109i", 0, *[-1] * 108)
    return head + table + folder.ljust(SECTOR, b"\0") + content


def _record(number: int, content: bytes) -> bytes:
    return struct.pack("<HH", number, len(content)) + content


def _text(text: str) -> bytes:
    return struct.pack("<HB", len(text), 1) + text.encode("utf-16-le")


def xls(rows: list[list[object]], *, password: bool = False) -> bytes:
    """A sheet « Offres » as Excel 97 wrote it."""
    begin = _record(0x809, struct.pack("<HHHHII", 0x600, 5, 0, 0, 0, 0))
    begin += _record(0x2F, b"\1" + bytes(53)) if password else b""
    name = struct.pack("<BB", 6, 0) + b"Offres"
    at = len(begin) + len(_record(0x85, bytes(6) + name)) + len(_record(0x0A, b""))
    sheet = _record(0x809, struct.pack("<HHHHII", 0x600, 0x10, 0, 0, 0, 0))
    sheet += _record(0x200, struct.pack("<IIHHH", 0, len(rows), 0, len(rows[0]), 0))
    for row, cells in enumerate(rows):
        for column, value in enumerate(cells):
            place = struct.pack("<HHH", row, column, 0)
            number = isinstance(value, float)
            sheet += _record(0x203, place + struct.pack("<d", value)) if number else b""
            sheet += b"" if number else _record(0x204, place + _text(str(value)))
    globals_ = begin + _record(0x85, struct.pack("<IH", at, 0) + name) + _record(0x0A, b"")
    return old_office("Workbook", globals_ + sheet + _record(0x0A, b""))


ODF = 'xmlns:{0}="urn:oasis:names:tc:opendocument:xmlns:{0}:1.0"'
SPREADSHEET = "application/vnd.oasis.opendocument.spreadsheet"


def zipped(*members: tuple[str, str]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in members:
            archive.writestr(name, content)
    return out.getvalue()


def ods(rows: list[list[object]], kind: str = SPREADSHEET) -> bytes:
    def cell(value: object) -> str:
        of = f'float" office:value="{value}' if isinstance(value, float) else "string"
        return f'<table:table-cell office:value-type="{of}"><text:p>{value}</text:p></table:table-cell>'

    drawn = "".join(f"<table:table-row>{''.join(map(cell, row))}</table:table-row>" for row in rows)
    names = " ".join(ODF.format(name) for name in ("office", "table", "text"))
    body = f'<table:table table:name="Offres">{drawn}</table:table>'
    document = f"<office:body><office:spreadsheet>{body}</office:spreadsheet></office:body>"
    content = f"<office:document-content {names}>{document}</office:document-content>"
    manifest = f"<manifest:manifest {ODF.format('manifest')}/>"
    return zipped(("mimetype", kind), ("content.xml", content), ("META-INF/manifest.xml", manifest))


ROWS: list[list[object]] = [["ref", "titre", "places"], ["R1", "Atelier d’été", 3.0], ["R2", "Bureau", 2.5]]


@pytest.mark.parametrize("draw", [xls, ods])
@pytest.mark.parametrize("kind", ["xlsx", "csv"])
def test_an_older_workbook_and_an_open_one_are_read_as_any_other(draw, kind: str, tmp_path: Path) -> None:
    """Whatever table the feed agreed to; what is not seen of them is said once."""
    drop = tmp_path / "offres"
    drop.write_bytes(draw(ROWS))
    batch = read(drop, "offres", Format(kind=kind), Limits())
    assert batch.frame.reset_index().to_numpy().tolist() == [
        [2, "R1", "Atelier d’été", "3"],
        [3, "R2", "Bureau", "2.5"],
    ]
    assert batch.sheets == ("Offres",)
    (finding,) = batch.findings
    assert (finding.check, finding.severity) == ("workbook_seen_in_part", Severity.NOTE)
    assert f"an .{draw.__name__} workbook" in finding.seen


@pytest.mark.parametrize("draw", [xls, ods])
def test_they_are_read_in_a_process_of_their_own(draw) -> None:
    """Nothing measures beforehand what few bytes of them would become."""
    with pytest.raises(TooHeavy):
        read_xlsx(draw(ROWS), "offres", XLSX, Limits(), Hints(here=10**9))


LOCKED = "un classeur protégé par un mot de passe"
NAMED = {
    "a workbook protected by a password": (old_office("EncryptedPackage", b"x"), LOCKED),
    "a workbook protected by a password, too": (xls(ROWS, password=True), LOCKED),
    "a Word document (.doc)": (old_office("WordDocument", b"x"), "un document Word (.doc)"),
    "a Word document (.docx)": (zipped(("word/document.xml", "<w/>")), "un document Word (.docx)"),
    "a PowerPoint presentation (.pptx)": (zipped(("ppt/presentation.xml", "<p/>")), "une présentation PowerPoint"),
    "an Apple document": (zipped(("Index/Document.iwa", "x"), ("preview.jpg", "x")), "un document d’Apple (.numbers"),
    "a binary workbook (.xlsb)": (zipped(("xl/workbook.bin", "x")), "un classeur binaire (.xlsb)"),
    "an OpenDocument text": (ods(ROWS, "application/vnd.oasis.opendocument.text"), "un texte ou dessin OpenDocument"),
    "a PDF document": (b"%PDF-1.7 ...", "un document PDF"),
}


@pytest.mark.parametrize("what", NAMED)
def test_what_is_no_workbook_that_opens_is_named_for_what_it_is_in_both_languages(what: str, tmp_path: Path) -> None:
    (drop := tmp_path / "offres.xlsx").write_bytes(NAMED[what][0])
    with pytest.raises(Unreadable, match="look like " + re.escape(what.removesuffix(", too"))) as told:
        read(drop, drop.name, XLSX, Limits())
    finding = not_read(type("Feed", (), {"format": XLSX}), told.value)  # type: ignore[arg-type]
    assert f"Il ressemble à {NAMED[what][1]}" in (Words(Language.FRENCH).finding(finding) or "")
