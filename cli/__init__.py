"""The `quai` command: one table of commands; the module of each is loaded when it is called."""

from __future__ import annotations

import gc
import os
import sys
from contextlib import suppress
from importlib import import_module
from typing import Any, NoReturn, TextIO, cast

import typer
from typer.core import TyperGroup

from cli.shared import SafeOutput
from config import keep_to_ourselves
from offers.errors import Declined, FeedMisconfigured, QuaiError
from offers.text import visible

COMMANDS = {
    "ingest": ("feeds:ingest", "Run a feed now: take in what its partner has left."),
    "check": ("checking:check", "What would happen to each line; touches nothing."),
    "probe": ("partners:probe", "Look at a feed's source: what waits, three records as mapped."),
    "template": ("partners:template", "An empty file in the shape a feed expects."),
    "new-partner": ("partners:new_partner", "A first TOML guessed from a sample's headers and values."),
    "replay": ("quarantine:replay", "Run landed bytes again after a mapping or a rule was corrected."),
    "digest": ("alerts:digest", "The night in one message: what needs a person, worst first."),
    "doctor": ("alerts:doctor", "Check the installation, part by part, and say what to do."),
    "purge": ("privacy:purge", "Take away what is kept too long."),
    "backup": ("upkeep:backup", "Write database, landing and partners' files into a new folder."),
    "restore": ("upkeep:restore", "Bring a backup back, into a database that holds no delivery."),
    "deploy": ("running:deploy", "One Prefect deployment per feed, and those of the house."),
    "worker": ("running:worker", "Run what is scheduled, each run in a process that is forked ready."),
    "serve": ("running:serve", "Deploy, watch inboxes and work, in one process."),
    "watch": ("running:watch", "Look into the inboxes of feeds with `every`."),
    "metrics": ("alerts:metrics", "Answer Prometheus at /metrics until interrupted."),
    "expire": ("upkeep:expire", "Close the offers whose last day is over, and say how many."),
    "offer": ("offers:offer", "An offer's life: its records, versions, merges, decisions."),
    "export": ("readers:export", "Offers as CSV or Parquet: all online, or what changed since."),
    "psql": ("readers:psql", "PostgreSQL's own terminal on this database."),
    "deliveries": ("feeds:deliveries", "The ledger: every attempt at every drop, newest first."),
    "rejections": ("feeds:rejections", "Every rejection of a delivery, line by line."),
    "up": ("upkeep:up", "Start an embedded PostgreSQL and a Prefect server on it."),
    "down": ("upkeep:down", "Stop what `quai up` started."),
    "migrate": ("upkeep:migrate", "Bring the central database's tables up to date."),
    "feeds": ("feeds:app", "All feeds, late ones first; rename or retire one."),
    "partners": ("partners:app", "The partners' files: check them all, or write a schema."),
    "quarantine": ("quarantine:app", "The drops that wait: list, show, release, discard."),
    "contacts": ("privacy:contacts", "What is held of one person: export, erase."),
    "alerts": ("alerts:app", "What wants a person now: list, ack, send."),
    "duplicates": ("duplicates:app", "Records that may be one offer."),
    "pledges": ("pledges:app", "Promised and delivered: import, list, set, remove, report."),
    "offers": ("offers:app", "Offers that a person took down: hide, lift, list."),
}
"""Its name: where it lies, and one line of help."""
WRONG_USE = 2
NOTHING_TAKEN = 3
"""The exit status when the source or the warehouse did not let a run do its work, as for a quarantined drop."""


class Commands(TyperGroup):
    """Loads a command's module when the command is called, so that each module can import at its top what it needs."""

    def list_commands(self, ctx: Any) -> list[str]:
        """In the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The command; None where the table has none of that name."""
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name][0].partition(":")
        found: Any = getattr(import_module(f"cli.{module}"), name)
        around = typer.Typer(**_PLAIN)
        around.callback()(_quai)
        if isinstance(found, typer.Typer):
            around.add_typer(found, name=cmd_name)
        else:
            around.command(cmd_name)(found)
        group: Any = typer.main.get_command(around)
        return group.commands[cmd_name]

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """From the table alone: whoever asks for help waits for no module."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, said) for name, (_, said) in COMMANDS.items()])


_PLAIN: dict[str, Any] = {
    "add_completion": False, "pretty_exceptions_enable": False, "rich_markup_mode": None,
}  # fmt: skip
app = typer.Typer(
    cls=Commands,
    name="quai",
    help="The loading dock of « Mon stage de seconde »: bulk offer feeds in, every line accounted for.",
    no_args_is_help=True,
    **_PLAIN,
)


@app.callback()
def _quai() -> None:
    pass


def main() -> None:
    """The entry point: each QuaiError becomes one sentence on standard error and an exit status."""
    sys.stdout = cast("TextIO", SafeOutput(sys.stdout))
    keep_to_ourselves()
    gc.set_threshold(100_000)  # rows hold no circles: by default, half a million of them are walked again and again
    try:
        if os.environ.get("PREFECT_API_URL"):  # whoever can read QUAI_HOME may ask the server of `quai up`
            from config.settings import read
            from flows.local import carry_key

            with suppress(FeedMisconfigured):  # what is wrong with the settings, the command says
                carry_key(read().home)
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
