"""How a partner is made ready: `quai partners`, `new-partner`, `template`, `probe`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.box import SIMPLE_HEAD
from rich.table import Table

from cli.shared import Json, show
from cli.terminal import console, escape, progress
from config.settings import read
from offers.calendar import in_paris
from offers.columns import REQUIRED
from offers.onboarding.form import Form
from offers.text import one_line, quote, visible
from operations.feeds import partner_file_schema, partner_files
from operations.onboarding import Begun, begin, write_template
from operations.probe import Probed
from operations.probe import probe as look

app = typer.Typer(help="The partners' files: check them all, or write a schema for editors.", no_args_is_help=True)
MISCONFIGURED = 2


@app.command()
def check(
    folder: Annotated[Path | None, typer.Argument(help="A folder of TOML files; by default QUAI_PARTNERS.")] = None,
    as_json: Json = False,
) -> None:
    """Every fault of every partner's file; ends with 2 where there is one."""
    rows = partner_files(read(), folder)

    def told() -> None:
        for row in rows:
            faulty = " and faults" if row["faults"] else ""
            print(visible(f"{row['file']}: {', '.join(row['feeds']) or 'no feed'}{faulty}"))
            for fault in row["faults"]:
                print(visible(f"  {fault}"))
        broken = sum(bool(row["faults"]) for row in rows)
        print(f"{len(rows)} files, {sum(len(row['feeds']) for row in rows)} feeds; {broken or 'none'} with faults.")

    show({"partners": rows}, as_json, told)
    raise typer.Exit(MISCONFIGURED if any(row["faults"] for row in rows) else 0)


@app.command()
def schema(out: Annotated[Path | None, typer.Option(help="Write it here; by default it is printed.")] = None) -> None:
    """The JSON Schema of a partner's file, for editors."""
    text = json.dumps(partner_file_schema(), ensure_ascii=False, indent=2) + "\n"
    if out is None:
        print(text, end="")
    else:
        out.write_text(text, encoding="utf-8")
        print(f"Written: {out}. Begin a partner's file with  #:schema {out.name}")


def template(
    feed: Annotated[str, typer.Argument(metavar="FEED", help="A feed, e.g. laposte/offres (see `quai feeds`).")],
    out: Annotated[Path, typer.Option(help="The file to write, .xlsx or .csv.")],
    ours: Annotated[bool, typer.Option("--ours", help="In our own French labels, which every feed reads.")] = False,
) -> None:
    """An empty file in the shape a feed expects, with lists to choose from and a sheet of rules."""
    form_written(write_template(read(), feed, out, ours), out)


def new_partner(
    name: Annotated[str, typer.Argument(metavar="NAME", help="How people call the partner.")],
    sample: Annotated[Path, typer.Option(help="A file such as the partner sends.")],
    out: Annotated[Path | None, typer.Option(help="Write here; by default among the partners, <name>.toml.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace a file that is there already.")] = False,
) -> None:
    """A first TOML guessed from a sample file's headers and values, to be read and corrected."""
    partner_begun(begin(read(), name, sample, out, force))


_WIDE = 80
"""Letters of a value that are shown."""
_LISTED = 20


def probe(
    feed: Annotated[str, typer.Argument(metavar="FEED", help="A feed, e.g. laposte/offres (see `quai feeds`).")],
    as_json: Json = False,
) -> None:
    """Look at a feed's source: what waits, and three records as they are mapped. Changes nothing."""
    with progress() as watch:
        probed = look(feed, watch)
    show(probed.as_dict(), as_json, lambda: _show(probed))
    raise typer.Exit(probed.exit_status)


