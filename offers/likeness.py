"""How like one header is to another that is gone: by the values that it carries, or by its name and build. Pure."""

from __future__ import annotations

from difflib import SequenceMatcher

from offers.nearest import plain
from offers.profile import MEDIAN, ColumnProfile

DOMINANT = 0.5
NULLS_APART, LENGTHS_APART = 0.3, 2.0


def likeness(gone: str, was: ColumnProfile, header: str, now: ColumnProfile, new: bool) -> float:
    """0 to 1, 0.5 and more where `header` may be the successor of `gone`; `new`: it was not there before.

    Mostly by the values, for a name may change wholly; by the name, for the values may all be new.
    """
    if not now.lengths:
        return 0.0
    names = max(SequenceMatcher(None, _leaf(gone), _leaf(header)).ratio(), _within(gone, header))
    values = was.overlap(now)
    if values >= DOMINANT:
        return 0.6 + 0.2 * values + 0.2 * names
    return (names if new and _same_build(was, now) else 0.0) * 0.8


def _leaf(header: str) -> str:
    return plain(header).rsplit(".", 1)[-1].lstrip("@")


def _within(one: str, other: str) -> float:
    """`adresse` and `adresse du site`: one name inside the other."""
    short, long = sorted((_leaf(one), _leaf(other)), key=len)
    return 0.8 if len(short) >= 4 and short in long else 0.0


def _same_build(was: ColumnProfile, now: ColumnProfile) -> bool:
    if not was.lengths or abs(was.null_share - now.null_share) > NULLS_APART:
        return False
    low, high = sorted((was.lengths[MEDIAN] + 1, now.lengths[MEDIAN] + 1))
    return high / low <= LENGTHS_APART
