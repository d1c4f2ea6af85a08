"""The bench of what must be linear finds every expression of the code, and can tell linear from quadratic."""

from __future__ import annotations

import re

import pytest

from bench.expressions import LOCALS, Found, expressions, texts, worst
from bench.linear import cleaners, readers
from bench.slopes import MOST, slope

SIZES = (1_000, 2_000, 4_000)


@pytest.fixture(scope="module")
def found() -> tuple[list[Found], list[str]]:
    return expressions()


def test_every_call_of_re_in_the_code_is_measured_or_says_why_not(found):
    expressions, unknown = found
    assert {where.partition(":")[0] for where in unknown} == set(LOCALS)
    assert len(expressions) > 120


@pytest.mark.parametrize(
    ("where", "holds", "use"),
    [
        ("offers/cleaning/contacts.py", "@", "search"),
        ("offers/cleaning/neat.py", "null|NULL", "sub"),
        ("offers/cleaning/numbers.py", "mailto", "sub"),
        ("connectors/formats/workbook/__init__.py", "row(?=", "split"),
    ],
)
def test_expressions_are_found_wherever_they_are_written_with_how_they_are_used(found, where, holds, use):
    assert any(one.where == where and holds in str(one.pattern) and use in one.uses for one in found[0])


@pytest.mark.nightly
def test_a_quadratic_expression_is_steep_and_a_linear_one_is_not():
    assert worst(Found("here", "[a-z]+@", 0, {"search"}), SIZES)[0] > MOST
    assert worst(Found("here", "(?<![a-z])[a-z]++@", 0, {"search"}), SIZES)[0] < MOST
    assert worst(Found("here", r"\+?0*(\d+)(?:[.,]0+)?", 0, {"fullmatch"}), (2_000, 4_000, 8_000))[0] > MOST


def test_texts_are_made_of_what_a_repeat_repeats():
    made = {maker(12) for maker in texts(r"x(?:ab)+c", re.UNICODE)}
    assert {"xabababababab", "xabababababab\x01"} <= made


def test_a_loop_in_a_loop_is_steep_whatever_the_machine():
    assert slope(lambda text: [text.count(sign) for sign in text], lambda size: "a" * size, SIZES) > MOST


def test_each_module_of_cleaners_and_formats_is_among_them():
    assert {"hours", "weeks", "date", "siret", "contacts", "markup", "integer", "grades"} <= set(cleaners())
    assert set(readers()) == {"csv", "xml", "json", "json lines", "marks", "sheet"}
