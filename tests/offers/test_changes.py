"""What a load will do: every kept record is created, updated or unchanged, and nothing else."""

from __future__ import annotations

from hashlib import sha256

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from offers.changes import compare, content_hash, fold_repeats
from offers.columns import NAMES
from offers.model import REPEATED_COLUMNS
from testing.examples import examples

TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=12)
REFERENCES = st.sampled_from([f"r{i}" for i in range(8)])
ROWS = st.lists(st.tuples(REFERENCES, st.none() | TEXT), max_size=12)


def records(rows: list[tuple[str, str | None]], first_line: int = 2) -> pd.DataFrame:
    index = pd.RangeIndex(first_line, first_line + len(rows), name="line")
    return pd.DataFrame(rows, columns=["reference", "title"], index=index).astype("str")


def standing_of(kept: pd.DataFrame, withdrawn: tuple[str, ...] = ()) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "reference": kept["reference"].to_numpy(),
            "content_hash": content_hash(kept).to_numpy(),
            "withdrawn": kept["reference"].isin(withdrawn).to_numpy(),
        }
    ).astype({"reference": "str"})


NOTHING = standing_of(records([]))


def test_the_first_load_creates_everything():
    changes = compare(records([("a", "Atelier"), ("b", "Bureau")]), NOTHING, "full")
    assert list(changes.created["reference"]) == ["a", "b"]
    assert (len(changes.updated), changes.unchanged, changes.withdrawn) == (0, 0, ())


def test_one_changed_word_updates_one_record_and_keeps_its_line():
    before = records([("a", "Atelier"), ("b", "Bureau")])
    after = records([("b", "Bureau d'études"), ("a", "Atelier")], first_line=10)
    changes = compare(after, standing_of(before), "full")
    assert changes.updated["reference"].to_dict() == {10: "b"}
    assert (len(changes.created), changes.unchanged) == (0, 1)


def test_what_a_full_drop_no_longer_holds_is_withdrawn_and_what_an_incremental_one_lacks_is_not():
    before = standing_of(records([("a", "Atelier"), ("b", "Bureau")]))
    now = records([("a", "Atelier")])
    assert compare(now, before, "full").withdrawn == ("b",)
    assert compare(now, before, "incremental").withdrawn == ()


def test_a_reference_whose_line_was_rejected_is_not_missing():
    before = standing_of(records([("a", "Atelier"), ("b", "Bureau")]))
    assert compare(records([("a", "Atelier")]), before, "full", mentioned=["b"]).withdrawn == ()


def test_a_withdrawn_reference_that_comes_back_is_created_and_is_not_withdrawn_twice():
    rows = records([("a", "Atelier"), ("b", "Bureau")])
    before = standing_of(rows, withdrawn=("b",))
    assert list(compare(rows, before, "full").created["reference"]) == ["b"]
    assert compare(rows.iloc[:1], before, "full").withdrawn == ()


def test_a_repeated_reference_must_be_folded_before():
    with pytest.raises(ValueError, match="fold_repeats"):
        compare(records([("a", "x"), ("a", "y")]), NOTHING, "full")


@pytest.mark.parametrize(("policy", "kept", "others"), [("last", 5, [2, 4]), ("first", 2, [4, 5])])
def test_one_line_of_a_repeated_reference_is_kept_and_the_others_name_it(policy, kept, others):
    winners, repeated = fold_repeats(records([("a", "1"), ("b", "2"), ("a", "3"), ("a", "4")]), policy)
    assert sorted(winners.index) == sorted([3, kept])
    assert tuple(repeated.columns) == REPEATED_COLUMNS
    assert list(repeated["line"]) == others
    assert set(repeated["kept_line"]) == {kept}


def test_a_missing_value_is_not_the_empty_one_nor_a_neighbour():
    frame = pd.DataFrame(
        {"reference": ["a"] * 4, "title": [None, "x", "xy", "y"], "description": ["x", None, "z", "xz"]}
    ).astype("str")
    assert content_hash(frame).nunique() == 4


def test_a_column_the_frame_lacks_counts_as_missing_and_a_foreign_one_for_nothing():
    frame = records([("a", "Atelier")])
    assert content_hash(frame.assign(siret=None, foreign="x").astype("str")).equals(content_hash(frame))


def test_the_hash_is_eight_bytes_of_sha256_over_the_texts_in_the_order_of_the_record():
    """It must be the same in every process and for all time: were it another, every record would count as updated."""
    sent = {"reference": "a", "title": "Découverte de l'atelier"}
    text = "\x1f".join(["1", *(sent.get(name, "\x00") for name in NAMES)])
    expected = int.from_bytes(sha256(text.encode()).digest()[:8], "little", signed=True)
    assert content_hash(records([("a", "Découverte de l'atelier")])).tolist() == [expected]


def test_a_frame_put_together_from_pieces_hashes_alike():
    whole = records([("a", "1"), ("b", "2"), ("c", None)])
    pieces = pd.concat([whole.iloc[:1], whole.iloc[1:1], whole.iloc[1:]])
    assert content_hash(pieces).equals(content_hash(whole))
    assert content_hash(whole[1:]).equals(content_hash(whole)[1:])


@examples(15)
@given(ROWS, ROWS, st.sampled_from(["last", "first"]), st.sampled_from(["full", "incremental"]))
def test_every_line_read_is_repeated_created_updated_or_unchanged(before, now, policy, scope):
    stood, _ = fold_repeats(records(before), "last")
    kept, repeated = fold_repeats(records(now), policy)
    changes = compare(kept, standing_of(stood), scope)
    assert len(now) == len(repeated) + len(changes.created) + len(changes.updated) + changes.unchanged
    assert len(set(changes.withdrawn)) == len(changes.withdrawn)
    assert not set(changes.withdrawn) & set(kept["reference"])


@examples(10)
@given(ROWS, st.randoms())
def test_the_same_records_in_any_order_are_all_unchanged(rows, random):
    kept, _ = fold_repeats(records(rows), "last")
    shuffled = kept.sample(frac=1, random_state=random.randrange(2**32))
    changes = compare(shuffled, standing_of(kept), "full")
    assert (len(changes.created), len(changes.updated), changes.withdrawn) == (0, 0, ())
    assert changes.unchanged == len(kept)
