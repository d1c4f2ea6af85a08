"""The door from bytes to a batch: read in the run itself, or, where large or not surely bounded, in its own process.

That process is started anew, never forked off the run, knows no secret, and gives the batch back as an Arrow file: what
ends there ends nothing else. Its parent watches the memory that it holds; behind that stand the system's own limits on
addresses and processor time.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from connectors.formats import Sheets, read_here
from connectors.formats.bounds import TooHeavy
from connectors.formats.refusal import malformed_frame, refusal
from connectors.home import make_room
from offers.errors import FeedMisconfigured, ReaderEnded, Unreadable
from offers.feed import Limits
from offers.format import Format, ReadingPlan
from offers.model import CELL_COLUMNS, Batch, Finding, Severity, text_frame
from offers.wording import number

ROOM = 8_000_000_000
"""Bytes of addresses beyond the memory granted: Arrow and the allocators reserve far more than they use."""
A_PART = 25_000_000
"""Bytes that came, for each of which (or a part of them) `limits.seconds` are granted."""
_LOOK = 0.01
_FULL = 0.95
"""The part of the memory granted at which it is ended: it goes on until somebody looks."""
_PATIENCE = 12
"""Seconds on the clock for one of a processor: a machine that is busy, or a slow disk, is no fault of a drop."""
_OUT_OF_MEMORY = 70
_SAID, _TABLE = "said.json", "batch.arrow"
_KNOWN = ("PATH", "LANG", "LC_ALL", "TMPDIR", "HOME", "LD_LIBRARY_PATH", "TZ", "SYSTEMROOT")
_RAISED: dict[str, type[Exception]] = {"Unreadable": Unreadable, "FeedMisconfigured": FeedMisconfigured}


@dataclass(frozen=True)
class Grant:
    """What one reading may take: bytes of memory, seconds of a processor."""

    memory: int
    seconds: int

    @classmethod
    def of(cls, limits: Limits, size: int) -> Grant:
        """What a feed grants for a drop of so many bytes."""
        return cls(limits.memory, limits.seconds * (1 + size // A_PART))


class ReaderBroke(RuntimeError):  # noqa: N818 - named for what happened, as in offers.errors
    """A fault of our own, in the process that read: the message says which and where."""


def read(
    path: Path,
    name: str,
    format: Format,
    limits: Limits,
    said: str | None = None,
    *,
    aside: Path | None = None,
    headers: Sheets = (),
) -> Batch:
    """The text in the drop at `path`; `name` is the partner's own name for it and stands in every message.

    `said` is the encoding that its server named, which bytes may contradict; `headers` (onboarding.form.headers_of) say
    which sheets of a workbook hold offers: without any they are those that look as the first does.

    The frame's columns are the partner's headers (tables) or dotted paths (XML, JSON), its index the line, row or
    record number. Raises Unreadable where the drop is not what `format` says or is over `limits`, FeedMisconfigured
    where `format` itself cannot be followed, ReaderEnded where reading it takes more than `limits` grant. What is large
    is read in a process of its own, and so is what is small and would say much more than it holds; what it gives back
    lies below `aside` meanwhile, or where the system keeps what passes.
    """
    try:
        return read_here(path, name, format, limits, said, headers=headers, here=True)
    except TooHeavy:
        return read_apart(path, name, format, limits, said, aside=aside, headers=headers)


def read_apart(
    path: Path,
    name: str,
    format: Format,
    limits: Limits,
    said: str | None = None,
    *,
    aside: Path | None = None,
    headers: Sheets = (),
) -> Batch:
    """As `read`, in a process of its own. Raises ReaderEnded, too, which is Unreadable."""
    grant = Grant.of(limits, path.stat().st_size)
    if aside is not None:
        make_room(aside, time.time())
    with tempfile.TemporaryDirectory(prefix="quai-reading-", dir=aside) as made:
        folder = Path(made)
        asked = {
            "path": str(path.absolute()),
            "name": name,
            "encoding": said,
            "format": ReadingPlan.of(format).model_dump(mode="json"),
            "limits": limits.model_dump(mode="json"),
            "grant": asdict(grant),
            "headers": [sorted(one) for one in headers],
        }
        (folder / "asked.json").write_text(json.dumps(asked))
        why = _watched(folder, grant)
        try:
            answer: dict[str, Any] = json.loads((folder / _SAID).read_bytes())
        except (OSError, ValueError):  # it was ended before it could say anything
            seen, key = {
                "memory": (f"reading it took more than {number(grant.memory)} bytes of memory", "memory"),
                "time": (f"reading it took more than {grant.seconds} seconds of a processor", "seconds"),
            }.get(why, (f"the process that read it broke off ({why})", "memory"))
            remedy = f"Ask the partner what they sent; if it is meant so, raise `limits.{key}` in the feed's TOML"
            raise ReaderEnded(str(refusal(name, seen, f"less (`limits.{key}`)", remedy))) from None
        if (kind := answer.get("raised")) is not None:
            raise _RAISED.get(kind, ReaderBroke)(answer["message"], **answer.get("fields", {}))
        return _batch(answer, folder / _TABLE)


def _watched(folder: Path, grant: Grant) -> str:
    """Start the reader and wait for its end; gives why it ended, "" where it ended by itself and well."""
    import psutil  # here, for few drops are read apart

    environment = {key: os.environ[key] for key in _KNOWN if key in os.environ}
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, sys.path))
    command = [sys.executable, "-m", "connectors.reading", str(folder)]
    until = time.monotonic() + _PATIENCE * grant.seconds + _PATIENCE
    with (folder / "errors").open("wb") as errors:
        process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
            command, env=environment, stdin=subprocess.DEVNULL, stdout=errors, stderr=errors, start_new_session=True
        )
        try:
            reader = psutil.Process(process.pid)
            while process.poll() is None:
                with suppress(subprocess.TimeoutExpired):
                    process.wait(_LOOK)
                    break
                with suppress(psutil.Error):  # it has just ended
                    if reader.memory_info().rss > _FULL * grant.memory:
                        return "memory"
                if time.monotonic() > until:
                    return "time"
        finally:
            if process.poll() is None:
                process.kill()
            process.wait()
    return _why(process.returncode)


def _why(status: int) -> str:
    known = {0: "", _OUT_OF_MEMORY: "memory", -signal.SIGXCPU: "time"}
    return known.get(status, f"signal {-status}" if status < 0 else f"status {status}")


def _batch(said: dict[str, Any], table: Path) -> Batch:
    import pandas as pd
    import pyarrow as pa

    with pa.memory_map(str(table)) as file:  # the mapping outlives the file
        *columns, lines = (held := pa.ipc.open_file(file).read_all()).columns
        frame = held.select(range(len(columns))).to_pandas()
    frame.index = pd.Index(lines.to_numpy(), name="line")
    findings = tuple(Finding(**{**one, "severity": Severity(one["severity"])}) for one in said["findings"])
    of_cells = (said["cells"], said["links"])
    cells, links = (None if rows is None else text_frame(CELL_COLUMNS, rows) for rows in of_cells)
    malformed = malformed_frame(said["malformed"])
    return Batch(frame, malformed, said["dialect"], findings, said["torn"], tuple(said["sheets"]), cells, links)


def _leave(folder: Path, batch: Batch) -> None:
    import pyarrow as pa

    # The columns in their order, then the lines: by place, for a partner's header may be called anything.
    frame = batch.frame
    columns = [pa.array(frame.iloc[:, at], pa.large_string(), from_pandas=True) for at in range(frame.shape[1])]
    table = pa.table([*columns, pa.array(frame.index.to_numpy())], names=[*map(str, frame.columns), "line"])
    with pa.OSFile(str(folder / _TABLE), "wb") as file, pa.ipc.new_file(file, table.schema) as writer:
        writer.write_table(table)
    told = {"malformed": batch.malformed, "cells": batch.cells, "links": batch.links}
    rows = {
        what: None if one is None else one.astype(object).where(one.notna(), None).to_dict("records")
        for what, one in told.items()
    }
    said = {"dialect": dict(batch.dialect), "findings": [asdict(one) for one in batch.findings], "torn": batch.torn}
    _say(folder, {**said, **rows, "sheets": batch.sheets})


def _say(folder: Path, said: dict[str, Any]) -> None:
    (folder / _SAID).write_text(json.dumps(said))


def main(folder: Path) -> None:
    """The reader's own process: read what `folder` asks for under the system's limits, and leave it there."""
    asked = json.loads((folder / "asked.json").read_text())
    grant = Grant(**asked["grant"])
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CPU, (grant.seconds, grant.seconds + 1))
    resource.setrlimit(resource.RLIMIT_AS, (grant.memory + ROOM, grant.memory + ROOM))
    headers = tuple(map(frozenset, asked["headers"]))
    format, limits = ReadingPlan.model_validate(asked["format"]), Limits.model_validate(asked["limits"])
    try:
        batch = read_here(Path(asked["path"]), asked["name"], format, limits, asked["encoding"], headers=headers)
        _leave(folder, batch)
    except (Unreadable, FeedMisconfigured) as fault:
        _say(folder, {"raised": type(fault).__name__, "message": str(fault), **vars(fault)})
    except MemoryError:
        os._exit(_OUT_OF_MEMORY)  # at once: what would tidy up needs memory itself
    except Exception as fault:
        at = traceback.extract_tb(fault.__traceback__)[-1]
        _say(folder, {"raised": "fault", "message": f"{type(fault).__name__} at {Path(at.filename).name}:{at.lineno}"})


if __name__ == "__main__":
    main(Path(sys.argv[1]))
