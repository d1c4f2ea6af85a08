"""What people see of pairs of records in a terminal."""

from __future__ import annotations

import shlex
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from cli.terminal import console, escape
from offers.calendar import day_of, minute_of
from reports.comparing import Runs, bracketed, side_by_side
from warehouse.matching.rebuild import Rebuilt

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
    _offers(out, row)


def _words(words: Runs, coloured: bool) -> Text:
    if not coloured:
        return Text(bracketed(words))
    said = Text()
    for at, (run, differs) in enumerate(words):
        said.append(" " if at else "").append(run, "bold red" if differs else "")
    return said


def _offers(out: Console, row: dict[str, Any]) -> None:
    sides = (row["a"],) if row["one_offer"] else (row["a"], row["b"])
    out.print("They are one offer:" if row["one_offer"] else "They are two offers:", highlight=False)
    for side in sides:
        state = "" if side["open"] else ", closed"
        records = side["offer_records"]
        more = f" and {len(records) - SHOWN} more" if len(records) > SHOWN else ""
        said = f"  {side['offer']}{state}: {', '.join(records[:SHOWN])}{more}"
        out.print(said, markup=False, highlight=False, soft_wrap=True)


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


def events(row: dict[str, Any]) -> None:
    """An offer's history."""
    leads = f" ({row['asked']} leads there)" if row["asked"].isdecimal() and int(row["asked"]) != row["offer"] else ""
    closed = f", closed {minute_of(row['closed_at'])}" if row["closed_at"] else ", open"
    print(f"Offer {row['offer']}{leads}: opened {minute_of(row['opened_at'])}{closed}, {_shown(row)}")
    if row["aliases"]:
        print(f"Ids that lead here: {', '.join(map(str, row['aliases']))}")
    for year in row["years"]:
        gone = f", taken away {year['withdrawn_on']}" if year["withdrawn_on"] else ""
        print(f"Online in {year['school_year']} since {year['first_day']}{gone}")
    for record in row["records"]:
        where = f"delivery {record['delivery']}, {record['drop']}, "
        where += f"sheet « {record['sheet']} », line {record['line']}" if record["sheet"] else f"line {record['line']}"
        print(f"  {record['record']}  {'stands' if record['standing'] else 'withdrawn'} ({where})")
    for record in row["left"]:
        print(f"  {record['record']}  once here, now in offer {record['offer']}")
    for event in row["events"]:
        said = [event["record"], event["title"] and f"« {event['title']} »", event["said"]]
        said.append(event["delivery"] and f"(delivery {event['delivery']})")
        print(f"{minute_of(event['at'])}  {event['what']:9}", *filter(None, said))


def _shown(row: dict[str, Any]) -> str:
    return "online" if row["online"] else "hidden" if row["hidden"] else "not online"
