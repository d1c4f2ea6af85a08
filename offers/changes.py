"""Incoming records against each other and against what stands: copies, repeats, what a load would do. Pure.

Lines may say that their offer is over: their last day is past. What stands is closed, what stands nowhere is left
aside. Such a line is held to no other rule, for all that it says is that the offer ends. Only where its two dates
contradict each other its last day itself is in doubt: it is refused, and what stands stays.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import pairwise
from typing import Any, Literal

import numpy as np
import pandas as pd

from offers.arrays import row_hash
from offers.cleaning.contacts import SENT_AS
from offers.columns import NAMES
from offers.feed import Repeated
from offers.findings import finding_of
from offers.model import IGNORED_COLUMNS, REPEATED_COLUMNS, TEXT, Changes, Finding, Severity, text_frame
from offers.sheets import named, row_of, sheet_of

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


@dataclass(frozen=True)
class Copies:
    """The lines that are one offer with others (COPY_COLUMNS), group by group as in the drop, and the feed's policy."""

    lines: pd.DataFrame = field(default_factory=lambda: _copied([], [], [], []))
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
            each = tuple(seats[start:end])
            offers = len(each) if self.repeated == "keep" else 1
            counted = self.online.get(lines[start], each[0] if self.repeated == "keep_first" else sum(each))
            yield Group(tuple(lines[start:end]), tuple(references[start:end]), each, offers, counted)

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
        lines = _copied(*(shared[name] for name in COPY_COLUMNS))
        seats = dict(zip(shared["first"].tolist(), shared["online"].tolist(), strict=True))
        return replace(self, lines=lines, online=seats)


def find_copies(kept: pd.DataFrame, repeated: Repeated) -> Copies:
    """The copies among the kept records of one drop (columns of offers.columns, index = line), one per reference."""
    # Those that share what the sieve looks at with another: all copies, and few others. To hash 200 000 records whole
    # takes 0.25 s, and most drops have no copy.
    places, codes = np.arange(len(kept)), np.zeros(len(kept), np.int64)
    for name in _SIEVE:
        if name in kept and len(places):
            said = kept[name].iloc[places] if len(places) < len(kept) else kept[name]
            words = said.factorize()[0].astype(np.int64) + 1
            codes = pd.factorize(codes * (words.max() + 1) + words)[0]
            shared = np.bincount(codes)[codes] > 1
            places, codes = places[shared], codes[shared]
    rows = kept.iloc[places]
    hashes = pd.Series(row_hash(rows, SAME_BUT, _VERSION), index=rows.index)
    rows = rows[hashes.duplicated(keep=False).to_numpy()]
    if rows.empty:
        return Copies(repeated=repeated)
    first = rows.index.to_series().groupby(hashes[rows.index]).transform("min")
    found = _copied(rows.index, rows["reference"], _seats(rows), first)
    return Copies(found.sort_values(["first", "line"], ignore_index=True), repeated)


def _copied(line: Any, reference: Any, seats: Any, first: Any) -> pd.DataFrame:
    """COPY_COLUMNS in their types."""
    columns = {"line": line, "seats": seats, "first": first}
    numbers = {name: np.asarray(values, np.int64) for name, values in columns.items()}
    return pd.DataFrame(numbers).assign(reference=pd.array(reference, dtype="str"))[list(COPY_COLUMNS)]


def _seats(rows: pd.DataFrame) -> np.ndarray:
    if "seats" not in rows:
        return np.ones(len(rows), np.int64)
    return pd.to_numeric(rows["seats"], errors="coerce").fillna(1).to_numpy(np.int64)


HASH_VERSION = "1"
"""Goes into every content hash: raise it when the hash is made otherwise, and every record counts as updated once."""


def content_hash(frame: pd.DataFrame) -> pd.Series:
    """The hash of each record's columns, as int64 on the frame's index; columns other than NAMES count for nothing, but
    for what the partner wrote in place of a pseudonym."""
    if SENT_AS in frame:
        frame = frame.assign(reference=frame[SENT_AS])
    return pd.Series(row_hash(frame, NAMES, HASH_VERSION), index=frame.index, name="content_hash")


