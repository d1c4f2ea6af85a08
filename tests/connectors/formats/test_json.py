"""JSON and JSON lines: numbers keep their digits, nests become paths, broken lines are rejections."""

from __future__ import annotations

import json

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.formats.json import read_json, read_jsonl
from offers.errors import Unreadable
from offers.feed import Limits
from offers.format import Format, ReadingPlan
from offers.model import Batch
from testing.examples import examples


def read(text: str, records: str = "", **limits: int) -> Batch:
    return read_json(text.encode(), "o.json", Format(kind="json", records=records), Limits(**limits))


def lines(text: str, **limits: int) -> Batch:
    return read_jsonl(text.encode(), "o.jsonl", Format(kind="jsonl"), Limits(**limits))


def first(batch: Batch) -> dict[str, str]:
    return {str(path): value for path, value in batch.frame.iloc[0].items() if not pd.isna(value)}


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


def asked(text: str, records: str, *headers: str) -> list[dict[str, str]]:
    reading = ReadingPlan(kind="json", records=records, asked=headers)
    frame = read_json(text.encode(), "o.json", reading, Limits()).frame
    return [{str(path): value for path, value in row.items() if not pd.isna(value)} for row in frame.to_dict("records")]


def test_what_encloses_a_record_and_items_by_key_are_read_where_they_are_asked_for() -> None:
    text = (
        '{"of": "2026", "results": [{"nom": "A", "sites": {"ville": "Lyon"}, "postes": [{"id": 1, '
        '"tree": [{"k": "Pays", "v": "FR"}, {"k": "Filière", "v": "Vente"}]}, {"id": 2}]}, {"nom": "B", "postes": []}]}'
    )
    assert asked(text, "results.postes", "^.nom", "^.sites.ville", "^.^.of", "tree[k=Filière].v", "^.absent") == [
        {"id": "1", "tree.k": "Pays\x1fFilière", "tree.v": "FR\x1fVente", "tree[k=Filière].v": "Vente"}
        | {"^.nom": "A", "^.sites.ville": "Lyon", "^.^.of": "2026"},
        {"id": "2", "^.nom": "A", "^.sites.ville": "Lyon", "^.^.of": "2026"},
    ]
    assert asked(text, "results.postes")[1] == {"id": "2"}


def test_a_list_that_php_wrote_as_an_object_is_that_list_and_told() -> None:
    batch = read('{"jobs": {"0": {"id": 1, "tags": {"0": "a", "2": "b"}}, "5": {"id": 2}}}', "jobs")
    assert (list(batch.frame["id"]), first(batch)["tags"]) == (["1", "2"], "a\x1fb")
    (told,) = batch.findings
    assert (told.check, "`jobs`, `tags`" in told.sentence) == ("list_as_object", True)
    assert asked('[{"by": {"0": "a", "2": "b"}}]', "", "by.2") == [{"by.0": "a", "by.2": "b"}]


def test_half_a_character_in_a_nested_key_is_shown_as_one_that_is_lost() -> None:
    assert first(read('[{"a": {"no\\ud83dte": {"x": "1"}}}]')) == {"a.no\ufffdte.x": "1"}


@pytest.mark.parametrize("around", ["\ufeff\ufeff{}", "\n{}\n\x1a"])
def test_marks_and_blanks_around_a_document_are_nothing(around: str) -> None:
    batch = read(around.format('[{"a": 1}]'))
    assert (first(batch), batch.findings) == ({"a": "1"}, ())


def test_what_comes_after_a_whole_document_is_told_unless_it_may_be_records() -> None:
    batch = read('[{"a": 1}]\n<!-- 0.3 s -->')
    assert (first(batch), [finding.check for finding in batch.findings]) == ({"a": "1"}, ["json_junk_after"])
    with pytest.raises(Unreadable, match="Extra data"):
        read('[{"a": 1}][{"a": 2}]')


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


@examples(13)
@given(st.lists(st.dictionaries(st.sampled_from("abc"), st.text(max_size=5), max_size=3), min_size=1, max_size=5))
def test_texts_come_back_as_they_were_written(records: list[dict[str, str]]) -> None:
    batch = read(json.dumps(records))
    for number, record in enumerate(records, start=1):
        here = {path: value for path, value in batch.frame.loc[number].items() if not pd.isna(value)}
        # the one sign that stands between repeated texts is read as another white space
        assert here == {path: value.replace("\x1f", "\x1c") for path, value in record.items() if value}
