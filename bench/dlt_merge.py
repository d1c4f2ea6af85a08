"""The peer: dlt's fastest merge of a CSV into PostgreSQL: Arrow, upsert, CSV loader, no compression, no check.

Usage: dlt_merge.py FILE DATABASE_URL WORKING_FOLDER
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

FILE, URL, FOLDER = sys.argv[1:4]
os.environ |= {
    "RUNTIME__DLTHUB_TELEMETRY": "false",
    "RUNTIME__LOG_LEVEL": "ERROR",
    "NORMALIZE__DATA_WRITER__DISABLE_COMPRESSION": "true",
    "DESTINATION__POSTGRES__CREDENTIALS": URL,
}
import dlt  # noqa: E402 - dlt reads its settings from the environment when it is imported
import pyarrow as pa  # noqa: E402 - as above
import pyarrow.csv as pc  # noqa: E402 - as above

with Path(FILE).open(encoding="utf-8") as drop:
    NAMES = drop.readline().strip().split(";")


MERGE = {"disposition": "merge", "strategy": "upsert"}


@dlt.resource(  # type: ignore[untyped-decorator, unused-ignore]  # dlt is not installed where mypy runs
    name="offers", primary_key="identifiant", write_disposition=MERGE
)
def offers() -> Iterator[pa.Table]:
    reader = pc.open_csv(
        FILE,
        read_options=pc.ReadOptions(block_size=16 << 20),
        parse_options=pc.ParseOptions(newlines_in_values=True, delimiter=";"),
        convert_options=pc.ConvertOptions(column_types={name: pa.string() for name in NAMES}, strings_can_be_null=True),
    )
    for batch in reader:
        yield pa.Table.from_batches([batch])


if __name__ == "__main__":
    pipeline = dlt.pipeline("bench", destination="postgres", dataset_name="bench", pipelines_dir=FOLDER)
    pipeline.run(offers(), loader_file_format="csv")
