"""`quai pledges`: what organisations promised, and the page of what they delivered against it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from cli.shared import By, Json, pledged, show, this_dock
from offers.pledges.promises import Pledge
from operations.pledges import put, rows, take_in, the_year
from operations.pledges import remove as take_away
from operations.pledges import write_report as write

app = typer.Typer(help="Promised and delivered: import, list, set, remove, report.", no_args_is_help=True)
Organisation = Annotated[str, typer.Argument(metavar="ORGANISATION", help="Its name, or one that it is known by.")]
Year = Annotated[str | None, typer.Option(help="The school year, such as 2025-2026; this one by default.")]
New = Annotated[bool, typer.Option("--new", help="Keep names that nobody knows; their offers are not counted yet.")]
Number = Annotated[int | None, typer.Option(min=1, max=1_000_000, help="How many; leave it out where none was named.")]


@app.command("list")
def listing(
    year: Annotated[str | None, typer.Option(help="Only this school year's, such as 2025-2026.")] = None,
    as_json: Json = False,
) -> None:
    """The pledges that are known, by school year and organisation."""
    with this_dock() as dock:
        found = rows(dock, the_year(dock, year) if year else None)
    show({"pledges": found}, as_json, lambda: _listed(found))


@app.command("set")
def setting(
    organisation: Organisation,
    by: By,
    offers: Number = None,
    seats: Number = None,
    year: Year = None,
    new: New = False,
    source: Annotated[str | None, typer.Option(help="Where it comes from: a letter, a meeting, a date.")] = None,
    as_json: Json = False,
) -> None:
    """Write what one organisation promised for a school year, in place of what stood."""
    with this_dock() as dock:
        said = source or f"set by {by}"
        row = put(dock, organisation, Pledge("", the_year(dock, year).label, offers, seats, said), new)

    def told() -> None:
        _listed([row])
        if row["replaced"]:
            print(f"Before: {pledged(row['replaced'])}")

    show(row, as_json, told)


@app.command()
def remove(organisation: Organisation, year: Year = None, as_json: Json = False) -> None:
    """Take away a pledge that was written by mistake."""
    with this_dock() as dock:
        row = take_away(dock, organisation, the_year(dock, year))
    show(row, as_json, lambda: print(f"{row['organisation']}: no pledge for {row['school_year']} any more."))


@app.command("import")
def importing(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="CSV or XLSX: organisation, school_year, offers, seats.")
    ],
    year: Annotated[str | None, typer.Option(help="The school year of lines that name none; this one.")] = None,
    new: New = False,
    skip_faulty: Annotated[bool, typer.Option("--skip-faulty", help="Take the sound lines all the same.")] = False,
    as_json: Json = False,
) -> None:
    """Take in a list of pledges; a faulty line anywhere, and nothing is taken."""
    with this_dock() as dock:
        row = take_in(dock, file, the_year(dock, year), new, skip_faulty)

    def told() -> None:
        for said in (*(fault["sentence"] for fault in row["faults"]), *row["remarks"]):
            print(said)
        counts = ", ".join(f"{row[name]:,} {name}" for name in ("written", "unchanged", "faulty", "held"))
        print(f"{row['read']:,} lines: {counts}.")
        if row["held"]:
            print("Nothing was written: correct the faulty lines, or take the sound ones alone with --skip-faulty.")
        elif row["faulty"] == row["read"] > 0:
            print("Nothing was written: no line is sound. Correct them.")
        if row["columns_not_read"]:
            print(f"Columns not read: {', '.join(row['columns_not_read'])}.")
        if row["new"]:
            print(f"Not in organisations.csv, so that nothing is counted for them: {', '.join(row['new'])}.")

    show(row, as_json, told)
    if row["faults"]:
        raise typer.Exit(1 if row["written"] or row["unchanged"] else 3)


@app.command()
def report(
    out: Annotated[Path | None, typer.Option(help="The folder to write into; pledges/ under QUAI_HOME.")] = None,
    year: Year = None,
    as_json: Json = False,
) -> None:
    """Write delivered against promised as a page to print, a workbook and a CSV, in French."""
    with this_dock() as dock:
        row = write(dock, the_year(dock, year), out)
    delivered, promised = row["delivered"], row["promised"]
    said = pledged(delivered) if row["measured"] else "nothing could be counted, for no drop had come yet"
    organisations = f"{promised['with_numbers']} of {promised['organisations']} organisations"

    def told() -> None:
        print(f"{row['school_year']}: delivered: {said};")
        print(f"promised: {pledged(promised)}, by {organisations}.")
        print(*row["files"], sep="\n")

    show(row, as_json, told)


def _listed(found: list[dict[str, Any]]) -> None:
    for row in found:
        unknown = "" if row["recognised"] else "  [not in organisations.csv: what it delivers is not counted]"
        print(f"{row['school_year']}  {row['organisation']}: {pledged(row)} ({row['source']}){unknown}")
    if not found:
        print("No pledge is known.")
