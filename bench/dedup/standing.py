"""Generated records as standing ones in a warehouse, put there as fast as may be: what a rebuild begins with."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pandas as pd
import pyarrow as pa
from sqlalchemy import text

from offers.changes import content_hash
from offers.columns import NAMES
from warehouse.copying import copy_in, records_table
from warehouse.engine import Warehouse

AT = datetime(2026, 3, 2, 4, 30, tzinfo=UTC)
CONSTANT = {"sector": "s31", "is_public": "false", "grades": "seconde"}
SLICE = 50_000


def canonical(records: pd.DataFrame, first: int = 0) -> pd.DataFrame:
    """Generated records as the contract lets them through: what is required and missing is filled, weeks are both."""
    frame = records.assign(**CONSTANT, reference=[f"r{n}" for n in range(first, first + len(records))])
    frame["weeks"] = frame["weeks"].fillna("2026-W25 2026-W26")
    for name in ("employer_name", "street", "postal_code", "city"):
        frame[name] = frame[name].fillna("")
    return frame.reindex(columns=[*NAMES, "feed", "trust"]).astype("str").rename_axis("line")


def put(warehouse: Warehouse, frame: pd.DataFrame) -> None:
    """Write canonical records, each an offer of its own, as after the migration: nothing of them is compared yet."""
    with warehouse.transaction() as connection:
        first = connection.execute(text("select coalesce(max(id), 0) + 1 from records")).scalar_one()
        for start in range(0, len(frame), SLICE):
            part = frame.iloc[start : start + SLICE]
            ids = np.arange(first + start, first + start + len(part))
            known = part.assign(content_hash=content_hash(part), id=ids, offer_id=ids, sketch=0)
            table = records_table(known, {"delivery_id": 1, "updated_at": AT, "first_delivery_id": 1, "created_at": AT})
            copy_in(connection, "records", table.append_column("feed", pa.array(part["feed"], pa.large_string())))
        connection.execute(text("update records set sketch = null where sketch = 0"))
        connection.execute(
            text("select setval(pg_get_serial_sequence('records', 'id'), (select max(id) from records))")
        )
        trust = frame.drop_duplicates("feed")[["feed", "trust"]]
        said = trust[["feed", "trust"]].itertuples(index=False, name=None)
        rows = [{"feed": feed, "trust": word, "repeated": "sum_seats"} for feed, word in said]
        connection.execute(text("insert into feeds (feed, trust, repeated) values (:feed, :trust, :repeated)"), rows)
        connection.execute(text("insert into offer_ids (id, records, opened_at) select id, 1, created_at from records"))
    with warehouse.own_connection() as connection:
        connection.execute(text("vacuum analyze"))
