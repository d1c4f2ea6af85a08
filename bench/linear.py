"""Every regular expression, cleaner and reader on texts made to hurt it, of four sizes: time must grow with the text.

Told is the slope of time over size (bench/slopes.py). Ends with 1 where one is over MOST.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import date
from functools import partial
from typing import Any

from bench import kit
from bench.expressions import expressions, worst
from bench.slopes import MOST, SIZES, repeated, steepest
from connectors.formats.delimited import read_csv
from connectors.formats.json import read_json, read_jsonl
from connectors.formats.workbook import _ERROR_CELL, _extent, _lengths, _said
from connectors.formats.workbook.marks import looks_of, marks_of, parts_of
from connectors.formats.xml import read_xml
from offers.calendar import SchoolYear
from offers.cleaning import contacts, dates, markup, neat, numbers, times, vocabularies
from offers.errors import Unreadable
from offers.feed import Limits
from offers.format import Format
from offers.gate.missing import as_read
from offers.matching import sketches
from offers.text import fold_word, plain

HOSTILE = (
    "a", "0", "0.", "a@", "a.", " ", "a ", "1 ", "<", "<p ", "<div>", "<!--", "<![CDATA[", "]]>", "&", "&amp;",
    "&#1;", "Ã©", "Ã", "â€", "\u0301", "\ufdfa", "\u200b", "\n", "\n\n", "- \n", "null ", '="', "lundi ",
    "9h-12h ", "semaine 1 ", "1er au 2 ", "2026-06-15 ", "www.a.", "(", "((1.1", "+33", "!?", ". ", '."', "\x1f",
    "é", "12 rue ", "-->", "<!---->", "<br>",
)  # fmt: skip
"""What texts for cleaners and readers are made of, again and again."""


def cleaners() -> dict[str, Callable[[str], Any]]:
    """Each cleaner, of one value."""
    year = SchoolYear.at(date(2026, 3, 2))
    return {
        "text (prose)": partial(neat.tidied, lines=True, markup=True),
        "text (line)": partial(neat.tidied, lines=False, markup=True),
        "text (code)": partial(neat.tidied, lines=False, markup=False),
        "markup": markup.to_text,
        "entities": markup.unescaped,
        "contacts": contacts.mask,
        "prose": lambda said: neat.shortened(said, 1_000_000 if len(said) < 3 else len(said) - 2),
        "siret": numbers.read_siret,
        "phone": numbers.read_phone,
        "e-mail": numbers.read_email,
        "address": numbers.read_url,
        "integer": numbers.read_integer,
        "decimal": numbers.read_decimal,
        "pair": numbers.read_pair,
        "date": dates.read_date,
        "hours": times.read_hours,
        "weeks": lambda said: times.read_weeks(said, year),
        "grades": vocabularies.read_grades,
        "yes or no": vocabularies.read_agreed,
        "plain": plain,
        "fold": fold_word,
        "torn": as_read,
        "unmarked": sketches.unmarked,
        "town": sketches.bare_town,
        "street": sketches.bare_street,
    }


def readers() -> dict[str, Callable[[bytes], Any]]:
    """Each reader, of the bytes of a drop."""

    def marked(data: bytes) -> None:
        book = {"xl/workbook.xml": data, "xl/styles.xml": STRUCK + data, "xl/s.xml": data, "xl/_rels/s.xml.rels": data}
        marks_of("xl/s.xml", book, looks_of(book))
        parts_of(book)

    def refused(read: Any, kind: Any) -> Callable[[bytes], Any]:
        format = Format(kind=kind, record="o" if kind == "xml" else None)

        def run(data: bytes) -> None:
            with suppress(Unreadable):
                read(data, "x", format, Limits())

        return run

    return {
        "csv": refused(read_csv, "csv"),
        "xml": refused(read_xml, "xml"),
        "json": refused(read_json, "json"),
        "json lines": refused(read_jsonl, "jsonl"),
        "marks": marked,
        "sheet": lambda data: (_extent(data), _said(data, _lengths(b"<sst><si>abc</si>")), _ERROR_CELL.sub(b"", data)),
    }


STRUCK = b"<fonts><font/><font><strike/></font></fonts><cellXfs><xf/><xf fontId='1'/></cellXfs>"
FILES: dict[str, tuple[tuple[bytes, bytes, bytes], ...]] = {
    "csv": tuple((b"a;b;c\n", body, b"") for body in (
        b'1;"2\n', b"1;2;3\n", b";", b'"', b"\n", b"\r", b'1;"a""b";3\n', b"\x00", b"\xe9;\n", b"A;B;C\n" * 9,
        b"a,b",
    )),
    "xml": (
        (b"<a><o>", b"<t>x</t>", b"</o></a>"), (b"<a>", b"<o><t>x</t></o>", b"</a>"),
        (b'<a><o t="', b"a", b'"/></a>'), (b"<a><o>", b"x<b/>", b"</o></a>"), (b"<a><", b"t", b"/></a>"),
        (b"<a><!--", b"- ", b"--></a>"), (b"<a><o><t>", b"&#233;", b"</t></o></a>"),
        (b"<a>", b"<![CDATA[x]]>", b"</a>"), (b"<a>", b"<b></b>", b"</a>"), (b"<a><o ", b"a", b"/></a>"),
        (b"<?xml", b" encoding=", b"?><a/>"),
    ),
    "json": (
        (b'[{"t": ["x"', b',"x"', b"]}]"), (b'[{"t": 1}', b',{"t": 1}', b"]"), (b'[{"t": ', b"9", b"}]"),
        (b"[", b"[", b""), (b'[{"t": "', b"\\ud83d", b'"}]'), (b'[{"a": 1', b',"a": 1', b"}]"),
        (b"[1", b",1", b"]"), (b'["', b"a", b""),
    ),
    "json lines": ((b"", b'{"a": 1}\n', b""), (b'{"a": 1}\n', b"x\n", b""), (b'{"a": [1', b",1", b"]}")),
    "marks": tuple((b"<sheetData><row>", body, b"<hyperlink>") for body in (
        b'<c r="A1" s="1"><f>A1</f><v>1</v></c>', b'<c r="A1" s="1"><f>A1', b"<c><f t='shared'/>", b"<c><f>",
        b"<c ", b"<f ", b"<v ", b'r="', b"r='", b"r   ", b'<row hidden="1" r="', b'<row r="1" hidden="1">',
        b'<hyperlink ref="A1:B9" r:id="1"/>', b'<Relationship Id="1" Target="a/../',
        b'<Relationship Id="1" Target="http://x"/>', b"<font><strike/>", b"<xf fontId='1'/>", b'HYPERLINK("',
        b"&amp;",
    )),
    "sheet": tuple((b"<sheetData>", body, b"") for body in (
        b'<c r="A1" ', b'<c t="s" ', b"<c r='", b'<c r="A1"><v>1</v></c>', b"<c><v>1</v></c>", b"<row ", b"<",
        b"<c ", b'<c r="A1" t="e"><v>#</v></c>', b" t=", b'<c t="s"><v>0</v></c>', b"<row><c>1</c></row>",
        b"aaaa:",
    )),
}  # fmt: skip
"""For each reader what stands before, what comes again and again, and what ends it."""


def of_values() -> Iterator[tuple[str, float, str]]:
    """Of each cleaner and reader its name, its steepest slope, and on what."""
    for name, clean in cleaners().items():
        made = [partial(repeated, "", body, end) for body in HOSTILE for end in ("", "x", "\x01")]
        exponent, at = steepest(clean, made, SIZES)
        yield f"cleaner {name}", exponent, repr(HOSTILE[at // 3])
    for name, read in readers().items():
        made = [partial(repeated, *part) for part in FILES[name]]
        exponent, at = steepest(read, made, tuple(10 * one for one in SIZES))
        yield f"reader {name}", exponent, repr(FILES[name][at][1])


def main() -> int:
    """Print what grows too fast; with `--all`, every slope."""
    parser = kit.parser(__doc__)
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--values", action="store_true", help="cleaners and readers only")
    asked = parser.parse_args()
    steep = 0
    for name, exponent, text in of_values():
        steep += exponent > MOST
        if asked.all or exponent > MOST:
            print(f"{exponent:5.2f}  {name}, on {text}", flush=True)
    if asked.values:
        return 1 if steep else 0
    found, unknown = expressions()
    for one in sorted(found, key=lambda one: one.where):
        exponent, took = worst(one)
        steep += exponent > MOST
        if asked.all or exponent > MOST:
            print(f"{exponent:5.2f} {took:8.3f} s  {one.where}: {one.pattern!r:.90} ({', '.join(sorted(one.uses))})")
    counted = f"{len(found)} expressions, {len(cleaners())} cleaners and {len(readers())} readers"
    print(f"{counted}; {steep} steeper than {MOST}; known only at run time: {', '.join(unknown)}")
    return 1 if steep else 0


if __name__ == "__main__":
    sys.exit(main())
