"""Why a drop, or a line of it, cannot be read: where, what was seen, what was expected, what to do.

And what bytes look like that are no text in columns.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Literal

from offers.errors import Unreadable
from offers.findings import LOOKS
from offers.model import MALFORMED_COLUMNS, text_frame
from offers.text import one_line, quote
from offers.wording import number

if TYPE_CHECKING:
    import pandas as pd

_MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"%PDF", "pdf"),
    (b"\x89PNG", "png"),
    (b"\xff\xd8\xff", "jpeg"),
    (b"GIF8", "gif"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "office"),
    (b"PK\x03\x04", "zip"),
    (b"PK\x05\x06", "empty_zip"),
    (b"\x1f\x8b", "gzip"),
    (b"BZh", "bzip2"),
    (b"\xfd7zXZ\x00", "xz"),
    (b"\x28\xb5\x2f\xfd", "zstandard"),
    (b"7z\xbc\xaf\x27\x1c", "7z"),
    (b"Rar!", "rar"),
    (b"PAR1", "parquet"),
    (b"SQLite format 3", "sqlite"),
    (b"\x7fELF", "program"),
    (b"MZ\x90", "program"),
    (b"{\\rtf", "rtf"),
)
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_STREAMS: tuple[tuple[str, str], ...] = (
    ("EncryptedPackage", "locked"),
    ("WordDocument", "doc"),
    ("PowerPoint Document", "ppt"),
    ("__properties_version1.0", "msg"),
)
_ENTRIES: tuple[tuple[str, str], ...] = (
    ("word/document.xml", "docx"),
    ("ppt/presentation.xml", "pptx"),
    ("index/document.iwa", "apple"),
    (".numbers/index.zip", "apple"),
    ("xl/workbook.bin", "xlsb"),
)
_BEGIN, _FIRST, _FILE_PASS = b"\x09\x08\x10\x00\x00\x06\x05\x00", 6, 0x2F
_ODS = b"application/vnd.oasis.opendocument.spreadsheet"
_ARCHIVES = tuple(magic for magic, what in _MAGIC if "archive" in LOOKS[what][1])
_TAR_MAGIC = slice(257, 262)
_TEXT: tuple[tuple[str, str], ...] = (
    (r"<!doctype html|<html\b", "html"),
    (r"<\?xml\b|<rss\b", "xml"),
    (r"\{\s*\"|\[\s*\{", "json"),
)
_NUL_SHARE = 0.01
SEEN = 600
CLIP = 200
"""Characters of a faulty line or of a note that are quoted."""


def refusal(name: str, seen: str, expected: str, remedy: str, **fields: object) -> Unreadable:
    """The exception to raise for the drop `name`; each part is a piece of sentence without its full stop.

    Of what was seen, which a drop's own words may make long, SEEN characters are told. `fields`: see Unreadable.
    """
    return Unreadable(f"{name}: {one_line(seen, SEEN)}; expected {expected}. {remedy}.", **fields)


def other_bytes(name: str, data: bytes, looks: str | None, expected: str, remedy: str) -> Unreadable:
    """The same for bytes that are plainly something else, by its key in LOOKS; None: text."""
    what = LOOKS[looks][1] if looks else "plain text"
    told = {"looks": looks} if looks else {}
    return refusal(name, f"{number(len(data))} bytes that look like {what}", expected, remedy, **told)


def is_archive(head: bytes) -> bool:
    """Whether these first bytes (300 are enough) are those of an archive."""
    return head.startswith(_ARCHIVES) or head[_TAR_MAGIC] == b"ustar"


def workbook_kind(data: bytes) -> Literal["xlsx", "xls", "ods"] | None:
    """Which kind of workbook the bytes are that calamine reads; None for anything else."""
    if data.startswith(_OLE):
        sheets = _holds(data, "Workbook") or _holds(data, "Book")
        return "xls" if sheets and office_document(data) is None else None
    if not data.startswith(b"PK\x03\x04"):
        return None
    return "ods" if _ODS in data[:512] else "xlsx"


def office_document(data: bytes) -> str | None:
    """What an old Office document is that is no workbook, or one that no one can open without its password."""
    if not data.startswith(_OLE):
        return None
    for stream, what in _STREAMS:
        if _holds(data, stream):
            return what
    at = data.find(_BEGIN)
    for _ in range(_FIRST if at >= 0 else 0):  # one of an .xls' first records says that the others are enciphered
        number, size = int.from_bytes(data[at : at + 2], "little"), int.from_bytes(data[at + 2 : at + 4], "little")
        if number == _FILE_PASS:
            return _STREAMS[0][1]
        at += 4 + size
    return None


def zipped_document(entries: Iterable[str]) -> str | None:
    """What a zip of these entries (lower case, slashes) is, where it is a document and no workbook that we read."""
    held = list(entries)
    return next((what for end, what in _ENTRIES if any(entry.endswith(end) for entry in held)), None)


def _holds(data: bytes, stream: str) -> bool:
    """Whether a directory of an old Office file names a stream: an entry of 128 bytes begins with its name."""
    name, at = f"{stream}\0".encode("utf-16-le"), -1
    while (at := data.find(name, at + 1)) >= 0:
        if at % 128 == 0:
            return True
    return False


def looks_like(data: bytes) -> str | None:
    """What the bytes look like, where they are no text in columns, by its key in LOOKS; None if unsure."""
    if (what := office_document(data)) is not None:
        return what
    for magic, what in _MAGIC:
        if data.startswith(magic):
            return what
    if data[_TAR_MAGIC] == b"ustar":
        return "tar"
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
    if what == "html":
        remedy = f"The partner's server probably answered with an error page; ask them for {expected}"
    raise other_bytes(name, data, what, expected, remedy)


def malformed(line: int, raw: str, rule: str, **fields: object) -> dict[str, object]:
    """A line that cannot be read: the rule, the line's text, and the figures that the rule's sentence names."""
    figures = {name: str(one) for name, one in fields.items()}
    return {"line": line, "rule": rule, "value": clip(raw) or None, "fields": json.dumps(figures)}


def malformed_frame(lines: Sequence[dict[str, object]]) -> pd.DataFrame:
    """Such lines as a frame of MALFORMED_COLUMNS."""
    return text_frame(MALFORMED_COLUMNS, list(lines))


def clip(text: str) -> str:
    """At most CLIP characters on one line, for a sentence."""
    return quote(text, CLIP)
