"""JSON and JSON lines to a batch of text: nested objects become dotted paths, numbers keep their very digits."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from connectors import nested
from connectors.formats import NOTHING, Known
from connectors.formats.encoding import decode
from connectors.formats.encoding.spoiled import Decoded, readable, refuse_cut, without_spoiled
from connectors.formats.records import Records, too_deep, too_many
from connectors.formats.refusal import clip, malformed, malformed_frame, number, refusal, refuse_other_formats
from offers.errors import Unreadable
from offers.feed import Limits
from offers.format import Format
from offers.model import Batch, Finding, Severity

_DECODER = json.JSONDecoder(parse_float=str, parse_int=str, parse_constant=str)
_BLANK = "\ufeff\0\x1a \t\r\n"
_WHAT = {dict: "an object", list: "a list", str: "a text or number", bool: "true or false", type(None): "null"}


def read_json(data: bytes, name: str, format: Format, limits: Limits, known: Known = NOTHING) -> Batch:
    """Read the unpacked bytes of a JSON drop; records are numbered from 1. Raises Unreadable, FeedMisconfigured."""
    decoded = _decoded(data, name, format, known.said, "a JSON document")
    refuse_cut(name, decoded)
    document, after = _document(decoded.utf8.decode(), name)
    found = Records(name, limits, format, len(data))
    there = _records_at(document, format.path, name, found)
    if len(there) > limits.rows:
        raise too_many(name, limits)
    rejected: list[dict[str, object]] = []
    for count, (one, above) in enumerate(there, start=1):
        if isinstance(one, dict):
            found.add(count, one, f"record {count}", above)
        else:
            rejected.append(_no_object(found.line(count), one))
    if rejected and not len(found):
        remedy = "Correct `format.records` in the feed's TOML, the dotted path to the list of offers"
        raise refusal(name, f"a list of {number(len(there))} values and no object", "a list of objects", remedy)
    how = {"encoding": decoded.encoding, "records": format.path}
    torn = "\n".join(json.dumps(one, ensure_ascii=False) for one, _ in there if not isinstance(one, dict))
    frame = found.frame()
    findings = (*decoded.findings, *found.findings(), *_left_over(after, name))
    return without_spoiled(Batch(frame, malformed_frame(rejected), how, findings, torn), decoded, by_line=False)


def read_jsonl(data: bytes, name: str, format: Format, limits: Limits, known: Known = NOTHING) -> Batch:
    """Read the unpacked bytes of a JSON lines drop; a broken line is a rejection. Raises as `read_json`."""
    decoded = _decoded(data, name, format, known.said, "JSON lines")
    records = Records(name, limits, format, len(data))
    rejected: list[dict[str, object]] = []
    torn: list[str] = []
    for line, raw in enumerate(decoded.utf8.decode().split("\n"), start=1):
        if not raw.strip():
            continue
        if len(records) + len(rejected) >= limits.rows:
            raise too_many(name, limits)
        one = _line(raw)
        if isinstance(one, dict):
            records.add(line, one, f"line {line}")
        else:
            torn.append(readable(raw))
            row = records.line(line)
            rejected.append(malformed(row, readable(raw), "line_is_not_json") if one is None else _no_object(row, one))
    if rejected and not len(records):
        seen = f"{number(len(rejected))} lines, none of them a JSON object"
        remedy = 'Ask the partner for JSON lines; if it is one JSON document, write kind = "json" in the feed\'s TOML'
        raise refusal(name, seen, "one object per line", remedy)
    how, frame = {"encoding": decoded.encoding}, records.frame()
    findings = (*decoded.findings, *records.findings())
    return without_spoiled(Batch(frame, malformed_frame(rejected), how, findings, "\n".join(torn)), decoded)


def _decoded(data: bytes, name: str, format: Format, said: str | None, expected: str) -> Decoded:
    if not data[:4096].lstrip(b"\xef\xbb\xbf\0 \t\r\n").startswith((b"{", b"[")):
        refuse_other_formats(name, data, expected)
    return decode(data, name, format.encoding, said)


def _line(raw: str) -> Any:
    try:
        return _DECODER.decode(raw.strip("\ufeff \t\r"))
    except (json.JSONDecodeError, RecursionError):
        return None


def _document(text: str, name: str) -> tuple[Any, str]:
    """The one document, and what comes after its end and is no JSON: the notice of a server, a comment."""
    text = text.strip(_BLANK)
    try:
        document, end = _DECODER.raw_decode(text)
    except json.JSONDecodeError as error:
        raise _broken(name, text, error) from error
    except RecursionError as error:
        raise too_deep(name, "the start") from error
    after = text[end:].lstrip(_BLANK)
    if after and (not isinstance(document, (dict, list)) or after[0] in '{["]},:'):
        raise _broken(name, text, json.JSONDecodeError("Extra data", text, len(text) - len(after)))
    return document, after


def _left_over(after: str, name: str) -> Iterator[Finding]:
    if after:
        sentence = (
            f"{name}: {number(len(after))} characters after the end of the document (« {after[:80]} ») were left "
            "aside; what stands before is whole. Ask the partner to write nothing after the last bracket."
        )
        seen = f"{len(after)} characters after the end: « {after[:80]} »"
        yield Finding("json_junk_after", Severity.WARN, seen, "nothing after it", sentence)


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
    return refusal(name, seen, "one JSON document", remedy)


def _no_object(line: int, value: Any) -> dict[str, object]:
    raw = clip(readable(json.dumps(value, ensure_ascii=False)))
    return malformed(line, raw, "record_is_not_an_object", seen=_what(value))
