"""The settings of a flow run: on a worker, which begins each run in a folder of its own, only whole paths lead home."""

from __future__ import annotations

from pathlib import Path

import pytest

from config.settings import Settings
from flows.place import read, whole_paths
from offers.errors import FeedMisconfigured


@pytest.fixture
def worker(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    """The environment that a worker gives a run, and a place named by whole paths."""
    for name in ("HOME", "PARTNERS", "LANDING"):
        monkeypatch.setenv(f"QUAI_{name}", str(tmp_path / name))
    monkeypatch.setenv("PREFECT__FLOW_RUN_ID", "1ef07d59-eebb-4017-93f2-50031bfa1564")
    return monkeypatch


@pytest.mark.parametrize("name", ["QUAI_HOME", "QUAI_PARTNERS", "QUAI_LANDING"])
def test_on_a_worker_a_relative_path_is_refused_by_name(worker: pytest.MonkeyPatch, name: str) -> None:
    read()
    worker.setenv(name, "var")
    with pytest.raises(FeedMisconfigured, match=f"^{name} in this worker's environment: "):
        read()
    worker.delenv("PREFECT__FLOW_RUN_ID")
    read()


def test_a_landing_on_a_store_is_whole(worker: pytest.MonkeyPatch) -> None:
    worker.setenv("QUAI_LANDING", "s3://landing/drops")
    assert read().landing == "s3://landing/drops"
    assert "QUAI_LANDING" not in whole_paths(read())


def test_a_process_that_starts_others_tells_them_whole_paths(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    told = whole_paths(Settings(home=Path("var"), partners=Path("partners"), landing="drops"))
    assert told == {
        "QUAI_HOME": str(tmp_path / "var"),
        "QUAI_PARTNERS": str(tmp_path / "partners"),
        "QUAI_LANDING": str(tmp_path / "drops"),
    }
