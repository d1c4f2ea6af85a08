"""Whether bytes name a person, whatever they are: text in any encoding that feeds bear, packed, or a workbook."""

from __future__ import annotations

import bz2
import gzip
import html
import lzma
import re
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import islice
from typing import IO, Any

import pyarrow as pa
import pyarrow.compute as arrow_compute

from offers.persons import Sign, unescaped

pc: Any = arrow_compute
BLOCK = 8 << 20
OVERLAP = 4096
"""Bytes of each block that are looked at with the next one, so that no sign falls between two."""
MOST = 8 << 30
"""Bytes that are unpacked of one file; a file that holds more is told as one that was not searched."""
MEMBERS, DEEP = 20_000, 3
IN_MEMORY = 16 << 20
WITHOUT_MARKS = ("cp1252", "mac_roman", "cp850")
_TAG = re.compile(r"<[^<>]*>")
_SHARED_END, _WALL = "</si>", "\a</si>"
"""Texts that a workbook's cells share stand in the order of their first use: next to each other says nothing."""
_SHARED = re.compile(rb"<(?:[\w.-]++:)?+si(?=[\s/>])")
_ROW = re.compile(rb"<(?:[\w.-]++:)?+row(?=[\s/>])")
_CELL = re.compile(rb"<(?:[\w.-]++:)?+c(?=[\s/>])")
_OF_SHARED = re.compile(rb"\st\s*+=\s*+[\"']s[\"']")
_PART = re.compile(rb"<[^<>]*+>")
_ELEMENT_END = re.compile(rb"</(?:[\w.-]++:)?+(?:c|si)>")
_WIDEST = 16_384
_HEAD = 4_096
_SHORT = 200
"""Characters of a cell up to which it may be one word of a name, with the next cell's for another."""
_SHEETS = 128 << 20
"""Bytes of a workbook's sheets whose cells are put together row by row; a larger one is told."""
_OLD_BOOK = b"\xd0\xcf\x11\xe0"
_ZIP = b"PK\x03\x04"
_STREAMS = {b"\x1f\x8b": gzip.open, b"BZh": bz2.open, b"\xfd7zXZ": lzma.open}
_CLOSED = {
    b"7z\xbc\xaf": "a 7z archive",
    b"Rar!": "a RAR archive",
    b"\x28\xb5\x2f\xfd": "Zstandard",
    b"%PDF": "a PDF document",
}
"""What no library here opens: told, so that somebody looks."""
_BAD = (
    EOFError, OSError, zlib.error, lzma.LZMAError, zipfile.BadZipFile, NotImplementedError, RuntimeError, ValueError,
)  # fmt: skip


@dataclass
class Sifted:
    """Whether the sign was found, how many bytes were looked through (unpacked), and what could not be, with why."""

    found: bool = False
    bytes: int = 0
    unread: list[str] = field(default_factory=list)

    @property
    def room(self) -> int:
        """What may still be unpacked."""
        return MOST - self.bytes


def sift(file: IO[bytes], name: str, sign: Sign) -> Sifted:
    """Look through a file that can be sought in. What cannot be read is told, never passed over in silence."""
    sifted = Sifted()
    _look(file, name, sign, sifted, 0)
    return sifted


def _look(file: IO[bytes], name: str, sign: Sign, sifted: Sifted, depth: int) -> None:
    start, kept = file.read(8), b""
    file.seek(0)
    while block := file.read(BLOCK):
        sifted.bytes += len(block)
        sifted.found = sifted.found or any(named(text, sign) for text in _texts(kept + block))
        kept = block[-OVERLAP:]
    unpack: Any = next((opener for head, opener in _STREAMS.items() if start.startswith(head)), None)
    if start.startswith(_ZIP) or zipfile.is_zipfile(file):  # told by its end: bytes may stand before it
        unpack = zipfile.ZipFile
    if start.startswith(_OLD_BOOK) and sign.kind == "name":
        sifted.unread.append(f"{name}: an old workbook or document, whose cells were not put together row by row")
    if unpack is None:
        closed = next((kind for head, kind in _CLOSED.items() if start.startswith(head)), None)
        if closed is not None:
            sifted.unread.append(f"{name}: {closed}, which is not opened")
        return
    if depth == DEEP:
        sifted.unread.append(f"{name}: packed more than {DEEP} times")
        return
    file.seek(0)
    try:
        if unpack is zipfile.ZipFile and sign.kind == "name" and not sifted.found:
            _through_rows(file, name, sign, sifted)
        for inner, member in _members(file, name, unpack, sifted):
            _look(inner, f"{name}/{member}" if member else name, sign, sifted, depth + 1)
    except _BAD as fault:
        sifted.unread.append(f"{name}: {type(fault).__name__} while it was unpacked")


