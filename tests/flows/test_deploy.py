"""The plan on a real Prefect server: made once, left alone, paused when its feed is gone; looks that start one run."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import partial
from types import ModuleType
from typing import Any

import pytest
from prefect import flow
from prefect.client.orchestration import get_client
from prefect.client.schemas.actions import DeploymentUpdate, WorkPoolCreate
from prefect.client.schemas.filters import (
    ArtifactFilter,
    ArtifactFilterFlowRunId,
    ArtifactFilterKey,
    ArtifactFilterType,
    FlowRunFilter,
    FlowRunFilterId,
)
from prefect.client.schemas.objects import Artifact, State
from prefect.client.schemas.sorting import ArtifactSort
from prefect.workers.process import ProcessWorker

from flows import house, runs
from flows.deploy import HOUSE, deploy, kind_of, of_feed
from flows.serve import look, once, start_runs
from offers.errors import FeedMisconfigured, WarehouseUnreachable
from testing.living import until
from testing.yard import MORNING, SLUG, Yard, offer, offers

pytestmark = pytest.mark.usefixtures("prefect")


def done(yard: Yard, **changed: object) -> list[str]:
    return [one.done for one in deploy([of_feed(yard.feed.model_copy(update=changed))], "quai")]


def test_a_feed_is_deployed_once_changed_when_it_changes_and_paused_when_it_is_gone(yard: Yard) -> None:
    assert done(yard, schedule="0 5 * * *") == ["created"]
    assert done(yard, schedule="0 5 * * *") == ["unchanged"]
    assert done(yard, schedule=None) == ["updated"]
    assert [one.done for one in deploy([], "quai", ["ateliers"])] == ["left"]  # its file is broken: nobody took it away
    assert [one.done for one in deploy([], "quai")] == ["paused"]
    assert deploy([], "quai") == []
    assert done(yard, schedule="0 6 * * *") == ["updated"]
    with get_client(sync_client=True) as client:
        known = client.read_deployment_by_name("ingest/ateliers.offres")
    assert (known.paused, known.parameters, len(known.schedules)) == (False, {"feed": SLUG}, 1)
    assert known.concurrency_options is not None
    assert known.concurrency_options.collision_strategy.value == "ENQUEUE"


def test_a_pool_is_made_of_our_type_and_one_of_processes_stays_with_what_is_due_in_it(yard: Yard) -> None:
    template = ProcessWorker.get_default_base_job_template()
    with get_client(sync_client=True) as client:
        client.create_work_pool(WorkPoolCreate(name="from-before", type="process", base_job_template=template))
        deploy([of_feed(yard.feed)], "from-before")
        known = client.read_deployment_by_name("ingest/ateliers.offres").id
        late = client.create_flow_run_from_deployment(known)
        deploy([of_feed(yard.feed)], "from-before")
        due = [one.flow_run.id for one in client.get_scheduled_flow_runs_for_work_pool("from-before")]
        client.delete_flow_run(late.id)
    assert (kind_of("from-before"), due) == ("process", [late.id])
    deploy([of_feed(yard.feed)], "made-now")
    assert kind_of("made-now") == "quai"


def test_steps_that_another_hand_put_before_a_run_are_taken_away(yard: Yard) -> None:
    done(yard)
    step = {"prefect.deployments.steps.set_working_directory": {"directory": "/srv/elsewhere"}}
    with get_client(sync_client=True) as client:
        known = client.read_deployment_by_name("ingest/ateliers.offres")
        client.update_deployment(known.id, DeploymentUpdate(pull_steps=[step]))
    assert [done(yard), done(yard)] == [["updated"], ["unchanged"]]


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


def test_what_waits_for_a_feed_that_a_person_paused_starts_nothing_until_it_is_on_again(yard: Yard) -> None:
    deploy([of_feed(yard.feed)], "quai")
    yard.leave(offers(4))
    seen = look(yard.feed, yard.dock.settings, yard.dock.now)
    started = []
    with get_client(sync_client=True) as client:
        known = client.read_deployment_by_name("ingest/ateliers.offres")
        for paused in (True, False):
            client.update_deployment(known.id, DeploymentUpdate(paused=paused))
            started.append(start_runs([seen], MORNING))
    assert started == [[], [SLUG]]


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


@pytest.mark.standing(10)
def test_the_night_is_a_table_and_a_quarantine_in_it_wants_a_person(yard, monkeypatch):
    yard.take(offers(2))
    at_home(yard, house, monkeypatch)
    other = (yard.dock.settings.partners / "ateliers.toml").read_text(encoding="utf-8")
    (yard.dock.settings.partners / "silent.toml").write_text(other.replace('"inbox"', '"other"'), encoding="utf-8")
    night = [(row["feed"], row["verdict"], row["read"]) for row in house.night_rows(yard.dock)]
    assert night == [(SLUG, "quarantined", 2), ("silent/offres", "no delivery", ""), (SLUG, "accepted", 10)]
    state = house.tell_night(return_state=True)
    assert state.name == "WantsAPerson", state.message
    with get_client(sync_client=True) as client:
        assert client.read_flow_run(state.state_details.flow_run_id).name.startswith("digest 20")


def at_home(yard: Yard, module: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    """The flows of this module run in the yard."""
    monkeypatch.setattr(module, "open_dock", lambda settings: _Open(yard))
    monkeypatch.setattr(module, "read", lambda: yard.dock.settings)


def short_kept(yard: Yard, monkeypatch: pytest.MonkeyPatch) -> None:
    """Drops are kept for 20 days, and the database's clock says the yard's hour."""
    settings = yard.dock.settings.model_copy(update={"keep_drops_days": 20})
    yard.dock = replace(yard.dock, settings=settings)
    monkeypatch.setattr("warehouse.engine.Warehouse.clock", lambda warehouse: yard.at)


def shown(key: str) -> str:
    """The last artifact under this key."""
    with get_client(sync_client=True) as client:
        asked = ArtifactFilter(key=ArtifactFilterKey(any_=[key]))
        (artifact,) = client.read_artifacts(artifact_filter=asked, sort=ArtifactSort.CREATED_DESC, limit=1)
    return str(artifact.data)


def test_the_purge_of_the_night_takes_what_is_due_and_says_what_went(yard, monkeypatch):
    drop = yard.take(offers(3))
    at_home(yard, house, monkeypatch)
    short_kept(yard, monkeypatch)
    first = house.purge_what_is_due(return_state=True)
    assert (first.name, first.message) == ("Purged", "0 drops, 0 copies and returns, 0 rows gone")
    yard.at += timedelta(days=21)
    assert house.purge_what_is_due(return_state=True).name == "Purged"
    assert yard.dock.landing.kept() == frozenset()
    assert f"| ateliers/offres | offres.csv | {drop.sha256[:12]} |" in shown("purge")


@pytest.mark.standing(3)
def test_what_the_purge_of_the_night_could_not_remove_fails_it(yard: Yard, monkeypatch: pytest.MonkeyPatch) -> None:
    at_home(yard, house, monkeypatch)
    short_kept(yard, monkeypatch)
    yard.at += timedelta(days=21)
    with yard.dock.store.lock(SLUG):
        left = house.purge_what_is_due(return_state=True)
    assert (left.name, left.is_failed()) == ("Left", True)
    assert "**left**: drops of ateliers/offres" in shown("purge")


def test_offers_whose_day_is_over_are_closed_each_hour_with_a_count(yard, monkeypatch):
    until = yard.feed.mapping["title"].model_copy(update={"headers": ("Type",)})
    days = [offer(f"R00{day}", Type=f"2026-03-0{day}") for day in (3, 4, 9)]
    yard.take(days, mapping={**yard.feed.mapping, "expires_on": until})
    at_home(yard, house, monkeypatch)
    yard.at += timedelta(days=3)
    assert [house.close_expired() for _ in range(2)] == [2, 0]
    assert shown("close-expired").startswith("0 offers closed")


class _Open:
    """The yard's dock, at the yard's hour."""

    def __init__(self, yard: Yard) -> None:
        self.yard = yard

    def __enter__(self) -> object:
        return self.yard.dock

    def __exit__(self, *_: object) -> None:
        return None


def test_an_unreachable_source_is_retried_twice_and_then_fails_by_that_name(yard, monkeypatch):
    monkeypatch.setattr(runs, "read", lambda: yard.dock.settings.model_copy(update={"retry_seconds": ()}))
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


def test_a_run_that_takes_long_shows_how_far_it_is_and_each_delivery_with_its_return_and_no_person_s_address(
    yard, monkeypatch
):
    monkeypatch.setattr(runs, "read", lambda: yard.dock.settings)
    monkeypatch.setattr(runs, "BAR_AFTER", 0)
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


def test_a_short_run_shows_no_bar_and_of_its_steps_those_that_people_look_at(yard, monkeypatch):
    monkeypatch.setattr(runs, "read", lambda: yard.dock.settings)
    yard.leave(offers(2), "a.csv")
    state = runs.ingest_feed(SLUG, return_state=True)
    assert artifacts(state, "progress") == []
    run = FlowRunFilter(id=FlowRunFilterId(any_=[state.state_details.flow_run_id]))

    def steps() -> list[str]:
        with get_client(sync_client=True) as client:
            return sorted(one.name for one in client.read_task_runs(flow_run_filter=run))

    until(lambda: "publish" in steps(), "the tasks, which are told as events", 60)
    assert steps() == ["keep", "publish"]


def test_a_step_that_is_no_task_is_tried_again_when_the_other_side_is_silent(monkeypatch):
    tries: list[int] = []

    def silent_once() -> str:
        tries.append(1)
        if len(tries) == 1:
            raise WarehouseUnreachable("the database does not answer.")
        return "answered"

    @flow(persist_result=False)
    def look() -> list[Any]:
        steps = runs.Tasks((0.0,), "bar")
        given = [steps.run("look up", partial(silent_once))]
        with pytest.raises(FeedMisconfigured):
            steps.run("standing", partial(_misconfigured, tries))
        return given

    assert (look(), len(tries)) == (["answered"], 3)


def _misconfigured(tries: list[int]) -> None:
    tries.append(1)
    raise FeedMisconfigured("ateliers/offres: no such column.")


def test_a_command_of_the_digest_is_shown_as_code() -> None:
    assert house.in_markdown("1. [late] x\n   quai ingest a/b\n\nAsk.") == "1. [late] x\n   `quai ingest a/b`\n\nAsk."
