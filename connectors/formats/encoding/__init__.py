"""Which letters the bytes are: byte order mark, the feed's own word, UTF-16, UTF-8, what was said, a recorded guess.

What was said (by a server, by an XML declaration) is a hint: a mark beats it, and so do bytes that contradict it. Where
most of a text is UTF-8, a byte that is not costs its line, not the drop (`connectors.formats.encoding.spoiled`).
"""

from __future__ import annotations

import codecs
import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass

import pyarrow as pa

from connectors.formats.encoding.codepages import guess
from connectors.formats.encoding.spoiled import CONTROL, KEEP, SPOILED, Decoded, faults_in, findings
from connectors.formats.refusal import refusal
from offers.errors import FeedMisconfigured
from offers.findings import finding_of
from offers.model import Severity
from offers.text import quote
from offers.wording import number

_MARKS = {
    "utf-8": codecs.BOM_UTF8,
    "utf-32-le": codecs.BOM_UTF32_LE,  # before UTF-16, whose mark begins it
    "utf-32-be": codecs.BOM_UTF32_BE,
    "utf-16-le": codecs.BOM_UTF16_LE,
    "utf-16-be": codecs.BOM_UTF16_BE,
}
_AGAIN = (codecs.BOM_UTF8, codecs.BOM_UTF8.decode("cp1252").encode())
"""A mark before a text that had one, or that was read as letters on the way."""
_SAMPLE = 65536
_CHUNK = 1 << 22
_LONGEST_LINE = 2000
"""Bytes of a line that are looked at, from shortly before its first accent on."""
_ACCENT = re.compile(rb"[\x80-\xff]")
_LINE_END = re.compile(rb"[\r\n]")
_ENOUGH = 1000
"""Bytes that are no UTF-8 after which a text with hardly any letter in it is looked at no further."""
_LEADS = b"\xc2\xc3\xc4\xc5\xe2\xef\xf0"
"""First bytes of a letter or sign that French texts have: a file that ends after one, or two, was cut there."""
_OTHER_LEAD = re.compile(rb"[\xc2-\xd4\xd6-\xf4]")
"""What begins a letter in UTF-8, but for 0xD5: Armenian there, and the apostrophe of an old Mac (« l’École »)."""


def decode(data: bytes, name: str, declared: str | None, said: str | None = None) -> Decoded:
    """Text as UTF-8. A mark beats what the feed declares, that beats detection, and this what was `said`.

    Raises FeedMisconfigured for an encoding that does not exist, Unreadable where the bytes are not of that encoding.
    """
    declared = _known(declared, name)
    mark = next((encoding for encoding, sign in _MARKS.items() if data.startswith(sign)), None)
    body = data.removeprefix(_MARKS[mark]) if mark else data
    if mark and mark != "utf-8":
        return _of_wide(body, mark, name)
    if declared and mark is None and declared != "utf-8":
        return _as_declared(body, declared, name)
    if wide := _wide(body):
        return _of_wide(body, wide, name)
    if _is_utf8(body) and (body.isascii() or _OTHER_LEAD.search(body)):
        return Decoded(_without_marks(body), "utf-8")
    if _OTHER_LEAD.search(body) and _Weighed.of(body).is_utf8:
        utf8, rest = _decoded(_without_marks(body), "utf-8", KEEP)
        return _with_faults(utf8, "utf-8", name, cut=rest[:1] in _LEADS and rest != b"")
    if declared == "utf-8" and mark is None:
        fault = faults_in(_decoded(body, "utf-8", KEEP)[0])[0]
        seen = (
            f"byte 0x{fault.byte:02X} at line {fault.line}, byte {fault.at}, is not utf-8 (`format.encoding` says so)"
        )
        remedy = "Ask the partner for UTF-8, or set `format.encoding` in the feed's TOML to what they use"
        raise refusal(name, seen, "utf-8 throughout", remedy)
    return _guessed(body, name, mark or said)


def _without_marks(utf8: bytes) -> bytes:
    while utf8.startswith(_AGAIN):
        utf8 = utf8[3:] if utf8.startswith(_AGAIN[0]) else utf8[len(_AGAIN[1]) :]
    return utf8


def _known(declared: str | None, name: str) -> str | None:
    """The codec's own name; None for ASCII, which every other encoding holds, so that it says nothing of accents."""
    if declared is None:
        return None
    try:
        "".encode(codecs.lookup(declared).name)
    except (LookupError, ValueError, TypeError) as error:
        raise FeedMisconfigured(
            f"{name}: `format.encoding` = {declared!r} in the feed's TOML is no text encoding; "
            'write for example "utf-8", "windows-1252", "utf-16" or "iso-8859-15", or leave the key out to detect it.'
        ) from error
    return _named(declared)


def _named(label: str) -> str | None:
    found = codecs.lookup(label).name
    return None if found == "ascii" else "utf-8" if found == "utf-8-sig" else found


