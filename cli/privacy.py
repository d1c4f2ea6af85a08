"""`quai purge` and `quai contacts`: keeping the installation within the law."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any

import typer

from cli.shared import By, Json, Reason, dock_and_partners, name_left_out, show_all
from offers.calendar import day_of
from operations.privacy.contacts import erase as wipe
from operations.privacy.contacts import export as told
from operations.privacy.contacts import what_erasure_would_do
from operations.privacy.purge import by_age, of_deliveries, planned
from operations.privacy.purge import purge as take_away

contacts = typer.Typer(help="What is held of one person: export, erase.", no_args_is_help=True)
Who = Annotated[str, typer.Argument(metavar="WHO", help="An e-mail address, a phone number, or a whole name.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do it; without it, only say what would go.")]
QUIET_FOR_LONG = "Nothing was purged or delivered for long, and it is no jump of the clock."
ONLY_THESE = "Only the bytes of this delivery, and what is said of its lines, whatever their age; may be repeated."


def purge(
    delivery: Annotated[list[int] | None, typer.Option(help=ONLY_THESE)] = None,
    yes: Yes = False,
    clock_is_right: Annotated[bool, typer.Option("--clock-is-right", help=QUIET_FOR_LONG)] = False,
    as_json: Json = False,
) -> None:
    """Take away what is kept too long: drops, what is said of lines, contacts of closed offers. Dry by default."""
    with dock_and_partners() as (dock, partners):
        plan = of_deliveries(dock, delivery) if delivery else by_age(dock, clock_is_right=clock_is_right)
        said = (take_away if yes else planned)(dock, partners.feeds, plan)

    def told() -> None:
        verb, before = "due" if said["dry_run"] else "gone", day_of(said["drops_before"])
        print(f"drops: {len(said['drops'])} {verb}, {said['bytes']:,} bytes, last come before {before}")
        _lines(f"  {old['feed']} {old['name']} {old['sha256'][:12]}" for old in said["drops"])
        print(f"copies and returns: {len(said['copies'])} {verb}")
        print(f"said of lines: {sum(said['lines'].values()):,} rows {verb}")
        print(f"contacts: {sum(said['contacts'].values()):,} rows {verb}")
        _lines(f"left: {one['what']}: {one['why']}" for one in said["left"])
        print("Nothing was touched; with --yes it goes." if said["dry_run"] else f"Proof: {said['proof']}")

    show_all(said, as_json, told, partners.broken, int(bool(said["left"])))


@contacts.command()
def export(who: Who, out: Annotated[Path | None, typer.Option(help="Write it into this JSON file.")] = None) -> None:
    """All that is held of one person, as one JSON object: rows, the drops still kept that name them, other files."""
    import json

    with dock_and_partners() as (dock, partners):
        name_left_out(partners.broken)
        text = json.dumps(told(dock, partners.feeds, who), ensure_ascii=False, indent=1, default=str)
    if out is None:
        print(text)
    else:
        out.touch(mode=0o600)
        out.write_text(text + "\n", encoding="utf-8")


@contacts.command()
def erase(
    who: Who,
    reason: Reason,
    by: By,
    drops: Annotated[bool, typer.Option("--drops", help="Also the kept drops and returns that name them.")] = False,
    yes: Yes = False,
    as_json: Json = False,
) -> None:
    """Erase one person wherever text of a drop can lie. Dry by default; the proof does not say who it was.

    1: something names them still, or could not be searched.
    """
    with dock_and_partners() as (dock, partners):
        if yes:
            said = wipe(dock, partners.feeds, who, drops=drops, by=by, reason=reason)
        else:
            said = what_erasure_would_do(dock, partners.feeds, who, drops=drops)
    remains = yes and bool(said["still_found"] or said["drops_kept"] or said["still_files"])

    def told() -> None:
        if "dry_run" in said:
            files, drops_naming = said["files"], len(said["drops"])
            print(f"{len(said['rows'])} rows name this person, {drops_naming} kept drops, {len(files)} files.")
            _lines(f"  {count:,} in {column}" for column, count in said["columns"].items())
            _lines(f"  {one['path']} ({one['deed']})" for one in files)
            _searched(said)
            print("Nothing was touched; with --yes it is erased, with --drops those drops and their returns too.")
            return
        still = said["still_found"] + len(said["drops_kept"]) + len(said["still_files"])
        print(f"{sum(said['rows'].values())} rows changed, {said['files']} files; {still} still name this person.")
        _lines(f"  {count:,} in {column}" for column, count in said["still_columns"].items())
        if said["drops_kept"]:
            print(f"Kept drops name them: deliveries {', '.join(map(str, said['drops_kept']))} (--drops).")
        _lines(f"left: {one['what']}: {one['why']}" for one in said["left"])
        _searched(said)
        print("Tell the partner too: a record that it changes brings the person back.")
        print(f"Proof: {said['proof']}")

    show_all(said, as_json, told, partners.broken, int(remains))


def _lines(told: Iterable[str]) -> None:
    print(*(f"{line}\n" for line in told), sep="", end="")


def _searched(said: dict[str, Any]) -> None:
    looked = said["searched"]
    print(
        f"Searched: {looked['values']:,} values ({looked['columns']} columns of {looked['tables']} tables, "
        f"{looked['rows']:,} rows), {looked['files']:,} files and drops, {looked['bytes']:,} bytes."
    )
    _lines(f"stays, as ours: {count:,} in {column}" for column, count in said["ours"].items())
    _lines(f"not searched: {one}" for one in said["not_searched"])
    print(f"Never searched, see docs/privacy.md: {', '.join(said['never_searched'])}.")
