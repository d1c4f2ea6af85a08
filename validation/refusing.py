"""Repairs that a feed refuses, as rejections: what was seen, what we would have written, what to do."""

from __future__ import annotations

from collections.abc import Hashable, Mapping

import pandas as pd

from offers.columns import BY_NAME
from offers.feed import Feed
from offers.model import REJECTION_COLUMNS, Checked, text_frame
from validation.rule import FRENCH, Value
from validation.rulebook.refused import REPAIR_REFUSED, changed, split
from validation.rules import prefix, quoted, shown

ORDER = {name: at for at, name in enumerate(BY_NAME)}


def refuse_repairs(
    checked: Checked, repairs: pd.DataFrame, headers: Mapping[str, str], feed: Feed, language: int = FRENCH
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
    row: Mapping[Hashable, object], headers: Mapping[str, str], feed: Feed, language: int
) -> dict[str, object]:
    field, line = str(row["field"]), int(str(row["line"]))
    before, after = _text(row["before"]), _text(row["after"])
    header = headers.get(field) or BY_NAME[field].fr
    words = changed(None if after is None else quoted(field, after))
    fields = {"value": quoted(field, before), **words}
    sentence, remedy = (part[language].format(**fields) for part in (REPAIR_REFUSED.sentence, REPAIR_REFUSED.remedy))
    cells = (line, field, header, REPAIR_REFUSED.name, shown(field, before), row["why"])
    return dict(zip(REJECTION_COLUMNS, (*cells, prefix(line, header, feed, language) + sentence, remedy), strict=True))


def _text(value: object) -> Value:
    return value if isinstance(value, str) else None
