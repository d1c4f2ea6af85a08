"""The return for machines: every line that it names as CSV, and the acknowledgement of the drop as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict
from datetime import UTC

from offers.model import Delivery
from offers.sheets import placed
from reports.harmless import csv_bytes
from reports.returns.content import Return, visible

_CSV_COLUMNS = ("status", "line", "reference", "column", "received", "kept", "rule", "sentence", "remedy")


def csv(ret: Return) -> bytes:
    """One row per value or line that the return names, all of them; UTF-8 with BOM, semicolons, defused.

    The sheet stands before the line where several were read.
    """
    several = len(ret.sheets) > 1
    columns = ("status", "sheet", *_CSV_COLUMNS[1:]) if several else _CSV_COLUMNS
    rows = placed(ret.account, ret.sheets)[list(columns)].copy()
    for name in ("received", "kept"):
        rows[name] = rows[name].map(visible)
    return csv_bytes(rows.rename(columns={name: ret.words(f"csv_{name}") for name in columns}))


def acknowledgement(delivery: Delivery, returns: Iterable[str] = ()) -> bytes:
    """What became of a drop, as JSON in UTF-8: what came, the verdict, where each line went, and when.

    `returns` are the names or places of the return's files; only their names are told. `counts` holds the sum
    `read = ignored + rejected + repeated + created + updated + unchanged`, with `withdrawn` and `repaired` beside it.
    """
    counts = asdict(delivery.counts)
    said = {
        "feed": delivery.feed,
        "drop": delivery.drop,
        "sha256": delivery.sha256,
        "verdict": delivery.verdict.value,
        "instant": delivery.finished_at.astimezone(UTC).isoformat(timespec="seconds"),
        "counts": {name: count for name, count in counts.items() if name not in _OURS},
        "returns": sorted(name.replace("\\", "/").rpartition("/")[2] for name in returns),
    }
    return (json.dumps(said, ensure_ascii=False, indent=2) + "\n").encode()


def acknowledgement_name(drop: str) -> str:
    """`offres.csv` -> `offres.csv.ack.json`."""
    return f"{drop}.ack.json"


_OURS = ("linked", "review")
"""Between offers of several partners: nothing that this one sent or can change."""
