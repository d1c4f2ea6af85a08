"""Every row rule, in the order of their precedence, and how a rejection is told.

At most one rejection falls on one cell: that of the first rule here which it breaks. So a rule on a value's form stands
before those on its meaning, and those on one column before those on several.
"""

from __future__ import annotations

import pandas as pd

from offers.cleaning.characters import as_seen
from offers.cleaning.mending import masked_contact
from offers.cleaning.nothing import NEVER_COMPUTED
from offers.columns import BY_NAME, PERSONAL
from offers.feed import Feed
from offers.quoting import quote
from validation.rule import ENGLISH, FRENCH, Agreed, Rule, Value
from validation.rulebook import hours, identity, malformed, refused, texts, when, where

RULES: tuple[Rule, ...] = (*texts.RULES, *identity.RULES, *where.RULES, *when.RULES, *hours.RULES)
"""The rules that look at columns. Several columns may share a rule's name (`excel_error`); a pair never repeats."""

MALFORMED: tuple[Rule, ...] = malformed.RULES

REFUSED: tuple[Rule, ...] = refused.RULES

TITLES: dict[str, tuple[str, str]] = {rule.name: rule.title for rule in (*RULES, *MALFORMED, *REFUSED)}
"""Each rule's title in French and English, for grouping refusals by fault."""

SHOWN = 80
"""Characters of a value that a sentence quotes."""

RECORDS = ("xml", "rss", "json")
WHERE = {
    (False, FRENCH): "Ligne {line}, colonne « {header} » : ",
    (False, ENGLISH): "Line {line}, column “{header}”: ",
    (True, FRENCH): "Enregistrement {line}, champ « {header} » : ",
    (True, ENGLISH): "Record {line}, field “{header}”: ",
}


def prefix(line: int, header: str, feed: Feed, language: int = FRENCH) -> str:
    """Where the fault is, in the words of the partner's own format."""
    return WHERE[feed.format.kind in RECORDS, language].format(line=line, header=header)


def body(
    rule: Rule, seen: Value, values: tuple[Value, ...], agreed: Agreed, language: int = FRENCH
) -> tuple[str, str, str]:
    """Detail, sentence without its place, and remedy; `seen` is what the partner wrote, `values` what we read of it."""
    column = BY_NAME[rule.column]
    detail = rule.detail(values, agreed)
    meaning = column.meaning_en if language == ENGLISH else column.meaning_fr
    fields = {
        "value": quoted(rule.column, seen),
        "example": column.example,
        "meaning": meaning,
        **rule.fields,
        **detail,
    }
    told = rule.said if rule.said and as_seen(seen or "") else rule.sentence
    sentence, remedy = (part[language].format(**fields) for part in (told, rule.remedy))
    return detail.get("detail", ""), sentence, remedy


def malformed_told(malformed: pd.DataFrame, language: int = FRENCH) -> pd.DataFrame:
    """The reader's own rejections (REJECTION_COLUMNS), which are in French, in this language."""
    if language == FRENCH or malformed.empty:
        return malformed
    known = {rule.name: rule for rule in MALFORMED}
    said = [f"Line {line}: {known[rule].sentence[language]}" for line, rule in malformed[["line", "rule"]].to_numpy()]
    remedies = malformed["rule"].map({name: rule.remedy[language] for name, rule in known.items()})
    return malformed.assign(sentence=said, remedy=remedies)


def explain(
    rule: Rule, line: int, header: str, seen: Value, values: tuple[Value, ...], agreed: Agreed, language: str = "fr"
) -> tuple[str, str]:
    """One rejection as (sentence, remedy) in `fr` or `en`, without a batch; `values` are those of `rule.columns`."""
    tongue = ENGLISH if language == "en" else FRENCH
    _, sentence, remedy = body(rule, seen, values, agreed, tongue)
    return prefix(line, header, agreed.feed, tongue) + sentence, remedy


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
