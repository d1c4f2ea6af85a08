"""Lines of one drop that are the same but for their reference: one row per seat, or an offer written twice. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from offers.columns import NAMES
from offers.hashing import row_hash
from offers.terms import Repeated

SAME_BUT = tuple(name for name in NAMES if name not in ("reference", "permalink"))
"""What lines that differ in their reference alone have in common: a permalink mostly holds the reference."""
COPY_COLUMNS = ("line", "reference", "seats", "first")
"""Of each line that has copies: its reference, its own seats, and the first line of its group."""

_SIEVE = ("title", "street", "insee_code", "weeks", "siret", "description")
"""Columns by which most lines that have no copy are told, the cheapest to compare first."""
_VERSION = "copies 1"


@dataclass(frozen=True)
class Group:
    """Lines that are the same but for their reference, and what the feed's policy makes of them.

    They count as `offers` offers with `seats` seats together; `seats_each` is what each line says, `seats_in_sum` what
    they say together.
    """

    lines: tuple[int, ...]
    references: tuple[str, ...]
    seats_each: int
    offers: int
    seats: int

    @property
    def seats_in_sum(self) -> int:
        """The seats of all lines."""
        return self.seats_each * len(self.lines)

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        said = {"lines": list(self.lines), "references": list(self.references), "seats_each": self.seats_each}
        return {**said, "seats_in_sum": self.seats_in_sum, "offers": self.offers, "seats": self.seats}


def _none() -> pd.DataFrame:
    columns = {name: pd.Series(dtype="str" if name == "reference" else "int64") for name in COPY_COLUMNS}
    return pd.DataFrame(columns)


@dataclass(frozen=True)
class Copies:
    """The lines that have copies (COPY_COLUMNS), group by group in the order of the drop, and the feed's policy."""

    lines: pd.DataFrame = field(default_factory=_none)
    repeated: Repeated = "sum_seats"

    @property
    def united(self) -> bool:
        """Whether lines become one offer at all: the feed may want each to stay an offer of its own."""
        return self.repeated != "keep" and len(self.lines) > 0

    @property
    def fewer(self) -> int:
        """By how much there are fewer offers than lines."""
        return len(self.lines) - int(self.lines["first"].nunique()) if self.united else 0

    def groups(self) -> Iterator[Group]:
        """Each group, in the order of its first line."""
        if self.lines.empty:
            return
        first = self.lines["first"].to_numpy()
        bounds = np.flatnonzero(np.concatenate(([True], first[1:] != first[:-1], [True]))).tolist()
        lines, references = self.lines["line"].tolist(), self.lines["reference"].tolist()
        seats = self.lines["seats"].tolist()
        for start, end in pairwise(bounds):
            yield self._group(lines[start:end], references[start:end], seats[start])

    def parted(self, offers: Mapping[str, int]) -> Copies:
        """The groups cut where their records are in different offers, for a person told some of them apart."""
        offer = self.lines["reference"].map(offers).fillna(0).astype("int64")
        rest = self.lines.assign(offer=offer)
        rest = rest[rest.duplicated(["first", "offer"], keep=False)]
        first = rest.groupby(["first", "offer"])["line"].transform("min").astype("int64")
        rest = rest.assign(first=first).sort_values(["first", "line"], ignore_index=True)
        return Copies(rest[list(COPY_COLUMNS)], self.repeated)

    def _group(self, lines: list[int], references: list[str], each: int) -> Group:
        offers = len(lines) if self.repeated == "keep" else 1
        seats = each if self.repeated == "keep_first" else each * len(lines)
        return Group(tuple(lines), tuple(references), each, offers, seats)


def find_copies(kept: pd.DataFrame, repeated: Repeated) -> Copies:
    """The copies among the kept records of one drop (columns of offers.columns, index = line), one per reference."""
    rows = kept.iloc[_sieved(kept)]
    hashes = pd.Series(row_hash(rows, SAME_BUT, _VERSION), index=rows.index)
    rows = rows[hashes.duplicated(keep=False).to_numpy()]
    if rows.empty:
        return Copies(repeated=repeated)
    found = pd.DataFrame(
        {
            "line": rows.index.to_numpy(np.int64),
            "reference": rows["reference"].to_numpy(),
            "seats": _seats(rows),
            "hash": hashes[rows.index].to_numpy(),
        }
    ).astype({"reference": "str"})
    found["first"] = found.groupby("hash")["line"].transform("min")
    found = found[list(COPY_COLUMNS)]
    return Copies(found.sort_values(["first", "line"], ignore_index=True), repeated)


def _sieved(kept: pd.DataFrame) -> np.ndarray:
    """The positions of records that share what the sieve looks at with another: all copies, and few others.

    To hash 200 000 records whole takes 0.25 s, and most drops have no copy.
    """
    rows, codes = np.arange(len(kept)), np.zeros(len(kept), np.int64)
    for name in _SIEVE:
        if name in kept and len(rows):
            said = kept[name].iloc[rows] if len(rows) < len(kept) else kept[name]
            words = said.factorize()[0].astype(np.int64) + 1
            codes = pd.factorize(codes * (words.max() + 1) + words)[0]
            shared = np.bincount(codes)[codes] > 1
            rows, codes = rows[shared], codes[shared]
    return rows


def _seats(rows: pd.DataFrame) -> np.ndarray:
    if "seats" not in rows:
        return np.ones(len(rows), np.int64)
    return pd.to_numeric(rows["seats"], errors="coerce").fillna(1).to_numpy(np.int64)
