"""Repairs that a feed does not want: a line that bears one is refused, and told what we would have written.

`refuse_repairs` in the feed names them by their `why`. Pure; only the few lines that bear such a repair are looked at.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping

import pandas as pd

from offers.columns import BY_NAME
from offers.feed import Feed
from offers.model import REJECTION_COLUMNS, Checked, text_frame
from offers.wording import Language
from validation.rulebook.rule import Fields, Rule, Value, prefix, quoted, shown

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


ORDER = {name: at for at, name in enumerate(BY_NAME)}


def refuse_repairs(
    checked: Checked,
    repairs: pd.DataFrame,
    headers: Mapping[str, str],
    feed: Feed,
    language: Language = Language.FRENCH,
) -> Checked:
    """What was checked, without the lines that bear a repair (REPAIR_COLUMNS) of those that the feed refuses.

    A cell is told of once: one that broke a rule already, or bears several such repairs, gets no second rejection. The
    refused repairs no longer count.
    """
    taken, refused = split(repairs, feed)
    if refused.empty:
        return Checked(checked.kept, checked.rejections, taken)
    cells = ["line", "field"]
    first = refused.drop_duplicates(cells)
    known = pd.MultiIndex.from_frame(checked.rejections[cells])
    first = first[~pd.MultiIndex.from_frame(first[cells]).isin(known)]
    said = text_frame(REJECTION_COLUMNS, [_rejection(row, headers, feed, language) for row in first.to_dict("records")])
    both = pd.concat([part for part in (checked.rejections, said) if len(part)], ignore_index=True)
    places = both["field"].map(ORDER)
    both = both.assign(place=places).sort_values(["line", "place"], kind="stable", ignore_index=True)
    kept = checked.kept.loc[~checked.kept.index.isin(refused["line"])]
    return Checked(kept, both[list(REJECTION_COLUMNS)], taken)


def _rejection(
    row: Mapping[Hashable, object], headers: Mapping[str, str], feed: Feed, language: Language
) -> dict[str, object]:
    field, line = str(row["field"]), int(str(row["line"]))
    before, after = _text(row["before"]), _text(row["after"])
    header = headers.get(field) or BY_NAME[field].fr
    words = changed(None if after is None else quoted(field, after))
    fields = {"value": quoted(field, before), **words}
    sentence, remedy = (
        language.pick(part).format(**fields) for part in (REPAIR_REFUSED.sentence, REPAIR_REFUSED.remedy)
    )
    cells = (line, field, header, REPAIR_REFUSED.name, shown(field, before), row["why"])
    return dict(zip(REJECTION_COLUMNS, (*cells, prefix(line, header, feed, language) + sentence, remedy), strict=True))


def _text(value: object) -> Value:
    return value if isinstance(value, str) else None


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
