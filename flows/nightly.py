"""What Prefect runs each night for no single feed: the digest, with a table of the night, and the purge."""

from __future__ import annotations

import re
from typing import Any

from prefect import flow
from prefect.artifacts import create_markdown_artifact, create_table_artifact
from prefect.client.schemas.objects import State
from prefect.states import Completed, Failed

from flows.place import house_name, read
from flows.runs import failed
from offers.errors import QuaiError
from offers.model import NOT_TAKEN, TAKEN
from operations.digest import make
from operations.feeds import known_feeds
from operations.matters import NIGHT
from operations.privacy.purge import by_age, purge
from operations.rows import as_row
from reports.ops import purge_page as page
from reports.ops import purge_title as title
from story.dock import Dock, open_dock

SHOWN = ("feed", "drop", "verdict", "read", "ignored", "rejected", "created", "updated", "unchanged", "withdrawn")
NO_DELIVERY = "no delivery"
WORST_FIRST = (*NOT_TAKEN, NO_DELIVERY, *TAKEN)


def night_rows(dock: Dock) -> list[dict[str, Any]]:
    """A row per delivery of the last day and per feed that had none, what wants a look first; for Prefect's pages."""
    rows = [as_row(delivery) for delivery in dock.store.deliveries_since(dock.now() - NIGHT)]
    without = known_feeds(dock.settings).keys() - {row["feed"] for row in rows}
    shown = [{name: row[name] for name in SHOWN} for row in rows]
    shown += [dict.fromkeys(SHOWN, "") | {"feed": feed, "verdict": NO_DELIVERY} for feed in without]
    return sorted(shown, key=lambda row: (WORST_FIRST.index(row["verdict"]), row["feed"]))


def in_markdown(body: str) -> str:
    """The digest's body with each command as code, to be copied."""
    return re.sub(r"^( +)(quai .*)$", r"\1`\2`", body, flags=re.MULTILINE)


@flow(name="digest", flow_run_name=house_name, persist_result=False)
def tell_night() -> State[Any]:
    """Send the digest, if QUAI_ALERTS says to whom, and show it; `AllSound`, `WantsAPerson`, or `NothingNew`.

    The last where a feed never delivered, which nobody can call sound.
    """
    try:
        settings = read()
        with open_dock(settings) as dock:
            said = make(dock, bool(settings.alerts))
            rows = night_rows(dock)
    except QuaiError as fault:
        return failed(fault)
    page = f"# {said['title']}\n\n{in_markdown(said['body'])}\n"
    create_markdown_artifact(page, key="digest", description=said["title"])
    create_table_artifact(rows, key="night", description="The last 24 hours, feed by feed")
    wants = bool(said["new"] or said["folded"])
    name = "WantsAPerson" if wants else "AllSound" if said["sound"] else "NothingNew"
    return Completed(name=name, message=said["title"])


@flow(name="purge", flow_run_name=house_name, persist_result=False)
def purge_what_is_due() -> State[Any]:
    """Take away what is kept too long, as `quai purge --yes` does, so that no term hangs on somebody remembering it.

    `Purged`; or, a failure, `Left`, where something could not be removed: it goes with the next night's purge.
    """
    try:
        settings = read()
        with open_dock(settings) as dock:
            said = purge(dock, known_feeds(settings), by_age(dock))
    except QuaiError as fault:
        return failed(fault)
    create_markdown_artifact(page(said), key="purge", description=title(said))
    return Failed(name="Left", message=title(said)) if said["left"] else Completed(name="Purged", message=title(said))
