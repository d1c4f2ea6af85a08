"""For those who read the offers: an export into a file, the role that may read, and the database's own terminal."""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.csv as arrow_csv
import pyarrow.parquet as arrow_parquet

from config.settings import Settings
from offers.calendar import PARIS
from offers.errors import Declined
from story.dock import Dock
from warehouse import readers
from warehouse.engine import open_warehouse
from warehouse.migrate import terminal

parquet: Any = arrow_parquet
BLOCK = 16 * 1024 * 1024
"""Bytes of CSV that are made into one group of Parquet's rows; none of our rows is as long."""


def let_read(dock: Dock) -> str | None:
    """Let the role of readers read what it may; what an administrator is to type, where this user cannot."""
    return readers.furnish(dock.store.warehouse, dock.reference, anew=True)


def instant_of(said: str) -> datetime:
    """An instant as a person or a program writes it; without a zone it is of Paris. Raises ValueError."""
    found = datetime.fromisoformat(said.strip())
    return found if found.tzinfo else found.replace(tzinfo=PARIS)


def export(dock: Dock, file: Path, since: datetime | None) -> dict[str, Any]:
    """Write all that is online, or what changed after an instant, as CSV or Parquet by the file's ending; JSON-ready.

    The file is there whole or not at all. Raises Declined for another ending, or where it cannot be written.
    """
    form = file.suffix.lower().removeprefix(".")
    if form not in _FORMS:
        raise Declined(f"{file}: its ending says what is written, .csv or .parquet. Nothing was written.")
    part = file.with_name(f".{file.name}.{os.getpid()}.part")
    try:
        with part.open("wb") as target:
            take = _FORMS[form](target, readers.columns(since is not None))
            done = readers.export(dock.store.warehouse, since, take)
            target.flush()
            os.fsync(target.fileno())
        part.replace(file)
    except OSError as fault:
        raise Declined(f"{file} cannot be written ({fault.strerror or fault}). Nothing was written.") from fault
    finally:
        part.unlink(missing_ok=True)
    again = done.last - readers.OVERLAP if done.last else since
    known = {"since": since, "last": done.last, "next_since": again}
    told = {name: at.isoformat() if at else None for name, at in known.items()}
    return {"file": str(file), "format": form, "rows": done.rows, **told}


def psql(settings: Settings, as_reader: bool) -> tuple[list[str], dict[str, str]]:
    """The command that opens psql on this place's database, started if it is the embedded one, and what its environment
    has beside ours. Raises WarehouseUnreachable where no psql is installed, with the line to type elsewhere."""
    with open_warehouse(settings.database, settings.home) as warehouse:
        command, environment = terminal(warehouse)
    return command, {**environment, **({"PGOPTIONS": f"-c role={readers.ROLE}"} if as_reader else {})}


Take = Callable[[Iterable[bytes]], None]


def _as_csv(target: BinaryIO, _kinds: dict[str, Any]) -> Take:
    return target.writelines


def _as_parquet(target: BinaryIO, kinds: dict[str, Any]) -> Take:
    def take(blocks: Iterable[bytes]) -> None:
        read = arrow_csv.open_csv(
            io.BufferedReader(_Blocks(iter(blocks)), 1 << 20),
            read_options=arrow_csv.ReadOptions(block_size=BLOCK),
            parse_options=arrow_csv.ParseOptions(newlines_in_values=True),
            convert_options=arrow_csv.ConvertOptions(
                column_types=kinds, strings_can_be_null=True, quoted_strings_can_be_null=False, null_values=[""]
            ),
        )
        with ExitStack() as stack:
            stack.enter_context(read)
            writer = stack.enter_context(parquet.ParquetWriter(target, pa.schema(kinds), compression="zstd"))
            for batch in read:
                writer.write_batch(batch)

    return take


_FORMS: dict[str, Callable[[BinaryIO, dict[str, Any]], Take]] = {"csv": _as_csv, "parquet": _as_parquet}


class _Blocks(io.RawIOBase):
    """What the database sends, block by block, as a file to read from."""

    def __init__(self, blocks: Iterator[bytes]) -> None:
        self._blocks = blocks
        self._left = memoryview(b"")

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, into: Any) -> int:
        """The next bytes; none at the end."""
        room, filled = memoryview(into).cast("B"), 0
        while filled < len(room):
            if not self._left:
                self._left = memoryview(next(self._blocks, b""))
                if not self._left:
                    break
            count = min(len(room) - filled, len(self._left))
            room[filled : filled + count] = self._left[:count]
            self._left, filled = self._left[count:], filled + count
        return filled
