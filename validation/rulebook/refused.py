"""Repairs that a feed does not want: a line that bears one is refused, and told what we would have written.

`refuse_repairs` in the feed names them by their `why`. Pure; only the few lines that bear such a repair are looked at.
"""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from offers.columns import BY_NAME
from offers.feed import Feed
from offers.model import REJECTION_COLUMNS, Checked, text_frame
from offers.wording import Language
from validation.rulebook.rule import Rule, prefix, quoted, shown

REPAIR_REFUSED = Rule(
    "repair_refused", ("line",),
    ("Correction que vous ne voulez pas", "A repair that you do not want"),
    ("« {value} » n'est pas pris tel quel : nous {change}, et il est convenu avec vous de ne pas le faire.",
     "“{value}” is not taken as it is: we {change}, and it was agreed with you not to."),
    ("{do}", "{do}"),
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
    if not feed.refuse_repairs or not (unwanted := repairs["why"].isin(feed.refuse_repairs)).any():
        return Checked(checked.kept, checked.rejections, repairs)
    refused, cells = repairs[unwanted], ["line", "field"]
    first = refused.drop_duplicates(cells)
    known = pd.MultiIndex.from_frame(checked.rejections[cells])
    first = first[~pd.MultiIndex.from_frame(first[cells]).isin(known)]
    told = []
    for row in first.to_dict("records"):
        field, line = str(row["field"]), int(row["line"])
        before, after = (one if isinstance(one, str) else None for one in (row["before"], row["after"]))
        header = headers.get(field) or BY_NAME[field].fr
        change, do = _CHANGES[after is not None]
        words = {"value": quoted(field, before), "after": quoted(field, after)}
        words |= {"change": language.pick(change).format(**words), "do": language.pick(do).format(**words)}
        sentence, remedy = (
            language.pick(part).format(**words) for part in (REPAIR_REFUSED.sentence, REPAIR_REFUSED.remedy)
        )
        seen = (line, field, header, REPAIR_REFUSED.name, shown(field, before), row["why"])
        told.append((*seen, prefix(line, header, feed, language) + sentence, remedy))
    said = text_frame(REJECTION_COLUMNS, told)
    both = pd.concat([part for part in (checked.rejections, said) if len(part)], ignore_index=True)
    both = both.assign(place=both["field"].map(ORDER))
    both = both.sort_values(["line", "place"], kind="stable", ignore_index=True)[list(REJECTION_COLUMNS)]
    kept = checked.kept.loc[~checked.kept.index.isin(refused["line"])]
    return Checked(kept, both, repairs[~unwanted].reset_index(drop=True))


_CHANGES = {
    False: (
        ("l'aurions retiré", "would have removed it"),
        ("Videz la cellule, ou écrivez la bonne valeur.", "Empty the cell, or write the right value."),
    ),
    True: (
        ("aurions écrit « {after} »", "would have written “{after}”"),
        (
            "Écrivez « {after} » si c'est juste, sinon la bonne valeur.",
            "Write “{after}” if that is right, else the right value.",
        ),
    ),
}
"""What we would have done, and what is left to do: where the value would have gone, and where it would be another."""
