"""Incoming records against what stands: created, updated, unchanged, withdrawn, closed. Pure; whole columns.

Lines may say that their offer is over: their last day is past. What stands is closed, what stands nowhere is left
aside. Such a line is held to no other rule, for all that it says is that the offer ends. Only where its two dates
contradict each other its last day itself is in doubt: it is refused, and what stands stays.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any, Literal

import numpy as np
import pandas as pd

from offers.arrays import row_hash
from offers.cleaning.contacts import SENT_AS
from offers.columns import NAMES
from offers.model import IGNORED_COLUMNS, REPEATED_COLUMNS, TEXT, Changes, Finding, Severity, text_frame
from offers.sheets import named

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
    where = pd.Index(standing["reference"]).get_indexer(pd.Index(kept["reference"]))
    stands = _stands(standing, where)
    same = stands & (_taken(standing["content_hash"], where, 0) == hashes.to_numpy())
    again = stands & ~same
    ended = _taken(_ended(standing), where, False).astype(bool)
    gone = _missing(standing, where, mentioned) if scope == "full" else standing.index[:0]
    closed, still = _closing(over, standing)
    return Changes(
        created=_with_hash(kept, hashes, ~stands),
        updated=_with_hash(kept, hashes, again),
        unchanged=int(same.sum()) + still,
        withdrawn=tuple(standing.loc[gone, "reference"].tolist()),
        closed=closed,
        revived=int((again & ended).sum()),
        lapsed=int(_ended(standing).loc[gone].sum()),
        closed_before=still,
    )


def withdrawing(references: tuple[str, ...]) -> Changes:
    """The changes that withdraw these and do nothing else."""
    none = pd.DataFrame({name: pd.Series(dtype=TEXT) for name in NAMES}, index=pd.Index([], dtype="int64", name="line"))
    none = none.assign(content_hash=content_hash(none))
    return Changes(created=none, updated=none, unchanged=0, withdrawn=references)


def _closing(over: pd.DataFrame | None, standing: pd.DataFrame) -> tuple[pd.DataFrame | None, int]:
    """What is to be closed, with the hash of what such a line says; and how many lines say so again."""
    if over is None or over.empty:
        return None, 0
    where = pd.Index(standing["reference"]).get_indexer(pd.Index(over["reference"]))
    stands, ended = _stands(standing, where), _taken(_ended(standing), where, False).astype(bool)
    return _with_hash(over, content_hash(over), stands & ~ended), int((stands & ended).sum())


def _ended(standing: pd.DataFrame) -> pd.Series[bool]:
    return standing["over"] if "over" in standing else pd.Series(False, index=standing.index)


def _taken(column: pd.Series, where: np.ndarray, absent: int | bool) -> Any:
    if column.empty:
        return np.full(len(where), absent)
    return np.where(where >= 0, column.to_numpy()[where], absent)


def _stands(standing: pd.DataFrame, where: np.ndarray) -> Any:
    return ~_taken(standing["withdrawn"], where, True).astype(bool)


def _with_hash(kept: pd.DataFrame, hashes: pd.Series, chosen: np.ndarray) -> pd.DataFrame:
    if chosen.all():  # a first load: no copy of 200 000 rows
        return kept.assign(content_hash=hashes)
    return kept[chosen].assign(content_hash=hashes[chosen])


def _missing(standing: pd.DataFrame, where: np.ndarray, mentioned: Collection[str]) -> pd.Index[int]:
    gone = ~standing["withdrawn"].to_numpy(dtype=bool)
    gone[where[where >= 0]] = False
    missing = standing.loc[gone, "reference"]
    there: pd.Index[int] = missing.index[~missing.isin(list(mentioned))]
    return there


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
    where = f"line {named(int(changes.closed.index[0]), sheets)}, « {first['reference']} », {first['expires_on']}"
    sentence = (
        f"{feed}: {changes.closing:,} standing offers are closed by their employer: their lines bear a last day that "
        f"is past (the first: {where}). They are counted as updated; a line with a later day opens its offer anew."
    )
    seen = f"{changes.closing} closed by their employer"
    return (Finding("closed_by_employer", Severity.NOTE, seen, "", sentence),)
