"""What wants a person: `quai doctor`, `digest`, `alerts`; and `quai metrics`, for whoever watches many machines."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from cli.shared import By, Json, dock_and_partners, name_left_out, show, show_all
from config.settings import read
from offers.errors import FeedMisconfigured
from operations.alerts import make, tell_at_once
from operations.checkup import exit_status
from operations.doctor import diagnose
from operations.matters import acknowledge, all_matters, known_and_new
from operations.metrics import serve
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


def doctor(as_json: Json = False) -> None:
    """Check the installation, part by part, and say what to do. Changes nothing; 0 sound, 1 a look, 2 a fault."""
    if os.environ.get("PREFECT_API_URL"):
        from flows.server import looked_at  # here: without a server nobody waits for Prefect

        checks = diagnose(looked_at)
    else:
        checks = diagnose()

    def told() -> None:
        for check in checks:
            print(
                f"{check.state:<6} {check.part}: {check.seen}", *([f"       {check.do}"] if check.do else []), sep="\n"
            )

    show({"checks": [vars(check) for check in checks]}, as_json, told)
    raise typer.Exit(exit_status(checks))


def metrics(
    port: Annotated[int, typer.Option(help="Where to answer.", min=0, max=65535)] = 9464,
    address: Annotated[str, typer.Option(help="The address to listen on; 0.0.0.0 is all of them.")] = "127.0.0.1",
) -> None:
    """Answer Prometheus at /metrics until interrupted: deliveries, rows, ages, what waits, offers online."""
    with dock_and_partners() as (dock, partners):
        name_left_out(partners.broken)
        if os.environ.get("PREFECT_API_URL"):
            from flows.server import backlog  # here, as above

            server, thread = serve(dock, partners.feeds, address, port, backlog)
        else:
            server, thread = serve(dock, partners.feeds, address, port)
        print(f"http://{address}:{server.server_port}/metrics", flush=True)
        try:
            thread.join()
        except KeyboardInterrupt:
            server.shutdown()
