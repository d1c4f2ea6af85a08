"""Whatever holds a drop is said to the person who made it in her own language, with whom to call."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from connectors.formats.refusal import _ENTRIES, _MAGIC, _STREAMS, _TEXT, other_bytes
from connectors.formats.xml import read_xml
from offers.errors import Unreadable
from offers.feed import Limits
from offers.findings import LOOKS, SAID
from offers.format import Format
from offers.model import ENDED, Counts, Finding, Severity, VerdictKind
from offers.wording import Language
from reports.returns.content import Return
from reports.returns.findings import FINDINGS, OURS
from reports.returns.page import html
from reports.returns.words import Words
from story.enrich import SETTING
from story.failures import FAILED, UNANSWERED, UNCLEARED, UNKEPT, not_read
from testing.findings import an_example
from validation.gate.table import TABLE

XML = type("Feed", (), {"format": Format(kind="xml", record="offre")})
ROOT = Path(__file__).resolve().parents[3]
FLOORS = ("offers", "connectors", "validation", "story", "operations", "flows")
MAKES = {"finding_of", "_finding", "_add"}
"""Whatever makes a finding; its check and its severity are the first or the next two of what it is given."""
NAMED = {"unreadable", ENDED, FAILED, UNKEPT, UNCLEARED, UNANSWERED}
"""Those whose maker is given, or says, which of them it is."""
SERVICES = {f"{name}_not_{what}" for name in SETTING for what in ("asked", "known")}


@cache
def made() -> set[tuple[str, str]]:
    """Every finding that the code makes, by its check, with its severity as written."""
    found = set()
    for path in (path for floor in FLOORS for path in (ROOT / floor).rglob("*.py")):
        for call in (node for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Call)):
            name = call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")
            said = [ast.unparse(one).strip("'") for one in call.args] if name in MAKES else []
            found |= {(check, said[said.index(check) + 1]) for check in SAID.keys() & {*said}}
    return found


def checks() -> set[str]:
    """The names of all that the employer's page may show: whatever is not made as a note."""
    graver = {check for check, severity in made() if severity != "Severity.NOTE"}
    return NAMED | graver | {row.name for row in TABLE if row.severity is not Severity.NOTE}


def test_whatever_is_worded_for_ops_is_found_by_something() -> None:
    assert {check for check, _ in made()} | NAMED | SERVICES == {*SAID, "unreadable", ENDED}


def test_every_finding_that_may_reach_an_employer_has_its_words_or_is_ours_alone() -> None:
    missing = checks() - set(FINDINGS) - OURS
    assert not missing, (
        f"say in reports/returns/findings.py what it means to the employer, or that it is ours: {missing}"
    )
    assert not set(FINDINGS) & OURS
    notes = {check for check, severity in made() if severity == "Severity.NOTE"}
    assert not (set(FINDINGS) | OURS) - checks() - notes, "nothing makes these any more"


def test_whatever_bytes_look_like_is_said_in_french() -> None:
    assert {what for _, what in _MAGIC + _TEXT + _STREAMS + _ENTRIES} | {"tar", "odt"} == set(LOOKS)
    for what in LOOKS:
        finding = not_read(XML, other_bytes("a.csv", b"9 bytes..", what, "a CSV file", "Ask for it"))
        assert "Il ressemble à un" in (Words(Language.FRENCH).finding(finding) or "")
        assert f"9 bytes that look like {LOOKS[what][1]}" in finding.sentence


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
    assert says in (Words(Language.FRENCH).finding(not_read(XML, caught.value)) or "")


@pytest.mark.parametrize("check", sorted(checks() - OURS - {"unreadable"}))
def test_a_held_drop_says_in_french_that_it_waits_why_and_whom_to_call(make: Callable[..., Return], check: str) -> None:
    finding = replace(an_example(check), severity=Severity.STOP, sentence="An English sentence for ops.")
    counts = Counts(read=6, rejected=2, repeated=1, created=3)
    page = html(make(VerdictKind.QUARANTINED, counts, (finding,), contact="stages@education.example"))
    assert "est mis en attente" in page
    assert "Pourquoi il attend" in page
    assert "Un de nos contrôles l’a arrêté" not in page
    assert "An English sentence" not in page
    assert "Aucune de vos offres déjà en ligne n’a été modifiée ni retirée" in page
    assert "stages@education.example" in page


def test_the_figures_of_a_held_drop_are_written_the_french_way(make: Callable[..., Return]) -> None:
    finding = Finding("updates_too_much", Severity.STOP, "", "", "…", {"updated": 1400, "standing": 1962})
    page = html(make(VerdictKind.QUARANTINED, Counts(), (finding,)))
    assert "1\u202f400 des 1\u202f962 offres que vous avez en ligne changeraient" in page
