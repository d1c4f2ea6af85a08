"""A year's figures and its chart, as docs/reliability.md shows them; drawn by hand, for a line needs no library."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from html import escape

from samples.year.year import Lived

WIDE, HIGH, LEFT, TOP, FOOT = 960, 260, 44, 24, 40
MONTHS = "JFMAMJJASOND"


def svg(days: Sequence[Lived]) -> str:
    """Offers that employers mean and that are online, day by day; a mark under each day with an accident, a red one
    over each day on which something was wrong."""
    most = max([1, *(day.meant for day in days), *(day.online for day in days)])
    label = f"Offers meant and online over {len(days)} days"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDE} {HIGH}" role="img" aria-label="{label}" '
        'font-family="sans-serif" font-size="11">',
        f'<rect width="{WIDE}" height="{HIGH}" fill="#fff"/>',
        *_axes(days, most),
        _line([day.meant for day in days], most, "#9aa0a6", 4),
        _line([day.online for day in days], most, "#0b57d0", 1.5),
        *_marks(days),
        f'<text x="{LEFT}" y="14"><tspan fill="#5f6368">grey: meant by their employers</tspan>'
        '<tspan fill="#0b57d0" dx="14">blue: online</tspan><tspan dx="14" fill="#b06000">▲ an accident</tspan>'
        '<tspan dx="14" fill="#c5221f">● something wrong</tspan></text>',
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _x(at: int, count: int) -> float:
    return round(LEFT + (WIDE - LEFT - 10) * at / max(count - 1, 1), 1)


def _y(value: int, most: int) -> float:
    return round(HIGH - FOOT - (HIGH - FOOT - TOP) * value / most, 1)


def _line(values: Sequence[int], most: int, colour: str, width: float) -> str:
    points = " ".join(f"{_x(at, len(values))},{_y(value, most)}" for at, value in enumerate(values))
    return f'<polyline fill="none" stroke="{colour}" stroke-width="{width}" points="{points}"/>'


def _axes(days: Sequence[Lived], most: int) -> Iterable[str]:
    for value in (0, most // 2, most):
        yield f'<text x="{LEFT - 6}" y="{_y(value, most) + 4}" text-anchor="end">{value}</text>'
        yield f'<path d="M{LEFT} {_y(value, most)}H{WIDE - 10}" stroke="#e8eaed"/>'
    for at, day in enumerate(days):
        if day.day.day == 1:
            yield f'<text x="{_x(at, len(days))}" y="{HIGH - 6}">{MONTHS[day.day.month - 1]}</text>'


def _marks(days: Sequence[Lived]) -> Iterable[str]:
    for at, day in enumerate(days):
        x, said = _x(at, len(days)), escape(f"{day.day}: {'; '.join(day.happened)}")
        if day.happened:
            yield f'<text x="{x}" y="{HIGH - 22}" fill="#b06000" text-anchor="middle">▲<title>{said}</title></text>'
        if day.wrong:
            wrong = escape(str(day.wrong[0]))
            yield f'<circle cx="{x}" cy="{TOP}" r="4" fill="#c5221f"><title>{wrong}</title></circle>'


def figures(days: Sequence[Lived], seconds: float, asked: str) -> str:
    """The table of a year, in Markdown."""
    verdicts = sum((day.verdicts for day in days), Counter[str]())
    accidents = Counter(word.split(": ", 1)[1] for day in days for word in day.happened)
    rows = {
        "`make year`": asked,
        "days lived, from and to": f"{len(days)}, {days[0].day} to {days[-1].day}",
        "seconds it took": f"{seconds:,.0f}",
        "looks at the feeds' sources": f"{verdicts.total():,}",
        "what came of them": ", ".join(f"{count:,} {word}" for word, count in verdicts.most_common()),
        "of them by runs that nobody started": f"{sum(day.by_itself for day in days):,}",
        "accidents": f"{accidents.total()}, of {len(accidents)} kinds",
        "offers compared, day by day": f"{sum(day.online for day in days):,}",
        "most offers online on a day": f"{max(day.online for day in days):,}",
        "things wrong": f"{sum(len(day.wrong) for day in days):,}",
    }
    told = "\n".join(f"| {name} | {value} |" for name, value in rows.items())
    kinds = "\n".join(f"| {word} | {count} |" for word, count in sorted(accidents.items()))
    return f"| | seen |\n|---|---|\n{told}\n\n| accident | times |\n|---|---|\n{kinds}\n"