def _single(said: str | None) -> str | None:
    """What was said where it names a page of one byte a letter, else None: nobody's word makes UTF-8 of other bytes."""
    try:
        found = _named(said) if said else None
        return found if found and len("é".encode(found, "replace")) == 1 else None
    except (LookupError, ValueError, TypeError):  # a server may say anything
        return None


def in_page(data: bytes, said: str | None) -> str | None:
    """The text in the page of one byte a letter that was said; None where none was, or the bytes contradict it."""
    page = _single(said)
    if page is None or _Weighed.of(data).is_utf8:
        return None
    return _decoded(data, page, CONTROL)[0].decode()


def _pieces(data: bytes) -> Iterator[memoryview]:
    view = memoryview(data)
    return (view[at : at + _CHUNK] for at in range(0, len(data), _CHUNK))


def _is_utf8(data: bytes) -> bool:
    """Arrow's check, ten times faster than decoding."""
    ends = pa.py_buffer(struct.pack("<qq", 0, len(data)))
    text = pa.Array.from_buffers(pa.large_string(), 1, [None, ends, pa.py_buffer(data)])
    try:
        text.validate(full=True)
    except pa.ArrowInvalid:
        return False
    return True


@dataclass
class _Weighed:
    """How much of a text is UTF-8: letters of several bytes, bytes that are none, and the lines of each."""

    letters: int = 0
    bad: int = 0
    lines: int = 0
    bad_lines: int = 0
    rest: bytes = b""

    @classmethod
    def of(cls, data: bytes) -> _Weighed:
        """Of a text, piece by piece, until it is beyond doubt; `rest` is a letter that its end cuts."""
        found, decoder = cls(), codecs.getincrementaldecoder("utf-8")(KEEP)
        for piece in _pieces(data):
            for line in decoder.decode(piece).split("\n"):
                if not line.isascii():
                    bad = len(SPOILED.findall(line))
                    found.bad += bad
                    found.letters += len(line) - len(line.encode("ascii", "ignore")) - bad
                    found.bad_lines += bool(bad)
                    found.lines += not bad
            if found.bad > max(_ENOUGH, 10 * found.letters):
                return found
        found.rest = decoder.getstate()[0]
        return found

    @property
    def is_utf8(self) -> bool:
        """Where most accents are, or most lines with accents; a text whose only one is cut at its end, too."""
        if not self.letters and not self.bad:
            return self.rest[:1] in _LEADS and self.rest != b""
        return bool(self.letters) and (self.letters >= self.bad or self.lines >= self.bad_lines)


def _of_wide(body: bytes, encoding: str, name: str) -> Decoded:
    utf8, rest = _decoded(body, encoding, KEEP)
    return _with_faults(_without_marks(utf8), encoding, name, cut=rest != b"")


def _with_faults(utf8: bytes, encoding: str, name: str, cut: bool) -> Decoded:
    faults = faults_in(utf8)
    return Decoded(utf8, encoding, findings(name, encoding, faults, cut), faults, cut)


def _decoded(data: bytes, encoding: str, faults: str) -> tuple[bytes, bytes]:
    """The text as UTF-8, and what is left of a letter that its end cuts."""
    decoder, out = codecs.getincrementaldecoder(encoding)(faults), bytearray()
    for piece in _pieces(data):
        out += decoder.decode(piece).encode()
    rest = decoder.getstate()[0]
    out += decoder.decode(b"", final=True).encode()
    return bytes(out), rest


def _as_declared(body: bytes, declared: str, name: str) -> Decoded:
    """What the feed agreed on; but a text with accents that is UTF-8 throughout is nothing else."""
    if not body.isascii() and _is_utf8(body) and 0 not in body[:_SAMPLE]:
        doubt = finding_of("encoding_doubtful", Severity.WARN, drop=name, declared=declared)
        return Decoded(_without_marks(body), "utf-8", (doubt,))
    if _single(declared) is None:
        return _of_wide(body, declared, name)
    return Decoded(_decoded(body, declared, CONTROL)[0], declared)


def _guessed(body: bytes, name: str, said: str | None) -> Decoded:
    """Windows-1252, unless the accented lines read better as another page, or as the one that was said."""
    page = _single(said)
    guessed = guess(_accented(body), page)
    if guessed is None:
        remedy = "Ask the partner which encoding they use and set `format.encoding` in the feed's TOML"
        seen = f"{number(len(body))} bytes in no encoding that could be recognised"
        raise refusal(name, seen, "UTF-8 or Windows-1252", remedy)
    utf8 = _without_marks(_decoded(body, guessed.page, CONTROL)[0])
    if page == guessed.page:
        return Decoded(utf8, guessed.page)
    severity = Severity.NOTE if guessed.clear and guessed.page == "cp1252" else Severity.WARN
    told = {"drop": name, "encoding": guessed.page, "said": quote(said, 40) if said else "", "clear": guessed.clear}
    return Decoded(utf8, guessed.page, (finding_of("encoding_guessed", severity, **told),))


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
