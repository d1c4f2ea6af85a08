"""A partner's headers, as the feed names them and as they stand in a drop; what is missing becomes a finding."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from offers import sheets
from offers.columns import BY_NAME, REQUIRED
from offers.feed import ColumnSource, Feed, Filter
from offers.findings import finding_of, first_of
from offers.model import Finding, Severity
from offers.text import nearest, plain

if TYPE_CHECKING:
    import pandas as pd

PLACES_LEFT = "#places"
"""The reader's own column, where a feed takes one place of each record: how many others it lists."""
_LINES = 5


class Headers:
    """The headers of one drop. Looking one up remembers that it is used, and writes a finding where it is not there.

    `rows` is the number of rows that no filter left aside: without any, a missing header harms nobody.
    """

    def __init__(self, present: tuple[str, ...], feed: Feed) -> None:
        self.present, self.feed = present, feed
        self.rows = 0
        self.findings: list[Finding] = []
        self._used: dict[str, None] = {}
        self._of_column: dict[str, list[str]] = {}
        self._near: dict[str, str] = {}
        by_plain: dict[str, list[str]] = {}
        for header in present:
            by_plain.setdefault(plain(header), []).append(header)
        self._by_plain = {word: same[0] for word, same in by_plain.items() if len(same) == 1}
        self._prefixes = _new_prefixes(present, feed) if feed.format.kind in ("xml", "rss") else {}

    def of(self, column: str, source: ColumnSource) -> list[str]:
        """The drop's headers that feed a column, in the order of the mapping."""
        found, absent = self._sought(source.headers)
        self._of_column[column] = found or list(source.headers)
        if absent and self.present and (source.join is not None or not found):
            self._missing(column, absent, emptied=not found)
        return found

    def of_filter(self, one: Filter, rows: int) -> list[str]:
        """The drop's headers that a filter reads."""
        found, absent = self._sought(one.columns)
        if absent and not found and self.present and rows:
            self._filter_blind(one, rows)
        return found

    def unmatched(self, column: str, source: ColumnSource, rows: int) -> None:
        """Some rows had a value in which the column's pattern found nothing."""
        if rows:
            theirs = {"headers": self._of_column[column], "column": column, "pattern": source.pattern}
            self._add("pattern_without_match", Severity.WARN, rows=rows, of=self.rows, **theirs)

    def used(self, header: str) -> None:
        """A header that is read though no mapping names it."""
        self._used[header] = None

    def several(self, column: str, lines: list[int]) -> None:
        """Some records hold several values for a column, and the feed does not say what becomes of them."""
        self._add(
            "several_values",
            Severity.WARN,
            headers=self._of_column[column],
            count=len(lines),
            lines=sheets.listed(lines, most=_LINES),
            column=column,
            file=f"{self.feed.partner}.toml",
            path="record" if self.feed.format.kind in ("xml", "rss") else "records",
        )

    def places_left(self, others: pd.Series[int]) -> None:
        """Some records, by their lines, list more places than the one that is taken."""
        self.used(PLACES_LEFT)
        if len(others):
            lines = sheets.listed(others.index.tolist(), most=_LINES)
            told = {"count": len(others), "others": int(others.sum()), "lines": lines}
            self._add("several_places", Severity.WARN, **told, file=f"{self.feed.partner}.toml")

    def titles(self) -> dict[str, str]:
        """For each of our columns, what the partner calls it: its own header, or the French label of ours."""
        labels = {name: column.fr for name, column in BY_NAME.items()}
        return labels | {column: " + ".join(found) for column, found in self._of_column.items()}

    def conclude(self) -> tuple[Finding, ...]:
        """All findings, with what is worth knowing of the drop as a whole, once every header has been looked up."""
        unfilled = [name for name in self._needed() if name not in self.feed.carried]
        if unfilled and self.rows:
            told = {"columns": first_of(unfilled, 30), "column": unfilled[0], "where": self._mapping}
            self._add("required_column_not_mapped", Severity.WARN, **told)
        if self._near:
            pairs = first_of(list(self._near.items()), 30)
            self._add("header_near", Severity.NOTE, pairs=pairs)
        unused = [header for header in self.present if header not in self._used]
        if unused:
            self._add("headers_unused", Severity.NOTE, count=len(unused), headers=first_of(unused, 200))
        return tuple(self.findings)

    def _sought(self, names: Iterable[str]) -> tuple[list[str], list[str]]:
        found: list[str] = []
        absent: list[str] = []
        for name in names:
            here = name if name in self.present else self._by_plain.get(plain(name))
            if here is None and (prefix := _prefix(name)) in self._prefixes:
                here = _renamed(name, prefix, self._prefixes[prefix])
            if here not in self.present:
                absent.append(name)
                continue
            if here != name:
                self._near[name] = here
            self._used[here] = None
            found.append(here)
        return found, absent

    def _missing(self, column: str, absent: list[str], emptied: bool) -> None:
        severity = Severity.NOTE if self.feed.format.of_elements else Severity.WARN
        if emptied and column in self._needed() and self.rows:
            severity = Severity.STOP
        near, line = self._remedy(absent, column)
        told = {"column": column, "needed": column in self._needed(), "emptied": emptied, "near": near, "line": line}
        self._add("header_missing", severity, **self._absent(absent), **told, where=self._mapping)

    def _filter_blind(self, one: Filter, rows: int) -> None:
        near, line = self._remedy(one.columns, "column")
        told = {"keeps": one.keeps, "rows": rows if one.keeps else "", "reason": one.reason, "near": near, "line": line}
        where = f"[[feeds.{self.feed.name}.filter]] of {self.feed.partner}.toml"
        severity = Severity.STOP if one.keeps else Severity.WARN
        self._add("filter_header_missing", severity, **self._absent(one.columns), **told, where=where)

    def _absent(self, absent: Iterable[str]) -> dict[str, Any]:
        elements = self.feed.format.of_elements  # whose readers leave out what holds nothing
        return {"absent": list(absent), "present": first_of(self.present, 30), "of_elements": elements}

    @property
    def _mapping(self) -> str:
        return f"[feeds.{self.feed.name}.mapping] of {self.feed.partner}.toml"

    def _needed(self) -> tuple[str, ...]:
        return (*REQUIRED, *(name for name in self.feed.require if name not in REQUIRED))

    def _remedy(self, absent: Iterable[str], key: str) -> tuple[str, str]:
        """The header of the drop that is probably meant, and the line to write; empty where none is near."""
        free = [header for header in self.present if header not in self._used]
        near = next((near for name in absent if (near := nearest(name, free))), "")
        return near, f"`{key} = {json.dumps(near, ensure_ascii=False)}`" if near else ""

    def _add(self, check: str, severity: Severity, **fields: Any) -> None:
        self.findings.append(finding_of(check, severity, feed=self.feed.slug, **fields))


