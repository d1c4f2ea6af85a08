"""What all tests share."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import testing.examples  # noqa: F401 - the profile of Hypothesis

if TYPE_CHECKING:
    from testing.pairing import Quay
    from testing.scenes import Scenes
    from testing.yard import Yard
    from warehouse.engine import Warehouse

After = Callable[[Any, Any], Any]

gc.disable()  # until all is imported and collected, which leaves nothing to free


def pytest_collection_finish() -> None:
    """What stands by now stays to the end: it is not to be looked through again and again."""
    gc.freeze()
    gc.enable()


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


@pytest.fixture(scope="session")
def scenes(server: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scenes]:
    """The states from which many tests begin."""
    from testing.scenes import Scenes

    with closing(Scenes(server, tmp_path_factory.mktemp("scenes"))) as made:
        yield made


@pytest.fixture
def after(scenes: Scenes, tmp_path: Path) -> Iterator[After]:
    """A yard, a quay or a place, as `opened`, as it was after this was done in it, and what that gave."""
    with ExitStack() as parts:
        yield lambda opened, deed: parts.enter_context(scenes.after(opened, deed, tmp_path))


@pytest.fixture
def warehouse(database_url: str) -> Iterator[Warehouse]:
    """An empty, migrated warehouse of this test's own."""
    from warehouse.engine import open_warehouse

    with open_warehouse(database_url, Path("unused")) as opened:
        yield opened


@pytest.fixture
def place(tmp_path: Path, database_url: str) -> Iterator[dict[str, str]]:
    """The environment of a place with one feed, a database and no Prefect."""
    from testing.place import open_place

    with open_place(tmp_path, database_url) as opened:
        yield opened


@pytest.fixture
def opened() -> Any:
    """What opens the yard of a test."""
    from testing.yard import open_yard

    return open_yard


@pytest.fixture
def yard(request: pytest.FixtureRequest, opened: Any, tmp_path: Path) -> Iterator[Yard]:
    """One invented feed on an empty warehouse; after `@pytest.mark.standing(10)` ten offers of it stand already.

    After `@pytest.mark.standing(by=deed)` it is as the deed left it.
    """
    from testing.yard import sound

    if marked := request.node.get_closest_marker("standing"):
        yield request.getfixturevalue("after")(opened, marked.kwargs.get("by") or sound(*marked.args))[0]
    else:
        with opened(tmp_path, request.getfixturevalue("database_url")) as made:
            yield made


@pytest.fixture
def quay(tmp_path: Path, database_url: str) -> Iterator[Quay]:
    """Records of several feeds can be published; nothing has been delivered yet."""
    from testing.pairing import open_quay

    with open_quay(tmp_path, database_url) as opened:
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
