"""`quai duplicates sketches`: the normalised table as a file, for those who compare records with other means."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cli.shared import Json, show, this_dock
from operations.duplicates.sketch_file import write_sketches


def sketches(
    out: Annotated[Path, typer.Option(help="The Parquet file to write.")],
    force: Annotated[bool, typer.Option("--force", help="Write over it, if it is there.")] = False,
    as_json: Json = False,
) -> None:
    """Write what is compared of the standing records, with the offer that each is in, as Parquet (docs/scale.md)."""
    with this_dock() as dock:
        row = write_sketches(dock, out, force=force)
    show(row, as_json, lambda: print(f"{row['sketches']:,} sketches in {out} ({row['bytes'] / 1e6:,.1f} MB)."))
