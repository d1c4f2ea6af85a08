"""`quai up`, `quai down`, `quai migrate`: the servers of local mode, and the database's tables."""

from __future__ import annotations

import shlex

from cli.shared import this_dock
from config.settings import read


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
    with this_dock():
        print("The database is up to date.")
