"""`quai duplicates`: the pairs of records that a person looks at, what she decides of them, and all compared anew."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from cli.offers import offer
from cli.shared import By, Json, said_why, show, this_dock
from cli.terminal import console, escape
from offers.calendar import day_of
from offers.wording import Language
from operations.duplicates.decision_sheet import export as write
from operations.duplicates.decision_sheet import take_in
from operations.duplicates.rebuilding import rebuild_all
from operations.duplicates.review import Ruling, Where, compact, decide, decide_all, listed, shown_pair, waiting_where
from reports.comparing import Runs, bracketed, side_by_side
from warehouse.matching.rebuild import Rebuilt

app = typer.Typer(
    help="Records that may be one offer: list, show, same, different, export, import, rebuild, history.",
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


def _decide(
    held_same: bool, reason: str, by: str, one: str | None, other: str | None, where: tuple[str | None, ...], yes: bool,
    as_json: bool,
) -> None:  # fmt: skip
    ruling, several = Ruling(held_same, by, said_why(reason)), Where(*where)
    if several and one is None:
        if as_json and not yes:
            raise typer.BadParameter("a program cannot be asked: add --yes to --json", param_hint="--yes")
        held = "one offer" if held_same else "two offers"
        with this_dock() as dock:
            rows = waiting_where(dock, several)
            if rows and not yes:
                pair_lines([compact(row) for row in rows[:10]])
                typer.confirm(f"{len(rows):,} pairs wait there. Are both records of each {held}?", abort=True, err=True)
            became: dict[str, Any] = {"waiting": len(rows), **decide_all(dock, rows, ruling)}
        show(became, as_json, lambda: decided(became, held))
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


SHOWN = 20


def pair_lines(rows: list[dict[str, Any]]) -> None:
    """Each pair: its score, both records, and why in a sentence."""
    out = console()
    for row in rows:
        lapsed = ", and nobody decided in time: two offers" if row["state"] == "lapsed" else ""
        for name, side in ((f"{row['score']:5.1f}", row["a"]), ("     ", row["b"])):
            twins = f", {side['twins']} more like it" if side["twins"] else ""
            said = f"{side['title']} · {side['employer_name']} · {side['town']} · offer {side['offer']}{twins}"
            out.print(f"{name}  [bold]{escape(side['record'])}[/]  {escape(said)}", highlight=False, soft_wrap=True)
        said = f"       {row['why']} (since {day_of(row['since'])}{lapsed})"
        out.print(said, markup=False, highlight=False, soft_wrap=True)


def footer(found: dict[str, Any], days: int) -> None:
    """How many wait, lapsed and are decided, and what to type."""
    shown = len(found["duplicates"])
    if shown < found["found"]:
        print(f"{shown:,} of {found['found']:,} shown; --limit shows more.")
    print(
        f"{found['waiting']:,} wait, {found['lapsed']:,} lapsed (undecided for {days} days: they stay two offers), "
        f"{found['decided']:,} decided ({found['same']:,} same, {found['different']:,} different)."
    )
    if shown:
        first = found["duplicates"][0]
        words = ["quai", "duplicates", "show", first["a"]["record"], first["b"]["record"]]
        print(f"A closer look:  {shlex.join(words)}")


def both(row: dict[str, Any]) -> None:
    """Two records side by side, and what is held of them."""
    out = console()
    coloured = out.is_terminal and not out.no_color
    names = (escape(row[side]["record"]) for side in ("a", "b"))
    table = Table("", *names, box=SIMPLE_HEAD, padding=(0, 1, 0, 0), show_edge=False)
    for line in side_by_side(row["a"], row["b"]):
        table.add_row(line.name, *(_words(words, coloured) for words in (line.a, line.b)))
    out.print(table)
    figures = ", ".join(f"{name} {row[name]:.1f}" for name in ("title", "description", "employer"))
    out.print(f"score {row['score']:.1f} ({figures}); rule {row['rule']}: {row['answer']}", highlight=False)
    out.print(row["why"], markup=False, highlight=False, soft_wrap=True)
    out.print("They are one offer:" if row["one_offer"] else "They are two offers:", highlight=False)
    for side in (row["a"],) if row["one_offer"] else (row["a"], row["b"]):
        state = "" if side["open"] else ", closed"
        records = side["offer_records"]
        more = f" and {len(records) - SHOWN} more" if len(records) > SHOWN else ""
        said = f"  {side['offer']}{state}: {', '.join(records[:SHOWN])}{more}"
        out.print(said, markup=False, highlight=False, soft_wrap=True)


def _words(words: Runs, coloured: bool) -> Text:
    if not coloured:
        return Text(bracketed(words))
    said = Text()
    for at, (run, differs) in enumerate(words):
        said.append(" " if at else "").append(run, "bold red" if differs else "")
    return said


def decided(row: dict[str, Any], held: str) -> None:
    """What became of many pairs decided at once."""
    if not row["waiting"]:
        print("No waiting pair has this on both sides. Nothing was changed.")
        return
    print(
        f"{row['decided']:,} of {row['waiting']:,} pairs are {held} from now on; "
        f"their records were {row['offers_before']:,} offers and are {row['offers_after']:,}."
    )
    for sentence in row["left_out"]:
        print(f"left out: {sentence}")


def imported(row: dict[str, Any], skip_faulty: bool) -> None:
    """What became of a sheet."""
    for fault in row["faults"]:
        print(fault["sentence"])
    if row["faults"] and not skip_faulty:
        print(
            f"{len(row['faults']):,} faulty lines: nothing was changed. Correct them, or take the rest: --skip-faulty."
        )
        return
    print(
        f"{row['decided']:,} pairs decided, {row['known']:,} were decided so already, {row['empty']:,} lines have no "
        "answer."
    )
    if row["decided"]:
        print(f"Their records were {row['offers_before']:,} offers and are {row['offers_after']:,}.")


def part_line(part: Rebuilt) -> None:
    """One part of a rebuild, as soon as it is done."""
    print(f"{_counts(vars(part))}  département {', '.join(one or 'unknown' for one in part.departments)}", flush=True)


def rebuilt(row: dict[str, Any], dry_run: bool) -> None:
    """The sums of a rebuild, and what a dry run found."""
    print(f"{_counts(row)}  in all")
    if row["across"]:
        print(f"{row['across']:,} decisions between départements were looked at again.")
    if dry_run and row["moved"]:
        print(
            f"Drift: {row['moved']:,} records would be in another offer than they are. The same without --dry-run puts "
            "them there; pupils' links keep working, for old ids become aliases."
        )
    elif dry_run:
        print("No drift: every record is in the offer that comparing all anew gives.")


def _counts(row: dict[str, Any]) -> str:
    return ", ".join(f"{row[name]:,} {name}" for name in ("records", "offers", "moved", "linked", "review"))
