"""What must be online each day, from the employers' intentions alone, held against the view `offers`.

The rule: an employer's word counts from the day on which it reached us whole. A drop that an accident kept from us
changes nothing until the next one; an offer is over after its own last day, and all are after the placement.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from samples.year.employers import Employer, Offer, meant, placement_ends

Key = tuple[str, str]
Told = tuple[str, str, int]
"""What is compared of each offer: title, description, seats."""


@dataclass(frozen=True)
class Wrong:
    """One thing of one day that is not as it must be."""

    day: date
    what: str
    where: str
    seen: object
    expected: object

    def __str__(self) -> str:
        return f"{self.day}: {self.where}: {self.what}; seen {self.seen}, expected {self.expected}"


@dataclass
class Oracle:
    """What reached us of each employer, by feed and reference."""

    held: dict[str, dict[str, Offer]] = field(default_factory=dict)

    def whole(self, employer: Employer, day: date) -> None:
        """The employer's list of this day reached us."""
        self.held[employer.feed] = meant(employer, day)

    def part(self, employer: Employer, day: date, references: Iterable[str]) -> None:
        """Only these lines of it reached us, and we know that there are others: nothing ended."""
        said = meant(employer, day)
        came = {reference: said[reference] for reference in references}
        self.held[employer.feed] = {**self.held.get(employer.feed, {}), **came}

    def online(self, day: date) -> dict[Key, Offer]:
        """What must be online on this day, by feed and reference."""
        return {
            (feed, offer.reference): offer
            for feed, offers in self.held.items()
            for offer in offers.values()
            if day <= last_day(offer)
        }


def last_day(offer: Offer) -> date:
    """An offer's own last day, or the last day of its placement."""
    ends = placement_ends(offer.year)
    return min(offer.last_day or ends, ends)


def compared(day: date, expected: Mapping[Key, Offer], seen: Mapping[Key, Told]) -> list[Wrong]:
    """What is online and must not be, is missing, or says something else than its employer."""
    found = [
        Wrong(day, "online, and nobody means it", "/".join(key), seen[key][0], None) for key in seen - expected.keys()
    ]
    found += [Wrong(day, "missing", "/".join(key), None, expected[key].title) for key in expected.keys() - seen]
    for key in expected.keys() & seen:
        said = (expected[key].title, expected[key].description, expected[key].seats)
        if seen[key] != said:
            found.append(Wrong(day, "says something else", "/".join(key), seen[key], said))
    return found


def named(day: date, expected: set[tuple[str, str]], seen: set[tuple[str, str]]) -> list[Wrong]:
    """What the digest must name and does not, and the other way round."""
    silent = [Wrong(day, "not in the digest", feed, None, kind) for feed, kind in sorted(expected - seen)]
    return silent + [Wrong(day, "named without a cause", feed, kind, None) for feed, kind in sorted(seen - expected)]
