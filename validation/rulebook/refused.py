"""Repairs that a feed does not want: a line that bears one is refused, and told what we would have written.

`refuse_repairs` in the feed names them by their `why`. Pure; only the few lines that bear such a repair are looked at.
"""

from __future__ import annotations

import pandas as pd

from offers.feed import Feed
from validation.rule import Fields, Rule, Value

REPAIR_REFUSED = Rule(
    "repair_refused", ("line",),
    ("Correction que vous ne voulez pas", "A repair that you do not want"),
    ("« {value} » n'est pas pris tel quel : nous {change_fr}, et il est convenu avec vous de ne pas le faire.",
     "“{value}” is not taken as it is: we {change_en}, and it was agreed with you not to."),
    ("{remedy_fr}", "{remedy_en}"),
    (), (), None,
)  # fmt: skip

RULES: tuple[Rule, ...] = (REPAIR_REFUSED,)
"""Told here and not by the contract's rules: what it refuses is not a value, but what became of one."""


def split(repairs: pd.DataFrame, feed: Feed) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Repairs (REPAIR_COLUMNS) that the feed takes, and those that it refuses."""
    if not feed.refuse_repairs:
        return repairs, repairs.iloc[:0]
    refused = repairs["why"].isin(feed.refuse_repairs)
    return repairs[~refused].reset_index(drop=True), repairs[refused]


def changed(after: Value) -> Fields:
    """What we would have done to a value, and what is left to do, in words."""
    if after is None:
        return {
            "change_fr": "l'aurions retiré",
            "change_en": "would have removed it",
            "remedy_fr": "Videz la cellule, ou écrivez la bonne valeur.",
            "remedy_en": "Empty the cell, or write the right value.",
        }
    return {
        "change_fr": f"aurions écrit « {after} »",
        "change_en": f"would have written “{after}”",
        "remedy_fr": f"Écrivez « {after} » si c'est juste, sinon la bonne valeur.",
        "remedy_en": f"Write “{after}” if that is right, else the right value.",
    }
