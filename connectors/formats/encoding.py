"""Which letters the bytes are: byte order mark, the feed's own word, UTF-16, strict UTF-8, then a recorded guess."""

from __future__ import annotations

import codecs
import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass

import pyarrow as pa
from charset_normalizer import from_bytes

from connectors.formats.refusal import number, refusal
from offers.errors import FeedMisconfigured
from offers.model import Finding, Severity

_MARKS: tuple[tuple[bytes, str], ...] = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16, whose mark begins it
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_SAMPLE = 65536
_CHUNK = 1 << 22
_LATIN = ["cp1252", "cp850", "mac_roman"]
"""What French office software has written without saying so: Windows, MS-DOS (old payrolls), old Macs."""
_LONGEST_LINE = 2000
"""Bytes of a line that are looked at, from shortly before its first accent on."""
_ACCENT = re.compile(rb"[\x80-\xff]")
_LINE_END = re.compile(rb"[\r\n]")


@dataclass(frozen=True)
class Decoded:
    """The text as UTF-8 without a mark, the encoding it came in, and what is doubtful about that."""

    utf8: bytes
    encoding: str
    findings: tuple[Finding, ...] = ()


def decode(data: bytes, name: str, declared: str | None) -> Decoded:
    """Text as UTF-8, decoded strictly: a mark beats what the feed declares, and that beats detection.

    Raises FeedMisconfigured for an encoding that does not exist, Unreadable where the bytes are not of that encoding.
    """
    declared = _known(declared, name)
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return Decoded(_to_utf8(data[len(mark) :], encoding, name, "its byte order mark says so"), encoding)
    if declared:
        text = _to_utf8(data, declared, name, "`format.encoding` says so")
        return Decoded(text, declared, _doubt(data, declared, name))
    wide = _wide(data)
    if wide:
        return Decoded(_to_utf8(data, wide, name, "every other byte is zero"), wide)
    if _fault_in_utf8(data) is None:
        return Decoded(data, "utf-8")
    encoding = _guess(data, name)
    return Decoded(_to_utf8(data, encoding, name, "it looks like that"), encoding)


def _known(declared: str | None, name: str) -> str | None:
    if declared is None:
        return None
    try:
        "".encode(codecs.lookup(declared).name)
    except (LookupError, ValueError, TypeError) as error:
        raise FeedMisconfigured(
            f"{name}: `format.encoding` = {declared!r} in the feed's TOML is no text encoding; "
            'write for example "utf-8", "windows-1252", "utf-16" or "iso-8859-15", or leave the key out to detect it.'
        ) from error
    found = codecs.lookup(declared).name
    return "utf-8" if found == "utf-8-sig" else found


def _pieces(data: bytes) -> Iterator[memoryview]:
    view = memoryview(data)
    return (view[at : at + _CHUNK] for at in range(0, len(data), _CHUNK))


def _fault_in_utf8(data: bytes) -> int | None:
    """Where the bytes stop being UTF-8, None if nowhere."""
    if _is_utf8(data):
        return None
    decoder, done = codecs.getincrementaldecoder("utf-8")(), 0
    for piece in _pieces(data):
        pending = len(decoder.getstate()[0])
        try:
            decoder.decode(piece)
        except UnicodeDecodeError as error:
            return done - pending + error.start
        done += len(piece)
    return None if not decoder.getstate()[0] else done


def _is_utf8(data: bytes) -> bool:
    """Arrow's check, ten times faster than decoding."""
    ends = pa.py_buffer(struct.pack("<qq", 0, len(data)))
    text = pa.Array.from_buffers(pa.large_string(), 1, [None, ends, pa.py_buffer(data)])
    try:
        text.validate(full=True)
    except pa.ArrowInvalid:
        return False
    return True


def _to_utf8(data: bytes, encoding: str, name: str, why: str) -> bytes:
    if encoding == "utf-8":
        fault = _fault_in_utf8(data)
        if fault is None:
            return data
        raise _undecodable(data, fault, encoding, name, why)
    decoder, out, done = codecs.getincrementaldecoder(encoding)(), bytearray(), 0
    try:
        for piece in _pieces(data):
            out += decoder.decode(piece).encode()
            done += len(piece)
        out += decoder.decode(b"", final=True).encode()
    except UnicodeError as error:
        raise _undecodable(data, done + getattr(error, "start", 0), encoding, name, why) from error
    return bytes(out)


def _undecodable(data: bytes, at: int, encoding: str, name: str, why: str) -> Exception:
    line = data.count(b"\n", 0, at) + 1
    seen = f"byte 0x{data[at]:02X} at line {line}" if at < len(data) else f"a text cut short at line {line}"
    remedy = "Ask the partner for UTF-8, or set `format.encoding` in the feed's TOML to what they use"
    return refusal(name, f"{seen} is not {encoding} ({why})", f"{encoding} throughout", remedy)


def _wide(data: bytes) -> str | None:
    """UTF-16 without a mark: in Western text, one of two bytes is zero, on one side."""
    head = data[: _SAMPLE // 2 * 2]
    pairs = len(head) // 2
    if pairs < 2:
        return None
    even, odd = head[0::2].count(0), head[1::2].count(0)
    if odd > 0.5 * pairs and even < 0.05 * pairs:
        return "utf-16-le"
    return "utf-16-be" if even > 0.5 * pairs and odd < 0.05 * pairs else None


def _guess(data: bytes, name: str) -> str:
    """Windows-1252 unless the accented lines read better as another Latin code page, or are none of them."""
    best = from_bytes(_accented(data), cp_isolation=_LATIN).best()
    if best is None:
        remedy = "Ask the partner which encoding they use and set `format.encoding` in the feed's TOML"
        seen = f"{number(len(data))} bytes in no encoding that could be recognised"
        raise refusal(name, seen, "UTF-8 or Windows-1252", remedy)
    return best.encoding


def _accented(data: bytes) -> bytes:
    """Lines with accents, as many as make a sample; from one accent to the next, so that none is gone over twice."""
    lines, size, at = list[bytes](), 0, 0
    while size <= _SAMPLE and (accent := _ACCENT.search(data, at)):
        first = max(at, accent.start() - _LONGEST_LINE // 2)
        start = max(first, data.rfind(b"\n", first, accent.start()) + 1, data.rfind(b"\r", first, accent.start()) + 1)
        end = _LINE_END.search(data, accent.end(), start + _LONGEST_LINE)
        at = end.start() if end else start + _LONGEST_LINE
        lines.append(data[start:at])
        size += at - start
    return b"\n".join(lines)


def _doubt(data: bytes, declared: str, name: str) -> tuple[Finding, ...]:
    """A feed that says windows-1252 and sends UTF-8 would have every accent garbled: decoded as it asks, and told."""
    single = len("é".encode(declared, "replace")) == 1
    if not single or data.isascii() or _fault_in_utf8(data) is not None:
        return ()
    sentence = (
        f"{name} : le flux annonce l'encodage {declared}, mais le fichier est de l'UTF-8 valide ; "
        "les accents sont sans doute abîmés. Retirez `format.encoding` du fichier TOML."
    )
    return (Finding("encoding_doubtful", Severity.WARN, "utf-8", declared, sentence),)
