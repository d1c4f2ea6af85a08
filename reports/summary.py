"""A delivery in Markdown, for the artifact that ops read beside the flow run."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from offers.model import Delivery, Finding
from offers.sheets import named
from reports.markdown import plain

FIRST = 10
COUNTS = ("read", "ignored", "rejected", "repeated", "created", "updated", "unchanged", "withdrawn", "repaired")


def markdown(delivery: Delivery, rejections: pd.DataFrame, link: str | None = None) -> str:
    """Counts, findings, the first rejections and a link to the return; `rejections` has REJECTION_COLUMNS."""
    parts = [
        f"# {delivery.feed}: {delivery.verdict.value}",
        f"{plain(delivery.drop)}, delivery {delivery.id}, {delivery.seconds:.1f} s. {_return(link)}",
        _table(COUNTS, [[f"{getattr(delivery.counts, name):,}" for name in COUNTS]]),
    ]
    if delivery.findings:
        parts += ["## Findings", _list(map(_finding, delivery.findings))]
    if len(rejections):
        first = rejections.head(FIRST)
        lines = [named(line, delivery.sheets) for line in first["line"].tolist()]
        said = zip(lines, first["column"], first["rule"], first["sentence"], strict=True)
        parts += [f"## The first of {len(rejections):,} rejections", _list(_rejection(*one) for one in said)]
    return "\n\n".join(parts) + "\n"


def _return(link: str | None) -> str:
    return f"Return: [{plain(link.rpartition('/')[2])}](<{link}>)" if link else "No return was written."


def _finding(found: Finding) -> str:
    return f"**{found.severity.value}** `{found.check}`: {plain(found.sentence)}"


def _rejection(line: str, column: str, rule: str, sentence: str) -> str:
    return f"line {plain(line)}, {plain(str(column))}, `{rule}`: {plain(sentence)}"


def _list(entries: Iterable[str]) -> str:
    """Not a table: Prefect's pages cut a cell off at the edge, and wrap a list."""
    return "\n".join(f"- {entry}" for entry in entries)


def _table(headers: tuple[str, ...], rows: list[list[str]]) -> str:
    return "\n".join("| " + " | ".join(line) + " |" for line in [headers, ["---"] * len(headers), *rows])
