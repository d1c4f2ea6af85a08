"""Records to match and sketches of them, drawn by hand: a sound one, and what a test changes of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from offers.matching.sketches import SKETCHED

ATELIER = "Tu suivras l'équipe de l'atelier : usinage, contrôle des pièces et préparation des commandes du jour."
BUREAU = "Accueil du public au guichet, tri du courrier, découverte des logiciels de gestion et visite des archives."
BOTH_WEEKS, WEEK_1, WEEK_2 = "2026-W25 2026-W26", "2026-W25", "2026-W26"
SIRET, OTHER_SIRET = "35600000000048", "73282932000074"

RECORD = {
    "feed": "rivoire/offres",
    "reference": "STG-1",
    "title": "Stage de seconde : usinage",
    "description": ATELIER,
    "employer_name": "Ateliers Rivoire",
    "organisation": None,
    "siret": SIRET,
    "street": "12 rue des Forges",
    "city": "Saint-Malo",
    "insee_code": "35288",
    "department": "35",
    "weeks": BOTH_WEEKS,
}
SKETCH = {
    "feed": "rivoire/offres",
    "title": "usinage",
    "description": "tu suivras l equipe de l atelier usinage controle des pieces",
    "employer": "ateliers rivoire",
    "department": "35",
    "place": "35288",
    "town": "saint malo",
    "siret": "",
    "street": "",
    "weeks": BOTH_WEEKS,
    "own_row": "",
}
NOWHERE = {"department": "", "place": "", "town": ""}


def records(*rows: Mapping[str, str | None]) -> pd.DataFrame:
    """Sound records with these changes."""
    return pd.DataFrame([{**RECORD, **row} for row in rows], columns=list(RECORD)).astype("str")


def sketches(*rows: Mapping[str, str], ids: Sequence[int] | None = None) -> pd.DataFrame:
    """Sketches in normal form with these changes, of one town and without a site; by id, from 1 unless `ids` says."""
    index = pd.Index(list(range(1, len(rows) + 1) if ids is None else ids), name="sketch", dtype="int64")
    return pd.DataFrame([{**SKETCH, **row} for row in rows], columns=list(SKETCHED), index=index).astype("str")
