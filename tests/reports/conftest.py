"""One invented drop and its return, small enough to be drawn here."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pandas as pd
import pytest

from offers.model import (
    IGNORED_COLUMNS,
    REJECTION_COLUMNS,
    REPAIR_COLUMNS,
    REPEATED_COLUMNS,
    Batch,
    Counts,
    Delivery,
    Finding,
    VerdictKind,
    text_frame,
)
from reports.returns.content import Return

REJECTIONS = [
    (4, "postal_code", "Code postal", "postal_code_not_5_digits", "7500", "4",
     "Ligne 4, colonne « Code postal » : « 7500 » n’a que 4 chiffres.", "Mettez la colonne au format Texte."),
    (6, "sector", "Rayon", "sector_unknown", "=1+1", "", "Ligne 6, colonne « Rayon » : « =1+1 » n’est pas un secteur.",
     "Choisissez un des 51 secteurs."),
    (6, "contact_email", "Courriel", "email_invalid", "anne@@x.fr", "",
     "Ligne 6, colonne « Courriel » : « anne@@x.fr » n’est pas une adresse.", "Écrivez une adresse."),
]  # fmt: skip
REPAIRS = [
    (2, "postal_code", "Code postal", "1000", "01000", "lost_zero"),
    (2, "title", "Intitulé", " Rayon  frais", "Rayon frais", "white_space"),
]
ROWS = {
    "N°": ["A-1", "A-2", "A-3", "A-4", "A-5", "A-5"],
    "Intitulé": [" Rayon  frais", "Caisse", "Caisse", "<b>Rayon</b>", "Drive", "Drive"],
    "Code postal": ["1000", "75011", "7500", "06000", "13001", "13001"],
    "Rayon": ["s12", "s12", "s12", "=1+1", "s12", "s12"],
    "Courriel": [None, None, None, "anne@@x.fr", None, None],
}


def batch() -> Batch:
    rows = pd.DataFrame(ROWS, index=pd.RangeIndex(2, 8, name="line")).astype("str")
    return Batch(rows, text_frame(REJECTION_COLUMNS))


@pytest.fixture
def make() -> Callable[..., Return]:
    """A return with two refused lines, one mended, one repeated; any part of it can be set."""

    def _make(
        kind: VerdictKind = VerdictKind.ACCEPTED,
        counts: Counts | None = None,
        findings: tuple[Finding, ...] = (),
        drop: str = "offres.csv",
        **more: Any,
    ) -> Return:
        sums = counts or Counts(read=6, rejected=2, repeated=1, created=3, repaired=1)
        start = datetime(2026, 3, 1, 20, 5, tzinfo=UTC)
        delivery = Delivery("bellerive/offres", drop, "0" * 64, kind, sums, findings, start, start, "f", id=12)
        parts: dict[str, Any] = {
            "headers": {"reference": "N°", "title": "Intitulé", "postal_code": "Code postal", "sector": "Rayon"},
            "rejections": text_frame(REJECTION_COLUMNS, REJECTIONS),
            "repairs": text_frame(REPAIR_COLUMNS, REPAIRS),
            "ignored": text_frame(IGNORED_COLUMNS),
            "repeated": text_frame(REPEATED_COLUMNS, [(6, "A-5", 7)]),
            "batch": batch(),
            "contact": "stages@quai.example",
        }
        return Return(title="Supermarchés Bellerive", delivery=delivery, **(parts | more))

    return _make


@pytest.fixture
def nothing() -> dict[str, pd.DataFrame]:
    """A drop of which there is nothing to tell."""
    return {
        "rejections": text_frame(REJECTION_COLUMNS),
        "repairs": text_frame(REPAIR_COLUMNS),
        "ignored": text_frame(IGNORED_COLUMNS),
        "repeated": text_frame(REPEATED_COLUMNS),
    }
