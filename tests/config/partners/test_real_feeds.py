"""The seven real feeds, read whole. They list jobs and apprenticeships, so that every record is ignored, by reason;
and with the filter lifted, every record goes the whole way, and every rejection is one that this page justifies.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache

import pytest

from config.partners import load as load_partners
from config.settings import PARTNERS
from config.tables import load as load_reference
from connectors import KINDS
from connectors.reading import read
from offers.calendar import SchoolYear
from offers.cleaning.batch import clean
from offers.feed import Feed
from offers.mapping import map_columns
from offers.model import Checked, Cleaned, Mapped
from testing.shared import shared
from validation.contract import check

pytestmark = pytest.mark.shared

FEEDS = load_partners(PARTNERS, {word: kind.settings for word, kind in KINDS.items()})
TODAY = date(2026, 3, 2)

NO_STREET = "the feed carries towns, not streets: its kind is job adverts"
NO_POSTAL_CODE = "the feed says the town only; a town is no postal code, and many have several"
FAR = "point_emptied"
NO_SECTOR = "the feed says neither sector nor NAF code, and a sector is never guessed"


@dataclass(frozen=True)
class Expected:
    """What a real feed gives: records read, why each rule rejects all of them, and some values as they come out."""

    file: str
    read: int
    why: Mapping[str, str]
    values: Mapping[str, list[str]] = field(default_factory=dict)
    far: tuple[int, ...] = ()  # records whose coordinates were made up for the sample, and lie far from their town


EXPECTED = {
    "laposte/offres": Expected("laposte.xml", 2, {"street_missing": NO_STREET}, {
        "reference": ["2025-xxxx9", "2025-XXXX1"],
        "postal_code": ["83500", "07200"],  # sent as the towns' INSEE codes, 83126 and 07019
        "city": ["La Seyne-sur-Mer", "Aubenas"],
        "sector": ["s45", "s12"],
    }, far=(1, 2)),  # 42.19, 4.98 for La Seyne-sur-Mer is in the sea
    "edf/offres": Expected(
        "edf.xml", 3,
        {"street_missing": "entityAdress is empty in all three", "postal_code_missing": "entityAdress is empty"},
        {"sector": ["s31", "s35", "s10"], "employer_name": ["Enedis", "EDF", "EDF"],
         "city": ["Lyon", "Paluel", "Bridgwater"], "published_on": ["2026-01-01", "2026-01-15", "2026-01-10"]},
    ),
    "fonctionpublique/offres": Expected(
        "pass.rss", 7, {"street_missing": NO_STREET, "postal_code_missing": NO_POSTAL_CODE},
        {"sector": ["s25"] * 7, "is_public": ["true"] * 7, "published_on": ["2025-02-26"] * 7},
    ),
    "leboncoin/offres": Expected(
        "leboncoin.csv", 2, {"street_missing": NO_STREET, "sector_missing": NO_SECTOR},
        {"postal_code": ["37540", "08000"], "city": ["Saint-Cyr-sur-Loire", "Charleville-Mézières"]},
    ),
    "hellowork/offres": Expected(
        "hellowork.xml", 5,
        {"street_missing": "four addresses are empty, the fifth holds a company, a town and a code"},
        {"sector": ["s15", "s12", "s12", "s12", "s12"],  # the words' sector where there is no NAF code, else the NAF's
         "city": ["Vincennes", "Laval", "Tinqueux", "Lille", "Échirolles"],
         "postal_code": ["94300", "53000", "51430", "59160", "38130"]},
        far=(1, 2),  # 48.123456789, 2.123456789
    ),
    "jobteaser/offres": Expected(
        "jobteaser.xml", 2,
        {"street_missing": NO_STREET, "postal_code_missing": NO_POSTAL_CODE, "sector_missing": NO_SECTOR},
        {"employer_name": ["Schneider Electric", "Valeo"], "published_on": ["2025-09-20", "2025-09-19"]},
    ),
    "apec/offres": Expected("apec.xml", 5, {"street_missing": NO_STREET}, {
        "postal_code": ["76000", "72000", "75001", "94000", "93500"],  # sent as INSEE codes
        "city": ["Rouen", "Le Mans", "Paris", "Créteil", "Pantin"],
        "sector": ["s2", "s22", "s31", "s14", "s14"],
        "published_on": ["2025-12-11", "2025-12-17", "2025-12-17", "2025-12-29", "2025-12-29"],
    }),
}  # fmt: skip


def mapped(slug: str, feed: Feed) -> Mapped:
    file = EXPECTED[slug].file
    return map_columns(read(shared(f"feeds/{file}"), file, feed.format, feed.limits), feed)


@cache
def the_whole_way(slug: str) -> tuple[Cleaned, Checked]:
    feed = FEEDS[slug].model_copy(update={"filter": ()})
    columns, reference, year = mapped(slug, feed), load_reference(), SchoolYear.at(TODAY)
    cleaned = clean(columns, feed, reference, year)
    return cleaned, check(cleaned, columns.headers, feed, reference, year)


def far_off(checked: Checked) -> tuple[int, ...]:
    told = checked.repairs
    return tuple(told.loc[(told["why"] == FAR) & (told["field"] == "latitude"), "line"])


@pytest.mark.parametrize("slug", EXPECTED)
def test_every_record_is_read_and_is_no_placement(slug: str) -> None:
    feed, expected = FEEDS[slug], EXPECTED[slug]
    batch = read(shared(f"feeds/{expected.file}"), expected.file, feed.format, feed.limits)
    assert (batch.read, len(batch.malformed)) == (expected.read, 0)
    ignored = map_columns(batch, feed).ignored
    assert list(ignored["line"]) == list(batch.frame.index)
    assert set(ignored["reason"]) == {"not_a_placement"}


@pytest.mark.parametrize("slug", EXPECTED)
def test_each_rejection_is_justified(slug: str) -> None:
    cleaned, checked = the_whole_way(slug)
    expected = EXPECTED[slug]
    assert far_off(checked) == expected.far
    assert set(checked.rejections["rule"]) == set(expected.why)
    for rule, lines in checked.rejections.groupby("rule")["line"]:
        assert list(lines) == list(cleaned.frame.index), f"{rule} was to reject every record: {expected.why[str(rule)]}"
    assert len(checked.kept) == 0


@pytest.mark.parametrize("slug", EXPECTED)
def test_values_come_out_as_they_should(slug: str) -> None:
    frame = the_whole_way(slug)[0].frame
    for column, values in EXPECTED[slug].values.items():
        assert frame[column].tolist() == values, column
    assert frame["weeks"].eq("2026-W25 2026-W26").all()
    assert frame["grades"].eq("seconde").all()
    assert frame[["reference", "title", "description", "employer_name"]].notna().all(axis=None)


@pytest.mark.parametrize("slug", EXPECTED)
def test_no_person_s_address_goes_further_than_the_drop(slug: str) -> None:
    frame = the_whole_way(slug)[0].frame
    for column in ("contact_name", "contact_email", "contact_phone"):
        assert column not in frame or frame[column].isna().all()
    people = ("jean.dupont@enedis.fr", "DUPONT", "mail@mail.fr", "04.66.66.66.66")
    for column in frame.columns.drop(["description", "description_full"], errors="ignore"):
        for person in people:
            assert not frame[column].str.contains(person, regex=False).fillna(False).any(), column


@pytest.mark.parametrize("slug", ["laposte/offres", "apec/offres", "hellowork/offres"])
def test_with_a_street_these_feeds_would_be_kept_whole(slug: str) -> None:
    """What is missing is the street: with one, as a constant, only a sample's made-up coordinates are not taken."""
    feed = FEEDS[slug]
    mapping = {column: source for column, source in feed.mapping.items() if column != "street"}
    constants = {**feed.constants, "street": "12 rue des Forges"}
    feed = feed.model_copy(update={"filter": (), "mapping": mapping, "constants": constants})
    columns, reference, year = mapped(slug, feed), load_reference(), SchoolYear.at(TODAY)
    cleaned = clean(columns, feed, reference, year)
    checked = check(cleaned, columns.headers, feed, reference, year)
    expected = EXPECTED[slug]
    assert checked.rejections.empty, checked.rejections[["line", "rule", "value"]].to_string()
    assert far_off(checked) == expected.far
    assert len(checked.kept) == expected.read
