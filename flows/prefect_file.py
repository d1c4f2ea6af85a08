"""`prefect.yaml`, for those who deploy with Prefect's own command: the same plan, written down."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import yaml

from flows.schedules import TIMEZONE, Planned

HEAD = "# Written by `quai deploy --file`: change the partners' files, not this one.\n"


def prefect_yaml(planned: Iterable[Planned], pool: str) -> str:
    """The file's text; `prefect deploy --all` makes of it what `quai deploy` makes. It pauses no removed feed.

    `pull` is an empty list: left out, or null, every run would first go to the folder that `prefect` was called in.
    """
    said: dict[str, Any] = {"name": "quai", "pull": [], "deployments": [_entry(one, pool) for one in planned]}
    return HEAD + str(yaml.safe_dump(said, allow_unicode=True, sort_keys=False, width=110))


def _entry(one: Planned, pool: str) -> dict[str, Any]:
    return {
        "name": one.name,
        "entrypoint": one.entrypoint,
        "description": one.description,
        "tags": list(one.tags),
        "parameters": dict(one.parameters),
        "schedules": [{"cron": cron, "timezone": TIMEZONE, "active": True} for cron in one.crons],
        "concurrency_limit": {"limit": 1, "collision_strategy": "ENQUEUE"},
        "work_pool": {"name": pool},
    }
