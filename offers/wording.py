"""The languages that people are told in, and what each writes its own way: numbers, shares, days, plurals, lists.

The forms are those of Unicode's CLDR, by babel; without `babel.dates`, which looks for the machine's time zone first. A
sentence in both languages is a pair, (French, English): it stands with the rule, repair or column that owns it; a
return's own, in `reports.returns`. Sentences for ops alone are English, and write a number as `number` does.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, datetime
from enum import StrEnum
from functools import cached_property
from typing import Literal, TypeVar

from babel import Locale
from babel.lists import format_list
from babel.numbers import format_percent, get_group_symbol

from offers.calendar import in_paris

Pair = tuple[str, str]
"""One thing said in French and in English."""
Thing = TypeVar("Thing")
NO_BREAK = "\u00a0"


class Language(StrEnum):
    """A language that people are told in. Employers read French; an English return is for those who help them."""

    FRENCH = "fr"
    ENGLISH = "en"

    def pick(self, pair: tuple[Thing, Thing]) -> Thing:
        """What this language says, of (French, English)."""
        return pair[self is Language.ENGLISH]

    @cached_property
    def locale(self) -> Locale:
        """What CLDR knows of it; of English, as it is written in Europe."""
        return Locale.parse(self.pick(("fr", "en_GB")))

    @cached_property
    def thousands(self) -> str:
        """The sign between thousands."""
        return get_group_symbol(self.locale)

    def number(self, value: int) -> str:
        """1962 -> `1 962` with a narrow no-break space in French, `1,962` in English."""
        return f"{value:,}".replace(",", self.thousands)  # format_decimal takes sixty times as long, line by line

    def quantity(self, value: int, one: str, many: str) -> str:
        """`1 ligne`, `2 lignes`, `0 ligne`: in French the plural begins at two."""
        return f"{self.number(value)}{NO_BREAK}{self.agree(value, one, many)}"

    def agree(self, value: int, one: str, many: str) -> str:
        """The one of two words that agrees with a number."""
        return one if self.locale.plural_form(value) == "one" else many

    def percent(self, part: float, whole: int) -> str:
        """A share for people; a share that is not nothing and not all is never shown as 0 % or 100 %."""
        share = part / whole if whole else 0.0
        least, most = 0.001, 0.999
        bound = "<\u00a0" if 0 < share < least else ">\u00a0" if most < share < 1 else ""
        shown = min(max(share, least), most) if bound else share
        return bound + format_percent(shown, self.pick(("#,##0.#\u202f%", "#,##0.#%")), locale=self.locale)

    def day(self, day: date) -> str:
        """« 1er juin 2026 », « 1 June 2026 »."""
        number = "1er" if self is Language.FRENCH and day.day == 1 else str(day.day)
        return f"{number}{self.pick((NO_BREAK, ' '))}{self.month(day.month)} {day.year}"

    def instant(self, when: datetime) -> str:
        """A day and time in Paris: « 1er juin 2026 à 0 h 05 », « 1 June 2026 at 00:05 »."""
        local = in_paris(when)
        hours = self.pick((f"à {local.hour}{NO_BREAK}h{NO_BREAK}{local:%M}", f"at {local:%H:%M}"))
        return f"{self.day(local)} {hours}"

    def month(self, number: int, width: Literal["wide", "abbreviated"] = "wide") -> str:
        """« juillet », « juil. »."""
        return str(self.locale.months["format"][width][number])

    def weekday(self, number: int) -> str:
        """Monday is 0."""
        return str(self.locale.days["format"]["wide"][number])

    def listed(self, items: Iterable[str]) -> str:
        """« 12, 15 et 18 »."""
        return format_list([*items], locale=self.locale)

    def typeset(self, sentence: str) -> str:
        """A French sentence with the no-break spaces that keep its signs on the line; English as it is."""
        if self is not Language.FRENCH:
            return sentence
        return re.sub(r" ([:»])", "\u00a0\\1", re.sub(r" ([;?!])", "\u202f\\1", sentence.replace("« ", "«\u00a0")))


def number(value: float) -> str:
    """A whole number in a sentence for ops: `14 203`."""
    return f"{value:,.0f}".replace(",", " ")
