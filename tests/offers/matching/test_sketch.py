"""What of a record is compared; records of one feed that are alike in it are compared once."""

from __future__ import annotations

from hashlib import sha256

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from offers.matching import sketch
from offers.matching.normal import VERSION
from offers.matching.sketch import SKETCHED
from testing.sketching import BOTH_WEEKS, OTHER_SIRET, RECORD, SIRET, records

ANY = st.none() | st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=20)
ROW = st.fixed_dictionaries(
    {},
    optional={
        "title": st.sampled_from(["Usinage", "Stage usinage (H/F)", "Accueil", None]),
        "city": st.sampled_from(["Brest", None]),
        "siret": st.sampled_from([SIRET, OTHER_SIRET, None]),
        "feed": st.sampled_from(["rivoire/offres", "orme/accueil"]),
        "reference": st.sampled_from(["a", "b", "c"]),
    },
)


def test_a_sketch_is_the_normal_form_of_what_is_compared():
    sketches = sketch(records({"description": "<p>L'Usinage&nbsp;: contrôle</p>"})).sketches
    assert tuple(sketches.columns) == SKETCHED
    assert sketches.iloc[0].to_dict() == {
        "feed": "rivoire/offres",
        "title": "usinage",
        "description": "l usinage controle",
        "employer": "ateliers rivoire",
        "department": "35",
        "place": "35288",
        "town": "saint malo",
        "siret": SIRET,
        "street": "12 rue forges",
        "weeks": BOTH_WEEKS,
        "own_row": "",
    }


@pytest.mark.parametrize(
    ("column", "other", "twins"),
    [
        ("reference", "STG-2", True),
        ("title", "STAGE de découverte : Usinage (H/F)", True),
        ("employer_name", "SA Ateliers Rivoire", True),
        ("street", "12 bis, rue des Forges", True),
        ("city", "ST-MALO CEDEX", True),
        ("feed", "orme/accueil", False),
        ("title", "Accueil", False),
        ("description", "Un autre texte.", False),
        ("employer_name", "Orme", False),
        ("organisation", "Orme", False),
        ("siret", OTHER_SIRET, False),
        ("siret", None, False),
        ("street", "14 rue des Forges", False),
        ("city", "Cancale", False),
        ("insee_code", "35049", False),
        ("department", None, False),
        ("weeks", "2026-W25", False),
    ],
)
def test_records_of_one_feed_that_differ_in_nothing_compared_share_a_sketch(column, other, twins):
    found = sketch(records({}, {column: other}))
    assert len(found.sketches) == (1 if twins else 2)
    assert (found.of[0] == found.of[1]) == twins


def test_rows_that_stay_offers_of_their_own_have_each_a_sketch():
    rows = records({"reference": "a"}, {"reference": "b"}, {"reference": "c"}, {"reference": "d"})
    found = sketch(rows, np.array([True, True, False, False]))
    assert len(found.sketches) == 3
    assert found.sketches.loc[found.of, "own_row"].tolist() == ["a", "b", "", ""]


def test_columns_that_are_not_there_are_unknown():
    found = sketch(records({})[["title"]])
    assert found.sketches.iloc[0].to_dict() == dict.fromkeys(SKETCHED, "") | {"title": "usinage"}


def test_no_records_have_no_sketches():
    found = sketch(records())
    assert (len(found.sketches), len(found.of)) == (0, 0)


def test_the_id_is_eight_bytes_of_sha256_over_the_version_and_the_texts():
    """Were it another in the next run, every record would be compared again."""
    found = sketch(records({}))
    text = "\x1f".join([VERSION, *found.sketches.iloc[0]])
    expected = int.from_bytes(sha256(text.encode()).digest()[:8], "little", signed=True)
    assert found.of.tolist() == found.sketches.index.tolist() == [expected]


def test_the_index_of_the_records_counts_for_nothing():
    rows = records({}, {"title": "Accueil"})
    assert sketch(rows.set_axis([7, 7])).of.tolist() == sketch(rows).of.tolist()


@settings(max_examples=15, deadline=None)
@given(st.lists(ROW, min_size=2, max_size=4))
def test_a_sketch_does_not_depend_on_the_records_around_it(rows):
    found = sketch(records(*rows))
    assert found.of.tolist() == [int(sketch(records(row)).of[0]) for row in rows]
    assert found.sketches.index.is_unique
    assert set(found.sketches.index) == set(found.of)


@settings(max_examples=20, deadline=None)
@given(st.fixed_dictionaries(dict.fromkeys(RECORD, ANY)))
def test_any_record_has_a_sketch_of_texts(row):
    sketches = sketch(records(row)).sketches
    assert all(isinstance(value, str) for value in sketches.iloc[0])
