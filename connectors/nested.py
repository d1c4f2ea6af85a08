"""Paths into nested records, which are made of objects, lists and texts, whether they came as JSON or as XML.

jobs                        the list under `jobs`
results.postes              the `postes` of each of the `results`: a path goes through lists
items[0].requisitionList    of the first of a list alone
tree[name=Filière].label    of those of a list whose `name` says so
^.nom                       of what encloses the record, ^.^.nom of what encloses that
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

OWN = "\0"
"""The key of the text that an XML element holds beside its attributes."""
ABOVE = "^."
STEP = re.compile(r"([^.\[\]]+)|\[(\d+)\]|\[([^=\[\]]++)=([^\[\]]*+)\]")
_INDEXES = 1000
"""Up to which whole number a key of an object of mere texts is an index, and none of the data, such as a year."""
Step = tuple[str, str, str, str]
"""A key, an index, or a key and what it must say; the others are empty."""


class Astray(Exception):  # noqa: N818 - no fault: whoever asked says what it means
    """A path that leads nowhere: the key where it stopped, the steps before it, and what is there."""

    def __init__(self, key: str, before: str, here: Any) -> None:
        super().__init__(key)
        self.key, self.before, self.here = key, before, here


@dataclass
class Above:
    """What encloses records: its parts, but for the way down to them, and what encloses it in turn."""

    parts: Any
    above: Above | None = None
    texts: dict[str, str] = field(default_factory=dict)


def steps(path: str) -> list[Step]:
    """The steps of a path."""
    return STEP.findall(path)


def items(value: Any) -> list[Any] | None:
    """The items of a list, or of an object that stands for one; None where it is none."""
    if isinstance(value, list):
        return value
    return list(value.values()) if is_numbered(value) else None


def is_numbered(value: Any) -> bool:
    """Whether an object is keyed 0, 2, 5: so PHP writes a list out of which something was taken."""
    if not isinstance(value, dict) or not value or not next(iter(value)).isdigit():
        return False
    if not all(key.isdecimal() and key.isascii() for key in value):
        return False
    said = [one for one in value.values() if one is not None]
    if said and all(isinstance(one, dict) for one in said):
        return True
    flat = not any(isinstance(one, (dict, list)) for one in value.values())
    return flat and all(len(key) < 5 and int(key) < _INDEXES for key in value)


def records(document: Any, path: str) -> tuple[list[tuple[Any, Above | None]], bool]:
    """What lies at a path, through all lists on the way, each with what encloses it; and whether an object keyed by
    numbers stood for one of these lists. Raises Astray.

    An object where a list should be is a list of one. Below a list, what has nothing there has no record; what is no
    object stays in its place, for the reader to refuse.
    """
    here: list[tuple[Any, Above | None]] = [(document, None)]
    through, done, numbered = False, "", False
    for step in steps(path):
        numbered |= any(_goes_through(value, step) and is_numbered(value) for value, _ in here)
        through = through or any(_goes_through(value, step) for value, _ in here)
        found = [one for value, above in here for one in _below(value, above, step, through)]
        if not found and any(_several(value) for value, _ in here):
            raise Astray(_shown(step), done, here[0][0])
        here, done = found, f"{done}.{_shown(step)}" if done else _shown(step)
    if not through and here and not isinstance(here[0][0], (dict, list)):
        raise Astray("", done, here[0][0])
    numbered |= any(is_numbered(value) for value, _ in here)
    return [
        (one, above) for value, above in here for one in _several(value) if one is not None or not through
    ], numbered


def _goes_through(value: Any, step: Step) -> bool:
    return bool(step[0]) and items(value) is not None and not (isinstance(value, dict) and step[0] in value)


def _below(value: Any, above: Above | None, step: Step, through: bool) -> Iterator[tuple[Any, Above | None]]:
    key, *which = step
    if not key:
        yield from ((one, above) for one in _chosen(items(value) or [], *which))
        return
    for one in [value] if isinstance(value, dict) and key in value else _several(value):
        if isinstance(one, dict) and key in one:
            yield one[key], Above({other: part for other, part in one.items() if other != key}, above)
        elif through and one is not None and not isinstance(one, dict):
            yield one, above


def _shown(step: Step) -> str:
    key, index, name, says = step
    return key or (f"[{index}]" if index else f"[{name}={says}]")


def _chosen(held: list[Any], index: str, name: str, says: str) -> list[Any]:
    if index:
        return held[int(index) : int(index) + 1] if len(index) < 10 else []
    return [one for one in held if isinstance(one, dict) and says in texts(one, steps(name))]


def texts(value: Any, path: Iterable[Step]) -> list[str]:
    """All texts at a path, through lists, in order."""
    here = [value]
    for key, index, name, says in path:
        if not key:
            here = [one for part in here for one in _chosen(_several(part), index, name, says)]
        else:
            through = [one for part in here for one in _several(part)]
            here = [one[key] for one in through if isinstance(one, dict) and key in one]
    found: list[str] = []
    for one in (one for part in here for one in _several(part)):
        text = ("true" if one else "false") if isinstance(one, bool) else one
        text = one.get(OWN) if isinstance(one, dict) else text
        if text and isinstance(text, str):
            found.append(text)
    return found


def _several(value: Any) -> list[Any]:
    held = items(value)
    return [value] if held is None else held
