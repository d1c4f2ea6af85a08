"""The invented partners of a night: what each is reached by, what is wrong with it, its TOML and what it leaves."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from config.tables import load as load_reference
from samples.invented import SEED, STREETS, TOWNS, as_csv

OFFERS = 40
ORGANISATIONS = 3
CHANGED, NEW, GONE = 1, 2, 1
"""What a partner does between two nights: offers reworded, added and left out."""
LEFT_OF_A_CUT = 4
HEADER = ("Référence", "Intitulé", "Description", "Entreprise", "Secteur", "Adresse", "CP", "Ville", "Places")
COLUMNS = (
    "reference", "title", "description", "employer_name", "sector", "street", "postal_code", "city", "seats",
)  # fmt: skip
TRADES = (
    ("s35", "Découverte de la mécanique", "Tu verras démonter, contrôler et remonter une pompe."),
    ("s28", "Découverte du commerce", "Tu aideras à préparer et à tenir un rayon."),
    ("s13", "Découverte de la communication", "Tu prépareras avec l'équipe une page de son journal."),
    ("s14", "Découverte du recrutement", "Tu assisteras à l'accueil des nouveaux venus."),
)
DUE, GRACE = timedelta(hours=2), timedelta(minutes=90)
"""How long ago each drop was due, and how long after that it is late."""


class Fault(StrEnum):
    """What is wrong with a feed tonight."""

    NONE = "none"
    LATE = "late"
    TRUNCATED = "truncated"
    UNREACHABLE = "unreachable"
    GARBLED = "garbled"


NAMED = {
    Fault.LATE: "late",
    Fault.TRUNCATED: "quarantined",
    Fault.UNREACHABLE: "unreachable",
    Fault.GARBLED: "unreadable",
}
"""The kind of matter that the digest must name each by."""
ERROR_PAGE = b"<!DOCTYPE html>\n<html><head><title>502 Bad Gateway</title></head><body><h1>502</h1></body></html>\n"
"""What a partner's export writes where its own source failed: the garbled drop."""


@dataclass(frozen=True)
class Partner:
    """One partner with one feed, `offres`; `access` is the kind of its source."""

    number: int
    access: str
    fault: Fault = Fault.NONE
    organisation: str | None = None

    @property
    def slug(self) -> str:
        """The partner's."""
        return f"{self.access}-{self.number:02d}"

    @property
    def feed(self) -> str:
        """The feed's slug."""
        return f"{self.slug}/offres"

    @property
    def employer(self) -> str:
        """The name in its offers."""
        return self.organisation or f"Maison {STREETS[self.number % len(STREETS)].split()[-1]} {self.number}"


def cast(count: int) -> list[Partner]:
    """`count` partners (5 at least), each of a kind in turn, the first ones bearing the names of organisations.

    The offers are invented all the same: only by name is an organisation recognised.

    Late and garbled are over folders, unreachable and truncated over SFTP servers, the former's its own.
    """
    faults = {0: Fault.LATE, 1: Fault.UNREACHABLE, 3: Fault.GARBLED, 4: Fault.TRUNCATED}
    kinds = ("folder", "sftp", "api")
    named = dict(enumerate(load_reference().organisations.names[:ORGANISATIONS]))
    return [Partner(at, kinds[at % 3], faults.get(at, Fault.NONE), named.get(at)) for at in range(count)]


def offers(partner: Partner, night: int) -> list[dict[str, str]]:
    """The rows that it offers on a night, 0 being the one before: its own columns, an address for each."""
    rng = random.Random(SEED + partner.number)
    rows = [_offer(partner, number, rng) for number in range(OFFERS + NEW)]
    if night == 0:
        return rows[:OFFERS]
    for row in rows[:CHANGED]:
        row["Description"] += " Le repas de midi est offert."
    return rows[: OFFERS - GONE] + rows[OFFERS:]


def _offer(partner: Partner, number: int, rng: random.Random) -> dict[str, str]:
    sector, title, task = TRADES[number % len(TRADES)]
    code, town, *_ = TOWNS[(partner.number * 7 + number) % len(TOWNS)]
    values = (
        f"{partner.slug.upper()}-{number:03d}",
        title,
        f"{task} Deux semaines dans l'équipe {partner.number}-{number}.",
        partner.employer,
        sector,
        f"{number + 1} {STREETS[partner.number % len(STREETS)]}",
        code,
        town,
        str(rng.randint(1, 3)),
    )
    return dict(zip(HEADER, values, strict=True))


def drop(partner: Partner, night: int) -> bytes | None:
    """What it leaves on a night: None where it leaves nothing. Tonight, 1, its fault shows."""
    rows = offers(partner, night)
    if night and partner.fault is Fault.LATE:
        return None
    if night and partner.fault is Fault.GARBLED:
        return ERROR_PAGE
    return as_csv(rows[:LEFT_OF_A_CUT] if night and partner.fault is Fault.TRUNCATED else rows, HEADER)


def answer(partner: Partner, night: int) -> Any:
    """What its API says: the rows, and how many there are."""
    rows = offers(partner, night)
    return {"total": len(rows), "jobs": rows}


def toml(partner: Partner, source: dict[str, str | int], now: datetime) -> str:
    """Its file: due two hours ago, every night, and told late an hour and a half after that."""
    due = now - DUE
    keys = "\n".join(f"{key} = {_said(value)}" for key, value in source.items())
    kind = "jsonl" if partner.access == "api" else "csv"
    mapping = "\n".join(f'{ours} = "{theirs}"' for ours, theirs in zip(COLUMNS, HEADER, strict=True))
    watched = 'every = "5m"\n' if partner.access == "folder" else ""
    return (
        f'name = "{partner.employer}"\n[feeds.offres]\nscope = "full"\n{watched}'
        f'schedule = "{due.minute} {due.hour} * * *"\ngrace = "{int(GRACE.total_seconds() // 60)}m"\n'
        f'[feeds.offres.source]\nkind = "{partner.access}"\n{keys}\n'
        f'[feeds.offres.format]\nkind = "{kind}"\n[feeds.offres.mapping]\n{mapping}\n'
    )


def _said(value: str | int) -> str:
    if isinstance(value, str) and not value.startswith(("{", "[")):
        return f'"{value}"'
    return str(value).lower() if isinstance(value, bool) else str(value)
