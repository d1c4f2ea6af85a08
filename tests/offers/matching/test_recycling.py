"""A reference that holds another job or another text than before means another offer."""

from __future__ import annotations

import numpy as np
import pytest

from offers.matching.golden import recycled, recycling_finding
from offers.model import Severity
from testing.sketching import OTHER_SIRET, sketches

BAKERY, DESK = "tu feras le pain avec le boulanger et la vente", "accueil du public tri du courrier visite des archives"
BEFORE = {"title": "boulangerie", "description": BAKERY}


@pytest.mark.parametrize(
    ("now", "again"),
    [
        ({}, False),
        ({"title": "boulangerie patisserie"}, False),
        ({"title": "boulangere"}, False),
        ({"title": "comptabilite"}, True),
        ({"title": ""}, False),
        ({"description": f"{BAKERY} et une visite"}, False),
        ({"description": DESK}, True),
        ({"description": DESK, "title": "comptabilite"}, True),
        ({"siret": OTHER_SIRET, "place": "35049", "weeks": "2026-W25", "employer": "orme"}, False),
    ],
)
def test_another_job_or_another_text_is_another_offer_and_another_site_is_not(now, again):
    before, after = sketches(BEFORE, ids=[1]), sketches(BEFORE | now, ids=[2])
    assert recycled(before, after, np.array([1]), np.array([2])).tolist() == [again]


TITLES = [
    # before, after, the rest of it, another offer?
    ("decouverte boulangerie", "immersion boulangerie", {}, False),
    ("aide boulangerie vente", "vendeur boulangerie vente", {}, False),
    ("aide boulangerie vente", "vendeur boulangerie vente", {"description": f"{BAKERY}s"}, False),
    ("vente boulangerie", "vente fromagerie", {}, False),  # what it costs: one text for two trades of one shop
    ("decouverte boulangerie", "decouverte fromagerie", {}, True),
    ("rayon boulangerie", "rayon fromagerie", {}, True),
    ("decouverte boulangerie", "immersion boulangerie", {"description": DESK}, True),
    ("decouverte boulangerie", "immersion boulangerie", {"place": "35049"}, True),
    ("decouverte boulangerie", "immersion boulangerie", {"weeks": "2026-W25"}, True),
    ("decouverte boulangerie", "immersion comptabilite", {}, True),
    ("boulangerie", "comptabilite", {}, True),
]


@pytest.mark.parametrize(("title", "then", "rest", "again"), TITLES)
def test_a_word_changed_in_a_title_over_the_same_text_site_and_weeks_is_the_same_offer(title, then, rest, again):
    before, after = sketches(BEFORE | {"title": title}, ids=[1]), sketches(BEFORE | {"title": then} | rest, ids=[2])
    assert recycled(before, after, np.array([1]), np.array([2])).tolist() == [again]


def test_a_record_without_a_sketch_before_or_with_the_same_one_is_no_other_offer():
    before = sketches(BEFORE, ids=[1])
    after = sketches({"title": "comptabilite", "description": DESK}, BEFORE, ids=[2, 1])
    was, now = np.array([0, 77, 1, 1]), np.array([2, 2, 1, 2])
    assert recycled(before, after, was, now).tolist() == [False, False, False, True]


def test_no_records_are_no_other_offers():
    assert recycled(sketches(), sketches(), np.empty(0, int), np.empty(0, int)).tolist() == []


def test_the_finding_names_the_references_and_asks_for_new_ones():
    assert recycling_finding(()) == ()
    (found,) = recycling_finding(("STG-1", "STG-2"))
    assert (found.check, found.severity) == ("references_recycled", Severity.WARN)
    assert "2 references" in found.seen
    assert "STG-1" in found.sentence
    assert "STG-2" in found.sentence
