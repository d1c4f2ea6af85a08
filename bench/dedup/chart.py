"""Growth as an SVG, written by hand: seconds and peak memory over records, each beside what proportion would give."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

WIDTH, HEIGHT, LEFT, BOTTOM, TOP = 420, 300, 56, 46, 40
"""Pixels of one panel, and of its margins."""
INK, FAINT, LINE = "#222", "#bbb", "#1f6f8b"


@dataclass(frozen=True)
class Panel:
    """One curve: `title` with its unit, and (records, value) in rising order."""

    title: str
    points: Sequence[tuple[int, float]]


def write(path: Path, heading: str, panels: Sequence[Panel]) -> None:
    """The panels side by side."""
    body = "".join(_panel(panel, at * (WIDTH + 20)) for at, panel in enumerate(panels))
    width, height = len(panels) * (WIDTH + 20), HEIGHT + 30
    path.write_text(
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" '
        f'font-family="sans-serif" font-size="12" fill="{INK}">\n<rect width="100%" height="100%" fill="#fff"/>\n'
        f'<text x="{LEFT}" y="18" font-size="14">{escape(heading)}</text>\n{body}</svg>\n',
        encoding="utf-8",
    )


def _panel(panel: Panel, shift: int) -> str:
    first, value = panel.points[0]
    most = panel.points[-1][0]
    straight = value * most / first
    high = _round(max(straight, *(value for _, value in panel.points)))
    across, up = WIDTH - LEFT - 16, HEIGHT - BOTTOM - TOP

    def at(records: float, value: float) -> str:
        return f"{shift + LEFT + across * records / most:.1f},{30 + TOP + up * (1 - value / high):.1f}"

    parts = [_text(shift + LEFT, 26 + TOP - 8, panel.title, "start")]
    for step in range(5):
        value = high * step / 4
        x, y = at(0, value).split(",")
        parts.append(f'<line x1="{x}" y1="{y}" x2="{at(most, 0).split(",")[0]}" y2="{y}" stroke="{FAINT}"/>')
        parts.append(_text(float(x) - 6, float(y) + 4, f"{value:g}", "end"))
    for records, _ in panel.points:
        x, y = at(records, 0).split(",")
        parts.append(_text(float(x), float(y) + 16, f"{records // 1000}", "middle"))
    x, y = at(most / 2, 0).split(",")
    parts.append(_text(float(x), float(y) + 34, "thousand records", "middle"))
    parts.append(
        f'<polyline points="{at(0, 0)} {at(most, straight)}" fill="none" stroke="{FAINT}" stroke-dasharray="5 4"/>'
    )
    line = " ".join(at(*point) for point in panel.points)
    parts.append(f'<polyline points="{line}" fill="none" stroke="{LINE}" stroke-width="2"/>')
    for records, value in panel.points:
        x, y = at(records, value).split(",")
        parts.append(f'<circle cx="{x}" cy="{y}" r="3.5" fill="{LINE}"/>')
        parts.append(_text(float(x) - 6, float(y) - 7, f"{value:.3g}", "end"))
    return "\n".join(parts) + "\n"


def _text(x: float, y: float, words: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(words)}</text>'


def _round(value: float) -> float:
    """The next of 1, 2, 4, 8 times a power of ten, for an axis of four steps."""
    power = 10.0 ** (len(f"{int(value)}") - 1) if value >= 1 else 0.1
    return next(step * power for step in (1, 2, 4, 8, 10) if step * power >= value)
