"""A flow that says who runs it and then waits to be let go: what a worker's tests kill, cancel and stop."""

from __future__ import annotations

import json
import os
from pathlib import Path

from prefect import flow, runtime
from prefect.settings import get_current_settings

from config.settings import read

PIPE, SAID = "go", "said.json"


@flow(name="waiting", persist_result=False)
def wait(folder: str) -> None:
    """Write down the process and its settings, then read a pipe until somebody has written into it."""
    here = Path(folder)
    settings = read()
    said = {
        "process": os.getpid(),
        "began_in": str(Path.cwd()),
        "count": runtime.flow_run.run_count,
        "contact": settings.contact,
        "database": settings.database,
        "log": get_current_settings().logging.level,
    }
    draft = here / "draft"
    draft.write_text(json.dumps(said), encoding="utf-8")
    draft.rename(here / SAID)
    (here / PIPE).read_bytes()
