"""Last year's file in the new school year, and a file older than the last: by the sender's own words alone."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from offers.feed import Feed
from offers.format import Format
from offers.gate.staleness import Sent, day_named, older

FEED = Feed(partner="rivoire", name="offres", title="Rivoire", source=None, format=Format(kind="csv"), mapping={})
MONDAY, TUESDAY = datetime(2026, 6, 1, 2, tzinfo=UTC), datetime(2026, 6, 2, 2, tzinfo=UTC)

#     name                      changed    the last one taken          changed    is it older?
DATED = [
    ("offres.csv",              MONDAY,    "offres.csv",               TUESDAY,   True),
    ("offres.csv",              TUESDAY,   "offres.csv",               MONDAY,    False),
    ("offres.csv",              MONDAY,    "offres.csv",               MONDAY,    False),
    ("offres.csv",              None,      "offres.csv",               TUESDAY,   False),
    ("offres.csv",              MONDAY,    "offres.csv",               None,      False),
    ("offres-2026-06-01.csv",   TUESDAY,   "offres-2026-06-02.csv",    MONDAY,    True),
    ("offres-2026-06-02.csv",   MONDAY,    "offres-2026-06-01.csv",    TUESDAY,   False),
    ("offres_20260601.csv.gz",  TUESDAY,   "OFFRES_20260602.CSV.GZ",   MONDAY,    True),
    ("offres-2026-06-01.csv",   TUESDAY,   "stages-2026-06-02.csv",    MONDAY,    False),
    ("offres-2026-06-02.csv",   MONDAY,    "offres-2026-06-02.csv",    TUESDAY,   True),
    ("offres-2026-06-01.csv",   None,      "offres-2026-06-02.csv",    None,      False),
]  # fmt: skip


@pytest.mark.parametrize(("name", "at", "last_name", "last_at", "is_older"), DATED)
def test_a_day_in_names_that_are_alike_decides_else_when_the_file_was_changed(
    name: str, at: datetime | None, last_name: str, last_at: datetime | None, is_older: bool
) -> None:
    found = older(FEED, Sent("aa", name, at), Sent("bb", last_name, last_at), 0)
    assert [finding.check for finding in found] == ["older_than_last"] * is_older
    assert older(FEED, Sent("aa", name, at), Sent("aa", last_name, last_at), 0) == (), "the same bytes are not older"


def test_an_older_part_of_an_incremental_feed_is_too_old_only_where_it_replaces_what_stands() -> None:
    parts = FEED.model_copy(update={"scope": "incremental"})
    drop, last = Sent("aa", "offres.csv", MONDAY), Sent("bb", "offres.csv", TUESDAY)
    assert older(parts, drop, last, replaces=0) == ()
    assert [found.check for found in older(parts, drop, last, replaces=1)] == ["older_than_last"]


@pytest.mark.parametrize(
    ("name", "day"),
    [
        ("offres-2026-06-01.csv", datetime(2026, 6, 1, tzinfo=UTC)),
        ("20260601_offres.csv", datetime(2026, 6, 1, tzinfo=UTC)),
        ("offres-2026-13-01.csv", None),
        ("20260101-20260601.csv", None),
        ("offres-20260601041500.csv", None),
        ("offres.csv", None),
    ],
)
def test_a_name_has_a_day_where_it_holds_just_one(name: str, day: datetime | None) -> None:
    assert day_named(name) == day
