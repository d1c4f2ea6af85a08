"""`quai export` and `quai psql`: for those who read the offers."""

from __future__ import annotations

import os
import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from cli.shared import Json, show, this_dock
from config.settings import read
from operations.readers import export as write_out
from operations.readers import instant_of
from operations.readers import psql as terminal

File = Annotated[Path, typer.Argument(metavar="FILE", help="Where to: its ending says how, .csv or .parquet.")]
Since = Annotated[
    str | None,
    typer.Option(help="Only what changed after this instant (2026-03-02T06:00:00+01:00; without a zone, of Paris)."),
]
Words = Annotated[list[str] | None, typer.Argument(metavar="[-- WORDS]", help="What psql is given beside.")]
AsReader = Annotated[bool, typer.Option("--reader", help="As the role quai_reader: what a reader sees.")]


def export(file: File, since: Since = None, as_json: Json = False) -> None:
    """Write the offers that are online into a file; with --since, those opened, changed, closed or merged after it.

    The file is there whole or not at all.
    """
    with this_dock() as dock:
        said = write_out(dock, file, _instant(since))

    def told() -> None:
        what = f"offers changed since {said['since']}" if said["since"] else "offers online"
        print(f"{said['file']}: {said['rows']:,} {what}.")
        if said["next_since"]:
            print(f"Next time:  quai export FILE --since {said['next_since']}")

    show(said, as_json, told)


def psql(words: Words = None, reader: AsReader = False) -> None:
    """Open PostgreSQL's own terminal on this place's database; the embedded one is started. Ends as psql ends.

    It may do all that Quai may: look with --reader, unless you mean to change something.
    """
    command, environment = terminal(read(), reader)
    sys.stdout.flush()
    # In its place, so that Ctrl-C and the exit status are psql's.
    os.execve(command[0], [*command, *(words or ())], {**os.environ, **environment})  # noqa: S606 - a program of the wheel


def _instant(said: str | None) -> datetime | None:
    if said is None:
        return None
    try:
        return instant_of(said)
    except ValueError:
        raise typer.BadParameter(
            f"{said!r} is no instant. Expected one as 2026-03-02T06:00:00+01:00, or a day.", param_hint="--since"
        ) from None
