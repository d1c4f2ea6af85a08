"""Names that partners give to files: which of them a feed means, and what we may call them on our own side."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

UNFINISHED = (".part", ".tmp", ".filepart", ".crdownload", ".partial", ".uploading")
"""Endings that transfer programs give to a file that is still on its way."""
_HIDDEN = (".", "~$")
_LONGEST = 180
"""Bytes of UTF-8: what file systems take, 255, less what we append (`.retour.xlsx.part`)."""
_FILE, _RETURNS = 255, (250, 130)
"""What most file systems take; and of a return, `.part` aside, what these take, and those that encrypt names."""
_ENDINGS = re.compile(r"(?:\.[^.]{1,9}){1,2}$")


def _several(value: Any) -> Any:
    return (value,) if isinstance(value, str) else value


Globs = Annotated[
    tuple[Annotated[str, Field(min_length=1)], ...], BeforeValidator(_several), Field(default=("*",), min_length=1)
]
"""One pattern or several, `glob = ["*.csv", "*.xlsx"]`: a file is meant that matches any of them."""


def is_meant(name: str, globs: tuple[str, ...], companions: tuple[str, ...] = ()) -> bool:
    """Whether the feed means a file: in any case, but not if hidden, unfinished or with an ending of `companions`."""
    name = name.lower()
    endings = (*UNFINISHED, *(ending.lower() for ending in companions))
    if name.startswith(_HIDDEN) or name.endswith(endings):
        return False
    return any(fnmatchcase(name, glob.lower()) for glob in globs)


def plain_name(name: str, most: int = _LONGEST) -> str:
    """A file name without folders, control characters or undecodable bytes, fit for ledgers, logs and our own disk.

    One of more than `most` bytes is cut before its endings, and marked, so that others cut alike are not the same.
    """
    last = name.replace("\\", "/").rpartition("/")[2]
    plain = "".join(letter if letter.isprintable() else "_" for letter in last).strip().lstrip(".")
    if len(plain.encode()) <= most:
        return plain or "unnamed"
    found = _ENDINGS.search(plain)
    ending = found.group() if found else ""
    mark = f"~{hashlib.sha256(plain.encode()).hexdigest()[:8]}{ending}"
    return _cut(plain.removesuffix(ending), most - len(mark.encode())) + mark


def return_names(name: str) -> tuple[str, ...]:
    """What a return may be called in an outbox: where the file system takes no name as long as that, the second."""
    return tuple(dict.fromkeys(plain_name(name, most) for most in _RETURNS))


def cut_once(name: str) -> str:
    """What a return of a long name was called until Quai 0.1: such files lie in outboxes still."""
    stem, _, ending = name.rpartition(".")
    return f"{_cut(stem, _LONGEST - len(ending.encode()) - 1)}.{ending}"


def free_names(name: str, stamp: str) -> Iterator[str]:
    """The name itself, then names beside it for when it is taken: `offres-20260601T041500Z.csv`, `…Z-2.csv`."""
    yield name
    found = _ENDINGS.search(name)
    ending = found.group() if found else ""
    stem = _cut(name.removesuffix(ending), _FILE - len(f"-{stamp}-999{ending}".encode("utf-8", "surrogatepass")))
    yield f"{stem}-{stamp}{ending}"
    for count in range(2, 1000):
        yield f"{stem}-{stamp}-{count}{ending}"


def _cut(text: str, most: int) -> str:
    whole = text.encode("utf-8", "surrogatepass")
    return text if len(whole) <= most else whole[:most].decode("utf-8", "ignore")
