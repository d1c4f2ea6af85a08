"""Prefect hears of each delivery and of each late feed, so that automations can hang on it."""

from __future__ import annotations

from typing import Any

import pytest

from flows import house, runs
from testing.yard import SLUG, Yard, offers


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, dict[str, str], dict[str, Any]]]:
    """The events, instead of a server that would take them."""
    events: list[tuple[str, dict[str, str], dict[str, Any]]] = []
    for where in (runs, house):
        monkeypatch.setattr(
            where, "emit_event", lambda name, resource, payload: events.append((name, resource, payload))
        )
    return events


def test_each_verdict_is_an_event_about_its_feed_and_what_is_unchanged_is_none(yard: Yard, heard: list[Any]) -> None:
    for content in (offers(10), offers(10), offers(2), b"<html>503</html>"):
        runs.announce(yard.take(content))
    names = [name for name, _, _ in heard]
    assert names == ["quai.delivery.accepted", "quai.delivery.quarantined", "quai.delivery.unreadable"]
    assert {resource["prefect.resource.id"] for _, resource, _ in heard} == {"quai.feed.ateliers.offres"}
    assert (heard[0][2]["created"], heard[1][2]["read"]) == (10, 2)


def test_a_late_feed_is_an_event(yard, heard, monkeypatch, database_url):
    toml = yard.home / "partners" / "ateliers.toml"
    scheduled = toml.read_text(encoding="utf-8").replace(
        'title = "Offres', 'schedule = "0 7 * * *"\ngrace = "1h"\ntitle = "Offres'
    )
    toml.write_text(scheduled, encoding="utf-8")
    yard.take(offers(3))  # in March 2026, and the flow looks at the wall clock
    monkeypatch.setattr(house, "read", lambda: yard.dock.settings)
    assert house.tell_alerts.fn() == [SLUG]
    ((name, resource, payload),) = heard
    assert (name, resource["prefect.resource.name"]) == ("quai.feed.late", SLUG)
    assert "nothing came that was due" in payload["sentence"]
