"""What organisations promised: offers and seats per school year. Pure: names, numbers and years are read here.

A pledge may have no number: an organisation can say that it takes part before it says how much.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pandas as pd

from offers.calendar import SchoolYear
from offers.nearest import nearest
from offers.organisations import Organisations
from offers.text import fold_word

FIRST = SchoolYear(2024)
"""The first placements were those of June 2024: nobody promised anything for an earlier year."""
MOST = 1_000_000
"""More than one organisation can mean: there are 550 000 pupils in seconde (communiqué n°1399)."""
LONGEST = 150
SUMS = frozenset({"total", "totaux", "total general", "sous total", "ensemble", "somme"})
"""What stands at the foot of a list. Kept as an organisation with `--new`, it would double all that was promised."""
_DIGITS = re.compile(r"[0-9]+")
_SPACES = re.compile(r"[\s\u00a0\u202f]")


@dataclass(frozen=True)
class Pledge:
    """`organisation`: a canonical name of organisations.csv, or one added on purpose; None: no number was named.

    `source` says where it comes from, `stated_at` since when it stands so.
    """

    organisation: str
    school_year: str
    offers: int | None
    seats: int | None
    source: str
    stated_at: datetime | None = None

    @property
    def key(self) -> tuple[str, str]:
        """An organisation has one pledge per school year."""
        return self.organisation, self.school_year

    def says_as(self, other: Pledge | None) -> bool:
        """Whether the numbers are the same, wherever they come from."""
        return other is not None and (self.offers, self.seats) == (other.offers, other.seats)

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        at = self.stated_at.isoformat() if self.stated_at else None
        return {"organisation": self.organisation, "school_year": self.school_year, "offers": self.offers,
                "seats": self.seats, "source": self.source, "stated_at": at}  # fmt: skip


class NotRead(ValueError):  # noqa: N818  # named for what happened, as the errors of offers.errors
    """A value that is no name, number or year of a pledge: the sentence, and in `remedy` what to do."""

    def __init__(self, sentence: str, remedy: str) -> None:
        super().__init__(sentence)
        self.remedy = remedy


@dataclass(frozen=True)
class Known:
    """The names that a pledge may bear: `organisations` are those that offers are recognised by, `added` those that
    pledges were kept for although no offer can be counted for them yet."""

    organisations: Organisations
    added: Collection[str] = ()

    def name(self, written: str, new: bool = False) -> str:
        """The name as it is kept. An unknown one is refused with the nearest known, and kept as written if `new`."""
        text = " ".join(written.split())
        if not text:
            raise NotRead("no organisation is named", "Name it.")
        one = pd.Series([text], dtype="str")
        found = self.organisations.recognise(one, pd.Series([None], dtype="str")).iloc[0]
        if isinstance(found, str):
            return found
        same = next((name for name in self.added if fold_word(name) == fold_word(text)), None)
        if same is not None:
            return same
        if fold_word(text) in SUMS:
            raise NotRead(f"« {text} » is a sum and no organisation", "Take this line out of the list.")
        if not new:
            raise NotRead(f"« {text} » is no organisation that we know{self._near(text)}", _UNKNOWN)
        if len(text) > LONGEST:
            raise NotRead(f"the name has {len(text)} characters, and may have {LONGEST}", "Shorten it.")
        return text

    def _near(self, text: str) -> str:
        near = nearest(text, [*self.organisations.names, *self.added])
        return f"; the nearest is « {near} »" if near else ""


_UNKNOWN = (
    "Correct the name; or add a line to config/reference/organisations.csv, by which its offers are then recognised; "
    "or keep the pledge with --new: what it delivers cannot be counted until that line is there."
)


def number(text: str, what: str) -> int | None:
    """`5 000` -> 5000; empty is no number. `what`: offers or seats. Signs and points are refused, never guessed."""
    bare = _SPACES.sub("", text)
    if not bare:
        return None
    if not _DIGITS.fullmatch(bare):
        raise NotRead(
            f"« {text} » is no whole number of {what}", "Write it in digits, such as 5000, or leave it empty."
        )
    value = int(bare)
    if not 1 <= value <= MOST:
        raise NotRead(f"{value} {what} is not between 1 and {MOST}", "Correct it; leave it empty where none was named.")
    return value


def both(offers: int | None, seats: int | None) -> None:
    """Raises NotRead where the two numbers contradict each other."""
    if offers is not None and seats is not None and seats < offers:
        raise NotRead(f"{seats} seats in {offers} offers: each offer has one at least", "Correct one of the two.")


def school_year(text: str, today: SchoolYear) -> SchoolYear:
    """`2025-2026` -> SchoolYear(2026); empty is today's. From the first placements to the year after today's."""
    if not text.strip():
        return today
    found = SchoolYear.named(text)
    if found is None:
        raise NotRead(f"« {text} » is no school year", f"Write it as {today.label}.")
    last = SchoolYear(today.ends + 1)
    if not FIRST <= found <= last:
        raise NotRead(f"{found.label} is not between {FIRST.label} and {last.label}", "Correct the school year.")
    return found
