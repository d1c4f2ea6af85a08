"""What a return says, in French and in English, with each language's way to write numbers, dates and plurals."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from types import MappingProxyType

from offers.calendar import PARIS
from offers.columns import COLUMNS
from offers.model import Finding, VerdictKind
from offers.sheets import named, row_of
from reports.returns.phrases import NOUNS, PHRASES
from reports.returns.remarks import CAUSES, FINDINGS, LOOKS

_MONTHS = (
    "janvier", "février", "mars", "avril", "mai", "juin",
    "juillet", "août", "septembre", "octobre", "novembre", "décembre",
)  # fmt: skip
_QUOTED = re.compile("« (.*?) »")


class Words:
    """The wording of one language: `words("key", name=…)` says a phrase, `count(3, "line")` a number of things."""

    def __init__(self, lang: str) -> None:
        self.lang = lang
        self._at = {"fr": 0, "en": 1}[lang]

    def __call__(self, key: str, **values: object) -> str:
        """The phrase of this key. Raises KeyError for a key that nobody wrote."""
        return PHRASES[key][self._at].format(**values)

    def number(self, value: int) -> str:
        """1962 -> `1 962` with a narrow no-break space in French, `1,962` in English."""
        return f"{value:,}".replace(",", "\u202f") if self.lang == "fr" else f"{value:,}"

    def line(self, line: int, sheets: Sequence[str]) -> str:
        """A line's number as `number` writes it, with its sheet where several were read."""
        return named(line, sheets, self.number(row_of(line, sheets)))

    def count(self, value: int, noun: str) -> str:
        """`1 ligne`, `2 lignes`, `0 ligne`: in French the plural begins at two."""
        one, many = NOUNS[noun][self._at]
        single = value < 2 if self.lang == "fr" else value == 1
        return f"{self.number(value)}\u00a0{one if single else many}"

    def percent(self, part: int, whole: int) -> str:
        """A share for people; a share that is not nothing and not all is never shown as 0 % or 100 %."""
        share = 100 * part / whole if whole else 0.0
        if 0 < share < 0.1:
            text = "< 0.1"
        elif 99.9 < share < 100:
            text = "> 99.9"
        else:
            text = f"{share:.1f}".removesuffix(".0")
        return text.replace(".", ",").replace(" ", "\u00a0") + "\u202f%" if self.lang == "fr" else f"{text}%"

    def instant(self, when: datetime) -> str:
        """A day and time in Paris; a naive instant is taken as it is."""
        local = when.astimezone(PARIS) if when.tzinfo else when
        if self.lang == "en":
            return f"{self.day(local)} at {local:%H:%M}"
        return f"{self.day(local)} à {local.hour}\u00a0h\u00a0{local:%M}"

    def day(self, day: date) -> str:
        """« 1er juin 2026 », « 1 June 2026 »."""
        if self.lang == "en":
            return f"{day.day} {day:%B %Y}"
        return f"{'1er' if day.day == 1 else day.day}\u00a0{_MONTHS[day.month - 1]} {day.year}"

    def typeset(self, sentence: str) -> str:
        """A French sentence with the no-break spaces that keep its signs on the line; English as it is."""
        if self.lang != "fr":
            return sentence
        return re.sub(r" ([:»])", "\u00a0\\1", re.sub(r" ([;?!])", "\u202f\\1", sentence.replace("« ", "«\u00a0")))

    def finding(self, finding: Finding, headers: Mapping[str, str] = MappingProxyType({})) -> str | None:
        """What a finding means for the person who made the file, whose `headers` are by our columns.

        None where nobody wrote it, or where it lacks what the sentence names.
        """
        pair = FINDINGS.get(finding.check)
        try:
            return pair[self._at].format(*self._figures(finding), **self._named(finding, headers)) if pair else None
        except (IndexError, KeyError, ValueError):
            return None

    def _figures(self, finding: Finding) -> list[str]:
        seen, expected = (_QUOTED.sub("", said) for said in (finding.seen, finding.expected))
        return [self.number(int(figure)) for figure in re.findall(r"\d{1,18}", f"{seen} {expected}")]

    def _named(self, finding: Finding, headers: Mapping[str, str]) -> dict[str, str]:
        """What a finding names, by the placeholders of `reports.returns.remarks`."""
        seen, expected = self._said(finding.seen), self._said(finding.expected)
        named = {"seen": seen, "expected": expected}
        named |= {f"q{at}": said for at, said in enumerate(_QUOTED.findall(f"{finding.seen} {finding.expected}"))}
        listed = _listed(seen)
        days = re.findall(r"publication (\d{4}-\d\d-\d\d)$", finding.seen)
        columns = [headers.get(one.name, one.fr) for one in COLUMNS if re.search(rf"\b{one.name}\b", finding.seen)]
        looks = next((pair for pair in LOOKS if f"look like {pair[1]}" in finding.sentence), None)
        named["looks"] = (f" Il ressemble à {looks[0]}.", f" It looks like {looks[1]}.")[self._at] if looks else ""
        causes = ((pattern.search(finding.sentence), pair) for pattern, pair in CAUSES)
        named["looks"] += next((f" {pair[self._at].format(*hit.groups())}" for hit, pair in causes if hit), "")
        found = {
            "listed": listed,
            "sheets": ", ".join(f"« {one} »" for one in _QUOTED.findall(finding.seen)),
            "day": "".join(self.day(date.fromisoformat(day)) for day in days),
            "columns": ", ".join(columns),
        }
        return named | {name: said for name, said in found.items() if said}

    def _said(self, text: str) -> str:
        """A list of a finding's, joined as this language joins."""
        if self.lang == "en":
            return text
        return re.sub(r" and (\d+) more\b", r" et \1 autres", text).replace("» and «", "» et «")

    def verdict(self, kind: VerdictKind, taken: int, rejected: int, held: int, repeated: int = 0) -> str:
        """The verdict on one drop in one sentence: « 1 962 offres prises, 38 lignes à corriger »."""
        if kind is VerdictKind.QUARANTINED:
            return self("verdict_quarantined", held=self.count(held, "line"))
        if kind is VerdictKind.UNREADABLE:
            return self("verdict_unreadable")
        if kind is VerdictKind.FAILED:
            return self("verdict_failed")
        if kind is VerdictKind.UNCHANGED:
            if rejected:
                return self("verdict_unchanged_still", lines=self.count(rejected, "line_to_correct"))
            return self("verdict_unchanged")
        offers = self.count(taken, "offer_taken") if taken else self("no_offer_taken")
        again = self.count(repeated, "repeated_line") if repeated else self("nothing_to_correct")
        return f"{offers}, {self.count(rejected, 'line_to_correct') if rejected else again}"


def _listed(seen: str) -> str:
    """What stands after the first colon of a finding's `seen` that is in no quote."""
    quotes = _QUOTED.findall(seen)
    head, _, rest = _QUOTED.sub("\0", seen).partition(": ")
    for quoted in quotes[head.count("\0") :]:
        rest = rest.replace("\0", f"« {quoted} »", 1)
    return rest
