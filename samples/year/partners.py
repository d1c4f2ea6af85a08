"""What the employers of a year have on their side: their files, answers and TOMLs; plain values, no server."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from samples.invented import as_csv
from samples.year.employers import Access, Employer, Offer

THEIRS = {
    "reference": "Référence", "title": "Intitulé", "description": "Description", "employer_name": "Entreprise",
    "sector": "Secteur", "street": "Adresse", "postal_code": "CP", "city": "Ville", "seats": "Places",
    "weeks": "Semaines", "expires_on": "Jusqu'au",
}  # fmt: skip
"""Each of our columns by their name for it."""
ERROR_PAGE = b"<!DOCTYPE html>\n<html><head><title>502 Bad Gateway</title></head><body><h1>502</h1></body></html>\n"
"""What an export writes where its own source failed."""
HOUR = 2
"""When all drops are due, in Paris; on the last Sunday of March half past two does not exist, in October twice."""


def rows(employer: Employer, offers: Sequence[Offer]) -> list[dict[str, str]]:
    """The lines of its export, in its own columns."""
    return [{THEIRS[name]: _values(employer, offer)[name] for name in _columns(employer)} for offer in offers]


def _columns(employer: Employer) -> list[str]:
    """An API names the weeks of each offer; only some employers write a last day."""
    left_out = {"weeks": employer.access is not Access.API, "expires_on": not employer.dated}
    return [name for name in THEIRS if not left_out.get(name, False)]


def _values(employer: Employer, offer: Offer) -> dict[str, str]:
    said = {name: str(value) for name, value in vars(offer).items()}
    last = offer.last_day.strftime("%d/%m/%Y") if offer.last_day else ""
    return {**said, "employer_name": employer.name, "weeks": " ".join(offer.weeks), "expires_on": last}


def file(employer: Employer, offers: Sequence[Offer]) -> bytes:
    """Its export as a file."""
    return as_csv(rows(employer, offers), [THEIRS[name] for name in _columns(employer)])


def answer(employer: Employer, offers: Sequence[Offer], announced: int | None = None) -> bytes:
    """Its export as its API answers: the rows, and how many there are."""
    total = len(offers) if announced is None else announced
    return json.dumps({"total": total, "jobs": rows(employer, offers)}).encode()


def content(employer: Employer, offers: Sequence[Offer]) -> bytes:
    """Its export as it gives it."""
    return answer(employer, offers) if employer.access is Access.API else file(employer, offers)


def toml(employer: Employer, source: dict[str, Any]) -> str:
    """Its file."""
    keys = "\n".join(f"{key} = {_said(value)}" for key, value in source.items())
    kind = "jsonl" if employer.access is Access.API else "csv"
    mapping = "\n".join(f"{name} = {json.dumps(THEIRS[name], ensure_ascii=False)}" for name in _columns(employer))
    minute = 30 if employer.number % 2 else 0
    return (
        f'name = "{employer.name}"\n[feeds.offres]\nscope = "full"\n{"day_first = true" if employer.dated else ""}\n'
        f'schedule = "{minute} {HOUR} * * {employer.rhythm}"\ngrace = "2h"\njitter = "0m"\n'
        f'[feeds.offres.source]\nkind = "{employer.access}"\n{keys}\n'
        f'[feeds.offres.format]\nkind = "{kind}"\n[feeds.offres.mapping]\n{mapping}\n'
    )


def _said(value: Any) -> str:
    return json.dumps(value) if not (isinstance(value, str) and value.startswith("{")) else value
