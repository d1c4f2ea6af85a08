"""Every regular expression, cleaner and reader on texts made to hurt it, of four sizes: time must grow with the text.

    make bench-linear

The expressions are found in the code itself, each call of `re` and each compiled pattern, and their texts in their own
parts: what a repeat repeats, again and again, after what leads to it and before what does not belong. Told is the slope
of time over size on two logarithmic axes: 1 is linear, 2 quadratic. Ends with 1 where one is over MOST.
"""

from __future__ import annotations

import argparse
import ast
import importlib
import math
import re
import signal
import sys
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any, cast

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)
    import sre_compile
    import sre_constants
    import sre_parse

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = (
    "offers", "validation", "connectors", "reports", "config", "warehouse", "story", "operations", "flows", "cli",
)  # fmt: skip
CALLS = ("compile", "search", "match", "fullmatch", "sub", "subn", "split", "findall", "finditer")
ANCHORED = ("match", "fullmatch")
MOST = 1.3
SIZES = (4_000, 8_000, 16_000, 32_000)
QUICK = 2_000
LONGEST = 3.0
"""Seconds of a processor after which a run is broken off, and counted as endless."""
TOLD = 0.04
"""Seconds of a processor that its clock tells apart from none."""
WORTH = 3e-4
"""Seconds for QUICK characters under which a text is not looked at closer: so many take a linear expression 0.1 ms."""
LOCALS = {
    "offers/cleaning/neat.py": "NEAT_LINE and its like, compiled into NEAT, which is measured",
    "offers/gate/drift.py": "an expression of a feed's TOML, which its maintainer writes",
    "offers/onboarding/evidence.py": "the cleaners' canonical forms, which Arrow runs, too; 500 values of a sample",
    "offers/feed.py": "checks an expression of a feed's TOML, which its maintainer writes",
    "offers/onboarding/guessing.py": "patterns of a cell's parts, measured in offers/onboarding/evidence.py; two each",
    "offers/mapping.py": "an expression of a feed's TOML, which its maintainer writes",
    "offers/persons.py": "what a person of ours typed of another person, escaped; gaps between its words have a most",
    "offers/gate/missing.py": "a reference, escaped",
    "offers/places/towns.py": "SLASHES, which Arrow runs, too: its expressions are linear, and no others compile there",
    "connectors/formats/refusal.py": "_TEXT, over the first 4,096 bytes",
}
"""Calls whose expression is only known at run time, by file, and why each is no danger."""
GUARDED = {"TAG_OR_COMMENT": "used up to the last `-->` only: offers.cleaning.markup.to_text, which is measured"}
"""Expressions that are not linear by themselves, by name."""
HOSTILE = (
    "a",
    "0",
    "0.",
    "a@",
    "a.",
    " ",
    "a ",
    "1 ",
    "<",
    "<p ",
    "<div>",
    "<!--",
    "<![CDATA[",
    "]]>",
    "&",
    "&amp;",
    "&#1;",
    "Ã©",
    "Ã",
    "â€",
    "\u0301",
    "\ufdfa",
    "\u200b",
    "\n",
    "\n\n",
    "- \n",
    "null ",
    '="',
    "lundi ",
    "9h-12h ",
    "semaine 1 ",
    "1er au 2 ",
    "2026-06-15 ",
    "www.a.",
    "(",
    "((1.1",
    "+33",
    "!?",
    ". ",
    '."',
    "\x1f",
    "é",
    "12 rue ",
    "-->",
    "<!---->",
    "<br>",
)
"""What texts for cleaners and readers are made of, again and again."""


@dataclass
class Found:
    """One expression: where, and with which calls it is used (of those in CALLS)."""

    where: str
    pattern: str | bytes
    flags: int
    uses: set[str] = field(default_factory=set)


def modules() -> Iterator[ModuleType]:
    """Every module of the code, migrations and entry points apart."""
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            name = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
            if "migrations" not in name and not name.endswith("__main__"):
                yield importlib.import_module(name)


