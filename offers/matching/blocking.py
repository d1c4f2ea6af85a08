"""Candidate pairs: positions that share a key. No block is dropped for its size; a large one is split, and counted.

Positions and keys are arrays; `Candidates` holds each pair once, the smaller position first.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from offers.matching.arrays import coded, is_empty, texts_of
from offers.matching.keys import block_keys, mixed, stand_in_keys
from offers.model import Finding, Severity

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
    if large.any():
        made += _split(sketches, groups.only(large), largest)
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

    def within(self, label: np.ndarray) -> _Groups:
        """The blocks taken apart by a label of each position; 0 is no label, and in no block."""
        numbers = np.repeat(np.arange(len(self.starts)), self.sizes)
        offsets = np.arange(len(numbers)) - np.repeat(np.cumsum(self.sizes) - self.sizes, self.sizes)
        members = self.members[np.repeat(self.starts, self.sizes) + offsets]
        labelled = label[members] != 0
        keys = mixed(numbers[labelled].astype(np.uint64) << np.uint64(32) | label[members[labelled]].astype(np.uint64))
        return _Groups.of(members[labelled], keys)


def _split(sketches: pd.DataFrame, groups: _Groups, largest: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """A large block's pairs: of one SIRET, of one street, and of neighbouring texts."""
    order = _rank(sketches)
    made = groups.near(order)
    for name in ("siret", "street"):
        inner = groups.within(_label(sketches[name]))
        small = inner.sizes <= largest
        made += [inner.only(small).pairs(), *inner.only(~small).near(order)]
    return made


def _label(values: pd.Series) -> np.ndarray:
    codes, distinct = coded(texts_of(values))
    return np.where(is_empty(distinct)[codes], 0, codes + 1)


def _rank(sketches: pd.DataFrame) -> np.ndarray:
    """Where each sketch stands when all are ordered by title, description, site and weeks."""
    names = ["title", "description", "siret", "street", "weeks"]
    order = sketches[names].reset_index(drop=True).sort_values(names, kind="stable").index.to_numpy()
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order))
    return rank


def crowded_finding(feed: str, blocks: int) -> tuple[Finding, ...]:
    """What the ledger says of records so alike that they were not all compared with each other."""
    if not blocks:
        return ()
    sentence = (
        f"{feed}: {blocks} groups of records share a town and a title, or a text, and are too large for each to be "
        f"compared with each: more than {LARGEST} came at once, or very many stand already. Each was compared with "
        "those of its SIRET and street, and with its neighbours in the order of their texts. Where texts differ by a "
        "number alone, ask the partner for one line with its seats instead."
    )
    return (Finding("blocks_split", Severity.NOTE, f"{blocks} groups split", "", sentence),)
