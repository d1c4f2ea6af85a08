"""Batches drawn by hand: a sound offer, and what a test changes of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import pandas as pd

from offers.calendar import SchoolYear
from offers.feed import Feed
from offers.format import Format
from offers.model import IGNORED_COLUMNS, Mapped, text_frame

YEAR = SchoolYear(2026)
TODAY = date(2026, 4, 1)

SOUND = {
    "reference": "STG-1",
    "title": "Découverte de l'atelier",
    "description": "Tu suivras l'équipe de l'atelier pendant deux semaines.",
    "employer_name": "Ateliers Rivoire",
    "sector": "Mécanique",
    "street": "12 rue des Forges",
    "postal_code": "75011",
    "city": "Paris",
}


def feed(kind: str = "csv", **more: Any) -> Feed:
    """A feed without a source: what cleaning and the contract need of one."""
    known = {"partner": "rivoire", "name": "offres", "title": "Rivoire", "source": None, "mapping": {}, **more}
    return Feed(format=Format(kind=kind), **known)


def mapped(*rows: Mapping[str, str | None], headers: Mapping[str, str] | None = None) -> Mapped:
    """Sound offers with these changes, one line each from line 2."""
    drawn = [{**SOUND, "reference": f"STG-{at}", **row} for at, row in enumerate(rows, start=1)]
    frame = pd.DataFrame(drawn).astype("str")
    frame.index = pd.Index(range(2, len(frame) + 2), name="line")
    return Mapped(frame, headers or {}, text_frame(IGNORED_COLUMNS))


def column(name: str, *values: str | None) -> Mapped:
    """One offer per value of one column."""
    return mapped(*({name: value} for value in values))
