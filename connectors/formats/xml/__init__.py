"""XML and RSS by record tag, streamed: no DTD, and never more than one record as a tree in memory.

Only what encloses the records is held until it ends, where a feed asks for it.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from html import escape
from typing import Any
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser, iterparse

from connectors.formats import NOTHING, Known
from connectors.formats.bounds import MOST_COLUMNS, too_wide
from connectors.formats.encoding import decode
from connectors.formats.encoding.spoiled import readable, refuse_cut, without_spoiled
from connectors.formats.records import DEEPEST, Records, too_deep
from connectors.formats.refusal import looks_like, malformed, malformed_frame, number, refusal, refuse_other_formats
from connectors.formats.xml.mended import UNKNOWN, Mended, from_its_start, mended
from connectors.nested import ABOVE, OWN, Above
from offers.cleaning.characters import as_seen
from offers.cleaning.markup import KEPT, KNOWN
from offers.errors import Unreadable
from offers.feed import Limits
from offers.format import Format
from offers.model import Batch, Finding, Severity
from offers.text import quote

RSS_RECORD = "item"
_PIECE = 1 << 16
_MOST_DOCUMENTS = 20
"""How many documents may stand one after the other in a drop."""
_XML_NAMESPACE = "http://www.w3.org/XML/1998/namespace"
_TAG = re.compile(r"<([A-Za-z][\w.:-]*)")
_OPENED = re.compile(rb"<([A-Za-z_\x80-\xff][\w.:\x80-\xff-]{0,200})")
_DECLARED = re.compile(rb"^(?:\xef\xbb\xbf|\s)*+<\?xml[^>]*encoding\s*=\s*[\"']([\w.-]+)[\"']")
_CUT = (3, 5, 20)
"""How the parser says that a document ends too soon: nothing more, within a tag, within CDATA."""
_EMPHASIS = {"b", "i", "u", "em", "strong", "span", "font", "small", "big", "sup", "sub", "mark"}
_PROSE = {"p", "br", "ul", "ol", "li", "div", "em", "strong", "span", "font", "blockquote", "hr"}
_PROSE |= {f"h{level}" for level in range(1, 7)}
"""Tags that are those of a text rather than of data; `<address>`, `<code>` and `<title>` may be either."""
_VOID = ("br", "hr", "img")
_GONE = ""
"""The tag of what was taken out of the element that encloses it."""


def read_xml(data: bytes, name: str, format: Format, limits: Limits, known: Known = NOTHING) -> Batch:
    """Read the unpacked bytes of an XML or RSS drop. Raises Unreadable, FeedMisconfigured."""
    tag = format.path or RSS_RECORD
    if looks_like(data) == "an HTML page":
        raise _no_record(name, tag, len(data), _tags_in(data))
    if looks_like(data) not in (None, "an XML document"):
        refuse_other_formats(name, data, "an XML document")
    declared = _DECLARED.match(data)
    decoded = decode(data, name, format.encoding, declared.group(1).decode() if declared else known.said)
    refuse_cut(name, decoded)
    reader = _read(from_its_start(decoded.utf8), name, format, limits)
    if not reader.read:
        raise _no_record(name, tag, len(data), reader.seen)
    frame, how = reader.found.frame(), {"encoding": decoded.encoding, "record": tag}
    findings = (*decoded.findings, *reader.findings, *reader.found.findings())
    batch = Batch(frame, malformed_frame(reader.refused), how, findings, "\n".join(reader.torn))
    return without_spoiled(batch, decoded, "Enregistrement")


def _read(text: bytes, name: str, format: Format, limits: Limits) -> _Reader:
    """As it stands; where it is not well formed, as what it certainly means."""
    reader = _Reader(name, format, limits, Mended(text))
    try:
        reader.read_all()
    except ParseError as error:
        certain = mended(text)
        if not certain.signs:
            raise reader.broken(error) from error
        reader = _Reader(name, format, limits, certain)
        try:
            reader.read_all()
        except ParseError as still:
            raise reader.broken(still) from still
    return reader


class _Reader:
    """One pass over a drop; `seen` gathers the first tags met, for the sentence when no record is found."""

    def __init__(self, name: str, format: Format, limits: Limits, text: Mended) -> None:
        self.name, self.text = name, text
        self.tag = (format.path or RSS_RECORD).split(".")
        self.seen: dict[str, None] = {}
        self.names = _Names(name)
        self.found = Records(name, limits, format, len(text.data))
        self.refused: list[dict[str, object]] = []
        self.torn: list[str] = []
        self.findings = list(text.findings(name))
        reading = self.found.reading
        self._climbs = reading.all_above or any(one.startswith(ABOVE) for one in reading.asked)
        self._inner = {path for one in reading.asked for path in _paths_above(one.lstrip(ABOVE))}
        self._strange: str | None = None
        self._ended = False

    @property
    def read(self) -> int:
        """Records met, taken or refused."""
        return len(self.found) + len(self.refused)

    def read_all(self) -> None:
        """All records in order, of one document after the other. Raises Unreadable where it is unsafe, too deep or too
        long, ParseError where it is broken."""
        data = self.text.data
        for _ in range(_MOST_DOCUMENTS):
            end = self._document(data)
            if end is None:
                return
            data = data[end:]
            if not self._holds_records(data):
                self._left_over(data)
                return
            data = data[data.find(b"<?xml") :] if b"<?xml" in data else from_its_start(data)
        raise refusal(self.name, f"more than {_MOST_DOCUMENTS} documents in one file", "one", "Ask for one document")

    def _document(self, data: bytes) -> int | None:
        """One document; gives where it ends, if something comes after it."""
        parser = DefusedXMLParser(encoding="utf-8", forbid_dtd=True)
        source, self._ended = _Growing(data), False
        events = iterparse(source, events=("start", "end", "start-ns"), parser=parser, forbid_dtd=True)
        try:
            self._walk(events, source)
        except ParseError:
            if not self._ended:
                raise
            return data.rfind(b">", 0, parser.parser.ErrorByteIndex) + 1
        except DefusedXmlException as error:
            remedy = "It is not read, for safety; ask the partner for XML without <!DOCTYPE> and <!ENTITY>"
            raise refusal(self.name, "a DOCTYPE or entity declaration", "plain XML", remedy) from error
        except (LookupError, ValueError) as error:
            remedy = "Set `format.encoding` in the feed's TOML to what the partner uses"
            raise refusal(self.name, f"an XML encoding that cannot be read ({error})", "UTF-8", remedy) from error
        return None

    def _holds_records(self, data: bytes) -> bool:
        local = self.tag[-1].rpartition(":")[2].encode()
        return any(opened.group(1).rpartition(b":")[2] == local for opened in _OPENED.finditer(data))

    def _left_over(self, data: bytes) -> None:
        """What comes after the end of a whole document is told, and is nothing else."""
        if not data.strip(b"\0\x1a \t\r\n"):
            return
        shown = data[:80].decode("utf-8", "replace")
        seen = f"{len(data)} bytes after the end: « {shown} »"
        sentence = (
            f"{self.name}: {number(len(data))} bytes after the end of the document (« {shown} ») were left aside; its "
            f"{number(self.read)} records are whole. Ask the partner to write nothing after the last tag."
        )
        self.findings.append(Finding("xml_junk_after", Severity.WARN, seen, "nothing after it", sentence))

    def _walk(self, events: Iterator[tuple[str, Any]], source: _Growing) -> None:
        above: list[Element] = []
        enclosing: list[Above | None] = []
        inside = 0  # depth of the record we are in, 0 outside
        for event, thing in events:
            source.some = True
            if event == "start-ns":
                self.names.declare(*thing)
            elif event == "start":
                above.append(thing)
                enclosing.append(None)
                if len(above) > DEEPEST:
                    raise too_deep(self.name, f"<{quote(self.names.of(thing.tag))}>")
                if not inside:
                    if self._is_record(above):
                        inside = len(above)
                    elif len(self.seen) < 5:
                        self.seen[self.names.of(thing.tag)] = None
            else:
                taken = inside == len(above)
                if taken:
                    inside = 0
                    self._take(thing, self._above(enclosing))
                above.pop()
                self._ended = not above
                encloses = enclosing.pop()
                if encloses is not None:
                    encloses.parts = self._tree(thing, "")
                if above and not inside and not self._climbs:
                    del above[-1][-1]  # else the tree of the whole document would grow behind us
                elif not inside and (taken or encloses is not None):
                    thing.clear()  # it is not the last child: the parser is ahead of us
                    thing.tag = _GONE

    def _above(self, enclosing: list[Above | None]) -> Above | None:
        """What encloses a record, from the root down; its parts are known when it ends."""
        if not self._climbs:
            return None
        last: Above | None = None
        for at, known in enumerate(enclosing[:-1]):
            last = enclosing[at] = known or Above({}, last)
        return last

    def _is_record(self, above: list[Element]) -> bool:
        if len(above) < len(self.tag):
            return False
        return all(map(self._is_called, self.tag, above[-len(self.tag) :]))

    def _is_called(self, name: str, element: Element) -> bool:
        local = element.tag.rpartition("}")[2]
        prefix, _, plain = name.rpartition(":")
        return local == name or self.names.of(element.tag) == name or (local == plain and not self.names.knows(prefix))

    def _take(self, element: Element, above: Above | None) -> None:
        self._strange = None
        record = self._tree(element, "")
        if not isinstance(record, dict):
            record = {OWN: record}
        if self._strange is None:
            self.found.add(self.read + 1, record, f"record {self.read + 1}", above)
            return
        line = self.found.line(self.read + 1)
        self.torn.append(" ".join(filter(None, map(self._known, element.itertext()))))
        self.refused.append(_unknown_entity(line, self._strange))

    def _tree(self, element: Element, path: str) -> Any:
        """An element as a JSON document would have it: its text, or an object of attributes and elements."""
        parts: dict[str, Any] = {f"@{self.names.of(key)}": self._known(value) for key, value in element.items()}
        own = None if len(element) else element.text
        if len(element) and _is_mixed(element):
            own = _inner(element, html=False)
        if path and path not in self._inner and (markup := _markup(element)) is not None:
            own = markup
        elif len(element):
            for child in element:
                if child.tag == _GONE:
                    continue
                name = self.names.of(child.tag)
                _put(parts, name, self._tree(child, f"{path}.{name}" if path else name))
        own = self._known(own) if own and not own.isspace() else ""
        if parts and own:
            parts[OWN] = own
        return parts or own

    def _known(self, text: str) -> str:
        """The text with the entities of an unknown meaning as they were written, and one of them remembered."""
        if not self.text.strange or UNKNOWN[0] not in text:
            return text
        self._strange = text.partition(UNKNOWN[0])[2].partition(UNKNOWN[1])[0]
        return text.replace(UNKNOWN[0], "&").replace(UNKNOWN[1], ";")

    def broken(self, error: ParseError) -> Unreadable:
        """Why a document cannot be read, and the true remedy."""
        line, column = error.position
        what = str(error).partition(":")[0]
        seen = f"broken XML at line {line}, column {column + 1} ({what}), after {number(self.read)} whole records"
        remedy = "Ask the partner for well-formed XML, best written by an XML library"
        if error.code in _CUT:
            remedy = "The export or the upload probably broke off; ask the partner to send it again"
        if "invalid token" in what or "encoding" in what:
            remedy = (
                "Ask the partner for well-formed XML; if only its encoding is wrong, set `format.encoding` in the TOML"
            )
        return refusal(self.name, seen, "well-formed XML to the end", remedy)


def _paths_above(header: str) -> Iterator[str]:
    """`a.b` and `a` of `a.b.c`."""
    while "." in header:
        header = header.rpartition(".")[0]
        yield header.partition("[")[0]


def _put(parts: dict[str, Any], name: str, value: Any) -> None:
    known = parts.get(name)
    if isinstance(known, list):
        known.append(value)
    else:
        parts[name] = value if known is None else [known, value]


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
    pieces: list[str] = []
    _gather(element, html, pieces)
    return "".join(pieces)


def _gather(element: Element, html: bool, pieces: list[str]) -> None:
    text = (lambda said: escape(said, quote=False)) if html else str
    pieces.append(text(element.text or ""))
    for child in element:
        name = _local(child)
        known = name in KNOWN
        pieces.append(f"<{name}>" if known and html else "" if known else " ")
        _gather(child, html, pieces)
        pieces.append(f"</{name}>" if known and html and name not in _VOID else "" if known else " ")
        pieces.append(text(child.tail or ""))


def _local(element: Element) -> str:
    return element.tag.rpartition("}")[2].lower()


def _unknown_entity(line: int, name: str) -> dict[str, object]:
    sentence = (
        f"Enregistrement {line} : « &{name}; » n'est déclaré nulle part, et nous ne savons pas ce qu'il veut dire."
    )
    remedy = "Écrivez le caractère lui-même ; pour un « & » dans un texte, écrivez « &amp; »."
    return malformed(line, f"&{name};", "record_has_an_unknown_entity", f"&{name};", sentence, remedy)


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

    def knows(self, prefix: str) -> bool:
        """Whether the document has given the prefix to a namespace."""
        return prefix in self._prefix.values()

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
