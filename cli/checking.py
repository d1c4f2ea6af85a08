"""`quai check`: what would happen to each line of a file, told to the person who made it."""

from __future__ import annotations

import sys
from itertools import islice
from pathlib import Path
from typing import Annotated

import typer

from cli.shared import Json, show
from cli.showing import MENDED, rows_shown
from cli.terminal import GROUPS_SHOWN, SHOWN, console, escape, progress, rejection_lines
from config.settings import read
from offers.errors import FeedMisconfigured, Unreachable
from offers.quoting import visible
from offers.wording import Language
from operations.check import Outcome, check_file, with_return
from operations.feeds import the_feed
from operations.watch import changed
from reports.returns.words import Words


def check(
    file: Annotated[Path, typer.Argument(help="The file, as it would be sent; with --watch also a folder.")],
    feed: Annotated[str, typer.Option(help="The feed whose rules apply.")],
    report: Annotated[Path | None, typer.Option(help="Write the employer's return into this folder.")] = None,
    as_json: Json = False,
    watch: Annotated[bool, typer.Option("--watch", help="Check every new or changed file until Ctrl-C.")] = False,
    lang: Annotated[Language, typer.Option(help="The language of the sentences.")] = Language.FRENCH,
    rows: Annotated[int, typer.Option("--show", min=0, help="Show so many rows as they would be published.")] = 0,
) -> None:
    """What would happen to each line; no database, no Prefect, nothing kept."""
    if watch:
        _watch(file, feed, report, as_json, lang, rows)
        return
    raise typer.Exit(_checked(file, feed, report, as_json, lang, rows).exit_status)


def _watch(place: Path, feed: str, report: Path | None, as_json: bool, lang: Language, rows: int) -> None:
    """Check what is there and what comes, one after the other; with --json one object a line."""
    import sys
    import time

    the_feed(read(), feed)
    if not place.exists():
        raise FeedMisconfigured(f"nothing at {place}. Give a folder, or a file, that is there.")
    print(f"{place} : Ctrl-C pour finir." if lang is Language.FRENCH else f"{place}: Ctrl-C to end.", file=sys.stderr)
    try:
        for path in changed(place, time.sleep):
            try:
                _checked(path, feed, report, as_json, lang, rows, name=True)
            except Unreachable as fault:  # taken away while we looked: the next one may come
                print(visible(f"quai: {fault}"), file=sys.stderr)
    except KeyboardInterrupt:
        print(file=sys.stderr)


def _checked(
    file: Path, feed: str, report: Path | None, as_json: bool, lang: Language, rows: int, name: bool = False
) -> Outcome:

    with progress() as watch:
        outcome, examined = check_file(feed, file, watch, lang)
        if report is not None:
            outcome = with_return(outcome, examined, file, report)
    if as_json:
        show({**({"file": str(file)} if name else {}), **outcome.as_dict(rows)}, as_json, print)
        sys.stdout.flush()
    else:
        _show(outcome, file.name if name else outcome.feed)
        _show_rows(outcome, rows)
    return outcome


def _show_rows(outcome: Outcome, count: int) -> None:
    rows = outcome.rows.head(count)
    if rows.empty:
        return

    words, number = Words(outcome.lang), outcome.lang.number
    places = [words.line(line, outcome.sheets) for line in rows.index.tolist()]
    rows_shown(rows, outcome.repairs, words("csv_line"), places)
    said = words("check_shown", shown=number(len(rows)), total=number(outcome.kept), mark=MENDED)
    console().print(said, markup=False, highlight=False)


def _show(outcome: Outcome, title: str) -> None:

    out, words = console(), Words(outcome.lang)
    colon = " :" if outcome.lang is Language.FRENCH else ":"
    out.print(f"[bold]{escape(title)}[/]{colon} {_account(outcome, words)}.", highlight=False)
    for finding in outcome.findings:
        said = words.finding(finding, outcome.headers) or finding.sentence
        out.print(f"  [bold]{finding.severity.value}[/] {escape(said)}", highlight=False)
        if finding.check == "unreadable" and said != finding.sentence:  # the cause, for whoever mends the export
            out.print(f"       {words('unreadable_again')}", markup=False, highlight=False)
            out.print(f"       {words('check_cause')}{colon} {escape(finding.sentence)}", highlight=False)
    rejection_lines(out, outcome.told(SHOWN))
    if (total := len(outcome.rejections)) > SHOWN:
        out.print(words("check_more", shown=SHOWN, total=outcome.lang.number(total)), markup=False)
    if outcome.over:
        lines = ", ".join(words.line(line, outcome.sheets) for line in outcome.over[:SHOWN])
        more = ", …" if len(outcome.over) > SHOWN else ""
        out.print(words("check_over", lines=lines, more=more), markup=False, highlight=False)
    _show_copies(outcome, words)
    if outcome.repaired and not outcome.report:
        out.print(words("check_mended_where"), markup=False)
    if outcome.report:
        out.print(f"{words('check_return')}{colon} {escape(outcome.report)}", highlight=False, soft_wrap=True)


def _show_copies(outcome: Outcome, words: Words) -> None:
    """The first lines that are one offer together, a sentence a group, and what to do if they are not."""
    if not outcome.copies.united:
        return

    out, copies = console(), outcome.copies
    groups = int(copies.lines["first"].nunique())
    for group in islice(copies.groups(), GROUPS_SHOWN):
        out.print(f"  [blue]=[/] {escape(words.united(group, copies))}", highlight=False)
    if groups > GROUPS_SHOWN:
        out.print(words("check_united_more", shown=GROUPS_SHOWN, total=outcome.lang.number(groups)), markup=False)
    out.print(f"{words('united_note')} {words.how_to_write(outcome.headers)}", markup=False, highlight=False)


def _account(outcome: Outcome, words: Words) -> str:
    """« 2 012 lignes lues, 1 967 prises (dont 45 réparées), 44 à corriger, 1 laissée de côté »."""
    taken = words("check_taken", count=outcome.lang.number(outcome.kept))
    taken += words("check_mended", count=outcome.lang.number(outcome.repaired)) if outcome.repaired else ""
    if outcome.copies.fewer:
        taken += words("check_united", count=words.count(outcome.kept - outcome.copies.fewer, "offer"))
    parts = [words.count(outcome.read, "line_read"), taken, words.count(outcome.rejected, "line_to_correct")]
    parts += [words("check_repeated", count=outcome.lang.number(outcome.repeated))] if outcome.repeated else []
    parts += [words("check_aside", count=outcome.lang.number(outcome.ignored))] if outcome.ignored else []
    return ", ".join(parts)