def expressions() -> tuple[list[Found], list[str]]:
    """All expressions of the code, and the calls whose expression is only known at run time: `file:line`."""
    found: dict[tuple[str | bytes, int], Found] = {}
    names: dict[str, list[Found]] = {}
    unknown: list[str] = []
    guarded: set[str | bytes] = set()
    calls: list[tuple[str, str]] = []
    for module in modules():
        path = Path(str(module.__file__))
        where = path.relative_to(ROOT).as_posix()
        for name, pattern in _held(vars(module)):
            if name in GUARDED:
                guarded.add(pattern.pattern)
                continue
            one = found.setdefault((pattern.pattern, pattern.flags), Found(where, pattern.pattern, pattern.flags))
            names.setdefault(name, []).append(one)
        for node in ast.walk(ast.parse(path.read_text())):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in CALLS):
                continue
            call = node.func
            if not (isinstance(call.value, ast.Name) and call.value.id == "re"):
                calls.append((ast.unparse(call.value).split(".")[-1].split("[")[0], call.attr))
                continue
            try:
                made = eval(compile(ast.Expression(node.args[0]), where, "eval"), vars(module))  # noqa: S307 - our code
            except NameError:
                unknown.append(f"{where}:{node.lineno}")
                continue
            compiled = re.compile(made)
            if compiled.pattern in guarded:
                continue
            flags = {key[1] for key in found if key[0] == compiled.pattern} or {compiled.flags}
            for flag in flags:
                one = found.setdefault((compiled.pattern, flag), Found(where, compiled.pattern, flag))
                one.uses |= {call.attr} - {"compile"}
    for name, use in calls:
        for one in names.get(name, []):
            one.uses.add(use)
    return list(found.values()), unknown


def _held(values: dict[str, Any]) -> Iterator[tuple[str, re.Pattern[Any]]]:
    for name, value in list(values.items()):
        parts = value.values() if isinstance(value, dict) else value if isinstance(value, (list, tuple)) else (value,)
        yield from ((name, part) for part in parts if isinstance(part, re.Pattern))


def texts(pattern: str, flags: int) -> list[Callable[[int], str]]:
    """Makers of texts of a given length that are as near to a match as can be and are none."""
    tree = sre_parse.parse(pattern, flags & ~re.DEBUG)
    parts: dict[str, None] = {}
    for lead, body in _repeats(tree, ""):
        parts.setdefault(f"{lead}\0{body}")
    whole = _sample(tree)
    made: list[tuple[str, str, str]] = []
    for part in list(parts)[:24]:
        lead, body = part.split("\0", 1)
        made += [(lead, body, end) for end in ("", "\n!", "\x01")]
        made += [("", lead + body, ""), ("", lead, "\x01")] if lead else []
    if whole:
        made.append(("", whole[:-1] or whole, ""))
    return [partial(_text, *one) for one in made]


def _text(lead: str, body: str, end: str, size: int) -> str:
    return lead + body * (size // len(body)) + end


def _repeats(tree: Any, lead: str) -> Iterator[tuple[str, str]]:
    """What stands before each repeat of more than ten, and what it repeats."""
    for op, value in tree:
        if op in _REPEATS:
            _, most, inner = value
            if most == sre_constants.MAXREPEAT or most > 10:
                for variant in _variants(inner):
                    yield lead, variant
            yield from _repeats(inner, lead)
        elif op is sre_constants.BRANCH:
            for branch in value[1]:
                yield from _repeats(branch, lead)
        elif op is sre_constants.SUBPATTERN:
            yield from _repeats(value[3], lead)
        elif op is getattr(sre_constants, "ATOMIC_GROUP", None):
            yield from _repeats(value, lead)
        lead += _sample([(op, value)])


_REPEATS = tuple(
    getattr(sre_constants, name)
    for name in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT")
    if hasattr(sre_constants, name)
)


def _variants(tree: Any) -> list[str]:
    """Some texts of what is repeated: each branch's, each kind of character's of a lone class."""
    nodes = list(tree)
    if len(nodes) == 1 and nodes[0][0] is sre_constants.BRANCH:
        return [said for branch in nodes[0][1][1] for said in _variants(branch)][:8]
    if len(nodes) == 1 and nodes[0][0] is sre_constants.SUBPATTERN:
        return _variants(nodes[0][1][3])
    if len(nodes) == 1 and nodes[0][0] in (sre_constants.IN, sre_constants.ANY, sre_constants.NOT_LITERAL):
        return [one for one in 'a0 .-<&"A\n;' if re.match(_class(nodes[0]), one)][:5] or [_sample(nodes)]
    said = _sample(nodes)
    return [said] if said else []


def _class(node: Any) -> Any:
    """A parsed piece as an expression of its own."""
    state: Any = sre_parse.State()
    state.str = ""
    return sre_compile.compile(cast(Any, sre_parse.SubPattern(state, [node])))


def _sample(tree: Any) -> str:
    """A short text that a parsed piece matches, as good as any."""
    out = ""
    for op, value in tree:
        if op is sre_constants.LITERAL:
            out += chr(value)
        elif op is sre_constants.NOT_LITERAL:
            out += "a" if value != ord("a") else "b"
        elif op is sre_constants.ANY:
            out += "a"
        elif op is sre_constants.IN:
            out += next((one for one in 'a0 .-<&"A\n;@/' if re.match(_class((op, value)), one)), _first(value))
        elif op in _REPEATS:
            out += _sample(value[2]) * max(value[0], 1 if value[1] else 0)
        elif op is sre_constants.BRANCH:
            out += _sample(value[1][0])
        elif op is sre_constants.SUBPATTERN:
            out += _sample(value[3])
        elif op is getattr(sre_constants, "ATOMIC_GROUP", None):
            out += _sample(value)
    return out


def _first(members: Any) -> str:
    for op, value in members:
        if op is sre_constants.LITERAL:
            return chr(value)
        if op is sre_constants.RANGE:
            return chr(value[0])
    return "a"


def seconds(run: Callable[[Any], Any], text: Any) -> float:
    """Seconds of the processor that a run takes, of as many as its clock can tell; endless where they take LONGEST."""
    times = 1
    signal.signal(signal.SIGPROF, _enough)
    while True:
        start = time.process_time()
        signal.setitimer(signal.ITIMER_PROF, LONGEST)
        try:
            for _ in range(times):
                run(text)
        except TimeoutError:
            return math.inf
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)
        took = time.process_time() - start
        if took >= TOLD:
            return took / times
        times *= 4


