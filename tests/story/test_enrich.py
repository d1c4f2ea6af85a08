"""Feed and place together decide what is asked; no service ever makes a delivery fail."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from config.settings import Settings
from config.tables import load
from offers.cleaning.batch import clean
from offers.enrichment import Answer, Question
from offers.errors import Unreachable
from offers.model import Cleaned
from story.enrich import Services, enrich, services
from testing.drawing import YEAR, feed, mapped
from testing.servers.feeds import NOW
from testing.servers.http import Reply, Server
from warehouse.answers import Answers

SIRET, OTHER = "73282932000074", "35600000000048"
BATCH = mapped({"siret": SIRET}, {"siret": OTHER, "street": "3 place Neuve"})
POINT = {"latitude": "48.8534", "longitude": "2.3788", "score": "0.6", "citycode": "75111"}


class Told:
    """A service that gives what it was told to, one answer at a time, and then breaks off if it is to."""

    host = "outside.example"

    def __init__(self, name: str, answers: Mapping[str, Answer] | Answer, breaks: bool = False) -> None:
        self.name, self._answers, self._breaks = name, answers, breaks
        self.asked: list[str] = []

    def ask(self, questions: Mapping[str, Question]) -> Iterator[Mapping[str, Answer]]:
        for key in questions:
            self.asked.append(key)
            if self.name == "coordinates":
                yield {key: self._answers}
            elif key in self._answers:
                yield {key: self._answers[key]}
        if self._breaks:
            raise Unreachable("outside.example, asked for a SIRET, answered 500 (no reason given). Tried 3 times.")


@pytest.fixture
def cache(warehouse) -> Answers:
    return Answers(warehouse)


def batch() -> Cleaned:
    return clean(BATCH, feed(), load(), YEAR)


def enriched(cache: Answers, *told: Any, **wanted: bool) -> Cleaned:
    return enrich(batch(), {}, feed(enrich=wanted), Services({one.name: one for one in told}, cache, lambda: NOW))


def test_a_feed_that_does_not_ask_is_left_alone(cache) -> None:
    told = Told("companies", {SIRET: {"state": "F"}})
    before = batch()
    assert enrich(before, {}, feed(), Services({"companies": told}, cache, lambda: NOW)) is before
    assert told.asked == []


def test_a_place_without_the_service_says_so(cache) -> None:
    found = enriched(cache, companies=True, coordinates=True)
    assert [finding.check for finding in found.findings] == ["companies_not_asked", "coordinates_not_asked"]
    assert "QUAI_COMPANY_SEARCH_URL is not set" in found.findings[0].sentence


def test_closed_sites_are_found_and_nothing_is_changed(cache) -> None:
    found = enriched(cache, Told("companies", {SIRET: {"state": "F"}, OTHER: {"state": "A"}}), companies=True)
    assert [finding.check for finding in found.findings] == ["site_is_closed"]
    assert found.frame.equals(batch().frame)


def test_coordinates_are_filled_as_repairs(cache) -> None:
    found = enriched(cache, Told("coordinates", POINT), coordinates=True)
    assert found.frame["latitude"].tolist() == ["48.8534", "48.8534"]
    assert found.repairs["why"].tolist() == ["geocoded"] * 4
    assert found.findings == ()


def test_what_is_known_is_not_asked_again_until_it_expires(cache) -> None:
    enriched(cache, Told("companies", {SIRET: {"state": "F"}, OTHER: {}}), companies=True)
    again = Told("companies", {})
    found = enriched(cache, again, companies=True)
    assert again.asked == []
    assert [finding.check for finding in found.findings] == ["site_is_closed"]


def test_a_service_that_breaks_off_leaves_the_rest_unknown_and_a_note(cache) -> None:
    told = Told("companies", {SIRET: {"state": "F"}}, breaks=True)
    found = enriched(cache, told, companies=True)
    assert [(one.check, one.severity.value) for one in found.findings] == [
        ("companies_not_known", "note"), ("site_is_closed", "warn"),
    ]  # fmt: skip
    assert (
        "did not answer for 1 of 2 SIRETs (outside.example, asked for a SIRET, answered 500"
        in found.findings[0].sentence
    )
    later = Told("companies", {})
    enriched(cache, later, companies=True)
    assert later.asked == [OTHER]


def test_the_services_of_a_place_are_those_whose_address_is_set(cache) -> None:
    with Server(lambda _: Reply(500)) as server:
        none = services(Settings(company_search_url=None, geocoder_url=None), cache, lambda: NOW)
        both = services(Settings(company_search_url=server.url(), geocoder_url=server.url()), cache, lambda: NOW)
    assert set(none.known) == set()
    assert set(both.known) == {"companies", "coordinates"}
    assert {service.host for service in both.known.values()} == {"127.0.0.1"}
    assert server.asked == []
