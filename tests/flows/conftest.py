"""A yard per test, and a Prefect server for those that want one."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from yard import Yard, open_yard


@pytest.fixture
def yard(tmp_path: Path, database_url: str) -> Iterator[Yard]:
    """One invented feed on an empty warehouse."""
    with open_yard(tmp_path, database_url) as opened:
        yield opened


@pytest.fixture(scope="session")
def prefect_api(server: Path) -> str:
    """The API of a Prefect server on the embedded PostgreSQL, one for the whole test run, stopped before it."""
    from database import prefect_on

    return prefect_on(server)


@pytest.fixture(scope="module")
def prefect(prefect_api: str) -> Iterator[str]:
    """The Prefect server, for the flows and clients of this module; heartbeats off, for they cost a run a second."""
    from prefect.settings import PREFECT_API_URL, PREFECT_FLOWS_HEARTBEAT_FREQUENCY, temporary_settings

    with temporary_settings({PREFECT_API_URL: prefect_api, PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None}):
        yield prefect_api
