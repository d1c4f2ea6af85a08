"""XML that is not well formed, and says all the same what it means: mended in one linear pass over the bytes.

`&nbsp;` and its like are HTML's own, a lone `&` or `<` is itself, and a control character that XML forbids is nothing.
A name that is none of HTML's, `&societe;`, may be anything: it is marked, and costs the record it stands in.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.entities import html5

from offers.findings import finding_of
from offers.model import Finding, Severity
from offers.text import quote

UNKNOWN = ("\ufdd0", "\ufdd1")
"""Around the name of an entity that nobody declared: two signs that Unicode gives to no character."""
_START = re.compile(rb"\A(?:\xef\xbb\xbf|[\s\0])++(?:<\?xml\b[^<>]*+>)?")
_SIGN = re.compile(
    rb"<!\[CDATA\[|<!--|<\?|<(?![A-Za-z_:!/?\x80-\xff])|[\x00-\x08\x0b\x0c\x0e-\x1f]"
    rb"|&(?!(?:amp|lt|gt|quot|apos);)(?:#(?:([0-9]{1,7})|x([0-9A-Fa-f]{1,6}));|([A-Za-z][A-Za-z0-9]{0,31});)?"
)
_LATER_HALF = re.compile(rb"&#(?:([0-9]{5})|[xX]([0-9A-Fa-f]{4}));")
_ENDS = {b"<![CDATA[": b"]]>", b"<!--": b"-->", b"<?": b"?>"}
_SHOWN = 5
_MOST_LOOKED = 1_000_000
"""Signs that are looked at: what holds more is no text with a fault here and there, and stays as it is."""


@dataclass
class Mended:
    """The bytes as a parser takes them, and what was mended: how often each sign, and the first lines it stands in.

    `strange`: among them are names that nobody knows.
    """

    data: bytes
    signs: dict[bytes, int] = field(default_factory=dict)
    lines: dict[bytes, list[int]] = field(default_factory=dict)
    strange: bool = False

    def note(self, sign: bytes, line: int) -> None:
        """One sign mended."""
        count = self.signs[sign] = self.signs.get(sign, 0) + 1
        if count == 1:
            self.lines[sign] = [line]
        elif len(known := self.lines[sign]) <= _SHOWN and known[-1] != line:
            known.append(line)

    def findings(self, name: str) -> Iterator[Finding]:
        """What is to be told of it."""
        if not self.signs:
            return
        count = sum(self.signs.values())
        shown = [f"{quote(sign.decode('latin-1'))} ({_lines(self.lines[sign])})" for sign in list(self.signs)[:_SHOWN]]
        listed = ", ".join(shown) + (", …" if len(self.signs) > _SHOWN else "")
        yield finding_of("xml_not_well_formed", Severity.WARN, drop=name, count=count, signs=listed)


def from_its_start(data: bytes) -> bytes:
    """A document in UTF-8 without the blanks and byte order marks before its declaration; its lines keep their numbers.

    Where there are any, the declaration goes too: a parser takes none but at the very start.
    """
    found = _START.match(data)
    return b"\n" * found.group().count(b"\n") + data[found.end() :] if found else data


def mended(data: bytes) -> Mended:
    """What can be mended with certainty, of a document in an encoding that holds ASCII as it is."""
    found = Mended(data)
    pieces: list[bytes] = []
    done = at = counted = 0
    line = 1
    for _ in range(_MOST_LOOKED):
        sign = _SIGN.search(data, at)
        if sign is None:
            break
        end = _ENDS.get(sign.group())
        if end is not None:
            at = data.find(end, sign.end())
            if at < 0:
                break
            continue
        put, at = _instead(data, sign)
        if put is None:
            continue
        line += data.count(b"\n", counted, sign.start())
        counted = sign.start()
        found.strange |= put.startswith(_reference(UNKNOWN[0]))
        found.note(data[sign.start() : at], line)
        pieces += [data[done : sign.start()], put]
        done = at
    if pieces:
        found.data = b"".join([*pieces, data[done:]])
    return found


def _instead(data: bytes, sign: re.Match[bytes]) -> tuple[bytes | None, int]:
    """What stands for a sign (None: it may stay), and where what comes after it begins."""
    seen, (decimal, hexadecimal, named), end = sign.group(), sign.groups(), sign.end()
    if named:
        meant = html5.get(f"{named.decode()};")
        if meant is not None:
            return b"".join(map(_reference, meant)), end
        return _reference(UNKNOWN[0]) + named + _reference(UNKNOWN[1]), end
    if not (decimal or hexadecimal):
        return {b"&": b"&amp;", b"<": b"&lt;"}.get(seen, b" "), end
    code = int(decimal or hexadecimal, 10 if decimal else 16)
    if 0xD800 <= code < 0xDC00 and (later := _LATER_HALF.match(data, end)):  # two halves of one character
        half = int(later[1] or later[2], 10 if later[1] else 16)
        if 0xDC00 <= half < 0xE000:
            return _reference(chr(0x10000 + (code - 0xD800) * 0x400 + half - 0xDC00)), later.end()
    if 0xD800 <= code < 0xE000 or code in (0xFFFE, 0xFFFF) or code > 0x10FFFF:
        return _reference("\ufffd"), end
    return (b" " if code < 0x20 and code not in (9, 10, 13) else None), end


def _reference(sign: str) -> bytes:
    return b"&#%d;" % ord(sign)


def _lines(lines: list[int]) -> str:
    told = list(map(str, lines))
    return ", ".join(told[:_SHOWN]) + (", …" if len(told) > _SHOWN else "")
