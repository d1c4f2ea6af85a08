"""JSON and JSON lines to a batch of text: nested objects become dotted paths, numbers keep their very digits."""

from __future__ import annotations

import json
from typing import Any

from connectors import nested
from connectors.formats import NOTHING, Hints
from connectors.formats.encoding import decode
from connectors.formats.encoding.spoiled import Decoded, readable, refuse_cut
from connectors.formats.records import Records, too_deep
from connectors.formats.refusal import clip, refusal, refuse_other_formats
from offers.errors import Unreadable
from offers.feed import Limits
from offers.findings import finding_of
from offers.format import Format
from offers.model import Batch, Severity
from offers.wording import number

_DECODER = json.JSONDecoder(parse_float=str, parse_int=str, parse_constant=str)
_BLANK = "\ufeff\0\x1a \t\r\n"
_WHAT = {dict: "an object", list: "a list", str: "a text or number", bool: "true or false", type(None): "null"}


def read_json(data: bytes, name: str, format: Format, limits: Limits, known: Hints = NOTHING) -> Batch:
    """Read the unpacked bytes of a JSON drop; records are numbered from 1. Raises Unreadable, FeedMisconfigured."""
    decoded = _decoded(data, name, format, known.said, "a JSON document")
    refuse_cut(name, decoded)
    text = decoded.utf8.decode().strip(_BLANK)
    try:
        document, end = _DECODER.raw_decode(text)
    except json.JSONDecodeError as error:
        raise _broken(name, text, error) from error
    except RecursionError as error:
        raise too_deep(name, "the start") from error
    after = text[end:].lstrip(_BLANK)  # what comes after its end and is no JSON: the notice of a server, a comment
    if after and (not isinstance(document, (dict, list)) or after[0] in '{["]},:'):
        raise _broken(name, text, json.JSONDecodeError("Extra data", text, len(text) - len(after)))
    found = Records(name, limits, format, len(data))
    there = _records_at(document, format.path, name, found)
    for count, (one, above) in enumerate(there, start=1):
        if isinstance(one, dict):
            found.add(count, one, f"record {count}", above)
        else:
            _refuse(found, count, one, json.dumps(one, ensure_ascii=False))
    if found.refused and not len(found):
        remedy = "Correct `format.records` in the feed's TOML, the dotted path to the list of offers"
        raise refusal(name, f"a list of {number(len(there))} values and no object", "a list of objects", remedy)
    findings = []
    if after:
        told = {"drop": name, "size": len(after), "text": after[:80]}
        findings.append(finding_of("json_junk_after", Severity.WARN, **told))
    return found.batch(decoded, {"records": format.path}, *findings)


def read_jsonl(data: bytes, name: str, format: Format, limits: Limits, known: Hints = NOTHING) -> Batch:
    """Read the unpacked bytes of a JSON lines drop; a broken line is a rejection. Raises as `read_json`."""
    decoded = _decoded(data, name, format, known.said, "JSON lines")
    found = Records(name, limits, format, len(data))
    for line, raw in enumerate(decoded.utf8.decode().split("\n"), start=1):
        if not raw.strip():
            continue
        try:
            one = _DECODER.decode(raw.strip("\ufeff \t\r"))
        except (json.JSONDecodeError, RecursionError):
            one = None
        if isinstance(one, dict):
            found.add(line, one, f"line {line}")
        elif one is None:
            found.refuse(line, readable(raw), "line_is_not_json", readable(raw))
        else:
            _refuse(found, line, one, readable(raw))
    if found.refused and not len(found):
        seen = f"{number(found.read)} lines, none of them a JSON object"
        remedy = 'Ask the partner for JSON lines; if it is one JSON document, write kind = "json" in the feed\'s TOML'
        raise refusal(name, seen, "one object per line", remedy)
    return found.batch(decoded, {}, by_line=True)


def _refuse(found: Records, line: int, value: Any, torn: str) -> None:
    raw = clip(readable(json.dumps(value, ensure_ascii=False)))
    found.refuse(line, raw, "record_is_not_an_object", torn, seen=_what(value))


def _decoded(data: bytes, name: str, format: Format, said: str | None, expected: str) -> Decoded:
    if not data[:4096].lstrip(b"\xef\xbb\xbf\0 \t\r\n").startswith((b"{", b"[")):
        refuse_other_formats(name, data, expected)
    return decode(data, name, format.encoding, said)


def _records_at(document: Any, path: str, name: str, found: Records) -> list[tuple[Any, nested.Above | None]]:
    """What is at the path. Raises Unreadable where nothing is, or nothing that could be a list of offers."""
    remedy = "Ask the partner, or correct `format.records` in the feed's TOML"
    try:
        there, numbered = nested.records(document, path)
    except nested.Astray as astray:
        if not astray.key:
            where = f"`{path}`" if path else "the document"
            raise refusal(name, f"{_what(astray.here)} at {where}", "a list of offers", remedy) from None
        held = ", ".join(list(astray.here)[:10]) if isinstance(astray.here, dict) else _what(astray.here)
        where = f" in `{astray.before}`" if astray.before else ""
        seen = f"no `{astray.key}`{where} (found: {held})"
        raise refusal(name, seen, f"a list of offers at `{path}`", remedy) from None
    if numbered:
        found.say_numbered(path)
    return there


def _what(value: Any) -> str:
    return _WHAT.get(type(value), type(value).__name__)


def _broken(name: str, text: str, error: json.JSONDecodeError) -> Unreadable:
    seen = f"broken JSON at line {error.lineno}, column {error.colno} ({error.msg})"
    remedy = "The export or the upload probably broke off; ask the partner to send it again"
    if error.msg == "Extra data" and text.lstrip().startswith("{"):
        remedy = 'If the file holds one object per line, write kind = "jsonl" in the feed\'s TOML'
    return refusal(name, seen, "one JSON document", remedy, cause="json", line=error.lineno, column=error.colno)
