"""What a return says in one language: its phrases, the findings on a drop, the lines that are one offer together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from string import Formatter
from types import MappingProxyType
from typing import Any

from offers.changes import Copies, Group
from offers.columns import BY_NAME
from offers.findings import LOOKS
from offers.model import Finding, VerdictKind
from offers.sheets import named, row_of
from offers.wording import Language
from reports.returns.findings import CAUSES, FINDINGS
from reports.returns.phrases import NOUNS, PHRASES

NAMED = 12
"""Lines and references of one group named in a sentence; the CSV has a row for each."""


class Words:
    """The wording of one language: `words("key", name=…)` says a phrase, `count(3, "line")` a number of things."""

    def __init__(self, lang: Language) -> None:
        self.lang = lang

    def __call__(self, key: str, **values: object) -> str:
        """The phrase of this key. Raises KeyError for a key that nobody wrote."""
        return self.lang.pick(PHRASES[key]).format(**values)

    def count(self, value: int, noun: str) -> str:
        """`1 ligne`, `2 lignes`."""
        return self.lang.quantity(value, *self.lang.pick(NOUNS[noun]))

    def line(self, line: int, sheets: Sequence[str]) -> str:
        """A line's number as the language writes it, with its sheet where several were read."""
        return named(line, sheets, self.lang.number(row_of(line, sheets)))

    def verdict(self, kind: VerdictKind, taken: int, rejected: int, held: int, repeated: int = 0) -> str:
        """The verdict on one drop in one sentence: « 1 962 offres prises, 38 lignes à corriger »."""
        to_correct = self.count(rejected, "line_to_correct")
        if kind is VerdictKind.QUARANTINED:
            return self("verdict_quarantined", held=self.count(held, "line"))
        if kind is VerdictKind.UNCHANGED and rejected:
            return self("verdict_unchanged_still", lines=to_correct)
        if kind is not VerdictKind.ACCEPTED:
            return self(f"verdict_{kind.value}")
        offers = self.count(taken, "offer_taken") if taken else self("no_offer_taken")
        again = self.count(repeated, "repeated_line") if repeated else self("nothing_to_correct")
        return f"{offers}, {to_correct if rejected else again}"

    def finding(self, finding: Finding, headers: Mapping[str, str] = MappingProxyType({})) -> str | None:
        """What a finding means for the person who made the file, whose `headers` are by our columns.

        None where nobody wrote it, or where it lacks what the sentence names: one of a ledger from before the fields.
        """
        pair, fields = FINDINGS.get(finding.check), dict(finding.fields or {})
        if pair is None:
            return None
        fields |= {"looks": self._looks(fields), "cause": self._cause(fields)}
        if "columns" in fields:
            fields["columns"] = [headers.get(name, BY_NAME[name].fr) for name in fields["columns"] if name in BY_NAME]
        try:
            return _Writer(self).format(self.lang.pick(pair), **fields)
        except KeyError:
            return None

    def _looks(self, fields: Mapping[str, Any]) -> str:
        return self("looks_like", what=self.lang.pick(LOOKS[fields["looks"]])) if "looks" in fields else ""

    def _cause(self, fields: Mapping[str, Any]) -> str:
        return " " + self.lang.pick(CAUSES[fields["cause"]]).format(**fields) if "cause" in fields else ""

    def united(self, group: Group, copies: Copies) -> str:
        """« Lignes 12, 15 et 18 : une seule offre, 3 places. »"""
        key = "united_sentence_first" if copies.repeated == "keep_first" else "united_sentence"
        lines = self("united_lines", lines=self.lines_of(group, copies))
        return self(key, lines=lines, seats=self.count(group.seats, "seat"))

    def lines_of(self, group: Group, copies: Copies) -> str:
        """`12, 15 et 18`, or the first of many and how many more there are."""
        return self.first([named(line, copies.sheets) for line in group.lines[:NAMED]], len(group.lines), "other_line")

    def first(self, some: Sequence[str], total: int, noun: str) -> str:
        """A list of the first of `total`, and how many more there are."""
        more = total - len(some)
        return self.lang.listed([*some, self.count(more, noun)] if more else some)

    def how_to_write(self, headers: Mapping[str, str]) -> str:
        """How to write united lines otherwise, with the partner's own column of seats where there is one."""
        own = headers.get("seats")
        column = self("seats_column", column=own) if own else self("seats_column_missing")
        return self.lang.typeset(self("united_remedy", column=column))


class _Writer(Formatter):
    """The templates of `reports.returns.findings`."""

    def __init__(self, words: Words) -> None:
        self.words, self.lang = words, words.lang

    def format_field(self, value: Any, format_spec: str) -> str:
        """A number, a number with its noun (`one|many`), what agrees with it (`one/many`), a list, or a shape."""
        if "|" in format_spec:
            return self.lang.quantity(value, *format_spec.split("|"))
        if "/" in format_spec:
            return self.lang.agree(value, *format_spec.split("/"))
        if isinstance(value, dict):
            return self._first(value, format_spec)
        if isinstance(value, list):
            told = [self._one(one, format_spec) for one in value]
            return self.lang.listed(told) if format_spec == "quoted" else ", ".join(told)
        return self._one(value, format_spec)

    def _first(self, value: Mapping[str, Any], shape: str) -> str:
        told, left = ", ".join(self._one(one, shape) for one in value["first"]), value["of"] - len(value["first"])
        if not left:
            return told
        if shape:
            return f"{told}, …"
        more = self.lang.number(left)
        return told + self.lang.pick((f" et {more} {self.lang.agree(left, 'autre', 'autres')}", f" and {more} more"))

    def _one(self, value: Any, shape: str) -> str:
        if shape == "day":
            return self.lang.day(date.fromisoformat(value))
        if shape == "%":
            return self.lang.percent(value, 1)
        if shape == "places":
            return self.words("place", line=self.lang.number(value[0]), byte=value[1], value=value[2])
        if shape == "pairs":
            return self.words("near", asked=value[0], found=value[1])
        if shape in ("each", "quoted", "sheets"):
            return self.words("quoted", text=value[0] if shape == "sheets" else value)
        return self.lang.number(value) if isinstance(value, int) else str(value)
