"""The reference tables of `config/reference/`, read once; that folder's README says where each comes from."""

from __future__ import annotations

from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from threading import RLock
from typing import Any

import pandas as pd
import pyarrow as pa
from pyarrow import csv

from offers.cleaning.vocabularies import Reference
from offers.errors import FeedMisconfigured
from offers.places.gazetteer import Places
from offers.pledges.organisations import Organisations

REFERENCE = Path(__file__).parent / "reference"
_OF_PLACES = ("communes.csv", "former_names.csv", "centres.csv", "cedex.csv")


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
        places=_PlacesToRead(departments),
        organisations=organisations,
        stamp=_stamp(),
    )


class _PlacesToRead(Places):
    """The gazetteer, which is read once it is asked for anything: a drop of known lines asks for nothing."""

    def __init__(self, departments: pd.DataFrame) -> None:
        self._reading = RLock()
        self._read_with: pd.DataFrame | None = departments
        for name in _OF_PLACES:
            _must_be_there(name)

    def __getattr__(self, name: str) -> Any:
        if name in ("_reading", "_read_with"):
            raise AttributeError(name)
        with self._reading:
            departments, self._read_with = self._read_with, None
            if departments is not None:
                communes, former, centres, cedex = map(table, _OF_PLACES)
                super().__init__(communes, former, departments, centres, cedex)
        return object.__getattribute__(self, name)


def _stamp() -> str:
    digest = sha256()
    for path in sorted(REFERENCE.glob("*.csv")):
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()


def table(name: str) -> pd.DataFrame:
    """One table as text, empty cells missing."""
    with (path := _must_be_there(name)).open(encoding="utf-8") as lines:
        header = lines.readline().strip().split(",")
    kinds = csv.ConvertOptions(
        column_types={column: pa.large_string() for column in header}, strings_can_be_null=True, null_values=[""]
    )
    return csv.read_csv(path, convert_options=kinds).to_pandas().astype("str")


def _must_be_there(name: str) -> Path:
    path = REFERENCE / name
    if not path.is_file():
        raise FeedMisconfigured(f"{path}: the reference table is not there. Install Quai again, or restore the file.")
    return path


def _lookup(frame: pd.DataFrame, key: str, value: str, name: str) -> dict[str, str]:
    """A dict of two columns. A key given twice would make a guess of which holds, so it is refused."""
    twice = frame.loc[frame[key].duplicated(), key]
    if len(twice):
        raise FeedMisconfigured(
            f"config/reference/{name}: {key} {twice.iloc[0]!r} stands there more than once, and must once only. "
            "Keep the line that holds today."
        )
    return dict(zip(frame[key].tolist(), frame[value].tolist(), strict=True))
