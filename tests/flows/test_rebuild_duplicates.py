"""The rebuild as Prefect runs: parts shared out, counts shown, drift a failure, only a lost database tried again."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import State
from sqlalchemy import text

from flows import rebuild_duplicates as flows
from offers.errors import QuaiError, WarehouseUnreachable
from operations.duplicates.rebuilding import COUNTS, rebuild_all
from testing.pairing import FOUND, OWN, Quay, open_quay, row
from warehouse.matching.rebuild import Rebuilds

TOWNS = {
    "69": {},
    "38": {"department": "38", "insee_code": "38185", "postal_code": "38000", "city": "Grenoble"},
    "2A": {"department": "2A", "insee_code": "2A004", "postal_code": "20000", "city": "Ajaccio"},
}
AT_ONCE = {"retry_delay_seconds": 0}
pytestmark = pytest.mark.usefixtures("prefect")


def delivered(quay: Quay) -> None:
    """Two records of one offer in each of three départements."""
    quay.night(OWN, *(row(f"A{name}", **town) for name, town in TOWNS.items()))
    quay.night(FOUND, *(row(f"B{name}", **town) for name, town in TOWNS.items()))


@pytest.fixture
def quay(after: Callable[..., tuple[Quay, None]], monkeypatch: pytest.MonkeyPatch) -> Quay:
    """Each département is a part of its own."""
    parts = Rebuilds.parts
    monkeypatch.setattr(Rebuilds, "parts", lambda matching: parts(matching, 1))
    monkeypatch.setattr(flows, "rebuild_part", flows.rebuild_part.with_options(**AT_ONCE))
    quay: Quay = after(open_quay, delivered)[0]
    monkeypatch.setattr(flows, "read", lambda: quay.dock.settings)
    return quay


def run(**given: Any) -> State[Any]:
    return flows.rebuild_duplicates(workers=1, return_state=True, **given)


def table(state: State[Any]) -> list[dict[str, Any]]:
    """The table that the run ended with."""
    with get_client(sync_client=True) as client:
        (artifact,) = client.read_artifacts(artifact_filter=flows.artifacts_of(state.state_details.flow_run_id))
    rows: list[dict[str, Any]] = json.loads(str(artifact.data))
    return rows


def torn(quay: Quay) -> None:
    """Somebody tore an offer apart behind our back."""
    with quay.dock.store.warehouse.transaction() as connection:
        connection.execute(text("update records set offer_id = id where reference = 'B2A'"))


def test_a_dry_run_tells_each_part_and_fails_where_records_would_move(quay: Quay) -> None:
    before = quay.offers()
    torn(quay)
    alone = rebuild_all(quay.dock, workers=1, write=False).as_dict()
    drifted = run(dry_run=True)
    assert (drifted.name, drifted.is_failed()) == ("Drifted", True)
    assert "1 of 6 records would be in another offer" in str(drifted.message)
    rows = table(drifted)
    assert [one["part"] for one in rows] == ["département 2A", "département 38", "département 69", "in all"]
    assert {name: rows[-1][name] for name in COUNTS} == {name: alone[name] for name in COUNTS}
    assert quay.offers() != before


def test_a_run_puts_right_what_has_drifted(quay: Quay) -> None:
    before = quay.offers()
    torn(quay)
    assert run(department="38").message == "2 records, 0 moved."
    assert run().message == "6 records, 1 moved."
    assert quay.offers() == before
    assert run(dry_run=True).name == "NoDrift"


def test_only_a_database_that_does_not_answer_is_tried_again(quay: Quay, monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[str] = []
    faults: dict[str, list[Exception]] = {"2A": [WarehouseUnreachable("it is away")], "38": [QuaiError("it is odd")]}

    def failing(matching: Rebuilds, departments: tuple[str, ...], at: Any, *, write: bool) -> Any:
        tried.append(departments[0])
        for fault in faults.get(departments[0], [])[tried.count(departments[0]) - 1 :]:
            raise fault
        return rebuild(matching, departments, at, write=write)

    rebuild = Rebuilds.rebuild
    monkeypatch.setattr(Rebuilds, "rebuild", failing)
    state = run()
    assert sorted(tried) == ["2A", "2A", "38", "69"]
    assert (state.name, state.is_failed()) == ("QuaiError", True)
    assert str(state.message).startswith("1 of 3 parts failed; the others are done. it is odd")
    assert [one["part"] for one in table(state)] == ["département 2A", "département 69", "in all"]


def test_parts_are_handed_to_the_runs_of_a_deployment(quay: Quay, monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[dict[str, Any]] = []

    def deployed(name: str, parameters: dict[str, Any], **_: Any) -> Any:
        given.append({"name": name, **json.loads(json.dumps(parameters))})
        state = flows.rebuild_one(**parameters, return_state=True)
        with get_client(sync_client=True) as client:
            return client.read_flow_run(state.state_details.flow_run_id)

    monkeypatch.setattr(flows, "run_deployment", deployed)
    torn(quay)
    state = run(dry_run=True, deployment="rebuild-part/pool")
    assert state.name == "Drifted"
    assert sorted(one["departments"] for one in given) == [["2A"], ["38"], ["69"]]
    assert {(one["name"], one["dry_run"]) for one in given} == {("rebuild-part/pool", True)}
    assert [one["moved"] for one in table(state)] == [1, 0, 0, 1]
    monkeypatch.setattr(Rebuilds, "rebuild", lambda *_, **__: (_ for _ in ()).throw(QuaiError("it is odd")))
    assert "QuaiError, it is odd" in str(run(deployment="rebuild-part/pool", department="69").message)


def test_a_departement_without_records_and_an_unknown_deployment_are_declined_and_an_empty_warehouse_rebuilt(quay):
    state = run(department="75")
    assert (state.name, state.is_failed()) == ("Declined", True)
    assert "no deployment « rebuild-part/none »" in str(run(department="69", deployment="rebuild-part/none").message)
    with quay.dock.store.warehouse.transaction() as connection:
        connection.execute(text("truncate records"))
    assert run().message == "0 records, 0 moved."


def test_runs_are_named_in_words() -> None:
    assert flows.in_words(["69"]) == "département 69"
    assert flows.in_words(["69", "", "2A"]) == "départements 69, unknown, 2A"
    assert flows.in_words([str(n) for n in range(10, 20)]) == "départements 10, 11, 12, 13, 14, 15 and 4 more"


def test_the_page_deploys_flows_that_are_there_with_parameters_that_they_take() -> None:
    page = (Path(__file__).resolve().parents[2] / "docs" / "scale.md").read_text(encoding="utf-8")
    entries = set(re.findall(r"flows/rebuild_duplicates\.py:(\w+)", page))
    assert entries == {"rebuild_duplicates", "rebuild_one"}
    made = {getattr(flows, entry).name for entry in entries}
    assert set(re.findall(r"(rebuild-\w+)/(?:here|pool)", page)) == made
    given = set(re.findall(r"(?:-p|--param) '?(\w+)=", page))
    assert given == {"department", "dry_run", "deployment"}
    assert given <= set(flows.rebuild_duplicates.parameters.properties)
