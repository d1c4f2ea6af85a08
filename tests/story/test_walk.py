"""The short way and the long one: a line that came before is taken from memory, and becomes what it would become."""

from __future__ import annotations

import csv
import json
import random
from collections.abc import Iterator
from dataclasses import fields
from datetime import date, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from config.clock import Stages
from config.tables import load
from offers.columns import REQUIRED, SENT
from offers.examined import Examined
from offers.feed import Feed
from offers.memory import Memory
from story.examine import examine
from story.walk import Remembering
from testing.drawing import SOUND

TODAY = date(2026, 3, 2)
CELLS: dict[str, tuple[str, ...]] = {
    "reference": ("1001.0", "1002,5", "E-7", "e-7@exemple.fr", "EXEMPLE-1", "1E+15", ""),
    "title": ("Atelier", "  Atelier  ", "A", "<b>Atelier</b> &amp; bureau", "Appelez le 01 40 50 60 70", "", "#REF!"),
    "description": (
        "Tu suivras l'équipe de l'atelier.", "SociÃ©tÃ© ouverte aux élèves", "<p>Une équipe</p><p>Un métier</p>",
        "Une phrase de plus, que tous lisent. " * 60, "Écrivez à jean.dupont@exemple.fr", "court", "NULL",
    ),
    "employer_name": ("Ateliers Rivoire", "La Poste", "S.O.", ""),
    "employer_website": ("https://www.exemple.fr", "www.exemple.fr", "voir notre site", ""),
    "siret": ("73282932000074", "732 829 320 00074", "73282932000075", "35600000049837", "", "7,32829E+13"),
    "is_public": ("oui", "non", "1", "peut-être", "", "1.5"),
    "sector": ("Mécanique", "s37", "25.62B", "Mécano", "Métier rare", ""),
    "street": ("12 rue des Forges", "3 rue A, 50100 Cherbourg-en-Cotentin", "", "n/a"),
    "postal_code": ("75011", "7500", "01000.0", "13001", "75 011", ""),
    "city": ("Paris", "PARIS 11", "Bourg en Bresse", "Lyon", "Marseille", ""),
    "latitude": ("48.85", "48,85", "2.37", "0", "nord", "", "48.85, 2.37"),
    "longitude": ("2.37", "48.85", "0", "", "9999"),
    "seats": ("2", "2.0", "02", "0", "deux", "", "1 place"),
    "grades": ("seconde", "2nde", "terminale", "", "3e et 2nde"),
    "weeks": ("les deux", "semaine 1", "2026-W25", "juin", "", "2025-W25"),
    "daily_hours": ("lundi au vendredi 9h-12h et 13h30-17h", "5h-9h", "horaires de bureau", ""),
    "lunch_break": ("De 12 h à 13 h", "", "cantine"),
    "contact_email": ("mailto:RH@Exemple.FR", "rh@exemple.fr", "rh chez exemple", ""),
    "contact_phone": ("01 40 50 60 70", "standard", ""),
    "contact_name": ("Camille Exemple", "", "#N/A"),
    "permalink": ("https://www.exemple.fr/1", "https://test.exemple.fr/1", ""),
    "published_on": ("2026-01-02", "02/01/2026", "13/01/2026", "01/13/2026", "31/12/9999", "bientôt", ""),
    "expires_on": ("2026-03-03", "04/03/2026", "2026-02-31", "2026-06-30", "2025-12-31", "", "06/30/2026"),
}  # fmt: skip
KINDS: dict[str, dict[str, Any]] = {
    "plain": {},
    "masked": {"mask_contacts": True, "same_reference": "first", "day_first": True},
    "strict": {
        "require": ("siret", "weeks"),
        "refuse_repairs": ("mojibake", "html_to_text", "siret_form", "shortened"),
    },
    "agreed": {
        "lookups": {"sector": {"Métier rare": "s10", "else": "s37"}, "is_public": {"else": "non"}},
        "default": {"seats": "3", "expires_on": "15/06/2026", "weeks": "semaine 1"},
    },
    "elements": {"kind": "json", "repeated": "keep"},
}


