"""Text as plain ASCII words, for comparison only: no case, accents or punctuation. Whole columns.

`offers.text.fold` says the same of French words, and keeps other alphabets; it costs six times as much, which half a
gigabyte of descriptions does not bear (docs/dedup.md).
"""

from __future__ import annotations

import unicodedata

import pyarrow as pa

from offers.matching.arrays import Texts

SLICE = 16_384
"""Texts at a time, so that the copies made on the way stay small."""
_END = "\x00"
_BEYOND = {"œ": "oe", "Œ": "oe", "Ÿ": "y", "ł": "l", "Ł": "l"}
"""Letters of French words that Latin-1 lacks."""


def words(texts: Texts) -> Texts:
    """`L'Atelier  d'été` -> `l atelier d ete`; a large_string array without nulls. Other alphabets become spaces."""
    parts = [_plain(texts.slice(start, SLICE).to_pylist()) for start in range(0, len(texts), SLICE)]
    return pa.chunked_array(parts, pa.large_string()).combine_chunks()


def _plain(texts: list[str]) -> Texts:
    whole = _END.join([text.replace(_END, " ") for text in texts])
    if not whole.isascii():
        whole = unicodedata.normalize("NFC", whole)
        for sign, letters in _BEYOND.items():
            whole = whole.replace(sign, letters)
    rows = whole.encode("latin-1", "replace").translate(_TABLE).replace(b"\x01", b"ae").split(_END.encode())
    return pa.array([b" ".join(row.split()) for row in rows], pa.large_string())


def _table() -> bytes:
    """Each Latin-1 sign as the one byte that stands for it: a letter, a digit, or a space; æ waits to become two."""
    table = bytearray(b" " * 256)
    for code in range(256):
        letter = unicodedata.normalize("NFKD", chr(code).lower())[0]
        table[code] = ord(letter) if letter.isascii() and letter.isalnum() else ord(" ")
    table[ord(_END)] = ord(_END)
    for sign, byte in (("æ", 1), ("Æ", 1), ("ø", ord("o")), ("Ø", ord("o")), ("ß", ord("s"))):
        table[ord(sign)] = byte
    return bytes(table)


_TABLE = _table()
