"""What commands have in common: options, one way to answer, and the dock of this place, opened."""

from __future__ import annotations

import getpass
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any, TextIO

import orjson
import typer

from offers.text import escaped, visible, wants_escapes

if TYPE_CHECKING:
    from collections.abc import Iterable
    from contextlib import AbstractContextManager

    from config.partners import Broken, Partners
    from story.dock import Dock

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object on standard output, and nothing else there.")]
MOST = 2**63 - 1
"""The greatest number that a delivery or an offer can bear."""
Reason = Annotated[str, typer.Option(help="Why, for whoever reads the ledger later.")]
By = Annotated[str, typer.Option(help="Who decides; you, by default.", default_factory=getpass.getuser)]


class SafeOutput:
    """Standard output, on which no control character that a drop brought moves a cursor or hides a line.

    Tables draw in colours of their own, on `stream`; what they quote is made visible as they are drawn.
    """

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream

    def write(self, text: str) -> int:
        """As it can be seen."""
        return self.stream.write(visible(text))

    def __getattr__(self, name: str) -> Any:
        return getattr(self.stream, name)


def show(payload: dict[str, Any], as_json: bool, told: Callable[[], object]) -> None:
    """One JSON object, or words for people."""
    if as_json:
        try:
            written = orjson.dumps(payload, default=_as_text, option=orjson.OPT_NON_STR_KEYS)
            said = written.decode()
        except TypeError:  # a file's name that is no UTF-8, or a number beyond 64 bits: Python's own writes them
            written, said = b"", json.dumps(payload, ensure_ascii=False, default=_as_text)
        # JSON escapes what ASCII calls control, and we the rest: a hundred megabytes are not looked through twice.
        said = said.replace("\x7f", "\\u007f")
        if not written or wants_escapes(written):
            said = escaped(said)
        print(said, file=getattr(sys.stdout, "stream", sys.stdout))
    else:
        told()


def _as_text(value: object) -> str:
    return value.isoformat() if isinstance(value, date) else str(value)


def this_dock() -> AbstractContextManager[Dock]:
    """The dock of this place."""
    from config.settings import read
    from story.dock import open_dock

    return open_dock(read())


@contextmanager
def dock_and_partners() -> Iterator[tuple[Dock, Partners]]:
    """The same with all feeds, for those who need them."""
    from operations.feeds import the_partners

    with this_dock() as dock:
        yield dock, the_partners(dock.settings)


def show_all(
    payload: dict[str, Any], as_json: bool, told: Callable[[], object], broken: Iterable[Broken], status: int = 0
) -> None:
    """As `show`, for what concerns all feeds, and the end of the command: files that were left out are named on
    standard error and in the object, and make the exit status 1 at least."""
    from dataclasses import asdict

    left_out = [asdict(one) for one in broken]
    show({**payload, "left_out": left_out}, as_json, told)
    name_left_out(broken)
    if status or left_out:
        raise typer.Exit(max(status, 1))


def name_left_out(broken: Iterable[Broken]) -> None:
    """On standard error, a line each."""
    for one in broken:
        print(visible(f"quai: {one.sentence}"), file=sys.stderr)


def said_why(reason: str) -> str:
    """The reason without blanks around it; a blank one is none."""
    if not reason.strip():
        raise typer.BadParameter("say why: whoever looks at it later will want to know", param_hint="--reason")
    return reason.strip()


def pledged(said: dict[str, Any]) -> str:
    """`5,000 offers, 6,000 seats`, or `no number`."""
    return ", ".join(f"{said[n]:,} {n}" for n in ("offers", "seats") if said.get(n) is not None) or "no number"
