"""What commands have in common: options, one way to answer, and the dock of this place, opened."""

from __future__ import annotations

import getpass
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from collections.abc import Mapping
    from contextlib import AbstractContextManager

    from flows.dock import Dock
    from offers.feed import Feed

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object on standard output, and nothing else there.")]
Reason = Annotated[str, typer.Option(help="Why, for whoever reads the ledger later.")]
By = Annotated[str, typer.Option(help="Who decides; you, by default.", default_factory=getpass.getuser)]


def show(payload: dict[str, Any], as_json: bool, told: Callable[[], object]) -> None:
    """One JSON object, or words for people."""
    if as_json:
        print(json.dumps(payload, ensure_ascii=False, default=str))
    else:
        told()


def this_dock() -> AbstractContextManager[Dock]:
    """The dock of this place."""
    from config.settings import read
    from flows.dock import open_dock

    return open_dock(read())


@contextmanager
def dock_and_feeds() -> Iterator[tuple[Dock, Mapping[str, Feed]]]:
    """The same with all feeds; for those alone who need them, since a fault in any partner's file ends it."""
    from flows.feeds import known_feeds

    with this_dock() as dock:
        yield dock, known_feeds(dock.settings)


def pledged(said: dict[str, Any]) -> str:
    """`5,000 offers, 6,000 seats`, or `no number`."""
    return ", ".join(f"{said[n]:,} {n}" for n in ("offers", "seats") if said.get(n) is not None) or "no number"
