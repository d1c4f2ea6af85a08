"""What ops read beside a flow run, in Markdown for Prefect's artifacts: a delivery, and what a purge took away."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pandas as pd

from offers.calendar import day_of
from offers.model import Delivery
from offers.sheets import named
from reports.harmless import plain

FIRST = 10
SHOWN = 200
COUNTS = ("read", "ignored", "rejected", "repeated", "created", "updated", "unchanged", "withdrawn", "repaired")


def markdown(delivery: Delivery, rejections: pd.DataFrame, link: str | None = None) -> str:
    """Counts, findings, the first rejections and a link to the return; `rejections` has REJECTION_COLUMNS."""
    written = f"Return: [{plain(link.rpartition('/')[2])}](<{link}>)" if link else "No return was written."
    parts = [
        f"# {delivery.feed}: {delivery.verdict.value}",
        f"{plain(delivery.drop)}, delivery {delivery.id}, {delivery.seconds:.1f} s. {written}",
        _table(COUNTS, [[f"{getattr(delivery.counts, name):,}" for name in COUNTS]]),
    ]
    if delivery.findings:
        parts += [
            "## Findings",
            _list(f"**{one.severity.value}** `{one.check}`: {plain(one.sentence)}" for one in delivery.findings),
        ]
    if len(rejections):
        first = rejections.head(FIRST)
        lines = [named(line, delivery.sheets) for line in first["line"].tolist()]
        cells = zip(lines, first["column"], first["rule"], first["sentence"], strict=True)
        told = (f"line {plain(line)}, {plain(str(col))}, `{rule}`: {plain(why)}" for line, col, rule, why in cells)
        parts += [f"## The first of {len(rejections):,} rejections", _list(told)]
    return "\n\n".join(parts) + "\n"


def purge_title(said: dict[str, Any]) -> str:
    """`3 drops, 12 copies and returns, 40 rows gone; 1 left`."""
    left = f"; {len(said['left'])} left" if said["left"] else ""
    rows = sum(said["lines"].values()) + sum(said["contacts"].values())  # emptied or taken away
    return f"{len(said['drops']):,} drops, {len(said['copies']):,} copies and returns, {rows:,} rows gone{left}"


def purge_page(said: dict[str, Any]) -> str:
    """Markdown: what went, what could not be removed and why, and where the proof lies."""
    counted = {"drops, bytes": said["bytes"], "copies and returns": len(said["copies"])}
    counted |= {f"lines: {name}": count for name, count in said["lines"].items()}
    counted |= {f"contacts: {name}": count for name, count in said["contacts"].items()}
    told = [
        f"# {purge_title(said)}",
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


def _list(entries: Iterable[str]) -> str:
    """Not a table: Prefect's pages cut a cell off at the edge, and wrap a list."""
    return "\n".join(f"- {entry}" for entry in entries)


def _table(headers: tuple[str, ...], rows: list[list[str]]) -> str:
    return "\n".join("| " + " | ".join(line) + " |" for line in [headers, ["---"] * len(headers), *rows])