def _members(file: IO[bytes], name: str, unpack: Any, sifted: Sifted) -> Iterator[tuple[IO[bytes], str]]:
    if unpack is not zipfile.ZipFile:
        with unpack(file) as packed:
            yield from _unpacked(packed, name, "", sifted)
        return
    with zipfile.ZipFile(file) as archive:
        members = [member for member in archive.infolist() if not member.is_dir()]
        for member in members[:MEMBERS]:
            try:
                with archive.open(member) as packed:
                    yield from _unpacked(packed, name, member.filename, sifted)
            except _BAD as fault:
                sifted.unread.append(f"{name}/{member.filename}: {type(fault).__name__}, encrypted or damaged")
        if len(members) > MEMBERS:
            sifted.unread.append(f"{name}: {len(members) - MEMBERS} of its members")


def _unpacked(packed: IO[bytes], name: str, member: str, sifted: Sifted) -> Iterator[tuple[IO[bytes], str]]:
    """Unpacked onto the disk beyond IN_MEMORY: what is packed in it must be sought in."""
    room = sifted.room
    with tempfile.SpooledTemporaryFile(max_size=IN_MEMORY) as out:
        while room > 0 and (block := packed.read(min(BLOCK, room))):
            room -= out.write(block)
        if room <= 0:
            sifted.unread.append(f"{name}/{member}: more than {MOST:,} bytes once unpacked")
        out.seek(0)
        yield out, member


def _through_rows(file: IO[bytes], name: str, sign: Sign, sifted: Sifted) -> None:
    """A workbook's rows: first and last name may be cells of their own, which lie far apart in its bytes."""
    with zipfile.ZipFile(file) as archive:
        parts = archive.infolist()[:MEMBERS]
        if not any(part.filename.lower().endswith("[content_types].xml") for part in parts):
            return
        if sum(part.file_size for part in parts) > _SHEETS:
            sifted.unread.append(f"{name}: a workbook whose cells were too many to be put together row by row")
            return
        contents = [archive.read(part) for part in parts]  # whatever they are called: a workbook may call them anything
    sheets = [content for content in contents if b"sheetData" in content]
    shared = (content for content in contents if b"sst" in content[:_HEAD])
    texts = [_said(text) for content in shared for text in _SHARED.split(content)[1:]]
    rows = (_row(row, texts) for sheet in sheets for row in _ROW.split(sheet)[1:])
    # By the thousand, for the one linear pass has its price.
    while not sifted.found and (some := list(islice(rows, 1_000))):
        likely = _likely(some, sign)
        sifted.found = any(sign.stands_in(row) for row, looks in zip(some, likely, strict=True) if looks)


def _row(row: bytes, texts: list[str]) -> str:
    cells = []
    for cell in _CELL.split(row, _WIDEST)[1:]:
        said = _said(cell)
        if _OF_SHARED.search(cell.partition(b">")[0]):
            said = texts[int(said)] if said.isdecimal() and int(said) < len(texts) else ""
        cells += [said] if said else []
    return "\t".join(cells)


def _said(element: bytes) -> str:
    """The text in an element whose beginning was cut off before its first `>`; "" where it is too long for a name."""
    inner = _ELEMENT_END.split(element.partition(b">")[2], 1)[0]
    text = html.unescape(_PART.sub(b"", inner[: 20 * _SHORT]).decode("utf-8", "replace")).strip()
    return text if len(text) <= _SHORT else ""


def named(text: str, sign: Sign) -> bool:
    """Whether a text names the person, behind escapes and between tags too."""
    if _SHARED_END in text:
        text = text.replace(_SHARED_END, _WALL)
    views = [text, _TAG.sub("", text)] if "</" in text else [text]
    shown = (one for view in views for one in unescaped(view))
    return any(_likely([one], sign)[0] and sign.stands_in(one) for one in shown)


def _likely(texts: list[str], sign: Sign) -> list[bool]:
    """One linear pass, that of RE2: what is not likely need not be looked at closely."""
    held = pa.array(texts, pa.large_string())
    likely: list[bool] = pc.match_substring_regex(held, sign.likely, ignore_case=True).to_pylist()
    return likely


def _texts(block: bytes) -> Iterator[str]:
    """The block as each encoding reads it that may be meant: UTF-8, and where it is none, those without marks."""
    text = None
    with suppress(UnicodeDecodeError):
        text = block.decode("utf-8")
    if text is None:
        yield from (block.decode(encoding, "replace") for encoding in ("utf-8", *WITHOUT_MARKS))
    else:
        yield text
    if b"\0" in block:
        yield from (block[at:].decode(f"utf-16-{end}", "replace") for at in (0, 1) for end in ("le", "be"))
