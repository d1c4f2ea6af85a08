"""What the XML of a worksheet says beside its values, by one pass over its bytes.

Formulas whose value nobody computed, rows that are hidden or struck out, the addresses behind links, and formats that
show a number with its zeros: none of it is told by calamine, which reads the values alone.
"""

from __future__ import annotations

import html
import posixpath
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import product

_NAME = rb"<(?:[\w.-]++:)?+"
_SAID = rb"((?:[^<>\"']++|\"[^<\"]*+\"|'[^<']*+')*+)>"
_ROW_OR_CELL = re.compile(_NAME + rb"(row|c)(?=[\s/>])" + _SAID)
_FORMULA = re.compile(
    rb"\s*+" + _NAME + rb"f(?=[\s/>])" + _SAID + rb"([^<]*+)(?:</(?:[\w.-]++:)?+f\s*+>)?+\s*+"
    rb"(?:" + _NAME + rb"v(?=[\s/>])[^<>]*+>([^<]*+))?+"
)  # fmt: skip
_PLACED_ROW = re.compile(rb"<row r=\"(\d{1,7}+)\"([^<>]*+)>")
_WITH_FORMULA = re.compile(rb"<c r=\"([A-Z]{1,3}+)(\d{1,7}+)\"([^<>]*+)>(?=\s*+<f[\s/>])")
_STYLED = re.compile(rb"<c r=\"([A-Z]{1,3}+)(\d{1,7}+)\"(?: t=\"[^<>\"]*+\")?+ s=\"(\d{1,6}+)\"([^<>]*+)>")
_LINK = re.compile(_NAME + rb"hyperlink(?=[\s/>])" + _SAID)
_RELATION = re.compile(_NAME + rb"Relationship(?=[\s/>])" + _SAID)
_SHEET = re.compile(_NAME + rb"sheet(?=[\s/>])" + _SAID)
_FONT = re.compile(_NAME + rb"font(?=[\s/>])")
_STRIKE = re.compile(_NAME + rb"strike(?=[\s/>])" + _SAID)
_FORMAT = re.compile(_NAME + rb"numFmt(?=[\s/>])" + _SAID)
_LOOK = re.compile(_NAME + rb"xf(?=[\s/>])" + _SAID)
_SECTIONS = {
    "fonts": (re.compile(_NAME + rb"fonts(?=[\s/>])"), re.compile(rb"</(?:[\w.-]++:)?+fonts\s*+>")),
    "cellXfs": (re.compile(_NAME + rb"cellXfs(?=[\s/>])"), re.compile(rb"</(?:[\w.-]++:)?+cellXfs\s*+>")),
}
_STALE = re.compile(rb"fullCalcOnLoad\s*+=\s*+[\"'](?:1|true)[\"']")
_HAS_FORMULA = re.compile(_NAME + rb"f[\s/>]")
_PLACE = re.compile(r"([A-Za-z]{1,3})(\d{1,7})(?::([A-Za-z]{1,3})(\d{1,7}))?")
_OWN, _GIVEN = rb"(?<![\w.-])", rb"\s*+=\s*+(?:\"([^\"]*+)\"|'([^']*+)')"
_ATTRIBUTES = {
    "r": re.compile(_OWN + rb"r" + _GIVEN),
    "s": re.compile(_OWN + rb"s" + _GIVEN),
    "t": re.compile(_OWN + rb"t" + _GIVEN),
    "hidden": re.compile(_OWN + rb"hidden" + _GIVEN),
    "ref": re.compile(_OWN + rb"ref" + _GIVEN),
    "id": re.compile(_OWN + rb"id" + _GIVEN),
    "Id": re.compile(_OWN + rb"Id" + _GIVEN),
    "Target": re.compile(_OWN + rb"Target" + _GIVEN),
    "formatCode": re.compile(_OWN + rb"formatCode" + _GIVEN),
    "numFmtId": re.compile(_OWN + rb"numFmtId" + _GIVEN),
    "fontId": re.compile(_OWN + rb"fontId" + _GIVEN),
    "val": re.compile(_OWN + rb"val" + _GIVEN),
}
_TRUE = ("1", "true")
_ZEROS = re.compile("0{2,32}")
_HYPERLINK = re.compile(r"\s*HYPERLINK\(\s*\"([^\"]{1,2000})\"", re.IGNORECASE)
_MOST_LINKED = 100
"""Cells that one link may lie on: a file of a few bytes could else name a million of them, again and again."""
Cell = tuple[int, int]
"""Row and column, from 0."""


