"""JSON and JSON lines: numbers keep their digits, nests become paths, broken lines are rejections."""

from __future__ import annotations

import json

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.formats.objects import read_json, read_jsonl
from offers.errors import Unreadable
from offers.feed import Format
from offers.model import Batch
from offers.thresholds import Limits


def read(text: str, records: str = "", **limits: int) -> Batch:
    return read_json(text.encode(), "o.json", Format(kind="json", records=records), Limits(**limits))


def lines(text: str, **limits: int) -> Batch:
    return read_jsonl(text.encode(), "o.jsonl", Format(kind="jsonl"), Limits(**limits))


def first(batch: Batch) -> dict[str, str]:
    return {path: value for path, value in batch.frame.iloc[0].items() if not pd.isna(value)}


def test_numbers_keep_their_very_digits() -> None:
    batch = read(
        '[{"siret": 73282932000074, "lat": 48.850, "big": 1e400, "zip": "01000", "deep": 0.1000000000000000055}]'
    )
    assert first(batch) == {
        "siret": "73282932000074",
        "lat": "48.850",
        "big": "1e400",
        "zip": "01000",
        "deep": "0.1000000000000000055",
    }


def test_nests_become_paths_and_lists_are_joined() -> None:
    batch = read(
        '{"data": {"jobs": [{"id": 1, "office": {"town": "Lyon"}, "tags": ["a", "b"], "none": null, "no": "",'
        ' "offices": [{"name": "x"}, {"name": "y", "z": true}], "remote": false}]}}',
        "data.jobs",
    )
    assert first(batch) == {
        "id": "1",
        "office.town": "Lyon",
        "tags": "a\x1fb",
        "offices.name": "x\x1fy",
        "offices.z": "true",
        "remote": "false",
    }
    assert list(batch.frame.index) == [1]


def test_a_single_object_is_a_list_of_one() -> None:
    assert read('{"job": {"id": 1}}', "job").read == 1
    assert read('{"id": 1}').read == 1


def test_an_empty_list_is_a_batch_of_no_rows() -> None:
    assert read('{"jobs": []}', "jobs").read == 0


def test_a_value_that_is_no_object_is_rejected_with_its_number() -> None:
    batch = read('[{"a": 1}, "x", null, {"a": 2}]')
    assert list(batch.frame.index) == [1, 4]
    assert list(batch.malformed["line"]) == [2, 3]
    assert set(batch.malformed["rule"]) == {"record_is_not_an_object"}
    assert batch.read == 4


@pytest.mark.parametrize(
    ("text", "records", "says"),
    [
        ('{"items": [], "count": 0}', "jobs", r"no `jobs` \(found: items, count\).*`format\.records`"),
        ('{"data": {"x": 1}}', "data.jobs", r"no `jobs` in `data` \(found: x\)"),
        ('{"jobs": 3}', "jobs", "a text or number at `jobs`"),
        ('{"jobs": null}', "jobs", "null at `jobs`"),
        ("[1, 2]", "", "no object"),
        ('[{"a": 1}, {"a"', "", r"broken JSON at line 1, column \d+"),
        ('{"a": 1}\n{"a": 2}', "", r'kind = "jsonl"'),
        ("<html></html>", "", "an HTML page"),
        ("[" * 100_000, "", "nesting"),
        ('[{"a":' * 70 + "1" + "}]" * 70, "", "64 levels"),
    ],
)
def test_what_is_not_the_feeds_json_is_unreadable(text: str, records: str, says: str) -> None:
    with pytest.raises(Unreadable, match=says):
        read(text, records)


def test_broken_lines_of_json_lines_are_rejected_with_their_line() -> None:
    batch = lines('{"a": 1}\r\n\n{"a": \n[1]\n{"a": "x\u2028y"}\n')
    assert list(batch.frame.index) == [1, 5]
    assert batch.frame["a"][5] == "x\u2028y"
    assert dict(zip(batch.malformed["line"], batch.malformed["rule"], strict=True)) == {
        3: "line_is_not_json",
        4: "record_is_not_an_object",
    }


def test_a_document_in_place_of_json_lines_is_unreadable() -> None:
    with pytest.raises(Unreadable, match=r'none of them a JSON object.*kind = "json"'):
        lines('[\n{"a": 1\n}\n]\n')


def test_more_records_than_the_limit_are_unreadable() -> None:
    with pytest.raises(Unreadable, match=r"limits\.rows"):
        read("[{}, {}, {}]", rows=2)
    with pytest.raises(Unreadable, match=r"limits\.rows"):
        lines("{}\n{}\n{}\n", rows=2)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.dictionaries(st.sampled_from("abc"), st.text(max_size=5), max_size=3), min_size=1, max_size=5))
def test_texts_come_back_as_they_were_written(records: list[dict[str, str]]) -> None:
    batch = read(json.dumps(records))
    for number, record in enumerate(records, start=1):
        here = {path: value for path, value in batch.frame.loc[number].items() if not pd.isna(value)}
        # the one sign that stands between repeated texts is read as another white space
        assert here == {path: value.replace("\x1f", "\x1c") for path, value in record.items() if value}