def at_once(run: Callable[[Any], Any], text: Any) -> bool:
    """Whether a text of QUICK characters is done in so little time that no slope could hurt."""
    best = math.inf
    for _ in range(3):
        start = time.perf_counter()
        run(text)
        best = min(best, time.perf_counter() - start)
    return best < WORTH


def _enough(_signal: int, _frame: Any) -> None:
    raise TimeoutError


def slope(run: Callable[[Any], Any], made: Callable[[int], Any], sizes: tuple[int, ...] = SIZES) -> float:
    """How time grows with the text: the exponent, by least squares; 0 for what takes no time worth the name."""
    if at_once(run, made(QUICK)):
        return 0.0
    took: list[float] = []
    for size in sizes:
        took.append(seconds(run, made(size)))
        if took[-1] == math.inf:
            return math.inf
    x, y = [math.log(size) for size in sizes], [math.log(one) for one in took]
    middle = (sum(x) / len(x), sum(y) / len(y))
    above = sum((a - middle[0]) * (b - middle[1]) for a, b in zip(x, y, strict=True))
    return above / sum((a - middle[0]) ** 2 for a in x)


def worst(one: Found, sizes: tuple[int, ...] = SIZES) -> tuple[float, float]:
    """The steepest slope of an expression over all its texts, and the seconds that the largest took."""
    compiled: Any = re.compile(one.pattern, one.flags)
    uses = {use for use in one.uses if use not in ANCHORED} or one.uses or {"search"}
    kind = isinstance(one.pattern, bytes)
    text = one.pattern.decode("latin-1") if isinstance(one.pattern, bytes) else one.pattern
    found = (0.0, 0.0)
    for use in {"search" if use not in ANCHORED else use for use in uses}:
        run = (lambda said: list(compiled.finditer(said))) if use == "search" else getattr(compiled, use)
        for maker in texts(text, one.flags & ~re.LOCALE):
            made = (lambda size, maker=maker: maker(size).encode("latin-1", "replace")) if kind else maker
            exponent = slope(run, made, sizes)
            found = max(found, (exponent, seconds(run, made(sizes[-1])) if exponent else 0.0))
            if found[0] > MOST:
                return found
    return found


def cleaners() -> dict[str, Callable[[str], Any]]:
    """Each cleaner, of one value."""
    from datetime import date

    from offers.calendar import SchoolYear
    from offers.cleaning import contacts, dates, hours, markup, neat, numbers, vocabularies, weeks
    from offers.gate.missing import _as_read
    from offers.matching import normal
    from offers.text import fold_word, plain

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
        "pair": numbers._pair,
        "date": dates.read_date,
        "hours": hours.read_hours,
        "weeks": lambda said: weeks.read_weeks(said, year),
        "grades": vocabularies.read_grades,
        "yes or no": vocabularies.read_agreed,
        "plain": plain,
        "fold": fold_word,
        "torn": _as_read,
        "unmarked": normal._unmarked,
        "town": normal._town,
        "street": normal._street,
    }


