"""A delivery as the one flat row that `--json`, the ledger and artifacts all show."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import pandas as pd

from offers.model import NOT_TAKEN, Delivery, Severity


def as_row(delivery: Delivery) -> dict[str, Any]:
    """The keys that other programs rely on, JSON-ready; the counts add up as `offers.model.Counts` says."""
    return {
        "delivery": delivery.id,
        "feed": delivery.feed,
        "drop": delivery.drop,
        "sha256": delivery.sha256,
        "verdict": delivery.verdict.value,
        **asdict(delivery.counts),
        "findings": [finding.as_dict() for finding in delivery.findings],
        "report": delivery.report,
        "seconds": delivery.seconds,
        "stages": dict(delivery.stages),
        "started_at": delivery.started_at.isoformat(),
        "releases": delivery.releases,
        "replays": delivery.replays,
    }


def exit_status(row: dict[str, Any]) -> int:
    """0: done, every row kept; 1: done, some rows rejected or findings; 3: nothing was taken."""
    if row["verdict"] in NOT_TAKEN:
        return 3
    grave = any(finding["severity"] != Severity.NOTE for finding in row["findings"])
    return 1 if row["rejected"] or grave else 0


def plain_rows(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows of a frame as JSON-ready dicts; what is missing is null."""
    columns = {str(name): frame[name].astype(object).where(frame[name].notna(), None).tolist() for name in frame}
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