def fold_repeats(kept: pd.DataFrame, policy: Literal["last", "first"]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """One line per reference, and the other lines (REPEATED_COLUMNS), each with the line that was kept for it."""
    repeated = kept["reference"].duplicated(keep=policy).to_numpy()
    if not repeated.any():
        return kept, text_frame(REPEATED_COLUMNS)
    winners, losers = kept[~repeated], kept.loc[repeated, "reference"]
    kept_line = pd.Series(winners.index, index=winners["reference"])
    rows = {"line": losers.index, "reference": losers.to_numpy(), "kept_line": kept_line.loc[losers].to_numpy()}
    return winners, text_frame(REPEATED_COLUMNS, rows)


def compare(
    kept: pd.DataFrame,
    standing: pd.DataFrame,
    scope: Literal["full", "incremental"],
    mentioned: Collection[str] = (),
    over: pd.DataFrame | None = None,
) -> Changes:
    """What loading `kept` over `standing` would do.

    `kept`: records, one per reference. `standing`: reference, content_hash (int64), withdrawn (bool), one row per
    reference the feed ever had; and, where it is known, `over` (bool), whether its last day or its weeks are past.
    `mentioned`: references that the drop holds but whose lines were rejected; they are not missing from it, so they
    stay as they stand. A reference that comes back after its withdrawal is created.
    `over`: what lines say that their offer is over (OVER_COLUMNS): where it stands and is not over
    already it is closed, where it is it is unchanged; other such lines count for nothing here.
    The frames of the result hold the records with one column more, `content_hash`.
    """
    if kept["reference"].duplicated().any():
        raise ValueError("a reference occurs twice among the kept records: fold_repeats comes before compare")
    hashes = content_hash(kept)
    where, stands, ended = _known(standing, kept["reference"])
    same = stands & (_taken(standing["content_hash"], where, 0) == hashes.to_numpy())
    again = stands & ~same
    missing = ~standing["withdrawn"].to_numpy(dtype=bool) if scope == "full" else np.zeros(len(standing), bool)
    missing[where[where >= 0]] = False
    gone = standing[missing]
    gone = gone[~gone["reference"].isin(list(mentioned))]
    closed, still = None, 0
    if over is not None and not over.empty:
        _, open_once, over_already = _known(standing, over["reference"])
        closed = _with_hash(over, content_hash(over), open_once & ~over_already)
        still = int((open_once & over_already).sum())
    return Changes(
        created=_with_hash(kept, hashes, ~stands),
        updated=_with_hash(kept, hashes, again),
        unchanged=int(same.sum()) + still,
        withdrawn=tuple(gone["reference"].tolist()),
        closed=closed,
        revived=int((again & ended).sum()),
        lapsed=int(gone["over"].sum()) if "over" in gone else 0,
        closed_before=still,
    )


def _known(standing: pd.DataFrame, references: pd.Series[str]) -> tuple[np.ndarray, Any, Any]:
    """Of each reference: its place in `standing` (-1: it has none), whether it stands, and whether it is over."""
    where = pd.Index(standing["reference"]).get_indexer(pd.Index(references))
    ended = _taken(standing["over"], where, False).astype(bool) if "over" in standing else np.zeros(len(where), bool)
    return where, ~_taken(standing["withdrawn"], where, True).astype(bool), ended


def _taken(column: pd.Series, where: np.ndarray, absent: int | bool) -> Any:
    return np.where(where >= 0, column.to_numpy()[where], absent) if len(column) else np.full(len(where), absent)


def _with_hash(kept: pd.DataFrame, hashes: pd.Series, chosen: np.ndarray) -> pd.DataFrame:
    if chosen.all():  # a first load: no copy of 200 000 rows
        return kept.assign(content_hash=hashes)
    return kept[chosen].assign(content_hash=hashes[chosen])


def withdrawing(references: tuple[str, ...]) -> Changes:
    """The changes that withdraw these and do nothing else."""
    none = pd.DataFrame({name: pd.Series(dtype=TEXT) for name in NAMES}, index=pd.Index([], dtype="int64", name="line"))
    none = none.assign(content_hash=content_hash(none))
    return Changes(created=none, updated=none, unchanged=0, withdrawn=references)


OVER = "over"
"""The reason by which a line is ignored that says its offer is over, where none stands."""
OVER_COLUMNS = ("reference", "expires_on")
_DAY = r"\d{4}-\d{2}-\d{2}"


def are_over(frame: pd.DataFrame, today: date) -> np.ndarray:
    """Which rows of a cleaned frame have a reference and a last day before `today`, not before their publication."""
    past = _true(frame["expires_on"] < today.isoformat()) & frame["reference"].notna().to_numpy()
    some = frame.loc[past, ["expires_on", "published_on"]]
    expires, published = some["expires_on"], some["published_on"]
    contradicted = published.str.fullmatch(_DAY) & (expires <= published)
    past[past] = _true(expires.str.fullmatch(_DAY)) & ~_true(contradicted)
    return past


def _true(mask: pd.Series[bool]) -> np.ndarray:
    return np.asarray(mask.fillna(False), dtype=bool)


def outlived(over: pd.DataFrame, refused: pd.Series[str]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The lines of `over` without those that a later line of their reference, refused, speaks for; and these as
    repeated ones (REPEATED_COLUMNS): the last line counts, and a rejected line leaves what stands as it is."""
    last = refused.index.to_series().groupby(refused.to_numpy()).max()
    later = over["reference"].map(last).fillna(-1).astype("int64")
    gone = later > over.index.to_numpy()
    lines = {"line": over.index[gone], "reference": over.loc[gone, "reference"], "kept_line": later[gone]}
    return over[~gone], text_frame(REPEATED_COLUMNS, {name: list(said) for name, said in lines.items()})


def nowhere(over: pd.DataFrame, standing: pd.DataFrame) -> pd.DataFrame:
    """The lines of `over` (OVER_COLUMNS) whose offer does not stand, as they are ignored (IGNORED_COLUMNS)."""
    stands = standing.loc[~standing["withdrawn"], "reference"]
    lines = over.index[~over["reference"].isin(stands)]
    return text_frame(IGNORED_COLUMNS, {"line": lines.to_numpy(), "reason": [OVER] * len(lines)})


def closed_by_employer(feed: str, changes: Changes, sheets: Sequence[str] = ()) -> tuple[Finding, ...]:
    """What the ledger says of the offers that their employer closes."""
    if changes.closed is None or changes.closed.empty:
        return ()
    first = changes.closed.iloc[0]
    line, day = named(int(changes.closed.index[0]), sheets), str(first["expires_on"])
    told = {"count": changes.closing, "line": line, "reference": first["reference"], "day": day}
    return (finding_of("closed_by_employer", Severity.NOTE, feed=feed, **told),)
