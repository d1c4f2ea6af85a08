"""`quai digest` and `quai alerts`: what wants a person, told once."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.shared import By, Json, dock_and_partners, show, show_all
from config.settings import read
from offers.errors import FeedMisconfigured
from operations.alerts import tell_at_once
from operations.digest import make
from operations.matters import acknowledge, all_matters, known_and_new
from reports.ops import matter_lines
from story.dock import open_dock

app = typer.Typer(help="What wants a person now: list, ack, send.", no_args_is_help=True)


def digest(
    send: Annotated[bool, typer.Option("--send", help="Send it to QUAI_ALERTS, and count it as told.")] = False,
    as_json: Json = False,
) -> None:
    """The night in one message: all sound in one line, else what needs a person, worst first. 1: something does."""
    settings = read()
    if send and not settings.alerts:
        raise FeedMisconfigured("QUAI_ALERTS is not set: there is nobody to send to. Name an Apprise address there.")
    with open_dock(settings) as dock:
        said = make(dock, send)
    show(said, as_json, lambda: print(said["title"], "", said["body"], sep="\n"))
    if said["new"] or said["folded"] or said["left_out"]:  # what a person took on wants nobody else
        raise typer.Exit(1)


@app.command("list")
def listing(as_json: Json = False) -> None:
    """All that wants a person, worst first: new, told before, or taken on."""
    with dock_and_partners() as (dock, partners):
        piles = known_and_new(dock, all_matters(dock, partners.feeds, partners.broken))
    named = {"new": piles.new, "told": piles.folded, "acknowledged": piles.acknowledged}
    rows = [{"known": name, **matter.as_dict()} for name, pile in named.items() for matter in pile]

    def told() -> None:
        for name, pile in named.items():
            print(*(f"{name}: {matter_lines(matter)}\n" for matter in pile), sep="\n", end="")
        if not rows:
            print("Nothing wants a person.")

    show_all({"alerts": rows}, as_json, told, partners.broken)


@app.command()
def ack(
    feed: Annotated[str, typer.Argument(metavar="FEED", help="A feed, e.g. laposte/offres.")],
    kind: Annotated[str, typer.Argument(metavar="KIND", help="quarantined, failing, late, unreadable, … as listed.")],
    by: By,
    as_json: Json = False,
) -> None:
    """Take a matter on: nobody is told of it again until it changes."""
    with dock_and_partners() as (dock, partners):
        row = acknowledge(dock, partners.feeds, feed, kind, by, partners.broken).as_dict()
    show({**row, "by": by}, as_json, lambda: print(f"{feed} {kind}: taken on by {by}; quiet until it changes."))


@app.command()
def send(as_json: Json = False) -> None:
    """Send what does not wait for the digest, such as a feed that is late. Made to be run every quarter of an hour."""
    with dock_and_partners() as (dock, partners):
        rows = [matter.as_dict() for matter in tell_at_once(dock, partners.feeds, partners.broken)]
    show_all({"sent": rows}, as_json, lambda: print(f"{len(rows)} new matters told."), partners.broken)
