"""Archives from strangers: opened within budgets, or refused in a sentence."""

from __future__ import annotations

import gzip
import io
import stat
import zipfile
from functools import partial
from pathlib import Path

import pytest

from connectors.formats.unpack import unpack
from offers.errors import Unreadable
from offers.feed import Limits
from offers.model import Severity

CSV = b"ref;titre\n1;Atelier\n"
packed = partial(gzip.compress, mtime=0)  # an instant would be another name of the test in each process


def zipped(*members: tuple[str | zipfile.ZipInfo, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(name, content, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def opened(folder: Path, data: bytes, *, workbook: bool = False, **limits: int) -> bytes:
    path = folder / "drop"
    path.write_bytes(data)
    return unpack(path, "offres.csv.gz", Limits(**limits), workbook=workbook).data


@pytest.mark.parametrize("data", [CSV, packed(CSV), packed(CSV[:5]) + packed(CSV[5:])])
def test_plain_and_gzipped_files_give_their_bytes(tmp_path: Path, data: bytes) -> None:
    assert opened(tmp_path, data) == CSV


@pytest.mark.parametrize(
    "beside",
    [
        "__MACOSX/._offres.csv", "mars/__MACOSX/._x", ".DS_Store", "Thumbs.db", "desktop.ini", "LISEZMOI.txt",
        "Lisez-moi", "readme_FR.txt", "README", "A lire.txt", "offres.csv.md5", "offres.sha256", "SHA256SUMS",
        "offres.ctl", "notice.pdf", "logo.png", "offres.xsd", "mars\\LISEZMOI.TXT", "manifest.json",
    ],
)  # fmt: skip
def test_a_zip_gives_its_one_data_file_and_tells_what_lies_beside_it(tmp_path: Path, beside: str) -> None:
    path = tmp_path / "drop"
    path.write_bytes(zipped((beside, b"x"), ("mars/", b""), ("mars/offres.csv", CSV)))
    found = unpack(path, "offres.zip", Limits())
    assert found.data == CSV
    (told,) = found.findings
    assert (told.check, told.severity) == ("companions_left_aside", Severity.NOTE)
    assert beside.replace("\\", "/") in told.sentence


def test_a_zip_of_one_file_has_no_companions_whatever_its_name(tmp_path: Path) -> None:
    path = tmp_path / "drop"
    for name in ("offres", "offres.log", "LISEZMOI.csv"):
        path.write_bytes(zipped((name, CSV)))
        assert (unpack(path, "offres.zip", Limits()).data, unpack(path, "offres.zip", Limits()).findings) == (CSV, ())


def test_backslashes_in_the_paths_of_a_zip_are_slashes(tmp_path: Path) -> None:
    assert opened(tmp_path, zipped(("mars\\", b""), ("mars\\offres.csv", CSV), ("__MACOSX\\._o", b"x"))) == CSV


def test_a_small_file_of_repetitions_is_no_bomb(tmp_path: Path) -> None:
    text = b"Stage de seconde;" * 300_000
    assert opened(tmp_path, packed(text)) == text


def symlink() -> zipfile.ZipInfo:
    info = zipfile.ZipInfo("offres.csv")
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    return info


def encrypted() -> bytes:
    data = bytearray(zipped(("offres.csv", CSV)))
    data[6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    return bytes(data)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "0 bytes"),
        (packed(b""), "0 bytes inside the gzip archive"),
        (packed(CSV * 99)[:-20], "damaged gzip archive"),
        (packed(CSV) + b"rubbish", "damaged gzip archive"),
        (zipped(("offres.csv", CSV * 99))[:-30], "damaged zip archive"),
        (zipped(), "0 data files"),
        (zipped(("LISEZMOI", b"x"), ("offres.csv", CSV), ("offres-bis.txt", CSV)), r"2 data files .*offres-bis.txt"),
        (zipped(("a.csv", CSV), ("b.csv", CSV)), r"2 data files in the zip archive \(a.csv, b.csv\)"),
        (zipped(("offres.csv", b"")), "0 bytes inside the zip archive"),
        (zipped(("../offres.csv", CSV)), "leaves its folder"),
        (zipped(("/etc/offres.csv", CSV)), "leaves its folder"),
        (zipped(("C:\\offres.csv", CSV)), "leaves its folder"),
        (zipped((symlink(), b"/etc/passwd")), "symbolic link"),
        (encrypted(), "a password"),
        (packed(packed(CSV)), "an archive inside the gzip archive"),
        (zipped(("offres.csv.gz", packed(CSV))), "an archive inside the zip archive"),
        (zipped(*((f"{count}.csv", CSV) for count in range(101))), "101 members"),
        (packed(bytes(30_000_000)), "zip bomb"),
        (zipped(("offres.csv", bytes(30_000_000))), "zip bomb"),
        (zipped(("[Content_Types].xml", b"x"), ("xl/workbook.xml", b"x")), "an Excel workbook"),
    ],
)
def test_what_is_not_safe_or_whole_is_unreadable(tmp_path: Path, data: bytes, says: str) -> None:
    with pytest.raises(Unreadable, match=says) as caught:
        opened(tmp_path, data)
    assert str(caught.value).startswith("offres.csv.gz: ")


def test_the_limit_of_bytes_holds_before_and_after_unpacking(tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match=r"2 000 bytes; expected at most 1 999 \(`limits.bytes`\)"):
        opened(tmp_path, b"x" * 2000, bytes=1999)
    with pytest.raises(Unreadable, match=r"more than 1 999 bytes once unpacked"):
        opened(tmp_path, packed(b"x" * 2000), bytes=1999)


def test_a_zip_directory_of_many_members_is_refused_before_it_is_built(tmp_path: Path) -> None:
    data = zipped(*((f"{count:05}.csv", b"") for count in range(30_000)))
    with pytest.raises(Unreadable, match="members"):
        opened(tmp_path, data)


def test_a_workbook_is_handed_back_whole_once_its_members_keep_the_budget(tmp_path: Path) -> None:
    data = zipped(("[Content_Types].xml", b"x"), ("xl/workbook.xml", b"x"))
    assert opened(tmp_path, data, workbook=True) == data
    assert opened(tmp_path, packed(data), workbook=True) == data
    assert opened(tmp_path, zipped(("offres.xlsx", data)), workbook=True) == data
    bomb = zipped(("xl/workbook.xml", b"x"), ("xl/worksheets/sheet1.xml", bytes(30_000_000)))
    with pytest.raises(Unreadable, match="zip bomb"):
        opened(tmp_path, bomb, workbook=True)


def test_other_workbooks_are_named(tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match="OpenDocument"):
        opened(tmp_path, zipped(("mimetype", b"x"), ("content.xml", b"x")), workbook=True)
