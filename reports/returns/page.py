"""The return as one HTML page: no script, no outside resource, readable on a phone, in print and by a screen reader."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from functools import cache
from urllib.parse import quote

import jinja2
import pandas as pd

from offers.changes import OVER_COLUMNS
from offers.columns import PERSONAL
from offers.model import Finding, Severity, VerdictKind
from reports.harmless import environment
from reports.returns import united
from reports.returns.content import Return, bare, ignored_reasons, visible
from reports.returns.remarks import OURS

SHOWN = 1000
"""Refused values shown line by line; the CSV beside the page holds them all, and the page says so."""

_LONGEST = 180
_LONGEST_EXAMPLE = 70
_EXAMPLES = 4


@cache
def _template() -> jinja2.Template:
    drawn = environment(finalize=lambda value: visible(value) if type(value) is str else value)
    return drawn.get_template("returns/retour.html.j2")


def html(ret: Return) -> str:
    """The page, in the return's language; every text of the partner's is escaped."""
    rows = ret.account
    refused = rows[rows["status"] == ret.words("status_refused")]
    return _template().render(
        ret=ret,
        w=ret.words,
        kind=ret.delivery.verdict.value,
        verdict=_verdict(ret),
        shares=_shares(ret),
        effects=_effects(ret),
        reasons=_findings(ret, stopping=True),
        remarks=_findings(ret, stopping=False),
        faults=_faults(ret, refused),
        shown=[_line(ret, row) for row in refused.sort_values("line", kind="stable").head(SHOWN).to_dict("records")],
        refused_total=len(refused),
        masked=bool(rows["field"].isin(PERSONAL).any()),
        repairs=_repairs(ret, rows),
        repeated=_repeated(ret),
        over=_over(ret),
        united=united.united(ret.copies, ret.headers, ret.words),
        offers_made=_offers_made(ret),
        limit=SHOWN,
        ignored=ignored_reasons(ret).value_counts().to_dict(),
        csv_link=_link(ret, "csv"),
        xlsx_link=_link(ret, "xlsx") if ret.has_workbook else None,
    )


def _link(ret: Return, extension: str) -> str:
    return "./" + quote(ret.file_name(extension))


def _verdict(ret: Return) -> str:
    counts = ret.delivery.counts
    rejected = counts.rejected or ret.rejections["line"].nunique()
    return ret.words.verdict(ret.delivery.verdict, ret.offers, rejected, counts.read, len(ret.repeated))


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
        share = ret.words.percent(n, counts.read)
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


def _offers_made(ret: Return) -> str | None:
    if not ret.copies.fewer:
        return None
    words = ret.words
    lines, offers = words.count(ret.taken, "line_taken"), words.count(ret.offers, "offer")
    return words.typeset(words("offers_made", lines=lines, offers=offers))


def _findings(ret: Return, *, stopping: bool) -> list[str]:
    """What each finding means for the employer; what is ours to mend, or only a note, is none of hers."""
    chosen = [
        f
        for f in ret.delivery.findings
        if (f.severity is Severity.STOP) == stopping and f.severity is not Severity.NOTE
    ]
    said = (ret.words.finding(one, ret.headers) or _unsaid(ret, one) for one in chosen if one.check not in OURS)
    return [ret.words.typeset(sentence) for sentence in said if sentence]


def _unsaid(ret: Return, finding: Finding) -> str:
    """Of a finding that nobody put into French: that something stopped the drop, or nothing."""
    if ret.lang == "en":
        return finding.sentence
    return ret.words("stopped") if finding.severity is Severity.STOP else ""


def _faults(ret: Return, refused: pd.DataFrame) -> list[dict[str, object]]:
    """Refusals grouped by fault and column, the most frequent first."""
    groups = []
    for (rule, column), rows in refused.groupby(["rule", "column"], sort=False):
        first = rows.iloc[0]
        remedies = rows["remedy"].unique()
        groups.append(
            {
                "column": column or ret.words("no_column"),
                "title": ret.words.typeset(ret.say(ret.rule_titles, str(rule)) or bare(first["sentence"])),
                "exact": ret.say(ret.rule_titles, str(rule)) is not None or rows["sentence"].map(bare).nunique() == 1,
                "lines": rows["line"].nunique(),
                "remedy": ret.words.typeset(remedies[0]),
                "several": len(remedies) > 1,
                "values": _examples(ret, rows["received"]),
            }
        )
    return sorted(groups, key=lambda group: -int(str(group["lines"])))


def _examples(ret: Return, values: pd.Series[str]) -> dict[str, object]:
    distinct = values.drop_duplicates()
    return {
        "some": [_short(ret, value) or ret.words("empty") for value in distinct.head(_EXAMPLES)],
        "more": max(len(distinct) - _EXAMPLES, 0),
    }


def _line(ret: Return, row: Mapping[Hashable, object]) -> dict[str, object]:
    return {
        "line": ret.at(int(str(row["line"]))),
        "reference": _short(ret, str(row["reference"])),
        "column": row["column"] or ret.words("no_column"),
        "value": _short(ret, str(row["received"])),
        "sentence": ret.words.typeset(bare(str(row["sentence"]))),
        "remedy": ret.words.typeset(str(row["remedy"])),
    }


def _short(ret: Return, text: str, most: int = _LONGEST) -> str:
    """A value fit for a table; a cut is said, with the length of the whole."""
    if len(text) <= most:
        return text
    if text.endswith("…"):  # an excerpt already: how long the whole is, nobody here knows
        return text[: most - 1].rstrip() + "…"
    return text[:most].rstrip() + " " + ret.words("characters", n=ret.words.number(len(text)))


def _repairs(ret: Return, rows: pd.DataFrame) -> list[dict[str, object]]:
    """Repairs by kind, with where the first of each values were."""
    mended = rows[rows["status"] == ret.words("status_repaired")]
    kinds: list[dict[str, object]] = []
    for _, some in mended.groupby("rule", sort=False):
        pairs = some.drop_duplicates(["received", "kept"]).head(_EXAMPLES)
        kinds.append(
            {
                "sentence": ret.words.typeset(some.iloc[0]["sentence"]),
                "columns": ", ".join(sorted({str(column) for column in some["column"] if column})),
                "values": len(some),
                "examples": [
                    [ret.at(line), *(_short(ret, text, _LONGEST_EXAMPLE) for text in pair)]
                    for line, *pair in pairs[["line", "received", "kept"]].itertuples(index=False)
                ],
                "more": len(some) > len(pairs),
            }
        )
    return sorted(kinds, key=lambda kind: -int(str(kind["values"])))


def _over(ret: Return) -> list[tuple[str, str, str]]:
    some = ret.over[list(OVER_COLUMNS)].sort_index(kind="stable").head(SHOWN)
    return [(ret.at(int(line)), _short(ret, reference), day) for line, reference, day in some.itertuples()]


def _repeated(ret: Return) -> list[tuple[str, str, str]]:
    some = ret.repeated.sort_values("line", kind="stable").head(SHOWN)
    return [
        (ret.at(line), _short(ret, reference), ret.at(kept))
        for line, reference, kept in some[["line", "reference", "kept_line"]].itertuples(index=False)
    ]
