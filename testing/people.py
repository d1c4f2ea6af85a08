"""Rows that name a person, as a partner leaves them: three columns more than the yard's own."""

from __future__ import annotations

import csv
import io

from offers.feed import ColumnSource
from testing.yard import HEADER, Yard, offer

NAMES = {"contact_name": "Contact", "contact_email": "Courriel", "contact_phone": "Téléphone"}
CAMILLE = {"Contact": "Camille Exemple", "Courriel": "camille@rivoire.example", "Téléphone": "01 40 50 60 70"}
SACHA = {"Contact": "Sacha Modèle", "Courriel": "sacha@rivoire.example", "Téléphone": "01 40 50 60 71"}


def reading_contacts(yard: Yard) -> Yard:
    """The yard, its feed mapping the three columns of a person."""
    more = {ours: ColumnSource.model_validate(theirs) for ours, theirs in NAMES.items()}
    yard.feed = yard.feed.model_copy(update={"mapping": {**yard.feed.mapping, **more}})
    return yard


def naming(person: dict[str, str], reference: str, **other: str) -> dict[str, str]:
    """One sound row with its contact."""
    return {**offer(reference, **other), **person}


def sheet(*rows: dict[str, str]) -> bytes:
    """The rows as the partner's CSV."""
    out = io.StringIO()
    writer = csv.DictWriter(out, (*HEADER, *NAMES.values()), delimiter=";")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()
