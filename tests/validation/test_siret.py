"""The rules of a SIRET, as a partner's column meets them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.fr import siret

from config.tables import load
from offers.cleaning.batch import clean
from testing.drawing import YEAR, column, feed
from testing.examples import examples
from validation.contract import check
from validation.rulebook.identity import _keyed
from validation.rulebook.rule import Agreed

if TYPE_CHECKING:
    from collections.abc import Sequence

AGREED = Agreed(feed(), load(), YEAR)


def broken(*numbers: str) -> Sequence[str | None]:
    """The rule that each number breaks where a feed requires it, None where it is sound."""
    batch, agreed = column("siret", *numbers), feed(require=("siret",))
    rejections = check(clean(batch, agreed, load(), YEAR), {}, agreed, load(), YEAR).rejections
    by_line = dict(zip(rejections["line"], rejections["rule"], strict=True))
    return [by_line.get(line) for line in batch.frame.index]


@pytest.mark.parametrize(
    "number",
    [
        "73282932000074",
        "732 829 320 00074",
        "35600000000048",  # La Poste's seat has a Luhn key as well
        "35600000049837",  # digits that sum to 45, no Luhn key
        "35600000000001",  # to 15
        "01407360000000",  # the key of the 14 digits is what was agreed, though no SIREN is in it
    ],
)
def test_a_sound_number_passes(number: str) -> None:
    assert broken(number) == [None]


@pytest.mark.parametrize(
    ("number", "rule"),
    [
        ("35600000000002", "siret_key_is_wrong"),  # La Poste, digits that sum to 16
        ("73282932000083", "siret_key_is_wrong"),  # sums to a multiple of 5, but is not La Poste's
        ("00000000000000", "siret_is_a_placeholder"),
        ("00000000000018", "siret_is_a_placeholder"),  # its key is right
        ("33333333333333", "siret_is_a_placeholder"),
        ("12345678200010", "siret_is_a_placeholder"),  # both keys are right
        ("7328293200007", "siret_not_14_digits"),
        ("732829320000740", "siret_not_14_digits"),
        ("732829320", "siret_not_14_digits"),
        ("4,51321E+13", "siret_in_scientific_notation"),
        ("rh@exemple.fr", "siret_is_an_email"),
        ("MAISONSETCITES", "siret_not_digits"),
        ("FR73282932000074", "siret_not_digits"),
    ],
)
def test_an_unsound_number_breaks_one_rule(number: str, rule: str) -> None:
    assert broken(number) == [rule]


@examples(13)
@given(st.lists(st.from_regex(r"\A(?:\d{14}|356000000\d{5})\Z"), min_size=1, max_size=20))
def test_the_key_of_whole_columns_is_that_of_the_maintained_validator_or_luhns(numbers: list[str]) -> None:
    numbers = [n.translate({ord(d): str(int(d)) for d in n}) for n in numbers]
    from stdnum import luhn

    verdict = _keyed(pd.Series(numbers, dtype="str"), AGREED)
    keyed = [luhn.is_valid(n) for n in numbers]
    assert verdict.tolist() == [a or siret.is_valid(n) for a, n in zip(keyed, numbers, strict=True)]
