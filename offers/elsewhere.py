"""A street that holds another town's name and postal code: two places in one offer, of which one is wrong."""

from __future__ import annotations

import re
from collections.abc import Mapping

import numpy as np
import pandas as pd
import pyarrow.compute as pc

from offers.cleaners.mending import arrow
from offers.gazetteer import Places
from offers.model import Finding, Severity
from offers.towns import key_of

_CODED = r"(?:^|[^0-9])[0-9]{5}(?:[^0-9]|$)"
"""RE2: one pass finds the rows worth a closer look."""
_CODE = re.compile(r"(?<!\d)\d{5}(?!\d)")
_FIRST_LINES, _SHORTEST = 5, 4


def streets_elsewhere(frame: pd.DataFrame, headers: Mapping[str, str], places: Places) -> list[Finding]:
    """A finding where streets hold a postal code and, with it, the name of a town that is not the offer's own.

    `frame`: located rows, with `street` and `insee_code`. Nothing is changed: which of the two is right, nobody knows.
    """
    likely = np.asarray(pc.fill_null(pc.match_substring_regex(arrow(frame["street"]), _CODED), False))
    likely &= frame["insee_code"].notna().to_numpy(bool)
    rows = frame.loc[likely, ["street", "insee_code"]]
    told = zip(rows.index, rows["street"], rows["insee_code"], strict=True)
    found = [(line, there) for line, street, insee in told if (there := elsewhere(street, insee, places))]
    if not found:
        return []
    column, lines = headers.get("street", "street"), [str(line) for line, _ in found]
    shown = ", ".join(lines[:_FIRST_LINES]) + ("…" if len(lines) > _FIRST_LINES else "")
    sentence = (
        f'"{column}": {len(found)} streets name another town than the offer (lines {shown}; "{found[0][1]}"). They are '
        "taken with the town of their own columns. Ask the partner which of the two is meant."
    )
    seen = f"{len(found)} streets of « {column} »: {shown}"
    return [Finding("street_in_another_town", Severity.WARN, seen, "0 streets", sentence)]


def elsewhere(street: str, insee: str, places: Places) -> str:
    """`50100 Cherbourg-en-Cotentin`, where the street names it and the offer is not there; "" for most streets."""
    own, said = places.row_of_insee(insee), f" {key_of(street)} "
    for code in _CODE.findall(street):
        keys = places.of_postal_code(code).items()
        there = {row for key, row in keys if len(key) >= _SHORTEST and f" {key} " in said}
        if there and own not in there:
            return f"{code} {places.city[min(there)]}"
    return ""
