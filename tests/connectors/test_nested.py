"""Paths into nested records: through lists, by index or key, with what encloses each."""

from __future__ import annotations

from typing import Any

import pytest

from connectors.nested import Above, Astray, is_numbered, records, steps, texts


def found(document: Any, path: str) -> list[Any]:
    return [one for one, _ in records(document, path)[0]]


def test_a_path_goes_through_lists() -> None:
    document = {"results": [{"postes": [{"id": 1}, {"id": 2}]}, {"postes": [{"id": 3}]}]}
    assert found(document, "results.postes") == [{"id": 1}, {"id": 2}, {"id": 3}]
    assert found({"a": [{"b": {"c": [{"d": [{"id": 1}]}, {"d": {"id": 2}}]}}]}, "a.b.c.d") == [{"id": 1}, {"id": 2}]


def test_who_has_none_below_a_list_has_no_record() -> None:
    assert found({"results": [{"nom": "A"}, {"postes": None}, {"postes": []}, {"postes": [{}]}]}, "results.postes") == [
        {}
    ]
    assert found({"results": []}, "results.postes") == []


def test_what_is_no_object_stays_in_its_place_for_the_reader_to_refuse() -> None:
    assert found({"results": [{"postes": [{}]}, "x", None, 3]}, "results.postes") == [{}, "x", 3]


def test_an_index_or_a_key_chooses_in_a_list() -> None:
    oracle = {"items": [{"requisitionList": [{"Id": "1"}, {"Id": "2"}]}, {"requisitionList": [{"Id": "3"}]}]}
    assert found(oracle, "items[0].requisitionList") == [{"Id": "1"}, {"Id": "2"}]
    graph = [{"@type": "Org", "of": [{"id": "1"}]}, {"@type": "Jobs", "of": [{"id": "2"}]}]
    assert found(graph, "[@type=Jobs].of") == [{"id": "2"}]


@pytest.mark.parametrize(
    ("path", "key", "before"), [("jobs", "jobs", ""), ("data.jobs", "jobs", "data"), ("x[3]", "[3]", "x")]
)
def test_a_path_that_leads_nowhere_says_where_it_stopped(path: str, key: str, before: str) -> None:
    with pytest.raises(Astray) as caught:
        records({"data": {"y": 1}, "x": [1]}, path)
    assert (caught.value.key, caught.value.before) == (key, before)


def test_a_key_that_no_item_has_leads_nowhere() -> None:
    with pytest.raises(Astray, match="postes"):
        records({"results": [{"nom": "A"}, {"nom": "B"}]}, "results.postes")


def test_each_record_knows_what_encloses_it_without_the_way_down() -> None:
    document = {"total": "2", "results": [{"nom": "A", "postes": [{"id": "1"}]}]}
    ((_, above),) = records(document, "results.postes")[0]
    assert above == Above({"nom": "A"}, Above({"total": "2"}))


@pytest.mark.parametrize(
    ("value", "is_list"),
    [
        ({"0": {"id": 1}, "2": {"id": 2}}, True),
        ({"0": {"id": 1}, "2": None}, True),
        ({"0": "a", "5": "b"}, True),
        ({"1001": {"id": 1}}, True),
        ({"2024": "3", "2025": "4"}, False),  # texts by year: the keys say something
        ({"0": "a", "x": "b"}, False),
        ({"0": "a", "1": {"b": "c"}}, False),
        ({"²": {}}, False),
        ({}, False),
    ],
)
def test_an_object_keyed_by_numbers_is_the_list_that_php_writes(value: dict[str, Any], is_list: bool) -> None:
    assert is_numbered(value) is is_list


def test_such_an_object_is_walked_as_a_list_and_told() -> None:
    document = {"jobs": {"0": {"id": "a"}, "2": {"id": "b"}}}
    there, numbered = records(document, "jobs")
    assert ([one for one, _ in there], numbered) == ([{"id": "a"}, {"id": "b"}], True)


def test_texts_are_found_through_lists_and_by_what_their_item_says() -> None:
    record = {"h": [{"k": "Pays", "v": "France"}, {"k": "Filière", "v": ["Vente", "Caisse"]}], "on": True}
    assert texts(record, steps("h.v")) == ["France", "Vente", "Caisse"]
    assert texts(record, steps("h[k=Filière].v")) == ["Vente", "Caisse"]
    assert texts(record, steps("h[1].k")) == ["Filière"]
    assert (texts(record, steps("on")), texts(record, steps("h.absent"))) == (["true"], [])
