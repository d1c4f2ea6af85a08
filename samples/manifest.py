"""What was planted where in an invented drop, so that a test can hold the outcome against it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Outcome = Literal["rejected", "repaired", "repeated", "ignored"]


@dataclass(frozen=True)
class Planted:
    """One line (row, record) and what is to become of it: `fields` are our columns, `note` says what is odd."""

    line: int
    outcome: Outcome
    fields: tuple[str, ...]
    note: str
