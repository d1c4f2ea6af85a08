from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest

from offers.model import Finding, Severity
from reports.returns.phrases import NOUNS, PHRASES
from reports.returns.remarks import FINDINGS
from reports.returns.words import Words

FR, EN = Words("fr"), Words("en")
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


def test_numbers_are_written_as_in_each_language() -> None:
    assert (FR.number(1962), EN.number(1962), FR.number(38)) == ("1\u202f962", "1,962", "38")


def test_the_plural_begins_at_two_in_french_and_spares_only_one_in_english() -> None:
    assert [FR.count(n, "line") for n in (0, 1, 2)] == ["0\u00a0ligne", "1\u00a0ligne", "2\u00a0lignes"]
    assert [EN.count(n, "line") for n in (0, 1, 2)] == ["0\u00a0lines", "1\u00a0line", "2\u00a0lines"]
    assert set(NOUNS) >= {"line", "line_to_correct", "offer_taken"}


@pytest.mark.parametrize(
    ("part", "whole", "french"),
    [
        (0, 0, "0"),
        (0, 5, "0"),
        (1, 2, "50"),
        (1, 3, "33,3"),
        (1, 90_000, "<\u00a00,1"),
        (89_999, 90_000, ">\u00a099,9"),
        (5, 5, "100"),
    ],
)
def test_a_share_is_never_rounded_to_nothing_or_to_all(part: int, whole: int, french: str) -> None:
    assert FR.percent(part, whole) == french + "\u202f%"


def test_a_sentence_keeps_its_signs_on_the_line() -> None:
    assert FR.typeset("« 7 » : vide ; ou ?") == "«\u00a07\u00a0»\u00a0: vide\u202f; ou\u202f?"
    assert EN.typeset("“7” : empty") == "“7” : empty"


def test_an_instant_is_told_in_paris() -> None:
    when = datetime(2026, 5, 31, 22, 5, tzinfo=UTC)
    assert FR.instant(when) == "1er\u00a0juin 2026 à 0\u00a0h\u00a005"
    assert EN.instant(when) == "1 June 2026 at 00:05"


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
