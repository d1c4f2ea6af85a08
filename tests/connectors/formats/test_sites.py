"""Records that list several places: one is taken whole, the others are told, or each makes a row."""

from __future__ import annotations

import json
from typing import Any

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from connectors.formats.json import read_json
from connectors.formats.records.sites import MOST_PLACES
from connectors.formats.xml import read_xml
from offers.feed import Feed, Limits
from offers.mapping import map_columns
from offers.model import Batch
from testing.examples import examples

MAPPING = {"reference": "id", "street": "lieux.rue", "postal_code": "lieux.cp", "city": "lieux.ville"}
FIRST = {column: {"from": header, "repeat": "first"} for column, header in MAPPING.items()}


def a_feed(kind: str = "json", mapping: dict[str, Any] = MAPPING, **more: Any) -> Feed:
    how = {"kind": kind, "record": "offre"} if kind == "xml" else {"kind": kind}
    return Feed(partner="p", name="f", title="P", source=None, format=how, mapping=mapping, **more)


def of(record: dict[str, Any], feed: Feed | None = None) -> Batch:
    return read_json(json.dumps([{"id": "1", **record}]).encode(), "o.json", (feed or a_feed()).reading, Limits())


def told(batch: Batch, feed: Feed | None = None) -> list[str]:
    return [one.seen for one in map_columns(batch, feed or a_feed()).findings if one.check == "several_places"]


def rows(batch: Batch, feed: Feed | None = None) -> list[list[str | None]]:
    frame = map_columns(batch, feed or a_feed()).frame
    return [[None if pd.isna(cell) else cell for cell in row] for row in frame.to_numpy().tolist()]


LYON = {"rue": "1 rue A", "cp": "69003", "ville": "Lyon"}
LILLE = {"rue": "5 rue de Lille", "cp": "59000", "ville": "Lille"}


def test_the_street_of_one_place_never_stands_beside_the_town_of_another() -> None:
    batch = of({"lieux": [{"cp": "69003", "ville": "Lyon"}, LILLE]})
    assert rows(batch) == [["1", None, "69003", "Lyon"]]
    assert told(batch) == ["1 records with 1 more places: 1"]
    assert rows(batch, a_feed(mapping=FIRST)) == [["1", None, "69003", "Lyon"]]


def test_a_place_that_says_nothing_and_one_that_is_said_twice_are_not_several() -> None:
    batch = of({"lieux": [{"pays": "France"}, {}, LYON, dict(LYON)]})
    assert (rows(batch), told(batch)) == ([["1", "1 rue A", "69003", "Lyon"]], [])


def test_a_place_is_as_well_the_item_of_an_inner_list() -> None:
    feed = a_feed(mapping={"street": "lieux.adresse.rue", "city": "lieux.adresse.ville"})
    batch = of({"lieux": [{"adresse": [LYON, LILLE]}, {"adresse": {"ville": "Nice"}}]}, feed)
    assert rows(batch, feed) == [["1 rue A", "Lyon"]]
    assert told(batch, feed) == ["1 records with 2 more places: 1"]


def test_lists_of_one_length_go_side_by_side_and_others_are_refused() -> None:
    feed = a_feed(
        mapping={"street": {"from": "rues", "repeat": "first"}, "city": {"from": "villes", "repeat": "first"}}
    )
    assert rows(of({"rues": ["rue A", "rue B"], "villes": ["Lyon", "Lille"]}, feed), feed) == [["rue A", "Lyon"]]
    unclear = of({"rues": ["rue B"], "villes": ["Lyon", "Lille"]}, feed)
    assert rows(unclear, feed) == [[None, "Lyon"]]  # whose street it is, nobody knows
    three = of({"rues": ["rue A", "rue B", "rue C"], "villes": ["Lyon", "Lille"]}, feed)
    assert rows(three, feed) == [["rue A\x1erue B\x1erue C", "Lyon\x1eLille"]]  # a rule refuses the line


def test_several_lines_of_one_street_are_no_places() -> None:
    feed = a_feed(mapping={"street": {"from": "adresse.ligne", "repeat": ", "}, "city": "adresse.ville"})
    batch = of({"adresse": {"ligne": ["Bât. A", "12 rue des Forges"], "ville": "Paris"}}, feed)
    assert (rows(batch, feed), told(batch, feed)) == ([["Bât. A, 12 rue des Forges", "Paris"]], [])


