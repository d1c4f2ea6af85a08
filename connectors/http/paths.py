"""Dotted paths into a JSON document, and templates filled from a record.

jobs                     the list under `jobs`
meta.total               a value in an object
_links[rel=detail].href  of a list of objects, the one whose `rel` is `detail`
data[0].id               the first of a list
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote

from connectors.nested import STEP

_FIELD = re.compile(r"\{([^{}]+)\}")


class Missing:
    """What `look` gives where the path leads nowhere: where it stopped, and what is there."""

    def __init__(self, key: str, here: Any) -> None:
        self.key = key
        self.held = ", ".join(str(one) for one in list(here)[:10]) if isinstance(here, dict) else type(here).__name__


def look(document: Any, path: str) -> Any:
    """The value at a path ("" is the document itself), or Missing."""
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
            return Missing(name or f"[{index or f'{key}={value}'}]", before)
    return here


def at(document: Any, path: str) -> Any:
    """The value at a path, or None."""
    found = look(document, path)
    return None if isinstance(found, Missing) else found


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
