"""Why a drop cannot be read, in one sentence: where, what was seen, what was expected, what to do."""

from __future__ import annotations

import re

from offers.errors import Unreadable
from offers.quoting import one_line

_MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"%PDF", "a PDF document"),
    (b"\x89PNG", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"GIF8", "a GIF picture"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Office document (.xls, .doc) or a workbook with a password"),
    (b"PK\x03\x04", "a zip archive or an Office workbook"),
    (b"PK\x05\x06", "an empty zip archive"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"BZh", "a bzip2 archive"),
    (b"\xfd7zXZ\x00", "an xz archive"),
    (b"\x28\xb5\x2f\xfd", "a zstandard archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    (b"Rar!", "a RAR archive"),
    (b"PAR1", "a Parquet file"),
    (b"SQLite format 3", "an SQLite database"),
    (b"\x7fELF", "a program"),
    (b"MZ\x90", "a program"),
    (b"{\\rtf", "an RTF document"),
)
_ARCHIVES = tuple(magic for magic, what in _MAGIC if "archive" in what)
_TAR_MAGIC = slice(257, 262)
_TEXT: tuple[tuple[str, str], ...] = (
    (r"<!doctype html|<html\b", "an HTML page"),
    (r"<\?xml\b|<rss\b", "an XML document"),
    (r"\{\s*\"|\[\s*\{", "a JSON document"),
)
_NUL_SHARE = 0.01
SEEN = 600


def refusal(name: str, seen: str, expected: str, remedy: str) -> Unreadable:
    """The exception to raise for the drop `name`; each part is a piece of sentence without its full stop.

    Of what was seen, which a drop's own words may make long, SEEN characters are told.
    """
    return Unreadable(f"{name}: {one_line(seen, SEEN)}; expected {expected}. {remedy}.")


def number(count: int) -> str:
    """A whole number for people: `14 203`."""
    return f"{count:,}".replace(",", " ")


def is_archive(head: bytes) -> bool:
    """Whether these first bytes (300 are enough) are those of an archive."""
    return head.startswith(_ARCHIVES) or head[_TAR_MAGIC] == b"ustar"


def looks_like(data: bytes) -> str | None:
    """What the bytes look like, where they are no text in columns: `a PDF document`; None if unsure."""
    for magic, what in _MAGIC:
        if data.startswith(magic):
            return what
    if data[_TAR_MAGIC] == b"ustar":
        return "a tar archive"
    head = data[:4096].decode("utf-8", "replace").lstrip("\ufeff \t\r\n").lower()
    for pattern, what in _TEXT:
        if re.match(pattern, head):
            return what
    return None


def looks_binary(utf8: bytes) -> bool:
    """Whether decoded text holds so many NUL characters that it is no text at all."""
    head = utf8[:65536]
    return head.count(0) > len(head) * _NUL_SHARE


def refuse_other_formats(name: str, data: bytes, expected: str) -> None:
    """Raise Unreadable when the bytes are plainly another format than `expected`, such as an error page or a PDF."""
    what = looks_like(data)
    if what is None:
        return
    remedy = f"Ask the partner for {expected}, or correct `format.kind` in the feed's TOML"
    if what == "an HTML page":
        remedy = f"The partner's server probably answered with an error page; ask them for {expected}"
    raise refusal(name, f"{number(len(data))} bytes that look like {what}", expected, remedy)
