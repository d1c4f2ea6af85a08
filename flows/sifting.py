"""Whether bytes name a person, whatever they are: text in any encoding that feeds bear, packed, or a workbook."""

from __future__ import annotations

import bz2
import gzip
import lzma
import re
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
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
    start = file.read(8)
    file.seek(0)
    _through(file, sign, sifted)
    unpack = _unpacker(file, start)
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
        for inner, member in _members(file, name, unpack, sifted):
            _look(inner, f"{name}/{member}" if member else name, sign, sifted, depth + 1)
    except _BAD as fault:
        sifted.unread.append(f"{name}: {type(fault).__name__} while it was unpacked")


def _unpacker(file: IO[bytes], start: bytes) -> Any:
    """How it is unpacked: a zip by its end, for bytes may stand before it; None where it is not packed."""
    if start.startswith(_ZIP) or zipfile.is_zipfile(file):
        return zipfile.ZipFile
    return next((unpack for head, unpack in _STREAMS.items() if start.startswith(head)), None)


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


def _through(file: IO[bytes], sign: Sign, sifted: Sifted) -> None:
    kept = b""
    while block := file.read(BLOCK):
        sifted.bytes += len(block)
        sifted.found = sifted.found or _names(kept + block, sign)
        kept = block[-OVERLAP:]


def _names(block: bytes, sign: Sign) -> bool:
    return any(named(text, sign) for text in _texts(block))


def named(text: str, sign: Sign) -> bool:
    """Whether a text names the person, behind escapes and between tags too."""
    views = [text, _TAG.sub("", text)] if "</" in text else [text]
    return any(_likely(shown, sign) and sign.stands_in(shown) for view in views for shown in unescaped(view))


def _likely(text: str, sign: Sign) -> bool:
    """One linear pass, that of RE2: what is not likely need not be looked at closely."""
    texts = pa.array([text], pa.large_string())
    return bool(pc.match_substring_regex(texts, sign.likely, ignore_case=True)[0].as_py())


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
