"""What the employers of a year have on their side: their files, answers and TOMLs; plain values, no server."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from samples.invented import as_csv
from samples.year.employers import Access, Employer, Offer

HEADER = ("Référence", "Intitulé", "Description", "Entreprise", "Secteur", "Adresse", "CP", "Ville", "Places", "Jusqu'au")
COLUMNS = (
    "reference", "title", "description", "employer_name", "sector", "street", "postal_code", "city", "seats",
    "expires_on",
)  # fmt: skip
ERROR_PAGE = b"<!DOCTYPE html>\n<html><head><title>502 Bad Gateway</title></head><body><h1>502</h1></body></html>\n"
"""What an export writes where its own source failed."""
HOUR = 2
"""When all drops are due, in Paris; on the last Sunday of March half past two does not exist, in October twice."""


def rows(employer: Employer, offers: Sequence[Offer]) -> list[dict[str, str]]:
    """The lines of its export, in its own columns; the last day only where it writes one."""
    return [_row(employer, offer) for offer in offers]


def _row(employer: Employer, offer: Offer) -> dict[str, str]:
    values = (
        offer.reference, offer.title, offer.description, employer.name, offer.sector, offer.street, offer.postal_code,
        offer.city, str(offer.seats), offer.last_day.strftime("%d/%m/%Y") if offer.last_day else "",
    )  # fmt: skip
    return {name: value for name, value in zip(HEADER, values, strict=True) if employer.dated or name != HEADER[-1]}


def file(employer: Employer, offers: Sequence[Offer]) -> bytes:
    """Its export as a file."""
    return as_csv(rows(employer, offers), _header(employer))


def answer(employer: Employer, offers: Sequence[Offer], announced: int | None = None) -> bytes:
    """Its export as its API answers: the rows, and how many there are."""
    total = len(offers) if announced is None else announced
    return json.dumps({"total": total, "jobs": rows(employer, offers)}).encode()


def content(employer: Employer, offers: Sequence[Offer]) -> bytes:
    """Its export as it gives it."""
    return answer(employer, offers) if employer.access is Access.API else file(employer, offers)


def _header(employer: Employer) -> tuple[str, ...]:
    return HEADER if employer.dated else HEADER[:-1]


def toml(employer: Employer, source: dict[str, Any]) -> str:
    """Its file."""
    keys = "\n".join(f"{key} = {_said(value)}" for key, value in source.items())
    kind = "jsonl" if employer.access is Access.API else "csv"
    pairs = list(zip(COLUMNS, HEADER, strict=True))[: None if employer.dated else -1]
    mapping = "\n".join(f"{ours} = {json.dumps(theirs, ensure_ascii=False)}" for ours, theirs in pairs)
    minute = 30 if employer.number % 2 else 0
    return (
        f'name = "{employer.name}"\n[feeds.offres]\nscope = "full"\n{"day_first = true" if employer.dated else ""}\n'
        f'schedule = "{minute} {HOUR} * * {employer.rhythm}"\ngrace = "2h"\njitter = "0m"\n'
        f'[feeds.offres.source]\nkind = "{employer.access}"\n{keys}\n'
        f'[feeds.offres.format]\nkind = "{kind}"\n[feeds.offres.mapping]\n{mapping}\n'
    )


def _said(value: Any) -> str:
    return json.dumps(value) if not (isinstance(value, str) and value.startswith("{")) else value
