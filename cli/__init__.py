"""The `quai` command: parses, calls, prints. Whatever is heavy is imported inside the command that needs it."""

from __future__ import annotations

import os
import shlex
import sys
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any, NoReturn, TextIO, cast

import typer

from cli.alerts import app as alerts
from cli.alerts import digest
from cli.checking import check
from cli.duplicates import app as duplicates
from cli.expiring import expire
from cli.offers import app as offers
from cli.offers import offer
from cli.orphaned import app as feeds
from cli.partner_files import app as partners
from cli.pledges import app as pledges
from cli.probing import probe
from cli.quarantine import app as quarantine
from cli.quarantine import replay
from cli.running import deploy, serve, watch
from cli.saving import backup, restore
from cli.self_service import new_partner, template
from cli.shared import MOST, Json, Shown, show, this_dock
from cli.upkeep import contacts, doctor, metrics, purge
from config.settings import keep_to_ourselves
from offers.errors import Declined, FeedMisconfigured, QuaiError
from offers.quoting import visible

app = typer.Typer(
    name="quai",
    help="The loading dock of « Mon stage de seconde »: bulk offer feeds in, every line accounted for.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
FeedArg = Annotated[str, typer.Argument(metavar="FEED", help="A feed, e.g. laposte/offres (see `quai feeds`).")]
DeliveryArg = Annotated[
    int, typer.Argument(metavar="DELIVERY", help="A delivery's number (see `quai deliveries`).", min=1, max=MOST)
]
WRONG_USE = 2
NOTHING_TAKEN = 3
"""The exit status when the source or the warehouse did not let a run do its work, as for a quarantined drop."""


@app.command()
def ingest(
    feed: FeedArg,
    file: Annotated[Path | None, typer.Option(help="Take this file as the feed's next drop.")] = None,
    as_json: Json = False,
) -> None:
    """Run a feed now: take in what its partner has left."""
    from cli.terminal import ingested, progress
    from operations.rows import exit_status

    rows = _ingest(feed, file, progress)
    show(_one(rows, feed), as_json, lambda: ingested(rows, feed))
    raise typer.Exit(max(map(exit_status, rows), default=0))


def _ingest(feed: str, file: Path | None, progress: Any) -> list[dict[str, Any]]:
    if os.environ.get("PREFECT_API_URL"):
        _quiet_prefect()
        from flows.runs import run

        return run(feed, file)
    from config.settings import read
    from operations.feeds import the_feed
    from operations.ingest import handed_in
    from operations.ingest import ingest as story
    from operations.rows import as_row
    from story.dock import open_dock

    print("PREFECT_API_URL is not set: running here and now, without a flow run.", file=sys.stderr)
    settings = read()
    known = the_feed(settings, feed)
    drops = (handed_in(known, file),) if file else None
    with open_dock(settings, feed=known.slug) as dock, progress() as watch:
        return [as_row(delivery) for delivery in story(known, dock, watch, drops)]


def _one(rows: list[dict[str, Any]], feed: str) -> dict[str, Any]:
    """One object for other programs: the last delivery, and the earlier ones of the same run beside it."""
    if not rows:
        return {"delivery": None, "feed": feed, "drop": None, "verdict": None, "read": 0, "earlier": []}
    return {**rows[-1], "earlier": rows[:-1]}


app.command()(check)
app.command()(probe)
app.command()(template)
app.command()(new_partner)
app.command()(replay)
app.command()(digest)
app.command()(doctor)
app.command()(purge)
app.command()(backup)
app.command()(restore)
app.command()(deploy)
app.command()(serve)
app.command()(watch)
app.command()(metrics)
app.command()(expire)
app.add_typer(feeds, name="feeds")
app.add_typer(partners, name="partners")
app.command()(offer)
app.add_typer(quarantine, name="quarantine")
app.add_typer(contacts, name="contacts")
app.add_typer(alerts, name="alerts")
app.add_typer(duplicates, name="duplicates")
app.add_typer(pledges, name="pledges")
app.add_typer(offers, name="offers")


@app.command()
def deliveries(
    feed: Annotated[str | None, typer.Option(help="Only this feed's.")] = None,
    limit: Annotated[int, typer.Option(help="How many at most, newest first.", min=1)] = 50,
    as_json: Json = False,
) -> None:
    """The ledger: every attempt at every drop, newest first."""
    from cli.terminal import delivery_table
    from operations.ledger import delivery_rows

    rows = delivery_rows(feed, limit)
    show({"deliveries": rows}, as_json, lambda: delivery_table(rows))


@app.command()
def rejections(
    delivery: DeliveryArg,
    csv: Annotated[Path | None, typer.Option(help="Write them into this CSV file.")] = None,
    as_json: Json = False,
) -> None:
    """Every rejection of a delivery, line by line."""
    from cli.terminal import rejection_table
    from operations.ledger import rejection_rows

    rows = rejection_rows(delivery, csv)
    show({"delivery": delivery, "rejections": rows}, as_json, lambda: rejection_table(delivery, rows, csv))


@app.command()
def up() -> None:
    """Local mode: start an embedded PostgreSQL and a Prefect server on it, in the background."""
    from config.settings import read
    from flows.local import shell, start

    settings = read()
    server = start(settings)
    print(
        f"Prefect's pages:  {server.pages} (they ask once for what stands in {shell(settings.home).with_name('auth')})"
    )
    print(f"For each shell:   . {shlex.quote(str(shell(settings.home)))}")
    print("For its tables:   quai migrate")
    print("Stop both with:   quai down")


@app.command()
def down() -> None:
    """Stop what `quai up` started."""
    from config.settings import read
    from flows.local import stop

    print("Stopped. Workers go on until each is stopped." if stop(read()) else "Nothing was running.")


@app.command()
def migrate() -> None:
    """Bring the central database's tables up to date."""
    with this_dock():
        print("The database is up to date.")


def _quiet_prefect() -> None:
    """A person who runs one feed wants its delivery, not the engine's log; the Prefect server keeps the log."""
    os.environ.setdefault("PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL", "CRITICAL")


def main() -> None:
    """The entry point: each QuaiError becomes one sentence on standard error and an exit status."""
    sys.stdout = cast("TextIO", Shown(sys.stdout))
    keep_to_ourselves()
    try:
        _carry_key()
        app()
    except QuaiError as fault:
        from config.keyring import hide

        print(visible(hide(f"quai: {fault}")), file=sys.stderr)
        _leave(WRONG_USE if isinstance(fault, FeedMisconfigured | Declined) else NOTHING_TAKEN)
    except Exception as fault:  # Python's own status for it, 1, would say that the work was done
        from story.failures import seen

        print(
            visible(f"quai: a fault of Quai's own ({seen(fault)}). Report it, with the lines above."), file=sys.stderr
        )
        _leave(NOTHING_TAKEN)
    except SystemExit as done:
        _leave(done.code if isinstance(done.code, int) else int(done.code is not None))


def _carry_key() -> None:
    """Whoever can read QUAI_HOME may ask the server of `quai up`; what is wrong with the settings, the command says."""
    if os.environ.get("PREFECT_API_URL"):
        from config.settings import read
        from flows.local import carry_key

        with suppress(FeedMisconfigured):
            carry_key(read().home)


def _leave(status: int) -> NoReturn:
    """End at once: all is closed by now, and Python takes a second and more to give 200 000 offers back one by one.

    A flow run is left to end by itself, for Prefect still has log lines to send.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    if "prefect" in sys.modules:
        sys.exit(status)
    os._exit(status)


if __name__ == "__main__":
    main()
