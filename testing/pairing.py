"""Records of several feeds, published night by night, and a dock to look at them from."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
from sqlalchemy import text

from config.settings import Settings
from offers.changes import compare
from offers.columns import NAMES
from offers.examined import Examined
from offers.feed import Terms
from offers.model import Counts, Delivery, Landed, VerdictKind
from story.dock import Dock, open_dock
from warehouse.store import Store

MONDAY = datetime(2026, 3, 2, 4, 30, tzinfo=UTC)
OWN, FOUND = "rivoire/offres", "jobs/seconde"
"""An employer's own feed, and an aggregator's."""
TERMS = {OWN: Terms("employer"), FOUND: Terms("aggregator")}
TEXT = "Tu suivras l'équipe de l'atelier : usinage, contrôle des pieces et préparation des commandes du jour."
NEAR = "Tu suivras l'équipe de l'atelier : usinage, contrôle et rangement, puis visite des bureaux le dernier jour."
"""A text that is nearly TEXT: for a person to look at."""
SOUND = {
    "title": "Usinage à l'atelier",
    "description": TEXT,
    "employer_name": "Ateliers Rivoire",
    "is_public": "false",
    "sector": "s31",
    "street": "12 rue des Forges",
    "postal_code": "69003",
    "city": "Lyon",
    "insee_code": "69383",
    "department": "69",
    "seats": "1",
    "grades": "seconde",
    "weeks": "2026-W25 2026-W26",
}


def row(reference: str, **other: str | None) -> dict[str, str | None]:
    """A sound record, with these changes."""
    return {**SOUND, "reference": reference, **other}


def publish(
    store: Store, feed: str, rows: list[dict[str, str | None]], at: datetime, terms: Terms | None = None
) -> Delivery:
    """The feed holds these rows now, and no others."""
    frame = pd.DataFrame(rows, columns=list(NAMES)).astype("str").rename_axis("line")
    changes = compare(frame, store.ledger.standing(feed), "full")
    counts = Counts(len(frame), created=len(changes.created), updated=len(changes.updated), unchanged=changes.unchanged,
                    withdrawn=len(changes.withdrawn))  # fmt: skip
    landed = Landed(feed, "offres.csv", "ab" * 32, 12, at, "landing/ab")
    delivery = Delivery(feed, "offres.csv", "ab" * 32, VerdictKind.ACCEPTED, counts, (), at, at, "rules-1")
    return store.publish(landed, delivery, changes, Examined(), terms=terms or TERMS[feed])


@dataclass
class Quay:
    """A dock, the hour, and what stands."""

    dock: Dock
    at: datetime = MONDAY

    def night(self, feed: str, *rows: dict[str, str | None], terms: Terms | None = None) -> Delivery:
        """A day later the feed delivers these rows, and no others."""
        self.at += timedelta(days=1)
        return publish(self.dock.store, feed, list(rows), self.at, terms)

    def offers(self) -> dict[str, int]:
        """The offer of each standing record, by feed:reference."""
        query = "select feed || ':' || reference, offer_id from records where withdrawn_at is null"
        return dict(self.rows(query))

    def together(self) -> set[frozenset[str]]:
        """The standing records that are one offer with another, each such offer as a set."""
        parts: dict[int, set[str]] = {}
        for record, offer in self.offers().items():
            parts.setdefault(offer, set()).add(record.split(":")[1])
        return {frozenset(part) for part in parts.values() if len(part) > 1}

    def rows(self, query: str) -> list[Any]:
        """What the database answers."""
        with self.dock.store.warehouse.transaction() as connection:
            return [tuple(found) for found in connection.execute(text(query))]


@contextmanager
def open_quay(home: Path, database_url: str) -> Iterator[Quay]:
    """A quay with everything open."""
    settings = Settings.model_validate({"database_url": database_url, "home": home, "landing": str(home / "landing")})
    quays: list[Quay] = []
    with open_dock(settings, now=lambda: quays[0].at) as dock:
        quays.append(Quay(dock))
        yield quays[0]


def ended_from_outside(*_given: Any) -> None:
    """What a worker sees of the kernel that wants its memory back: nothing at all."""
    os._exit(9)
