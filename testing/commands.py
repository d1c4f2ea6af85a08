"""The `quai` command as people and other programs use it: a process per call, its exit status and what it printed.

`quai` forks each process from one that has imported the heavy modules already, for their import takes longer than most
commands; `started` begins at nothing, for tests of the beginning itself.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from multiprocessing import get_context
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
PROGRAM = [sys.executable, "-c", "from cli import main; main()"]
WRITTEN = os.O_WRONLY | os.O_CREAT | os.O_APPEND
Place = dict[str, str]
Said = tuple[int, str, str]

_forks = get_context("forkserver")
COMMANDS = (
    "alerts",
    "checking",
    "duplicates",
    "feeds",
    "offers",
    "partners",
    "pledges",
    "privacy",
    "quarantine",
    "readers",
    "upkeep",
)
_forks.set_forkserver_preload(
    [*(f"cli.{name}" for name in COMMANDS), "story.ingest", "connectors.formats.delimited",
     "pandera.backends.pandas.builtin_checks", "reports.returns.page", "reports.returns.workbook", "testing.warm"]
)  # fmt: skip


def environment(**ours: str) -> Place:
    """The environment of a place: nothing of Quai or Prefect in it but `ours`."""
    known = {name: value for name, value in os.environ.items() if not name.startswith(("QUAI_", "PREFECT_"))}
    return {**known, **ours}


def quai(place: Place, *words: str, said: str = "") -> Said:
    """Run the command, `said` typed into it; its exit status, standard output and standard error."""
    with tempfile.TemporaryDirectory() as folder:
        streams = [Path(folder) / name for name in ("in", "out", "err")]
        streams[0].write_text(said, encoding="utf-8")
        child = _forks.Process(target=_run, args=(place, words, [str(path) for path in streams]))
        child.start()
        child.join()
        assert child.exitcode is not None
        out, err = (path.read_text(encoding="utf-8") for path in streams[1:])
        return child.exitcode, out, err


def _run(place: Place, words: tuple[str, ...], streams: list[str]) -> None:
    for number, (path, mode) in enumerate(zip(streams, (os.O_RDONLY, WRITTEN, WRITTEN), strict=True)):
        os.dup2(os.open(path, mode), number)
    sys.stdin = os.fdopen(0, encoding="utf-8")
    os.environ.clear()
    os.environ.update(place)
    os.chdir(ROOT)
    sys.argv = ["quai", *words]
    from cli import main

    main()


def started(place: Place, *words: str) -> Said:
    """The same in a Python that has imported nothing yet."""
    done = subprocess.run([*PROGRAM, *words], env=place, cwd=ROOT, capture_output=True, text=True)
    return done.returncode, done.stdout, done.stderr


def told(place: Place, *words: str) -> tuple[int, dict[str, Any]]:
    """Run it with --json; its exit status and the one object it printed."""
    status, out, err = quai(place, *words, "--json")
    assert out, err
    return status, json.loads(out)
