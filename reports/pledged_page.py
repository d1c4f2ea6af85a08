"""Promised and delivered as one HTML page to read and print: no script, nothing from outside, every chart a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache

import jinja2

from offers.calendar import day_of
from offers.pledges.delivered import Line
from reports.drawing import environment
from reports.pledged import COUNTED, SHARES, Report
from reports.pledged_charts import HEIGHT, LEFT, WIDTH, Curve, curve, month_ends, shades
from reports.words import Words

MEASURES = ("offers", "seats")
NAMED = {"offers": "Offres", "seats": "Places"}
WORDS = Words("fr")
Place = tuple[str, str, int, int]
"""Of a map: code, name, shade, number."""


@dataclass(frozen=True)
class Bar:
    """One number of one line: what was delivered and promised, their widths in percent of the widest."""

    delivered: int
    promised: int | None
    width: float
    due: float | None


@dataclass(frozen=True)
class Row:
    """A line of a table that is a chart too."""

    name: str
    code: str | None
    bars: Sequence[Bar]
    withdrawn: tuple[int, int]
    measured: bool = True


@cache
def _template() -> jinja2.Template:
    drawn = environment()
    drawn.filters.update(n=WORDS.number, t=WORDS.typeset, day=WORDS.day, share=_share)
    return drawn.get_template("promis.html.j2")


def html(report: Report) -> str:
    """The page, in French."""
    today = day_of(report.made_at)
    return _template().render(
        r=report,
        made=WORDS.instant(report.made_at),
        today=today,
        counted=COUNTED,
        measures=[(name, NAMED[name]) for name in MEASURES],
        curves=_curves(report, today),
        against={name: report.against(name) for name in MEASURES},
        promising=[line for line in report.nothing if line.promised_offers or line.promised_seats],
        silent=_silent(report),
        months=month_ends(report.days, report.year, today),
        organisations=rows(_seen(report), report.measured),
        axes=_axes(report),
        maps=_maps(report),
        width=WIDTH,
        height=HEIGHT,
        left=LEFT,
    )


def _share(part: int, whole: int | None) -> str:
    return WORDS.percent(part, whole) if whole else ""


def rows(lines: Sequence[Line], measured: bool = True) -> list[Row]:
    """Lines with their bars, all offers on one scale and all seats on another; `measured`: whether anything is."""
    scale = {name: max([1, *(_most(line, name) for line in lines)]) for name in MEASURES}
    return [
        Row(
            line.name,
            line.code,
            [_bar(line, name, scale[name]) for name in MEASURES],
            (line.count.withdrawn_offers, line.count.withdrawn_seats),
            line.measured and measured,
        )
        for line in lines
    ]


def _most(line: Line, name: str) -> int:
    most: int = max(getattr(line.count, name), getattr(line, f"promised_{name}") or 0)
    return most


def _bar(line: Line, name: str, scale: int) -> Bar:
    delivered, promised = getattr(line.count, name), getattr(line, f"promised_{name}")
    return Bar(delivered, promised, 100 * delivered / scale, None if promised is None else 100 * promised / scale)


def _seen(report: Report) -> list[Line]:
    """The organisations that the table shows: the others are named below it, for they have no figure."""
    return [
        line
        for line in report.by["organisation"]
        if line.count.offers or line.count.withdrawn_offers or line.promised_offers or line.promised_seats
    ]


def _silent(report: Report) -> dict[str, list[Line]]:
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
        said = f"promesse nationale : {WORDS.number(promised)}" if promised else ""
        points = [(day, counts[at]) for day, *counts in report.days]
        out.append((NAMED[name], curve(points, report.year, today, promised), getattr(report.total, name), said))
    return out


def _axes(report: Report) -> list[tuple[str, str, list[Row], list[str]]]:
    """Sectors, départements, académies: key, heading, the rows with something in them, the names of the others."""
    told = []
    for what in ("department", "academy", "sector"):
        lines = report.by[what]
        some = [line for line in lines if line.count.offers or line.count.withdrawn_offers]
        told.append((what, SHARES[what], rows(some), [line.name for line in lines if line not in some]))
    return told


def _maps(
    report: Report,
) -> list[tuple[str, list[int], list[Place], list[Place]]]:
    """For offers and for seats: name, bounds of the shades, the places drawn as a shape, and those drawn as a tile."""
    out = []
    lines = [line for line in report.by["department"] if line.code is not None]
    for name in MEASURES:
        counts = {line.code or "": int(getattr(line.count, name)) for line in lines}
        bounds, classes = shades(counts)
        places = sorted(
            (line.code or "", line.name, classes[line.code or ""], counts[line.code or ""]) for line in lines
        )
        shapes = [place for place in places if place[0] in report.shapes]
        out.append((NAMED[name], bounds, shapes, [place for place in places if place[0] not in report.shapes]))
    return out
