"""The acknowledgement of a drop: `<drop>.ack.json` in the outbox, for the partner's machine rather than a person."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict
from datetime import UTC

from offers.model import Delivery


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