@dataclass(frozen=True)
class Marks:
    """Of one worksheet: the text of formulas without a value, targets of links and widths of zeros, by cell.

    `hidden` are the rows that are, `struck` how many cells with something in them are struck out, by row.
    """

    formulas: dict[Cell, str] = field(default_factory=dict)
    links: dict[Cell, str] = field(default_factory=dict)
    zeros: dict[Cell, int] = field(default_factory=dict)
    hidden: set[int] = field(default_factory=set)
    struck: dict[int, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Looks:
    """Of a workbook: the numbers of looks that strike a text out, and how many digits others show.

    `stale`: its formulas are to be computed when it is opened, so that a 0 beside one may be no value.
    """

    struck: frozenset[int]
    zeros: Mapping[int, int]
    stale: bool


def looks_of(members: Mapping[str, bytes]) -> Looks:
    """What the styles of a workbook say."""
    styles = members.get("xl/styles.xml", b"")
    fonts = _FONT.split(_section(styles, "fonts"))[1:]
    lined = {
        at
        for at, font in enumerate(fonts)
        if any((_said(one[1], "val") or "1") in _TRUE for one in _STRIKE.finditer(font))
    }
    shown = {_said(one[1], "numFmtId"): _said(one[1], "formatCode") or "" for one in _FORMAT.finditer(styles)}
    struck, zeros = set(), {}
    for at, look in enumerate(_LOOK.finditer(_section(styles, "cellXfs"))):
        if (_said(look[1], "fontId") or "0") in map(str, lined):
            struck.add(at)
        code = shown.get(_said(look[1], "numFmtId"), "")
        if _ZEROS.fullmatch(code):
            zeros[at] = len(code)
    stale = _STALE.search(members.get("xl/workbook.xml", b"")) is not None
    return Looks(frozenset(struck), zeros, stale)


def parts_of(members: Mapping[str, bytes]) -> list[str | None]:
    """The members that hold the sheets, in the order of the workbook; None where one cannot be told."""
    targets = _relations(members, "xl/workbook.xml")
    ids = [_said(found[1], "id") for found in _SHEET.finditer(members.get("xl/workbook.xml", b""))]
    return [target if (target := targets.get(one or "")) in members else None for one in ids]


def marks_of(part: str | None, members: Mapping[str, bytes], looks: Looks) -> Marks:
    """What is said beside the values of one sheet; nothing where its member is not known."""
    content = members.get(part or "", b"")
    marks = Marks()
    if looks.struck or looks.zeros or b"hidden" in content or _HAS_FORMULA.search(content):
        # Nearly every program writes all rows and cells so that they say first where they are.
        placed = all(content.count(b"<%s " % tag) == content.count(b'<%s r="' % tag) for tag in (b"row", b"c"))
        others = any(one in content for one in (b"<c>", b"<c/>", b"<row>", b"<row/>", b":c ", b":c>", b":row "))
        plain = placed and not others and 0 not in looks.struck and 0 not in looks.zeros
        (_look_quickly if plain else _look_through)(content, looks, marks)
    if part is not None and b"hyperlink" in content:
        targets = _relations(members, part, joined=False)
        for found in _LINK.finditer(content):
            target = targets.get(_said(found[1], "id") or "")
            place = _PLACE.fullmatch(_said(found[1], "ref") or "")  # `N2`, or `N2:N40`
            if not target or place is None:
                continue
            top, left = int(place[2]) - 1, column_of(place[1])
            bottom, right = (int(place[4]) - 1, column_of(place[3])) if place[3] else (top, left)
            if (bottom - top + 1) * (right - left + 1) <= _MOST_LINKED:
                for cell in product(range(top, bottom + 1), range(left, right + 1)):
                    marks.links.setdefault(cell, target)
    return marks


def _look_quickly(content: bytes, looks: Looks, marks: Marks) -> None:
    """The same as `_look_through` where each cell says its place: only those that tell something are looked at."""
    if b"hidden" in content:
        said = (found.groups() for found in _PLACED_ROW.finditer(content))
        marks.hidden.update(int(row) - 1 for row, rest in said if b"hidden" in rest and _said(rest, "hidden") in _TRUE)
    for found in _WITH_FORMULA.finditer(content):
        formula = _FORMULA.match(content, found.end())
        if formula is not None and not found[3].endswith(b"/"):
            _computed(formula, found[3], (int(found[2]) - 1, column_of(found[1].decode())), looks, marks)
    wanted = {str(number).encode() for number in (*looks.struck, *looks.zeros)}
    for column, row, style, rest in _STYLED.findall(content) if wanted else ():
        if style in wanted and not rest.endswith(b"/"):
            _styled(int(style), int(row) - 1, column_of(column.decode()), looks, marks)


def _look_through(content: bytes, looks: Looks, marks: Marks) -> None:
    row, column = -1, -1
    for found in _ROW_OR_CELL.finditer(content):
        said = found[2]
        place = _said(said, "r") or ""
        if found[1] == b"row":
            row, column = (int(place) - 1 if place.isdecimal() else row + 1), -1
            if b"hidden" in said and _said(said, "hidden") in _TRUE:
                marks.hidden.add(row)
            continue
        at = _PLACE.fullmatch(place)
        row, column = (int(at[2]) - 1, column_of(at[1])) if at else (row, column + 1)
        if said.endswith(b"/"):
            continue
        if looks.struck or looks.zeros:
            style = _said(said, "s") or ""
            _styled(int(style) if style.isdecimal() else 0, row, column, looks, marks)
        formula = _FORMULA.match(content, found.end())
        if formula is not None:
            _computed(formula, said, (row, column), looks, marks)


def _styled(number: int, row: int, column: int, looks: Looks, marks: Marks) -> None:
    if number in looks.struck:
        marks.struck[row] = marks.struck.get(row, 0) + 1
    if number in looks.zeros:
        marks.zeros[row, column] = looks.zeros[number]


def _computed(formula: re.Match[bytes], said: bytes, cell: Cell, looks: Looks, marks: Marks) -> None:
    """Note a formula that has no value, and the address in one that makes a link.

    An empty text is a value where the cell says that it is text. Where all is to be computed on opening, 0 is what a
    program writes that cannot compute.
    """
    text, value = html.unescape(formula[2].decode("utf-8", "replace")), formula[3]
    if link := _HYPERLINK.match(text):
        marks.links.setdefault(cell, link[1])
    kind = _said(said, "t")
    empty = value is None or (not value.strip() and kind != "str")
    if empty or (looks.stale and value == b"0" and kind in (None, "n")):
        marks.formulas[cell] = f"={text.strip()[:200]}" if text.strip() else "=…"


def _relations(members: Mapping[str, bytes], part: str, *, joined: bool = True) -> dict[str, str]:
    """What a member refers to, by the number that it gives; `joined` to its own folder."""
    folder, name = posixpath.split(part)
    content = members.get(f"{folder}/_rels/{name}.rels", b"")
    found: dict[str, str] = {}
    for one in _RELATION.finditer(content):
        target = _said(one[1], "Target") or ""
        inside = target.lstrip("/") if target.startswith("/") else posixpath.normpath(posixpath.join(folder, target))
        found[_said(one[1], "Id") or ""] = inside if joined else target
    return found


def _section(styles: bytes, name: str) -> bytes:
    begins, ends = _SECTIONS[name]
    begin = begins.search(styles)
    if begin is None:
        return b""
    end = ends.search(styles, begin.end())
    return styles[begin.end() : end.start() if end else len(styles)]


def _said(attributes: bytes, name: str) -> str | None:
    found = _ATTRIBUTES[name].search(attributes)
    return None if found is None else html.unescape((found[1] or found[2] or b"").decode("utf-8", "replace"))


def column_of(letters: str) -> int:
    """The number of a column, from 0."""
    count = 0
    for letter in letters.upper():
        count = count * 26 + ord(letter) - ord("A") + 1
    return count - 1