def readers() -> dict[str, Callable[[bytes], Any]]:
    """Each reader, of the bytes of a drop."""
    from connectors.formats.delimited import read_csv
    from connectors.formats.json import read_json, read_jsonl
    from connectors.formats.workbook import _ERROR_CELL, _extent, _lengths, _said
    from connectors.formats.workbook.marks import looks_of, marks_of, parts_of
    from connectors.formats.xml import read_xml
    from offers.errors import Unreadable
    from offers.feed import Limits
    from offers.format import Format

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
    "csv": tuple(
        (b"a;b;c\n", body, b"")
        for body in (
            b'1;"2\n',
            b"1;2;3\n",
            b";",
            b'"',
            b"\n",
            b"\r",
            b'1;"a""b";3\n',
            b"\x00",
            b"\xe9;\n",
            b"A;B;C\n" * 9,
            b"a,b",
        )
    ),
    "xml": (
        (b"<a><o>", b"<t>x</t>", b"</o></a>"),
        (b"<a>", b"<o><t>x</t></o>", b"</a>"),
        (b'<a><o t="', b"a", b'"/></a>'),
        (b"<a><o>", b"x<b/>", b"</o></a>"),
        (b"<a><", b"t", b"/></a>"),
        (b"<a><!--", b"- ", b"--></a>"),
        (b"<a><o><t>", b"&#233;", b"</t></o></a>"),
        (b"<a>", b"<![CDATA[x]]>", b"</a>"),
        (b"<a>", b"<b></b>", b"</a>"),
        (b"<a><o ", b"a", b"/></a>"),
        (b"<?xml", b" encoding=", b"?><a/>"),
    ),
    "json": (
        (b'[{"t": ["x"', b',"x"', b"]}]"),
        (b'[{"t": 1}', b',{"t": 1}', b"]"),
        (b'[{"t": ', b"9", b"}]"),
        (b"[", b"[", b""),
        (b'[{"t": "', b"\\ud83d", b'"}]'),
        (b'[{"a": 1', b',"a": 1', b"}]"),
        (b"[1", b",1", b"]"),
        (b'["', b"a", b""),
    ),
    "json lines": ((b"", b'{"a": 1}\n', b""), (b'{"a": 1}\n', b"x\n", b""), (b'{"a": [1', b",1", b"]}")),
    "marks": tuple(
        (b"<sheetData><row>", body, b"<hyperlink>")
        for body in (
            b'<c r="A1" s="1"><f>A1</f><v>1</v></c>',
            b'<c r="A1" s="1"><f>A1',
            b"<c><f t='shared'/>",
            b"<c><f>",
            b"<c ",
            b"<f ",
            b"<v ",
            b'r="',
            b"r='",
            b"r   ",
            b'<row hidden="1" r="',
            b'<row r="1" hidden="1">',
            b'<hyperlink ref="A1:B9" r:id="1"/>',
            b'<Relationship Id="1" Target="a/../',
            b'<Relationship Id="1" Target="http://x"/>',
            b"<font><strike/>",
            b"<xf fontId='1'/>",
            b'HYPERLINK("',
            b"&amp;",
        )
    ),
    "sheet": tuple(
        (b"<sheetData>", body, b"")
        for body in (
            b'<c r="A1" ',
            b'<c t="s" ',
            b"<c r='",
            b'<c r="A1"><v>1</v></c>',
            b"<c><v>1</v></c>",
            b"<row ",
            b"<",
            b"<c ",
            b'<c r="A1" t="e"><v>#</v></c>',
            b" t=",
            b'<c t="s"><v>0</v></c>',
            b"<row><c>1</c></row>",
            b"aaaa:",
        )
    ),
}
"""For each reader what stands before, what comes again and again, and what ends it."""


def steepest(
    run: Callable[[Any], Any], makers: Sequence[Callable[[int], Any]], sizes: tuple[int, ...]
) -> tuple[float, int]:
    """The steepest slope over these texts, and which of them it was."""
    return max((slope(run, made, sizes), number) for number, made in enumerate(makers))


def _bytes(lead: bytes, body: bytes, end: bytes, size: int) -> bytes:
    return lead + body * (size // len(body)) + end


def of_values(asked_for: str = "") -> Iterator[tuple[str, float, str]]:
    """Of each cleaner and reader its name, its steepest slope, and on what."""
    for name, clean in cleaners().items():
        if asked_for in name:
            texts_of = [partial(_text, "", body, end) for body in HOSTILE for end in ("", "x", "\x01")]
            exponent, at = steepest(clean, texts_of, SIZES)
            yield f"cleaner {name}", exponent, repr(HOSTILE[at // 3])
    for name, read in readers().items():
        if asked_for in name:
            parts = FILES[name]
            exponent, at = steepest(read, [partial(_bytes, *part) for part in parts], tuple(10 * one for one in SIZES))
            yield f"reader {name}", exponent, repr(parts[at][1])


def main() -> int:
    """Print what grows too fast; with `--all`, every slope."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
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
