"""A sample of a partner to come: its format told from its bytes, its records read, and the fields it leaves empty."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from connectors.formats import Sheets
from connectors.formats.records import DEEPEST
from connectors.formats.refusal import looks_like, refusal, workbook_kind
from connectors.formats.unpack import unpack
from connectors.formats.workbook import opened
from connectors.formats.workbook.tabs import chosen, with_header
from connectors.nested import items
from connectors.reading import read
from offers.errors import Unreadable
from offers.feed import Limits
from offers.findings import LOOKS
from offers.format import Format, ReadingPlan
from offers.model import Batch
from offers.onboarding.synonyms import named
from offers.text import plain

_LEAST_FIELDS = 3
_CORE = ("reference", "title", "description")
_CALLED = 60
"""How well a field must be called to be one of these, of what `offers.synonyms` gives."""
_LINES = (".jsonl", ".ndjson")


@dataclass(frozen=True)
class Sample:
    """What a sample file holds: `why` says how its format was told; `empty` are fields that no record fills."""

    format: Format
    why: str
    batch: Batch
    empty: tuple[str, ...] = ()


@dataclass
class _Tag:
    """Elements at one path of a document: how many, and how many fields lie beneath them."""

    depth: int
    count: int = 0
    fields: int = 0
    names: dict[str, None] = field(default_factory=dict)
    empty: dict[str, None] = field(default_factory=dict)


def read_sample(path: Path) -> Sample:
    """Tell the format of a file and read it. Raises Unreadable where it is none of those that Quai reads."""
    limits = Limits()
    data = unpack(path, path.name, limits, workbook=True).data
    empty: tuple[str, ...] = ()
    headers: Sheets = ()
    head = data[:4096].decode("utf-8", "ignore").lstrip("\ufeff \t\r\n")
    what = looks_like(data)
    try:
        if (kind := workbook_kind(data)) is not None:
            format = Format(kind="xlsx")
            tabs = [with_header(tab, format) for tab in opened(data, path.name, kind)]
            # The sheets whose headers are those of the fullest one that is not hidden.
            fullest = max((tab for tab in tabs if not tab.hidden), key=lambda tab: tab.filled, default=None)
            borne = fullest.headers if fullest is not None else []
            headers = (frozenset(plain(cell) for cell in borne if cell),)
            sheets, _ = chosen(tabs, path.name, format, headers)
            titles = ", ".join(f"« {tab.title} »" for tab in sheets)
            why = f"a workbook; {titles} holds most rows ({sheets[0].filled})"
            if len(sheets) > 1:
                why = f"a workbook; all its sheets with these headers are read: {titles}"
        elif head.startswith("<") and what != "html":
            format, why, empty = _markup(data, path.name)
        elif head.startswith(("{", "[")):
            format, why = _objects(data, path)
        elif what is not None:
            among = "CSV, XLSX, XML, RSS, JSON or JSON lines"
            raise refusal(path.name, f"bytes that look like {LOOKS[what][1]}", among, "Ask for it")
        else:
            format = Format(kind="csv")
            why = "text in columns; delimiter, encoding and header line are detected at each reading"
    except RecursionError:
        remedy = "Ask the partner what they sent"
        raise refusal(path.name, "hundreds of levels of nesting", f"at most {DEEPEST}", remedy) from None
    batch = read(path, path.name, format, limits, headers=headers)
    known = set(batch.frame.columns)
    return Sample(format, why, batch, tuple(name for name in empty if name not in known))


_Path = TypeVar("_Path", str, tuple[str, ...])


def _markup(data: bytes, name: str) -> tuple[Format, str, tuple[str, ...]]:
    try:
        root = fromstring(data, forbid_dtd=True)
    except (ParseError, DefusedXmlException, LookupError, ValueError) as error:
        remedy = "Ask the partner for a whole document, without <!DOCTYPE>"
        raise refusal(name, f"XML that cannot be read ({error})", "well-formed XML", remedy) from error
    tags: dict[tuple[str, ...], _Tag] = {}
    stack: list[tuple[Element, tuple[str, ...]]] = [(root, (_local(root.tag),))]
    while stack:
        element, path = stack.pop()
        tag = tags.setdefault(path, _Tag(len(path)))
        tag.count += 1
        tag.names |= {f"@{one}": None for one in element.attrib}
        for names, leaf in _leaves(element):
            tag.fields += 1
            tag.names[".".join(map(_local, names))] = None
            if names and not (leaf.text or "").strip() and not any("}" in one for one in names):
                tag.empty[".".join(names)] = None
        stack += [(child, (*path, _local(child.tag))) for child in element]
    record = _record(tags)
    if record is None:
        raise Unreadable(f"{name}: no element with fields of its own in it; expected one per offer. Ask for a sample.")
    # The record's path begins at its own tag, or, within a list, at what that is a list of.
    repeated = [at for at in range(1, len(record)) if tags[record[:at]].count > 1]
    begins = repeated[0] - 1 if repeated else len(record) - 1
    local, found = ".".join(record[begins:]), tags[record]
    if _local(root.tag) == "rss":
        return Format(kind="rss"), f"RSS; {found.count} <item>", tuple(found.empty)
    why = f"XML; <{local}> comes {found.count} times, each with some {found.fields // found.count} fields"
    return ReadingPlan(kind="xml", record=local, all_above="." in local), why, tuple(found.empty)


def _leaves(element: Element, names: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Element]]:
    for child in element:
        here = (*names, str(child.tag))
        if len(child):
            yield from _leaves(child, here)
        else:
            yield here, child


def _record(tags: dict[tuple[str, ...], _Tag]) -> tuple[str, ...] | None:
    """The path that repeats nearest the root, with the most fields there; the fullest one where nothing repeats."""
    wide = {path: tag for path, tag in tags.items() if tag.depth > 1 and tag.fields >= _LEAST_FIELDS * tag.count}
    repeated = {path: tag for path, tag in wide.items() if tag.count > 1}
    among = repeated or wide
    outer = min(among, key=lambda path: (among[path].depth, -among[path].fields), default=None)
    if outer is None:
        return None
    own: dict[tuple[str, ...], tuple[int, int]] = {}
    for path, tag in tags.items():
        if path[: len(outer)] == outer:  # the fields of an element that are not those of another list in it
            below = ((one[len(path) :], inner) for one, inner in tags.items() if one[: len(path)] == path)
            lists = tuple(f"{'.'.join(one)}." for one, inner in below if inner.count > tag.count)
            own[path] = _core([name for name in tag.names if not f"{name}.".startswith(lists)])
    return _better(outer, own)


def _core(names: Iterable[str]) -> tuple[int, int]:
    """How many of reference, title and description are among some fields, and how well the title is called one."""
    best = {column: max((named(column, name)[0] for name in names), default=0) for column in _CORE}
    return sum(score >= _CALLED for score in best.values()), best["title"]


def _better(outer: _Path, core: dict[_Path, tuple[int, int]]) -> _Path:
    """The outer list, unless the offers are in one of the lists within it: so says what its fields are called.

    An employer may have an id, a name and a description as well; an offer has a title.
    """
    inner = max((path for path in core if path != outer), key=lambda path: core[path], default=outer)
    more = core[inner][0] > core[outer][0] or (core[inner][0] == core[outer][0] and core[inner][1] > core[outer][1])
    return inner if more and core[inner][0] > 1 and core[inner][1] >= _CALLED else outer


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]


def _objects(data: bytes, path: Path) -> tuple[Format, str]:
    text = data.decode("utf-8-sig", "replace")
    lines = [line for line in text.splitlines()[:3] if line.strip()]
    of_lines = path.suffix.lower() in _LINES
    with suppress(json.JSONDecodeError):
        of_lines |= len(lines) > 1 and all(isinstance(json.loads(line), dict) for line in lines)
    if of_lines:
        return Format(kind="jsonl"), "JSON lines: one object on each"
    try:
        document = json.loads(text)
    except (json.JSONDecodeError, RecursionError) as error:
        remedy = "Ask the partner for a whole document"
        raise refusal(path.name, f"broken JSON ({error})", "one JSON document", remedy) from error
    lists: dict[str, _Tag] = {}
    _look_for_lists(document, "", 0, lists)
    if not lists:
        return Format(kind="json"), "JSON; the document is one object"
    outermost = {where: one for where, one in lists.items() if not one.depth}
    outer = max(outermost, key=lambda where: (lists[where].count, -where.count(".")))
    below = {
        where: one for where, one in lists.items() if where == outer or where.startswith(f"{outer}." if outer else "")
    }
    where = _better(outer, {one: _core(tag.names) for one, tag in below.items()})
    at = f"`{where}`" if where else "its top"
    reading = ReadingPlan(kind="json", records=where, all_above=lists[where].depth > 0)
    return reading, f"JSON; a list of {lists[where].count} objects at {at}"


def _look_for_lists(value: Any, path: str, depth: int, lists: dict[str, _Tag]) -> None:
    """The lists of objects that paths lead to: how many objects, their fields' names, within how many lists."""
    into = [(value, depth)] if isinstance(value, dict) else []
    if (held := items(value)) is not None:
        into = [(one, depth + 1) for one in held if isinstance(one, dict)]
        if into:
            tag = lists.setdefault(path, _Tag(depth))
            tag.count += len(into)
        for one, _ in into:
            tag.names |= dict.fromkeys(_names(one, ""))
    for one, deep in into:
        for key, inner in one.items():
            _look_for_lists(inner, f"{path}.{key}" if path else key, deep, lists)


def _names(value: dict[str, Any], path: str) -> Iterator[str]:
    """The fields of an object, but for those of the lists in it."""
    for key, inner in value.items():
        below = f"{path}.{key}" if path else key
        if isinstance(inner, dict) and items(inner) is None:
            yield from _names(inner, below)
        elif inner is not None and items(inner) is None:
            yield below
