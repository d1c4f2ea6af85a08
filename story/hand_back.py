"""Hand the employer's return back: three files beside her drop, so that she knows line by line what became of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from config.settings import Settings
from offers.examined import Examined
from offers.feed import Feed
from offers.model import TAKEN, Delivery, VerdictKind
from reports.returns.content import Return, acknowledgement, acknowledgement_name, csv, return_name

if TYPE_CHECKING:  # the dock knows the database, and a check has none
    import pandas as pd

    from connectors.source import Connector
    from offers.wording import Pair
    from story.dock import Dock

Put = Callable[[str, bytes], str]


def hand_back(feed: Feed, dock: Dock, connector: Connector, delivery: Delivery, examined: Examined) -> Delivery:
    """Write the return into the feed's outbox; gives the delivery with where its HTML lies."""
    ledger, untold = dock.store.ledger, None
    if (lies := _lies_there(ledger.deliveries(feed.slug, 2), delivery)) is not None:
        names = [return_name(delivery.drop, form) for form in ("csv", "html")]
        connector.put(acknowledgement_name(delivery.drop), acknowledgement(delivery, names))
        return replace(delivery, report=lies)
    told = told_to(feed, delivery, examined, dock.settings)
    if delivery.verdict is VerdictKind.ACCEPTED:
        told = replace(told, copies=told.copies.published(examined.kept, ledger.shared_offers(feed.slug)))
    last = ledger.last_accepted(feed.slug) if delivery.verdict is VerdictKind.UNCHANGED else None
    taken = ledger.delivery(last.id) if last is not None else None
    if last is not None and taken is not None:
        refused = ledger.rejections(last.id)
        told = replace(told, rejections=refused, repairs=ledger.repairs(last.id), rule_titles=_titles(refused))
        if taken.report is None and taken.sha256 == delivery.sha256:
            # Its run was killed before the employer got her return: she gets that one, as the ledger has it; her rows
            # themselves are not in it.
            untold = taken
            headers, ignored, repeated = ledger.headers(last.id), ledger.ignored(last.id), ledger.repeated(last.id)
            told = replace(told, delivery=taken, headers=headers, ignored=ignored, repeated=repeated)
        else:
            told = replace(told, delivery=replace(delivery, sheets=taken.sheets))
    files = write(told, connector.put)
    connector.put(acknowledgement_name(delivery.drop), acknowledgement(told.delivery, files))
    if untold is not None:
        ledger.close(replace(untold, report=files[-1]))
    return replace(delivery, report=files[-1])


def _lies_there(newest: Sequence[Delivery], delivery: Delivery) -> str | None:
    """Where the return lies that says all there is to say: the delivery before this one was of the same bytes, under
    the same name, and this one found nothing new in them."""
    if delivery.verdict is not VerdictKind.UNCHANGED or [one.id for one in newest[:1]] != [delivery.id]:
        return None
    same = [one for one in newest[1:] if (one.sha256, one.drop) == (delivery.sha256, delivery.drop)]
    return same[0].report if same and same[0].verdict in TAKEN else None


def told_to(feed: Feed, delivery: Delivery, examined: Examined, settings: Settings) -> Return:
    """What the employer is told about one drop, ready to be rendered."""
    return Return(
        **vars(examined),
        title=feed.title,
        delivery=delivery,
        contact=settings.contact or "",
        rule_titles=_titles(examined.rejections),
        sheet=feed.format.own_sheet,
        header_row=feed.format.header or 1,
    )


def _titles(rejections: pd.DataFrame) -> Mapping[str, Pair]:
    if rejections.empty:
        return {}
    from validation.rulebook import TITLES  # here: a return without them need not wait for the rules

    return TITLES


def write(told: Return, put: Put) -> list[str]:
    """Render the return and put each file; gives where each went, the HTML last."""
    from reports.returns.page import html  # here: a check that writes no return does not wait for what draws one
    from reports.returns.workbook import xlsx

    workbook = [put(told.file_name("xlsx"), xlsx(told))] if told.has_workbook else []
    return [*workbook, put(told.file_name("csv"), csv(told)), put(told.file_name("html"), html(told).encode())]


def into(folder: Path) -> Put:
    """Put files into a local folder, made where it is missing."""

    def put(name: str, content: bytes) -> str:
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / name
        path.write_bytes(content)
        return str(path)

    return put
