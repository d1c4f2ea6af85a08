"""What a run ends in, as Prefect's engine on a worker takes it: what failed must be an exception."""

from __future__ import annotations

import pytest

from connectors.http.answers import refusal
from flows.runs import NotTaken, failed, state_of
from offers.errors import FeedMisconfigured
from testing.yard import Yard, offers


@pytest.mark.standing(10)
@pytest.mark.parametrize(("left", "name"), [(offers(2), "Quarantined"), (b"%PDF-1.7", "Unreadable")])
def test_a_drop_that_is_not_taken_fails_with_its_sentences_and_its_rows(yard: Yard, left: bytes, name: str) -> None:
    state = state_of([yard.take(left)])
    assert state.name == name
    assert state.message
    with pytest.raises(NotTaken) as fault:
        state.result()
    assert str(fault.value) == state.message
    assert [row["verdict"] for row in fault.value.rows] == [name.lower()]


def test_a_fault_fails_by_its_own_name_and_is_raised_as_it_was() -> None:
    state = failed(FeedMisconfigured("ateliers/ofres: no such feed."))
    assert (state.name, state.message) == ("FeedMisconfigured", "ateliers/ofres: no such feed.")
    with pytest.raises(FeedMisconfigured):
        state.result()


def test_an_api_s_refusal_which_is_more_than_its_sentence_ends_a_run_as_any_fault_does() -> None:
    state = failed(refusal("127.0.0.1, asked for page 1,", 404, "of camille@rivoire.example"))
    assert state.name == "StatusError"
    assert "answered 404" in str(state.message)
    assert "camille" not in f"{state.message} {state.data!r}"


def test_a_night_without_a_drop_is_done(yard: Yard) -> None:
    state = state_of([])
    assert (state.name, state.is_completed(), state.result()) == ("NothingNew", True, [])
