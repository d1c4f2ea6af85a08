"""Lines that differ in their reference alone: found, whatever else the drop holds, and told apart from all others."""

from __future__ import annotations

from collections import defaultdict

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from offers.changes import COPY_COLUMNS, SAME_BUT, Copies, Group, find_copies
from offers.columns import NAMES
from testing.examples import examples

SOUND = {name: f"{name} of all" for name in NAMES} | {"seats": "1"}
WORDS = st.none() | st.sampled_from(["", "a", "b"])
COLUMNS = ("title", "street", "description", "weeks", "contact_name", "permalink")


def kept(*rows: dict[str, str | None], first_line: int = 2) -> pd.DataFrame:
    """Sound records with these changes, R1 onwards."""
    drawn = [{**SOUND, "reference": f"R{at}", **row} for at, row in enumerate(rows, start=1)]
    index = pd.RangeIndex(first_line, first_line + len(rows), name="line")
    return pd.DataFrame(drawn, columns=list(NAMES), index=index).astype("str")


def lines(found: Copies) -> list[tuple[int, ...]]:
    return [group.lines for group in found.groups()]


def test_lines_that_differ_in_reference_and_link_alone_are_one_group() -> None:
    found = find_copies(kept({}, {"title": "another"}, {"permalink": "elsewhere"}, {}), "sum_seats")
    (group,) = found.groups()
    assert (group.lines, group.references) == ((2, 4, 5), ("R1", "R3", "R4"))


@pytest.mark.parametrize("name", SAME_BUT)
def test_any_other_column_makes_two_offers(name: str) -> None:
    other = {"seats": "2"} if name == "seats" else {name: "something else"}
    assert lines(find_copies(kept({}, other), "sum_seats")) == []


@pytest.mark.parametrize("name", SAME_BUT)
def test_what_is_missing_is_not_what_is_there(name: str) -> None:
    assert lines(find_copies(kept({}, {name: None}), "sum_seats")) == []
    assert lines(find_copies(kept({name: None}, {name: None}), "sum_seats")) == [(2, 3)]


def test_what_the_feed_does_not_carry_does_not_tell_lines_apart() -> None:
    frame = kept({}, {}).drop(columns=["siret", "seats", "insee_code"])
    (group,) = find_copies(frame, "sum_seats").groups()
    assert (group.seats_each, group.seats) == ((1, 1), 2)


@pytest.mark.parametrize(
    ("repeated", "offers", "seats", "fewer", "united"),
    [("sum_seats", 1, 6, 2, True), ("keep_first", 1, 2, 2, True), ("keep", 3, 6, 0, False)],
)
def test_the_policy_says_what_a_group_is(repeated: str, offers: int, seats: int, fewer: int, united: bool) -> None:
    found = find_copies(kept(*[{"seats": "2"}] * 3), repeated)  # type: ignore[arg-type]
    (group,) = found.groups()
    assert (group.offers, group.seats, group.seats_each, group.seats_in_sum) == (offers, seats, (2, 2, 2), 6)
    assert (found.fewer, found.united) == (fewer, united)


def test_groups_come_in_the_order_of_the_drop_and_so_do_their_lines() -> None:
    frame = kept({"title": "b"}, {"title": "a"}, {"title": "b"}, {"title": "c"}, {"title": "a"})
    assert lines(find_copies(frame, "sum_seats")) == [(2, 4), (3, 6)]
    assert lines(find_copies(frame.iloc[::-1], "sum_seats")) == [(2, 4), (3, 6)]


@pytest.mark.parametrize("frame", [kept(), kept({}), kept({}, {"title": "another"})])
def test_a_drop_without_copies_has_none(frame: pd.DataFrame) -> None:
    found = find_copies(frame, "sum_seats")
    assert (lines(found), found.fewer, found.united) == ([], 0, False)
    assert tuple(found.lines.columns) == COPY_COLUMNS


def test_published_lines_are_grouped_by_their_offer_with_the_seats_it_has_online() -> None:
    """R1 and R3 are the same and one offer, R4 and R5 only alike; R2 and R6 were told apart by a person."""
    drop = kept({}, {"title": "b"}, {}, {"title": "c"}, {"title": "c!", "seats": "3"}, {"title": "b"})
    offers = {"R1": (7, 2), "R3": (7, 2), "R4": (9, 4), "R5": (9, 4), "R6": (6, 2), "of another drop": (7, 2)}
    online = pd.DataFrame([(name, *said) for name, said in offers.items()], columns=["reference", "offer", "seats"])
    found = find_copies(drop, "sum_seats").published(drop, online)
    one, other = Group((2, 4), ("R1", "R3"), (1, 1), 1, 2), Group((5, 6), ("R4", "R5"), (1, 3), 1, 4)
    assert list(found.groups()) == [one, other]
    assert found.fewer == 2
    assert not find_copies(drop, "sum_seats").published(drop, online.iloc[:0]).united


def test_a_group_is_ready_for_json() -> None:
    (group,) = find_copies(kept({}, {}), "keep_first").groups()
    assert group.as_dict() == {
        "lines": [2, 3], "references": ["R1", "R2"], "seats_each": [1, 1], "seats_in_sum": 2, "offers": 1, "seats": 1
    }  # fmt: skip


@examples(38)
@given(st.lists(st.fixed_dictionaries(dict.fromkeys(COLUMNS, WORDS)), max_size=12))
def test_the_groups_are_those_that_comparing_every_line_gives(rows: list[dict[str, str | None]]) -> None:
    same = defaultdict(list)
    for line, row in enumerate(rows, start=2):
        same[tuple(row[name] for name in COLUMNS if name != "permalink")].append(line)
    assert lines(find_copies(kept(*rows), "sum_seats")) == sorted(tuple(g) for g in same.values() if len(g) > 1)
