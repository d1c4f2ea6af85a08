"""XML and RSS by record tag, streamed: no DTD, and never more than one record as a tree in memory.

Only what encloses the records is held until it ends, where a feed asks for it.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser, iterparse

from connectors.formats import NOTHING, Hints
from connectors.formats.bounds import check_elements
from connectors.formats.encoding import decode
from connectors.formats.encoding.spoiled import refuse_cut
from connectors.formats.records import DEEPEST, Records, too_deep
from connectors.formats.refusal import looks_like, refusal, refuse_other_formats
from connectors.formats.xml.elements import GONE, Elements
from connectors.formats.xml.mended import Mended, from_its_start, mended
from connectors.nested import ABOVE, OWN, Above
from offers.errors import Unreadable
from offers.feed import Limits
from offers.findings import finding_of
from offers.format import Format
from offers.model import Batch, Severity
from offers.text import quote
from offers.wording import number

RSS_RECORD = "item"
_PIECE = 1 << 16
_MOST_DOCUMENTS = 20
"""How many documents may stand one after the other in a drop."""
_TAG = re.compile(r"<([A-Za-z][\w.:-]*)")
_OPENED = re.compile(rb"<([A-Za-z_\x80-\xff][\w.:\x80-\xff-]{0,200})")
_DECLARED = re.compile(rb"^(?:\xef\xbb\xbf|\s)*+<\?xml[^>]*encoding\s*=\s*[\"']([\w.-]+)[\"']")
_CUT, _MISMATCHED = (3, 5, 20), 7
"""How the parser says that a document ends too soon: nothing more, within a tag, within CDATA."""
_OF_A_PAGE = ("html", "head", "title", "body", "h1")


def read_xml(data: bytes, name: str, format: Format, limits: Limits, known: Hints = NOTHING) -> Batch:
    """Read the unpacked bytes of an XML or RSS drop. Raises Unreadable, FeedMisconfigured."""
    tag = format.path or RSS_RECORD
    if looks_like(data) == "html":
        met = dict.fromkeys(one.lower() for one in _TAG.findall(data[:65536].decode("utf-8", "replace")))
        raise _no_record(name, tag, len(data), [one for one in met if one in _OF_A_PAGE])
    if looks_like(data) not in (None, "xml"):
        refuse_other_formats(name, data, "an XML document")
    declared = _DECLARED.match(data)
    decoded = decode(data, name, format.encoding, declared.group(1).decode() if declared else known.said)
    refuse_cut(name, decoded)
    text = from_its_start(decoded.utf8)
    reader = _Reader(name, format, limits, Mended(text))
    try:
        reader.read_all()
    except ParseError as error:  # not well formed: what it certainly means, if anything
        certain = mended(text)
        if not certain.signs:
            raise reader.broken(error) from error
        reader = _Reader(name, format, limits, certain)
        try:
            reader.read_all()
        except ParseError as still:
            raise reader.broken(still) from still
    if not reader.found.read:
        raise _no_record(name, tag, len(data), reader.seen)
    return reader.found.batch(decoded, {"record": tag}, *reader.findings)


class _Reader:
    """One pass over a drop; `seen` gathers the first tags met, for the sentence when no record is found."""

    def __init__(self, name: str, format: Format, limits: Limits, text: Mended) -> None:
        self.name, self._data, self._tag = name, text.data, (format.path or RSS_RECORD).split(".")
        self.seen: dict[str, None] = {}
        self.found = Records(name, limits, format, len(text.data))
        self.findings = list(text.findings(name))
        reading = self.found.reading
        self._elements = Elements(name, (one.lstrip(ABOVE) for one in reading.asked), text.strange)
        self._ended = False
        self._climbs = reading.all_above or any(one.startswith(ABOVE) for one in reading.asked)

    def read_all(self) -> None:
        """All records in order, of one document after the other. Raises Unreadable where it is unsafe, too deep or too
        long, ParseError where it is broken."""
        data, local = self._data, self._tag[-1].rpartition(":")[2].encode()
        for _ in range(_MOST_DOCUMENTS):
            parser = DefusedXMLParser(encoding="utf-8", forbid_dtd=True)
            self._ended = False
            try:
                self._walk(_Growing(data), parser)
                return
            except ParseError:
                if not self._ended:
                    raise
            except DefusedXmlException as error:
                remedy = "It is not read, for safety; ask the partner for XML without <!DOCTYPE> and <!ENTITY>"
                seen = "a DOCTYPE or entity declaration"
                raise refusal(self.name, seen, "plain XML", remedy, cause="doctype") from error
            except (LookupError, ValueError) as error:
                remedy = "Set `format.encoding` in the feed's TOML to what the partner uses"
                raise refusal(self.name, f"an XML encoding that cannot be read ({error})", "UTF-8", remedy) from error
            else:
                return
            data = data[data.rfind(b">", 0, parser.parser.ErrorByteIndex) + 1 :]
            if not any(opened[1].rpartition(b":")[2] == local for opened in _OPENED.finditer(data)):
                self._leave(data)
                return
            data = data[data.find(b"<?xml") :] if b"<?xml" in data else from_its_start(data)
        raise refusal(self.name, f"more than {_MOST_DOCUMENTS} documents in one file", "one", "Ask for one document")

    def _leave(self, data: bytes) -> None:
        """What comes after the end of a whole document, and holds no record, is told."""
        if data.strip(b"\0\x1a \t\r\n"):
            shown = data[:80].decode("utf-8", "replace")
            told = {"drop": self.name, "size": len(data), "text": shown, "read": self.found.read}
            self.findings.append(finding_of("xml_junk_after", Severity.WARN, **told))

    def _walk(self, source: _Growing, parser: DefusedXMLParser) -> None:
        above: list[Element] = []
        enclosing: list[Above | None] = []
        inside = elements = 0  # depth of the record we are in, 0 outside; how many elements it has so far
        for event, thing in iterparse(source, events=("start", "end", "start-ns"), parser=parser, forbid_dtd=True):
            source.some = True
            if event == "start-ns":
                self._elements.declare(*thing)
            elif event == "start":
                above.append(thing)
                enclosing.append(None)
                if len(above) > DEEPEST:
                    raise too_deep(self.name, f"<{quote(self._elements.name(thing.tag))}>")
                if not inside and self._begins(above):
                    inside, elements = len(above), 0
                if inside:
                    elements += 1
                    check_elements(self.name, elements, f"record {self.found.read + 1}")
            else:
                taken = inside == len(above)
                if taken:
                    inside = 0
                    self._take(thing, enclosing)
                above.pop()
                self._ended = not above
                encloses = enclosing.pop()
                if encloses is not None:
                    encloses.parts = self._elements.tree(thing)
                if not inside:
                    self._forget(thing, above, taken or encloses is not None)

    def _begins(self, above: list[Element]) -> bool:
        """Whether the last of these is a record."""
        element, deep = above[-1], len(self._tag)
        if len(above) >= deep and all(map(self._elements.is_called, self._tag, above[-deep:])):
            return True
        if len(self.seen) < 5:
            self.seen[self._elements.name(element.tag)] = None
        return False

    def _forget(self, element: Element, above: list[Element], used: bool) -> None:
        """Else the tree of the whole document would grow behind us."""
        if above and not self._climbs:
            del above[-1][-1]
        elif used:
            element.clear()  # it is not the last child: the parser is ahead of us
            element.tag = GONE

    def _take(self, element: Element, enclosing: list[Above | None]) -> None:
        above: Above | None = None
        for at, known in enumerate(enclosing[:-1] if self._climbs else ()):  # from the root down; full when it ends
            above = enclosing[at] = known or Above({}, above)
        elements, number = self._elements, self.found.read + 1
        elements.strange = None
        record = elements.tree(element)
        if (strange := elements.strange) is None:
            self.found.add(number, record if isinstance(record, dict) else {OWN: record}, f"record {number}", above)
            return
        torn, entity = " ".join(filter(None, map(elements.text, element.itertext()))), f"&{strange};"
        self.found.refuse(number, entity, "record_has_an_unknown_entity", torn, entity=entity)

    def broken(self, error: ParseError) -> Unreadable:
        """Why a document cannot be read, and the true remedy."""
        line, column = error.position
        what = str(error).partition(":")[0]
        seen = f"broken XML at line {line}, column {column + 1} ({what}), after {number(self.found.read)} whole records"
        remedy = "Ask the partner for well-formed XML, best written by an XML library"
        cause = "xml_tag" if error.code == _MISMATCHED else "xml"
        if error.code in _CUT:
            cause = "xml_cut"
            remedy = "The export or the upload probably broke off; ask the partner to send it again"
        if "invalid token" in what or "encoding" in what:
            remedy = (
                "Ask the partner for well-formed XML; if only its encoding is wrong, set `format.encoding` in the TOML"
            )
        return refusal(self.name, seen, "well-formed XML to the end", remedy, cause=cause, line=line, column=column + 1)


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


def _no_record(name: str, tag: str, size: int, seen: Iterable[str]) -> Unreadable:
    found = ", ".join(f"<{quote(one)}>" for one in seen) or "no element at all"
    first = "The partner's server probably answered with an error page; ask" if {"html", "body"} & set(seen) else "Ask"
    return Unreadable(
        f"{name}: no <{tag}> element in {number(size)} bytes (found: {found}); expected one per offer. "
        f"{first} the partner, or correct `format.record` in the feed's TOML."
    )
