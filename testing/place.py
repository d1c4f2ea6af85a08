"""A place for commands: one feed, a database and no Prefect, as the environment that says so."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from config.clock import utc_now
from offers.model import Delivery
from testing.commands import Place, environment
from testing.yard import TOML, aged, open_yard, table

AGO = timedelta(hours=1)


@contextmanager
def open_place(home: Path, database_url: str) -> Iterator[Place]:
    """The environment of a place under `home`."""
    partners = home / "partners"
    for folder in (partners, home / "inbox"):
        folder.mkdir(exist_ok=True)
    if not any(partners.iterdir()):
        (partners / "ateliers.toml").write_text(TOML, encoding="utf-8")
    yield environment(QUAI_HOME=str(home), QUAI_PARTNERS=str(partners), QUAI_DATABASE_URL=database_url)


def leave(place: Place, content: bytes | list[dict[str, str]], name: str = "offres.csv", inbox: str = "inbox") -> Path:
    """The partner leaves a file, which is no longer growing."""
    path = Path(place["QUAI_HOME"]) / inbox / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else table(content))
    aged(path, utc_now() - AGO)
    return path


def take(place: Place, rows: list[dict[str, str]]) -> Delivery:
    """The partner leaves a file, and its feed is run, by the story itself: no command is looked at."""
    with open_yard(Path(place["QUAI_HOME"]), place["QUAI_DATABASE_URL"]) as yard:
        yard.at = utc_now()
        return yard.take(rows)
