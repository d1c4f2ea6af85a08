"""The normalised table as a Parquet file, for Splink or whoever else compares it (docs/scale.md)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from offers.errors import Declined
from story.dock import Dock
from warehouse.matching.gathering import TYPES, standing_sketches

SCHEMA = pa.schema(TYPES)


def write_sketches(dock: Dock, out: Path, *, force: bool = False) -> dict[str, Any]:
    """Write the sketches of all standing records, a row group at a time; gives what was written, JSON-ready.

    The file is there once it is whole. Raises Declined where one is there already and `force` is not said, or where
    none can be written.
    """
    if out.exists() and not force:
        raise Declined(f"{out} is there already. Name another file, or add --force to write over it. Nothing was done.")
    unfinished = out.with_name(f"{out.name}.part")
    try:
        sketches = _written(dock, unfinished)
        unfinished.replace(out)
    except OSError as fault:
        raise Declined(f"{out}: cannot be written ({fault.strerror}). Name another file.") from fault
    finally:
        unfinished.unlink(missing_ok=True)
    return {"out": str(out), "sketches": sketches, "bytes": out.stat().st_size}


def _written(dock: Dock, path: Path) -> int:
    count = 0
    with path.open("wb") as sink, pq.ParquetWriter(sink, SCHEMA, compression="zstd") as writer:
        for batch in standing_sketches(dock.store.warehouse):
            writer.write_table(batch)
            count += batch.num_rows
    return count
