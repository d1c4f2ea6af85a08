"""The settings of a flow run, and what a run of the house is called. On a worker the environment must name whole paths.

A worker begins each run in a folder of its own, thrown away at its end. From there `var` would be an empty landing and
a new embedded database, and whatever the run took in would be gone with the folder.
"""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path

from prefect import runtime

from config import settings as environment
from config.settings import Settings
from offers.calendar import minute_of
from offers.errors import FeedMisconfigured

ON_A_WORKER = "PREFECT__FLOW_RUN_ID"
"""What every kind of worker tells the process of a run."""


def read() -> Settings:
    """The settings of this run. Raises FeedMisconfigured where a worker's environment names paths by half."""
    settings = environment.read()
    if ON_A_WORKER in os.environ:
        relative = [name for name, path in _paths(settings).items() if not path.is_absolute()]
        if relative:
            raise FeedMisconfigured(
                f"{', '.join(relative)} in this worker's environment: a worker begins each run in a folder of its own, "
                "so that a relative path leads nowhere. Name the whole path, e.g. QUAI_HOME=/var/lib/quai, and start "
                "the worker again."
            )
    return settings


def house_name() -> str:
    """What a run of the house is called, as those of feeds are: `digest 2026-06-01 07:30`, in Paris."""
    at: datetime = runtime.flow_run.scheduled_start_time
    return f"{runtime.flow_run.flow_name} {minute_of(at)}"


def whole_paths(settings: Settings) -> dict[str, str]:
    """The variables that say the same from every folder, for the processes that this one starts."""
    return {name: str(path.absolute()) for name, path in _paths(settings).items()}


def _paths(settings: Settings) -> dict[str, Path]:
    named = {"QUAI_HOME": settings.home, "QUAI_PARTNERS": settings.partners}
    return named if "://" in settings.landing else {**named, "QUAI_LANDING": Path(settings.landing)}


def index_of(settings: Settings) -> Path:
    """Where the gate's Data Docs begin, whether they have been built or not."""
    return settings.home / "data_docs" / "index.html"
