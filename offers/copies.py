"""Lines of one drop that are one offer: one row per seat, or an offer written twice. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from offers.arrays import row_hash
from offers.columns import NAMES
from offers.feed import Repeated
from offers.sheets import row_of, sheet_of

SAME_BUT = tuple(name for name in NAMES if name not in ("reference", "permalink"))
"""What lines that differ in their reference alone have in common: a permalink mostly holds the reference."""
COPY_COLUMNS = ("line", "reference", "seats", "first")
"""Of each line that has copies: its reference, its own seats, and the first line of its group."""

_SIEVE = ("title", "street", "insee_code", "weeks", "siret", "description")
"""Columns by which most lines that have no copy are told, the cheapest to compare first."""
_VERSION = "copies 1"


@dataclass(frozen=True)
class Group:
    """Lines that are one offer, and what the feed's policy makes of them.

    They count as `offers` offers with `seats` seats together; `seats_each` is what each line says, `seats_in_sum` what
    they say together.
    """

    lines: tuple[int, ...]
    references: tuple[str, ...]
    seats_each: tuple[int, ...]
    offers: int
    seats: int

    @property
    def seats_in_sum(self) -> int:
        """The seats of all lines."""
        return sum(self.seats_each)

    def as_dict(self, sheets: Sequence[str] = ()) -> dict[str, Any]:
        """JSON-ready; its lines as rows of the sheets that were read, and whose they are where these are several."""
        lines = [row_of(line, sheets) for line in self.lines]
        beside = {"sheets": [sheet_of(line, sheets) for line in self.lines]} if sheets[1:] else {}
        said = {"lines": lines, **beside, "references": list(self.references), "seats_each": list(self.seats_each)}
        return {**said, "seats_in_sum": self.seats_in_sum, "offers": self.offers, "seats": self.seats}


def _none() -> pd.DataFrame:
    columns = {name: pd.Series(dtype="str" if name == "reference" else "int64") for name in COPY_COLUMNS}
    return pd.DataFrame(columns)


@dataclass(frozen=True)
class Copies:
    """The lines that are one offer with others (COPY_COLUMNS), group by group as in the drop, and the feed's policy."""

    lines: pd.DataFrame = field(default_factory=_none)
    repeated: Repeated = "sum_seats"
    online: Mapping[int, int] = field(default_factory=dict)
    """The seats of each group's offer once it is published, by the group's first line."""
    sheets: tuple[str, ...] = ()
    """Those of a workbook that the lines are of (offers.sheets)."""

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
            yield self._group(lines[start:end], references[start:end], seats[start:end])

    def published(self, kept: pd.DataFrame, online: pd.DataFrame) -> Copies:
        """The same once the drop is published: all lines that are one offer, copies or alike, and its seats.

        `kept`: the drop's records (index = line); `online`: reference, offer and the offer's seats, of each record of
        the feed whose offer has several.
        """
        if self.repeated == "keep":
            return self
        mine = pd.DataFrame({"line": kept.index, "reference": kept["reference"].to_numpy(), "seats": _seats(kept)})
        shared = mine.merge(online.rename(columns={"seats": "online"}), on="reference")
        shared = shared[shared.duplicated("offer", keep=False)]
        shared = shared.assign(first=shared.groupby("offer")["line"].transform("min"))
        shared = shared.sort_values(["first", "line"], ignore_index=True)
        lines = shared[list(COPY_COLUMNS)].astype({"reference": "str"})
        seats = dict(zip(shared["first"].tolist(), shared["online"].tolist(), strict=True))
        return replace(self, lines=lines, online=seats)

    def _group(self, lines: list[int], references: list[str], each: list[int]) -> Group:
        offers = len(lines) if self.repeated == "keep" else 1
        counted = each[0] if self.repeated == "keep_first" else sum(each)
        return Group(tuple(lines), tuple(references), tuple(each), offers, self.online.get(lines[0], counted))


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
