"""A partner's headers, as the feed names them and as they stand in a drop; what is missing becomes a finding."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING

from offers import sheets
from offers.columns import BY_NAME, REQUIRED
from offers.feed import ColumnSource, Feed, Filter
from offers.model import Finding, Severity
from offers.text import listed, nearest, plain

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
        theirs = self._shown(self._of_column[column])
        if rows:
            self._add(
                "pattern_without_match",
                Severity.WARN,
                f"{rows} of {self.rows} rows",
                f"{source.pattern} in {theirs}",
                f"mapping.{column}.pattern finds nothing in {rows} of {self.rows} rows of {theirs}: "
                f"{column} is left empty. Correct the pattern, or ask the partner what it sends.",
            )

    def used(self, header: str) -> None:
        """A header that is read though no mapping names it."""
        self._used[header] = None

    def several(self, column: str, lines: list[int]) -> None:
        """Some records hold several values for a column, and the feed does not say what becomes of them."""
        theirs = self._shown(self._of_column[column])
        where = sheets.listed(lines, most=_LINES)
        path = "record" if self.feed.format.kind in ("xml", "rss") else "records"
        self._add(
            "several_values",
            Severity.WARN,
            f"{theirs}, {len(lines)} records: {where}",
            "one value",
            f"{theirs}: {len(lines)} records hold several values (records {where}); {column} takes them all, with a "
            f'comma between. Write `repeat = "first"`, or the text to put between, in mapping.{column} of '
            f"{self.feed.partner}.toml; where they are offers of their own, correct `format.{path}`.",
        )

    def places_left(self, others: pd.Series[int]) -> None:
        """Some records, by their lines, list more places than the one that is taken."""
        self.used(PLACES_LEFT)
        if len(others):
            where = sheets.listed(others.index.tolist(), most=_LINES)
            self._add(
                "several_places",
                Severity.WARN,
                f"{len(others)} records with {others.sum()} more places: {where}",
                "one place for each record",
                f"{len(others)} records list several places (records {where}): one of each is taken whole, and "
                f'{others.sum()} are left out. Say places = "each" in {self.feed.partner}.toml for an offer at each.',
            )

    def titles(self) -> dict[str, str]:
        """For each of our columns, what the partner calls it: its own header, or the French label of ours."""
        labels = {name: column.fr for name, column in BY_NAME.items()}
        return labels | {column: " + ".join(found) for column, found in self._of_column.items()}

    def conclude(self) -> tuple[Finding, ...]:
        """All findings, with what is worth knowing of the drop as a whole, once every header has been looked up."""
        unfilled = [name for name in self._needed() if name not in self.feed.carried]
        if unfilled and self.rows:
            names = listed(unfilled)
            self._add(
                "required_column_not_mapped", Severity.WARN, "no mapping", f"a mapping or a constant for {names}",
                f"{names}: required, and neither mapped nor constant, so that each row is rejected for which no other "
                "column tells it. "
                f"If the partner sends it, map it: `{unfilled[0]} = {_quoted('their header')}`"
                f" in [feeds.{self.feed.name}.mapping] of {self.feed.partner}.toml.",
            )  # fmt: skip
        if self._near:
            pairs = listed(f"« {asked} » is « {found} » in the drop" for asked, found in self._near.items())
            self._add(
                "header_near", Severity.NOTE, listed(self._near.values()), listed(self._near),
                f"{pairs}: taken all the same, for they differ only by case, accents, spaces or "
                "the prefix of a namespace.",
            )  # fmt: skip
        unused = [header for header in self.present if header not in self._used]
        if unused:
            self._add(
                "headers_unused", Severity.NOTE, listed(unused, len(unused)), "headers that the feed names",
                f"{len(unused)} headers of the drop are used by nothing: {listed(unused)}.",
            )  # fmt: skip
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
        fate = "stays empty" if emptied else "lacks a part"
        if column in self._needed():
            fate = f"is required, and {fate}"
        self._add(
            "header_missing",
            severity,
            listed(self.present),
            self._shown(absent),
            f"{self._shown(absent)}: {self._absent}. {column} {fate}. "
            f"{self._remedy(absent, f'`{column} = {{}}`')} in [feeds.{self.feed.name}.mapping] of "
            f"{self.feed.partner}.toml.",
        )

    def _filter_blind(self, one: Filter, rows: int) -> None:
        fate = f"all {rows} records count" if one.keeps else "no record is left out"
        self._add(
            "filter_header_missing",
            Severity.STOP if one.keeps else Severity.WARN,
            listed(self.present),
            self._shown(one.columns),
            f"{self._shown(one.columns)}: {self._absent}, so that the filter cannot "
            f"tell which records are meant for us: {fate} as « {one.reason} » as « {one.reason} ». "
            f"{self._remedy(one.columns, 'column = {}')} in [[feeds.{self.feed.name}.filter]] of "
            f"{self.feed.partner}.toml.",
        )

    @property
    def _absent(self) -> str:
        elements = self.feed.format.of_elements  # whose readers leave out what holds nothing
        where = "in no record of the drop, or empty in each" if elements else "not in the drop"
        return f"{where} (found: {listed(self.present, 12)})"

    def _needed(self) -> tuple[str, ...]:
        return (*REQUIRED, *(name for name in self.feed.require if name not in REQUIRED))

    def _remedy(self, absent: Iterable[str], line: str) -> str:
        free = [header for header in self.present if header not in self._used]
        near = next((near for name in absent if (near := nearest(name, free))), None)
        if near is None:
            return "Ask the partner what changed, and correct the line"
        return f"If « {near} » is meant, write {line.format(_quoted(near))}"

    def _add(self, check: str, severity: Severity, seen: str, expected: str, sentence: str) -> None:
        self.findings.append(Finding(check, severity, seen, expected, f"{self.feed.slug}: {sentence}"))

    @staticmethod
    def _shown(names: Iterable[str]) -> str:
        return " and ".join(f"« {name} »" for name in names)


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


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
