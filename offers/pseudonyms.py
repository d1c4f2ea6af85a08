"""References that name a person who was erased: a pseudonym in their place, by which the partner's line is known again.

The pseudonym is a checksum of the reference alone, so that no list of who was erased is needed: whoever has the
reference can reckon it, nobody can read it back. What the partner wrote counts for the content hash still, so that the
same line tomorrow is unchanged, and brings nothing back.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from hashlib import blake2b

import pandas as pd

START = "reference-masquee-"
SENT_AS = "sent_as"
"""The column of a frame of records that holds the references as the partner wrote them, where some are pseudonyms."""


def pseudonym(reference: str) -> str:
    """Of any reference, the same each time; a pseudonym is its own."""
    if reference.startswith(START):
        return reference
    return START + blake2b(reference.encode(), digest_size=10).hexdigest()


def erased_of(references: Iterable[str], known: pd.Series[str]) -> dict[str, str]:
    """Those of these references that stand under a pseudonym among the `known` ones, with it."""
    stands = set(known[known.str.startswith(START)]) if len(known) else set()
    if not stands:
        return {}
    return {one: name for one in references if (name := pseudonym(one)) in stands and name != one}


def renamed(frame: pd.DataFrame, erased: dict[str, str]) -> pd.DataFrame:
    """The frame with pseudonyms in `reference`, and beside it, as SENT_AS, what was written."""
    if not frame["reference"].isin(list(erased)).any():
        return frame
    return frame.assign(reference=frame["reference"].replace(erased), **{SENT_AS: frame["reference"]})


def renamed_all(references: Collection[str], erased: dict[str, str]) -> frozenset[str]:
    """The references with pseudonyms for those that have one."""
    return frozenset(erased.get(one, one) for one in references)
