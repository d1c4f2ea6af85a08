from __future__ import annotations

import re

import pytest

from offers.model import Finding, Severity
from offers.wording import Language
from reports.returns.findings import FINDINGS
from reports.returns.phrases import PHRASES
from reports.returns.words import Words

FR, EN = Words(Language.FRENCH), Words(Language.ENGLISH)
SAID = PHRASES | FINDINGS


@pytest.mark.parametrize("key", SAID)
def test_both_languages_say_the_same_things(key: str) -> None:
    french, english = SAID[key]
    assert french
    assert english
    assert set(re.findall(r"{\w+}", french)) == set(re.findall(r"{\w+}", english))


@pytest.mark.parametrize("key", SAID)
def test_french_punctuation_never_begins_a_line(key: str) -> None:
    french = SAID[key][0]
    assert not re.search(r" [:;?!»]|« |'", french), (
        "a no-break space before : ; ? ! and inside « », and curly apostrophes"
    )


def test_a_thing_is_counted_in_one_and_in_many() -> None:
    assert [FR.count(n, "line_to_correct") for n in (1, 2)] == ["1\u00a0ligne à corriger", "2\u00a0lignes à corriger"]


def test_a_known_finding_is_told_in_french_with_its_figures() -> None:
    seen = "1200 of 2000 standing records would be withdrawn (60%)"
    told = FR.finding(Finding("withdraws_too_much", Severity.STOP, seen, "", "english"))
    assert told is not None
    assert "1\u202f200 des 2\u202f000 offres" in told


def test_a_finding_names_the_columns_as_the_partner_does_and_joins_lists_as_french_does() -> None:
    emptied = Finding("column_emptied", Severity.WARN, "employer_name 40 % empty, 3 distinct values; street …", "", "x")
    assert "dans\u00a0: Site, Rue." in (FR.finding(emptied, {"employer_name": "Site"}) or "")
    recycled = Finding(
        "references_recycled", Severity.WARN, "7 references mean another offer: A 1, B and 5 more", "", ""
    )
    assert "(A 1, B et 5 autres)" in (FR.finding(recycled) or "")
    quoted = Finding("header_missing", Severity.WARN, "", "« Réf. » and « Titre 2 »", "x")
    assert "« Réf. » et « Titre 2 »" in (FR.finding(quoted) or "")


def test_an_unknown_finding_or_one_without_figures_is_left_to_its_own_sentence() -> None:
    assert FR.finding(Finding("never_heard_of", Severity.STOP, "", "", "x")) is None
    assert FR.finding(Finding("withdraws_too_much", Severity.STOP, "many", "", "x")) is None
