"""Two feeds on one inbox: whether some file would be meant by both."""

from __future__ import annotations

from fnmatch import fnmatchcase

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offers.format import Inbox, may_meet

GLOBS = [
    ("*", "offres.csv", True),
    ("*.csv", "*.xlsx", False),
    ("*.csv", "OFFRES-*", True),
    ("offres-*.csv", "stages-*.csv", False),
    ("a*b", "ab*", True),
    ("?.csv", "??.csv", False),
    ("[a-c]*.csv", "[d-f]*.csv", False),
    ("[a-c]*.csv", "[c-f]*.csv", True),
    ("[!a]*", "a*", False),
    ("offres.csv", "offres.csv", True),
]


@pytest.mark.parametrize(("one", "other", "meet"), GLOBS)
def test_globs_meet_where_a_name_matches_both(one: str, other: str, meet: bool) -> None:
    assert (may_meet(one, other), may_meet(other, one)) == (meet, meet)


@given(st.text("ab.", max_size=6), st.text("ab.*?", max_size=5), st.text("ab.*?", max_size=5))
def test_a_name_that_matches_both_is_never_denied(name: str, one: str, other: str) -> None:
    if fnmatchcase(name, one) and fnmatchcase(name, other):
        assert may_meet(one, other)


def test_feeds_that_leave_all_where_it_is_do_not_rob_one_another() -> None:
    cleared, left = Inbox(("bucket", "s3://a"), ("*",)), Inbox(("bucket", "s3://a"), ("*",), cleared=False)
    assert (cleared.shared(left), left.shared(left)) == (("*", "*"), None)
    assert cleared.shared(Inbox(("bucket", "s3://b"), ("*",))) is None
