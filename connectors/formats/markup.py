"""XML and RSS by record tag, streamed: no DTD, no entities, and never more than one record as a tree in memory."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import Any
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser, iterparse

from connectors.formats.encoding import decode
from connectors.formats.ragged import malformed_frame
from connectors.formats.records import DEEPEST, Flat, put, to_frame, too_deep, too_many
from connectors.formats.refusal import looks_like, number, refusal, refuse_other_formats
from offers.errors import Unreadable
from offers.feed import Format
from offers.model import Batch
from offers.thresholds import Limits

RSS_RECORD = "item"
OWN_TEXT = "#text"
"""The path of text that stands directly in a record."""
_XML_NAMESPACE = "http://www.w3.org/XML/1998/namespace"
_TAG = re.compile(r"<([A-Za-z][\w.:-]*)")
_DECLARED = re.compile(rb"^\s*<\?xml[^>]*encoding\s*=\s*[\"']([\w.-]+)[\"']")


def read_xml(data: bytes, name: str, format: Format, limits: Limits) -> Batch:
    """Read the unpacked bytes of an XML or RSS drop. Raises Unreadable, FeedMisconfigured."""
    tag = format.record or RSS_RECORD
    if looks_like(data) == "an HTML page":
        raise _no_record(name, tag, len(data), _tags_in(data))
    if looks_like(data) not in (None, "an XML document"):
        refuse_other_formats(name, data, "an XML document")
    encoding, text = "utf-8", data
    if format.encoding:
        decoded = decode(data, name, format.encoding)
        encoding, text = decoded.encoding, decoded.utf8
    elif declared := _DECLARED.match(data):
        encoding = declared.group(1).decode().lower()
    reader = _Reader(tag, name, limits, "utf-8" if format.encoding else None)
    records = list(reader.records(text))
    if not records:
        raise _no_record(name, tag, len(data), reader.seen)
    frame = to_frame(records, range(1, len(records) + 1))
    return Batch(frame, malformed_frame([]), {"encoding": encoding, "record": tag})


class _Reader:
    """One pass over a document; `seen` gathers the first tags met, for the sentence when no record is found."""

    def __init__(self, tag: str, name: str, limits: Limits, encoding: str | None) -> None:
        self.tag, self.name, self.limits, self.encoding = tag, name, limits, encoding
        self.seen: dict[str, None] = {}
        self.names = _Names()
        self.count = 0

    def records(self, data: bytes) -> Iterator[Flat]:
        """The records in order. Raises Unreadable where the document is broken, unsafe, too deep or too long."""
        parser = DefusedXMLParser(encoding=self.encoding, forbid_dtd=True)
        events = iterparse(io.BytesIO(data), events=("start", "end", "start-ns"), parser=parser, forbid_dtd=True)
        try:
            yield from self._walk(events)
        except ParseError as error:
            raise self._broken(error) from error
        except DefusedXmlException as error:
            remedy = "It is not read, for safety; ask the partner for XML without <!DOCTYPE> and <!ENTITY>"
            raise refusal(self.name, "a DOCTYPE or entity declaration", "plain XML", remedy) from error
        except (LookupError, ValueError) as error:
            remedy = "Set `format.encoding` in the feed's TOML to what the partner uses"
            raise refusal(self.name, f"an XML encoding that cannot be read ({error})", "UTF-8", remedy) from error

    def _walk(self, events: Iterator[tuple[str, Any]]) -> Iterator[Flat]:
        above: list[Element] = []
        inside = 0  # depth of the record we are in, 0 outside
        for event, thing in events:
            if event == "start-ns":
                self.names.declare(*thing)
            elif event == "start":
                above.append(thing)
                if len(above) > DEEPEST:
                    raise too_deep(self.name, f"<{self.names.of(thing.tag)}>")
                if not inside:
                    if self._is_record(thing.tag):
                        inside = len(above)
                    elif len(self.seen) < 5:
                        self.seen[self.names.of(thing.tag)] = None
            else:
                if inside == len(above):
                    inside = 0
                    yield self._taken(thing)
                above.pop()
                if above and not inside:
                    del above[-1][-1]  # else the tree of the whole document would grow behind us

    def _is_record(self, tag: str) -> bool:
        return tag.rpartition("}")[2] == self.tag or self.names.of(tag) == self.tag

    def _taken(self, element: Element) -> Flat:
        self.count += 1
        if self.count > self.limits.rows:
            raise too_many(self.name, self.limits)
        flat: Flat = {}
        self._flatten(element, "", flat)
        return flat

    def _flatten(self, element: Element, path: str, flat: Flat) -> None:
        prefix = f"{path}." if path else ""
        for key, value in element.items():
            put(flat, f"{prefix}@{self.names.of(key)}", value)
        if not len(element):
            if element.text and not element.text.isspace():
                put(flat, path or OWN_TEXT, element.text)
            return
        if _is_mixed(element):
            put(flat, path or OWN_TEXT, "".join(element.itertext()))
            if path:
                return
        for child in element:
            self._flatten(child, prefix + self.names.of(child.tag), flat)

    def _broken(self, error: ParseError) -> Unreadable:
        line, column = error.position
        what = str(error).partition(":")[0]
        seen = f"broken XML at line {line}, column {column + 1} ({what}), after {number(self.count)} whole records"
        remedy = "The export or the upload probably broke off; ask the partner to send it again"
        if "invalid token" in what or "encoding" in what:
            remedy = (
                "Ask the partner for well-formed XML; if only its encoding is wrong, set `format.encoding` in the TOML"
            )
        return refusal(self.name, seen, "well-formed XML to the end", remedy)


class _Names:
    """Tags as the document writes them: `dc:date`, or `title` in the default namespace."""

    def __init__(self) -> None:
        self._prefix: dict[str, str] = {_XML_NAMESPACE: "xml"}
        self._known: dict[str, str] = {}

    def declare(self, prefix: str, uri: str) -> None:
        """Take note of a namespace; the first prefix given to it stays, so that one path keeps one name."""
        self._prefix.setdefault(uri, prefix)

    def of(self, tag: str) -> str:
        """The name of a tag or attribute as ElementTree gives it, `{uri}local`."""
        found = self._known.get(tag)
        if found is None:
            uri, _, local = tag.rpartition("}")
            prefix = self._prefix.get(uri[1:], "")
            found = self._known[tag] = f"{prefix}:{local}" if prefix else local
        return found


def _is_mixed(element: Element) -> bool:
    texts = [element.text, *(child.tail for child in element)]
    return any(text and not text.isspace() for text in texts)


def _tags_in(data: bytes) -> dict[str, None]:
    head = data[:65536].decode("utf-8", "replace")
    found = [tag.lower() for tag in _TAG.findall(head)]
    return dict.fromkeys([tag for tag in dict.fromkeys(found) if tag in ("html", "head", "title", "body", "h1")])


def _no_record(name: str, tag: str, size: int, seen: dict[str, None]) -> Unreadable:
    found = ", ".join(f"<{one}>" for one in seen) or "no element at all"
    error_page = "html" in seen or "body" in seen
    first = "The partner's server probably answered with an error page; ask" if error_page else "Ask"
    return Unreadable(
        f"{name}: no <{tag}> element in {number(size)} bytes (found: {found}); expected one per offer. "
        f"{first} the partner, or correct `format.record` in the feed's TOML."
    )
