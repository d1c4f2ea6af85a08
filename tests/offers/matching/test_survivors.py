"""Of the records of one offer, which one leads, what the others fill in, and how many seats there are."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from offers.matching.golden import FILLED, TOGETHER, TRUSTED, survivors
from testing.examples import examples

DEFAULTS = {
    "offer": 1,
    "feed": "rivoire/offres",
    "reference": "STG-1",
    "trust": "employer",
    "repeated": "sum_seats",
    "created_at": 100.0,
    "updated_at": 200.0,
    "seats": 1,
    "length": 300,
    "cut": False,
} | {f"has_{name}": False for name in FILLED}
AGGREGATOR, ATS, POSTER = ({"trust": word} for word in ("aggregator", "ats", "multiposter"))
OLD, NEW = {"updated_at": 200.0}, {"updated_at": 300.0}


def records(*rows: dict) -> pd.DataFrame:
    """Records 11, 12, … of one offer, with these changes."""
    drawn = [DEFAULTS | {"id": n} | row for n, row in enumerate(rows, 11)]
    return pd.DataFrame(drawn, columns=["id", *DEFAULTS]).astype({"offer": "int64", "id": "int64"})


def lead(*rows: dict) -> int:
    (found,) = survivors(records(*rows)).leads["lead"].tolist()
    return found


def seats(*rows: dict) -> int:
    (found,) = survivors(records(*rows)).leads["seats"].tolist()
    return found


def filled(*rows: dict) -> dict[str, int]:
    """Each column that is not the lead's, and the record that it is taken from."""
    found = survivors(records(*rows)).filled
    assert not found["column"].duplicated().any()
    return dict(zip(found["column"], found["source"], strict=True))


FULL = {"has_siret": True, "has_permalink": True}


FIRST = {
    "the employer before its ats": ({}, ATS, True),
    "the ats before a multiposter": (ATS, POSTER, True),
    "a multiposter before an aggregator": (POSTER, AGGREGATOR, True),
    "the employer before an aggregator": (AGGREGATOR, {}, False),
    "trust before freshness and fullness": (OLD, AGGREGATOR | NEW | FULL, True),
    "the freshest": (OLD, NEW, False),
    "freshness before fullness": (NEW, OLD | FULL, True),
    "the fullest": ({"has_siret": True}, FULL, False),
    "fullness before age": (FULL | {"created_at": 100.0}, {"has_siret": True, "created_at": 50.0}, True),
    "the oldest": ({"created_at": 100.0}, {"created_at": 50.0}, False),
    "the feed by name": ({"feed": "b/b"}, {"feed": "a/a"}, False),
    "the reference by name": ({"reference": "b"}, {"reference": "a"}, False),
}


@pytest.mark.parametrize(("one", "other", "first"), FIRST.values(), ids=FIRST)
def test_the_most_trusted_leads_then_the_freshest_the_fullest_the_oldest(one, other, first):
    assert lead(one, other) == (11 if first else 12)
    assert lead(other, one) == (12 if first else 11)


def test_each_offer_has_one_lead_and_what_is_filled_comes_from_its_own_records():
    found = survivors(
        records(
            {"offer": 5, "feed": "liste/tout", "trust": "aggregator", "has_siret": True},
            {"offer": 3},
            {"offer": 5},
            {"offer": 3, "feed": "orme/accueil", "trust": "ats", "has_siret": True, "seats": 7},
            {"offer": 4, "seats": 2},
        )
    )
    assert found.leads[["offer", "lead", "seats"]].to_numpy().tolist() == [[3, 12, 1], [4, 15, 2], [5, 13, 1]]
    assert found.filled.sort_values("offer").to_numpy().tolist() == [[3, "siret", 14], [5, "siret", 11]]


def test_a_single_record_fills_nothing_and_no_records_make_no_offers():
    assert (lead({}), filled(FULL)) == (11, {})
    nothing = survivors(records())
    assert (nothing.leads.empty, nothing.filled.empty) == (True, True)


def test_what_the_lead_leaves_empty_comes_from_the_most_trusted_that_says_it():
    assert filled({"has_siret": True}, AGGREGATOR | FULL, ATS | {"has_permalink": True}) == {"permalink": 13}


@pytest.mark.parametrize("name", FILLED)
def test_every_column_that_may_be_empty_is_filled(name):
    expected = {name: 12} | {other: 12 for other, with_it in TOGETHER.items() if with_it == name}
    assert filled({}, AGGREGATOR | {f"has_{name}": True}) == expected


def test_longitude_comes_with_latitude():
    assert filled({}, ATS | {"has_latitude": True}, AGGREGATOR) == {"latitude": 12, "longitude": 12}


