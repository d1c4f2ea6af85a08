"""The words that differ between two records are marked; case, accents and punctuation are not words."""

from __future__ import annotations

import pytest

from reports.comparing import FIELDS, bracketed, marked, side_by_side


@pytest.mark.parametrize(
    ("one", "other", "first", "second"),
    [
        ("Découverte de l'atelier", "Découverte du bureau", "Découverte [de l'atelier]", "Découverte [du bureau]"),
        ("ÉTÉ à Lyon !", "ete a lyon", "ÉTÉ à Lyon !", "ete a lyon"),
        ("tri", "tri du courrier", "tri", "tri [du courrier]"),
        ("", "tri", "", "[tri]"),
        ("un [deux]", "un trois", "un [[deux]]", "un [trois]"),
    ],
)
def test_words_that_the_other_side_lacks_are_marked(one, other, first, second):
    assert tuple(map(bracketed, marked(one, other))) == (first, second)


def test_a_field_that_neither_record_says_has_no_line():
    said = dict.fromkeys(FIELDS.values())
    (line,) = side_by_side(said | {"title": "tri"}, said | {"title": "tri du courrier"})
    assert (line.name, line.differs) == ("title", True)


def test_only_the_beginning_of_a_description_is_shown():
    said = dict.fromkeys(FIELDS.values())
    (line,) = side_by_side(said | {"description": "mot " * 400}, said | {"description": "mot " * 300})
    assert (len(line.a[0][0]), line.differs) == (499, False)
