"""A yard to test in: one invented feed, its inbox, a warehouse of its own, and an hour that the test sets."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import text

from config.clock import Watch, unwatched
from config.settings import Settings
from offers.feed import Feed
from offers.model import Delivery
from operations.feeds import the_feed
from operations.ingest import ingest
from samples.invented import as_csv
from story.dock import Dock, open_dock
from testing.database import TODAY

MORNING = TODAY
SLUG = "ateliers/offres"
HEADER = ("Réf.", "Intitulé", "Description", "Site", "Secteur", "Adresse", "CP", "Ville", "Type")
TOML = """
name = "Les Ateliers"
[feeds.offres]
title = "Offres des Ateliers"
[feeds.offres.source]
kind = "folder"
path = "inbox"
glob = "*.csv"
[feeds.offres.format]
kind = "csv"
[feeds.offres.mapping]
reference = "Réf."
title = "Intitulé"
description = "Description"
employer_name = "Site"
sector = "Secteur"
street = "Adresse"
postal_code = "CP"
city = "Ville"
[[feeds.offres.filter]]
column = "Type"
drop = ["CDI"]
reason = "not_a_placement"
"""


def offer(reference: str, **other: str) -> dict[str, str]:
    """One sound row in the partner's own columns, each reference at an address of its own."""
    row = {
        "Réf.": reference,
        "Intitulé": f"Découverte de l'atelier {reference}",
        "Description": "Tu suivras l'équipe de l'atelier pendant deux semaines.",
        "Site": "Ateliers Rivoire",
        "Secteur": "Mécanique",
        "Adresse": f"{reference.lstrip('R0') or 12} rue des Forges",
        "CP": "69003",
        "Ville": "Lyon",
        "Type": "Stage",
    }
    return {**row, **other}


def offers(count: int, **other: str) -> list[dict[str, str]]:
    """`count` sound rows, R001 onwards."""
    return [offer(f"R{number:03d}", **other) for number in range(1, count + 1)]


def table(rows: list[dict[str, str]]) -> bytes:
    """The rows as the partner's CSV."""
    return as_csv(rows, HEADER)


def aged(path: Path, at: datetime) -> None:
    """Date a file back: one that was only just written is looked at twice, which takes a moment."""
    os.utime(path, (at.timestamp(), at.timestamp()))


@dataclass
class Yard:
    """One feed, its inbox, and the hour."""

    home: Path
    dock: Dock
    feed: Feed
    at: datetime = MORNING
    hours: list[datetime] = field(default_factory=list)
    left: int = 0

    @property
    def inbox(self) -> Path:
        return self.home / "inbox"

    def leave(self, content: bytes | list[dict[str, str]], name: str = "offres.csv") -> Path:
        """The partner leaves a file, a second after the last, an hour before now: it is no longer growing."""
        path = self.inbox / name
        path.write_bytes(content if isinstance(content, bytes) else table(content))
        self.left += 1
        aged(path, self.at - timedelta(hours=1) + timedelta(seconds=self.left))
        return path

    def run(self, watch: Watch = unwatched, **changed: Any) -> list[Delivery]:
        """The feed is run, an hour after the last time."""
        self.at += timedelta(hours=1)
        return ingest(self.feed.model_copy(update=changed), self.dock, watch)

    def take(self, content: bytes | list[dict[str, str]], **changed: Any) -> Delivery:
        """The partner leaves a file and the feed is run; the one delivery of it."""
        self.leave(content)
        (delivery,) = self.run(**changed)
        return delivery

    def standing(self) -> set[str]:
        """The references that stand."""
        frame = self.dock.store.ledger.standing(SLUG)
        return set(frame.loc[~frame["withdrawn"], "reference"])

    def correct(self, old: str, new: str) -> None:
        """A person corrects the partner's file."""
        toml = self.home / "partners" / "ateliers.toml"
        said = toml.read_text(encoding="utf-8")
        if old not in said:
            raise ValueError(f"the partner's file does not say {old!r}")
        toml.write_text(said.replace(old, new), encoding="utf-8")

    def everything(self) -> list[object]:
        """All that a rehearsal must leave alone."""
        tables = ("deliveries", "findings", "records", "record_versions", "quarantine", "rejections", "drops")
        with self.dock.store.warehouse.transaction() as connection:
            return [connection.execute(text(f"select * from {name} order by 1, 2")).all() for name in tables]


@cache
def sound(count: int) -> Callable[[Yard], Delivery]:
    """What is done in a yard in which so many offers are to stand: they are left, and the feed is run."""
    return lambda yard: yard.take(offers(count))


@contextmanager
def open_yard(home: Path, database_url: str) -> Iterator[Yard]:
    """A yard under `home`, with everything open."""
    partners = home / "partners"
    partners.mkdir(exist_ok=True)
    (home / "inbox").mkdir(exist_ok=True)
    (partners / "ateliers.toml").write_text(TOML, encoding="utf-8")
    settings = Settings.model_validate(
        {"database_url": database_url, "home": home, "partners": partners, "landing": str(home / "landing")}
    )
    yards: list[Yard] = []
    with open_dock(settings, now=lambda: yards[0].at) as dock:
        yards.append(Yard(home, dock, the_feed(settings, SLUG)))
        yield yards[0]
