"""What all tests share."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from warehouse.engine import Warehouse

ROOT = Path(__file__).resolve().parents[1]
for entry in (ROOT, ROOT / "tests", ROOT / "tests" / "flows"):
    if str(entry) not in sys.path:
        sys.path.insert(0, str(entry))


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Iterator[Path]:
    """The home of an embedded PostgreSQL, one for the whole test run, with a migrated database `pattern` in it.

    Workers of pytest-xdist share it: the first makes it, the last to leave stops it.
    """
    from database import shared_server

    base = tmp_path_factory.getbasetemp()
    with shared_server(base if worker_id == "master" else base.parent) as home:
        yield home


@pytest.fixture
def embedded_home() -> Iterator[Path]:
    """A home whose embedded PostgreSQL, once something starts it, is this test's own; gone at the end."""
    from database import home_of_its_own

    with home_of_its_own() as home:
        yield home


@pytest.fixture
def database_url(server: Path) -> Iterator[str]:
    """The URL of an empty, migrated database of this test's own."""
    from database import copy_of_pattern

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
    from commands import environment
    from yard import TOML

    for folder in ("partners", "inbox"):
        (tmp_path / folder).mkdir()
    partners = tmp_path / "partners"
    (partners / "ateliers.toml").write_text(TOML, encoding="utf-8")
    return environment(QUAI_HOME=str(tmp_path), QUAI_PARTNERS=str(partners), QUAI_DATABASE_URL=database_url)
