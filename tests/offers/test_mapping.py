"""From the partner's headers to our columns: small drops drawn beside what becomes of them."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.tables import load
from offers.calendar import SchoolYear
from offers.cleaning.batch import clean
from offers.feed import Feed
from offers.mapping import map_columns
from offers.model import REJECTION_COLUMNS, Batch, Finding, Mapped, Severity, text_frame
from testing.examples import examples
from validation.contract import check

ALL_REQUIRED = {
    "reference": "ref",
    "title": "titre",
    "description": "texte",
    "employer_name": "employeur",
    "sector": "secteur",
    "street": "rue",
    "postal_code": "cp",
    "city": "ville",
}


def drop(**columns: list[str | None]) -> Batch:
    frame = pd.DataFrame({header.replace("__", " "): texts for header, texts in columns.items()}, dtype="str")
    frame.index = pd.Index(range(2, len(frame) + 2), name="line")
    return Batch(frame, text_frame(REJECTION_COLUMNS))


def a_feed(mapping: dict[str, Any], kind: str = "csv", **more: Any) -> Feed:
    how = {"kind": kind, "record": "offre"} if kind == "xml" else {"kind": kind}
    return Feed(partner="rivoire", name="offres", title="Rivoire", source=None, format=how, mapping=mapping, **more)


def column(mapped: Mapped, name: str) -> list[str | None]:
    return [None if pd.isna(text) else text for text in mapped.frame[name]]


def found(mapped: Mapped, check: str) -> list[Finding]:
    return [finding for finding in mapped.findings if finding.check == check]


def test_a_header_feeds_the_column_it_is_mapped_to_and_lines_are_kept() -> None:
    mapped = map_columns(drop(Titre=["Accueil", None], Autre=["x", "y"]), a_feed({"title": "Titre"}))
    assert column(mapped, "title") == ["Accueil", None]
    assert list(mapped.frame.columns) == ["title"]
    assert (list(mapped.frame.index), mapped.frame.index.name) == ([2, 3], "line")
    assert str(mapped.frame["title"].dtype) == "str"


def test_the_exact_header_wins_over_a_near_one() -> None:
    mapped = map_columns(drop(titre=["near"], Titre=["exact"]), a_feed({"title": "Titre"}))
    assert column(mapped, "title") == ["exact"]
    assert not found(mapped, "header_near")


def test_a_header_that_differs_by_case_accents_or_spaces_is_taken_and_noted() -> None:
    mapped = map_columns(drop(**{" CODE__Postál ": ["75011"]}), a_feed({"postal_code": "Code postal"}))
    assert column(mapped, "postal_code") == ["75011"]
    (note,) = found(mapped, "header_near")
    assert note.severity is Severity.NOTE
    assert "« Code postal » is « CODE Postál »" in note.sentence
    assert mapped.headers["postal_code"] == " CODE Postál "


def test_two_near_headers_are_two_readings_and_neither_is_taken() -> None:
    mapped = map_columns(drop(titre=["a"], TITRE=["b"]), a_feed({"title": "Titre"}))
    assert column(mapped, "title") == [None]
    assert found(mapped, "header_missing")


def test_several_headers_are_joined_without_the_empty_ones() -> None:
    feed = a_feed({"street": {"from": ["no", "voie"], "join": " "}})
    mapped = map_columns(drop(no=["12", None, " ", None], voie=["rue A", "rue B", "rue C", None]), feed)
    assert column(mapped, "street") == ["12 rue A", "rue B", "rue C", None]
    assert mapped.headers["street"] == "no + voie"


def test_without_a_joiner_the_first_header_that_gives_a_value_wins() -> None:
    feed = a_feed({"city": ["ville", "commune", "absente"]})
    mapped = map_columns(drop(ville=["Lyon", None, " "], commune=["Caen", "Nice", None]), feed)
    assert column(mapped, "city") == ["Lyon", "Nice", None]
    assert not found(mapped, "header_missing")


def test_a_pattern_keeps_its_group_and_counts_what_it_does_not_match() -> None:
    feed = a_feed({"postal_code": {"from": "lieu", "pattern": r"^(\d{5})\b"}})
    mapped = map_columns(drop(lieu=["83126 LA SEYNE", "LA SEYNE", None, "07019 AUBENAS"]), feed)
    assert column(mapped, "postal_code") == ["83126", None, None, "07019"]
    (warning,) = found(mapped, "pattern_without_match")
    assert warning.severity is Severity.WARN
    assert warning.seen == "1 of 4 rows"


def test_a_pattern_tries_each_header_in_turn() -> None:
    feed = a_feed({"employer_name": {"from": ["auteur", "service"], "pattern": "^([^@]+)$"}})
    mapped = map_columns(drop(auteur=["a@b.example", "DGFIP"], service=["Trésor", "x"]), feed)
    assert column(mapped, "employer_name") == ["Trésor", "DGFIP"]
    assert not found(mapped, "pattern_without_match")


def test_a_match_that_keeps_nothing_is_meant_to_be_empty() -> None:
    feed = a_feed({"permalink": {"from": "url", "pattern": "^(?:(https://www[.]a[.]example/.*)|)"}})
    mapped = map_columns(drop(url=["https://www.a.example/1", "https://counter.example/?1"]), feed)
    assert column(mapped, "permalink") == ["https://www.a.example/1", None]
    assert not found(mapped, "pattern_without_match")


def test_a_part_that_says_nothing_is_left_out_and_noted_under_its_own_header() -> None:
    batch = drop(no=["12.0", "N/A"], voie=["rue A", "rue B"])
    joined = map_columns(batch, a_feed({"street": {"from": ["no", "voie"], "join": " "}}))
    assert column(joined, "street") == ["12 rue A", "rue B"]
    ((name, cells),) = joined.cells
    assert (name, cells["header"].tolist()) == ("street", ["no", "no"])
    assert cells[["line", "before", "why"]].to_numpy().tolist() == [
        [2, "12.0", "number_form"],
        [3, "N/A", "placeholder"],
    ]
    first = map_columns(batch, a_feed({"street": {"from": ["no", "voie"]}}))
    assert column(first, "street") == ["12", "rue B"]


def test_a_repeated_element_is_joined_or_its_first_text_is_taken() -> None:
    texts: list[str | None] = ["Lyon\x1f\x1f Caen", "Nice", "\x1fBrest\x1f", "\x1f \x1f"]
    joined = map_columns(drop(lieu=texts), a_feed({"city": {"from": "lieu", "repeat": " / "}}, "xml"))
    first = map_columns(drop(lieu=texts), a_feed({"city": {"from": "lieu", "repeat": "first"}}, "xml"))
    assert column(joined, "city") == ["Lyon / Caen", "Nice", "Brest", None]
    assert column(first, "city") == ["Lyon", "Nice", "Brest", None]


def test_several_values_where_one_is_meant_are_told_or_left_for_a_rule_to_refuse() -> None:
    batch = drop(id=["A1\x1fA2", "B1\x1fB1", "C1"], tag=["x\x1fy", "z", "x\x1f x\x1f"])
    mapped = map_columns(batch, a_feed({"reference": "id", "title": "tag"}, "xml"))
    assert column(mapped, "reference") == ["A1\x1fA2", "B1", "C1"]
    assert column(mapped, "title") == ["x, y", "z", "x"]
    (told,) = found(mapped, "several_values")
    assert (told.severity, told.seen) == (Severity.WARN, "« tag », 1 records: 2")
    assert 'repeat = "first"' in told.sentence


@pytest.mark.parametrize("name", ["reference", "street", "postal_code", "city", "latitude", "longitude", "seats"])
def test_of_a_reference_a_place_and_seats_several_values_refuse_the_line(name: str) -> None:
    mapping = ALL_REQUIRED | {name: "x"}
    batch = drop(**{header: ["Accueil et vente"] for header in mapping.values()} | {"x": ["75001\x1f75002"]})
    feed = a_feed(mapping, "xml")
    mapped = map_columns(batch, feed)
    year = SchoolYear(2026)
    told = check(clean(mapped, feed, load(), year), mapped.headers, feed, load(), year).rejections
    assert told.loc[told["field"] == name, "rule"].tolist() == ["several_values"]
    assert "plusieurs valeurs (« 75001 », « 75002 »)" in told.loc[told["field"] == name, "sentence"].iloc[0]


def test_a_pattern_looks_at_each_of_several_values() -> None:
    feed = a_feed({"postal_code": {"from": "tag", "pattern": r"^cp:(\d{5})"}}, "json")
    mapped = map_columns(drop(tag=["a\x1fcp:75011", "cp:75011\x1fcp:69003", "a\x1fb"]), feed)
    assert column(mapped, "postal_code") == ["75011", "75011\x1f69003", None]


@pytest.mark.parametrize("written", ["w:{}", "{}"])
def test_a_prefix_that_is_gone_is_another_name_for_the_same_namespace(written: str) -> None:
    feed = a_feed({"title": "v:job.v:titre", "city": "v:job.@v:ville", "seats": "w:places"}, "xml")
    steps = [written.format(one) for one in ("job", "titre", "ville")]
    mapped = map_columns(drop(**{f"{steps[0]}.{steps[1]}": ["a"], f"{steps[0]}.@{steps[2]}": ["b"]}), feed)
    assert (column(mapped, "title"), column(mapped, "city"), column(mapped, "seats")) == (["a"], ["b"], [None])
    assert found(mapped, "header_near")


def test_a_header_under_two_other_prefixes_is_neither() -> None:
    mapped = map_columns(drop(**{"x:titre": ["a"], "y:titre": ["b"]}), a_feed({"title": "v:titre"}, "xml"))
    assert column(mapped, "title") == [None]


def test_a_table_has_no_repeated_elements() -> None:
    mapped = map_columns(drop(lieu=["Lyon\x1fCaen"]), a_feed({"city": "lieu"}))
    assert column(mapped, "city") == ["Lyon\x1fCaen"]


def test_constants_fill_every_row_and_bear_our_french_label() -> None:
    mapped = map_columns(drop(Titre=["a", "b"]), a_feed({"title": "Titre"}, constants={"weeks": "both"}))
    assert column(mapped, "weeks") == ["both", "both"]
    assert (mapped.headers["weeks"], mapped.headers["street"]) == ("Semaines", "Rue")


def test_lookups_translate_words_and_leave_the_others() -> None:
    feed = a_feed({"is_public": "statut"}, lookups={"is_public": {"Établissement public": "oui"}})
    mapped = map_columns(drop(statut=["ETABLISSEMENT  PUBLIC", "non", None]), feed)
    assert column(mapped, "is_public") == ["oui", "non", None]


def test_sectors_are_left_to_the_sector_lookup() -> None:
    feed = a_feed({"sector": "filière"}, lookups={"sector": {"Vente": "s12"}})
    assert column(map_columns(drop(filière=["Vente"]), feed), "sector") == ["Vente"]


def test_a_column_nobody_mapped_is_not_taken_and_only_its_name_is_told() -> None:
    mapped = map_columns(drop(titre=["a"], courriel=["camille@exemple.example"]), a_feed({"title": "titre"}))
    (note,) = found(mapped, "headers_unused")
    assert (note.seen, note.severity) == ("courriel", Severity.NOTE)
    assert "camille" not in str(mapped)


def test_a_required_column_whose_header_is_gone_stops_the_drop_and_says_the_line_to_write() -> None:
    batch = drop(ref=["1"], Intitulé=["a"], texte=["b"])
    mapped = map_columns(batch, a_feed({"reference": "ref", "title": "Intitulés", "description": "texte"}))
    assert column(mapped, "title") == [None]
    (missing,) = found(mapped, "header_missing")
    assert missing.severity is Severity.STOP
    assert missing.seen == "ref, Intitulé, texte"
    assert 'write `title = "Intitulé"` in [feeds.offres.mapping] of rivoire.toml' in missing.sentence
    assert mapped.headers["title"] == "Intitulés"


def test_a_column_the_feed_requires_is_as_grave() -> None:
    mapped = map_columns(drop(ref=["1"]), a_feed({"siret": "SIRET", "seats": "Places"}, require=("siret",)))
    assert [finding.severity for finding in found(mapped, "header_missing")] == [Severity.STOP, Severity.WARN]


def test_an_element_that_no_record_holds_is_a_note_where_nothing_requires_it() -> None:
    mapped = map_columns(drop(ref=["1"]), a_feed({"seats": "places", "title": "titre"}, kind="xml"))
    assert {finding.expected: finding.severity for finding in found(mapped, "header_missing")} == {
        "« places »": Severity.NOTE,
        "« titre »": Severity.STOP,
    }


def test_a_header_missing_from_a_join_leaves_a_part_out() -> None:
    mapped = map_columns(drop(rue=["rue A"]), a_feed({"street": {"from": ["no", "rue"], "join": " "}}))
    assert column(mapped, "street") == ["rue A"]
    (missing,) = found(mapped, "header_missing")
    assert missing.severity is Severity.WARN


def test_required_columns_that_nothing_fills_are_told_once() -> None:
    mapping = {name: header for name, header in ALL_REQUIRED.items() if name != "street"}
    batch = drop(**{header: ["x"] for header in mapping.values()})
    (warning,) = found(map_columns(batch, a_feed(mapping)), "required_column_not_mapped")
    assert warning.severity is Severity.WARN
    assert "street: required" in warning.sentence
    assert "all 1 rows" not in warning.sentence, "other columns may tell it"
    assert not found(map_columns(batch, a_feed(ALL_REQUIRED)), "required_column_not_mapped")


def test_kept_words_leave_the_other_rows_aside_by_reason() -> None:
    batch = drop(ref=["1", "2", "3", "4"], contrat=["STAGE", "CDI", None, "stagé"])
    feed = a_feed({"reference": "ref"}, filter=[{"column": "contrat", "keep": ["Stage"], "reason": "not_a_placement"}])
    mapped = map_columns(batch, feed)
    assert column(mapped, "reference") == ["1", "4"]
    assert list(mapped.ignored["line"]) == [3, 4]
    assert set(mapped.ignored["reason"]) == {"not_a_placement"}


def test_dropped_words_leave_an_empty_cell_in() -> None:
    feed = a_feed({"reference": "ref"}, filter=[{"column": "pays", "drop": ["Espagne"], "reason": "abroad"}])
    mapped = map_columns(drop(ref=["1", "2", "3"], pays=["ESPAGNE", None, "France"]), feed)
    assert column(mapped, "reference") == ["2", "3"]


def test_expressions_see_neither_case_nor_accents_nor_line_ends() -> None:
    rule = {"column": ["titre", "texte"], "keep_matching": r"stage d['’]été.*seconde", "reason": "not_a_placement"}
    batch = drop(ref=["1", "2"], titre=["STAGE D’ETE", "Stage d'été"], texte=["en\nSeconde", None])
    mapped = map_columns(batch, a_feed({"reference": "ref"}, filter=[rule]))
    assert column(mapped, "reference") == ["1"]


def test_the_first_filter_that_leaves_a_row_aside_gives_the_reason() -> None:
    filters = [
        {"column": "contrat", "keep_matching": "stage", "reason": "not_a_placement"},
        {"column": "titre", "drop_matching": "master", "reason": "not_for_seconde"},
    ]
    batch = drop(contrat=["CDI", "Stage", "Stage"], titre=["Master", "Master 2", "Seconde"])
    mapped = map_columns(batch, a_feed({"title": "titre"}, filter=filters))
    assert list(mapped.ignored["reason"]) == ["not_a_placement", "not_for_seconde"]
    assert column(mapped, "title") == ["Seconde"]


def test_a_filter_that_keeps_and_has_lost_its_header_keeps_nothing_and_stops_the_drop() -> None:
    rule = {"column": "contrat", "keep": ["Stage"], "reason": "not_a_placement"}
    mapped = map_columns(drop(ref=["1"], contrats=["Stage"]), a_feed({"reference": "ref"}, filter=[rule]))
    assert len(mapped.frame) == 0
    (blind,) = found(mapped, "filter_header_missing")
    assert blind.severity is Severity.STOP
    assert 'column = "contrats"' in blind.sentence


def test_a_filter_that_drops_and_has_lost_its_header_drops_nothing_and_warns() -> None:
    rule = {"column": "pays", "drop": ["Espagne"], "reason": "abroad"}
    mapped = map_columns(drop(ref=["1"]), a_feed({"reference": "ref"}, filter=[rule]))
    assert len(mapped.frame) == 1
    assert [finding.severity for finding in found(mapped, "filter_header_missing")] == [Severity.WARN]


def test_when_every_row_is_left_aside_a_missing_header_harms_nobody() -> None:
    rule = {"column": "contrat", "keep": ["Stage"], "reason": "not_a_placement"}
    mapped = map_columns(drop(contrat=["CDI"]), a_feed({"title": "titre"}, filter=[rule]))
    assert Severity.STOP not in {finding.severity for finding in mapped.findings}


def test_a_drop_without_rows_keeps_its_columns() -> None:
    mapped = map_columns(drop(titre=[]), a_feed({"title": "titre", "city": "ville"}, constants={"weeks": "both"}))
    assert list(mapped.frame.columns) == ["title", "city", "weeks"]
    assert {str(kind) for kind in mapped.frame.dtypes} == {"str"}
    assert len(mapped.ignored) == 0


CELL = st.one_of(st.none(), st.sampled_from(["Stage", "CDI", "", " ", "a\x1fb", "Été"]), st.text(max_size=8))


@given(rows=st.lists(st.tuples(CELL, CELL), max_size=12), line=st.integers(1, 50))
@examples(13)
def test_every_line_is_either_mapped_or_ignored(rows: list[tuple[str | None, str | None]], line: int) -> None:
    frame = pd.DataFrame(rows, columns=["contrat", "titre"], dtype="str")
    frame.index = pd.Index(range(line, line + len(frame)), name="line")
    filters = [
        {"column": "contrat", "keep": ["stage", "été"], "reason": "not_a_placement"},
        {"column": ["titre", "contrat"], "drop_matching": "cdi", "reason": "a job"},
    ]
    mapped = map_columns(Batch(frame, text_frame(REJECTION_COLUMNS)), a_feed({"title": "titre"}, filter=filters))
    assert sorted([*mapped.frame.index, *mapped.ignored["line"]]) == list(frame.index)
    assert not (mapped.frame["title"] == "").any()
