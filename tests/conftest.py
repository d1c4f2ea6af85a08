"""What all tests share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from testing.yard import Yard
    from warehouse.engine import Warehouse

pytest.register_assert_rewrite("testing.contract")


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Iterator[Path]:
    """The home of an embedded PostgreSQL, one for the whole test run, with a migrated database `pattern` in it.

    Workers of pytest-xdist share it: the first makes it, the last to leave stops it.
    """
    from testing.database import shared_server

    base = tmp_path_factory.getbasetemp()
    with shared_server(base if worker_id == "master" else base.parent) as home:
        yield home


@pytest.fixture
def embedded_home() -> Iterator[Path]:
    """A home whose embedded PostgreSQL, once something starts it, is this test's own; gone at the end."""
    from testing.database import home_of_its_own

    with home_of_its_own() as home:
        yield home


@pytest.fixture
def database_url(server: Path) -> Iterator[str]:
    """The URL of an empty, migrated database of this test's own."""
    from testing.database import copy_of_pattern

    with copy_of_pattern(server) as url:
        yield url


@pytest.fixture
def warehouse(database_url: str) -> Iterator[Warehouse]:
    """An empty, migrated warehouse of this test's own."""
    from warehouse.engine import open_warehouse

    with open_warehouse(database_url, Path("unused")) as opened:
        yield opened


@pytest.fixture
def place(tmp_path: Path, database_url: str) -> dict[str, str]:
    """The environment of a place with one feed, a database and no Prefect."""
    from testing.commands import environment
    from testing.yard import TOML

    for folder in ("partners", "inbox"):
        (tmp_path / folder).mkdir()
    partners = tmp_path / "partners"
    (partners / "ateliers.toml").write_text(TOML, encoding="utf-8")
    return environment(QUAI_HOME=str(tmp_path), QUAI_PARTNERS=str(partners), QUAI_DATABASE_URL=database_url)


@pytest.fixture
def yard(tmp_path: Path, database_url: str) -> Iterator[Yard]:
    """One invented feed on an empty warehouse."""
    from testing.yard import open_yard

    with open_yard(tmp_path, database_url) as opened:
        yield opened


@pytest.fixture(scope="session")
def prefect_api(server: Path) -> dict[str, str]:
    """What whoever asks it has in the environment: a Prefect server on the embedded PostgreSQL, stopped before it."""
    from testing.database import prefect_on

    return prefect_on(server)


@pytest.fixture(scope="module")
def prefect(prefect_api: dict[str, str]) -> Iterator[dict[str, str]]:
    """The Prefect server, for the flows and clients of this module; heartbeats off, for they cost a run a second."""
    from prefect.settings import (
        PREFECT_API_AUTH_STRING,
        PREFECT_API_URL,
        PREFECT_FLOWS_HEARTBEAT_FREQUENCY,
        temporary_settings,
    )

    from flows.local import AUTH

    asks = {PREFECT_API_URL: prefect_api["PREFECT_API_URL"], PREFECT_API_AUTH_STRING: prefect_api[AUTH]}
    with temporary_settings({**asks, PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None}):
        yield prefect_api