def a_feed(name: str, columns: set[str], **other: Any) -> Feed:
    said = {**KINDS[name], **other}
    default, kind = said.pop("default", {}), said.pop("kind", "csv")
    heads = said.pop("heads", {})
    mapping = {one: {"from": heads.get(one, one), "default": default.get(one)} for one in SENT if one in columns}
    table = {"kind": kind, **({"records": "offers"} if kind == "json" else {})}
    return Feed.model_validate(
        {"partner": "p", "name": "f", "title": "", "source": None, "format": table, "mapping": mapping, **said}
    )


Row = dict[str, str]


def a_row(pick: random.Random, number: int, sound: float) -> Row:
    row = {name: SOUND.get(name, "") for name in CELLS} | {"reference": f"R{number:04d}"}
    for name, cells in CELLS.items():
        if pick.random() > sound:
            row[name] = pick.choice(cells)
    return row


def written(rows: list[Row], feed: Feed, path: Path) -> Path:
    heads = {name: source.headers[0] for name, source in feed.mapping.items()}
    named = [{heads[name]: cell for name, cell in row.items() if name in heads} for row in rows]
    if feed.format.kind == "json":
        several = [{k: [v, "autre"] if k == "street" and v == "" else v for k, v in row.items()} for row in named]
        path.write_text(json.dumps({"offers": several}, ensure_ascii=False), encoding="utf-8")
        return path
    out = StringIO()
    writer = csv.DictWriter(out, [*heads.values()], delimiter=";")
    writer.writeheader()
    writer.writerows(named)
    path.write_text(out.getvalue(), encoding="utf-8")
    return path


def nights(pick: random.Random, count: int) -> Iterator[tuple[list[Row], int]]:
    """The rows of each night, and the days since the last: edits, moves, repeats, new ones, ends."""
    rows = [a_row(pick, number, 0.9) for number in range(count)]
    for _ in range(5):
        yield [dict(row) for row in rows], pick.choice((0, 1, 1, 3, -1))
        for row in pick.sample(rows, max(1, count // 15)):
            name = pick.choice(list(CELLS))
            row[name] = pick.choice(CELLS[name])
        rows = [row for row in rows if pick.random() > 0.03]
        rows += [dict(pick.choice(rows)) for _ in range(pick.randint(0, 2))]
        rows += [a_row(pick, pick.randint(0, 9999), 0.8) for _ in range(pick.randint(0, 3))]
        if pick.random() < 0.6:
            pick.shuffle(rows)


def alike(whole: Examined, short: Examined) -> None:
    for one in fields(Examined):
        a, b = getattr(whole, one.name), getattr(short, one.name)
        if isinstance(a, pd.DataFrame):
            pd.testing.assert_frame_equal(b, a, obj=one.name)
        elif one.name == "content":
            pd.testing.assert_series_equal(b, a)
        elif one.name == "copies":
            pd.testing.assert_frame_equal(b.lines, a.lines)
        elif one.name not in ("batch", "remember", "same"):
            assert b == a, one.name


def again(memory: Memory) -> Memory:
    found = Memory.loaded(memory.dumped())
    assert found is not None
    return found


@pytest.mark.parametrize("seed", range(1))
@pytest.mark.parametrize("kind", KINDS)
def test_nights_walked_short_are_nights_walked_whole(tmp_path: Path, kind: str, seed: int) -> None:
    pick, memory, today = random.Random(f"{kind} {seed}"), None, TODAY  # noqa: S311  # no secret hangs on it
    mapped = {*REQUIRED, "seats", "expires_on", "siret", "weeks", *pick.sample(list(CELLS), 8)}
    taken = 0
    for night, (rows, days) in enumerate(nights(pick, 40)):
        today += timedelta(days=days)
        heads = {"seats": "Places"} if night == 4 else {}  # a header renamed, and with it what is said of its cells
        other = {"mask_contacts": False} if night == 3 and kind == "masked" else {}
        feed = a_feed(kind, mapped, heads=heads, **other)
        drop = written(rows, feed, tmp_path / f"{night}.{feed.format.kind}")
        whole = examine(drop, drop.name, feed, load(), today)
        timed = Stages()
        short = examine(drop, drop.name, feed, load(), today, timed, remembering=Remembering(memory))
        alike(whole, short)
        assert short.remember is not None
        taken += memory is not None and "clean" in timed.seconds and night < 3
        memory = again(short.remember(f"{night}"))
    assert taken
