"""Whatever holds a drop is said to the person who made it in her own language, with whom to call."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from offers.model import Counts, Finding, Severity, VerdictKind
from reports.page import html
from reports.returns import Return

ROOT = Path(__file__).resolve().parents[2]
SEEN = {
    "drop_is_empty": "0 records",
    "nothing_usable": "4 of 4 lines rejected, none kept",
    "nothing_kept": "9 of 9 records ignored, none kept",
    "closes_too_much": "9 of 9 standing records say that they are over",
    "withdraws_too_much": "8 of 10 standing records would be withdrawn (80%)",
    "updates_too_much": "1400 of 1962 standing records would change (71.4%)",
    "changes_too_much": "700 of 1962 standing records would be withdrawn or change",
    "holds_too_little": "640 records kept",
    "rejects_more": "300 of 900 lines rejected (33.3%)",
    "ignores_less": "2 of 900 records ignored (0.2%)",
    "references_all_new": "0.0% of the references are known",
    "reference_moved": "« jobId » holds the references that stand",
    "filter_word_new": "« Alternance » in « Contrat », 412 records",
    "header_missing": "Réf., Intitulé",
    "filter_header_missing": "Réf., Intitulé",
}
"""Each check that can stop a drop, with what it says that it saw."""


def test_no_check_that_stops_is_forgotten_here() -> None:
    gate = "".join((ROOT / "validation" / f"{name}.py").read_text("utf-8") for name in ("absolute", "learned"))
    stopping = set(re.findall(r'"([a-z_]+)",\s*(?:Severity\.WARN if [a-z.]+ else )?Severity\.STOP', gate))
    drift = (ROOT / "offers" / "drift.py").read_text("utf-8")
    stopping |= set(re.findall(r'seen, "([a-z_]+)", (?:seen\.grave|severity)', drift)) - {"lookup_word_new"}
    assert stopping
    assert stopping <= set(SEEN)


@pytest.mark.parametrize("check", SEEN)
def test_a_held_drop_says_in_french_that_it_waits_why_and_whom_to_call(make: Callable[..., Return], check: str) -> None:
    finding = Finding(check, Severity.STOP, SEEN[check], "« Réf. »", "An English sentence for ops.")
    counts = Counts(read=6, rejected=2, repeated=1, created=3)
    page = html(make(VerdictKind.QUARANTINED, counts, (finding,), contact="stages@education.example"))
    assert "est mis en attente" in page
    assert "Pourquoi il attend" in page
    assert "An English sentence" not in page
    assert "Aucune de vos offres déjà en ligne n’a été modifiée ni retirée" in page
    assert "stages@education.example" in page


def test_the_figures_of_a_held_drop_are_written_the_french_way(make: Callable[..., Return]) -> None:
    finding = Finding("updates_too_much", Severity.STOP, SEEN["updates_too_much"], "", "…")
    page = html(make(VerdictKind.QUARANTINED, Counts(), (finding,)))
    assert "1\u202f400 des 1\u202f962 offres que vous avez en ligne changeraient" in page
