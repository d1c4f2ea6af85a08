"""Every row rule, in the order of their precedence.

At most one rejection falls on one cell: that of the first rule here which it breaks. So a rule on a value's form stands
before those on its meaning, and those on one column before those on several.
"""

from __future__ import annotations

from validation.rulebook import hours, identity, malformed, refused, texts, when, where
from validation.rulebook.rule import Rule

RULES: tuple[Rule, ...] = (*texts.RULES, *identity.RULES, *where.RULES, *when.RULES, *hours.RULES)
"""The rules that look at columns. Several columns may share a rule's name (`excel_error`); a pair never repeats."""

MALFORMED: tuple[Rule, ...] = malformed.RULES

REFUSED: tuple[Rule, ...] = refused.RULES

TITLES: dict[str, tuple[str, str]] = {rule.name: rule.title for rule in (*RULES, *MALFORMED, *REFUSED)}
"""Each rule's title in French and English, for grouping refusals by fault."""
