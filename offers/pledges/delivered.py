"""What was delivered in a school year, beside what was promised: figures that add up. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from offers.pledges.promises import Pledge

NONE_OF_THEM = None
"""The key of what belongs to none: employers that are no organisation of ours, offers without a département."""


@dataclass(frozen=True)
class Count:
    """Offers and their seats: those delivered, and apart from them those that were withdrawn before their time."""

    offers: int = 0
    seats: int = 0
    withdrawn_offers: int = 0
    withdrawn_seats: int = 0


@dataclass(frozen=True)
class Delivered:
    """What was delivered in one school year: in all, by organisation, sector, department and academy, and by day.

    `by[…][None]` belongs to none of them. `by_day`: how much delivered grew (offers, seats) on a day; a withdrawal
    makes it less. The counts of each of `by`, and the days, add up to `total`.
    """

    total: Count
    by: Mapping[str, Mapping[str | None, Count]]
    by_day: Sequence[tuple[date, int, int]]


@dataclass(frozen=True)
class Fulfilment:
    """One organisation (or sector, …): what it promised for the year, and what was delivered.

    `code` is None for what belongs to none. `engaged`: the latest year up to this one for which it pledged, with or
    without numbers. `measured` is False where its offers cannot be told from others', so that nothing is known.
    """

    name: str
    code: str | None
    count: Count
    promised_offers: int | None = None
    promised_seats: int | None = None
    engaged: str | None = None
    measured: bool = True

    @property
    def missing(self) -> bool:
        """Whether it took part, can be counted, and delivered nothing."""
        return self.engaged is not None and self.measured and self.count.offers == 0

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready; the counts are null where nothing is known."""
        counts = asdict(self.count) if self.measured else dict.fromkeys(asdict(self.count))
        return {"name": self.name, "code": self.code, "promised_offers": self.promised_offers,
                "promised_seats": self.promised_seats, "engaged": self.engaged, **counts}  # fmt: skip


def by_organisation(
    counts: Mapping[str | None, Count], pledges: Iterable[Pledge], year: str, recognised: Iterable[str], others: str
) -> list[Fulfilment]:
    """Each organisation that pledged up to this year or delivered in it, the largest promise first; `others` last.

    `recognised`: the names that offers are counted by. What another year's pledge says in numbers is not this year's.
    """
    known = frozenset(recognised)
    earlier = [pledge for pledge in pledges if pledge.school_year <= year]
    engaged = {pledge.organisation: pledge for pledge in sorted(earlier, key=lambda pledge: pledge.school_year)}
    lines = []
    for name in {*engaged, *(name for name in counts if name is not None)}:
        last = engaged.get(name)
        now = last if last is not None and last.school_year == year else None
        promised = (now.offers, now.seats) if now else (None, None)
        since = last.school_year if last else None
        lines.append(Fulfilment(name, name, counts.get(name, Count()), *promised, since, measured=name in known))
    lines.sort(key=lambda line: (-(line.promised_offers or line.promised_seats or 0), -line.count.offers, line.name))
    return [*lines, *_rest(counts, others)]


def by_code(counts: Mapping[str | None, Count], names: Mapping[str, str], others: str) -> list[Fulfilment]:
    """Each of `names` (code -> name) and each other code that was delivered, the most seats first; `others` last."""
    codes = [*names, *(code for code in counts if code is not None and code not in names)]
    lines = [Fulfilment(names.get(code, code), code, counts.get(code, Count())) for code in codes]
    lines.sort(key=lambda line: (-line.count.seats, -line.count.offers, line.code or ""))
    return [*lines, *_rest(counts, others)]


def _rest(counts: Mapping[str | None, Count], name: str) -> list[Fulfilment]:
    rest = counts.get(NONE_OF_THEM)
    return [Fulfilment(name, None, rest)] if rest else []


def promised(lines: Iterable[Fulfilment]) -> tuple[int | None, int | None]:
    """The sums of the offers and of the seats that were named in numbers; None where nobody named any."""
    found = [*lines]
    offers = [line.promised_offers for line in found if line.promised_offers is not None]
    seats = [line.promised_seats for line in found if line.promised_seats is not None]
    return (sum(offers) if offers else None), (sum(seats) if seats else None)


def cumulated(days: Sequence[tuple[date, int, int]]) -> list[tuple[date, int, int]]:
    """Day by day, how many offers and seats were delivered up to then."""
    told, offers, seats = [], 0, 0
    for day, more_offers, more_seats in days:
        offers, seats = offers + more_offers, seats + more_seats
        told.append((day, offers, seats))
    return told
