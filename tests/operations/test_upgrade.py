"""The upgrade of docs/operate.md, as operators type it, of a database that Quai wrote at 0011; and back again."""

from __future__ import annotations

import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
from prefect.client.orchestration import get_client

from flows.deploy import deploy, of_feed
from offers.model import Drop
from testing.commands import Place, environment, quai, told
from testing.database import copy_of_pattern
from testing.yard import MORNING, SLUG, TOML, offer, offers, open_yard, table
from warehouse import migrate as dumping
from warehouse.engine import open_warehouse
from warehouse.landing import Landing
from warehouse.migrate import version

FORMER, SAID = "0011", Path(__file__).parents[1] / "warehouse" / "at_0011.sql"
NIGHTS = (
    [*offers(4), offer("R005", CP="7500")],
    [*offers(3), offer("R004", Intitulé="Forge et soudure"), offer("R006")],
)
"""What the partner had sent by then."""
IDS = {"R001": 1, "R002": 2, "R003": 3, "R004": 4, "R006": 5}
"""The offers that this became, at 0011."""


def emptied(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("drop schema public cascade")
        connection.execute("create schema public")


@pytest.fixture
def former(tmp_path: Path, database_url: str) -> Place:
    """A place as the former Quai left it: database, landing and partner's file."""
    for folder in ("partners", "inbox"):
        (tmp_path / folder).mkdir()
    (tmp_path / "partners" / "ateliers.toml").write_text(TOML, encoding="utf-8")
    emptied(database_url)
    with psycopg.connect(database_url) as connection:
        connection.execute(SAID.read_text(encoding="utf-8"))
    for number, rows in enumerate(NIGHTS):
        path = tmp_path / f"night{number}.csv"
        path.write_bytes(table(rows))
        Landing(str(tmp_path / "landing"), tmp_path).keep(
            Drop(SLUG, "offres.csv", path, path.stat().st_size, MORNING, str(path))
        )
    return environment(
        QUAI_HOME=str(tmp_path), QUAI_PARTNERS=str(tmp_path / "partners"), QUAI_DATABASE_URL=database_url
    )


def ids(place: Place) -> dict[str, int]:
    with psycopg.connect(place["QUAI_DATABASE_URL"]) as connection:
        query = "select reference, offer_id from records where withdrawn_at is null order by 1"
        return dict(connection.execute(query).fetchall())


def at(place: Place) -> str | None:
    with open_warehouse(place["QUAI_DATABASE_URL"], Path("unused")) as warehouse:
        return version(warehouse)


def the_next_night(place: Place) -> dict[str, object]:
    """One offer with another text, one that is new, the others as they were."""
    with open_yard(Path(place["QUAI_HOME"]), place["QUAI_DATABASE_URL"]) as yard:
        yard.at += timedelta(days=1)
        new = [offer("R003", Description="Une autre semaine."), *NIGHTS[1][3:], offer("R007")]
        night = yard.take([*offers(2), *new])
    counts = {name: getattr(night.counts, name) for name in ("created", "updated", "unchanged", "withdrawn")}
    return {"delivery": night.id, "verdict": night.verdict.value, **counts}


WENT_ON = {"delivery": 4, "verdict": "accepted", "created": 1, "updated": 1, "unchanged": 4, "withdrawn": 0}


def test_a_former_database_is_saved_migrated_and_goes_on_with_the_same_offers_and_back_again(former, server, tmp_path):
    saved = tmp_path / "before-upgrade"
    status, out, _ = quai(former, "backup", str(saved))
    assert (status, at(former), out) == (0, FORMER, f"{saved}: 3 deliveries, 2 drops.\n")
    assert quai(former, "migrate")[0] == 0
    assert ids(former) == IDS
    assert the_next_night(former) == WENT_ON
    assert {reference: ids(former)[reference] for reference in IDS} == IDS
    with copy_of_pattern(server) as url:
        # Back again: the former Quai finds in a new database all as it was, ...
        emptied(url)
        back = {**former, "QUAI_DATABASE_URL": url}
        with open_warehouse(url, tmp_path) as warehouse:
            dumping.restore(warehouse, saved / "quai.dump")
        assert (at(back), ids(back)) == (FORMER, IDS)
        # ... and the second attempt, of the newer one, goes on from there.
        assert quai(back, "migrate")[0] == 0
        assert the_next_night(back) == WENT_ON


def test_a_former_backup_comes_back_into_an_empty_database_that_the_newer_quai_has_migrated(former, server, tmp_path):
    saved = tmp_path / "before-upgrade"
    assert quai(former, "backup", str(saved))[0] == 0
    with copy_of_pattern(server) as url:
        place = {**former, "QUAI_DATABASE_URL": url}
        status, said = told(place, "restore", str(saved))
        assert (status, said["deliveries"], ids(place)) == (0, 3, IDS)
        assert the_next_night(place) == WENT_ON


def prefect_types(asks: dict[str, str], *words: str) -> None:
    """A `prefect` command, in a process of its own."""
    place = environment(**asks)
    subprocess.run([sys.executable, "-m", "prefect", *words], env=place, check=True, capture_output=True)


def test_while_the_pool_is_paused_workers_are_given_nothing_and_afterwards_what_was_due(yard, prefect):
    """`prefect work-pool pause`, as the runbook types it: the run that was due waits, and is not lost."""
    deploy([of_feed(yard.feed)], "drained")
    with get_client(sync_client=True) as client:
        known = client.read_deployment_by_name("ingest/ateliers.offres")
        run = client.create_flow_run_from_deployment(known.id)

        def given() -> list[object]:
            return [one.flow_run.id for one in client.get_scheduled_flow_runs_for_work_pool("drained")]

        prefect_types(prefect, "work-pool", "pause", "drained")
        assert given() == []
        prefect_types(prefect, "work-pool", "resume", "drained")
        assert given() == [run.id]
