"""Sketches: what of a record is compared. Records of one feed with one sketch are twins, and are compared once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from offers.arrays import row_hash, texts_of
from offers.matching import normal

SKETCHED = (
    "feed", "title", "description", "employer", "department", "place", "town", "siret", "street", "weeks", "own_row",
)  # fmt: skip
"""The columns of a sketch, as text, "" where unknown. `place` is the INSEE code. `own_row` is the reference where the
feed says that each of its rows is an offer of its own (`repeated = "keep"`), and else ""."""


@dataclass(frozen=True)
class Sketched:
    """`sketches`: SKETCHED, one row each, indexed by its 64-bit id; `of`: for each record the id of its sketch."""

    sketches: pd.DataFrame
    of: np.ndarray


def sketch(records: pd.DataFrame, keeps_rows: np.ndarray | None = None) -> Sketched:
    """The sketches of records (columns of offers.columns, and `feed`).

    `keeps_rows`: for each record, whether its feed wants every row to stay an offer of its own. An id depends on the
    sketch's columns alone, so that the same record has the same one in every run.
    """
    frame = _normal(records, keeps_rows)
    ids = row_hash(frame, SKETCHED, normal.VERSION)
    first = ~pd.Series(ids).duplicated().to_numpy()
    return Sketched(frame[first].set_axis(pd.Index(ids[first], name="sketch")), ids)


def _normal(records: pd.DataFrame, keeps_rows: np.ndarray | None) -> pd.DataFrame:
    def column(name: str) -> pd.Series[str]:
        return records[name] if name in records else pd.Series(pd.NA, index=records.index, dtype="str")

    employer = normal.employers(column("employer_name"), column("organisation"))
    own_row = column("reference").where(np.zeros(len(records), bool) if keeps_rows is None else keeps_rows)
    columns: dict[str, Any] = {
        "feed": column("feed"),
        "title": normal.titles(column("title"), column("city"), employer),
        "description": normal.descriptions(column("description")),
        "employer": employer,
        "department": column("department"),
        "place": column("insee_code"),
        "town": normal.towns(column("city")),
        "siret": column("siret"),
        "street": normal.streets(column("street")),
        "weeks": column("weeks"),
        "own_row": own_row,
    }
    texts = {name: _text(values) for name, values in columns.items()}
    return pd.DataFrame(texts, index=pd.RangeIndex(len(records)))


def _text(values: Any) -> Any:
    return pd.array(texts_of(values) if isinstance(values, pd.Series) else values, dtype="str")
