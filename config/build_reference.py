"""Make `config/reference/communes.csv` and `former_names.csv` from the npm package `@etalab/decoupage-administratif`.

    python -m config.build_reference PACKAGE [OLDER_PACKAGE ...]

Each argument is the folder of an unpacked release (`npm pack @etalab/decoupage-administratif@6.0.0`, then `tar xf`).
The first gives the communes, their postal codes and populations, and the communes merged into them; older releases
only add the names that a commune bore before it was renamed. Data: INSEE, La Poste, under Licence Ouverte.
"""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from offers.text import fold_word

REFERENCE = Path(__file__).parent / "reference"
CURRENT, DISTRICT = "commune-actuelle", "arrondissement-municipal"
Commune = dict[str, Any]


def communes_of(package: Path) -> list[Commune]:
    """The entries of a release's `data/communes.json`; raises FileNotFoundError when the folder is not one."""
    entries: list[Commune] = json.loads((package / "data" / "communes.json").read_text(encoding="utf-8"))
    return entries


def commune_rows(entries: Iterable[Commune]) -> list[tuple[str, ...]]:
    """One row per commune and municipal arrondissement that has post, in the order of INSEE codes.

    A town of arrondissements keeps no postal code of its own: each of them is an arrondissement's.
    """
    living = [e for e in entries if e["type"] in (CURRENT, DISTRICT)]
    divided = {e["commune"] for e in living if e["type"] == DISTRICT}
    rows = []
    for entry in living:
        codes = [] if entry["code"] in divided else sorted(entry.get("codesPostaux", ()))
        if codes or entry["code"] in divided:
            rows.append((entry["code"], entry["nom"], str(entry.get("population", "")), " ".join(codes)))
    return sorted(rows)


def former_rows(newest: Sequence[Commune], older: Iterable[Sequence[Commune]]) -> list[tuple[str, str]]:
    """The names that now lie within another commune or were replaced: (INSEE code of the commune of today, name)."""
    today = {e["code"]: e for e in newest if e["type"] == CURRENT}
    heir = {code: code for code in today}
    heir |= {past: e["code"] for e in today.values() for past in e.get("anciensCodes", ())}
    merged = [(e["chefLieu"], e["nom"]) for e in newest if e["type"] not in (CURRENT, DISTRICT)]
    renamed = [(heir[e["code"]], e["nom"]) for past in older for e in _undivided(past, heir)]
    named = {(code, fold_word(e["nom"])) for code, e in today.items()}
    rows = []
    for code, name in merged + renamed:
        if code in today and (code, fold_word(name)) not in named:
            named.add((code, fold_word(name)))
            rows.append((code, name))
    return sorted(rows)


def _undivided(past: Sequence[Commune], heir: Mapping[str, str]) -> list[Commune]:
    """The communes of an older release, without those that came apart since: their name could now be either part."""
    parts: dict[str, set[str]] = {}
    for entry in past:
        if entry["type"] != DISTRICT and entry["code"] in heir:
            parts.setdefault(str(entry.get("chefLieu", entry["code"])), set()).add(heir[entry["code"]])
    return [e for e in past if e["type"] == CURRENT and len(parts.get(e["code"], ())) == 1]


def write(path: Path, header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Plain CSV with LF, so that next year's file can be read as a diff."""
    with path.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def main(packages: Sequence[str]) -> int:
    """Write both files; 2 when no package folder is given."""
    if not packages:
        sys.stderr.write(f"{__doc__}\n")
        return 2
    newest, *older = [communes_of(Path(package)) for package in packages]
    REFERENCE.mkdir(exist_ok=True)
    write(REFERENCE / "communes.csv", ("insee", "name", "population", "postal_codes"), commune_rows(newest))
    write(REFERENCE / "former_names.csv", ("insee", "name"), former_rows(newest, older))
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
