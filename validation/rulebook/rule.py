"""What a row rule is: a fact about a fault, the sentence that tells it to the employer, and how it is seen."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pandera.pandas as pa
import pyarrow.compute as pc

from offers.arrays import arrow
from offers.calendar import SchoolYear
from offers.cleaning.characters import as_seen
from offers.cleaning.mending import masked_contact
from offers.cleaning.nothing import NEVER_COMPUTED
from offers.cleaning.vocabularies import Reference
from offers.columns import BY_NAME, PERSONAL
from offers.feed import Feed
from offers.text import quote
from offers.wording import Language

Mask = npt.NDArray[np.bool_]
Fields = Mapping[str, str]
Value = str | None


@dataclass(frozen=True)
class Agreed:
    """What rules lean on besides the values: feed, reference tables, school year, and the language told in."""

    feed: Feed
    reference: Reference
    year: SchoolYear
    language: Language = Language.FRENCH

    def __deepcopy__(self, _memo: object) -> Agreed:
        """Itself, which nothing changes: pandera copies a schema, and would copy the reference tables with it."""
        return self


Holds = Callable[[Any, Agreed], Mask]
"""Distinct values (a `str` Series, or a frame of combinations of several columns) -> True where all is fine."""

Detail = Callable[[tuple[Value, ...], Agreed], Fields]
"""The cleaned values of `columns` -> what sentence and remedy name besides; `detail` is kept with the rejection."""


@dataclass(frozen=True)
class Rule:
    """One row rule. `columns[0]` bears the rejection; the others are only looked at.

    `title`, `sentence` and `remedy` are (French, English); the latter two are templates with {value}, {example}, and
    what `detail` and `fields` give. `good` and `bad` hold canonical values, one per column (None: missing). `holds` is
    a check of pandera's, or a test that leans on what was agreed; None for the faults that the reader finds before
    there are columns, and for `on_missing`, which no missing value passes: every other rule skips these. `said` is then
    the sentence where the partner wrote something that is none.
    `of_offer`: what breaks it is understood, and may not be offered; an optional cell then costs its line all the same.
    """

    name: str
    columns: tuple[str, ...]
    title: tuple[str, str]
    sentence: tuple[str, str]
    remedy: tuple[str, str]
    good: tuple[tuple[Value, ...], ...]
    bad: tuple[tuple[Value, ...], ...]
    holds: pa.Check | Holds | None
    detail: Detail = lambda _values, _agreed: {}
    fields: Fields = field(default_factory=dict)
    on_missing: bool = False
    of_offer: bool = False
    said: tuple[str, str] | None = None
    in_force: Callable[[Agreed], bool] = lambda _agreed: True

    @property
    def column(self) -> str:
        """The column that is reported."""
        return self.columns[0]


def one(*values: Value) -> tuple[tuple[Value, ...], ...]:
    """Examples of a rule on a single column."""
    return tuple((value,) for value in values)


def mask(found: Any) -> Mask:
    """An Arrow truth array as a NumPy one; missing is True, for a rule says nothing on what is not there."""
    return np.asarray(pc.fill_null(found, True), dtype=bool)


def like(values: pd.Series[str], pattern: str) -> Mask:
    """True where a value matches (RE2 syntax) or is missing."""
    return mask(pc.match_substring_regex(arrow(values), pattern))


def unlike(values: pd.Series[str], pattern: str) -> Mask:
    """True where a value does not match, or is missing."""
    return mask(pc.invert(pc.match_substring_regex(arrow(values), pattern)))


def matching(pattern: str) -> pa.Check:
    """The rule that every value matches, from its first character (RE2 syntax)."""
    return pa.Check.str_matches(pattern)


def not_matching(pattern: str) -> pa.Check:
    """The rule that no value holds a match (RE2 syntax)."""
    return pa.Check(
        lambda values, pattern: ~values.str.contains(pattern, na=False),
        pattern=pattern,
        error=f"str_unlike({pattern!r})",
    )


def sound(values: pd.Series[str], test: Callable[[str], bool]) -> Mask:
    """A test run on each value of a handful, or of a column of few distinct ones."""
    return np.fromiter((bool(test(value)) for value in arrow(values).to_pylist()), dtype=bool, count=len(values))


def numbers(values: pd.Series[str]) -> npt.NDArray[np.float64]:
    """Canonical numbers as floats, NaN where there is none; one of thousands of digits is infinite."""
    found = np.array(pd.to_numeric(values, errors="coerce"), dtype=np.float64)
    found[np.isnan(found) & ~unlike(values, r"^\d{19,}$") & values.notna().to_numpy()] = np.inf
    return found


def counted(count: int, what: str) -> Fields:
    """How much a value holds, for a sentence: `7 digits`."""
    return {"count": str(count), "detail": f"{count} {what}"}


SHOWN = 80
"""Characters of a value that a sentence quotes."""

RECORDS = ("xml", "rss", "json")
IN_A_TABLE = ("Ligne {line}, colonne « {header} » : ", "Line {line}, column “{header}”: ")
IN_A_RECORD = ("Enregistrement {line}, champ « {header} » : ", "Record {line}, field “{header}”: ")


def placed(header: str, feed: Feed, language: Language = Language.FRENCH) -> tuple[str, str]:
    """What stands before and after a line's number where a fault is told, in the words of the partner's own format."""
    before, _, after = language.pick(IN_A_RECORD if feed.format.kind in RECORDS else IN_A_TABLE).partition("{line}")
    return before, after.format(header=header)


def prefix(line: int, header: str, feed: Feed, language: Language = Language.FRENCH) -> str:
    """Where the fault is."""
    return str(line).join(placed(header, feed, language))


def body(
    rule: Rule, seen: Value, values: tuple[Value, ...], agreed: Agreed, language: Language = Language.FRENCH
) -> tuple[str, str, str]:
    """Detail, sentence without its place, and remedy; `seen` is what the partner wrote, `values` what we read of it."""
    column = BY_NAME[rule.column]
    detail = rule.detail(values, agreed)
    meaning = language.pick((column.meaning_fr, column.meaning_en))
    fields = {
        "value": quoted(rule.column, seen),
        "example": column.example,
        "meaning": meaning,
        **rule.fields,
        **detail,
    }
    told = rule.said if rule.said and as_seen(seen or "") else rule.sentence
    sentence, remedy = (language.pick(part).format(**fields) for part in (told, rule.remedy))
    return detail.get("detail", ""), sentence, remedy


def shown(column: str, seen: Value) -> Value:
    """A value as a rejection may keep it: personal ones masked, wherever they were written."""
    if seen is None:
        return None
    seen = seen.removeprefix(NEVER_COMPUTED)
    personal = column in PERSONAL or (column == "siret" and "@" in seen)
    return masked_contact(seen) if personal else seen


def quoted(column: str, seen: Value) -> str:
    """The same, on one line and short enough for a sentence."""
    return quote(shown(column, seen) or "", SHOWN)
