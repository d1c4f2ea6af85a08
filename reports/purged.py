"""What a purge took away, as a page for Prefect: counts and checksums, nobody's data."""

from __future__ import annotations

from typing import Any

from offers.calendar import day_of
from reports.markdown import plain

SHOWN = 200


def title(said: dict[str, Any]) -> str:
    """`3 drops, 12 copies and returns, 40 rows gone; 1 left`."""
    left = f"; {len(said['left'])} left" if said["left"] else ""
    return f"{len(said['drops']):,} drops, {len(said['copies']):,} copies and returns, {rows(said):,} rows gone{left}"


def rows(said: dict[str, Any]) -> int:
    """How many rows of the database were emptied or taken away: what was said of lines, and contacts."""
    return int(sum(said["lines"].values()) + sum(said["contacts"].values()))


def page(said: dict[str, Any]) -> str:
    """Markdown: what went, what could not be removed and why, and where the proof lies."""
    counted = {"drops, bytes": said["bytes"], "copies and returns": len(said["copies"])}
    counted |= {f"lines: {name}": count for name, count in said["lines"].items()}
    counted |= {f"contacts: {name}": count for name, count in said["contacts"].items()}
    told = [
        f"# {title(said)}",
        "",
        f"Drops last come before {day_of(said['drops_before'])}. The proof: `{said['proof']}`.",
        "",
    ]
    told += ["| what | gone |", "|---|---:|", *(f"| {name} | {count:,} |" for name, count in counted.items())]
    if said["drops"]:
        told += ["", "| feed | drop | SHA-256 |", "|---|---|---|"]
        told += [f"| {one['feed']} | {plain(one['name'])} | {one['sha256'][:12]} |" for one in said["drops"][:SHOWN]]
    more = len(said["drops"]) - SHOWN
    told += [f"\n{more:,} more are in the proof."] if more > 0 else []
    told += [f"\n- **left**: {one['what']}: {one['why']}" for one in said["left"]]
    return "\n".join(told) + "\n"
