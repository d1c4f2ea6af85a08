"""The rule above all: every cell that came is in the record, in a repair, in a rejection or in a finding."""

from __future__ import annotations

import csv
import io
import json
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import pandas as pd
import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from config.tables import load
from offers.columns import BY_NAME, SENT
from offers.examined import Examined
from offers.feed import ColumnSource, Feed
from offers.format import Format
from story.examine import examine
from testing.drawing import SOUND
from testing.examples import examples

TODAY = date(2026, 3, 2)
BOTH = "2026-W25 2026-W26"

READ: dict[str, dict[str, Any]] = {
    "title": {"Découverte de l'atelier": None, "  Découverte  de l'atelier ": "Découverte de l'atelier"},
    "description": {"Tu suivras l'équipe de l'atelier.": None},
    "employer_name": {"Ateliers Rivoire": None},
    "employer_description": {"Une PME de mécanique.": None, "": None},
    "employer_website": {"https://www.exemple.fr": None, "www.exemple.fr": "https://www.exemple.fr", "": None},
    "siret": {"73282932000074": None, "732 829 320 00074": "73282932000074", "": None},
    "is_public": {"oui": "true", "FAUX": "false", "": "false"},
    "sector": {"Mécanique": "s37", "s37": None},
    "street": {"12 rue des Forges": None},
    "postal_code": {"75011": None},
    "city": {"Paris": None, "PARIS": "Paris"},
    "latitude": {"48.8534": None},
    "longitude": {"2.3788": None, "2,3788": "2.3788"},
    "seats": {"2": None, "02": "2", "": "1"},
    "grades": {"seconde": None, "2nde": "seconde", "": "seconde"},
    "weeks": {"semaine 1": "2026-W25", "les deux": BOTH, "": BOTH},
    "daily_hours": {"mon=09:00-12:00": None, "": None},
    "lunch_break": {"De 12 h à 13 h": None, "": None},
    "handicap_accessible": {"non": "false", "X": "true", "": "false"},
    "qpv": {"non": "false", "": "false"},
    "permalink": {"https://www.exemple.fr/1": None, "": None},
    "contact_name": {"Camille Exemple": None, "": None},
    "contact_email": {"stages@exemple.fr": None, "": None},
    "contact_phone": {"+33140506070": None, "01 40 50 60 70": "+33140506070", "": None},
    "published_on": {"2026-01-15": None, "01/02/2026": "2026-02-01", "15-JAN-26": "2026-01-15", "": None},
    "expires_on": {"2026-06-05": None, "5 juin 2026": "2026-06-05", "": None},
}  # fmt: skip
"""By column, what a sound cell says and what the record then holds; None: the same, or nothing for nothing."""

ACCIDENTS = {
    "title": ("N/A", "#REF!", "x", "x" * 200),
    "description": ("null", "court", "mot " * 900),
    "employer_name": ("#N/A", "x" * 200),
    "employer_description": ("#NOM?", "Une phrase. " * 60),
    "employer_website": ("notre site", "https://e.fr/" + "a" * 600),
    "siret": ("00000000000000", "73282932000075", "4,51321E+13", "N/A", "à venir", "732829320"),
    "is_public": ("peut-être", "n/a", "2"),
    "sector": ("Dragons", "N/A"),
    "street": ("néant", "#REF!"),
    "postal_code": ("7500", "99999", "N/A"),
    "city": ("Nulle-Part", "#REF!"),
    "latitude": ("nord", "40.4168", "N/A"),
    "longitude": ("est", "n.c."),
    "seats": ("2 places", "deux", "0", "9" * 5000, "N/A", "1,5"),
    "grades": ("terminale", "troisieme", "N/A"),
    "weeks": ("été", "semaine 30", "N/A", "du 6 au 10 juillet 2026"),
    "daily_hours": ("selon planning", "5h-9h", "N/A"),
    "lunch_break": ("Une cantine est là. " * 20, "#REF!", "-"),
    "handicap_accessible": ("à voir", "N/A"),
    "qpv": ("QP075011", "#REF!"),
    "permalink": ("https://e.fr/" + "a" * 200, "ici", "https://test.fr/1", "N/A"),
    "contact_name": ("x" * 200, "N/A"),
    "contact_email": ("anne@@exemple.fr", "N/A"),
    "contact_phone": ("standard", "N/A"),
    "published_on": ("bientôt", "31/02/2026", "9999-12-31", "00/00/0000", "06/25/2026", "juin 2026", "N/A", "0"),
    "expires_on": ("fin juin", "31/12/9999", "9999-12-31T23:59:59Z", "2026-06-31", "N/A", "1900-01-01"),
}
"""By column, what the record must not hold, nor its default in silence."""

REFERENCES = ("2,02611E+14", "1.23E15", "EXEMPLE-1", "N/A", "#REF!")
Row = dict[str, str]


