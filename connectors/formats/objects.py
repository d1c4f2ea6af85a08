"""JSON and JSON lines to a batch of text: nested objects become dotted paths, numbers keep their very digits."""

from __future__ import annotations

import json
from typing import Any

from connectors.formats.encoding import Decoded, decode
from connectors.formats.odd_bytes import readable
from connectors.formats.ragged import malformed, malformed_frame
from connectors.formats.records import DEEPEST, Flat, Records, too_deep, too_many
from connectors.formats.refusal import number, refusal, refuse_other_formats
from connectors.formats.spoiled import refuse_cut, without_spoiled
from connectors.formats.table import clip
from offers.errors import Unreadable
from offers.feed import Format
from offers.model import Batch
from offers.thresholds import Limits

_DECODER = json.JSONDecoder(parse_float=str, parse_int=str, parse_constant=str)
_WHAT = {dict: "an object", list: "a list", str: "a text or number", bool: "true or false", type(None): "null"}


def read_json(data: bytes, name: str, format: Format, limits: Limits, said: str | None = None) -> Batch:
    """Read the unpacked bytes of a JSON drop; records are numbered from 1. Raises Unreadable, FeedMisconfigured."""
    decoded = _decoded(data, name, format, said, "a JSON document")
    refuse_cut(name, decoded)
    text = decoded.utf8.decode()
    try:
        document = _DECODER.decode(text.strip())
    except json.JSONDecodeError as error:
        raise _broken(name, text, error) from error
    except RecursionError as error:
        raise too_deep(name, "the start") from error
    found = _list_at(document, format.records, name)
    if len(found) > limits.rows:
        raise too_many(name, limits)
    records = Records(name, limits)
    rejected: list[dict[str, object]] = []
    for count, one in enumerate(found, start=1):
        if isinstance(one, dict):
            records.add(count, _flat(one, name, f"record {count}"))
        else:
            rejected.append(_no_object(count, one))
    if rejected and not len(records):
        remedy = "Correct `format.records` in the feed's TOML, the dotted path to the list of offers"
        raise refusal(name, f"a list of {number(len(found))} values and no object", "a list of objects", remedy)
    how = {"encoding": decoded.encoding, "records": format.records}
    torn = "\n".join(json.dumps(one, ensure_ascii=False) for one in found if not isinstance(one, dict))
    batch = Batch(records.frame(), malformed_frame(rejected), how, decoded.findings, torn)
    return without_spoiled(batch, decoded, "Enregistrement")


def read_jsonl(data: bytes, name: str, format: Format, limits: Limits, said: str | None = None) -> Batch:
    """Read the unpacked bytes of a JSON lines drop; a broken line is a rejection. Raises as `read_json`."""
    decoded = _decoded(data, name, format, said, "JSON lines")
    records = Records(name, limits)
    rejected: list[dict[str, object]] = []
    torn: list[str] = []
    for line, raw in enumerate(decoded.utf8.decode().split("\n"), start=1):
        if not raw.strip():
            continue
        if len(records) + len(rejected) >= limits.rows:
            raise too_many(name, limits)
        one = _line(raw)
        if isinstance(one, dict):
            records.add(line, _flat(one, name, f"line {line}"))
        else:
            torn.append(readable(raw))
            rejected.append(_broken_line(line, raw) if one is None else _no_object(line, one))
    if rejected and not len(records):
        seen = f"{number(len(rejected))} lines, none of them a JSON object"
        remedy = 'Ask the partner for JSON lines; if it is one JSON document, write kind = "json" in the feed\'s TOML'
        raise refusal(name, seen, "one object per line", remedy)
    how = {"encoding": decoded.encoding}
    batch = Batch(records.frame(), malformed_frame(rejected), how, decoded.findings, "\n".join(torn))
    return without_spoiled(batch, decoded)


def _decoded(data: bytes, name: str, format: Format, said: str | None, expected: str) -> Decoded:
    if not data.removeprefix(b"\xef\xbb\xbf").lstrip().startswith((b"{", b"[")):
        refuse_other_formats(name, data, expected)
    return decode(data, name, format.encoding, said)


def _line(raw: str) -> Any:
    try:
        return _DECODER.decode(raw.strip("\ufeff \t\r"))
    except (json.JSONDecodeError, RecursionError):
        return None


def _list_at(document: Any, path: str, name: str) -> list[Any]:
    """The list at a dotted path; an object where the list should be is a list of one."""
    here, done = document, list[str]()
    for key in path.split(".") if path else ():
        if not isinstance(here, dict) or key not in here:
            held = ", ".join(list(here)[:10]) if isinstance(here, dict) else _what(here)
            where = f" in `{'.'.join(done)}`" if done else ""
            remedy = "Ask the partner, or correct `format.records` in the feed's TOML"
            raise refusal(name, f"no `{key}`{where} (found: {held})", f"a list of offers at `{path}`", remedy)
        here = here[key]
        done.append(key)
    if isinstance(here, dict):
        return [here]
    if not isinstance(here, list):
        where = f"`{path}`" if path else "the document"
        remedy = "Ask the partner, or correct `format.records` in the feed's TOML"
        raise refusal(name, f"{_what(here)} at {where}", "a list of offers", remedy)
    return here


def _flat(record: dict[str, Any], name: str, where: str) -> Flat:
    flat = Flat(name)
    _flatten(record, "", flat, 0, name, where)
    return flat


def _flatten(value: Any, path: str, flat: Flat, depth: int, name: str, where: str) -> None:
    if isinstance(value, str):
        flat.put(path, value)
    elif isinstance(value, bool):
        flat.put(path, "true" if value else "false")
    elif depth >= DEEPEST and value:
        raise too_deep(name, where)
    elif isinstance(value, dict):
        for key, inner in value.items():
            _flatten(inner, flat.below(path, flat.seen(key)), flat, depth + 1, name, where)
    elif isinstance(value, list):
        for inner in value:
            _flatten(inner, path, flat, depth + 1, name, where)


def _what(value: Any) -> str:
    return _WHAT.get(type(value), type(value).__name__)


def _broken(name: str, text: str, error: json.JSONDecodeError) -> Unreadable:
    seen = f"broken JSON at line {error.lineno}, column {error.colno} ({error.msg})"
    remedy = "The export or the upload probably broke off; ask the partner to send it again"
    if error.msg == "Extra data" and text.lstrip().startswith("{"):
        remedy = 'If the file holds one object per line, write kind = "jsonl" in the feed\'s TOML'
    return refusal(name, seen, "one JSON document", remedy)


def _broken_line(line: int, raw: str) -> dict[str, object]:
    sentence = f"Ligne {line} : ce n'est pas un objet JSON complet."
    remedy = "Écrivez chaque offre sur une seule ligne, comme un objet JSON entier."
    return malformed(line, readable(raw), "line_is_not_json", "broken JSON", sentence, remedy)


def _no_object(line: int, value: Any) -> dict[str, object]:
    sentence = f"Enregistrement {line} : une offre doit être un objet JSON, avec des noms et des valeurs."
    remedy = "Retirez cette valeur de la liste, ou écrivez l'offre comme un objet."
    raw = clip(readable(json.dumps(value, ensure_ascii=False)))
    return malformed(line, raw, "record_is_not_an_object", _what(value), sentence, remedy)
