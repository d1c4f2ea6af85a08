"""Promised and delivered as one HTML page to read and print: no script, nothing from outside, every chart a table."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from functools import cache
from math import ceil, floor, log10
from typing import NamedTuple

import jinja2

from offers.calendar import TURN_OF_YEAR, SchoolYear, day_of
from offers.pledges.delivered import Fulfilment
from offers.wording import Language
from reports.harmless import environment
from reports.pledges.report import COUNTED, SHARES, Report

MEASURES = ("offers", "seats")
NAMED = {"offers": "Offres", "seats": "Places"}
FRENCH = Language.FRENCH
WIDTH, HEIGHT = 480, 250
LEFT, RIGHT, TOP, BOTTOM = 62, 14, 16, 30
"""Of the drawing, in its own units: room for the numbers at the left and the months below."""
SHADES = 5
Place = tuple[str, str, int, int]
"""Of a map: code, name, shade, number."""


class Bar(NamedTuple):
    """One number of one line: what was delivered and promised, their widths in percent of the widest."""

    delivered: int
    promised: int | None
    width: float
    due: float | None


class BarRow(NamedTuple):
    """A line of a table that is a chart too."""

    line: Fulfilment
    bars: Sequence[Bar]
    measured: bool


@cache
def _template() -> jinja2.Template:
    drawn = environment()
    drawn.filters.update(
        n=FRENCH.number,
        t=FRENCH.typeset,
        day=FRENCH.day,
        share=lambda part, whole: FRENCH.percent(part, whole) if whole else "",
    )
    return drawn.get_template("pledges/promis.html.j2")


def html(report: Report) -> str:
    """The page, in French."""
    today = day_of(report.made_at)
    return _template().render(
        r=report,
        made=FRENCH.instant(report.made_at),
        counted=COUNTED,
        measures=[(name, NAMED[name]) for name in MEASURES],
        curves=_curves(report, today),
        against={name: report.against(name) for name in MEASURES},
        promising=[line for line in report.nothing if line.promised_offers or line.promised_seats],
        silent=_silent(report),
        months=month_ends(report.days, report.year, today),
        organisations=rows([line for line in report.by["organisation"] if _has_figures(line)], report.measured),
        axes=_axes(report),
        maps=_maps(report),
        width=WIDTH,
        height=HEIGHT,
        left=LEFT,
    )


def rows(lines: Sequence[Fulfilment], measured: bool = True) -> list[BarRow]:
    """Lines with their bars, all offers on one scale and all seats on another; `measured`: whether anything is."""
    both = [[(getattr(line.count, name), getattr(line, f"promised_{name}")) for name in MEASURES] for line in lines]
    widest = [max([1, *(max(got, due or 0) for got, due in figures)]) for figures in zip(*both, strict=True)]
    return [
        BarRow(
            line,
            [
                Bar(got, due, 100 * got / most, None if due is None else 100 * due / most)
                for (got, due), most in zip(figures, widest, strict=True)
            ],
            line.measured and measured,
        )
        for line, figures in zip(lines, both, strict=True)
    ]


def _has_figures(line: Fulfilment) -> bool:
    """Whether the table shows an organisation; the others are named below it."""
    return bool(line.count.offers or line.count.withdrawn_offers or line.promised_offers or line.promised_seats)


def _silent(report: Report) -> dict[str, list[Fulfilment]]:
    """Those that delivered nothing and named no number for this year, by the year in which they last took part."""
    lines = [line for line in report.nothing if not (line.promised_offers or line.promised_seats)]
    years = sorted({line.engaged or "" for line in lines}, reverse=True)
    return {year: [line for line in lines if line.engaged == year] for year in years}


def _curves(report: Report, today: date) -> list[tuple[str, Curve, int, str]]:
    """For offers and for seats: their name, curve, height at its end, and the promise that is drawn, in words.

    All that was delivered is set against the national promise alone: organisations promised for themselves.
    """
    out = []
    announced = report.announced
    for at, name in enumerate(MEASURES):
        promised = getattr(announced, name) if announced else None
        said = f"promesse nationale : {FRENCH.number(promised)}" if promised else ""
        points = [(day, counts[at]) for day, *counts in report.days]
        out.append((NAMED[name], curve(points, report.year, today, promised), getattr(report.total, name), said))
    return out


def _axes(report: Report) -> list[tuple[str, str, list[BarRow], list[str]]]:
    """Sectors, départements, académies: key, heading, the rows with something in them, the names of the others."""
    told = []
    for what in ("department", "academy", "sector"):
        lines = report.by[what]
        some = [line for line in lines if line.count.offers or line.count.withdrawn_offers]
        told.append((what, SHARES[what], rows(some), [line.name for line in lines if line not in some]))
    return told


def _maps(report: Report) -> list[tuple[str, list[int], list[Place], list[Place]]]:
    """For offers and for seats: name, bounds of the shades, the places drawn as a shape, and those drawn as a tile."""
    out = []
    lines = {line.code: line for line in report.by["department"] if line.code is not None}
    for name in MEASURES:
        counts = {code: int(getattr(line.count, name)) for code, line in lines.items()}
        bounds, classes = shades(counts)
        places = sorted((code, line.name, classes[code], counts[code]) for code, line in lines.items())
        shapes = [place for place in places if place[0] in report.shapes]
        out.append((NAMED[name], bounds, shapes, [place for place in places if place[0] not in report.shapes]))
    return out


class Curve(NamedTuple):
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
    months = [(x(day.toordinal()), FRENCH.month(day.month, "abbreviated")) for day in _first_days(year)]
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


def _scale(of: tuple[float, float], to: tuple[float, float]) -> Callable[[float], float]:
    slope = (to[1] - to[0]) / ((of[1] - of[0]) or 1)
    return lambda value: to[0] + (value - of[0]) * slope
