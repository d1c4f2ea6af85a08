"""XML and RSS by record tag, streamed: no DTD, no entities, and never more than one record as a tree in memory."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import Any
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser, iterparse

from connectors.formats.bounds import MOST_COLUMNS, too_wide
from connectors.formats.encoding import decode
from connectors.formats.odd_bytes import readable
from connectors.formats.ragged import malformed_frame
from connectors.formats.records import DEEPEST, Flat, Records, too_deep
from connectors.formats.refusal import looks_like, number, refusal, refuse_other_formats
from connectors.formats.spoiled import refuse_cut, without_spoiled
from offers.characters import as_seen
from offers.errors import Unreadable
from offers.feed import Format
from offers.model import Batch
from offers.quoting import quote
from offers.thresholds import Limits

RSS_RECORD = "item"
OWN_TEXT = "#text"
"""The path of text that stands directly in a record."""
_PIECE = 1 << 16
_XML_NAMESPACE = "http://www.w3.org/XML/1998/namespace"
_TAG = re.compile(r"<([A-Za-z][\w.:-]*)")
_DECLARED = re.compile(rb"^(?:\xef\xbb\xbf|\s)*+<\?xml[^>]*encoding\s*=\s*[\"']([\w.-]+)[\"']")


def read_xml(data: bytes, name: str, format: Format, limits: Limits, said: str | None = None) -> Batch:
    """Read the unpacked bytes of an XML or RSS drop; `said`: see `decode`. Raises Unreadable, FeedMisconfigured."""
    tag = format.record or RSS_RECORD
    if looks_like(data) == "an HTML page":
        raise _no_record(name, tag, len(data), _tags_in(data))
    if looks_like(data) not in (None, "an XML document"):
        refuse_other_formats(name, data, "an XML document")
    declared = _DECLARED.match(data)
    decoded = decode(data, name, format.encoding, declared.group(1).decode() if declared else said)
    refuse_cut(name, decoded)
    reader = _Reader(tag, name, limits)
    records = reader.records(decoded.utf8)
    if not len(records):
        raise _no_record(name, tag, len(data), reader.seen)
    how = {"encoding": decoded.encoding, "record": tag}
    batch = Batch(records.frame(), malformed_frame([]), how, decoded.findings)
    return without_spoiled(batch, decoded, "Enregistrement")


class _Reader:
    """One pass over a document; `seen` gathers the first tags met, for the sentence when no record is found."""

    def __init__(self, tag: str, name: str, limits: Limits) -> None:
        self.tag, self.name = tag, name
        self.seen: dict[str, None] = {}
        self.names = _Names(name)
        self.found = Records(name, limits)

    def records(self, data: bytes) -> Records:
        """The records in order. Raises Unreadable where the document is broken, unsafe, too deep or too long."""
        parser = DefusedXMLParser(encoding="utf-8", forbid_dtd=True)
        source = _Growing(data)
        events = iterparse(source, events=("start", "end", "start-ns"), parser=parser, forbid_dtd=True)
        try:
            self._walk(events, source)
        except ParseError as error:
            raise self._broken(error) from error
        except DefusedXmlException as error:
            remedy = "It is not read, for safety; ask the partner for XML without <!DOCTYPE> and <!ENTITY>"
            raise refusal(self.name, "a DOCTYPE or entity declaration", "plain XML", remedy) from error
        except (LookupError, ValueError) as error:
            remedy = "Set `format.encoding` in the feed's TOML to what the partner uses"
            raise refusal(self.name, f"an XML encoding that cannot be read ({error})", "UTF-8", remedy) from error
        return self.found

    def _walk(self, events: Iterator[tuple[str, Any]], source: _Growing) -> None:
        above: list[Element] = []
        inside = 0  # depth of the record we are in, 0 outside
        for event, thing in events:
            source.some = True
            if event == "start-ns":
                self.names.declare(*thing)
            elif event == "start":
                above.append(thing)
                if len(above) > DEEPEST:
                    raise too_deep(self.name, f"<{quote(self.names.of(thing.tag))}>")
                if not inside:
                    if self._is_record(thing.tag):
                        inside = len(above)
                    elif len(self.seen) < 5:
                        self.seen[self.names.of(thing.tag)] = None
            else:
                if inside == len(above):
                    inside = 0
                    self._take(thing)
                above.pop()
                if above and not inside:
                    del above[-1][-1]  # else the tree of the whole document would grow behind us

    def _is_record(self, tag: str) -> bool:
        return tag.rpartition("}")[2] == self.tag or self.names.of(tag) == self.tag

    def _take(self, element: Element) -> None:
        flat = Flat(self.name)
        self._flatten(element, "", flat)
        self.found.add(len(self.found) + 1, flat)

    def _flatten(self, element: Element, path: str, flat: Flat) -> None:
        for key, value in element.items():
            flat.put(flat.below(path, f"@{self.names.of(key)}"), value)
        if not len(element):
            if element.text and not element.text.isspace():
                flat.put(path or OWN_TEXT, element.text)
            return
        if _is_mixed(element):
            flat.put(path or OWN_TEXT, "".join(element.itertext()))
            if path:
                return
        for child in element:
            self._flatten(child, flat.below(path, self.names.of(child.tag)), flat)

    def _broken(self, error: ParseError) -> Unreadable:
        line, column = error.position
        what = str(error).partition(":")[0]
        seen = f"broken XML at line {line}, column {column + 1} ({what}), after {number(len(self.found))} whole records"
        remedy = "The export or the upload probably broke off; ask the partner to send it again"
        if "invalid token" in what or "encoding" in what:
            remedy = (
                "Ask the partner for well-formed XML; if only its encoding is wrong, set `format.encoding` in the TOML"
            )
        return refusal(self.name, seen, "well-formed XML to the end", remedy)


class _Growing(io.BytesIO):
    """A document in pieces that double as long as no element comes of them.

    The parser goes over a tag that is not whole yet from its start at each piece: a tag of megabytes would take it
    hours. `some`: whether an element came since the last piece.
    """

    _step, some = _PIECE, True

    def read(self, size: int | None = -1, /) -> bytes:
        """The next piece, whatever `size` is asked for."""
        self._step = _PIECE if self.some else self._step * 2
        self.some = False
        return super().read(self._step)


class _Names:
    """Tags as the document writes them: `dc:date`, or `title` in the default namespace."""

    def __init__(self, drop: str) -> None:
        self._drop = drop
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
            found = self._known[tag] = as_seen(readable(f"{prefix}:{local}" if prefix else local))
            if len(self._known) > 2 * MOST_COLUMNS:  # elements and attributes, within records and around them
                raise too_wide(self._drop, len(self._known), " as tags and attributes")
        return found


def _is_mixed(element: Element) -> bool:
    texts = [element.text, *(child.tail for child in element)]
    return any(text and not text.isspace() for text in texts)


def _tags_in(data: bytes) -> dict[str, None]:
    head = data[:65536].decode("utf-8", "replace")
    found = [tag.lower() for tag in _TAG.findall(head)]
    return dict.fromkeys([tag for tag in dict.fromkeys(found) if tag in ("html", "head", "title", "body", "h1")])


def _no_record(name: str, tag: str, size: int, seen: dict[str, None]) -> Unreadable:
    found = ", ".join(f"<{quote(one)}>" for one in seen) or "no element at all"
    error_page = "html" in seen or "body" in seen
    first = "The partner's server probably answered with an error page; ask" if error_page else "Ask"
    return Unreadable(
        f"{name}: no <{tag}> element in {number(size)} bytes (found: {found}); expected one per offer. "
        f"{first} the partner, or correct `format.record` in the feed's TOML."
    )
