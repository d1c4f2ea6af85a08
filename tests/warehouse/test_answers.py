"""Answers from outside are kept until they expire."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from warehouse.answers import Answers

NOW = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)
DAY = timedelta(days=1)


def a_day(_service: str, _answer: object) -> timedelta:
    return DAY


def test_what_was_answered_is_known_until_it_expires(warehouse) -> None:
    cache = Answers(warehouse)
    cache.keep("companies", {"1": {"state": "A"}, "2": {}}, NOW, a_day)
    assert cache.known("companies", ["1", "2", "3"], NOW) == {"1": {"state": "A"}, "2": {}}
    assert cache.known("companies", {"1": 0}, NOW + DAY) == {}


def test_each_service_has_its_own_answers(warehouse) -> None:
    cache = Answers(warehouse)
    cache.keep("companies", {"1": {"state": "A"}}, NOW, a_day)
    assert cache.known("coordinates", ["1"], NOW) == {}
    assert cache.known("companies", [], NOW) == {}


def test_a_newer_answer_takes_the_place_of_the_older(warehouse) -> None:
    cache = Answers(warehouse)
    cache.keep("companies", {"1": {"state": "A"}}, NOW, a_day)
    cache.keep("companies", {"1": {"state": "F"}}, NOW + DAY, a_day)
    cache.keep("companies", {}, NOW, a_day)
    assert cache.known("companies", ["1"], NOW + DAY) == {"1": {"state": "F"}}


def test_expired_answers_can_be_forgotten(warehouse) -> None:
    cache = Answers(warehouse)
    cache.keep("companies", {"old": {}}, NOW - 2 * DAY, a_day)
    cache.keep("companies", {"new": {}}, NOW, a_day)
    assert cache.forget(NOW) == 1
    assert cache.known("companies", ["old", "new"], NOW - 2 * DAY) == {"new": {}}
