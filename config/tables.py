"""The reference tables of `config/reference/`, read once; that folder's README says where each comes from."""

from __future__ import annotations

from functools import lru_cache
from hashlib import sha256
from pathlib import Path

import pandas as pd
import pyarrow as pa
from pyarrow import csv

from offers.cleaning.vocabularies import Reference
from offers.errors import FeedMisconfigured
from offers.places.gazetteer import Places
from offers.pledges.organisations import Organisations

REFERENCE = Path(__file__).parent / "reference"


@lru_cache(maxsize=1)
def load() -> Reference:
    """All of them, in some 0.1 s; raises FeedMisconfigured when a table is damaged."""
    sectors, naf, departments = table("sectors.csv"), table("naf.csv"), table("departments.csv")
    legacy = sectors.dropna(subset="legacy_uuid")
    try:
        organisations = Organisations(table("organisations.csv"))
    except ValueError as fault:
        raise FeedMisconfigured(f"config/reference/organisations.csv: {fault}. Keep it where it belongs.") from fault
    return Reference(
        sectors=_lookup(sectors, "code", "name", "sectors.csv"),
        legacy=_lookup(legacy, "legacy_uuid", "code", "sectors.csv"),
        naf=_lookup(naf, "naf", "sector", "naf.csv"),
        departments=_lookup(departments, "code", "name", "departments.csv"),
        places=Places(
            table("communes.csv"), table("former_names.csv"), departments, table("centres.csv"), table("cedex.csv")
        ),
        organisations=organisations,
        stamp=_stamp(),
    )


def _stamp() -> str:
    digest = sha256()
    for path in sorted(REFERENCE.glob("*.csv")):
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()


def table(name: str) -> pd.DataFrame:
    """One table as text, empty cells missing."""
    path = REFERENCE / name
    if not path.is_file():
        raise FeedMisconfigured(f"{path}: the reference table is not there. Install Quai again, or restore the file.")
    with path.open(encoding="utf-8") as lines:
        header = lines.readline().strip().split(",")
    kinds = csv.ConvertOptions(
        column_types={column: pa.large_string() for column in header}, strings_can_be_null=True, null_values=[""]
    )
    return csv.read_csv(path, convert_options=kinds).to_pandas().astype("str")


def _lookup(frame: pd.DataFrame, key: str, value: str, name: str) -> dict[str, str]:
    """A dict of two columns. A key given twice would make a guess of which holds, so it is refused."""
    twice = frame.loc[frame[key].duplicated(), key]
    if len(twice):
        raise FeedMisconfigured(
            f"config/reference/{name}: {key} {twice.iloc[0]!r} stands there more than once, and must once only. "
            "Keep the line that holds today."
        )
    return dict(zip(frame[key].tolist(), frame[value].tolist(), strict=True))
