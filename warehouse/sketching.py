"""The normalised table: what is compared of the standing records, for those who match it with other means."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa
from sqlalchemy import text

from offers.matching.sketch import SKETCHED
from warehouse.copying import stream_out
from warehouse.engine import Warehouse

TYPES: dict[str, pa.DataType] = {"id": pa.int64(), **dict.fromkeys(SKETCHED, pa.string()), "offer": pa.int64()}
"""Its columns: a sketch's id, SKETCHED (an empty text where unknown), and the offer that its records are in now."""
ROWS = 50_000
"""In a batch: some 30 MB."""


def standing_sketches(warehouse: Warehouse, rows: int = ROWS) -> Iterator[pa.Table]:
    """The sketches of standing records, each once, by département and id; as of one instant: TYPES, `rows` a time."""
    with warehouse.transaction() as connection:
        connection.execute(text("set transaction isolation level repeatable read, read only"))
        yield from stream_out(connection, _STANDING, TYPES, rows)


# Records of one sketch are one offer; were they not, the least would be told.
_STANDING = f"""
    select s.id, {", ".join("s." + name for name in SKETCHED)}, r.offer
    from sketches s join (
        select sketch, min(offer_id) as offer from records where withdrawn_at is null and sketch is not null group by 1
    ) r on r.sketch = s.id
    order by s.department, s.id
"""  # noqa: S608  # our own names
