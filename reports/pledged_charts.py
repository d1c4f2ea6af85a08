"""The geometry of the page's charts: a curve over the school year, the shades of a map. Numbers in, SVG paths out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import ceil, floor, log10

from offers.calendar import TURN_OF_YEAR, SchoolYear

WIDTH, HEIGHT = 480, 250
LEFT, RIGHT, TOP, BOTTOM = 62, 14, 16, 30
"""Of the drawing, in its own units: room for the numbers at the left and the months below."""
MONTHS = ("juil.", "août", "sept.", "oct.", "nov.", "déc.", "janv.", "févr.", "mars", "avr.", "mai", "juin")
SHADES = 5


@dataclass(frozen=True)
class Curve:
    """A line over a school year: its path and the area beneath, where the ticks are, and the promised height if any."""

    path: str
    area: str
    end: tuple[float, float]
    heights: Sequence[tuple[float, int]]
    months: Sequence[tuple[float, str]]
    promised: float | None


def curve(points: Sequence[tuple[date, int]], year: SchoolYear, until: date, promised: int | None) -> Curve:
    """`points`: days and what was reached on each; the line goes on level to `until`. It has a step a day."""
    first = date(year.ends - 1, *TURN_OF_YEAR)
    last = date(year.ends, *TURN_OF_YEAR) - timedelta(days=1)
    until = min(max(until, first), last)
    ticks = nice(max([count for _, count in points] + [promised or 0]))
    x = _scale((first.toordinal(), last.toordinal()), (LEFT, WIDTH - RIGHT))
    y = _scale((0, ticks[-1]), (HEIGHT - BOTTOM, TOP))
    inside = [(min(max(day, first), last), count) for day, count in points]
    path, height = f"M{x(inside[0][0].toordinal() if inside else first.toordinal()):.1f} {y(0):.1f}", 0
    for day, count in inside:
        path, height = f"{path}H{x(day.toordinal()):.1f}V{y(count):.1f}", count
    path += f"H{x(until.toordinal()):.1f}"
    months = [(x(day.toordinal()), name) for day, name in zip(_first_days(year), MONTHS, strict=True)]
    return Curve(
        path,
        f"{path}V{y(0):.1f}Z",
        (x(until.toordinal()), y(height)),
        [(y(tick), tick) for tick in ticks],
        months,
        None if promised is None else y(promised),
    )


def _first_days(year: SchoolYear) -> list[date]:
    """Of each month of the school year."""
    return [date(year.ends - (m > 6), m, 1) for m in (*range(7, 13), *range(1, 7))]


def nice(most: int) -> list[int]:
    """Round heights from 0 to at least `most`, some four steps apart: 0, 500, 1000, …"""
    if most <= 0:
        return [0, 1]
    rough = most / 4
    power = 10.0 ** floor(log10(rough))
    step = max(1, int(next(size * power for size in (1, 2, 2.5, 5, 10) if size * power >= rough)))
    return [step * at for at in range(ceil(most / step) + 1)]


def month_ends(days: Sequence[tuple[date, int, int]], year: SchoolYear, until: date) -> list[tuple[date, int, int]]:
    """What was reached at the end of each month, from the first with something up to `until`, which ends the last."""
    told = []
    for begins in _first_days(year):
        end = (begins + timedelta(days=31)).replace(day=1) - timedelta(days=1)
        if begins > until:
            break
        reached = [(offers, seats) for day, offers, seats in days if day <= end]
        told.append((min(end, until), *(reached[-1] if reached else (0, 0))))
    return [month for at, month in enumerate(told) if any(any(counts) for _, *counts in told[: at + 1])]


def shades(counts: Mapping[str, int]) -> tuple[list[int], dict[str, int]]:
    """Upper bounds of at most SHADES classes of about as many members, and the class (from 1) of each; 0 is nothing."""
    filled = sorted(count for count in counts.values() if count)
    shares = [ceil(len(filled) * part / SHADES) for part in range(1, SHADES + 1)]
    bounds = sorted({filled[share - 1] for share in shares if share})
    found = {code: next(at for at, most in enumerate(bounds, start=1) if count <= most) if count else 0
             for code, count in counts.items()}  # fmt: skip
    return bounds, found


def _scale(of: tuple[float, float], to: tuple[float, float]) -> _Scale:
    return _Scale(of[0], to[0], (to[1] - to[0]) / ((of[1] - of[0]) or 1))


@dataclass(frozen=True)
class _Scale:
    begin: float
    at: float
    slope: float

    def __call__(self, value: float) -> float:
        return self.at + (value - self.begin) * self.slope
