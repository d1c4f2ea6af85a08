"""The installation: `quai up`, `down`, `migrate`, `expire`, `backup`, `restore`."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from cli.shared import Json, show, this_dock
from config.settings import read
from operations.backup import backup as save
from operations.backup import restore as bring_back
from operations.offers import CLOSED, close_what_expired
from operations.readers import let_read


def up() -> None:
    """Local mode: start an embedded PostgreSQL and a Prefect server on it, in the background."""
    from flows.local import shell, start

    settings = read()
    server = start(settings)
    print(
        f"Prefect's pages:  {server.pages} (they ask once for what stands in {shell(settings.home).with_name('auth')})"
    )
    print(f"For each shell:   . {shlex.quote(str(shell(settings.home)))}")
    print("For its tables:   quai migrate")
    print("Stop both with:   quai down")


def down() -> None:
    """Stop what `quai up` started."""
    from flows.local import stop

    print("Stopped. Workers go on until each is stopped." if stop(read()) else "Nothing was running.")


def migrate() -> None:
    """Bring the central database's tables up to date."""
    with this_dock() as dock:
        told = let_read(dock)
    print("The database is up to date.")
    if told:
        print(told)


def expire(as_json: Json = False) -> None:
    """Close the offers whose last day is over, and say how many. Made to be run each hour."""
    with this_dock() as dock:
        count = close_what_expired(dock)
    show({"closed": count}, as_json, lambda: print(CLOSED.format(count)))


Folder = Annotated[Path, typer.Argument(metavar="DIR", help="The backup's folder.")]
NoDrops = Annotated[bool, typer.Option("--no-drops", help="Only the database: the landing is saved otherwise.")]


def backup(folder: Folder, no_drops: NoDrops = False, as_json: Json = False) -> None:
    """Write the database, the landing and the partners' files into a new folder. 1: kept drops are damaged or missing.

    Runs may go on meanwhile.
    """
    said = save(read(), folder, drops=not no_drops)

    def told() -> None:
        print(f"{folder}: {said['deliveries']:,} deliveries, {said['drops']:,} drops.")
        _lost(said)

    _end(said, as_json, told)


def restore(folder: Folder, as_json: Json = False) -> None:
    """Bring a backup back, into a database that holds no delivery. 1: drops are damaged, or missing though young."""
    settings = read()
    said = bring_back(settings, folder)

    def told() -> None:
        print(f"{said['deliveries']:,} deliveries are back, and {said['drops']:,} drops.")
        _lost(said)
        print(f"Partners' files are in {said['partners']}. What was purged since the backup is back: quai purge --yes")
        if settings.database is None:
            print(f"It is in the embedded PostgreSQL under {settings.home}, which runs on; to stop it: quai down")

    _end(said, as_json, told)


def _end(said: dict[str, Any], as_json: bool, told: Callable[[], None]) -> None:
    show(said, as_json, told)
    raise typer.Exit(int(bool(said["missing"] or said["damaged"])))


def _lost(said: dict[str, Any]) -> None:
    for name in ("missing", "damaged"):
        if said[name]:
            print(f"{len(said[name]):,} {name}; all others are there.")
    lost = {"missing from the landing": said["missing"], "damaged": said["damaged"]}
    print(*(f"{how}: {one}\n" for how, drops in lost.items() for one in drops), sep="", end="")
