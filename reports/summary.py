"""A delivery in Markdown, for the artifact that ops read beside the flow run."""

from __future__ import annotations

import pandas as pd

from offers.model import Delivery

FIRST = 10
COUNTS = ("read", "ignored", "rejected", "repeated", "created", "updated", "unchanged", "withdrawn", "repaired")


def markdown(delivery: Delivery, rejections: pd.DataFrame, link: str | None = None) -> str:
    """Counts, findings, the first rejections and a link to the return; `rejections` has REJECTION_COLUMNS."""
    parts = [
        f"# {delivery.feed}: {delivery.verdict.value}",
        f"`{delivery.drop}`, delivery {delivery.id}, {delivery.seconds:.1f} s. {_return(link)}",
        _table(COUNTS, [[f"{getattr(delivery.counts, name):,}" for name in COUNTS]]),
    ]
    if delivery.findings:
        findings = [[finding.severity.value, finding.check, finding.sentence] for finding in delivery.findings]
        parts += ["## Findings", _table(("severity", "check", "what was seen"), findings)]
    if len(rejections):
        first = rejections.head(FIRST)[["line", "column", "rule", "sentence"]].astype(str).to_numpy().tolist()
        parts += [
            f"## The first of {len(rejections):,} rejections",
            _table(("line", "column", "rule", "sentence"), first),
        ]
    return "\n\n".join(parts) + "\n"


def _return(link: str | None) -> str:
    return f"Return: [{_cell(link.rpartition('/')[2])}](<{link}>)" if link else "No return was written."


def _table(headers: tuple[str, ...], rows: list[list[str]]) -> str:
    lines = [headers, ["---"] * len(headers), *rows]
    return "\n".join("| " + " | ".join(_cell(text) for text in line) + " |" for line in lines)


def _cell(text: str) -> str:
    """A partner's text may hold what Markdown takes for a table, a line or a tag."""
    return text.replace("|", "\\|").replace("\n", " ").replace("<", "&lt;")
