"""A yard per test, and a Prefect server for those that want one."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from yard import Yard, open_yard

from flows.local import AUTH


@pytest.fixture
def yard(tmp_path: Path, database_url: str) -> Iterator[Yard]:
    """One invented feed on an empty warehouse."""
    with open_yard(tmp_path, database_url) as opened:
        yield opened


@pytest.fixture(scope="session")
def prefect_api(server: Path) -> dict[str, str]:
    """What whoever asks it has in the environment: a Prefect server on the embedded PostgreSQL, stopped before it."""
    from database import prefect_on

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

    asks = {PREFECT_API_URL: prefect_api["PREFECT_API_URL"], PREFECT_API_AUTH_STRING: prefect_api[AUTH]}
    with temporary_settings({**asks, PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None}):
        yield prefect_api
