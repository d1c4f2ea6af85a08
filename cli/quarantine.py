"""`quai quarantine` and `quai replay`: what a person does about drops that wait, and about bytes to be read anew."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import typer

from cli.shared import MOST, By, Json, Reason, dock_and_partners, show, show_all, this_dock
from cli.terminal import ingested, progress
from offers.calendar import minute_of
from offers.model import Decision
from operations.quarantine import discard as drop
from operations.quarantine import listed, shown
from operations.quarantine import release as let_through
from operations.replay import forecast, of_delivery, rehearse, would_change
from operations.replay import replay as run
from operations.replay import since as since_day
from operations.rows import as_row, exit_status
from reports.comparing import lines
from story.dock import Dock

app = typer.Typer(help="The drops that wait: list, show, release, discard.", no_args_is_help=True)
Feed = Annotated[str | None, typer.Option(help="Only this feed's.")]
Waiting = Annotated[
    int, typer.Argument(metavar="DELIVERY", help="A delivery that waits (see `quai quarantine list`).", min=1, max=MOST)
]


@app.command("list")
def listing(
    feed: Feed = None,
    everything: Annotated[bool, typer.Option("--all", help="Also those that wait no longer.")] = False,
    as_json: Json = False,
) -> None:
    """The drops that wait, oldest first, and why each was stopped."""
    with this_dock() as dock:
        rows = listed(dock, feed, everything)

    def told() -> None:
        for row in rows:
            _entry(row)
        if not rows:
            print("Nothing waits in quarantine.")

    show({"quarantine": rows}, as_json, told)


@app.command("show")
def showing(delivery: Waiting, as_json: Json = False) -> None:
    """One of them: findings, counts, what releasing it would change, and the return that the employer got."""
    with this_dock() as dock:
        row = shown(dock, delivery)

    def told() -> None:
        _entry({**row, "stops": []})  # its findings hold them
        print("", *(f"[{found['severity']}] {found['sentence']}" for found in row["findings"]), sep="\n")
        print("", *lines(row["preview"]), sep="\n")
        print(f"\nReturn to the employer: {row['report'] or 'none'}")

    show(row, as_json, told)


@app.command()
def release(delivery: Waiting, reason: Reason, by: By, as_json: Json = False) -> None:
    """Run exactly its bytes again, under the rules of today, past what stopped it."""
    with this_dock() as dock, progress() as watch:
        row = as_row(let_through(dock, _decision(dock, delivery, by, reason), watch))
    show(row, as_json, lambda: ingested([row], row["feed"]))
    raise typer.Exit(exit_status(row))


@app.command()
def discard(delivery: Waiting, reason: Reason, by: By, as_json: Json = False) -> None:
    """Let it wait no longer and load nothing of it; its bytes are kept."""
    with this_dock() as dock:
        drop(dock, _decision(dock, delivery, by, reason))
        row = shown(dock, delivery)
    show(row, as_json, lambda: _entry(row))


def replay(
    delivery: Annotated[
        int | None, typer.Argument(metavar="DELIVERY", help="The newest delivery of a feed.", min=1, max=MOST)
    ] = None,
    feed: Annotated[str | None, typer.Option(help="All that came for this feed …")] = None,
    since: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="… on or after this day.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would change, and load nothing.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Also a delivery that is not the newest of its feed.")] = False,
    everything: Annotated[bool, typer.Option("--all", help="With --dry-run: each feed's last drop taken.")] = False,
    as_json: Json = False,
) -> None:
    """Run landed bytes again after a mapping or a rule was corrected, in order, under the same gate."""
    if everything:
        if not dry_run or (delivery, feed, since) != (None, None, None):
            alone = "goes with --dry-run alone: what it shows is replayed feed by feed, once a person has looked"
            raise typer.BadParameter(alone, param_hint="--all")
        with dock_and_partners() as (dock, partners), progress() as watch:
            rows = forecast(dock, watch)
        told = {"dry_run": True, "feeds": rows}
        show_all(told, as_json, lambda: _foretold(rows), partners.broken, int(would_change(rows)))
        return
    if (delivery is None) == (feed is None or since is None):
        raise typer.BadParameter("name a DELIVERY, or --feed and --since")
    with this_dock() as dock, progress() as watch:
        if delivery is not None:
            plan = of_delivery(dock, delivery, force)
        else:
            plan = since_day(dock, feed or "", since.date() if since else datetime.max.date())
        rows = (rehearse if dry_run else run)(dock, plan, watch)
    passed = [{"delivery": over.id, "drop": over.drop} for over in plan.passed_over]
    said = {"feed": plan.feed.slug, "dry_run": dry_run, "deliveries": rows, "passed_over": passed}
    show(said, as_json, lambda: _replayed(rows, len(passed), dry_run))
    raise typer.Exit(max(map(exit_status, rows), default=0))


def _decision(dock: Dock, delivery: int, by: str, reason: str) -> Decision:
    if not reason.strip():
        raise typer.BadParameter("say why: whoever reads the ledger later will want to know", param_hint="--reason")
    return Decision(delivery, by, reason.strip(), dock.now())


def _entry(row: dict[str, Any]) -> None:
    would = ", ".join(f"{count:,} {name}" for name, count in row["would"].items())
    print(f"{row['delivery']}  {row['feed']}  {row['drop']}  held {minute_of(row['held_at'])} (Paris)  {row['said']}")
    for stop in row["stops"]:
        print(f"    {stop['sentence']}")
    if would:
        print(f"    releasing it: {would}")


def _foretold(rows: list[dict[str, Any]]) -> None:
    for row in rows:
        what = f"{row['feed']}  delivery {row['delivery']}, {row['drop']}: " if row["delivery"] else f"{row['feed']}  "
        if row["reason"]:
            print(f"{what}{row['reason']}")
            continue
        done = ", ".join(f"{row[name]:,} {name}" for name in ("created", "updated", "withdrawn"))
        other = ", ".join(f"{row[name]:+,} {name}" for name in ("rejected", "repaired"))
        held = f"would be {row['verdict']}, " if row["held"] else ""
        print(what + held + (f"{done}, {other}" if row["changes"] or row["held"] else "nothing would change"))
    print("Nothing was loaded. A feed is run again with:  quai replay DELIVERY")


def _replayed(rows: list[dict[str, Any]], passed: int, dry: bool) -> None:
    for row in rows:
        before, after = row["before"], row["after"]
        counts = ", ".join(f"{after[name]:,} {name}" for name in ("created", "updated", "unchanged", "withdrawn"))
        print(
            f"{row['replays']}  {row['feed']}  {row['drop']}: {before['verdict']} → {after['verdict']}; {counts}; ",
            end="",
        )
        print(f"rejected {before['rejected']:,} → {after['rejected']:,}")
        for finding in row["findings"]:
            if finding["severity"] == "stop":
                print(f"    {finding['sentence']}")
    if passed:
        print(f"{passed} older drops passed over: a full drop holds all that stands, so only the newest is run again.")
    if not rows:
        print("No drop to run again: nothing came since that day.")
    elif dry:
        print("Nothing was loaded. Without --dry-run it is done.")
