"""What a return says in one language: its phrases, the findings on a drop, the lines that are one offer together."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from types import MappingProxyType

from offers.columns import COLUMNS
from offers.copies import Copies, Group
from offers.model import Finding, VerdictKind
from offers.sheets import named, row_of
from offers.wording import Language
from reports.returns.findings import CAUSES, FINDINGS, LOOKS
from reports.returns.phrases import NOUNS, PHRASES

NAMED = 12
"""Lines and references of one group named in a sentence; the CSV has a row for each."""
_QUOTED = re.compile("« (.*?) »")
_LISTED = re.compile("(?:« .*? »|(?!: ).)*+: (.*)")
_TAKEN_ON = re.compile(r"publication (\d{4}-\d\d-\d\d)$")


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

        None where nobody wrote it, or where it lacks what the sentence names.
        """
        pair = FINDINGS.get(finding.check)
        if pair is None:
            return None
        plain = _QUOTED.sub("", f"{finding.seen} {finding.expected}")
        figures = [self.lang.number(int(figure)) for figure in re.findall(r"\d{1,18}", plain)]
        try:
            return self.lang.pick(pair).format(*figures, **self._fields(finding, headers))
        except (IndexError, KeyError, ValueError):
            return None

    def _fields(self, finding: Finding, headers: Mapping[str, str]) -> dict[str, str]:
        """What a finding names beside its figures, by the placeholders of `reports.returns.findings`."""
        seen, expected = self._joined(finding.seen), self._joined(finding.expected)
        in_seen, words = _QUOTED.findall(finding.seen), {*re.findall(r"\w+", finding.seen)}
        day, listed = _TAKEN_ON.search(finding.seen), _LISTED.match(seen)
        found = {
            "listed": listed[1] if listed else "",
            "sheets": ", ".join(f"« {one} »" for one in in_seen),
            "day": self.lang.day(date.fromisoformat(day[1])) if day else "",
            "columns": ", ".join(headers.get(one.name, one.fr) for one in COLUMNS if one.name in words),
        }
        quotes = enumerate([*in_seen, *_QUOTED.findall(finding.expected)])
        return {
            "seen": seen,
            "expected": expected,
            "looks": self._looks(finding.sentence),
            **{f"q{at}": quoted for at, quoted in quotes},
            **{name: said for name, said in found.items() if said},
        }

    def _looks(self, sentence: str) -> str:
        """What the bytes of an unreadable drop look like, and why they cannot be read, where we know."""
        looks = next((pair for pair in LOOKS if f"look like {pair[1]}" in sentence), None)
        causes = ((pattern.search(sentence), pair) for pattern, pair in CAUSES)
        why = next((" " + self.lang.pick(pair).format(*hit.groups()) for hit, pair in causes if hit), "")
        return (self("looks_like", what=self.lang.pick(looks)) if looks else "") + why

    def _joined(self, text: str) -> str:
        """A list of a finding's, joined as this language joins."""
        if self.lang is Language.ENGLISH:
            return text
        return re.sub(r" and (\d+) more\b", r" et \1 autres", text).replace("» and «", "» et «")

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
