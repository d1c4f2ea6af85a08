"""Block keys: two sketches are looked at together only where they share one. Each key holds a place, or what stands in
for it, and either the title or one of four min-hashes of the description (Broder 1997, over shingles of five words).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from offers.matching.arrays import Texts, coded, is_empty, texts_of

SHINGLE, WORDS, HASHES = 5, 90, 4
_SLICE = 1_024
_PRIME = np.uint64(0x9E3779B97F4A7C15)
"""Odd, so that it has an inverse modulo 2^64."""
_INVERSE = np.uint64(pow(0x9E3779B97F4A7C15, -1, 1 << 64))
_SEEDS = np.array([0x243F6A8885A308D3, 0x13198A2E03707344, 0xA4093822299F31D0, 0x082EFA98EC4E6C89], np.uint64)
"""Digits of pi: four hash functions that nobody chose."""


def block_keys(sketches: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """For each key a position in `sketches`, and the key (int64). Empty titles and descriptions make none.

    The place is the INSEE code; where it is unknown the SIRET, else the employer, stands in, and such sketches meet
    the others through `stand_in_keys`.
    """
    place = sketches["place"]
    anchor = place.where(place != "", "s" + sketches["siret"]).where(
        (place != "") | (sketches["siret"] != ""), "e" + sketches["employer"]
    )
    return _keyed(sketches, anchor, np.ones(len(sketches), bool), HASHES)


def stand_in_keys(sketches: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """The keys by which sketches without a place and all others may meet: by SIRET, and by employer."""
    by_siret = _keyed(sketches, "s" + sketches["siret"], (sketches["siret"] != "").to_numpy(), 1)
    by_employer = _keyed(sketches, "e" + sketches["employer"], (sketches["employer"] != "").to_numpy(), 1)
    return np.concatenate((by_siret[0], by_employer[0])), np.concatenate((by_siret[1], by_employer[1]))


def _keyed(sketches: pd.DataFrame, anchor: pd.Series, known: np.ndarray, hashes: int) -> tuple[np.ndarray, np.ndarray]:
    anchors = _hashed_texts(texts_of(anchor))
    title = texts_of(sketches["title"])
    minima, shingled = min_hashes(texts_of(sketches["description"]), hashes)
    rows, keys = [], []
    for kind, (hashed, has) in enumerate(
        [(_hashed_texts(title), ~is_empty(title)), *((minima[:, n], shingled) for n in range(hashes))]
    ):
        at = np.flatnonzero(known & has)
        rows.append(at)
        keys.append(mixed(anchors[at] * _PRIME + hashed[at] + np.uint64(kind)).view(np.int64))
    return np.concatenate(rows), np.concatenate(keys)


def min_hashes(texts: Texts, hashes: int = HASHES) -> tuple[np.ndarray, np.ndarray]:
    """For each text of plain words its min-hashes (uint64, rows x hashes), and whether it has any.

    A text of fewer than five words is one shingle; an empty one has none. Looks at distinct texts only.
    """
    codes, distinct = coded(texts)
    parts = [_minima(distinct.slice(start, _SLICE), hashes) for start in range(0, len(distinct), _SLICE)]
    minima = np.concatenate(parts) if parts else np.empty((0, hashes), np.uint64)
    has: np.ndarray = ~is_empty(distinct)
    return minima[codes], has[codes]


def mixed(values: np.ndarray) -> np.ndarray:
    """Each number spread over all 64 bits: the finalizer of SplitMix64 (Steele, Lea, Flood 2014)."""
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    spread: np.ndarray = values ^ (values >> np.uint64(31))
    return spread


def _minima(texts: Texts, hashes: int) -> np.ndarray:
    data, offsets = _bytes(texts)
    starts, ends, first = _words(data, offsets)
    begin = np.repeat(first[:-1], np.diff(first))
    last = np.repeat(first[1:], np.diff(first)) - 1
    at = np.arange(len(starts))
    full = (at + SHINGLE - 1 <= last) & (at - begin + SHINGLE <= WORDS)
    wanted = full | (at == begin)  # the first word stands for a text too short for a shingle
    to = np.minimum(at + SHINGLE - 1, last)[wanted]
    hashed = mixed(_spans(data, starts[wanted], ends[to]))
    kept = np.concatenate(([0], np.cumsum(wanted)))[first]
    minima = np.zeros((len(texts), hashes), np.uint64)
    some = np.flatnonzero(np.diff(kept))
    for n in range(hashes if len(some) else 0):
        minima[some, n] = np.minimum.reduceat(mixed(hashed ^ _SEEDS[n]), kept[some])
    return minima


def _words(data: np.ndarray, offsets: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Where each word starts and ends in the bytes, and the number of each text's first word (one more than texts)."""
    letter = data != 0x20
    edge = np.zeros(len(data) + 1, bool)  # no word runs on from one text into the next
    edge[offsets] = True
    starts = np.flatnonzero(letter & (edge[:-1] | ~np.concatenate(([False], letter[:-1]))[: len(data)]))
    ends = np.flatnonzero(letter & (edge[1:] | ~np.concatenate((letter[1:], [False]))[: len(data)])) + 1
    return starts, ends, np.searchsorted(starts, offsets)


def _spans(data: np.ndarray, starts: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """A polynomial hash of each span of bytes, from running sums: the same bytes hash alike wherever they stand."""
    powers = np.cumprod(np.full(len(data), _PRIME, np.uint64))
    sums = np.concatenate((np.zeros(1, np.uint64), np.cumsum((data.astype(np.uint64) + np.uint64(1)) * powers)))
    undone = np.cumprod(np.full(len(data) + 1, _INVERSE, np.uint64))
    hashed: np.ndarray = (sums[ends] - sums[starts]) * undone[starts]
    return hashed


def _hashed_texts(texts: Texts) -> np.ndarray:
    codes, distinct = coded(texts)
    data, offsets = _bytes(distinct)
    if not len(data):
        return np.zeros(len(codes), np.uint64)
    hashed: np.ndarray = mixed(_spans(data, offsets[:-1], offsets[1:]))[codes]
    return hashed


def _bytes(texts: Any) -> tuple[np.ndarray, np.ndarray]:
    _, ends, data = texts.buffers()
    offsets = np.frombuffer(ends, dtype="<i8")[texts.offset : texts.offset + len(texts) + 1]
    whole = np.frombuffer(data, np.uint8) if data is not None else np.empty(0, np.uint8)
    return whole[offsets[0] : offsets[-1]], offsets - offsets[0]
