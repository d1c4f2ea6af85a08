from __future__ import annotations

import re

import pytest

from offers.findings import SAID as FOR_OPS
from offers.findings import finding_of, first_of
from offers.model import Finding, Severity
from offers.wording import Language
from reports.returns.findings import FINDINGS
from reports.returns.phrases import PHRASES
from reports.returns.words import Words
from testing.findings import OF_GATE, an_example, names_in

FR, EN = Words(Language.FRENCH), Words(Language.ENGLISH)
SAID = PHRASES | FINDINGS
WARN = Severity.WARN


@pytest.mark.parametrize("key", SAID)
def test_both_languages_say_the_same_things(key: str) -> None:
    french, english = SAID[key]
    assert french
    assert english
    assert names_in(french) == names_in(english)


@pytest.mark.parametrize("key", SAID)
def test_french_punctuation_never_begins_a_line(key: str) -> None:
    french = SAID[key][0]
    assert not re.search(r" [:;?!»]|« |'", french), (
        "a no-break space before : ; ? ! and inside « », and curly apostrophes"
    )


def test_a_thing_is_counted_in_one_and_in_many() -> None:
    assert [FR.count(n, "line_to_correct") for n in (1, 2)] == ["1\u00a0ligne à corriger", "2\u00a0lignes à corriger"]


@pytest.mark.parametrize("check", [*FOR_OPS, *OF_GATE])
def test_each_check_is_worded_for_ops_and_for_employers_from_its_fields(check: str) -> None:
    found = an_example(check)
    assert "{" not in found.seen + found.expected + found.sentence.replace("places = ", "")
    assert found.fields is not None
    for words in (FR, EN) if check in FINDINGS else ():
        assert "{" not in (words.finding(found) or "{"), "it says something, with all that it names"


def test_what_a_sentence_for_employers_names_is_a_field_of_its_finding() -> None:
    beside = {"unreadable": {"format", "looks", "cause"}, "formulas_not_computed": {"rows"}}
    for check, pair in FINDINGS.items():
        named = names_in(*(OF_GATE | FOR_OPS).get(check, ()))
        assert names_in(*pair) <= named | beside.get(check, set()), check


def test_a_known_finding_is_told_in_french_with_its_figures() -> None:
    told = FR.finding(Finding("withdraws_too_much", Severity.STOP, "", "", "x", {"withdrawn": 1200, "standing": 2000}))
    assert told is not None
    assert "1\u202f200 des 2\u202f000 offres" in told


def test_a_finding_names_the_columns_as_the_partner_does_and_joins_lists_as_french_does() -> None:
    emptied = Finding("column_emptied", WARN, "", "", "x", {"columns": ["employer_name", "street"]})
    assert "dans\u00a0: Site, Rue." in (FR.finding(emptied, {"employer_name": "Site"}) or "")
    recycled = finding_of("references_recycled", WARN, count=7, references=first_of([*"ABCDEFG"], 2))
    assert "(A, B et 5 autres)" in (FR.finding(recycled) or "")
    assert "A, B and 5 more" in recycled.sentence
    absent = Finding("header_missing", WARN, "", "", "x", {"absent": ["Réf.", "Titre 2"]})
    assert "«\u00a0Réf.\u00a0» et «\u00a0Titre 2\u00a0»" in (FR.finding(absent) or "")


@pytest.mark.parametrize(
    ("count", "says"),
    [
        (1, "1\u00a0texte destiné aux élèves contient un courriel ou un téléphone (ligne 4). Retirez-le."),
        (2, "2\u00a0textes destinés aux élèves contiennent un courriel ou un téléphone (lignes 4). Retirez-les."),
    ],
)
def test_what_is_counted_agrees_with_its_number(count: int, says: str) -> None:
    fields = {"header": "Titre", "count": count, "lines": "4", "example": "…", "masked": True}
    assert says in (FR.finding(finding_of("contact_in_public_text", WARN, **fields)) or "")


def test_a_place_of_bytes_is_said_in_french() -> None:
    found = finding_of(
        "bytes_of_another_encoding", WARN, drop="a.csv", encoding="utf-8", count=7, at_least=False,
        places=first_of([[3, 5, "0xE9"], [4, 1, "0xE8"]], 2, of=7),
    )  # fmt: skip
    assert "à\u00a0: ligne 3, octet 5 (0xE9), ligne 4, octet 1 (0xE8), …. Leurs" in (FR.finding(found) or "")
    assert "line 3, byte 5 (0xE9), line 4, byte 1 (0xE8), …" in found.seen


def test_an_unknown_finding_or_one_from_before_the_fields_is_left_to_its_own_sentence() -> None:
    assert FR.finding(Finding("never_heard_of", Severity.STOP, "", "", "x", {})) is None
    assert FR.finding(Finding("withdraws_too_much", Severity.STOP, "8 of 10", "at most 30 %", "x")) is None
    assert FR.finding(Finding("drop_is_empty", Severity.STOP, "0 records", "", "x")) == FINDINGS["drop_is_empty"][0]
