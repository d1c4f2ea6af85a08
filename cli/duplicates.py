"""`quai duplicates`: the pairs of records that a person looks at, what she decides of them, and all compared anew."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from cli.offers import offer
from cli.pairs import both, decided, footer, imported, pair_lines, part_line, rebuilt
from cli.shared import By, Json, show, this_dock
from cli.sketches import sketches
from offers.wording import Language
from operations.duplicates.decision_sheet import export as write
from operations.duplicates.decision_sheet import take_in
from operations.duplicates.decisions import Ruling, Where, decide, decide_all, waiting_where
from operations.duplicates.rebuilding import rebuild_all
from operations.duplicates.review import compact, listed, shown_pair

app = typer.Typer(
    help="Records that may be one offer: list, show, same, different, export, import, rebuild, history, sketches.",
    no_args_is_help=True,
)
NAMES = "A record as feed:reference, or an offer's id."
A = Annotated[str | None, typer.Argument(metavar="A", help=NAMES)]
B = Annotated[str | None, typer.Argument(metavar="B", help="The other one.")]
Reason = Annotated[str, typer.Option(help="Why, for whoever looks at it later.")]
Tongue = Annotated[Language, typer.Option(help="The language of the sentences.")]
Employer = Annotated[
    str | None, typer.Option(help="Without A B: every waiting pair whose records are both this one's.")
]
Siret = Annotated[str | None, typer.Option(help="Without A B: every waiting pair with this SIRET on both sides.")]
OfFeed = Annotated[str | None, typer.Option("--feed", help="Without A B: every waiting pair within this feed.")]
Town = Annotated[str | None, typer.Option(help="Without A B: every waiting pair in this town (INSEE code).")]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask before many are decided.")]


@app.command("list")
def listing(
    feed: Annotated[str | None, typer.Option(help="Only pairs with a record of this feed.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Also those that nobody decided in time.")] = False,
    limit: Annotated[int, typer.Option(help="How many at most.", min=1)] = 50,
    lang: Tongue = Language.FRENCH,
    as_json: Json = False,
) -> None:
    """The pairs that wait for a person, the most alike first."""
    with this_dock() as dock:
        found = listed(dock, feed, everything, limit, lang)
        days = dock.settings.review_days

    def told() -> None:
        pair_lines(found["duplicates"])
        footer(found, days)

    show(found, as_json, told)


@app.command("show")
def showing(
    one: Annotated[str, typer.Argument(metavar="A", help=NAMES)],
    other: Annotated[str, typer.Argument(metavar="B", help="The other one.")],
    lang: Tongue = Language.FRENCH,
    as_json: Json = False,
) -> None:
    """Any two records side by side: what differs, how like they are, which rule spoke, what was decided."""
    with this_dock() as dock:
        row = shown_pair(dock, one, other, lang)
    show(row, as_json, lambda: both(row))


@app.command()
def same(
    reason: Reason, by: By, one: A = None, other: B = None, employer: Employer = None, siret: Siret = None,
    feed: OfFeed = None, town: Town = None, yes: Yes = False, as_json: Json = False,
) -> None:  # fmt: skip
    """Decide that two records are one offer, whatever their likeness; or every waiting pair of an employer or site."""
    _decide(True, reason, by, one, other, (employer, siret, feed, town), yes, as_json)


@app.command()
def different(
    reason: Reason, by: By, one: A = None, other: B = None, employer: Employer = None, siret: Siret = None,
    feed: OfFeed = None, town: Town = None, yes: Yes = False, as_json: Json = False,
) -> None:  # fmt: skip
    """Decide that two records are two offers, however alike; or every waiting pair of an employer or site."""
    _decide(False, reason, by, one, other, (employer, siret, feed, town), yes, as_json)


@app.command()
def export(
    out: Annotated[Path, typer.Option(help="The CSV file to write; a spreadsheet opens it.")],
    decided: Annotated[bool, typer.Option("--decided/--waiting", help="Those decided, or those that wait.")] = False,
    as_json: Json = False,
) -> None:
    """Write pairs as a sheet with an empty `answer` column for people to fill in."""
    with this_dock() as dock:
        count = write(dock, out, decided)
    said = f"{count:,} pairs in {out}. Fill in `answer` (même or différent), then:  quai duplicates import {out}"
    show({"out": str(out), "pairs": count}, as_json, lambda: print(said))


@app.command("import")
def importing(
    sheet: Annotated[Path, typer.Argument(metavar="FILE", help="The sheet that export wrote, filled in.")],
    by: By,
    skip_faulty: Annotated[bool, typer.Option("--skip-faulty", help="Take the sound lines all the same.")] = False,
    as_json: Json = False,
) -> None:
    """Take in the decisions of a filled sheet; a faulty line anywhere, and nothing is taken."""
    with this_dock() as dock:
        row = take_in(dock, sheet, by, skip_faulty)
    show(row, as_json, lambda: imported(row, skip_faulty))
    if row["faults"]:
        raise typer.Exit(1 if skip_faulty else 3)


@app.command()
def rebuild(
    department: Annotated[str | None, typer.Option(help="Only this département's, e.g. 69 or 2A.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would move, and write nothing.")] = False,
    workers: Annotated[int | None, typer.Option(help="Processes at once; by default one per core.", min=1)] = None,
    as_json: Json = False,
) -> None:
    """Compare all records anew, from scratch; with --dry-run the check that nothing has drifted."""
    with this_dock() as dock:
        tell = (lambda _: None) if as_json else part_line
        row = rebuild_all(dock, department, workers, write=not dry_run, told=tell).as_dict()
    show({**row, "dry_run": dry_run}, as_json, lambda: rebuilt(row, dry_run))
    raise typer.Exit(1 if dry_run and row["moved"] else 0)


app.command("history")(offer)
app.command()(sketches)


def _decide(
    held_same: bool, reason: str, by: str, one: str | None, other: str | None, where: tuple[str | None, ...], yes: bool,
    as_json: bool,
) -> None:  # fmt: skip

    ruling, several = Ruling(held_same, by, reason.strip()), Where(*where)
    if not ruling.reason:
        raise typer.BadParameter("say why: whoever looks at it later will want to know", param_hint="--reason")
    if several and one is None:
        _decide_all(ruling, several, yes, as_json)
        return
    if several or one is None or other is None:
        raise typer.BadParameter("name A and B, or say which pairs with --employer, --siret, --feed or --town")
    with this_dock() as dock:
        row = decide(dock, one, other, ruling)

    def told() -> None:
        print(row["sentence"])
        if row["replaced"]:
            print(f"Before: {row['replaced']}.")

    show(row, as_json, told)


def _decide_all(ruling: Ruling, where: Where, yes: bool, as_json: bool) -> None:

    if as_json and not yes:
        raise typer.BadParameter("a program cannot be asked: add --yes to --json", param_hint="--yes")
    held = "one offer" if ruling.same else "two offers"
    with this_dock() as dock:
        rows = waiting_where(dock, where)
        if rows and not yes:
            pair_lines([compact(row) for row in rows[:10]])
            typer.confirm(f"{len(rows):,} pairs wait there. Are both records of each {held}?", abort=True, err=True)
        row: dict[str, Any] = {"waiting": len(rows), **decide_all(dock, rows, ruling)}
    show(row, as_json, lambda: decided(row, held))
