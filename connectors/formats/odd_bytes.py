"""Bytes that are no letter in the encoding of all the others, kept as signs of a private plane while a drop is read."""

from __future__ import annotations

import codecs
import re
from itertools import islice
from typing import NamedTuple, cast

PLANE = 0xF0000
SPOILED = re.compile("[\U000f0000-\U000f00ff]")
_IN_UTF8 = re.compile(rb"\xf3\xb0[\x80-\x83][\x80-\xbf]")
_READABLE = {PLANE + byte: bytes([byte]).decode("cp1252", "replace") for byte in range(256)}
MOST_TOLD = 10_000
"""Faults whose places are kept; the records that hold the others are put aside all the same."""


class Fault(NamedTuple):
    """A byte that is no letter, its physical line, and where it stands in it; both counted from 1."""

    line: int
    at: int
    byte: int

    def __str__(self) -> str:
        """For a finding."""
        return f"line {self.line}, byte {self.at} (0x{self.byte:02X})"


def _keep(error: UnicodeError) -> tuple[str, int]:
    fault = cast(UnicodeDecodeError, error)
    return "".join(chr(PLANE + byte) for byte in fault.object[fault.start : fault.end]), fault.end


def _control(error: UnicodeError) -> tuple[str, int]:
    fault = cast(UnicodeDecodeError, error)
    return fault.object[fault.start : fault.end].decode("latin-1"), fault.end


KEEP, CONTROL = "quai-keep", "quai-control"
codecs.register_error(KEEP, _keep)
codecs.register_error(CONTROL, _control)
"""What decoders do with such bytes; those that a code page has no letter for are controls, as the WHATWG has it."""


def faults_in(utf8: bytes) -> tuple[Fault, ...]:
    """Where they stand, the first MOST_TOLD of them."""
    found: list[Fault] = []
    line, start, done, widened = 1, 0, 0, 0
    for one in islice(_IN_UTF8.finditer(utf8), MOST_TOLD):
        at = one.start()
        breaks = utf8.count(b"\n", done, at) + utf8.count(b"\r", done, at) - utf8.count(b"\r\n", done, at)
        if breaks:
            line, widened = line + breaks, 0
            start = max(utf8.rfind(b"\n", done, at), utf8.rfind(b"\r", done, at)) + 1
        found.append(Fault(line, at - start + 1 - widened, (utf8[at + 2] - 0x80) * 64 + utf8[at + 3] - 0x80))
        done, widened = at + 4, widened + 3
    return tuple(found)


def readable(text: str) -> str:
    """The text with what such bytes would be in Windows-1252, to show it."""
    return text.translate(_READABLE) if SPOILED.search(text) else text
