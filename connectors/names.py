"""Names that partners give to files: which of them a feed means, and what we may call them on our own side."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

UNFINISHED = (".part", ".tmp", ".filepart", ".crdownload", ".partial", ".uploading")
"""Endings that transfer programs give to a file that is still on its way."""
_HIDDEN = (".", "~$")
_LONGEST = 180
"""Bytes of UTF-8: what file systems take, 255, less what we append (`.retour.xlsx.part`)."""


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


def plain_name(name: str) -> str:
    """A file name without folders, control characters or undecodable bytes, fit for ledgers, logs and our own disk.

    One that is too long is cut before its ending.
    """
    last = name.replace("\\", "/").rpartition("/")[2]
    plain = "".join(letter if letter.isprintable() else "_" for letter in last).strip().lstrip(".")
    stem, dot, ending = plain.rpartition(".")
    if dot and len(ending) < 10:
        return (_cut(stem, _LONGEST - len(ending.encode()) - 1) + dot + ending) or "unnamed"
    return _cut(plain, _LONGEST) or "unnamed"


def free_names(name: str, stamp: str) -> Iterator[str]:
    """The name itself, then names beside it for when it is taken: `offres-20260601T041500Z.csv`, `…Z-2.csv`."""
    yield name
    stem, dot, suffix = name.partition(".")
    yield f"{stem}-{stamp}{dot}{suffix}"
    for count in range(2, 1000):
        yield f"{stem}-{stamp}-{count}{dot}{suffix}"


def _cut(text: str, most: int) -> str:
    return text.encode()[:most].decode("utf-8", "ignore")
