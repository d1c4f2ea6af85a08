"""What releasing a drop would change, in brief: counts and a few examples, made when the drop is held.

Stored with the delivery rather than made anew on demand: at that moment both sides are at hand, it is what the gate
judged, and it still explains the decision when the standing has moved on or the bytes are purged. What the rules of
today would make of the drop is said by `quai replay DELIVERY --dry-run`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from offers.columns import BY_NAME, NAMES, Kind
from offers.model import Changes

EXAMPLES = 5
_TITLES = ("reference", "title", "city")
_LONGEST = 120
_NUMBERS = (Kind.DECIMAL, Kind.INTEGER)
PUBLIC = tuple(name for name in NAMES if not BY_NAME[name].personal)

Record = Mapping[str, str]


def needed(changes: Changes) -> list[str]:
    """The references whose standing content `preview` shows."""
    return [*changes.updated["reference"].head(EXAMPLES), *changes.withdrawn[:EXAMPLES]]


def preview(changes: Changes, stood: Mapping[str, Record]) -> dict[str, Any]:
    """Counts, and examples of each: who comes, what differs (before, after), who goes. JSON-ready, nothing personal.

    `stood`: what stands under the references of `needed`, canonical text by column.
    """
    return {
        "created": len(changes.created),
        "updated": len(changes.updated) + changes.closing,
        "unchanged": changes.unchanged,
        "withdrawn": len(changes.withdrawn),
        "examples": {
            "created": [_named(record) for record in _records(changes.created)],
            "updated": [_changed(record, stood.get(record["reference"], {})) for record in _records(changes.updated)],
            "withdrawn": [_named({"reference": gone, **stood.get(gone, {})}) for gone in changes.withdrawn[:EXAMPLES]],
        },
    }


def lines(said: Mapping[str, Any]) -> list[str]:
    """The preview as lines for a terminal; none where a delivery was held before previews were kept."""
    if not said:
        return []
    counts = ", ".join(f"{said[name]:,} {name}" for name in ("created", "updated", "unchanged", "withdrawn"))
    out = [f"Releasing it would mean, as of when it was held or a release was last refused: {counts}."]
    for what, examples in said["examples"].items():
        out += [f"  {what}: {_line(example)}" for example in examples]
        more = said[what] - len(examples)
        out += [f"  {what}: and {more:,} more"] if examples and more > 0 else []
    return out


def _line(example: Mapping[str, Any]) -> str:
    named = " · ".join(example[name] for name in _TITLES if name in example)
    changed = [f"{name}: {_or_empty(b)} → {_or_empty(a)}" for name, (b, a) in example.get("changed", {}).items()]
    return f"{named} ({'; '.join(changed)})" if changed else named


def _or_empty(value: str | None) -> str:
    return "(empty)" if value is None else f"« {value} »"


def _records(frame: pd.DataFrame) -> list[dict[str, str]]:
    rows = frame.head(EXAMPLES)[[name for name in PUBLIC if name in frame.columns]].to_dict("records")
    return [{str(name): str(value) for name, value in row.items() if not pd.isna(value)} for row in rows]


def _named(record: Record) -> dict[str, Any]:
    return {name: _short(record[name]) for name in _TITLES if name in record}


def _changed(after: Record, before: Record) -> dict[str, Any]:
    if not before:
        return _named(after)
    both = ((name, before.get(name), after.get(name)) for name in PUBLIC)
    differ = {name: [_short(b), _short(a)] for name, b, a in both if not _same(name, b, a)}
    return {**_named(after), "changed": differ}


def _same(name: str, before: str | None, after: str | None) -> bool:
    if before is not None and after is not None and BY_NAME[name].kind in _NUMBERS:
        return float(before) == float(after)
    return before == after


def _short(value: str | None) -> str | None:
    return value if value is None or len(value) <= _LONGEST else value[: _LONGEST - 1] + "…"
