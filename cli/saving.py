"""`quai backup` and `quai restore`: the database and the landing, into a folder and back."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from cli.shared import Json, show
from config.settings import read
from operations.backup import backup as save
from operations.backup import restore as bring_back

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

    show(said, as_json, told)
    raise typer.Exit(int(bool(said["missing"] or said["damaged"])))


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

    show(said, as_json, told)
    raise typer.Exit(int(bool(said["missing"] or said["damaged"])))


def _lost(said: dict[str, Any]) -> None:
    for name in ("missing", "damaged"):
        if said[name]:
            print(f"{len(said[name]):,} {name}; all others are there.")
    for one in said["missing"]:
        print(f"missing from the landing: {one}")
    for one in said["damaged"]:
        print(f"damaged: {one}")
