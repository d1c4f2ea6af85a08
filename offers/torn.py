"""Offers named in lines that could not be cut into columns: a quote or a separator too many withdraws none (ADR 2)."""

from __future__ import annotations

import re

import pandas as pd

from offers.feed import Feed
from offers.model import Batch, Finding, Severity

MOST = 1_000_000_000
"""Characters worth looking through: beyond, nothing at all is withdrawn while there are such lines."""


def named_in(batch: Batch, feed: Feed, missing: pd.Series[str]) -> frozenset[str]:
    """Those of the `missing` references that stand in the batch's torn text by themselves.

    All of them where that cannot be seen: the text is not at hand, or it does not hold the references as we know them.
    """
    if batch.malformed.empty or missing.empty:
        return frozenset()
    source = feed.mapping.get("reference")
    literal = source is not None and len(source.headers) == 1 and source.pattern is None
    if not batch.torn or not literal or len(batch.torn) * len(missing) > MOST:
        return frozenset(missing)
    text = f" {batch.torn} "
    return frozenset(one for one in missing if one in text and re.search(rf"(?<!\w){re.escape(one)}(?!\w)", text))


def spared(batch: Batch, named: frozenset[str]) -> tuple[Finding, ...]:
    """What the ledger says of the standing offers that such lines keep."""
    if not named:
        return ()
    lines = batch.malformed["line"].nunique()
    sentence = (
        f"{lines} lines could not be cut into columns, and {len(named)} standing offers that no other line holds "
        f"may be theirs (among them « {min(named)} »): they stay as they are. Ask the partner to mend the lines: the "
        "return names each, with what is wrong."
    )
    return (Finding("torn_lines_withdraw_nothing", Severity.NOTE, f"{len(named)} offers spared", "", sentence),)