def test_a_town_beside_the_list_chooses_the_place_that_bears_it() -> None:
    feed = a_feed(mapping={"street": "lieux.rue", "city": "ville"})
    assert rows(of({"ville": "LILLE", "lieux": [LYON, LILLE]}, feed), feed) == [["5 rue de Lille", "LILLE"]]
    assert rows(of({"ville": "Nice", "lieux": [LYON, LILLE]}, feed), feed) == [[None, "Nice"]]


def test_a_street_beside_the_list_is_that_of_no_place_in_particular() -> None:
    feed = a_feed(mapping={"street": ["lieux.rue", "siege"], "city": "lieux.ville"})
    assert rows(of({"siege": "8 rue du Siège", "lieux": [{"ville": "Lyon"}, LILLE]}, feed), feed) == [[None, "Lyon"]]
    assert rows(of({"siege": "8 rue du Siège", "lieux": [{"ville": "Lyon"}]}, feed), feed) == [
        ["8 rue du Siège", "Lyon"]
    ]


def test_the_places_of_what_a_filter_leaves_aside_are_nobody_s_concern() -> None:
    feed = a_feed(filter=[{"column": "id", "drop": ["1"], "reason": "not_for_us"}])
    assert told(of({"lieux": [LYON, LILLE]}, feed), feed) == []


def test_repeated_elements_of_xml_are_places_as_well() -> None:
    feed = a_feed("xml")
    text = (
        "<o><offre><id>1</id><lieux><cp>69003</cp><ville>Lyon</ville></lieux>"
        "<lieux><rue>5 rue de Lille</rue><cp>59000</cp><ville>Lille</ville></lieux></offre></o>"
    )
    batch = read_xml(text.encode(), "o.xml", feed.reading, Limits())
    assert rows(batch, feed) == [["1", None, "69003", "Lyon"]]


def test_each_place_makes_an_offer_under_a_reference_that_no_order_changes() -> None:
    feed = a_feed(places="each")
    batch = of({"lieux": [LYON, LILLE, {**LYON, "rue": "7 rue B"}]}, feed)
    assert (told(batch, feed), batch.read) == ([], 3)
    assert [row[0] for row in rows(batch, feed)] == ["1@69003-lyon", "1@59000-lille", "1@69003-lyon-2"]
    turned = rows(of({"lieux": [LILLE, LYON]}, feed), feed)
    assert [row[:2] for row in turned] == [["1@59000-lille", "5 rue de Lille"], ["1@69003-lyon", "1 rue A"]]
    assert [row[0] for row in rows(of({"lieux": LYON}, feed), feed)] == ["1@69003-lyon"]


def test_a_reference_too_long_with_its_place_bears_its_checksum() -> None:
    feed = a_feed(places="each")
    (row,) = rows(of({"id": "x" * 45, "lieux": [LYON | {"ville": "Saint-Remy-en-Bouzemont-Saint-Genest"}]}, feed), feed)
    assert row[0] is not None
    assert (row[0][:46], len(row[0])) == ("x" * 45 + "@", 54)


TEXT = st.sampled_from(["Lyon", "Lille", "1 rue A", "69003", "x", ""])
PLACE = st.dictionaries(st.sampled_from(["rue", "cp", "ville", "note"]), TEXT, max_size=4)


@given(st.lists(st.lists(PLACE, max_size=4), min_size=1, max_size=4), st.booleans())
@examples(20)
def test_whatever_is_taken_is_one_of_the_places_that_were_sent(records: list[list[dict[str, str]]], each: bool) -> None:
    feed = a_feed(places="each" if each else "first")
    data = json.dumps([{"id": str(at), "lieux": places} for at, places in enumerate(records)])
    batch = read_json(data.encode(), "o.json", feed.reading, Limits())
    sent = [{tuple(place.get(key) or None for key in ("rue", "cp", "ville")) for place in places} for places in records]
    taken = 0
    for reference, *place in rows(batch, feed):
        one = sent[int((reference or "").partition("@")[0])]
        assert tuple(place) in one | {(None, None, None)}
        taken += any(place)
    left = sum(int(seen.split()[3]) for seen in told(batch, feed))
    assert taken + left == sum(len(one - {(None, None, None)}) for one in sent)


def test_a_record_of_very_many_places_is_refused_and_not_looked_through() -> None:
    batch = of({"lieux": [{"ville": f"V{at}"} for at in range(MOST_PLACES + 1)]})
    assert "\x1e" in str(rows(batch)[0][3])