def _show(probed: Probed) -> None:
    out = console()
    out.print(f"[bold]{probed.feed}[/] ({probed.kind}) answers; nothing was changed.", highlight=False)
    if probed.waiting:
        table = Table("would be taken, in this order", "bytes", "since (Paris)", box=SIMPLE_HEAD, show_edge=False)
        for one in probed.waiting[:_LISTED]:
            size = "" if one.size is None else f"{one.size:,}"
            table.add_row(escape(one.name), size, f"{in_paris(one.at):%Y-%m-%d %H:%M:%S}")
        out.print(table)
        if len(probed.waiting) > _LISTED:
            out.print(f"… and {len(probed.waiting) - _LISTED:,} more.")
    else:
        out.print("No drop waits.")
    if probed.first is None:
        return
    glance = ", the first of them only" if probed.glance else ""
    dialect = ", ".join(f"{key} {value}" for key, value in probed.dialect if value)
    out.print(
        f"\n{escape(probed.first)}: {probed.read:,} records read{glance}, {probed.ignored:,} set aside by the feed's "
        f"filters{f' ({escape(dialect)})' if dialect else ''}.",
        highlight=False,
    )
    for line, values in probed.records:
        table = Table(f"line {line}: ours", "← theirs", "value", box=SIMPLE_HEAD, show_edge=False)
        for value in values:
            # What a partner sent must not speak to the terminal.
            plain = "".join(letter if letter.isprintable() else " " for letter in value.value or "")
            short = plain if len(plain) <= _WIDE else plain[: _WIDE - 1] + "…"
            table.add_row(value.ours, escape(value.theirs), "[dim]empty[/]" if value.value is None else escape(short))
        out.print(table)
    for finding in probed.findings:
        out.print(f"[bold]{finding.severity.value}[/] {escape(finding.sentence)}", highlight=False)


def form_written(form: Form, out: Path) -> None:
    """Where the empty form is and what to do with it, in French: the person who fills it reads it."""
    screen = console()
    feed, required = form.feed, [field.header for field in form.fields if field.required]
    screen.print(f"{feed.slug} : modèle écrit dans {escape(str(out))}", highlight=False, soft_wrap=True)
    if feed.format.of_elements:
        screen.print(
            f"Ce canal lit du {feed.format.kind.upper()}, qu'un logiciel envoie. Ce classeur, à nos propres intitulés, "
            "est lu aussi : il sert à envoyer des offres à la main.",
            highlight=False,
        )
    screen.print(f"Colonnes obligatoires : {escape(', '.join(required))}.", highlight=False)
    screen.print(
        f"Ensuite : remplacez la ligne d'exemple, puis  quai check {escape(str(out))} --feed {feed.slug}",
        highlight=False,
        soft_wrap=True,
    )


def partner_begun(begun: Begun) -> None:
    """What a sample told, what it did not, and what to do next."""
    out, guesses = console(), begun.guesses
    out.print(f"{escape(begun.sample.why)}; {len(begun.sample.batch.frame):,} records.", highlight=False)
    if begun.sample.batch.frame.empty:
        out.print("No row to guess from: the mapping is guessed from the headers alone.", highlight=False)
    if begun.preset is not None:
        out.print(f"This is [bold]{begun.preset}[/]: the file extends that preset.", highlight=False)
    else:  # each guess with two values of the sample, and those to look at first
        table = Table("our column", "their header", "why", "in the sample", box=SIMPLE_HEAD)
        for name, guess in guesses.mapping.items():
            seen = " ".join(f"« {quote(one, 30)} »" for one in guess.seen)
            column = f"[bold]{name}[/]" if name in REQUIRED else name
            table.add_row(column, escape(" + ".join(guess.headers)), escape(guess.why), escape(seen))
        out.print(table)
        for at, one in enumerate(() if guesses.bare else guesses.doubtful, start=1):
            told = f"{at}. {one.column}, from « {' + '.join(one.headers)} »: {one.doubt}"
            out.print(one_line(f"Doubtful {told}."), markup=False, highlight=False)
    found = len(REQUIRED) - len(begun.missing)
    out.print(f"{found} of {len(REQUIRED)} required columns found.", highlight=False)
    if begun.missing:
        out.print(f"[red]Not found:[/] {', '.join(begun.missing)}. Map them, or make them constants.", highlight=False)
    if begun.preset is None and guesses.personal:
        out.print(f"Left out, as persons' data: {', '.join(guesses.personal)}.", highlight=False)
    if begun.preset is None and guesses.sectors:
        out.print(f"{len(guesses.sectors)} sector words want a sector of ours ([feeds…lookups.sector]).", markup=False)
    if begun.preset is None and guesses.contract:
        out.print(f"« {guesses.contract} » may tell placements from jobs ([[feeds…filter]]).", markup=False)
    next_step = "say what `with` asks for (`quai probe` tries it), then" if begun.preset else "correct it, then"
    out.print(f"\nWritten: {begun.path}\nRead it, {next_step}:  {begun.next_command}", markup=False, soft_wrap=True)
