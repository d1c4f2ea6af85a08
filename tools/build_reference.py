"""Make `config/reference/communes.csv` and `former_names.csv` from npm packages of INSEE's and La Poste's lists.

    python -m tools.build_reference PACKAGE [OLDER_PACKAGE | POSTAL_PACKAGE ...]

Each argument is the folder of an unpacked release (`npm pack @etalab/decoupage-administratif@6.0.0`, then `tar xf`).
The first gives the communes, their postal codes and populations, and the communes merged into them; older releases
add the names that a commune bore before it was renamed, and of the codes that INSEE's list of movements took away (only
0.4.0 has them, since 1943). A release of `codes-postaux` adds the names of its year, and what La Poste calls a part of
a commune (Sainte-Clotilde, Puyricard). Data: INSEE, La Poste, DGFiP, under Licence Ouverte.
"""

from __future__ import annotations

import csv
import gzip
import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from offers.places.gazetteer import department_of
from offers.places.towns import key_of, read_town, squashed
from offers.text import fold_word

REFERENCE = Path(__file__).resolve().parents[1] / "config" / "reference"
CURRENT, DISTRICT = "commune-actuelle", "arrondissement-municipal"
OURS = {
    "La Défense": ("92026", "92050", "92062"),
    "Paris La Défense": ("92026", "92050", "92062"),
    "Sophia Antipolis": ("06004", "06018", "06085", "06152"),
    "Valbonne Sophia Antipolis": ("06152",),
    "Châlons-sur-Marne": ("51108",),
}
"""Quarters of several communes, whose postal code says which; and a name of before the first release."""
Commune = dict[str, Any]


def communes_of(package: Path) -> list[Commune]:
    """The entries of a release's `data/communes.json`; raises FileNotFoundError when the folder is not one."""
    entries: list[Commune] = json.loads((package / "data" / "communes.json").read_text(encoding="utf-8"))
    return entries


def postal_of(package: Path) -> list[Commune]:
    """The entries of a release of `codes-postaux`: the longer file where it has two, packed where it is packed."""
    held = sorted(
        package.glob("codes-postaux*.json*"), key=lambda path: (path.suffix == ".gz", "full" not in path.name)
    )
    content = held[0].read_bytes()
    entries: list[Commune] = json.loads(gzip.decompress(content) if held[0].suffix == ".gz" else content)
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


def former_rows(
    newest: Sequence[Commune], older: Sequence[Sequence[Commune]], postal: Iterable[Sequence[Commune]] = ()
) -> list[tuple[str, str]]:
    """The names that now lie within another commune or were replaced: (INSEE code of the commune of today, name)."""
    today = {e["code"]: e for e in newest if e["type"] == CURRENT}
    gone = {past: e["code"] for e in today.values() for past in e.get("anciensCodes", ())}
    heir = {code: code for code in today} | gone
    merged = [(e["chefLieu"], e["nom"]) for e in newest if e["type"] not in (CURRENT, DISTRICT)]
    renamed = [(heir[e["code"]], e["nom"]) for past in older for e in _undivided(past, heir)]
    moved = [(gone[e["code"]], e["nom"]) for past in older for e in past if e["code"] in gone and e["type"] != DISTRICT]
    named = {(code, fold_word(e["nom"])) for code, e in today.items()}
    rows = []
    for code, name in merged + renamed + moved:
        if code in today and (code, fold_word(name)) not in named:
            named.add((code, fold_word(name)))
            rows.append((code, name))
    return sorted([*rows, *_post_names(postal, heir, [(code, e["nom"]) for code, e in today.items()] + rows)])


def _post_names(
    postal: Iterable[Sequence[Commune]], heir: Mapping[str, str], known: Iterable[tuple[str, str]]
) -> list[tuple[str, str]]:
    """What La Poste calls a commune or a part of it, where that is no other's name in its département, nor how others'
    names begin, nor another commune's name with something added: it may have come apart since."""
    keys: dict[str, dict[str, set[str]]] = {}
    for code, name in known:
        keys.setdefault(department_of(code), {}).setdefault(key_of(name), set()).add(code)
    said: dict[tuple[str, str], dict[str, str]] = {}
    for entry in (entry for release in postal for entry in release):
        now = heir.get(entry.get("codeCommune") or entry.get("codeInsee") or "")
        for name in filter(None, (entry.get("nomCommune"), entry.get("libelleAcheminement"))):
            if now:
                said.setdefault((department_of(now), key_of(name)), {}).setdefault(now, name)
    return [
        (code, name)
        for (department, key), codes in said.items()
        for code, name in codes.items()
        if len(codes) == 1 and _is_new(key, name, code, keys[department])
    ]


def _is_new(key: str, name: str, code: str, keys: Mapping[str, set[str]]) -> bool:
    if any(reading.key in keys for reading in read_town(name, {})):
        return False
    own = {squash for one, codes in keys.items() if code in codes for squash in squashed(one)}
    if any(squash.startswith(short) for squash in own for short in squashed(key)):
        return False
    others = [one for one, codes in keys.items() if codes - {code}]
    return not any(one.startswith(f"{key} ") or f" {one} " in f" {key} " for one in others)


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
    releases = [Path(package) for package in packages]
    newest, *older = [communes_of(one) for one in releases if (one / "data").is_dir()]
    postal = [postal_of(one) for one in releases if not (one / "data").is_dir()]
    REFERENCE.mkdir(exist_ok=True)
    write(REFERENCE / "communes.csv", ("insee", "name", "population", "postal_codes"), commune_rows(newest))
    ours = [(code, name) for name, codes in OURS.items() for code in codes if postal]
    named = {*ours, *former_rows(newest, older, postal)}
    write(REFERENCE / "former_names.csv", ("insee", "name"), sorted(named))
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
