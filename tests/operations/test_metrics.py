"""Prometheus is told what the ledger says, in names and forms that it reads, also when a part does not answer."""

from __future__ import annotations

import json
import re
import urllib.request
from pathlib import Path

import pytest
import yaml
from prefect.settings import PREFECT_API_URL, PREFECT_CLIENT_MAX_RETRIES, temporary_settings
from prometheus_client.openmetrics.parser import text_string_to_metric_families as openmetrics

from flows.server import backlog
from operations.metrics import Harbour, Runs, serve
from testing.servers.http import Reply, Server
from testing.yard import SLUG, Yard, offer, offers
from warehouse.engine import Warehouse

ROOT = Path(__file__).resolve().parents[2]
OPEN = "application/openmetrics-text; version=1.0.0"


def samples(yard: Yard, *feeds: str, runs: Runs | None = None) -> dict[tuple[str, ...], float]:
    """What is told, by the sample's name and the values of its labels."""
    found = (sample for family in Harbour(yard.dock, feeds, runs).collect() for sample in family.samples)
    return {(sample.name, *sample.labels.values()): sample.value for sample in found}


@pytest.fixture(autouse=True)
def _no_prefect(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PREFECT_API_URL", raising=False)


def test_the_figures_are_those_of_the_ledger(yard: Yard) -> None:
    yard.take([*offers(10), offer("R011", CP="7500")])
    yard.take(offers(2))
    told = samples(yard, SLUG, "orme/accueil")
    assert told["quai_deliveries_total", SLUG, "accepted"] == told["quai_deliveries_total", SLUG, "quarantined"] == 1
    assert told["quai_deliveries_total", "orme/accueil", "accepted"] == 0
    assert (told["quai_rows_total", SLUG, "created"], told["quai_rows_total", SLUG, "rejected"]) == (10, 1)
    assert told["quai_last_accepted_age_seconds", SLUG] == 3600
    assert (told["quai_quarantine_waiting", SLUG], told["quai_offers_online",]) == (1, 10)
    assert told["quai_stage_seconds_total", "publish"] > 0
    assert told["quai_up", "database"] == 1


@pytest.mark.standing(3)
def test_the_endpoint_speaks_openmetrics_in_valid_names(yard: Yard) -> None:
    server, thread = serve(yard.dock, [SLUG], "127.0.0.1", 0)
    asked = urllib.request.Request(f"http://127.0.0.1:{server.server_port}/metrics", headers={"Accept": OPEN})
    with urllib.request.urlopen(asked) as answer:  # noqa: S310  # our own loopback address
        kind, said = answer.headers["Content-Type"], answer.read().decode()
    server.shutdown()
    thread.join()
    server.server_close()
    assert kind.startswith("application/openmetrics-text")
    names = {family.name for family in openmetrics(said)}
    assert {"quai_deliveries", "quai_offers_online", "quai_up"} <= names
    assert all(re.fullmatch(r"quai_[a-z_]+", name) for name in names)


def test_a_database_that_does_not_answer_is_told_as_down(yard: Yard, monkeypatch: pytest.MonkeyPatch) -> None:
    def deaf(self: Warehouse) -> None:
        from offers.errors import WarehouseUnreachable

        raise WarehouseUnreachable("gone")

    monkeypatch.setattr(Warehouse, "transaction", deaf)
    assert samples(yard, SLUG) == {("quai_up", "database"): 0, ("quai_partner_file_sound", "ateliers.toml"): 1}


def test_a_broken_file_is_told_by_its_name(yard: Yard) -> None:
    (yard.home / "partners" / "Copie de orme.toml").write_text("name = ", encoding="utf-8")
    told = samples(yard, SLUG)
    files = {labels[0]: value for (name, *labels), value in told.items() if name == "quai_partner_file_sound"}
    assert files == {"ateliers.toml": 1, "Copie de orme.toml": 0}


@pytest.mark.parametrize("reply", [Reply(status=500), Reply(body=b"true")])
def test_a_prefect_that_does_not_answer_is_told_as_down_and_its_runs_are_absent(yard, monkeypatch, reply):
    with Server(lambda asked: reply if "health" in asked.path else Reply(status=404)) as unwell:
        monkeypatch.setenv("PREFECT_API_URL", unwell.url("/api"))
        changed = {PREFECT_API_URL: unwell.url("/api"), PREFECT_CLIENT_MAX_RETRIES: 0}
        with temporary_settings(changed):
            told = samples(yard, SLUG, runs=backlog)
    assert told["quai_up", "prefect"] == 0
    assert not {"quai_runs_planned", "quai_runs_overdue", "quai_flow_runs"} & {name for name, *_ in told}


@pytest.mark.standing(3)
def test_the_dashboard_and_the_page_name_what_is_told_and_nothing_else(yard: Yard) -> None:
    told = {name for name, *_ in samples(yard, SLUG)} | {"quai_flow_runs", "quai_schedules_active"}
    told |= {"quai_runs_planned", "quai_runs_overdue", "quai_orphaned_records"}
    board = json.loads((ROOT / "docs/grafana/quai.json").read_text(encoding="utf-8"))
    asked = [target["expr"] for panel in board["panels"] for target in panel["targets"]]
    assert set(re.findall(r"quai_[a-z_]+", " ".join(asked))) == told
    page = (ROOT / "docs/watching.md").read_text(encoding="utf-8")
    rules = yaml.safe_load((ROOT / "docs/grafana/quai.rules.yml").read_text(encoding="utf-8"))
    alerts = [rule["expr"] for group in rules["groups"] for rule in group["rules"]]
    assert set(re.findall(r"quai_[a-z_]+", " ".join(alerts))) < told
    assert set(re.findall(r"^\| `(quai_[a-z_]+)`", page, flags=re.M)) == told
