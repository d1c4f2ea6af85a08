"""`quai check`: what would happen to each line of a file, told to the person who made it."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Annotated

import pandas as pd
import typer
from rich.box import SIMPLE_HEAD
from rich.table import Table

from cli.shared import Json, show
from cli.terminal import GROUPS_SHOWN, SHOWN, console, escape, progress, rejection_lines
from config.settings import read
from offers.errors import FeedMisconfigured, Unreachable
from offers.text import visible
from offers.wording import Language
from operations.check import CheckResult, changed, check_file, with_return
from operations.feeds import the_feed
from reports.returns.words import Words

WIDEST = 28
"""Characters of a cell that are shown."""
MENDED = "*"
_BETWEEN = 2
"""Blanks between columns, beside the one that the table itself sets."""


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
    if not watch:
        raise typer.Exit(_checked(file, feed, report, as_json, lang, rows).exit_status)
    the_feed(read(), feed)
    if not file.exists():
        raise FeedMisconfigured(f"nothing at {file}. Give a folder, or a file, that is there.")
    print(f"{file} : Ctrl-C pour finir." if lang is Language.FRENCH else f"{file}: Ctrl-C to end.", file=sys.stderr)
    try:
        for path in changed(file, time.sleep):
            try:
                _checked(path, feed, report, as_json, lang, rows, name=True)
            except Unreachable as fault:  # taken away while we looked: the next one may come
                print(visible(f"quai: {fault}"), file=sys.stderr)
    except KeyboardInterrupt:
        print(file=sys.stderr)


def _checked(
    file: Path, feed: str, report: Path | None, as_json: bool, lang: Language, rows: int, name: bool = False
) -> CheckResult:
    with progress() as watch:
        outcome = check_file(feed, file, watch, lang)
        if report is not None:
            outcome = with_return(outcome, file, report)
    if as_json:
        show({**({"file": str(file)} if name else {}), **outcome.as_dict(rows)}, as_json, print)
        sys.stdout.flush()
        return outcome
    _show(outcome, file.name if name else outcome.feed.slug)
    found, words = outcome.examined, Words(outcome.lang)
    if len(shown := found.kept.head(rows)):
        places = [words.line(line, found.batch.sheets) for line in shown.index.tolist()]
        rows_shown(shown, found.repairs, words("csv_line"), places)
        said = words(
            "check_shown",
            shown=outcome.lang.number(len(shown)),
            total=outcome.lang.number(len(found.kept)),
            mark=MENDED,
        )
        console().print(said, markup=False, highlight=False)
    return outcome


def _show(outcome: CheckResult, title: str) -> None:
    out, found, words = console(), outcome.examined, Words(outcome.lang)
    colon = " :" if outcome.lang is Language.FRENCH else ":"
    out.print(f"[bold]{escape(title)}[/]{colon} {_account(outcome, words)}.", highlight=False)
    for finding in outcome.findings:
        said = words.finding(finding, found.headers) or finding.sentence
        out.print(f"  [bold]{finding.severity.value}[/] {escape(said)}", highlight=False)
        if finding.check == "unreadable" and said != finding.sentence:  # the cause, for whoever mends the export
            out.print(f"       {words('unreadable_again')}", markup=False, highlight=False)
            out.print(f"       {words('check_cause')}{colon} {escape(finding.sentence)}", highlight=False)
    rejection_lines(out, outcome.told(SHOWN))
    if (total := len(found.rejections)) > SHOWN:
        out.print(words("check_more", shown=SHOWN, total=outcome.lang.number(total)), markup=False)
    if len(found.over):
        lines = ", ".join(words.line(line, found.batch.sheets) for line in found.over.index[:SHOWN].tolist())
        more = ", …" if len(found.over) > SHOWN else ""
        out.print(words("check_over", lines=lines, more=more), markup=False, highlight=False)
    if found.copies.united:  # the first groups of lines, a sentence each, and what to do if they are not one offer
        for group in islice(found.copies.groups(), GROUPS_SHOWN):
            out.print(f"  [blue]=[/] {escape(words.united(group, found.copies))}", highlight=False)
        if (groups := int(found.copies.lines["first"].nunique())) > GROUPS_SHOWN:
            out.print(words("check_united_more", shown=GROUPS_SHOWN, total=outcome.lang.number(groups)), markup=False)
        out.print(f"{words('united_note')} {words.how_to_write(found.headers)}", markup=False, highlight=False)
    if found.repaired and not outcome.report:
        out.print(words("check_mended_where"), markup=False)
    if outcome.report:
        out.print(f"{words('check_return')}{colon} {escape(outcome.report)}", highlight=False, soft_wrap=True)


def _account(outcome: CheckResult, words: Words) -> str:
    """« 2 012 lignes lues, 1 967 prises (dont 45 réparées), 44 à corriger, 1 laissée de côté »."""
    found = outcome.examined
    kept, fewer = len(found.kept), found.copies.fewer
    taken = words("check_taken", count=outcome.lang.number(kept))
    taken += words("check_mended", count=outcome.lang.number(found.repaired)) if found.repaired else ""
    taken += words("check_united", count=words.count(kept - fewer, "offer")) if fewer else ""
    parts = [words.count(found.batch.read, "line_read"), taken, words.count(found.rejected, "line_to_correct")]
    parts += [words("check_repeated", count=outcome.lang.number(len(found.repeated)))] if len(found.repeated) else []
    parts += [words("check_aside", count=outcome.lang.number(len(found.ignored)))] if len(found.ignored) else []
    return ", ".join(parts)


def rows_shown(rows: pd.DataFrame, repairs: pd.DataFrame, line: str, places: Sequence[str]) -> None:
    """The rows, each by its place; a mended cell bears a MENDED. Columns that are empty in all of them are left
    out, those that do not fit beside the others stand in a table below."""
    out = console()
    mended = set(zip(repairs["line"].astype(str), repairs["field"], strict=True))
    cells = {
        str(name): [_cell(value, (str(at), str(name)) in mended) for at, value in rows[name].items()]
        for name in rows.columns
        if rows[name].notna().any() or any((str(at), str(name)) in mended for at in rows.index)
    }
    for names in _fitting(cells, out.width - max(map(len, (line, *places))) - _BETWEEN - 1):
        table = Table(box=SIMPLE_HEAD, padding=(0, _BETWEEN, 0, 0), show_edge=False)
        table.add_column(line, justify="right", no_wrap=True)
        for name in names:
            table.add_column(name, no_wrap=True, overflow="ellipsis", max_width=WIDEST)
        for position, place in enumerate(places):
            table.add_row(escape(place), *(cells[name][position] for name in names))
        out.print(table)


def _cell(value: object, mended: bool) -> str:
    text = "" if value != value or value is None else str(value)
    short = escape(text if len(text) < WIDEST else f"{text[: WIDEST - 3]}…")
    return f"[yellow]{short}{MENDED}[/]" if mended else short


def _fitting(cells: dict[str, list[str]], width: int) -> Iterator[list[str]]:
    """The columns in groups of which each fits into a width."""
    group: list[str] = []
    left = width
    for name, texts in cells.items():
        needs = min(WIDEST, max(len(name), *map(len, texts), 1)) + _BETWEEN + 1
        if group and needs > left:
            yield group
            group, left = [], width
        group.append(name)
        left -= needs
    if group:
        yield group