def _prefix(path: str) -> str:
    """The first prefix in a path: `v` of `v:lieu.v:ville`."""
    return next((step.lstrip("@").partition(":")[0] for step in path.split(".") if ":" in step), "")


def _renamed(path: str, old: str, new: str) -> str:
    """The path with one prefix in the place of another ("" is none)."""
    steps = []
    for step in path.split("."):
        mark, bare = step[: step.startswith("@")], step.removeprefix("@")
        before, _, local = bare.rpartition(":")
        steps.append(mark + (f"{new}:{local}" if new else local) if before == old and local else step)
    return ".".join(steps)


def _new_prefixes(present: tuple[str, ...], feed: Feed) -> dict[str, str]:
    """What the prefixes of the mapping are called in this drop, where none of its headers bears them any more.

    A namespace is its address, and a partner's software may call it otherwise from one day to the next. The new one is
    that under which most headers are found; where two find as many, it is neither.
    """
    asked = [*(one for source in feed.mapping.values() for one in source.headers)]
    asked += [one for rule in feed.filter for one in rule.columns]
    here = set(present)
    known = {_prefix(header) for header in present}
    found: dict[str, str] = {}
    for old in {_prefix(header) for header in asked}:
        of_old = [header for header in asked if _prefix(header) == old]
        if old in known if old else any(header in here for header in of_old):
            continue
        hits = {new: sum(_renamed(header, old, new) in here for header in of_old) for new in known - {old}}
        best = max(hits.values(), default=0)
        if best and list(hits.values()).count(best) == 1:
            found[old] = next(new for new, count in hits.items() if count == best)
    return found