DESCRIBED = {
    "the longest": ([{"length": 300}, ATS | {"length": 400}], 12),
    "the lead's where it is the longest": ([{"length": 400}, ATS | {"length": 300}], 11),
    "the lead's where they are alike": ([{"length": 300}, ATS | {"length": 300}], 11),
    "not a longer one that was cut off": ([{"length": 300}, ATS | {"length": 400, "cut": True}], 11),
    "a whole one though the lead's is longer": ([{"length": 400, "cut": True}, ATS | {"length": 300}], 12),
    "of two that were cut off the longest": ([{"length": 300, "cut": True}, ATS | {"length": 400, "cut": True}], 12),
    "not that of the third": ([{"length": 300}, ATS | {"length": 200}, AGGREGATOR | {"length": 900}], 11),
    "not that of the third though the first two were cut off": (
        [{"length": 300, "cut": True}, ATS | {"length": 200, "cut": True}, AGGREGATOR | {"length": 900}],
        11,
    ),
    "of the two most trusted, whichever stands first": (
        [AGGREGATOR | {"length": 900}, AGGREGATOR | {"length": 300, **NEW}, {"length": 200}],
        12,
    ),
}


@pytest.mark.parametrize(("rows", "source"), DESCRIBED.values(), ids=DESCRIBED)
def test_the_description_is_the_longest_whole_one_of_the_two_most_trusted(rows, source):
    assert filled(*rows).get("description", lead(*rows)) == source
    assert filled(*rows).get("description_full") == filled(*rows).get("description")


TWICE = {"reference": "STG-2"}


SEATS = {
    "one row per seat": ([{"seats": 2}, TWICE | {"seats": 2}, {"reference": "STG-3", "seats": 2}], 6),
    "keep_first": ([{"seats": 2, "repeated": "keep_first"}, TWICE | {"seats": 2, "repeated": "keep_first"}], 2),
    "keep": ([{"seats": 2, "repeated": "keep"}, TWICE | {"seats": 2, "repeated": "keep"}], 2),
    "rows of other seats": ([{"seats": 2}, TWICE | {"seats": 3}], 5),
    "another feed": ([{"seats": 2}, ATS | {"seats": 2, "feed": "orme/accueil"}], 2),
    "the lead's word, not that of the less trusted": (
        [{"seats": 2}, AGGREGATOR | {"seats": 40, "feed": "a/a"}, AGGREGATOR | {"seats": 40, "feed": "b/b"}],
        2,
    ),
}


@pytest.mark.parametrize(("rows", "total"), SEATS.values(), ids=SEATS)
def test_seats_are_the_lead_s_and_summed_only_over_its_feed_s_rows(rows, total):
    assert seats(*rows) == total


ROW = st.fixed_dictionaries(
    {"offer": st.integers(1, 3), "feed": st.sampled_from("ab"), "trust": st.sampled_from(TRUSTED)},
    optional={
        "updated_at": st.sampled_from([200.0, 300.0]),
        "created_at": st.sampled_from([50.0, 100.0]),
        "seats": st.integers(1, 9),
        "length": st.sampled_from([100, 200]),
        "cut": st.booleans(),
        "has_siret": st.booleans(),
        "has_latitude": st.booleans(),
        "repeated": st.sampled_from(["sum_seats", "keep_first"]),
    },
)


@examples(5)
@given(st.lists(ROW, min_size=1, max_size=8), st.randoms(use_true_random=False))
def test_the_golden_row_does_not_depend_on_the_order_of_the_records(rows, random):
    drawn = records(*(row | {"reference": f"r{n}"} for n, row in enumerate(rows)))
    shuffled = drawn.sample(frac=1, random_state=random.randrange(2**32))
    one, other = survivors(drawn), survivors(shuffled)
    pd.testing.assert_frame_equal(one.leads, other.leads)
    pd.testing.assert_frame_equal(one.filled, other.filled)


@examples(5)
@given(st.lists(ROW, min_size=1, max_size=8))
def test_every_offer_has_a_lead_of_its_own_and_is_filled_from_others_that_have_it(rows):
    drawn = records(*(row | {"reference": f"r{n}"} for n, row in enumerate(rows)))
    found, by_id = survivors(drawn), drawn.set_index("id")
    leads = dict(zip(found.leads["offer"], found.leads["lead"], strict=True))
    assert {offer: by_id.loc[lead, "offer"] for offer, lead in leads.items()} == {n: n for n in set(drawn["offer"])}
    assert (found.leads["seats"] >= by_id.loc[found.leads["lead"], "seats"].to_numpy()).all()
    for offer, column, source in found.filled.itertuples(index=False):
        assert by_id.loc[source, "offer"] == offer
        assert source != leads[offer]
        if f"has_{column}" in by_id:
            assert by_id.loc[source, f"has_{column}"]
            assert not by_id.loc[leads[offer], f"has_{column}"]
