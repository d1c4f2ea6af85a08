"""The account of a drop's lines, as CSV, and what a partner's machine reads of the drop."""

from __future__ import annotations

import csv as csv_reader
import io
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pandas as pd

from offers.cleaning.repairs import REPAIRS
from offers.model import IGNORED_COLUMNS, Counts, VerdictKind, text_frame
from offers.wording import Language
from reports.returns.content import Return, acknowledgement, acknowledgement_name, bare, csv

Make = Callable[..., Return]


def rows(written: bytes) -> list[dict[str, str]]:
    return list(csv_reader.DictReader(io.StringIO(written.decode("utf-8-sig"), newline=""), delimiter=";"))


def test_the_csv_has_one_row_per_value_in_the_employers_own_columns(make: Make) -> None:
    told = [
        tuple(row[name] for name in ("statut", "ligne", "référence", "colonne", "valeur reçue", "valeur retenue"))
        for row in rows(csv(make()))
    ]
    assert told == [
        ("refusée", "4", "A-3", "Code postal", "7500", ""),
        ("refusée", "6", "A-5", "Rayon", "'=1+1", ""),
        ("refusée", "6", "A-5", "Courriel", "a…@…", ""),
        ("réparée", "2", "A-1", "Code postal", "1000", "01000"),
        ("en double", "6", "A-5", "N°", "A-5", ""),
    ]


def test_the_csv_says_why_and_what_to_do(make: Make) -> None:
    first, *_, repaired, repeated = rows(csv(make()))
    assert first["explication"] == "Ligne 4, colonne « Code postal » : « 7500 » n’a que 4 chiffres."
    assert first["que faire"] == "Mettez la colonne au format Texte."
    assert (first["règle"], repaired["règle"]) == ("postal_code_not_5_digits", "lost_zero")
    assert repaired["explication"] == REPAIRS["lost_zero"][0]
    assert "ligne 7" in repeated["explication"]


def test_ignored_lines_are_in_the_csv_with_their_reason(make: Make, nothing: dict[str, pd.DataFrame]) -> None:
    ignored = text_frame(IGNORED_COLUMNS, [(3, "Pas un stage de seconde")])
    (row,) = rows(csv(make(**(nothing | {"ignored": ignored}))))
    assert (row["statut"], row["ligne"], row["référence"], row["explication"]) == (
        "laissée de côté", "3", "A-2", "Pas un stage de seconde",
    )  # fmt: skip


def test_a_person_is_masked_even_inside_the_sentence(make: Make) -> None:
    assert b"anne@@x.fr" not in csv(make())


def test_a_reference_made_of_several_columns_is_shown_whole(make: Make) -> None:
    first = rows(csv(make(headers={"reference": "N° + Rayon"})))[0]
    assert first["référence"] == "A-3 s12"


def test_a_return_without_a_word_to_say_is_headers_alone(make: Make, nothing: dict[str, pd.DataFrame]) -> None:
    assert rows(csv(make(**nothing))) == []
    assert csv(make(**nothing)).decode("utf-8-sig").startswith("statut;ligne;référence;colonne")


def test_english_headers_for_an_english_return(make: Make) -> None:
    assert csv(make(lang=Language.ENGLISH)).decode("utf-8-sig").startswith("status;line;reference;column")


def test_a_sentence_beside_its_line_and_column_does_not_repeat_them() -> None:
    assert bare("Ligne 1\u202f214, colonne «\u00a0Code postal\u00a0»\u00a0: il manque un zéro.") == "Il manque un zéro."
    assert bare("Enregistrement 3, champ « lieu.ville » : inconnue.") == "Inconnue."
    assert bare("Line 4, column “Town”: is empty.") == "Is empty."
    assert bare("Ligne illisible : trop de colonnes.") == "Ligne illisible : trop de colonnes."


def test_an_acknowledgement_says_what_came_what_became_of_it_and_when(make: Make) -> None:
    counts = Counts(read=10, ignored=1, rejected=2, created=3, updated=3, unchanged=1, withdrawn=4, linked=5)
    finished = datetime(2026, 6, 1, 6, 0, 7, 500, tzinfo=timezone(timedelta(hours=2)))
    delivery = replace(make(counts=counts, drop="été.csv").delivery, finished_at=finished)
    said = json.loads(acknowledgement(delivery, ["sftp://h:22/outbox/été.csv.retour.html", "été.csv.retour.csv"]))
    assert said == {
        "feed": "bellerive/offres",
        "drop": "été.csv",
        "sha256": "0" * 64,
        "verdict": "accepted",
        "instant": "2026-06-01T04:00:07+00:00",
        "counts": {
            "read": 10, "ignored": 1, "rejected": 2, "repeated": 0, "created": 3, "updated": 3, "unchanged": 1,
            "withdrawn": 4, "repaired": 0,
        },
        "returns": ["été.csv.retour.csv", "été.csv.retour.html"],
    }  # fmt: skip
    beside = {"read", "withdrawn", "repaired"}
    assert said["counts"]["read"] == sum(count for name, count in said["counts"].items() if name not in beside)


def test_an_unreadable_drop_is_acknowledged_as_such(make: Make) -> None:
    delivery = make(VerdictKind.UNREADABLE, Counts()).delivery
    assert json.loads(acknowledgement(delivery))["verdict"] == "unreadable"
    assert acknowledgement_name(delivery.drop) == "offres.csv.ack.json"
