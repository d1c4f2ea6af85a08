"""`quai deliveries` and `quai rejections`: the ledger, and what was said of lines."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cli.shared import MOST, Json, show
from cli.terminal import delivery_table, rejection_table
from operations.ledger import delivery_rows, rejection_rows

DeliveryArg = Annotated[
    int, typer.Argument(metavar="DELIVERY", help="A delivery's number (see `quai deliveries`).", min=1, max=MOST)
]


def deliveries(
    feed: Annotated[str | None, typer.Option(help="Only this feed's.")] = None,
    limit: Annotated[int, typer.Option(help="How many at most, newest first.", min=1)] = 50,
    as_json: Json = False,
) -> None:
    """The ledger: every attempt at every drop, newest first."""
    rows = delivery_rows(feed, limit)
    show({"deliveries": rows}, as_json, lambda: delivery_table(rows))


def rejections(
    delivery: DeliveryArg,
    csv: Annotated[Path | None, typer.Option(help="Write them into this CSV file.")] = None,
    as_json: Json = False,
) -> None:
    """Every rejection of a delivery, line by line."""
    rows = rejection_rows(delivery, csv)
    show({"delivery": delivery, "rejections": rows}, as_json, lambda: rejection_table(delivery, rows, csv))
