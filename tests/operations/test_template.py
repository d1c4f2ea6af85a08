"""Templates: what is made from one with sound values passes `check` without a finding."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import date
from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook

from config.settings import PARTNERS, Settings
from config.tables import load as load_reference
from offers.calendar import SchoolYear
from offers.errors import FeedMisconfigured
from offers.examined import Examined
from offers.feed import Feed, Filter
from offers.onboarding.form import EXAMPLE_REFERENCE, form, week_words
from operations.feeds import the_feed
from operations.onboarding import write_template
from story.examine import examine

SAMPLES = Path(__file__).resolve().parents[2] / "samples" / "partners"
FEEDS = [("bellerive/offres", SAMPLES), ("rivoire/stages", SAMPLES), ("leboncoin/offres", PARTNERS)]
RECORDS = [("orme/accueil", SAMPLES), ("edf/offres", PARTNERS), ("fonctionpublique/offres", PARTNERS)]
TABLES = [
    (slug, folder, ending, ours) for slug, folder in FEEDS for ending in ("csv", "xlsx") for ours in (False, True)
]
ALL = TABLES + [(slug, folder, "xlsx", False) for slug, folder in RECORDS]


def settings(partners: Path) -> Settings:
    return Settings.model_validate({"partners": partners})


def checked(slug: str, partners: Path, path: Path) -> Examined:
    feed = the_feed(settings(partners), slug)
    return examine(path, path.name, feed, load_reference(), date.today())


def filled(path: Path) -> Path:
    """The template with the example row made an offer: its reference becomes her own, the rest is left as it is."""
    if path.suffix == ".csv":
        path.write_bytes(path.read_bytes().replace(EXAMPLE_REFERENCE.encode(), b"STG-1"))
        return path
    out = io.BytesIO()
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            text = old.read(name)
            new.writestr(name, text.replace(f"<t>{EXAMPLE_REFERENCE}</t>".encode(), b"<t>STG-1</t>"))
    path.write_bytes(out.getvalue())
    return path


@pytest.mark.parametrize(("slug", "partners", "ending", "ours"), ALL)
def test_a_file_made_from_the_template_passes_without_a_finding(tmp_path, slug, partners, ending, ours):
    path = tmp_path / f"modele.{ending}"
    write_template(settings(partners), slug, path, ours)
    seen = checked(slug, partners, filled(path))
    assert seen.rejections["sentence"].tolist() == []
    assert [finding.sentence for finding in seen.findings] == []
    assert (seen.batch.read, len(seen.kept), len(seen.ignored)) == (1, 1, 0)
    assert set(seen.repairs["why"]) <= {"phone_form"}


@pytest.mark.parametrize(("slug", "partners", "ending", "ours"), ALL)
def test_the_example_row_is_refused_if_it_is_left_in(tmp_path, slug, partners, ending, ours):
    path = tmp_path / f"modele.{ending}"
    write_template(settings(partners), slug, path, ours)
    seen = checked(slug, partners, path)
    assert seen.rejections["rule"].tolist() == ["example_row_left_in"]
    assert len(seen.kept) == 0


def test_the_workbook_keeps_zeros_offers_lists_and_tells_the_rules(tmp_path: Path) -> None:
    path = tmp_path / "modele.xlsx"
    write_template(settings(SAMPLES), "rivoire/stages", path)
    book = CalamineWorkbook.from_path(path)
    assert book.sheet_names == ["Stages", "Règles", "Listes"]
    words = [str(row[5]) for row in book.get_sheet_by_name("Listes").to_python()]
    assert len(words) == len(load_reference().sectors) == 51
    rules = book.get_sheet_by_name("Règles").to_python()
    told = {str(row[0]): [str(cell) for cell in row] for row in rules[5:]}
    assert set(told) == set(map(str, book.get_sheet_by_name("Stages").to_python()[0]))
    assert told["SIRET"][1] == "non"
    assert "14 chiffres" in told["SIRET"][3]
    assert "SIRET abîmé par Excel" in told["SIRET"][5]
    with zipfile.ZipFile(path) as parts:
        sheet = parts.read("xl/worksheets/sheet1.xml").decode()
        styles = parts.read("xl/styles.xml").decode()
        assert 'state="hidden"' in parts.read("xl/workbook.xml").decode()
    assert 'state="frozen"' in sheet
    assert len(re.findall(r"<dataValidation ", sheet)) == 15
    formats = [int(number) for number in re.findall(r'<xf numFmtId="(\d+)"', styles.partition("<cellXfs")[2])]
    columns = {int(at): int(style) for at, style in re.findall(r'<col min="(\d+)"[^>]* style="(\d+)"', sheet)}
    text = 49  # Excel's own number for the Text format
    assert [formats[columns[at]] for at in (1, 5, 6, 8)] == [text] * 4
    assert formats[columns[10]] != text


def test_a_feed_of_records_gets_our_own_form_and_no_csv(tmp_path: Path) -> None:
    made = write_template(settings(PARTNERS), "edf/offres", tmp_path / "modele.xlsx")
    assert made.ours
    assert not {"contact_name", "contact_email"} & {name for field in made.fields for name in field.columns}
    with pytest.raises(FeedMisconfigured, match=r"reads XML.+modele\.xlsx"):
        write_template(settings(PARTNERS), "edf/offres", tmp_path / "modele.csv")
    with pytest.raises(FeedMisconfigured, match=r"expected \.csv or \.xlsx"):
        write_template(settings(PARTNERS), "edf/offres", tmp_path / "modele.ods")


def drawn(**keys: object) -> Feed:
    known = {"partner": "x", "name": "offres", "title": "X", "source": None, "format": {"kind": "csv"}, **keys}
    return Feed.model_validate(known)


def test_a_cell_that_feeds_two_columns_has_one_header_and_an_example_that_both_patterns_read() -> None:
    place = {
        "postal_code": {"from": "Lieu", "pattern": r"^(\d{5})\b"},
        "city": {"from": "Lieu", "pattern": r"^\d{5}\s+(.*)"},
    }
    (field, *_) = form(drawn(mapping=place), {}, SchoolYear(2026)).fields
    assert (field.header, field.columns, field.example) == ("Lieu", ("postal_code", "city"), "75011 Paris")


def test_where_no_example_can_be_read_back_there_is_none() -> None:
    pair = {
        "latitude": {"from": "Point", "pattern": r"^(\d\d)N"},
        "longitude": {"from": "Point", "pattern": r"(\d+)E$"},
    }
    (field, *_) = form(drawn(mapping=pair), {}, SchoolYear(2026)).fields
    assert field.example == ""


def test_a_filter_s_words_are_the_only_choice_and_the_example_is_kept_by_it() -> None:
    one = Filter.model_validate({"column": "Contrat", "keep": ["Stage", "Observation"], "reason": "not_a_placement"})
    field = next(
        f for f in form(drawn(mapping={}, filter=(one,)), {}, SchoolYear(2026)).fields if f.header == "Contrat"
    )
    assert (field.words, field.closed, field.required, field.example) == (("Stage", "Observation"), True, True, "Stage")


def test_the_headers_stand_where_the_feed_looks_for_them(tmp_path: Path) -> None:
    toml = (
        (SAMPLES / "rivoire.toml")
        .read_text(encoding="utf-8")
        .replace('sheet = "Stages"', 'sheet = "Règles"\nheader = 3')
    )
    (tmp_path / "rivoire.toml").write_text(toml, encoding="utf-8")
    path = tmp_path / "modele.xlsx"
    write_template(settings(tmp_path), "rivoire/stages", path)
    seen = checked("rivoire/stages", tmp_path, filled(path))
    assert seen.batch.dialect["header"] == "3"
    assert (len(seen.kept), seen.findings) == (1, ())


@pytest.mark.parametrize("ends", [2025, 2026, 2027])
def test_the_weeks_are_those_of_the_coming_placement(ends: int) -> None:
    from offers.cleaning.times import read_weeks

    year = SchoolYear(ends)
    first, second, both = week_words(year)
    assert [read_weeks(word, year)[0] for word in (first, second, both)] == [*year.weeks, " ".join(year.weeks)]
