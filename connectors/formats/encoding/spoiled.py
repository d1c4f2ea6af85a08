"""Bytes that are no letter in the encoding of all the others: each costs its line or record alone.

While a drop is read they are kept as signs of a private plane.
"""

from __future__ import annotations

import codecs
import re
from bisect import bisect_left
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any, NamedTuple, cast

import numpy as np

from connectors.formats.refusal import malformed, malformed_frame, refusal
from offers.arrays import arrow, matching
from offers.findings import finding_of, first_of
from offers.model import Batch, Finding, Severity
from offers.text import one_line

PLANE = 0xF0000
SPOILED = re.compile("[\U000f0000-\U000f00ff]")
_IN_UTF8 = re.compile(rb"\xf3\xb0[\x80-\x83][\x80-\xbf]")
_READABLE = {PLANE + byte: bytes([byte]).decode("cp1252", "replace") for byte in range(256)}
MOST_TOLD = 10_000
"""Faults whose places are kept; the records that hold the others are put aside all the same."""


class BadByte(NamedTuple):
    """A byte that is no letter, its physical line, and where it stands in it; both counted from 1."""

    line: int
    at: int
    byte: int

    def __str__(self) -> str:
        """For a finding."""
        return f"line {self.line}, byte {self.at} (0x{self.byte:02X})"

    @property
    def told(self) -> list[object]:
        """As a field of a finding."""
        return [self.line, self.at, f"0x{self.byte:02X}"]


def _keep(error: UnicodeError) -> tuple[str, int]:
    fault = cast("UnicodeDecodeError", error)
    return "".join(chr(PLANE + byte) for byte in fault.object[fault.start : fault.end]), fault.end


def _control(error: UnicodeError) -> tuple[str, int]:
    fault = cast("UnicodeDecodeError", error)
    return fault.object[fault.start : fault.end].decode("latin-1"), fault.end


KEEP, CONTROL = "quai-keep", "quai-control"
codecs.register_error(KEEP, _keep)
codecs.register_error(CONTROL, _control)
"""What decoders do with such bytes; those that a code page has no letter for are controls, as the WHATWG has it."""


def faults_in(utf8: bytes) -> tuple[BadByte, ...]:
    """Where they stand, the first MOST_TOLD of them."""
    found: list[BadByte] = []
    line, start, done, widened = 1, 0, 0, 0
    for one in islice(_IN_UTF8.finditer(utf8), MOST_TOLD):
        at = one.start()
        breaks = utf8.count(b"\n", done, at) + utf8.count(b"\r", done, at) - utf8.count(b"\r\n", done, at)
        if breaks:
            line, widened = line + breaks, 0
            start = max(utf8.rfind(b"\n", done, at), utf8.rfind(b"\r", done, at)) + 1
        found.append(BadByte(line, at - start + 1 - widened, (utf8[at + 2] - 0x80) * 64 + utf8[at + 3] - 0x80))
        done, widened = at + 4, widened + 3
    return tuple(found)


def readable(text: str) -> str:
    """The text with what such bytes would be in Windows-1252, to show it."""
    return text.translate(_READABLE) if SPOILED.search(text) else text


@dataclass(frozen=True)
class Decoded:
    """The text as UTF-8 without a mark, the encoding it came in, and what is doubtful about that.

    `faults` are the bytes that are none of its letters; `cut`: it ends within a letter.
    """

    utf8: bytes
    encoding: str
    findings: tuple[Finding, ...] = ()
    faults: tuple[BadByte, ...] = ()
    cut: bool = False


def findings(name: str, encoding: str, faults: tuple[BadByte, ...], cut: bool) -> tuple[Finding, ...]:
    """What is told of them: a drop that ends within a letter is cut off, and is held."""
    if cut:
        last = faults[-1]
        before = tuple(one for one in faults if one.line < last.line)
        held = finding_of("cut_off", Severity.STOP, drop=name, places=first_of([last.told], 1))
        return (*findings(name, encoding, before, cut=False), held)
    if not faults:
        return ()
    firsts = list({one.line: one for one in reversed(faults)}.values())[::-1]
    told = {"drop": name, "encoding": encoding, "count": len(firsts), "at_least": len(faults) >= MOST_TOLD}
    places = first_of([one.told for one in firsts], 5)
    return (finding_of("bytes_of_another_encoding", Severity.WARN, **told, places=places),)


def without_spoiled(batch: Batch, decoded: Decoded, by_line: bool = True) -> Batch:
    """The batch whose records with such bytes are malformed lines; `by_line`: its index counts physical lines."""
    if not decoded.faults or batch.frame.empty:
        return batch
    rows = np.zeros(len(batch.frame), bool)
    for at in range(batch.frame.shape[1]):
        rows |= np.asarray(matching(arrow(batch.frame.iloc[:, at]), SPOILED.pattern))
    if not rows.any():
        return batch
    aside = batch.frame[rows]
    texts = ["; ".join(text for text in row if isinstance(text, str)) for row in aside.to_numpy(dtype=object)]
    last = batch.frame.index[-1] if decoded.cut else None
    places = decoded.faults if by_line else ()
    told = []
    for line, text in zip(aside.index.tolist(), texts, strict=True):
        if line == last and SPOILED.search(text[-1:]):
            told.append(cut_off(line, text))
            continue
        found = SPOILED.search(text)
        byte, start = (ord(found.group()) - PLANE, max(0, found.start() - 20)) if found else (0, 0)
        fields: dict[str, object] = {"byte": f"0x{byte:02X}", "around": one_line(readable(text[start : start + 40]))}
        at = bisect_left(places, (line, 0, 0))
        if at < len(places) and places[at].byte == byte:  # in a record of several lines, not always on its first
            fields |= {"at": places[at].at, **({"below": places[at].line} if places[at].line != line else {})}
        told.append(malformed(line, readable(text), "row_in_another_encoding", **fields))
    known = batch.malformed.to_dict("records")
    both = sorted([*cast("Any", known), *told], key=lambda one: cast("int", one["line"]))
    torn = "\n".join(filter(None, (batch.torn, *map(readable, texts))))
    return replace(batch, frame=batch.frame[~rows], malformed=malformed_frame(both), torn=torn)


def cut_off(line: int, raw: str) -> dict[str, object]:
    """The line at whose end the file is cut."""
    return malformed(line, SPOILED.sub("…", raw), "row_is_cut_off")


def refuse_cut(name: str, decoded: Decoded) -> None:
    """Raise Unreadable for a document that ends within a letter: it has no end."""
    if decoded.cut:
        seen = f"a file that ends within a letter, at {decoded.faults[-1]}: it is cut off"
        raise refusal(name, seen, "a whole document", "Ask the partner to send it again")
