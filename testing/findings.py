"""A finding of any check, with fields of the kinds that its words ask for."""

from __future__ import annotations

from typing import Any

from offers.findings import REFORMED, SAID, WRITER, first_of, worded
from offers.model import Finding, Severity
from reports.returns.findings import FINDINGS
from validation.gate.case import SINCE
from validation.gate.table import TABLE

OF_GATE = {row.name: [row.seen, row.expected, row.sentence.replace("{past}", SINCE)] for row in TABLE}
KINDS: dict[str, Any] = {
    "%": 0.6, ".0%": 0.6, "day": "2026-05-04", "range": [1950, 2020], "word": 7, "json": "Réf.", "each": ["Rayon"],
    "more": first_of("ABC", 2), "quoted": ["Réf.", "Titre 2"], "places": first_of([[3, 5, "0xE9"]], 1),
    "paths": ["offres", ""], "pairs": first_of([["ref", "Réf"]], 1), "sheets": [["Archive", True, 3]],
    "signs": ["escape", "blanks"], "tries": [1, 3], "wait": [3, 5], "reformed": next(iter(REFORMED)),
    "reasons": {"abroad": 9}, "changed": [["title", [0.4, 3, 12.0], [0.1, 9, None]]],
}  # fmt: skip
KINDS |= dict.fromkeys(("all", "twelve"), KINDS["more"]) | dict.fromkeys(("asked", "found"), KINDS["pairs"])
KINDS |= {"keys": KINDS["signs"]}
NAMED = {"columns": ["title"], "headers": 12, "format": "csv", "looks": "pdf", "cause": "json", "column": 9}


def _asked(*templates: str) -> dict[str, str]:
    asked: dict[str, str] = {}
    for _, name, shape, _ in (part for text in templates for part in WRITER.parse(text)):
        if name:
            asked[name] = max(asked.get(name, ""), shape if shape in KINDS else "")
    return asked


def names_in(*templates: str) -> set[str]:
    """The fields that templates name."""
    return {*_asked(*templates)}


def an_example(check: str) -> Finding:
    """A finding that warns; where its words do not ask for a kind, a field is 12."""
    said = OF_GATE.get(check) or SAID.get(check, ("", "", "x"))
    asked = _asked(*said, *FINDINGS.get(check, ()))
    fields = {name: KINDS[shape] if shape else NAMED.get(name, 12) for name, shape in asked.items()}
    return worded(check, Severity.WARN, said, fields)
