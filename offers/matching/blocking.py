"""Candidate pairs: positions that share a block key. No block is dropped for its size.

A large one is split, and counted. Two sketches are looked at together only where they share a key. Each holds a
place, or what stands in for it, and either the title or one of two min-hashes of the description (Broder 1997, over
shingles of five words). Positions and keys are arrays; `Candidates` holds each pair once, the smaller position first.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from offers.arrays import Texts, coded, is_empty, pc, texts_of
from offers.findings import finding_of
from offers.model import Finding, Severity

SHINGLE, WORDS = 5, 90
_SLICE = 1_024
_PRIME = np.uint64(0x9E3779B97F4A7C15)
"""Odd, so that it has an inverse modulo 2^64."""
_INVERSE = np.uint64(pow(0x9E3779B97F4A7C15, -1, 1 << 64))
SEEDS = (np.uint64(0x243F6A8885A308D3), np.uint64(0x13198A2E03707344))
"""Digits of pi: two hash functions that nobody chose. Four find 2 pairs in 1,000 more, for twice the keys to keep."""


STAND_INS = {"town": "t", "siret": "s", "employer": "e"}
"""What stands in for an unknown INSEE code, the first that is known, and how its keys are told from others'."""


def block_keys(sketches: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """For each key a position in `sketches`, and the key (int64). An empty description makes none.

    The place is the INSEE code, or what stands in for it; a sketch without one meets those with one by `stand_in_keys`.
    """
    anchor = sketches["place"]
    for name, mark in STAND_INS.items():
        anchor = anchor.where((anchor != "") | (sketches[name] == ""), mark + sketches[name])
    return _keyed(sketches, anchor)


def stand_in_keys(sketches: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """The keys of sketches that know their place, made from what stands in for it in those that do not."""
    left = sketches["place"] == ""
    rows, keys = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
    for name, mark in STAND_INS.items():
        wanted = set(sketches[name][left & (sketches[name] != "")])
        at = np.flatnonzero(((sketches["place"] != "") & sketches[name].isin(wanted)).to_numpy())
        known = sketches.iloc[at]
        found, made = _keyed(known, mark + known[name])
        rows.append(at[found])
        keys.append(made)
        left = left & (sketches[name] == "")
    return np.concatenate(rows), np.concatenate(keys)


def _keyed(sketches: pd.DataFrame, anchor: pd.Series) -> tuple[np.ndarray, np.ndarray]:
    anchors, title = _hashed_texts(texts_of(anchor)), texts_of(sketches["title"])
    # A title that says no job is every employer's: the employer takes its place.
    named = pc.if_else(pc.equal(title, ""), texts_of(sketches["employer"]), title)
    minima, shingled = min_hashes(texts_of(sketches["description"]))
    has = np.column_stack((~is_empty(named), *[shingled] * len(SEEDS)))
    hashed = np.column_stack((_hashed_texts(named), minima))
    kinds = np.arange(len(SEEDS) + 1, dtype=np.uint64)
    keys = mixed(anchors[:, None] * _PRIME + hashed + kinds)
    rows = np.broadcast_to(np.arange(len(anchors))[:, None], keys.shape)
    return rows[has], keys[has].view(np.int64)


def min_hashes(texts: Texts) -> tuple[np.ndarray, np.ndarray]:
    """For each text of plain words its min-hashes (uint64, rows x SEEDS), and whether it has any.

    A text of fewer than five words is one shingle; an empty one has none. Looks at distinct texts only.
    """
    codes, distinct = coded(texts)
    minima = np.zeros((len(distinct), len(SEEDS)), np.uint64)
    for slice_start in range(0, len(distinct), _SLICE):
        data, offsets = _bytes(distinct.slice(slice_start, _SLICE))
        letter = data != 0x20
        edge = np.zeros(len(data) + 1, bool)  # no word runs on from one text into the next
        edge[offsets] = True
        starts = np.flatnonzero(letter & (edge[:-1] | ~np.concatenate(([False], letter[:-1]))[: len(data)]))
        ends = np.flatnonzero(letter & (edge[1:] | ~np.concatenate((letter[1:], [False]))[: len(data)])) + 1
        first = np.searchsorted(starts, offsets)  # the number of each text's first word, one more than texts
        begin = np.repeat(first[:-1], np.diff(first))
        last = np.repeat(first[1:], np.diff(first)) - 1
        at = np.arange(len(starts))
        full = (at + SHINGLE - 1 <= last) & (at - begin + SHINGLE <= WORDS)
        wanted = full | (at == begin)  # the first word stands for a text too short for a shingle
        to = np.minimum(at + SHINGLE - 1, last)[wanted]
        hashed = mixed(_spans(data, starts[wanted], ends[to]))
        kept = np.concatenate(([0], np.cumsum(wanted)))[first]
        some = np.flatnonzero(np.diff(kept))
        for n, seed in enumerate(SEEDS if len(some) else ()):
            minima[slice_start + some, n] = np.minimum.reduceat(mixed(hashed ^ seed), kept[some])
    has: np.ndarray = ~is_empty(distinct)
    return minima[codes], has[codes]


def mixed(values: np.ndarray) -> np.ndarray:
    """Each number spread over all 64 bits: the finalizer of SplitMix64 (Steele, Lea, Flood 2014)."""
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    spread: np.ndarray = values ^ (values >> np.uint64(31))
    return spread


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


LARGEST = 200
"""Members of a block that are all compared with each other: 19 900 pairs."""
NEAR = 20
"""In a larger block each member is compared with this many neighbours in the order of their texts, and with those of
its own site."""


@dataclass(frozen=True)
class Candidates:
    """`a`, `b`: positions of each pair. `blocks`: keys shared by two or more; `split`: those over LARGEST, of which
    `left_out` pairs were not made (an upper bound: a pair may come by another key)."""

    a: np.ndarray
    b: np.ndarray
    blocks: int = 0
    split: int = 0
    left_out: int = 0


def candidates(sketches: pd.DataFrame, largest: int = LARGEST) -> Candidates:
    """All pairs of sketches (SKETCHED) that share a block key."""
    rows, keys = block_keys(sketches)
    found = paired(sketches, rows, keys, largest)
    placeless = (sketches["place"] == "").to_numpy()
    if not placeless.any():
        return found
    known, made = stand_in_keys(sketches)
    lost = placeless[rows]
    other = paired(sketches, np.concatenate((rows[lost], known)), np.concatenate((keys[lost], made)), largest)
    meant = placeless[other.a] | placeless[other.b]
    a, b = distinct_pairs(np.concatenate((found.a, other.a[meant])), np.concatenate((found.b, other.b[meant])))
    return Candidates(a, b, found.blocks + other.blocks, found.split + other.split, found.left_out + other.left_out)


def paired(sketches: pd.DataFrame, rows: np.ndarray, keys: np.ndarray, largest: int = LARGEST) -> Candidates:
    """The pairs among `rows` (positions in `sketches`) that share a key."""
    groups = _Groups.of(rows, keys)
    large = groups.sizes > largest
    a, b = groups.only(~large).pairs()
    made = [(a, b)]
    if large.any():  # of one SIRET, of one street, and of neighbouring texts
        names = ["title", "description", "siret", "street", "weeks"]
        order = sketches[names].reset_index(drop=True).sort_values(names, kind="stable").index.to_numpy()
        rank = np.empty(len(order), np.int64)
        rank[order] = np.arange(len(order))
        made += groups.only(large).near(rank)
        for name in ("siret", "street"):
            inner = groups.only(large).within(sketches[name])
            small = inner.sizes <= largest
            made += [inner.only(small).pairs(), *inner.only(~small).near(rank)]
    left_out = int((groups.sizes[large].astype(np.int64) * (groups.sizes[large] - 1) // 2).sum())
    left_out -= sum(len(a) for a, _ in made[1:])
    a, b = distinct_pairs(np.concatenate([a for a, _ in made]), np.concatenate([b for _, b in made]))
    return Candidates(a, b, len(groups.sizes), int(large.sum()), max(left_out, 0))


def distinct_pairs(a: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Each pair once, the smaller position first; no position with itself."""
    low, high = np.minimum(a, b).astype(np.int64), np.maximum(a, b).astype(np.int64)
    apart = low != high
    both = pd.unique(low[apart] << 32 | high[apart])
    both.sort()
    return both >> 32, both & 0xFFFFFFFF


@dataclass(frozen=True)
class _Groups:
    """Blocks of two and more: the members of block n are `members[starts[n] : starts[n] + sizes[n]]`."""

    members: np.ndarray
    starts: np.ndarray
    sizes: np.ndarray

    @classmethod
    def of(cls, rows: np.ndarray, keys: np.ndarray) -> _Groups:
        order = np.argsort(keys, kind="stable")
        keys = keys[order]
        starts = np.flatnonzero(np.concatenate(([True], keys[1:] != keys[:-1]))) if len(keys) else np.empty(0, int)
        sizes = np.diff(np.append(starts, len(keys)))
        return cls(rows[order], starts[sizes > 1], sizes[sizes > 1])

    def only(self, wanted: np.ndarray) -> _Groups:
        return _Groups(self.members, self.starts[wanted], self.sizes[wanted])

    def pairs(self) -> tuple[np.ndarray, np.ndarray]:
        """Every member with every other of its block."""
        a, b = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
        for size in np.unique(self.sizes):
            starts = self.starts[self.sizes == size]
            one, other = np.triu_indices(size, 1)
            a.append(self.members[(starts[:, None] + one).ravel()])
            b.append(self.members[(starts[:, None] + other).ravel()])
        return np.concatenate(a), np.concatenate(b)

    def near(self, order: np.ndarray) -> list[tuple[np.ndarray, np.ndarray]]:
        """Every member with the NEAR next ones of its block, in the order of `order` (a rank for each position)."""
        made = []
        for start, size in zip(self.starts, self.sizes, strict=True):
            members = self.members[start : start + size]
            members = members[np.argsort(order[members], kind="stable")]
            made += [(members[:-step], members[step:]) for step in range(1, min(NEAR, size - 1) + 1)]
        return made

    def within(self, values: pd.Series) -> _Groups:
        """The blocks taken apart by a value of each position; "" is none, and in no block."""
        codes, distinct = coded(texts_of(values))
        label = np.where(is_empty(distinct)[codes], 0, codes + 1)
        numbers = np.repeat(np.arange(len(self.starts)), self.sizes)
        offsets = np.arange(len(numbers)) - np.repeat(np.cumsum(self.sizes) - self.sizes, self.sizes)
        members = self.members[np.repeat(self.starts, self.sizes) + offsets]
        labelled = label[members] != 0
        keys = mixed(numbers[labelled].astype(np.uint64) << np.uint64(32) | label[members[labelled]].astype(np.uint64))
        return _Groups.of(members[labelled], keys)


def crowded_finding(feed: str, blocks: int) -> tuple[Finding, ...]:
    """What the ledger says of records so alike that they were not all compared with each other."""
    if not blocks:
        return ()
    return (finding_of("blocks_split", Severity.NOTE, feed=feed, count=blocks, most=LARGEST),)
