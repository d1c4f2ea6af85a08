"""Whatever holds a drop is said to the person who made it in her own language, with whom to call."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path

import pytest

from connectors.formats.refusal import _ENTRIES, _MAGIC, _STREAMS, _TEXT
from connectors.formats.xml import read_xml
from offers.errors import Unreadable
from offers.feed import Limits
from offers.format import Format
from offers.model import ENDED, Counts, Finding, Severity, VerdictKind
from offers.wording import Language
from reports.returns.content import Return
from reports.returns.findings import FINDINGS, OURS
from reports.returns.page import html
from reports.returns.words import Words
from story.failures import FAILED, UNANSWERED, UNCLEARED, UNKEPT
from validation.gate.table import TABLE

ROOT = Path(__file__).resolve().parents[3]
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
    "new_school_year": "the bytes taken on 2026-05-04, 12 of 40 records without a year of their own",
    "older_than_last": "dated 2026-05-04, in its name",
    "control_total_differs": "6 records read, 7 announced at line 9",
    "cut_off": "ends within a letter, at line 9, byte 12 (0xC3)",
    "references_fold_together": "29 of 30 lines, such as « 2,02611E+14 »",
    "references_rewritten": "« STG-1.0 »",
    "date_order_contradicted": "3 of 4 dates of « Fin le », such as « 06/25/2027 »",
    "rows_within_a_cell": "3 rows within a cell, among them « STG-1 »",
}
"""Each check that can stop a drop, with what it says that it saw."""
FLOORS = ("offers", "connectors", "validation", "story", "operations", "flows")
MAKES = {"Finding", "_finding", "_add"}
"""Whatever makes a finding; its check is the first or the second of what it is given."""
PASSED_ON = {"check", "self.check"}
"""Said by a maker that was given the check itself."""


@cache
def made() -> list[tuple[str, ast.Call]]:
    """Every finding that the code makes, by the name of its check as written."""
    found = []
    for path in (path for floor in FLOORS for path in (ROOT / floor).rglob("*.py")):
        for call in (node for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Call)):
            name = call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")
            if name in MAKES and len(call.args) > 4:  # less is given to others of the same name
                said = [ast.unparse(one) for one in call.args[:2]]
                check = next((one for one in said if one in PASSED_ON or "'" in one or one.isupper()), said[0])
                found.append((check, call))
    return found


def checks() -> set[str]:
    """The names of all that the employer's page may show: whatever is not made as a note."""
    known: dict[str, Iterable[str]] = {"UNANSWERED": (UNANSWERED,)}
    named = {FAILED, UNKEPT, UNCLEARED, ENDED, "unreadable"}  # whose maker is given, or says, which of them it is
    named |= {row.name for row in TABLE if row.severity is not Severity.NOTE}
    for said, call in made():
        if said in PASSED_ON or any(ast.unparse(one) == "Severity.NOTE" for one in call.args):
            continue
        if said in known:
            named |= set(known[said])
        else:
            named.add(ast.literal_eval(said))
    return named


def test_every_finding_that_may_reach_an_employer_has_its_words_or_is_ours_alone() -> None:
    missing = checks() - set(FINDINGS) - OURS
    assert not missing, (
        f"say in reports/returns/findings.py what it means to the employer, or that it is ours: {missing}"
    )
    assert not set(FINDINGS) & OURS
    assert not (set(FINDINGS) | OURS) - checks(), "nothing makes these any more"


def test_whatever_bytes_look_like_is_said_in_french() -> None:
    for what in {*(what for _, what in _MAGIC + _TEXT + _STREAMS + _ENTRIES), "a tar archive"}:
        finding = Finding(
            "unreadable", Severity.STOP, "unreadable bytes", "csv", f"a.csv: 9 bytes that look like {what}"
        )
        assert "Il ressemble à un" in (Words(Language.FRENCH).finding(finding) or "")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("<o>\n<offre><t>a", "s’arrête avant sa fin, à la ligne 2"),
        ("<o>\n<offre></t>", "À la ligne 2, une balise se ferme"),
        ("<o>\n<offre a=>", "pas bien formé à la ligne 2, colonne 10"),
        ("<!DOCTYPE o [<!ENTITY a 'b'>]><o/>", "<!DOCTYPE>"),
    ],
)
def test_why_a_document_cannot_be_read_is_said_in_french(text: str, says: str) -> None:
    with pytest.raises(Unreadable) as caught:
        read_xml(text.encode(), "o.xml", Format(kind="xml", record="offre"), Limits())
    finding = Finding("unreadable", Severity.STOP, "unreadable bytes", "xml", str(caught.value))
    assert says in (Words(Language.FRENCH).finding(finding) or "")


def test_no_check_that_stops_is_forgotten_here() -> None:
    stopping = {row.name for row in TABLE if row.severity is Severity.STOP}
    stopping |= {said.strip("'") for said, call in made() if any(ast.unparse(a) == "Severity.STOP" for a in call.args)}
    drift = (ROOT / "offers" / "gate" / "drift.py").read_text("utf-8")
    stopping |= set(re.findall(r'seen, "([a-z_]+)", (?:seen\.grave|severity)', drift)) - {"lookup_word_new"}
    assert stopping
    assert stopping <= {*SEEN, *PASSED_ON, "unreadable", "ENDED"}  # which are no quarantine


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
