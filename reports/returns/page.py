"""The return as one HTML page: no script, no outside resource, readable on a phone, in print and by a screen reader."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from functools import cache
from itertools import islice
from typing import Any
from urllib.parse import quote

import jinja2
import pandas as pd

from offers.changes import OVER_COLUMNS
from offers.columns import PERSONAL
from offers.model import Severity, VerdictKind
from offers.wording import Language
from reports.harmless import environment
from reports.returns.content import Return, bare, visible
from reports.returns.findings import OURS
from reports.returns.words import NAMED

SHOWN = 1000
"""Refused values shown line by line; the CSV beside the page holds them all, and the page says so."""
GROUPS = 100
"""Groups of united lines shown."""

_LONGEST = 180
_LONGEST_EXAMPLE = 70
_EXAMPLES = 4


@cache
def _template() -> jinja2.Template:
    drawn = environment(finalize=lambda value: visible(value) if type(value) is str else value)
    return drawn.get_template("returns/retour.html.j2")


def html(ret: Return) -> str:
    """The page, in the return's language; every text of the partner's is escaped."""
    w, counts, rows = ret.words, ret.delivery.counts, ret.account
    refused = rows[rows["status"] == w("status_refused")]
    rejected = counts.rejected or ret.rejections["line"].nunique()
    lines, offers = w.count(ret.taken, "line_taken"), w.count(ret.offers, "offer")
    return _template().render(
        ret=ret,
        w=w,
        n=ret.lang.number,
        kind=ret.delivery.verdict.value,
        verdict=w.verdict(ret.delivery.verdict, ret.offers, rejected, counts.read, len(ret.repeated)),
        shares=_shares(ret),
        effects=_effects(ret),
        reasons=_findings(ret, stopping=True),
        remarks=_findings(ret, stopping=False),
        faults=_faults(ret, refused),
        shown=[_line(ret, row) for row in refused.sort_values("line", kind="stable").head(SHOWN).to_dict("records")],
        refused_total=len(refused),
        masked=bool(rows["field"].isin(PERSONAL).any()),
        repairs=_repairs(ret, rows[rows["status"] == w("status_repaired")]),
        repeated=[
            (ret.at(line), _short(ret, reference), ret.at(kept))
            for line, reference, kept in _first(ret.repeated, "line", "reference", "kept_line")
        ],
        over=[
            (ret.at(line), _short(ret, reference), day)
            for line, reference, day in _first(ret.over, "line", *OVER_COLUMNS)
        ],
        united=_united(ret) if ret.copies.united else None,
        offers_made=ret.lang.typeset(w("offers_made", lines=lines, offers=offers)) if ret.copies.fewer else None,
        limit=SHOWN,
        ignored=ret.reasons.value_counts().to_dict(),
        csv_link="./" + quote(ret.file_name("csv")),
        xlsx_link="./" + quote(ret.file_name("xlsx")) if ret.has_workbook else None,
    )


def _first(frame: pd.DataFrame, *columns: str) -> list[tuple[Any, ...]]:
    """The first rows of a frame of lines, in the order of the drop."""
    some = frame.sort_values("line", kind="stable").head(SHOWN)
    return list(some[list(columns)].itertuples(index=False, name=None))


def _shares(ret: Return) -> list[dict[str, object]]:
    """The four parts of the bar. What is not nothing gets at least 0.6 % of the width, so that it can be seen."""
    counts = ret.delivery.counts
    parts = {
        "taken": ret.taken - counts.repaired - len(ret.over),
        "mended": counts.repaired,
        "refused": counts.rejected,
        "aside": counts.ignored + counts.repeated + len(ret.over),
    }
    widths = {key: max(n, counts.read * 0.006) if n else 0.0 for key, n in parts.items()}
    scale = 100 / (sum(widths.values()) or 1)
    out: list[dict[str, object]] = []
    x = 0.0
    for key, n in parts.items():
        width = widths[key] * scale
        share = ret.lang.percent(n, counts.read)
        out.append({"key": key, "n": n, "x": f"{x:.2f}", "width": f"{width:.2f}", "share": share})
        x += width
    return out


def _effects(ret: Return) -> list[str]:
    if ret.delivery.verdict is not VerdictKind.ACCEPTED:
        return []
    counts = ret.delivery.counts
    told = {name: getattr(counts, name) for name in ("created", "updated", "unchanged", "withdrawn")}
    told |= {"updated": counts.updated - ret.closed, "closed": ret.closed}
    # Where several lines are one offer, these are lines: an offer may have a new line and an unchanged one.
    return [ret.words.count(n, f"{name}_line" if ret.copies.united else name) for name, n in told.items() if n]


def _findings(ret: Return, *, stopping: bool) -> list[str]:
    """What each finding means for the employer; what is ours to mend, or only a note, is none of hers.

    Of one that nobody put into French she is told that something stopped the drop, or nothing.
    """
    unsaid = ret.words("stopped") if stopping else ""
    said = (
        ret.words.finding(one, ret.headers) or (one.sentence if ret.lang is Language.ENGLISH else unsaid)
        for one in ret.delivery.findings
        if (one.severity is Severity.STOP) == stopping and one.severity is not Severity.NOTE and one.check not in OURS
    )
    return [ret.lang.typeset(sentence) for sentence in said if sentence]


def _faults(ret: Return, refused: pd.DataFrame) -> list[dict[str, Any]]:
    """Refusals grouped by fault and column, the most frequent first."""
    groups: list[dict[str, Any]] = []
    for (rule, column), rows in refused.groupby(["rule", "column"], sort=False):
        title = ret.rule_titles.get(str(rule))
        remedies, values = rows["remedy"].unique(), rows["received"].drop_duplicates()
        groups.append(
            {
                "column": column or ret.words("no_column"),
                "title": ret.lang.typeset(ret.lang.pick(title) if title else bare(rows.iloc[0]["sentence"])),
                "exact": title is not None or rows["sentence"].map(bare).nunique() == 1,
                "lines": rows["line"].nunique(),
                "remedy": ret.lang.typeset(remedies[0]),
                "several": len(remedies) > 1,
                "some": [_short(ret, value) or ret.words("empty") for value in values.head(_EXAMPLES)],
                "more": max(len(values) - _EXAMPLES, 0),
            }
        )
    return sorted(groups, key=lambda group: -group["lines"])


def _line(ret: Return, row: Mapping[Hashable, Any]) -> dict[str, object]:
    return {
        "line": ret.at(row["line"]),
        "reference": _short(ret, row["reference"]),
        "column": row["column"] or ret.words("no_column"),
        "value": _short(ret, row["received"]),
        "sentence": ret.lang.typeset(bare(row["sentence"])),
        "remedy": ret.lang.typeset(row["remedy"]),
    }


def _short(ret: Return, text: str, most: int = _LONGEST) -> str:
    """A value fit for a table; a cut is said, with the length of the whole."""
    if len(text) <= most:
        return text
    if text.endswith("…"):  # an excerpt already: how long the whole is, nobody here knows
        return text[: most - 1].rstrip() + "…"
    return text[:most].rstrip() + " " + ret.words("characters", n=ret.lang.number(len(text)))


def _repairs(ret: Return, mended: pd.DataFrame) -> list[dict[str, Any]]:
    """Repairs by kind, with where the first of each values were."""
    kinds: list[dict[str, Any]] = []
    for _, some in mended.groupby("rule", sort=False):
        pairs = some.drop_duplicates(["received", "kept"]).head(_EXAMPLES)
        kinds.append(
            {
                "sentence": ret.lang.typeset(some.iloc[0]["sentence"]),
                "columns": ", ".join(sorted({str(column) for column in some["column"] if column})),
                "count": len(some),
                "examples": [
                    [ret.at(line), *(_short(ret, text, _LONGEST_EXAMPLE) for text in pair)]
                    for line, *pair in pairs[["line", "received", "kept"]].itertuples(index=False)
                ],
                "more": len(some) > len(pairs),
            }
        )
    return sorted(kinds, key=lambda kind: -kind["count"])


def _united(ret: Return) -> dict[str, object]:
    """Why lines are one offer, what to do, and the first groups as (lines, references, what they are online)."""
    w, copies = ret.words, ret.copies
    rows = [
        (
            w.lines_of(group, copies),
            w.first(group.references[:NAMED], len(group.references), "other_reference"),
            w("united_effect", seats=w.count(group.seats, "seat")),
        )
        for group in islice(copies.groups(), GROUPS)
    ]
    return {
        "note": ret.lang.typeset(f"{w('united_note')} {w(f'united_{copies.repeated}')}"),
        "remedy": w.how_to_write(ret.headers),
        "groups": rows,
        "total": int(copies.lines["first"].nunique()),
    }
