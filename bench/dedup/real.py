"""Real pairs of adverts that people have judged: a CSV that is not part of this repository, given by its path.

Columns: pair, stratum, label (same, different, undecided), and title, emp, place, desc of either side (`_a`, `_b`).
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from bench.dedup.evaluate import markdown
from config.tables import load
from offers.matching import judge
from offers.places.gazetteer import Places, department_of
from offers.places.towns import key_of, read_town

UNNAMED = ("Non spécifiée", "Non spécifié", "Confidentiel")
ANSWERS = ("same", "review", "distinct")


def tell(file: Path) -> str:
    """What the matcher answers to each decided pair, by stratum, as markdown."""
    pairs = pd.read_csv(file, dtype="str")
    answered = judge(*sides(pairs))["answer"].to_numpy(object)
    table = pairs[["stratum", "label"]].assign(answer=answered)
    decided = table[table["label"] != "undecided"]
    rows = [_row("all decided pairs", decided), *(_row(name, one) for name, one in decided.groupby("stratum"))]
    undecided = table.loc[table["label"] == "undecided", "answer"].value_counts()
    counted = ", ".join(f"{undecided.get(answer, 0)} {answer}" for answer in ANSWERS)
    return f"{markdown(rows)}\n\n{len(table) - len(decided)} undecided pairs: {counted}."


def _row(name: object, pairs: pd.DataFrame) -> dict[str, str]:
    count = {(label, answer): int(((pairs["label"] == label) & (pairs["answer"] == answer)).sum())
             for label in ("same", "different") for answer in ANSWERS}  # fmt: skip
    same = sum(count["same", answer] for answer in ANSWERS)
    linked = count["same", "same"] + count["different", "same"]
    return {
        "pairs": str(name),
        "same: linked / review / distinct": " / ".join(str(count["same", answer]) for answer in ANSWERS),
        "different: linked / review / distinct": " / ".join(str(count["different", answer]) for answer in ANSWERS),
        "precision": f"{count['same', 'same'] / linked:.3f}" if linked else "-",
        "recall": f"{count['same', 'same'] / same:.3f}" if same else "-",
        "with review": f"{(count['same', 'same'] + count['same', 'review']) / same:.3f}" if same else "-",
    }


def sides(pairs: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Either side as records, row against row; what adverts do not say is missing."""
    places = load().places
    made = []
    for side in ("a", "b"):
        found = [located(place, places) for place in pairs[f"place_{side}"].fillna("")]
        columns = {
            "feed": f"adverts-{side}", "reference": pairs["pair"], "title": pairs[f"title_{side}"],
            "description": pairs[f"desc_{side}"], "employer_name": pairs[f"emp_{side}"].replace(UNNAMED, pd.NA),
            "city": [city for city, _, _ in found], "insee_code": [insee for _, insee, _ in found],
            "department": [department for _, _, department in found],
        }  # fmt: skip
        absent = dict.fromkeys(("siret", "street", "postal_code", "weeks", "seats", "permalink", "published_on"))
        made.append(pd.DataFrame(columns | absent, index=pairs.index).astype("str").reset_index(drop=True))
    return made[0], made[1]


Place = tuple[str | None, str | None, str | None]


def located(place: str, places: Places) -> Place:
    """City, INSEE code and département as far as the advert tells them.

    No postal code is at hand; two witnesses must agree all the same: the town, and the département or the greater town
    that is written beside it: `31 - TOULOUSE`, `Toulouse, Haute-Garonne`, `Massy, Palaiseau`. What names no commune
    stays as the city's text, as in Quai; `France` tells nothing.
    """
    words = places.department_words
    place = place.replace(" (Dept.)", "").replace("Rhin (Bas)", "Bas Rhin").replace("Rhin (Haut)", "Haut Rhin")
    head, _, tail = (part.strip() for part in place.partition(","))
    code, _, name = (part.strip() for part in place.partition(" - "))
    alone = words.get(key_of(place)) or words.get(key_of(name)) or (words.get(key_of(head)) if tail else None)
    if alone:
        rows = places.in_department(key_of(head if tail else name), alone)  # Paris is a département and a town
        return _told(rows, alone, places) if rows else (None, None, alone)
    for reading in read_town(place, words):
        if reading.department is not None:
            district = places.district.get((reading.key, reading.district or 0))
            rows = [district] if district else places.in_department(reading.key, reading.department)
            if rows:
                return _told(rows, reading.department, places)
    near = {department_of(str(places.insee[row])) for row in places.named(key_of(tail))} if tail else set()
    rows = [row for row in places.named(key_of(head)) if department_of(str(places.insee[row])) in near]
    if len(rows) == 1:
        return _told(rows, department_of(str(places.insee[rows[0]])), places)
    return (name or place or None) if place != "France" else None, None, words.get(key_of(code))


def _told(rows: list[int], department: str, places: Places) -> Place:
    """The one row's commune; of a town of arrondissements, where none is named, the town alone."""
    return str(places.city[rows[0]]), str(places.insee[rows[0]]) if len(rows) == 1 else None, department
