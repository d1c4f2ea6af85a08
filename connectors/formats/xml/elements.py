"""An element as a JSON document would have it: its text, or an object of attributes and elements; markup stays text."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import Any
from xml.etree.ElementTree import Element

from connectors.formats.bounds import MOST_COLUMNS, check_headers
from connectors.formats.encoding.spoiled import readable
from connectors.formats.xml.mended import UNKNOWN
from connectors.nested import OWN
from offers.cleaning.characters import as_seen
from offers.cleaning.markup import KEPT, KNOWN

GONE = ""
"""The tag of what was taken out of the element that encloses it."""
_XML_NAMESPACE = "http://www.w3.org/XML/1998/namespace"
_EMPHASIS = {"b", "i", "u", "em", "strong", "span", "font", "small", "big", "sup", "sub", "mark"}
_PROSE = {"p", "br", "ul", "ol", "li", "div", "em", "strong", "span", "font", "blockquote", "hr"}
_PROSE |= {f"h{level}" for level in range(1, 7)}
"""Tags that are those of a text rather than of data; `<address>`, `<code>` and `<title>` may be either."""
_VOID = ("br", "hr", "img")


class Elements:
    """The elements of one drop, and the names that its document gives to their tags: `dc:date`, or `title` in the
    default namespace. `strange` is an entity of an unknown meaning in the record that is read; `asked` are paths."""

    def __init__(self, drop: str, asked: Iterable[str], may_be_strange: bool) -> None:
        self.strange: str | None = None
        self._drop, self._may_be_strange = drop, may_be_strange
        self._prefix: dict[str, str] = {_XML_NAMESPACE: "xml"}
        self._known: dict[str, str] = {}
        self._inner = set[str]()  # `a.b` and `a` of `a.b.c`
        for path in asked:
            while "." in path:
                path = path.rpartition(".")[0]
                self._inner.add(path.partition("[")[0])

    def declare(self, prefix: str, uri: str) -> None:
        """Take note of a namespace; the first prefix given to it stays, so that one path keeps one name."""
        self._prefix.setdefault(uri, prefix)

    def name(self, tag: str) -> str:
        """The name of a tag or attribute as ElementTree gives it, `{uri}local`."""
        found = self._known.get(tag)
        if found is None:
            uri, _, local = tag.rpartition("}")
            prefix = self._prefix.get(uri[1:], "")
            found = self._known[tag] = as_seen(readable(f"{prefix}:{local}" if prefix else local))
            if len(self._known) > 2 * MOST_COLUMNS:  # elements and attributes, within records and around them
                check_headers(self._drop, self._known, " as tags and attributes")
        return found

    def is_called(self, name: str, element: Element) -> bool:
        """Whether a feed means this element by a name, with its prefix or without one that no namespace has."""
        local = element.tag.rpartition("}")[2]
        prefix, _, plain = name.rpartition(":")
        unknown = local == plain and prefix not in self._prefix.values()
        return local == name or unknown or self.name(element.tag) == name

    def tree(self, element: Element, path: str = "") -> Any:
        """What an element holds; `path` is its own below its record."""
        parts: dict[str, Any] = {f"@{self.name(key)}": self.text(value) for key, value in element.items()}
        own = None if len(element) else element.text
        if len(element) and _is_mixed(element):
            own = _inner(element, html=False)
        if path and path not in self._inner and (markup := _markup(element)) is not None:
            own = markup
        elif len(element):
            for child in element:
                if child.tag == GONE:
                    continue
                name = self.name(child.tag)
                value = self.tree(child, f"{path}.{name}" if path else name)
                known = parts.get(name)
                if isinstance(known, list):
                    known.append(value)
                else:
                    parts[name] = value if known is None else [known, value]
        own = self.text(own) if own and not own.isspace() else ""
        if parts and own:
            parts[OWN] = own
        return parts or own

    def text(self, text: str) -> str:
        """A text with the entities of an unknown meaning as they were written, and one of them remembered."""
        if not self._may_be_strange or UNKNOWN[0] not in text:
            return text
        self.strange = text.partition(UNKNOWN[0])[2].partition(UNKNOWN[1])[0]
        return text.replace(UNKNOWN[0], "&").replace(UNKNOWN[1], ";")


def _is_mixed(element: Element) -> bool:
    texts = [element.text, *(child.tail for child in element)]
    return any(text and not text.isspace() for text in texts)


def _markup(element: Element) -> str | None:
    """The inside of an element whose tags are those of a text, as HTML; None where they are data."""
    if not len(element):
        return None
    tags = {_local(one) for child in element for one in child.iter()}
    if not _is_mixed(element) and not (tags <= KNOWN and (tags & _PROSE or tags <= _EMPHASIS)):
        return None
    return _inner(element, html=bool(tags & KEPT))


def _inner(element: Element, *, html: bool) -> str:
    """All that an element holds: as HTML, or as bare text. A tag that HTML does not know parts words, and is gone."""

    def text(said: str | None) -> str:
        return escape(said or "", quote=False) if html else said or ""

    pieces = [text(element.text)]
    for child in element:
        name = _local(child)
        known = name in KNOWN
        pieces.append(f"<{name}>" if known and html else "" if known else " ")
        pieces.append(_inner(child, html=html))
        pieces.append(f"</{name}>" if known and html and name not in _VOID else "" if known else " ")
        pieces.append(text(child.tail))
    return "".join(pieces)


def _local(element: Element) -> str:
    return element.tag.rpartition("}")[2].lower()
