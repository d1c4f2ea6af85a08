"""The door: a path, a format, a batch; and every format through gzip and zip."""

from __future__ import annotations

import gzip
import io
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import get_args

import pytest
import xlsxwriter

from connectors.formats import KINDS
from connectors.reading import read
from offers.errors import FeedMisconfigured, Unreadable
from offers.feed import Limits
from offers.format import Format
from offers.model import MALFORMED_COLUMNS


def workbook() -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        sheet = book.add_worksheet("Offres")
        sheet.write_row(0, 0, ["ref", "ville"])
        sheet.write_row(1, 0, ["007", "Nîmes"])
    return out.getvalue()


FORMATS: list[tuple[Format, bytes, int]] = [
    (Format(kind="csv"), "ref;ville\n007;Nîmes\n".encode(), 2),
    (Format(kind="xlsx"), workbook(), 2),
    (Format(kind="xml", record="o"), "<r><o><ref>007</ref><ville>Nîmes</ville></o></r>".encode(), 1),
    (Format(kind="rss"), "<r><item><ref>007</ref><ville>Nîmes</ville></item></r>".encode(), 1),
    (Format(kind="json", records="r"), '{"r": [{"ref": "007", "ville": "Nîmes"}]}'.encode(), 1),
    (Format(kind="jsonl"), '\n{"ref": "007", "ville": "Nîmes"}'.encode(), 2),
]


def zipped(data: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("offres.dat", data)
    return out.getvalue()


@pytest.mark.parametrize("around", ["", "gzip", "zip"])
@pytest.mark.parametrize(("format", "data", "line"), FORMATS, ids=[format.kind for format, _, _ in FORMATS])
def test_each_format_gives_the_same_frame_packed_or_not(
    tmp_path: Path, format: Format, data: bytes, line: int, around: str
) -> None:
    path = tmp_path / "any-name"
    path.write_bytes({"": data, "gzip": gzip.compress(data), "zip": zipped(data)}[around])
    batch = read(path, "offres", format, Limits())
    assert batch.frame.to_dict("index") == {line: {"ref": "007", "ville": "Nîmes"}}
    assert (batch.frame.index.name, str(batch.frame.index.dtype)) == ("line", "int64")
    assert {str(dtype) for dtype in batch.frame.dtypes} == {"str"}
    assert tuple(batch.malformed.columns) == MALFORMED_COLUMNS
    assert batch.dialect.get("archive", "") == around
    assert (batch.read, batch.findings) == (1, ())


@pytest.mark.parametrize("kind", ["csv", "xlsx", "rss", "json", "jsonl"])
@pytest.mark.parametrize(
    "data",
    # No instant in the gzip: it would be another name of the test in each process.
    [b"", gzip.compress(b"", mtime=0), b"<!doctype html><html><body>503</body></html>", b"%PDF-1.7\n", bytes(2000)],
)
def test_rubbish_is_one_clear_sentence_in_every_format(tmp_path: Path, kind: str, data: bytes) -> None:
    path = tmp_path / "x"
    path.write_bytes(data)
    with pytest.raises(Unreadable, match=r"^offres-2026: .+(;|\()(.|\s)*\.$"):
        read(path, "offres-2026", Format.model_validate({"kind": kind}), Limits())


def test_an_unknown_encoding_names_the_key(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(b"a;b\n1;2\n")
    with pytest.raises(FeedMisconfigured, match=r"`format\.encoding` = 'martian'"):
        read(path, "offres", Format(kind="csv", encoding="martian"), Limits())


def test_each_word_that_a_feed_may_say_has_its_reader() -> None:
    assert set(KINDS) == set(get_args(Format.model_fields["kind"].annotation))
    assert all(callable(kind.read) for kind in KINDS.values())


def test_the_registry_costs_no_pandas() -> None:
    """`quai --help` and `quai feeds` look at KINDS and at no drop."""
    code = "import sys, connectors; print(sorted({'pandas', 'pyarrow'} & set(sys.modules)))"
    root = Path(__file__).resolve().parents[2]
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("kind", ["csv", "rss", "json"])
def test_a_workbook_is_read_where_another_format_is_agreed(tmp_path: Path, kind: str) -> None:
    """Our return is a workbook, and is sent back as it is."""
    path = tmp_path / "retour.xlsx"
    path.write_bytes(workbook())
    batch = read(path, "retour.xlsx", Format.model_validate({"kind": kind}), Limits())
    assert batch.frame.to_dict("index") == {2: {"ref": "007", "ville": "Nîmes"}}
    assert batch.findings == ()


def test_a_csv_is_read_where_a_workbook_is_agreed(tmp_path: Path) -> None:
    path = tmp_path / "offres.csv"
    path.write_bytes("ref;ville\n007;Nîmes\n".encode())
    batch = read(path, "offres.csv", Format(kind="xlsx", sheet="Offres"), Limits())
    assert batch.frame.to_dict("index") == {2: {"ref": "007", "ville": "Nîmes"}}
