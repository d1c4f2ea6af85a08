"""Each language writes numbers, days, shares, plurals and lists its own way."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from offers.wording import Language

FR, EN = Language.FRENCH, Language.ENGLISH


def test_numbers_are_written_as_in_each_language() -> None:
    assert (FR.number(1962), EN.number(1962), FR.number(38)) == ("1\u202f962", "1,962", "38")


def test_the_plural_begins_at_two_in_french_and_spares_only_one_in_english() -> None:
    assert [FR.quantity(n, "ligne", "lignes") for n in (0, 1, 2)] == ["0\u00a0ligne", "1\u00a0ligne", "2\u00a0lignes"]
    assert [EN.quantity(n, "line", "lines") for n in (0, 1, 2)] == ["0\u00a0lines", "1\u00a0line", "2\u00a0lines"]
    assert FR.quantity(1_000_000, "ligne", "lignes") == "1\u202f000\u202f000\u00a0lignes"


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


def test_a_list_is_joined_as_each_language_joins() -> None:
    assert [FR.listed(names) for names in (["a"], ["a", "b"], "abc")] == ["a", "a et b", "a, b et c"]
    assert EN.listed("abc") == "a, b and c"


def test_months_and_weekdays_have_their_names() -> None:
    assert (FR.month(7), FR.month(7, "abbreviated"), FR.weekday(0), EN.weekday(6)) == (
        "juillet", "juil.", "lundi", "Sunday",
    )  # fmt: skip


def test_of_a_pair_each_language_says_its_own() -> None:
    assert [language.pick(("oui", "yes")) for language in Language] == ["oui", "yes"]
