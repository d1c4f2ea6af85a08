"""Lines that say their offer is over: their last day is past. What stands is closed, what stands nowhere is left aside.

Such a line is held to no other rule, for all that it says is that the offer ends. Only where its two dates contradict
each other its last day itself is in doubt: it is refused, and what stands stays.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np
import pandas as pd

from offers.model import IGNORED_COLUMNS, REPEATED_COLUMNS, Changes, Finding, Severity, text_frame
from offers.sheets import named

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
