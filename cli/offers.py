"""`quai offers` and `quai offer`: take one offer down, put it back, and look at its life."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from cli.shared import By, Json, Reason, said_why, show, this_dock
from offers.calendar import minute_of
from operations.duplicates.looking_up import offer_history
from operations.offers import hidden_offers as listed
from operations.offers import hide as take_down
from operations.offers import lift as put_back

app = typer.Typer(help="Offers that a person took down: hide, lift, list.", no_args_is_help=True)
Offer = Annotated[
    str,
    typer.Argument(metavar="OFFER", help="An offer's id, also one merged into another, or a record as feed:reference."),
]


@app.command()
def hide(offer: Offer, reason: Reason, by: By, as_json: Json = False) -> None:
    """Take an offer down at once, and keep it down, whatever its partners send, until it is lifted."""
    why = said_why(reason)
    with this_dock() as dock:
        row = take_down(dock, offer, by, why)

    def told() -> None:
        was = "" if row["hidden"] else " already"
        print(f"Offer {_which(row)} is hidden{was}. To put it back:  quai offers lift {row['offer']}")
        for other in (one for one in row["offers"] if one != row["offer"]):
            print(f"Its records are in offer {other}, which is hidden too.")

    show(row, as_json, told)


@app.command()
def lift(
    offer: Offer,
    by: By,
    reason: Annotated[str | None, typer.Option(help="Why it may be seen again.")] = None,
    as_json: Json = False,
) -> None:
    """Put a hidden offer back, as its partners describe it now."""
    with this_dock() as dock:
        row = put_back(dock, offer, by, reason)

    def told() -> None:
        print(f"Offer {_which(row)} is hidden no longer.")
        for other in row["carried"]:
            print(f"Offer {other} was hidden on its account, and is still:  quai offers lift {other}")

    show(row, as_json, told)


@app.command("list")
def listing(
    hidden: Annotated[bool, typer.Option("--hidden/--lifted", help="Those hidden now, or those put back.")] = True,
    as_json: Json = False,
) -> None:
    """The offers that a person hid, by whom and why; the newest first."""
    with this_dock() as dock:
        rows = listed(dock, lifted=not hidden)

    def told() -> None:
        for row in rows:
            print(f"{row['offer']}  « {row['title']} »  {row['employer']}")
            origin = f", for it has a record of offer {row['carried_from']}" if row["carried_from"] else ""
            hidden_at = minute_of(row["hidden_at"])
            print(f"    hidden {hidden_at} (Paris) by {row['hidden_by']}: « {row['reason']} »{origin}")
            if row["lifted_at"]:
                why = f": « {row['lifted_why']} »" if row["lifted_why"] else ""
                print(f"    lifted {minute_of(row['lifted_at'])} by {row['lifted_by']}{why}")
        if not rows:
            print(f"No offer {'is hidden' if hidden else 'was put back'}.")

    show({"offers": rows}, as_json, told)


def offer(what: Offer, as_json: Json = False) -> None:
    """An offer's life: its records now and before, all that happened to them, and what people decided, newest first."""
    with this_dock() as dock:
        row = offer_history(dock, what)

    def told() -> None:
        leads = ""
        if row["asked"].isdecimal() and int(row["asked"]) != row["offer"]:
            leads = f" ({row['asked']} leads there)"
        seen = "online" if row["online"] else "hidden" if row["hidden"] else "not online"
        closed = f", closed {minute_of(row['closed_at'])}" if row["closed_at"] else ", open"
        print(f"Offer {row['offer']}{leads}: opened {minute_of(row['opened_at'])}{closed}, {seen}")
        if row["aliases"]:
            print(f"Ids that lead here: {', '.join(map(str, row['aliases']))}")
        for year in row["years"]:
            gone = f", taken away {year['withdrawn_on']}" if year["withdrawn_on"] else ""
            print(f"Online in {year['school_year']} since {year['first_day']}{gone}")
        for record in row["records"]:
            sheet = f"sheet « {record['sheet']} », " if record["sheet"] else ""
            where = f"delivery {record['delivery']}, {record['drop']}, {sheet}line {record['line']}"
            print(f"  {record['record']}  {'stands' if record['standing'] else 'withdrawn'} ({where})")
        for record in row["left"]:
            print(f"  {record['record']}  once here, now in offer {record['offer']}")
        for event in row["events"]:
            said = [event["record"], event["title"] and f"« {event['title']} »", event["said"]]
            said.append(event["delivery"] and f"(delivery {event['delivery']})")
            print(f"{minute_of(event['at'])}  {event['what']:9}", *filter(None, said))

    show(row, as_json, told)


def _which(row: dict[str, Any]) -> str:
    return str(row["offer"]) if row["asked"] == str(row["offer"]) else f"{row['offer']} ({row['asked']})"
