"""Which lines say that their offer is over, and which of the standing offers a torn line names."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest

from offers.calendar import day_of, friday_of, week_over
from offers.changes import are_over
from offers.feed import Feed
from offers.format import Format
from offers.gate.missing import named_in
from offers.model import REJECTION_COLUMNS, Batch, text_frame

LAST = date(2026, 6, 5)


@pytest.mark.parametrize(
    ("expires", "published", "today", "over"),
    [
        ("2026-06-05", None, LAST, False),
        ("2026-06-05", None, date(2026, 6, 6), True),
        ("2026-06-05", "2026-03-02", date(2026, 6, 6), True),
        ("2026-03-01", "2026-03-02", date(2026, 6, 6), False),
        ("05/06/2025", None, date(2026, 6, 6), False),
        ("2025-02-31x", None, date(2026, 6, 6), False),
        (None, None, date(2026, 6, 6), False),
    ],
)
def test_an_offer_is_good_until_the_end_of_its_last_day_and_a_day_in_doubt_ends_none(expires, published, today, over):
    frame = pd.DataFrame({"reference": ["a"], "expires_on": [expires], "published_on": [published]}).astype("str")
    assert are_over(frame, today).tolist() == [over]


def test_a_line_without_a_reference_closes_nothing():
    frame = pd.DataFrame({"reference": [None], "expires_on": ["2020-01-01"], "published_on": [None]}).astype("str")
    assert are_over(frame, LAST).tolist() == [False]


@pytest.mark.parametrize("day", [date(2026, 6, 26), date(2026, 6, 27), date(2026, 6, 30), date(2026, 12, 31)])
def test_a_week_is_over_from_the_day_after_its_friday(day):
    assert friday_of(week_over(day)) < day
    assert (week_over(day) >= "2026-W26") == (day > date(2026, 6, 26))


def test_the_day_turns_in_paris():
    from datetime import UTC, datetime

    assert day_of(datetime(2026, 6, 30, 21, 59, tzinfo=UTC)) == date(2026, 6, 30)
    assert day_of(datetime(2026, 6, 30, 23, 30, tzinfo=UTC)) == date(2026, 7, 1)


def a_feed(reference: object) -> Feed:
    return Feed.model_validate(
        {"partner": "p", "name": "o", "title": "P", "source": None, "format": Format(kind="csv"),
         "mapping": {"reference": reference, "title": "titre"}}
    )  # fmt: skip


def torn(text: str, lines: int = 1) -> Batch:
    told = [dict.fromkeys(REJECTION_COLUMNS, "x") | {"line": 2 + n} for n in range(lines)]
    return Batch(pd.DataFrame(), text_frame(REJECTION_COLUMNS, told), torn=text)


MISSING = pd.Series(["R1", "R12", "A B/3"], dtype="str")


def test_an_offer_is_spared_where_a_torn_line_names_it_and_not_where_its_name_is_part_of_another():
    assert named_in(torn('R12;"Stage;x'), a_feed("ref"), MISSING) == {"R12"}
    assert named_in(torn("0;A B/3;R1"), a_feed("ref"), MISSING) == {"R1", "A B/3"}
    assert named_in(torn("", lines=0), a_feed("ref"), MISSING) == frozenset()


@pytest.mark.parametrize("reference", [{"from": ["a", "b"], "join": "-"}, {"from": "ref", "pattern": r"(\d+)"}])
def test_nothing_is_missing_where_torn_lines_could_not_show_it(reference):
    assert named_in(torn("nothing"), a_feed(reference), MISSING) == frozenset(MISSING)
    assert named_in(torn(""), a_feed("ref"), MISSING) == frozenset(MISSING)
