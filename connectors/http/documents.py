"""JSON answers: the records in them, dotted paths into them, and lines made of them again.

The same answers give the same bytes, and numbers keep their digits.

jobs                     the list under `jobs`
meta.total               a value in an object
_links[rel=detail].href  of a list of objects, the one whose `rel` is `detail`
data[0].id               the first of a list
"""

from __future__ import annotations

import hashlib
import json
import re
from contextlib import suppress
from email.message import Message
from secrets import token_hex
from typing import Any
from urllib.parse import quote

from connectors import nested
from connectors.nested import STEP, Astray, items
from offers.errors import Refused, Unreachable

# Digits of a number with a point or an exponent travel as text between these marks, for a float would lose them. The
# marks are drawn anew in each process, so that no partner's text can hold them; what is written holds none.
_DRAWN = token_hex(8)
_BEGIN, _END = f"<{_DRAWN}:", f":{_DRAWN}>"
_FIELD = re.compile(r"\{([^{}]+)\}")


def _marked(digits: str) -> str:
    return f"{_BEGIN}{digits}{_END}"


_DECODER = json.JSONDecoder(parse_float=_marked, parse_constant=_marked)
_PLAIN = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
_ESCAPED = json.JSONEncoder(separators=(",", ":"))
DEEPEST = 64


def parse(body: bytes, content_type: str, who: str) -> Any:
    """The JSON document in an answer. Raises Unreachable for HTML, for what is cut or empty, Refused if too deep."""
    fault = ""
    try:
        return _DECODER.decode(_text(body, content_type).strip())
    except json.JSONDecodeError as error:
        start = body.lstrip()[:200].lower()
        if not start:
            fault = "an empty answer"
        elif start.startswith((b"<!doctype html", b"<html")) or b"<body" in start:
            fault = f"an HTML page of {len(body)} bytes, probably an error or a login page"
        elif start.startswith(b"<"):
            fault = f"XML ({len(body)} bytes)"
        elif start.startswith((b"{", b"[")):
            fault = f"JSON that is cut or broken after {error.pos} characters ({error.msg})"
        else:
            fault = f"{len(body)} bytes of « {(content_type or 'no type')[:40]} »"
    except RecursionError:
        pass
    except ValueError:
        fault = "a whole number of thousands of digits"
    if not fault:
        raise Refused(f"{who} sent JSON nested too deeply to read; expected at most {DEEPEST} levels. Ask the partner.")
    raise Unreachable(f"{who} sent {fault}; expected a JSON document.")


def charset(content_type: str) -> str | None:
    """The encoding that a `Content-Type` names, if any."""
    said = Message()
    said["Content-Type"] = content_type
    return said.get_content_charset()


def _text(body: bytes, content_type: str) -> str:
    """JSON is UTF-8, else what its server says; bytes that are neither go on as they are, for the reader to tell."""
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError:
        said = charset(content_type)
    from connectors.formats.encoding import in_page  # here, for the registry of connectors is imported without pandas

    if (wide := json.detect_encoding(body)) not in ("utf-8", "utf-8-sig"):
        return body.decode(wide, "replace")
    return in_page(body, said) or body.decode("utf-8-sig", "surrogateescape")


class NoList(Refused):
    """An answer without a list of records."""


def records_in(document: Any, path: str, who: str, enclosing: bool = False) -> list[Any]:
    """The list of records at a path, or of those at it in each item of the lists on the way.

    An object keyed 0, 2, 5 is the list that PHP writes so once something was taken out of it. With `enclosing`, each
    record holds what encloses it, under `^`. Raises NoList, with what is there, where it is no list.
    """
    held, key = None, None
    try:
        held = items(found := look(document, path))
    except Astray as astray:
        found, key = astray.here, astray.key
    if held is not None and not enclosing:
        return held
    if (held is not None or key is not None) and document != []:  # nothing at all is no page without records
        with suppress(Astray):
            there, _ = nested.records(document, path)
            return [_within(one, above) if enclosing else one for one, above in there]
    here = ", ".join(map(str, list(found)[:10])) if isinstance(found, dict) else type(found).__name__
    where = f"no list at `{path}`" if path else "no list as the whole answer"
    seen = f"no `{key}` in the answer" if key is not None else where
    raise NoList(
        f"{who} sent {seen} (found: {here}); expected a list of records at « {path} ». "
        "Correct `source.records` in the feed's TOML, or ask the partner what changed."
    )


def _within(record: Any, above: nested.Above | None) -> Any:
    if above is None or not isinstance(record, dict):
        return record
    return {**record, "^": _within(above.parts, above.above)}


def lines(records: list[Any], who: str) -> bytes:
    """Records as JSON lines in UTF-8: keys as received, no spaces, numbers digit for digit. Raises Refused.

    A byte that was no UTF-8 is the same byte again: it costs its line when the drop is read.
    """
    try:
        return _bare("".join(_PLAIN.encode(record) + "\n" for record in records)).encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:  # half of a surrogate pair somewhere, which UTF-8 cannot hold and an escape can
        block = bytearray()
        for record in records:
            try:
                block += _bare(_PLAIN.encode(record) + "\n").encode("utf-8", "surrogateescape")
            except UnicodeEncodeError:
                block += _bare(_ESCAPED.encode(record) + "\n").encode()
        return bytes(block)
    except RecursionError:
        pass
    raise Refused(f"{who} sent records nested too deeply; expected at most {DEEPEST} levels. Ask the partner.")


def _bare(text: str) -> str:
    return text.replace(f'"{_BEGIN}', "").replace(f'{_END}"', "")


def digits(text: str) -> str:
    """A value of a document as it was written, were it a number with a point."""
    whole, _, rest = text.removeprefix(_BEGIN).removesuffix(_END).partition(".")
    return whole if text.startswith(_BEGIN) and not rest.strip("0") else text


def digest(block: bytes) -> bytes:
    """Tells one page's records from another's."""
    return hashlib.sha256(block).digest()


def look(document: Any, path: str) -> Any:
    """The value at a path ("" is the document itself). Raises Astray."""
    here = document
    for name, index, key, value in STEP.findall(path):
        before = here
        if name:
            here = here.get(name, _NOTHING) if isinstance(here, dict) else _NOTHING
        elif index:
            here = here[int(index)] if isinstance(here, list) and int(index) < len(here) else _NOTHING
        else:
            among = here if isinstance(here, list) else []
            here = next((one for one in among if isinstance(one, dict) and str(one.get(key)) == value), _NOTHING)
        if here is _NOTHING:
            raise Astray(name or f"[{index or f'{key}={value}'}]", "", before)
    return here


def at(document: Any, path: str) -> Any:
    """The value at a path, or None."""
    try:
        return look(document, path)
    except Astray:
        return None


def fill(template: str, record: Any) -> str | None:
    """A path with each `{field}` replaced by the record's value, quoted; None where the record lacks one.

    A template that is one field alone may give a whole address. A value may hold slashes, never a step upwards.
    """
    values = [at(record, name) for name in _FIELD.findall(template)]
    if any(isinstance(value, (dict, list, bool)) or value in (None, "") for value in values):
        return None
    if any(".." in str(value).split("/") for value in values):
        return None
    if _FIELD.fullmatch(template) and str(values[0]).startswith(("https://", "http://")):
        return str(values[0])
    texts = iter(quote(str(value), safe="/") for value in values)
    return _FIELD.sub(lambda _: next(texts), template)


_NOTHING = object()
