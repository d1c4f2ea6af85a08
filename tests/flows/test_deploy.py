"""The plan on a real Prefect server: made once, left alone, paused when its feed is gone; looks that start one run."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import ArtifactFilter, ArtifactFilterFlowRunId, ArtifactFilterType
from prefect.client.schemas.objects import Artifact, State
from yard import MORNING, SLUG, Yard, offer, offers

from flows import nightly, runs
from flows.deploy import deploy
from flows.inboxes import look, once, start_runs
from flows.prefect_file import prefect_yaml
from flows.schedules import HOUSE, of_feed

pytestmark = pytest.mark.usefixtures("prefect")


def done(yard: Yard, **changed: object) -> list[str]:
    return [one.done for one in deploy([of_feed(yard.feed.model_copy(update=changed))], "quai")]


def test_a_feed_is_deployed_once_changed_when_it_changes_and_paused_when_it_is_gone(yard: Yard) -> None:
    assert done(yard, schedule="0 5 * * *") == ["created"]
    assert done(yard, schedule="0 5 * * *") == ["unchanged"]
    assert done(yard, schedule=None) == ["updated"]
    assert [one.done for one in deploy([], "quai")] == ["paused"]
    assert deploy([], "quai") == []
    assert done(yard, schedule="0 6 * * *") == ["updated"]
    with get_client(sync_client=True) as client:
        known = client.read_deployment_by_name("ingest/ateliers.offres")
    assert (known.paused, known.parameters, len(known.schedules)) == (False, {"feed": SLUG}, 1)
    assert known.concurrency_options is not None
    assert known.concurrency_options.collision_strategy.value == "ENQUEUE"


def test_every_flow_of_the_house_can_be_loaded_and_deployed() -> None:
    assert {one.done for one in deploy(HOUSE, "quai")} <= {"created", "paused"}
    assert {one.done for one in deploy(HOUSE, "quai")} == {"unchanged"}


def test_what_waits_starts_one_run_however_often_it_is_seen(yard: Yard) -> None:
    deploy([of_feed(yard.feed)], "quai")
    assert start_runs([look(yard.feed, yard.dock.settings, lambda: MORNING)], MORNING) == []
    yard.leave(offers(3))
    seen = look(yard.feed, yard.dock.settings, yard.dock.now)
    assert [one.name for one in seen.waits] == ["offres.csv"]
    assert [start_runs([seen], MORNING) for _ in range(2)] == [[SLUG], []]
    assert once(yard.dock.settings, yard.dock.now, {}) == []  # not watched: it has no `every`


def test_a_source_that_cannot_be_seen_starts_a_run_that_tells_of_it(yard: Yard) -> None:
    yard.inbox.rmdir()
    seen = look(yard.feed, yard.dock.settings, yard.dock.now)
    assert seen.wants_a_run
    assert "no folder at" in (seen.fault or "")


def test_a_misconfigured_feed_fails_at_once_with_the_sentence(yard: Yard, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runs, "read", lambda: yard.dock.settings)
    state = runs.ingest_feed("ateliers/ofres", return_state=True)
    assert (state.name, state.is_failed()) == ("FeedMisconfigured", True)
    assert "did you mean" in (state.message or "")


def test_the_night_is_a_table_and_a_quarantine_in_it_wants_a_person(
    yard: Yard, monkeypatch: pytest.MonkeyPatch
) -> None:
    yard.take(offers(10))
    yard.take(offers(2))
    monkeypatch.setattr(nightly, "open_dock", lambda settings: _Open(yard))
    monkeypatch.setattr(nightly, "read", lambda: yard.dock.settings)
    other = (yard.dock.settings.partners / "ateliers.toml").read_text(encoding="utf-8")
    (yard.dock.settings.partners / "silent.toml").write_text(other, encoding="utf-8")
    night = [(row["feed"], row["verdict"], row["read"]) for row in nightly.night_rows(yard.dock)]
    assert night == [(SLUG, "quarantined", 2), ("silent/offres", "no delivery", ""), (SLUG, "accepted", 10)]
    state = nightly.tell_night(return_state=True)
    assert state.name == "WantsAPerson", state.message


class _Open:
    """The yard's dock, at the yard's hour."""

    def __init__(self, yard: Yard) -> None:
        self.yard = yard

    def __enter__(self) -> object:
        return self.yard.dock

    def __exit__(self, *_: object) -> None:
        return None


def test_prefect_yaml_says_the_plan(yard: Yard) -> None:
    said = yaml.safe_load(prefect_yaml([of_feed(yard.feed.model_copy(update={"schedule": "0 5 * * *"}))], "dock"))
    (entry,) = said["deployments"]
    assert (entry["name"], entry["work_pool"], entry["parameters"]) == (
        "ateliers.offres",
        {"name": "dock"},
        {"feed": SLUG},
    )
    assert entry["schedules"][0]["timezone"] == "Europe/Paris"


def test_an_unreachable_source_is_retried_twice_and_then_fails_by_that_name(
    yard: Yard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runs, "read", lambda: yard.dock.settings)
    monkeypatch.setattr(runs, "RETRIES", 0)
    monkeypatch.setattr(runs, "RUN_RETRY_DELAY", 0)
    monkeypatch.setenv("PREFECT__RUNTIME__DEPLOYMENT__ID", "of this test")
    yard.inbox.rmdir()
    state = runs.ingest_feed(SLUG, return_state=True)
    assert (state.name, state.is_failed()) == ("Unreachable", True)
    with get_client(sync_client=True) as client:
        assert client.read_flow_run(state.state_details.flow_run_id).run_count == 1 + runs.RUN_RETRIES


def artifacts(state: State[Any], kind: str) -> list[Artifact]:
    """What the run showed on Prefect's pages."""
    with get_client(sync_client=True) as client:
        shown = client.read_artifacts(
            artifact_filter=ArtifactFilter(
                flow_run_id=ArtifactFilterFlowRunId(any_=[state.state_details.flow_run_id]),
                type=ArtifactFilterType(any_=[kind]),
            )
        )
    return list(shown)


def test_a_run_shows_how_far_it_is_and_each_delivery_with_its_return_and_no_person_s_address(
    yard: Yard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runs, "read", lambda: yard.dock.settings)
    yard.leave([*offers(2), offer("R003", Secteur="lea.martin@example.fr")], "a.csv")
    yard.leave(offers(3), "b.csv")
    state = runs.ingest_feed(SLUG, return_state=True)
    (bar,) = artifacts(state, "progress")
    assert (bar.data, bar.description) == (100.0, "Drop 2 of this run, settle: done")
    first, second = sorted(artifacts(state, "markdown"), key=lambda one: str(one.description))
    assert "[a.csv.retour.html](<file:///" in str(first.data)
    assert "Ligne 4" in str(first.data)
    assert "lea.martin" not in str(first.data)
    assert str(second.description) == "b.csv: accepted"


def test_a_command_of_the_digest_is_shown_as_code() -> None:
    assert nightly.in_markdown("1. [late] x\n   quai ingest a/b\n\nAsk.") == "1. [late] x\n   `quai ingest a/b`\n\nAsk."