def row(number: int) -> st.SearchStrategy[Row]:
    """A sound line with up to three accidents."""
    sound = st.fixed_dictionaries({name: st.sampled_from(sorted(READ[name])) for name in READ})
    odd = st.lists(
        st.sampled_from([*((name, seen) for name, several in ACCIDENTS.items() for seen in several),
                         *(("reference", seen) for seen in REFERENCES)]),
        max_size=3,
    )  # fmt: skip
    return st.builds(lambda cells, accidents: {"reference": f"R-{number}", **cells, **dict(accidents)}, sound, odd)


ROWS = st.integers(1, 5).flatmap(lambda count: st.tuples(*(row(number) for number in range(1, count + 1))))


def as_csv(rows: tuple[Row, ...]) -> bytes:
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, list(SENT), delimiter=";")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


def as_json(rows: tuple[Row, ...]) -> bytes:
    return json.dumps(rows, ensure_ascii=False).encode()


def as_xml(rows: tuple[Row, ...]) -> bytes:
    records = ("".join(f"<{name}>{escape(text)}</{name}>" for name, text in row.items()) for row in rows)
    return f"<offres>{''.join(f'<offre>{record}</offre>' for record in records)}</offres>".encode()


def as_xlsx(rows: tuple[Row, ...]) -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_urls": False}) as book:
        sheet = book.add_worksheet()
        for at, cells in enumerate([dict(zip(SENT, SENT, strict=True)), *rows]):
            for column, name in enumerate(SENT):
                sheet.write_string(at, column, cells[name])
    return out.getvalue()


WRITERS = {"csv": (as_csv, 2), "json": (as_json, 1), "xml": (as_xml, 1), "xlsx": (as_xlsx, 2)}
"""By format, how rows are written, and the number of the first."""


@cache
def feed(kind: str) -> Feed:
    format = Format(kind=kind, record="offre" if kind == "xml" else None)
    mapping = {name: ColumnSource.model_validate(name) for name in SENT}
    return Feed(partner="p", name="f", title="", source=None, format=format, mapping=mapping)


def seen_through(kind: str, rows: tuple[Row, ...], folder: Path) -> Examined:
    drop = folder / f"drop.{kind}"
    drop.write_bytes(WRITERS[kind][0](rows))
    return examine(drop, drop.name, feed(kind), load(), TODAY)


def unaccounted(found: Examined, line: int, cells: Row) -> list[str]:
    """The columns of a kept line that hold neither what was sent nor a word on it."""
    kept = found.kept.loc[line]
    told = set(found.repairs.loc[found.repairs["line"] == line, "field"])
    lost = []
    for name, seen in cells.items():
        held: Any = None if pd.isna(kept[name]) else kept[name]
        sound = name in READ and seen in READ[name]
        meant = READ[name][seen] if sound else None
        if not (held == (meant or seen or None) if sound or name == "reference" else name in told) and name not in told:
            lost.append(f"{name}: {seen[:60]!r} became {held!r}")
    return lost


@pytest.mark.parametrize("kind", list(WRITERS))
@examples(2)
@given(rows=ROWS)
def test_every_cell_is_in_the_record_or_told(tmp_path: Path, kind: str, rows: tuple[Row, ...]) -> None:
    found = seen_through(kind, rows, tmp_path)
    refused = set(found.rejections["line"])
    assert refused | set(found.kept.index) | set(found.repeated["line"]) == set(
        range(WRITERS[kind][1], WRITERS[kind][1] + len(rows))
    )
    for line, cells in enumerate(rows, start=WRITERS[kind][1]):
        if line in found.kept.index:
            assert unaccounted(found, line, cells) == []
        fields = set(found.rejections.loc[found.rejections["line"] == line, "field"])
        told = fields | set(found.repairs.loc[found.repairs["line"] == line, "field"])
        accidents = {name for name, seen in cells.items() if seen not in READ.get(name, {seen})}
        assert accidents <= told, f"a refused line says nothing of {accidents - told}"


@pytest.mark.parametrize("kind", list(WRITERS))
def test_each_accident_of_an_optional_column_is_told_and_costs_no_offer(tmp_path: Path, kind: str) -> None:
    """All at once: what the property tries now and then. Seats, weeks, grades and a minor's hours cost their line."""
    cases = [(name, seen) for name, several in ACCIDENTS.items() for seen in several if not BY_NAME[name].required]
    base = {name: next(iter(sorted(READ[name], reverse=True))) for name in READ} | {"employer_description": ""}
    rows = tuple({**base, **SOUND, "reference": f"R-{at}", name: seen} for at, (name, seen) in enumerate(cases))
    found = seen_through(kind, rows, tmp_path)
    for line, (name, seen) in enumerate(cases, start=WRITERS[kind][1]):
        told = found.repairs[(found.repairs["line"] == line) & (found.repairs["field"] == name)]
        costs = (name in ("seats", "weeks", "grades") and seen != "N/A") or seen == "5h-9h"
        assert (line in set(found.rejections["line"])) == costs, (name, seen)
        assert costs or len(told), (name, seen)
