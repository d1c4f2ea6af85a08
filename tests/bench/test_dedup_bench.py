"""The benchmark of duplicates measures rightly: the generator's truth, the figures, La bonne alternance's rule."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pandas as pd
import pytest

from bench.dedup.evaluate import NEGATIVES, components, evaluate, negative_of
from bench.dedup.generator import COLUMNS, generate
from bench.dedup.lba import dice, labels, letter_pairs
from bench.dedup.naming import with_key
from bench.dedup.real import located
from bench.dedup.world import KINDS, MIX
from config.tables import load
from offers.places.locating import locate

COUNT = 12_000
pytestmark = pytest.mark.nightly
NOTHING = (np.array([], dtype="int64"),) * 2


@pytest.fixture(scope="module")
def records() -> pd.DataFrame:
    return generate(COUNT, 5)


def test_the_same_seed_gives_the_same_records_and_another_seed_others() -> None:
    records = generate(400, 5)
    pd.testing.assert_frame_equal(records, generate(400, 5))
    assert (records["title"] != generate(400, 6)["title"]).mean() > 0.9


def test_columns_are_text_and_the_index_counts_from_nought(records: pd.DataFrame) -> None:
    assert list(records.index) == list(range(COUNT))
    assert {str(records[name].dtype) for name in COLUMNS} == {"str"}
    assert records["reference"].is_unique
    assert records["truth"].dtype == "int64"


def test_every_kind_of_copy_and_of_hard_negative_is_there(records: pd.DataFrame) -> None:
    assert set(records["kind"]) == set(KINDS)
    assert set(records["negative"]) == {*NEGATIVES, ""} - {"other"}


def test_every_offer_has_one_original_and_all_its_records_are_of_one_site_and_post(records: pd.DataFrame) -> None:
    originals = records[records["kind"] == "original"]
    assert originals["truth"].is_unique
    assert set(originals["truth"]) == set(records["truth"])
    assert (records.groupby("truth")[["site", "template", "service", "employer"]].nunique() == 1).all(axis=None)


def test_no_two_offers_are_one_post_of_one_site_in_one_week(records: pd.DataFrame) -> None:
    originals = records[(records["kind"] == "original") & records["weeks"].notna()]
    spread = originals.assign(week=originals["weeks"].str.split()).explode("week")
    assert not spread.duplicated(["site", "template", "service", "week"]).any()


def test_rows_per_seat_differ_from_their_original_in_reference_and_link_alone(records: pd.DataFrame) -> None:
    original = records[records["kind"] == "original"].set_index("truth")
    seats = records[records["kind"] == "seat_row"]
    same = [name for name in COLUMNS if name not in ("reference", "permalink")]
    expected = original.loc[seats["truth"], same].reset_index(drop=True)
    pd.testing.assert_frame_equal(seats[same].reset_index(drop=True), expected)


def test_copies_through_others_lose_what_the_mix_says(records: pd.DataFrame) -> None:
    cross = records[records["kind"] == "cross_partner"]
    missing = cross.isna().mean()
    assert missing["employer_name"] == pytest.approx(MIX.employer_missing, abs=0.05)
    assert missing["siret"] == pytest.approx(MIX.siret_missing + (1 - MIX.siret_missing) * MIX.no_siret, abs=0.05)
    assert missing["weeks"] == pytest.approx(MIX.weeks_missing, abs=0.05)
    assert cross["description"].str.len().gt(506).mean() < 0.2


def test_places_are_what_our_cleaning_makes_of_them(records: pd.DataFrame) -> None:
    located = locate(records, {}, load().places).frame
    pd.testing.assert_frame_equal(located[["postal_code", "city", "insee_code", "department"]],
                                  records[["postal_code", "city", "insee_code", "department"]])  # fmt: skip
    assert records["insee_code"].isna().mean() == pytest.approx(0.02, abs=0.02)


def test_most_offers_are_of_one_record(records: pd.DataFrame) -> None:
    sizes = records.groupby("truth").size()
    assert (sizes == 1).mean() == pytest.approx(MIX.singletons, abs=0.02)
    assert sizes.max() <= MIX.most_seats


def test_sirets_pass_luhn() -> None:
    assert with_key(np.array([7328293200007])).tolist() == [73282932000074]


def _drawn() -> pd.DataFrame:
    """Two offers of three and two records, and one of one: posts of sites 1, 1 (the other week) and 2."""
    return pd.DataFrame(
        {
            "truth": [7, 7, 7, 9, 9, 4],
            "kind": ["original", "seat_row", "cross_partner", "original", "resend", "original"],
            "network": 1, "employer": 1, "site": [1, 1, 1, 1, 1, 2], "template": 3, "service": 5,
        }
    )  # fmt: skip


def test_figures_of_a_partition_drawn_by_hand() -> None:
    # Found: {0, 1, 3} and {4, 5} and {2}. True pairs 3 + 1; linked 3 + 1, of which only (0, 1) is right.
    found = evaluate(_drawn(), np.array([0, 0, 1, 0, 2, 2]), (np.array([2, 4]), np.array([1, 1])), NOTHING)
    assert (found.true_pairs, found.linked_pairs, found.right_pairs) == (4, 4, 1)
    assert (found.precision, found.recall, found.f1) == (0.25, 0.25, 0.25)
    assert (found.truths, found.offers, found.review, found.review_same) == (3, 3, 2, 1)
    assert found.of_true(found.right_after_review) == 0.75  # the answer (1, 2) brings record 2 to 0 and 1
    assert found.false_by_negative == dict.fromkeys(NEGATIVES, 0) | {"another_week": 2, "another_site": 1}
    assert found.review_by_negative["another_week"] == 1
    assert found.found_by_kind == {"cross_partner": (1, 0, 1), "resend": (1, 0, 0), "seat_row": (1, 1, 1)}
    assert "| 6 | 3 (3) | 0.2500 |" in found.table()


def test_a_pair_is_covered_by_its_twins_or_by_their_classes() -> None:
    twin = np.array([0, 0, 1, 2, 3, 4])  # records 0 and 1 were collapsed
    nowhere = evaluate(_drawn(), np.arange(6), NOTHING, NOTHING, twin)
    found = evaluate(_drawn(), np.arange(6), NOTHING, (np.array([0, 2]), np.array([2, 5])), twin)
    assert nowhere.covered_pairs == 1
    assert found.covered_pairs == 3  # (0, 1) as twins; (0, 2) and (1, 2) by their classes
    assert (found.candidates, found.of_true(found.covered_pairs)) == (2, 0.75)


def test_false_links_that_are_too_many_are_sampled_and_scaled() -> None:
    many = pd.concat([_drawn()] * 200, ignore_index=True).assign(truth=range(1200), kind="original", site=range(1200))
    found = evaluate(many, np.zeros(1200, dtype="int64"), NOTHING, NOTHING, limit=5_000)
    assert found.false_by_negative["another_site"] == 1200 * 1199 // 2


def test_what_two_offers_share_names_the_hard_negative() -> None:
    posts = pd.DataFrame(
        [(1, 1, 1, 1, 1), (1, 1, 1, 1, 2), (1, 1, 1, 2, 1), (1, 1, 2, 1, 1), (1, 2, 3, 1, 1), (2, 3, 4, 9, 1)],
        columns=["network", "employer", "site", "template", "service"],
    )
    kinds = negative_of(posts, np.zeros(6, dtype=int), np.arange(6))
    told = "another_week sibling_service shared_boilerplate another_site same_template_other_employer other"
    assert [NEGATIVES[kind] for kind in kinds] == told.split()


def test_components_are_the_least_node_that_is_reached() -> None:
    assert components(7, np.array([5, 2, 6]), np.array([2, 0, 4])).tolist() == [0, 1, 0, 3, 4, 0, 4]


def _offers(*rows: tuple[str, str | None, str | None, str]) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=["feed", "employer_name", "postal_code", "title"])
    return table.assign(siret=None).astype("str")


def test_lbas_rule_links_alike_titles_of_one_employer_and_postal_code_across_feeds() -> None:
    offers = _offers(
        ("a", "Orvanne", "31000", "Découverte des métiers de l'accueil"),
        ("b", "Orvanne", "31000", "DECOUVERTE DES METIERS DE L'ACCUEIL (H/F)"),
        ("b", "Orvanne", "31000", "Découverte de l'atelier"),
        ("b", "Orvanne", "69001", "Découverte des métiers de l'accueil"),
        ("b", "Belvance", "31000", "Découverte des métiers de l'accueil"),
        ("a", "Orvanne", "31000", "Découverte des métiers de l'accueil"),
        ("a", None, "31000", "Découverte des métiers de l'accueil"),
    )
    assert labels(offers).tolist() == [0, 0, 2, 3, 4, 0, 6]
    alone = offers[offers["feed"] == "a"].reset_index(drop=True)
    assert labels(alone).tolist() == [0, 1, 2]
    assert labels(alone, within=True).tolist() == [0, 0, 2]


def test_lbas_rule_skips_an_employer_of_over_500_offers() -> None:
    pair = [("a", "Orvanne", "31000", "Stage accueil"), ("b", "Orvanne", "31000", "Stage accueil")]
    assert len(set(labels(_offers(*pair * 250)))) == 1
    assert len(set(labels(_offers(*pair * 251)))) == 502


def test_dice_counts_letter_pairs_as_often_as_they_occur() -> None:
    assert dice(letter_pairs("nacht"), letter_pairs("night")) == 0.25
    assert letter_pairs("aa aa") == Counter({"aa": 3})


@pytest.mark.parametrize(
    ("place", "told"),
    [
        ("31 - TOULOUSE", ("Toulouse", "31555", "31")),
        ("69 - LYON 09", ("Lyon", "69389", "69")),
        ("Massy, Palaiseau", ("Massy", "91377", "91")),
        ("Paris, Ile-de-France", ("Paris", None, "75")),
        ("44 - Loire Atlantique", (None, None, "44")),
        ("Hauts-de-France", ("Hauts-de-France", None, None)),
        ("France", (None, None, None)),
    ],
)
def test_an_adverts_place_is_read_as_far_as_it_goes(place: str, told: tuple[str | None, ...]) -> None:
    assert located(place, load().places) == told
